"""`gradient_test`: a test for pytest, made of a function and strategies for its arguments.

Each example draws arguments, a cotangent u and tangents t, and compares ⟨u, J·t⟩ alone: as it is claimed in
every mode, and as it is measured.  That takes milliseconds, and a failure shrinks to the point and the entry
that are simplest.  Only then is the whole Jacobian looked at, and the failure told with Python that
reproduces it.  What is compared, and how, is in `check`; how much is drawn, in `profiles`.
"""

from __future__ import annotations

import inspect
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import update_wrapper
from pathlib import Path
from types import TracebackType
from typing import Any

import hypothesis
import numpy as np
from hypothesis import given, settings, target
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.errors import Flaky, HypothesisException
from hypothesis.strategies import SearchStrategy

from .adapters import as_subject
from .check import MODES, check_gradients, checked_modes
from .measure.judging import checked_kinks
from .measure.packing import Space
from .measure.report import Report, Verdict
from .profiles import TALLY, chosen, drawn_with
from .reproduce import reproduction
from .strategies import directions_like
from .subject import Subject, variables, with_variables

Test = Callable[..., Any]

REPRODUCE = "To reproduce it:"
"""Stands before Python in a message, or in a note on an error that `f` raised."""

NOTICED = 1e-3
"""Errors above this part of what is allowed are made larger, if Hypothesis can; others are rounding."""


class Undecided(AssertionError):  # noqa: N818
    """Not one example could be decided."""


def gradient_test(
    f: Subject | Callable[..., Any],
    /,
    *strategies: SearchStrategy[Any],
    arguments: SearchStrategy[tuple[Any, ...]] | None = None,
    examples: int | settings | None = None,
    order: int = 1,
    modes: Sequence[str] = MODES,
    kinks: str | float = "dodge",
    tolerance: float | None = None,
    strict: bool = False,
    seed: int | None = None,
    **named: SearchStrategy[Any],
) -> Test:
    """A test of the derivatives that are claimed for `f`, at arguments drawn from strategies.

    f           a function for the engine of this package, or a `Subject` from an adapter for another
    strategies  one for each argument: by name, or by position where a name is not known, or is that of an option
    arguments   instead, one strategy of tuples with all arguments, where these depend on one another
    examples    how many are drawn, or `hypothesis.settings`; by default what the profile says
    order       2: second derivatives are compared as well, and so on
    modes, kinks, tolerance   as in `check_gradients`
    strict      an example that cannot be decided fails; otherwise it fails only if not one could be
    seed        where draws start; by default what pytest was given, or one that is new in each session

    Give the test a name, and pytest finds it; or call it.  What is drawn depends on the seed alone.

    >>> from tinygrad_edu.testing import by_hand
    >>> from tinygrad_edu.testing.strategies import arrays
    >>> import numpy as np
    >>> test_tanh = gradient_test(np.tanh, x=arrays(), order=2, examples=10)
    >>> test_tanh()

    What fails is told at the simplest point that fails, with Python that reproduces it.

    >>> wrong = by_hand(np.tanh, vjp=lambda g, x: g * (1.0 - x * x))
    >>> try:
    ...     gradient_test(wrong, arrays(2), seed=0)()
    ... except AssertionError as error:
    ...     print(str(error).partition(",")[0])
    tanh: fail
    first derivative

    Over a function, it is a test that may look at the `Report` of each example that has not failed.  What else
    the function takes is a matter of pytest, such as fixtures and parameters.

    >>> @gradient_test(np.tanh, arrays(), examples=10)
    ... def test_tanh_at_ease(report):
    ...     assert report.ratio < 0.5

    Several functions are one parametrised test:

    >>> import pytest
    >>> @pytest.mark.parametrize("f", [np.sin, np.cos, np.tanh])
    ... def test_all(f):
    ...     gradient_test(f, arrays(), examples=10)()

    The test raises AssertionError if a derivative is wrong, and if no example could be decided.  What `f` itself
    raises passes through, with a note of how to reproduce it.  TypeError and ValueError are raised here for
    strategies or options that do not fit.
    """
    options = {"arguments": arguments, "examples": examples, "order": order, "modes": modes, "kinks": kinks,
               "tolerance": tolerance, "strict": strict, "seed": seed}  # fmt: skip
    frame = sys._getframe(1)
    plan = planned(f, strategies, named, options, home=frame.f_globals.get("__name__", ""))

    def test(*given: Any) -> Any:
        __tracebackhide__ = True
        if given and inspect.isroutine(given[0]):
            return with_body(plan, given[0])
        run(plan)  # `given` is the instance, if the test is in a class
        return None

    test.__name__ = test.__qualname__ = f"test_gradients_of_{plan.subject.name}"
    test.__module__ = plan.home
    return presented(test, inspect.Signature(), placed(frame.f_code.co_filename, frame.f_lineno))


# ---- what pytest sees --------------------------------------------------------------------------------------


def with_body(plan: Plan, body: Callable[..., Any]) -> Test:
    """The test that `gradient_test` makes over a function, which it gives reports if that has such a parameter."""
    signature = inspect.signature(body)
    looks = "report" in signature.parameters
    others = [p for p in signature.parameters.values() if p.name != "report"]

    def test(*args: Any, **kwargs: Any) -> None:
        __tracebackhide__ = True

        def look(report: Report) -> None:
            __tracebackhide__ = True
            body(*args, **kwargs, **({"report": report} if looks else {}))

        run(plan, look)

    update_wrapper(test, body)
    del test.__wrapped__  # type: ignore[attr-defined]
    return presented(test, signature.replace(parameters=others), body)


def presented(test: Test, signature: inspect.Signature, place: Callable[..., Any]) -> Test:
    """A test with the signature by which pytest calls it, and the place where it says that it is."""
    vars(test).update(__signature__=signature, place_as=place, is_gradient_test=True)
    return test


def placed(file: str, line: int) -> Callable[[], None]:
    """A function that seems to be at a line of a file: the one where a test was made."""

    def nowhere() -> None:
        """Stand for the test."""

    nowhere.__code__ = nowhere.__code__.replace(co_filename=file, co_firstlineno=line)
    return nowhere


# ---- options and strategies --------------------------------------------------------------------------------


def planned(f: Any, strategies: Sequence[Any], named: dict[str, Any], options: Mapping[str, Any], home: str) -> Plan:
    """The plan of a test, from what `gradient_test` takes; `home` is the module that asks for it."""
    check_options(options)
    subject = as_subject(f)
    return Plan(
        f=f,
        subject=subject,
        arguments=drawn_arguments(f, subject, options["arguments"], strategies, named),
        names=subject.parameters or (*(f"x{i}" for i in range(len(strategies))), *named),
        options={
            "order": options["order"],
            "modes": checked_modes(options["modes"]),
            "kinks": checked_kinks(options["kinks"]),
            "tolerance": options["tolerance"],
        },
        home=home,
        **{key: options[key] for key in ("examples", "strict", "seed")},
    )


def check_options(options: Mapping[str, Any]) -> None:
    """Raise TypeError or ValueError for an option of the wrong kind; a strategy is meant for an argument."""
    for name, value in options.items():
        if isinstance(value, SearchStrategy) and name != "arguments":
            raise TypeError(
                f"{name}= is an option of gradient_test: give strategies by position, if an argument has that name"
            )
    examples, order, seed = (options[name] for name in ("examples", "order", "seed"))
    if not (examples is None or isinstance(examples, settings) or is_whole(examples, 1)):
        raise ValueError(f"examples={examples!r} is neither a number of examples nor hypothesis.settings")
    if not is_whole(order, 1):
        raise ValueError(f"order={order!r}: the first derivative has order 1")
    if not (seed is None or is_whole(seed, 0)):
        raise ValueError(f"seed={seed!r} is not a whole number from 0 up")


def is_whole(x: Any, least: int) -> bool:
    """Whether `x` is an integer of at least `least`."""
    return isinstance(x, int) and not isinstance(x, bool) and x >= least


def drawn_arguments(
    f: Any, subject: Subject, arguments: Any, strategies: Sequence[Any], named: dict[str, Any]
) -> SearchStrategy[tuple[Any, ...]]:
    """One strategy of all arguments, in their order."""
    if arguments is not None:
        if strategies or named:
            raise TypeError("arguments= draws all arguments: give it, or a strategy for each")
        together: SearchStrategy[tuple[Any, ...]] = checked(arguments, "arguments")
        return together
    for i, strategy in enumerate(strategies):
        checked(strategy, f"argument {i}")
    for name, strategy in named.items():
        checked(strategy, name)
    if not strategies and not named:
        raise TypeError(f"there is no strategy to draw an argument of {subject.name} from, such as x=arrays()")
    return st.tuples(*strategies, *in_order(f, subject, len(strategies), named))


def checked(strategy: Any, name: str) -> Any:
    """The strategy; TypeError for anything else."""
    if isinstance(strategy, SearchStrategy):
        return strategy
    hint = "call it" if callable(strategy) else f"of one value that is st.just({strategy!r})"
    raise TypeError(f"{name}={strategy!r} is no strategy of Hypothesis; {hint}")


def in_order(f: Any, subject: Subject, start: int, named: dict[str, Any]) -> list[Any]:
    """Named strategies in the order of the parameters, with the defaults of those between; as given, if unknown."""
    parameters = subject.parameters[start:]
    if not subject.parameters or not named:
        return list(named.values())
    unknown = [name for name in named if name not in parameters]
    if unknown:
        raise TypeError(
            f"{subject.name} has no parameter {unknown[0]!r} that is still to be given, only "
            f"{', '.join(parameters) or 'none'}; for one that takes only its name, wrap it: lambda x, y: f(x, y=y)"
        )
    last = max(parameters.index(name) for name in named)
    return [named[name] if name in named else default_of(f, name) for name in parameters[: last + 1]]


def default_of(f: Any, name: str) -> SearchStrategy[Any]:
    """The default of a parameter, as a strategy; TypeError if it has none, or it is not known."""
    try:
        default = inspect.signature(f).parameters[name].default
    except (TypeError, ValueError, KeyError):
        default = inspect.Parameter.empty
    if default is inspect.Parameter.empty:
        raise TypeError(f"there is no strategy for {name}, which stands before others that have one")
    return st.just(default)


# ---- running -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """A test before it runs."""

    f: Any
    subject: Subject
    arguments: SearchStrategy[tuple[Any, ...]]
    names: tuple[str, ...]
    options: dict[str, Any]
    examples: int | settings | None
    strict: bool
    seed: int | None
    home: str

    def code(self, case: Case) -> str:
        """Python that tries a case again."""
        usual = {"order": 1, "modes": MODES, "kinks": "dodge", "tolerance": None}
        changed = {key: value for key, value in self.options.items() if value != usual[key]}
        return reproduction(self.f, case.args, {**changed, **case.directions}, self.names, self.home)


@dataclass(frozen=True)
class Case:
    """One example: a point, and the directions along which the derivative is looked at there, once drawn."""

    args: tuple[Any, ...]
    directions: dict[str, Any] = field(default_factory=dict)


@dataclass
class Course:
    """What happened while a test ran."""

    draws: int = 0
    decided: int = 0
    undecided: int = 0
    largest: float = 0.0  # error, in units of what is allowed
    case: Case | None = None  # the last one that was tried
    wrong: tuple[Case, Report] | None = None  # the last one that failed
    unclear: tuple[Case, Report] | None = None  # the first one that was not decided
    failing: bool = False  # whether the last one failed by its derivative

    def __str__(self) -> str:
        share = 100.0 * self.undecided / max(self.draws, 1)
        return f"{self.draws:,} draws, {share:.1f} % inconclusive, errors up to {self.largest:.1g} of what is allowed"


def run(plan: Plan, look: Callable[[Report], None] = lambda report: None) -> Course:
    """Draw examples until one fails, or all have passed; what happened."""
    __tracebackhide__ = True
    session, course = chosen(), Course()
    how, start = drawn_with(plan.examples, plan.seed, session)
    attempt = given(st.data())(example_of(tried, plan, course, look))
    TALLY.seeds |= {start} if plan.seed is None else set()
    try:
        how(seeded(start)(attempt))()
    except Exception as error:
        TALLY.failed[session.test] = start
        raise_in_words(plan, course, error)
    finally:
        TALLY.add(f"{plan.home}:{plan.subject.name}", course.draws, course.undecided)
    if course.unclear and not course.decided:
        TALLY.failed[session.test] = start
        raise Undecided(nothing_decided(plan, course, *course.unclear))
    return course


def example_of(function: Callable[..., None], *args: Any) -> Callable[[Any], None]:
    """The function of the last argument, as a function that Hypothesis takes."""

    def example(data: Any) -> None:
        __tracebackhide__ = True
        function(*args, data)

    return example


def tried(plan: Plan, course: Course, look: Callable[[Report], None], data: Any) -> None:
    """One example: AssertionError if it fails."""
    __tracebackhide__ = True
    course.failing, course.case = False, None
    args = data.draw(plan.arguments)
    course.case = Case(args)
    cotangent = data.draw(looking_along(plan.subject.value(deepcopy(args))))  # it may change them
    tangents = tuple(t if variables(t) else None for t in data.draw(looking_along(args)))
    course.case = case = Case(args, {"cotangent": cotangent, "tangents": tangents})
    report = check_gradients(plan.f, *args, **plan.options, **case.directions)
    count(course, case, report)
    if report.verdict is Verdict.FAIL or (plan.strict and report.verdict is Verdict.INCONCLUSIVE):
        course.failing, course.wrong = True, (case, report)
        raise AssertionError(str(report))
    if NOTICED < report.ratio < math.inf:
        target(math.log10(report.ratio), label="the largest error, log10 of what is allowed")
    look(report)


@st.composite
def looking_along(draw: st.DrawFn, x: Any) -> Any:
    """A direction like `x`: all of it, or one time in four a single entry, which large ones beside it would hide."""
    whole = draw(directions_like(x))
    space = Space(variables(whole), [""] * len(variables(whole)))
    if draw(st.integers(0, 3)) < 3 or not space.size:
        return whole
    kept = draw(st.integers(0, space.size - 1))
    return with_variables(whole, space.unpack(np.where(np.arange(space.size) == kept, 1.0, 0.0)))


def count(course: Course, case: Case, report: Report) -> None:
    """Count an example, unless it is part of making a failing one simpler."""
    if course.wrong is None:
        course.draws += 1
        course.largest = max(course.largest, report.ratio)
        if report.verdict is Verdict.INCONCLUSIVE:
            course.undecided += 1
            course.unclear = course.unclear or (case, report)
        elif any(np.any(t) for t in variables(case.directions["tangents"])):  # no change tells nothing
            course.decided += 1


# ---- telling -----------------------------------------------------------------------------------------------


def raise_in_words(plan: Plan, course: Course, error: Exception) -> None:
    """Raise what a test ends with, given what Hypothesis ended with."""
    __tracebackhide__ = True
    if course.failing and course.wrong and type(error) is AssertionError:
        raise AssertionError(wrong(plan, *course.wrong)) from None
    if isinstance(error, Flaky) and course.wrong:
        raise AssertionError(
            "when it was tried once more, the same example had another outcome: the function or its rule depends "
            f"on chance, or on what was computed before\n\n{wrong(plan, *course.wrong)}"
        ) from None
    if course.case is not None and not isinstance(error, HypothesisException):
        error.add_note(f"{REPRODUCE}\n{plan.code(course.case)}")
    raise error.with_traceback(from_outside(error.__traceback__))


def from_outside(trace: TracebackType | None) -> TracebackType | None:
    """A trace without the calls of the kit and of Hypothesis at its start: it begins where the user's code does."""
    inside = tuple(f"{Path(file).parent}{os.sep}" for file in (__file__, hypothesis.__file__))
    here = trace
    while here is not None and here.tb_frame.f_code.co_filename.startswith(inside):
        here = here.tb_next
    return here or trace


def wrong(plan: Plan, case: Case, report: Report) -> str:
    """What there is to say of a failing example: the whole Jacobian at its point, if that fails, and how to see it."""
    whole = in_full(plan, case.args)
    parts = [str(report)] if whole is None else [str(whole)]
    if whole and not set(report.problems) <= set(whole.problems):
        parts += [f"Along the directions that were drawn:\n{report}"]
    return "\n\n".join([*parts, f"{REPRODUCE}\n\n{plan.code(case)}"])


def in_full(plan: Plan, args: tuple[Any, ...]) -> Report | None:
    """The check of the whole Jacobian, with a diagnosis; None if it finds nothing, or cannot be done."""
    try:
        whole = check_gradients(plan.f, *args, **plan.options)
    except Exception:
        return None
    return whole if whole.verdict is Verdict.FAIL else None


def nothing_decided(plan: Plan, course: Course, case: Case, report: Report) -> str:
    """What to say of a test in which no example was decided."""
    return (
        f"nothing could be decided: {course.undecided} of {course.draws} draws of {plan.subject.name} were "
        "inconclusive, and the others changed nothing.  Draw other arguments (away_from(…), another interval), or say "
        f"what is right at kinks (kinks=…).  The first was:\n\n"
        f"{report}\n\n{REPRODUCE}\n\n{plan.code(case)}"
    )


__all__ = ["gradient_test"]
