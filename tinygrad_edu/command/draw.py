"""`draw FILE.py:NAME -o x.svg`: run a Python file and draw a Value in it.

Whatever the file does wrong is told as its own error, with its own line, and without our trace.
"""

from __future__ import annotations

import argparse
import inspect
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from ..engine import Value
from ..picture import draw
from .errors import UserError, as_user_error, in_words

ENDINGS = (".svg", ".dot", ".gv")


def run(arguments: argparse.Namespace) -> None:
    """Carry out `python -m tinygrad_edu draw`."""
    path, name = file_and_name(arguments.source)
    check_places(path, arguments.output)
    module = ModuleType("__drawn__")  # not "__main__": what is only for that is left out
    with importable(module, path):
        theirs(lambda: execute(path, module), path)
        value = value_called(name, module, path)
    value.label = value.label or name  # what the user calls it
    with as_user_error(OSError, RuntimeError, TimeoutError):
        picture = draw(value)
        picture.save(arguments.output)
    print(f"Wrote {arguments.output}: {picture!r}")
    if value.grad is None:
        print(f"It has not been differentiated; once {path} calls .backward() on it, gradients show")


def file_and_name(source: str) -> tuple[Path, str]:
    """The two parts of FILE.py:NAME.

    >>> file_and_name("mine.py:loss")[1]
    'loss'
    """
    file, colon, name = source.rpartition(":")
    if not colon or not file.endswith(".py"):
        raise UserError(f"{source!r} is not FILE.py:NAME, such as mine.py:loss for the Value `loss` in mine.py")
    if not name.isidentifier():
        raise UserError(f"{name!r} is not a name; write FILE.py:NAME, such as mine.py:loss")
    return Path(file), name


def check_places(source: Path, output: Path) -> None:
    """Raise for a missing file or a picture that cannot be written, before anything runs."""
    if not source.is_file():
        raise UserError(f"{source} is a folder" if source.is_dir() else f"there is no file {source}")
    if output.is_dir():
        raise UserError(f"{output} is a folder; give the name of a file")
    if output.suffix.lower() not in ENDINGS:
        raise UserError(f"a picture is written as {', '.join(ENDINGS)}; {str(output)!r} ends in none of these")
    if not output.parent.is_dir():
        raise UserError(f"there is no folder {output.parent} to write {output.name} in; make it first")
    places = (output.parent, output) if output.exists() else (output.parent,)
    if not all(os.access(place, os.W_OK) for place in places):
        raise UserError(f"there is no permission to write {output}; choose another place")


# ---- running the user's file ---------------------------------------------------------------------


@contextmanager
def importable(module: ModuleType, path: Path) -> Iterator[None]:
    """Inside, the file finds its neighbours by `import`, and its own classes find their module."""
    before = list(sys.path)
    sys.path.insert(0, str(path.resolve().parent))
    sys.modules[module.__name__] = module
    try:
        yield
    finally:
        del sys.modules[module.__name__]
        sys.path[:] = before


def execute(path: Path, module: ModuleType) -> None:
    """Run the file from top to bottom in the names of `module`."""
    module.__file__ = str(path)
    exec(compile(path.read_bytes(), str(path), "exec"), vars(module))


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


# ---- finding the Value ---------------------------------------------------------------------------


def value_called(name: str, module: ModuleType, path: Path) -> Value:
    """The Value of that name, or the one that the function of that name returns."""
    names = vars(module)
    if name not in names:
        there = [key for key, thing in names.items() if type(thing) is Value or is_own_function(thing, module)]
        hint = f"it has {', '.join(there)}" if there else "it has no Value and no function"
        raise UserError(f"{path} has no {name}; {hint}")
    found, what = names[name], name
    if callable(found):
        check_no_arguments(found, name, path)
        found, what = theirs(found, path), f"{name}()"
    if type(found) is not Value:
        raise UserError(
            f"{what} in {path} is of type {type(found).__name__}, not a Value; "
            "draw the Value at the end of a computation"
        )
    return found


def is_own_function(thing: Any, module: ModuleType) -> bool:
    """Whether it is a function that the file itself defines."""
    return inspect.isfunction(thing) and thing.__module__ == module.__name__


def check_no_arguments(function: Callable[..., Any], name: str, path: Path) -> None:
    """Raise if the function cannot be called without arguments."""
    try:
        signature = inspect.signature(function)
    except ValueError:
        return  # some built-in functions do not tell; calling them will
    try:
        signature.bind()
    except TypeError as error:
        raise UserError(
            f"{name} in {path} cannot be called without arguments ({error}); "
            "write a function without any that calls it, and draw that"
        ) from error


__all__ = ["run"]
