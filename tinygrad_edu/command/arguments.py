"""The words of the command line: what may be typed, and what each word means.

Only words are checked here; whether a file exists, say, is for the command that uses it.
"""

from __future__ import annotations

import argparse
import ast
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from .. import __version__
from .errors import UserError

PROGRAM = "python -m tinygrad_edu"

DESCRIPTION = """\
tinygrad_edu: an autograd engine that people can read, see, trust and use at speed.

Start with:  python -m tinygrad_edu demo
It trains a network on handwritten digits in a few seconds, checks its gradient, and writes
pictures to look at."""

DEMO = """\
Train a network on handwritten digits, check its gradient and draw a neuron.

Written to the folder --out, which is made if needed:
  neuron.svg         one neuron as a graph, with every value, gradient and local derivative
  loss.svg           loss and accuracy after each epoch, on training and on test digits
  history.csv        the same as numbers
  model.safetensors  the trained network; its names and shapes are those of the printed network

Files of these names that are there already are replaced once everything has succeeded, and not
before; other files in the folder are left alone.  The same --seed gives the same files."""

TRAIN = """\
Train a network on a data set: digits, moons, spirals or xor, or a .csv or .npz file of your own.

A CSV file names its columns in the first line; every column but the target must hold numbers.
If the target holds text, or few different whole numbers, they are classes to tell apart;
otherwise it is a number to predict (regression).  Each column is shifted and scaled to mean 0 and
standard deviation 1 by what the training rows have; so is the target of a regression.

Written to the folder --out, which is made if needed:
  loss.svg           loss after each epoch, on training and on test rows (and accuracy, for classes)
  history.csv        the same as numbers
  model.safetensors  the trained network, with the means and deviations of its columns
  model.json         the names of the columns, and of the classes, in the network's order
tinygrad_edu.training.restored makes a model of them again.

Files of these names that are there already are replaced once everything has succeeded, and not
before; other files in the folder are left alone.  The same --seed gives the same files."""

DRAW = """\
Draw the computation graph of a Value in a Python file of yours.

The file is run, but not as the main program: what is under `if __name__ == "__main__":` is not.
NAME is a Value in it, or a function without arguments that returns one.  Gradients are shown if
.backward() has been called."""


GRADE = """\
Grade an engine of your own, or of a student: a table of operations and laws, with points.

ENGINE is FILE.py:CLASS or package.module:CLASS, for a class with data, grad and backward() as
micrograd's Value; or the name of an engine that is known, such as autograd.  It runs in a process
of its own: a crash or an endless loop costs points, and the table is finished all the same.

Exit code 0 for all points, 1 for fewer."""


CHECK = """\
Check the gradients of functions in a Python file of yours.

The file is run, but not as the main program: what is under `if __name__ == "__main__":` is not.
Without NAME, every public function with arguments that the file defines is checked, and every
gradient_test.

An argument has the value that --at gives, or its default, or is drawn: a number, or an array of
shape (3,) or (2, 3), whichever the function takes.  Where all are known, the whole Jacobian is
compared there.  A failure is explained, and told with Python that reproduces it.

The exit code is 0 if all is right, 1 if a gradient is wrong, and 2 if that could not be decided, or
for a mistake in what was typed or in the file."""


class Parser(argparse.ArgumentParser):
    """An argument parser that tells a mistake in one line, without repeating its usage."""

    def error(self, message: str) -> NoReturn:
        """Hand the message to `main`, which prints it."""
        raise UserError(f"{message} (see {self.prog} --help)")


def parser() -> Parser:
    """All that can be typed after `python -m tinygrad_edu`."""
    root = Parser(PROGRAM, description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    root.add_argument("--version", action="version", version=f"tinygrad_edu {__version__}")
    commands = root.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    add_demo(command(commands, "demo", DEMO))
    add_train(command(commands, "train", TRAIN))
    add_draw(command(commands, "draw", DRAW))
    add_check(command(commands, "check", CHECK))
    add_grade(command(commands, "grade", GRADE))
    return root


def command(commands: argparse._SubParsersAction[Parser], name: str, text: str) -> Parser:
    """A command whose one-line summary is the first line of its description."""
    return commands.add_parser(
        name,
        help=text.partition("\n")[0],
        description=text,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def add_demo(demo: Parser) -> None:
    """What `demo` takes."""
    add_out(demo, "demo-out")
    add_seed(demo)
    demo.add_argument(
        "--epochs",
        type=whole(least=1),
        default=60,
        metavar="N",
        help="passes over the training digits (default: 60)",
    )


def add_out(command: Parser, default: str) -> None:
    """Where a command puts its files."""
    command.add_argument(
        "--out",
        type=Path,
        default=Path(default),
        metavar="DIR",
        help=f"folder for the files (default: {default})",
    )


def add_seed(command: Parser, of: str = "split, weights, order") -> None:
    """What makes a run repeatable; `of` is what is drawn."""
    command.add_argument(
        "--seed",
        type=whole(least=0),
        default=0,
        metavar="N",
        help=f"start of all randomness: {of} (default: 0)",
    )


def add_train(train: Parser) -> None:
    """What `train` takes."""
    train.add_argument("data", metavar="DATA", help="digits, moons, spirals, xor, or a .csv or .npz file")
    train.add_argument("--target", metavar="COLUMN", help="the column to predict (needed for a file)")
    train.add_argument(
        "--ignore",
        metavar="COLUMN",
        action="append",
        default=[],
        help="a column to leave out; give it again for another",
    )
    train.add_argument(
        "--task",
        choices=("classify", "regress"),
        help="what to do with the target, if it is not what it looks like",
    )
    train.add_argument(
        "--delimiter",
        type=delimiter,
        default=",",
        metavar="C",
        help="what separates the cells of a CSV file; tab for a tabulator (default: ,)",
    )
    add_out(train, "train-out")
    train.add_argument(
        "--epochs",
        type=whole(least=1),
        metavar="N",
        help="passes over the training rows (default: what makes about 2,000 steps, from 10 to 500)",
    )
    train.add_argument(
        "--hidden",
        type=widths,
        default=(64, 64),
        metavar="N,N,…",
        help="neurons in each hidden layer (default: 64,64)",
    )
    train.add_argument(
        "--lr",
        type=positive,
        default=0.003,
        metavar="X",
        help="learning rate at the start; it falls to 0 (default: 0.003)",
    )
    train.add_argument(
        "--batch-size",
        type=whole(least=1),
        default=32,
        metavar="N",
        help="rows in one step (default: 32)",
    )
    add_seed(train)
    train.add_argument(
        "--test-share",
        type=share,
        metavar="X",
        help="share of the rows held out for testing, 0 for none (default: 0.2, or 0 for fewer than 10 rows)",
    )


def add_draw(draw: Parser) -> None:
    """What `draw` takes."""
    draw.add_argument("source", metavar="FILE.py:NAME", help="a Python file, and a Value or a function in it")
    draw.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="the picture to write: .svg, or .dot for Graphviz",
    )


def add_grade(grade: Parser) -> None:
    """What `grade` takes."""
    grade.add_argument("engine", metavar="ENGINE", help="FILE.py:CLASS, package.module:CLASS, or a known engine")
    grade.add_argument("--junit", type=Path, metavar="FILE", help="write the result as JUnit XML")
    grade.add_argument("--json", type=Path, metavar="FILE", help="write the result as JSON")
    grade.add_argument("--operations", type=names, metavar="A,B,…", help="what to try, by name (default: all)")
    grade.add_argument("--laws", type=names, metavar="A,B,…", help="the laws to try it by (default: all)")
    grade.add_argument(
        "--required",
        type=names,
        default=["add", "mul"],
        metavar="A,B,…",
        help="operations that count even if the engine does not have them (default: add,mul)",
    )
    grade.add_argument(
        "--timeout",
        type=positive,
        default=10.0,
        metavar="S",
        help="seconds for one law of one operation (default: 10)",
    )
    grade.add_argument(
        "--examples",
        type=whole(least=1),
        default=20,
        metavar="N",
        help="examples of each (default: 20)",
    )
    add_seed(grade, of="the same seed gives the same examples")


def add_check(check: Parser) -> None:
    """What `check` takes."""
    check.add_argument("source", metavar="FILE.py[:NAME]", help="a Python file, and a function in it")
    check.add_argument(
        "--at",
        type=assignment,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an argument, such as x=0.5, x=[1.0, 2.0] for an array, or axis=0; give it again for another",
    )
    check.add_argument(
        "--examples", type=whole(least=1), default=100, metavar="N", help="how often to draw (default: 100)"
    )
    add_seed(check, of="where points are drawn")
    check.add_argument(
        "--interval",
        type=finite,
        nargs=2,
        default=(-3.0, 3.0),
        metavar=("LOW", "HIGH"),
        help="where drawn numbers lie (default: -3 3)",
    )
    check.add_argument(
        "--order", type=whole(least=1), default=1, metavar="N", help="2: second derivatives too (default: 1)"
    )
    check.add_argument(
        "--kinks",
        type=kinks,
        default="dodge",
        metavar="WAY",
        help="what is right at a kink: dodge, nothing is decided; interval, any slope between those on both sides; "
        "or a number, 0 the slope on the left, 1 that on the right, 0.5 halfway (default: dodge)",
    )
    check.add_argument(
        "--engine",
        default="tinygrad_edu",
        metavar="NAME",
        help="whose function it is: tinygrad_edu, autograd, mygrad, torch, jax or micrograd (default: tinygrad_edu)",
    )


# ---- words to numbers ----------------------------------------------------------------------------


def whole(*, least: int) -> Callable[[str], int]:
    """A reader of whole numbers of at least `least`.

    >>> whole(least=1)("12")
    12
    """

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} up")
        return number

    return read


def positive(text: str) -> float:
    """A finite number above 0.

    >>> positive("1e-3")
    0.001
    """
    number = real(text)
    if not (math.isfinite(number) and number > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0, such as 0.003")
    return number


def share(text: str) -> float:
    """A part of a whole: from 0 up to, but without, 1.

    >>> share("0.25")
    0.25
    """
    number = real(text)
    if not 0 <= number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share of the rows, from 0 to below 1, such as 0.2")
    return number


def widths(text: str) -> tuple[int, ...]:
    """The sizes of some layers.

    >>> widths("64,32")
    (64, 32)
    """
    read = whole(least=1)
    try:
        return tuple(read(part) for part in text.split(","))
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a list of layer sizes, from 1 up with commas between, such as 64,64"
        ) from None


def names(text: str) -> list[str]:
    """Some names, with commas between.

    >>> names("add, sum axis")
    ['add', 'sum axis']
    """
    found = [name.strip() for name in text.split(",")]
    if not all(found):
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of names with commas between, such as add,mul")
    return found


def delimiter(text: str) -> str:
    """One character; a tabulator, which is hard to type, by its name.

    >>> delimiter("tab")
    '\\t'
    """
    text = {"tab": "\t", "\\t": "\t"}.get(text, text)
    if len(text) != 1 or text in '\r\n"':
        raise argparse.ArgumentTypeError(f"{text!r} is not one character that separates cells, such as ; or tab")
    return text


def finite(text: str) -> float:
    """A finite number.

    >>> finite("-1e3")
    -1000.0
    """
    number = real(text)
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{text!r} is not a finite number, such as -2.5")
    return number


def kinks(text: str) -> str | float:
    """What is right at a kink, as `check_gradients` takes it.

    >>> kinks("interval"), kinks("0.5")
    ('interval', 0.5)
    """
    number = real(text)
    if text not in ("dodge", "interval") and not 0.0 <= number <= 1.0:
        raise argparse.ArgumentTypeError(f"{text!r} is neither dodge nor interval nor a number from 0 to 1")
    return text if math.isnan(number) else number


def assignment(text: str) -> tuple[str, Any]:
    """A name and a value in Python, of which a list, or np.array(…) of one, is an array.

    >>> assignment("x=[1.0, 2.0]"), assignment("axis = -1")
    (('x', array([1., 2.])), ('axis', -1))
    """
    name, equals, value = text.partition("=")
    try:
        if not equals or not name.strip().isidentifier():
            raise ValueError
        return name.strip(), literal(value.strip())
    except (ValueError, TypeError, SyntaxError, AttributeError, IndexError, RecursionError, MemoryError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not NAME=VALUE, such as x=0.5, x=[1.0, 2.0] or x=np.array([1.0], dtype=np.float32)"
        ) from None


def literal(code: str) -> Any:
    """A value in Python: numbers, text, tuples and dicts; and arrays, as lists or np.array(list, dtype=np.float32)."""
    node = ast.parse(code, mode="eval").body
    dtype = None
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("np.array", "numpy.array", "array"):
        named = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        dtype = np.dtype(named.pop("dtype").rpartition(".")[2].strip("'\"")) if "dtype" in named else None
        (node,) = node.args
        if named:
            raise ValueError("an array takes a dtype alone")
        return numbers(ast.literal_eval(node), dtype)
    value = ast.literal_eval(node)
    return numbers(value, dtype) if isinstance(value, list) else value


def numbers(value: Any, dtype: Any) -> Any:
    """An array of numbers; ValueError for one of anything else."""
    array = np.array(value, dtype)
    if array.dtype.kind not in "fciub":
        raise ValueError(f"{value!r} is no array of numbers")
    return array


def real(text: str) -> float:
    """A floating point number, or nan for anything else."""
    try:
        return float(text)
    except ValueError:
        return math.nan


__all__ = ["PROGRAM", "parser"]
