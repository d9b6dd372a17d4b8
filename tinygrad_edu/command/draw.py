"""`draw FILE.py:NAME -o x.svg`: run a Python file and draw a Value in it."""

from __future__ import annotations

import argparse
import inspect
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from ..engine import Value
from ..picture import draw
from ..scripts import execute, importable
from .errors import UserError, as_user_error
from .user_file import check_file, file_and_name, is_own_function, theirs

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


def check_places(source: Path, output: Path) -> None:
    """Raise for a missing file or a picture that cannot be written, before anything runs."""
    check_file(source)
    if output.is_dir():
        raise UserError(f"{output} is a folder; give the name of a file")
    if output.suffix.lower() not in ENDINGS:
        raise UserError(f"a picture is written as {', '.join(ENDINGS)}; {str(output)!r} ends in none of these")
    if not output.parent.is_dir():
        raise UserError(f"there is no folder {output.parent} to write {output.name} in; make it first")
    places = (output.parent, output) if output.exists() else (output.parent,)
    if not all(os.access(place, os.W_OK) for place in places):
        raise UserError(f"there is no permission to write {output}; choose another place")


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
