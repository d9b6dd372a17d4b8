"""One operation of one engine under one law: examples are drawn, tried, and shrunk to the smallest failing one.

Runs where the engine runs, as a rule in a process of its own, and catches whatever the engine may raise.
Before each example it notes down what it is about to try, for whoever finds the process dead.
"""

from __future__ import annotations

import inspect
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

from ..adapters.engine import Engine
from ..adapters.scalars import in_scalars
from ..adapters.tensors import in_tensors
from ..measure.report import Verdict
from ..strategies import arrays, away_from, broadcastable, directions, distinct, positive, shapes
from ..subject import Subject
from .carried import Carried, is_known
from .columns import LAWS, Broken, Case, Drawn, Law, Raised, Undecided
from .operations import Operation
from .raised import hint_for, told
from .showing import Shown

REFUSALS = (AttributeError, TypeError, NotImplementedError, AssertionError, NameError)
"""What an engine raises at the first call of what it has not."""

STRATEGIES: dict[str, Callable[[tuple[int, ...]], st.SearchStrategy[Any]]] = {
    "real": arrays,
    "nonzero": lambda shape: away_from(0.0, shape=shape, gap=0.25),
    "positive": lambda shape: positive(shape, smallest=0.25),
    "between": lambda shape: arrays(shape).map(lambda x: x + 0.046875),
    "unequal": distinct,
}
"""Domain → arrays of a shape; for the shape () a number."""

FEW = 5
"""So many examples are tried at least, if that many were asked for."""

SHRINKS = 100
"""Smaller examples that are looked at once one has failed: a number and not a time, so that runs are repeatable."""

SHARE = 0.5
"""The share of the time there is for one law after which no smaller example is looked for all the same."""


# ---- an engine out of what was found -------------------------------------------------------------


def case_of(found: Any, sent: Carried, names: Mapping[str, Any]) -> Case:
    """The case of no operation yet: `found` is an Engine, or a class with data, grad and backward.

    Raises TypeError for anything else.
    """
    nothing = Operation("", ("x",), {"x": "real"})
    module = sent.module or Path(sent.file).stem
    if isinstance(found, Engine):
        name = f'engine("{found.name}")' if is_known(found) else sent.name or "ENGINE"
        return Case(found, nothing, Shown("engine", name, module), names)
    if not inspect.isclass(found):
        kind = type(found).__name__
        raise TypeError(f"{sent.shown} is a {kind}, not a class such as micrograd's Value, nor an Engine")
    scalar, asks = not keeps_arrays(found), asks_for_gradients(found)
    cls: Any = found
    leaf = partial(cls, requires_grad=True) if asks else cls
    adapter = partial(in_scalars, Value=leaf) if scalar else partial(in_arrays, Tensor=leaf)
    made = Engine(sent.shown, adapter, None, ("reverse",), (1,), scalar=scalar, complex=False)
    beside = tuple(name for name, thing in names.items() if inspect.isfunction(thing))
    kind, more = "scalar" if scalar else "tensor", ", requires_grad=True" * asks
    return Case(made, nothing, Shown(kind, cls.__name__, module, beside, more), names, leaf)


def in_arrays(f: Callable[..., Any], Tensor: Callable[[Any], Any]) -> Subject:
    """The same as `in_tensors`, where the cotangent of a single number is an array without axes, as its data are."""
    made = in_tensors(f, Tensor)
    back: Any = made.vjp
    return replace(made, vjp=lambda args, us: back(args, [np.asarray(u) for u in us]))


def keeps_arrays(cls: Any) -> bool:
    """Whether a class makes an array of a list: then it is one of tensors."""
    try:
        return isinstance(cls([1.0, 2.0]).data, np.ndarray)
    except Exception:
        return False


def asks_for_gradients(cls: Any) -> bool:
    """Whether a leaf of the class must be told that its gradient is wanted."""
    try:
        return "requires_grad" in inspect.signature(cls).parameters
    except (TypeError, ValueError):
        return False


# ---- examples ------------------------------------------------------------------------------------


@st.composite
def drawn(draw: st.DrawFn, case: Case, law: Law) -> Drawn:
    """Arguments in the domains of the operation, and cotangents."""
    args = tuple(draw(arguments(case, law)))
    with np.errstate(all="ignore"):
        like = directions(np.shape(case.oracle(*args)))
    return Drawn(args, draw(like), draw(like))


@st.composite
def arguments(draw: st.DrawFn, case: Case, law: Law) -> list[Any]:
    """Arguments of one shape, or of shapes that broadcast, or of those that the operation says."""
    operands = case.operation.operands
    if case.engine.scalar:
        found: Any = [()] * len(operands)
    elif law.name == "broadcast":
        found = draw(broadcastable(len(operands), max_dims=2, min_side=1, max_side=law.side))
    else:
        found = [draw(shapes(0, law.side - 1, 1, law.side))] * len(operands)
    lengths = {letter: draw(st.integers(1, law.side)) for letter in axes_of(operands)}
    args = []
    for text, common in zip(operands.values(), found, strict=True):
        domain, _, letters = text.partition(" ")
        here = tuple(lengths[letter] for letter in letters) if letters else common
        args.append(draw(STRATEGIES[domain](here)))
    return args


def axes_of(operands: Mapping[str, str]) -> list[str]:
    """The letters of all axes, each once."""
    return sorted({letter for text in operands.values() for letter in text.partition(" ")[2]})


def first_arguments(case: Case) -> tuple[Any, ...]:
    """Arguments to see with whether an operation is offered at all."""
    numbers = {"real": 1.0, "nonzero": 1.0, "positive": 1.0, "between": 0.75, "unequal": 1.0}
    args = []
    for text in case.operation.operands.values():
        domain, _, letters = text.partition(" ")
        shape = () if case.engine.scalar else (2,) * (len(letters) or 1)
        args.append(np.full(shape, numbers[domain]) if shape else numbers[domain])
    return tuple(args)


# ---- grading -------------------------------------------------------------------------------------

Note = Callable[[dict[str, Any]], None]


@dataclass
class Examiner:
    """Tries operations of one engine, and answers in plain data.

    `note` is told what is about to be tried.
    """

    case: Case
    note: Note

    def offered(self, operation: Operation) -> dict[str, Any]:
        """The number of the first spelling that the engine takes, as "spelling"; or why it takes none, as "missing".

        Spellings that both run and can be walked backward come first.  What makes no sense for numbers, or for
        arrays, is missing without a reason.
        """
        refused, runs = "", None
        if not (operation.scalar if self.case.engine.scalar else operation.array):
            return {"missing": ""}
        for k in range(len(operation.spellings)):
            trouble = self._trouble(operation, k, backward=False)
            if trouble:
                refused = refused or trouble
                continue
            runs = k if runs is None else runs
            if not self._trouble(operation, k, backward=True):
                return {"spelling": k}
        return {"missing": refused} if runs is None else {"spelling": runs}

    def _trouble(self, operation: Operation, spelling: int, *, backward: bool) -> str:
        """Why an engine refuses a spelling; "" if it does not, or has another kind of trouble with it."""
        case = self.case.of(operation.spelled(spelling))
        args = first_arguments(case)
        law = "gradient" if backward else "value"
        ones = np.ones(np.shape(case.oracle(*args)))
        example = case.shown.running(case.operation, args, ones if backward else None)
        self.note({"law": law, "spelling": spelling, "example": example})
        try:
            with quiet():
                subject = case.subject
                if not backward:
                    subject.value(args)
                    return no_gradient(case, args)
                if subject.vjp is not None:
                    subject.vjp(args, [ones if ones.ndim else 1.0])
        except REFUSALS as error:
            return told(error)
        except BaseException:
            return ""
        return ""

    def laws(self, operation: Operation) -> dict[str, Any]:
        """The names of the laws that apply, each with the name of the operation that it needs, or ""."""
        case = self.case.of(operation)
        wanted = LAWS if operation.laws is None else operation.laws
        return {law.name: law.needs(case) for law in LAWS.values() if law.name in wanted and law.applies(case)}

    def grade(self, operation: Operation, law: str, examples: int, start: int, seconds: float) -> dict[str, Any]:
        """A verdict, or None if the engine does not offer this; what was found, code that shows it, and a hint."""
        trial = Trial(self.case.of(operation), law, self.note, time.monotonic() + SHARE * seconds)
        share = max(FEW, examples // LAWS[law].one_in)
        return trial.run(min(examples, share, operation.examples), start)


def no_gradient(case: Case, args: tuple[Any, ...]) -> str:
    """Why NumPy's function cannot be meant: it took data out of a class that is not made for it; "" if it did not."""
    if case.leaf is None or "np." not in case.operation.code:
        return ""
    found = case.run(*map(case.leaf, args))
    return "" if hasattr(found, "backward") else f"it returns a {type(found).__name__}, which has no gradient"


class Trial:
    """All examples of one law for one operation."""

    def __init__(self, case: Case, law: str, note: Note, until: float) -> None:
        self.case, self.law, self.note, self.until = case, LAWS[law], note, until
        self.broken: Broken | None = None
        self.refused = ""
        self.undecided = ""
        self.held = 0
        self.shrinks = 0

    def run(self, examples: int, start: int) -> dict[str, Any]:
        """The verdict on all of them."""
        test = settings(
            max_examples=examples, database=None, deadline=None, phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
        )(seed(start)(given(drawn(self.case, self.law))(self.example)))  # fmt: skip
        with suppress(Broken, HypothesisException):  # it is remembered
            test()
        if self.broken is not None:
            broken = self.closest(self.broken)
            said = {"found": broken.found, "example": broken.example, "hint": self.hint(broken)}
            return {"verdict": Verdict.FAIL, **said}
        if self.refused:
            return {"verdict": None, "found": self.refused}
        if not self.held:
            return {"verdict": Verdict.INCONCLUSIVE, "found": self.undecided or "no example could be decided"}
        return {"verdict": Verdict.PASS}

    def closest(self, broken: Broken) -> Broken:
        """The same failure as expected and got, where that can be told."""
        try:
            with quiet():
                if broken.closer is not None:
                    broken.closer()
        except Broken as closer:
            return closer
        except Exception:  # then the law itself has said enough
            pass
        return broken

    def hint(self, broken: Broken) -> str:
        """What to look at: what the failure says, or the law; or the rule of the operation, and how it was missed."""
        if broken.hint is not None:
            return broken.hint
        if self.law.hint:
            return self.law.hint
        rule = self.case.operation.rule
        return " ".join(filter(None, [rule and f"{rule}.", broken.diagnosis]))

    def example(self, drawn: Drawn) -> None:
        """Try one example; raise Broken if the law does not hold for it, whatever happened."""
        if self.refused or self.is_small_enough():
            return
        self.note({"law": self.law.name, "example": self.running(drawn)})
        try:
            with quiet():
                self.law.check(self.case, drawn)
            self.held += 1
        except Broken as broken:
            self.broken = broken
            raise
        except Undecided as error:
            self.undecided = str(error)
        except NotImplementedError as error:
            self.refused = told(error)
        except Raised as error:
            self.broken = Broken(told(error.error), error.example, hint=hint_for(error.error))
            raise self.broken from None
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self.broken = Broken(told(error), self.running(drawn), hint=hint_for(error))
            raise self.broken from None

    def is_small_enough(self) -> bool:
        """Whether an example has failed, and long enough been made smaller."""
        self.shrinks += self.broken is not None
        return self.shrinks > SHRINKS or (self.broken is not None and time.monotonic() > self.until)

    def running(self, drawn: Drawn) -> str:
        """Code that runs an example."""
        return self.case.shown.running(self.case.operation, drawn.args, None if self.law.name == "value" else drawn.u)


@contextmanager
def quiet() -> Iterator[None]:
    """Inside, neither NumPy nor anybody else warns."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


__all__ = ["Examiner", "case_of"]
