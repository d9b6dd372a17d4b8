"""What a traced function does that no record shows: it asks a clock or the system's chance, or silences warnings.

Python's profiling tells of each function that is called; it is on while a function is traced, and not
otherwise.
"""

from __future__ import annotations

import os
import random
import sys
import time
from bisect import bisect_right
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from ..births import new_birth
from ..tracing import frozen
from .guards import is_users

NAMES = ("time", "monotonic", "perf_counter", "process_time", "thread_time")
CLOCKS = {getattr(time, name + unit) for name in NAMES for unit in ("", "_ns") if hasattr(time, name + unit)}
CHANCE = {getattr(os, name) for name in ("urandom", "getrandom") if hasattr(os, name)}
NOW = {"datetime.now", "datetime.today", "datetime.utcnow", "date.today"}
SEED = random.Random.seed.__code__
ERRSTATE = np.errstate.__enter__.__code__.co_filename
NUMPY = str(Path(np.__file__).parent)

OUTSIDE = "ask for it outside and pass it as an argument; for random numbers, draw with te.random"


class Watch:
    """A context in which such calls are noticed.  A profiler that is on already keeps its place."""

    def __init__(self) -> None:
        self.births, self.errors = [new_birth()], [handling()]
        self.asked = ""

    def __enter__(self) -> None:
        self.on = sys.getprofile() is None
        if self.on:
            sys.setprofile(self.follow)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self.on:
            sys.setprofile(None)
        if self.asked and kind is None:
            frozen(self.asked, "put it around the call of the function")

    def follow(self, frame: FrameType, event: str, what: Any) -> None:
        """Python's profile function: called as functions start and return."""
        if event == "c_call" and (what in CHANCE or self.is_clock(frame, what)):
            frozen(f"what {what.__qualname__}() answers", OUTSIDE)
        elif event == "call" and frame.f_code is SEED and frame.f_locals["a"] is None:
            frozen("what a random.Random without a seed draws", OUTSIDE)
        elif event == "c_return" and frame.f_code.co_filename == ERRSTATE and not numpys(frame):
            if (now := handling()) == self.errors[-1]:
                return
            for kind in now:
                if now[kind] not in ("ignore", self.errors[0][kind]):  # no time to raise: NumPy is in the middle of it
                    self.asked = f"np.errstate({kind}={now[kind]!r})"
            self.births.append(new_birth())
            self.errors.append(now)

    @staticmethod
    def is_clock(frame: FrameType, what: Any) -> bool:
        """Whether the user's own code asks for the time; a library may, to tell how long something took."""
        return (what in CLOCKS or what.__qualname__ in NOW) and is_users(frame.f_code.co_filename)

    def silent(self, birth: int) -> bool:
        """Whether warnings had been turned off by the function at a birth."""
        now = self.errors[bisect_right(self.births, birth) - 1]
        return now != self.errors[0] and len(self.births) > 1


def numpys(frame: FrameType | None) -> bool:
    """Whether it is a function of NumPy that turns warnings off for itself, as `np.linalg.inv` does."""
    while frame is not None and frame.f_code.co_filename == ERRSTATE:
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename.startswith(NUMPY)


def handling() -> dict[str, Any]:
    """What NumPy does at a floating point error."""
    return {**np.geterr()}


__all__ = ["Watch"]
