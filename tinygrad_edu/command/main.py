"""From the words typed to an exit code: 0, 2 for a mistake of the user's, 130 for Ctrl-C.

A command is a module with a function `run(arguments)`, which may return an exit code of its own.  It is
loaded only when it is asked for, because loading it loads what it needs: matplotlib, say, which is in
an extra.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

from .arguments import parser
from .errors import UserError


class Command(NamedTuple):
    """Where a command is, which packages it needs that do not come with this one, and the extra that brings them."""

    module: str
    packages: tuple[str, ...] = ()
    extra: str = "demo"


COMMANDS = {
    "demo": Command(".demo", ("matplotlib", "safetensors", "tqdm")),
    "train": Command(".train", ("matplotlib", "safetensors", "tqdm")),
    "draw": Command(".draw"),
    "check": Command(".check", ("hypothesis",), "testing"),
    "grade": Command(".grade", ("hypothesis",), "testing"),
}

PLAIN = {"∂": "d", "·": "*", "×": "x", "−": "-", "→": "->", "µ": "u", "…": "...", "✓": "+", "✗": "x", "–": "-"}
"""Signs that are printed, and what stands for them where the terminal's encoding lacks them."""

DONE, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out the command `argv` (default: what was typed) and return the exit code.

    >>> main(["--version"])
    tinygrad_edu 0.1.0
    0
    """
    try:
        return carry_out(argv)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        print("Interrupted: nothing was written.", file=sys.stderr)
        return INTERRUPTED


def carry_out(argv: Sequence[str] | None) -> int:
    """Read the words and run the command."""
    words = parser()
    try:
        arguments = words.parse_args(argv)
    except SystemExit:  # how argparse ends after --help and --version
        return DONE
    if arguments.command is None:
        words.print_help()
        return DONE
    code: int | None = loaded(arguments.command).run(arguments)
    return DONE if code is None else code


def loaded(name: str) -> Any:
    """The module of a command; UserError if a package that it needs is not installed."""
    command = COMMANDS[name]
    missing = [package for package in command.packages if find_spec(package) is None]
    if missing:
        install = f"pip install 'tinygrad_edu[{command.extra}]'"
        raise UserError(f"{name} needs {' and '.join(missing)}, not installed yet: {install}")
    return import_module(command.module, __package__)


def from_terminal() -> int:
    """`main` for the process itself: any terminal, and a reader that stops reading, are fine."""
    codecs.register_error("plain", in_plain_letters)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plain")
    try:
        code = main()
        print(end="", flush=True)
    except BrokenPipeError:  # `… | head`: Python's documentation advises this
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = FAILED
    return code


def in_plain_letters(error: UnicodeError) -> tuple[str, int]:
    """What a terminal shows for the signs that it has not: d for ∂, and so on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end]
    return "".join(PLAIN.get(sign, "?") for sign in signs), error.end


__all__ = ["from_terminal", "main"]
