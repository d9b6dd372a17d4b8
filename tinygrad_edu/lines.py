"""Which line of the user's program made a Value, for those who ask to know.

Python's line tracing runs inside `located()` only, so recording costs nothing elsewhere.  Each line that
starts notes the birth it starts at; a Value's line is then found by its age.  Nothing is kept in Values.
"""

from __future__ import annotations

import linecache
import sys
from bisect import bisect_right
from contextvars import ContextVar, Token
from functools import lru_cache
from linecache import getline
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

import numpy as np

from .births import new_birth

HERE = str(Path(__file__).parent), str(Path(np.__file__).parent), "<frozen "
"""Where code is nobody's program: in this library, in NumPy, through which its functions are called, …"""

PYTHON, INSTALLED = str(Path(linecache.__file__).parent), ("site-packages", "dist-packages")
"""… and in Python's own library, but not among the packages that are installed below it."""


@lru_cache(maxsize=1024)
def is_nobodys(file: str) -> bool:
    """Whether the code of a file is not the user's program."""
    return file.startswith(HERE) or (file.startswith(PYTHON) and not any(name in file for name in INSTALLED))


CURRENT: ContextVar[Lines | None] = ContextVar("located", default=None)


class Lines:
    """The lines that were run, and the births at which each began; see `located`."""

    def __init__(self) -> None:
        self.births: list[int] = []
        self.places: list[tuple[str, int]] = []
        self.texts: dict[tuple[str, int], str] = {}

    def __enter__(self) -> Self:
        self.token: Token[Lines | None] = CURRENT.set(self)
        self.frame = sys._getframe(1)
        self.before = sys.gettrace(), self.frame.f_trace
        self.note(self.frame)
        sys.settrace(self.follow)
        self.frame.f_trace = self.follow  # the line tracing of a frame that runs already
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.settrace(self.before[0])
        self.frame.f_trace = self.before[1]
        del self.frame
        CURRENT.reset(self.token)

    def follow(self, frame: FrameType, event: str, _: Any) -> Any:
        """Python's trace function: called as lines start and functions return."""
        if is_nobodys(frame.f_code.co_filename):
            return None
        if event == "line":
            self.note(frame)
        elif event == "return" and (caller := users(frame.f_back)) is not None:
            self.note(caller)  # what follows belongs to the line that called
        return self.follow

    def note(self, frame: FrameType) -> None:
        """From now on, what is born belongs to this line."""
        self.births.append(new_birth())
        self.places.append((frame.f_code.co_filename, frame.f_lineno))

    def of(self, v: Any) -> str:
        """The line that made a Value: `model.py:12: h = np.tanh(x @ w)`; "" for one made elsewhere."""
        return self.at(v.birth)

    def at(self, birth: int) -> str:
        """The line that was running at a birth."""
        i = bisect_right(self.births, birth) - 1
        if i < 0:
            return ""
        if (place := self.places[i]) not in self.texts:
            file, line = place
            self.texts[place] = f"{Path(file).name}:{line}: {getline(file, line).strip()}"
        return self.texts[place]


def users(frame: FrameType | None) -> FrameType | None:
    """The nearest frame of the user's program."""
    while frame is not None and is_nobodys(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def located() -> Lines:
    """A context in which errors of the backward pass name the line that made the Value.

    `of(v)` tells the line of any Value computed inside.  It slows Python down several times, so it is
    for finding a mistake, not for training.

    >>> from tinygrad_edu import Value
    >>> with located() as lines:
    ...     y = Value(2.0) * 3.0
    >>> lines.of(y).endswith("y = Value(2.0) * 3.0")
    True

    Only the thread that enters it is followed.  A debugger or a coverage tool that traces lines too is
    set aside until the end.
    """
    return Lines()


def place_of(birth: int) -> str:
    """The line that made the Value of that birth, where `located` is on; else ""."""
    lines = CURRENT.get()
    return lines.at(birth) if lines is not None else ""
