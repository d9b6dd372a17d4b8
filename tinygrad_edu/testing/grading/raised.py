"""Words for what an engine under test raised: what, where in its own file, and what to look at."""

from __future__ import annotations

import traceback
from pathlib import Path

KIT = Path(__file__).resolve().parents[1]
PROGRAM = "<operation>"
"""The file name of programs that the kit made out of text."""


def told(error: BaseException) -> str:
    """An error on one line, with the place in the engine's file where it was raised.

    >>> told(ValueError("too\\nlarge"))
    'ValueError: too large'
    """
    words = " ".join(str(error).split()).encode(errors="replace").decode()
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if is_theirs(frame.filename)]
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno}, in {frames[-1].name})" if frames else ""
    return f"{type(error).__name__}{f': {words}' if words else ''}{place}"


def is_theirs(file: str) -> bool:
    """Whether a file is not one of the kit, nor a text that the kit made."""
    return file != PROGRAM and KIT not in Path(file).resolve().parents


def is_raised_there(error: BaseException) -> bool:
    """Whether an error was raised by the engine rather than by the kit."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and is_theirs(frames[-1].filename)


def hint_for(error: BaseException) -> str:
    """What to look at for some errors; "" for others, which say enough."""
    if isinstance(error, RecursionError):
        return "the record is walked by a function that calls itself: walk it with a list as a stack instead"
    if isinstance(error, SystemExit):
        return "an operation must not end the program: raise an error that says what is wrong"
    return ""


__all__ = ["PROGRAM", "hint_for", "is_raised_there", "told"]
