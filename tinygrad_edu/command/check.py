"""`check FILE.py[:NAME]`: are the gradients of functions of the user's own right?

A function of which every argument is given is looked at there, in full.  Otherwise arguments are drawn, in
shapes that the function takes, as `gradient_test` does it.
"""

from __future__ import annotations

import argparse
import inspect
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from ..scripts import execute, importable
from ..testing.adapters import Engine, engine
from ..testing.check import MODES, check_gradients
from ..testing.decorator import REPRODUCE, Course, Undecided, planned
from ..testing.decorator import run as run_plan
from ..testing.measure.report import Verdict
from ..testing.reproduce import reproduction
from ..testing.strategies import arrays
from ..testing.subject import Subject, is_variable, variables
from .errors import UserError, as_user_error
from .user_file import check_file, file_and_name, is_own_function, theirs, told

SHAPES: tuple[tuple[int, ...], ...] = ((), (3,), (2, 3))
"""Shapes that are tried for the arguments that are drawn; all of these have the same."""

CODES = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INCONCLUSIVE: 2}


class Found(NamedTuple):
    """What came of a check."""

    verdict: Verdict
    words: str


def run(arguments: argparse.Namespace) -> int:
    """Carry out `python -m tinygrad_edu check`: 0 if all is right, 1 if anything is wrong, 2 if that is not known."""
    path, name = source_of(arguments)
    with as_user_error(ImportError, ValueError):
        chosen = engine(arguments.engine)
    module = ModuleType(name_for(path))
    verdicts: list[Verdict] = []
    with importable(module, path), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # drawn numbers may be outside of what a function takes
        theirs(lambda: execute(path, module), path)
        for key in [require(name, module, path)] if name else names_in(module, path):
            found = look_at(Task(key, vars(module)[key], module, path, chosen, arguments), alone=bool(name))
            print("\n" * bool(verdicts) + found.words)
            verdicts.append(found.verdict)
    worst = [verdict for verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE) if verdict in verdicts]
    return CODES[worst[0] if worst else Verdict.PASS]


def look_at(task: Task, alone: bool) -> Found:
    """What came of a task; an error does not keep others from being looked at."""
    try:
        return task.done()
    except UserError as error:
        if alone:
            raise
        return Found(Verdict.INCONCLUSIVE, f"{task.name}: not decided; {error}")


def source_of(arguments: argparse.Namespace) -> tuple[Path, str]:
    """The file, and the name in it, or ""."""
    if arguments.source.endswith(".py"):
        path, name = Path(arguments.source), ""
    else:
        path, name = file_and_name(arguments.source, "the function")
    check_file(path)
    if arguments.at and not name:
        raise UserError("--at gives arguments of one function: name it, as FILE.py:NAME")
    low, high = arguments.interval
    if low > high:
        raise UserError(f"--interval {low:g} {high:g} is empty: give the lower end first")
    return path, name


def name_for(path: Path) -> str:
    """What the file is called as a module: as anybody would import it, unless that is another module."""
    other = "__checked__"
    if not path.stem.isidentifier():
        return other
    try:
        known = find_spec(path.stem)
    except ValueError:  # of a module that was not imported in the usual way
        return other
    return path.stem if known is None or Path(known.origin or "").resolve() == path.resolve() else other


# ---- what there is to check ----------------------------------------------------------------------


def names_in(module: ModuleType, path: Path) -> list[str]:
    """The gradient tests, Subjects and public functions with arguments that a file defines."""
    names = [name for name, thing in vars(module).items() if can_be_checked(name, thing, module)]
    if not names:
        raise UserError(f"{path} defines no public function with arguments, and no gradient_test")
    return names


def require(name: str, module: ModuleType, path: Path) -> str:
    """The name, if there is something to check behind it."""
    names = vars(module)
    if name not in names:
        there = [key for key, thing in names.items() if can_be_checked(key, thing, module)]
        raise UserError(f"{path} has no {name}; it has {', '.join(there) or 'no function with arguments'}")
    if not callable(names[name]) and not isinstance(names[name], Subject):
        raise UserError(f"{name} in {path} is of type {type(names[name]).__name__}, not a function")
    return name


def can_be_checked(name: str, thing: Any, module: ModuleType) -> bool:
    """Whether it is a gradient test, or else a public function that takes arguments, or a Subject."""
    if is_test(thing) or isinstance(thing, Subject):
        return not name.startswith("_")
    return is_own_function(thing, module) and not name.startswith(("_", "test")) and bool(positional(thing))


def is_test(thing: Any) -> bool:
    """Whether it was made by `gradient_test`."""
    return bool(getattr(thing, "is_gradient_test", False))


def positional(f: Any) -> list[inspect.Parameter]:
    """The parameters that can be given by position; none where they are not known."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    try:
        return [p for p in inspect.signature(f).parameters.values() if p.kind in kinds]
    except (TypeError, ValueError):
        return []


# ---- one function --------------------------------------------------------------------------------

DRAWN = inspect.Parameter.empty
"""In place of an argument that is neither given nor has a default."""


@dataclass(frozen=True)
class Task:
    """One thing in the file, and how it is to be checked."""

    name: str
    thing: Any
    module: ModuleType
    path: Path
    engine: Engine
    arguments: argparse.Namespace

    def done(self) -> Found:
        """What came of it."""
        if is_test(self.thing):
            return self.tried(self.thing)
        args, refusal = self.known_arguments(), ""
        if all(x is not DRAWN for x in args):
            return self.at_a_point(args)
        for some in self.first_ones(args):
            shapes, refusal = self.shapes_taken(some)
            if shapes:
                return self.tried(partial(self.drawn, some, shapes))
        raise UserError(f"{refusal} (of all shapes {', '.join(map(str, SHAPES))}; give arguments with --at)")

    @property
    def subject(self) -> Subject:
        """The Subject that is checked."""
        made: Subject = self.thing if isinstance(self.thing, Subject) else self.engine.subject(self.thing)
        return made

    @property
    def written(self) -> Any:
        """What `check_gradients` is called with in code for the user: the function itself where that will do."""
        return self.thing if self.engine.name == "tinygrad_edu" else self.subject

    def known_arguments(self) -> list[Any]:
        """What is given or has a default, and DRAWN for the rest; settings at the end keep their defaults."""
        given = dict(self.arguments.at)
        names = self.subject.parameters or tuple(given) or ("x",)
        unknown = [name for name in given if name not in names]
        if unknown:
            raise UserError(f"{self.name} in {self.path} has no argument {unknown[0]}; it has {', '.join(names)}")
        defaults = {p.name: p.default for p in positional(self.thing)}
        args = [given.get(name, defaults.get(name, DRAWN)) for name in names]
        while len(args) > 1 and names[len(args) - 1] not in given and not (args[-1] is DRAWN or is_variable(args[-1])):
            args.pop()
        return args

    def first_ones(self, args: list[Any]) -> list[list[Any]]:
        """The arguments; or of a Subject, which does not tell what it can do without, the first, the first two, …"""
        if not isinstance(self.thing, Subject):
            return [args]
        least = max([1, *(i + 1 for i, x in enumerate(args) if x is not DRAWN)])
        return [args[:n] for n in range(least, len(args) + 1)]

    # ---- at one point ----------------------------------------------------------------------------

    def at_a_point(self, args: list[Any]) -> Found:
        """The whole Jacobian where all arguments are known."""
        options = {"order": self.arguments.order, "kinks": self.arguments.kinks}
        report = theirs(lambda: check_gradients(self.subject, *args, **options), self.path)
        if report.verdict is Verdict.PASS:
            return Found(report.verdict, str(report))
        changed = {key: value for key, value in options.items() if value not in (1, "dodge")}
        code = reproduction(self.written, args, changed, self.subject.parameters, self.module.__name__)
        return Found(report.verdict, f"{report}\n\n{REPRODUCE}\n\n{code}")

    # ---- at many ---------------------------------------------------------------------------------

    def shapes_taken(self, args: list[Any]) -> tuple[list[tuple[int, ...]], str]:
        """The shapes for which the function has a result in floating point; and what was wrong with the last other."""
        low, high = self.arguments.interval
        rng, taken, refusal = np.random.default_rng(0), [], f"{self.name} returns nothing in floating point"
        for shape in SHAPES:
            try:
                result = self.subject.value(tuple(rng.uniform(low, high, shape) if x is DRAWN else x for x in args))
            except Exception as error:
                refusal = told(error, self.path)
            else:
                taken += [shape] if variables(result) else []
        return taken, refusal

    def drawn(self, args: list[Any], shapes: list[tuple[int, ...]]) -> Course:
        """What happened at drawn arguments; AssertionError if a derivative is wrong."""
        interval = self.arguments.interval

        def of(shape: tuple[int, ...]) -> Any:
            return st.tuples(*(arrays(shape, interval=interval) if x is DRAWN else st.just(x) for x in args))

        options = {
            "arguments": st.sampled_from(shapes).flatmap(of), "examples": self.arguments.examples,
            "order": self.arguments.order, "modes": MODES, "kinks": self.arguments.kinks, "tolerance": None,
            "strict": False, "seed": self.arguments.seed,
        }  # fmt: skip
        return run_plan(planned(self.written, (), {}, options, self.module.__name__))

    def tried(self, test: Callable[[], Course | None]) -> Found:
        """What came of a test; what it raises, unless that is its verdict, is the user's error."""
        try:
            course = test()
        except Undecided as error:
            return Found(Verdict.INCONCLUSIVE, str(error))
        except (Exception, SystemExit) as error:
            notes = list(getattr(error, "__notes__", ()))
            code = [note for note in notes if note.startswith(REPRODUCE)]
            if isinstance(error, AssertionError) and (is_test(self.thing) or not code):
                return Found(Verdict.FAIL, "\n\n".join([str(error), *notes]))
            print("\n\n".join(code))
            error.__notes__ = [note for note in notes if note not in code]
            raise UserError(told(error, self.path)) from error
        return Found(Verdict.PASS, f"{self.name}: pass{'' if course is None else f', {course}'}")


__all__ = ["run"]
