"""A Python file of the user's: found, run, and looked into, and its mistakes told as its own.

Whatever the file does wrong is told in one line, with its own line of code, and without our trace.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from .errors import UserError, in_words


def file_and_name(source: str, what: str = "the Value") -> tuple[Path, str]:
    """The two parts of FILE.py:NAME; `what` the name is of, for messages.

    >>> file_and_name("mine.py:loss")[1]
    'loss'
    """
    file, colon, name = source.rpartition(":")
    if not colon or not file.endswith(".py"):
        raise UserError(f"{source!r} is not FILE.py:NAME, such as mine.py:loss for {what} `loss` in mine.py")
    if not name.isidentifier():
        raise UserError(f"{name!r} is not a name; write FILE.py:NAME, such as mine.py:loss")
    return Path(file), name


def check_file(path: Path) -> None:
    """Raise for a file that is not there."""
    if not path.is_file():
        raise UserError(f"{path} is a folder" if path.is_dir() else f"there is no file {path}")


def is_own_function(thing: Any, module: ModuleType) -> bool:
    """Whether it is a function that the file itself defines."""
    return inspect.isfunction(thing) and thing.__module__ == module.__name__


# ---- what it does wrong --------------------------------------------------------------------------


def theirs(call: Callable[[], Any], path: Path) -> Any:
    """What `call` returns; whatever it raises is the user's error."""
    try:
        return call()
    except (Exception, SystemExit) as error:
        raise UserError(told(error, path)) from error


def told(error: BaseException, path: Path) -> str:
    """An error in the user's file on one line: where it is, what it is, and the code."""
    kind, words = type(error).__name__, in_words(error)
    what = kind if words == kind else f"{kind}: {words}"
    notes = "".join(f" ({' '.join(note.split())})" for note in getattr(error, "__notes__", ()))
    if isinstance(error, SyntaxError) and error.lineno:
        return f"{error.filename}, line {error.lineno}: {kind}: {error.msg}{shown(error.text)}"
    trace = traceback.extract_tb(error.__traceback__)
    frames = [frame for frame in trace if frame.filename == str(path)]
    if not frames:
        return f"{path}: {what}{notes}"
    return f"{path}, line {frames[-1].lineno}: {what}{notes}{shown(frames[-1].line)}"


def shown(code: str | None) -> str:
    """A line of code as the end of a message."""
    return f", in: {code.strip()}" if code and code.strip() else ""


__all__ = ["check_file", "file_and_name", "is_own_function", "theirs", "told"]
