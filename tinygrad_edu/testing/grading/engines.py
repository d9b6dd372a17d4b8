"""`check_engine`: an engine graded by a table of operations and laws.

The engine runs in a process of its own, so whatever it does, be it an endless loop or a crash, costs it points
and nothing else.  What is tried is said in `operations` and `columns`, what is found in `grading`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

from .carried import Carried, arrived, carried
from .columns import LAWS, Case
from .isolation import Worker
from .operations import OPERATIONS, Operation
from .session import Plan, Session
from .table import EngineReport
from .trial import Examiner, case_of


def check_engine(
    adapter: Any,
    *,
    operations: Iterable[str | Operation] | None = None,
    laws: Iterable[str] | None = None,
    points: Mapping[str, float] | None = None,
    required: Iterable[str] = ("add", "mul"),
    timeout: float = 10.0,
    examples: int = 20,
    seed: int = 0,
    isolate: bool = True,
    show: bool = True,
) -> EngineReport:
    """Grade an engine: a table of operations and laws, with points, and the smallest failing example of each fault.

    adapter     a class with `data`, `grad` and `backward()`, such as micrograd's Value or a Tensor of arrays; text
                that says where it is, as "student.py:Value" or "package.module:Value"; the name of a known engine,
                as "autograd"; or an `Engine`
    operations  names of OPERATIONS, in this order, or an `Operation` of your own; all by default
    laws        names of LAWS; all by default
    points      a factor for an operation or for a law, by name: {"mul": 2, "second": 0}
    required    operations that count even if the engine does not have them
    timeout     seconds for one law of one operation; a fifth of it (or one) once three have come to no end
    examples    examples that are tried for one law of one operation
    seed        the same seed gives the same examples
    isolate     run the engine in a process of its own; False for a class that only this process knows, and then
                there are no limits of time
    show        print the table

    The points of a cell are those of its law, times the factors: 2 for the gradient, 1 for each other law; all or
    nothing.  An operation that raises AttributeError, TypeError, NotImplementedError, AssertionError or NameError
    at its first call is not offered: no points, and no failure, unless it is required.

    >>> report = check_engine("tinygrad_edu", operations=["mul", "tanh"], laws=["value", "gradient"], examples=5)
    tinygrad_edu: 6 of 6 points
    <BLANKLINE>
    operation             value  gradient  points
    mul        x * y        ✓       ✓       3/3
    tanh       x.tanh()     ✓       ✓       3/3
    <BLANKLINE>
    ✓ holds   ✗ is broken   ? could not be decided   – does not apply, or is not offered
    >>> report.points, report.total, report.passed
    (6.0, 6.0, True)

    Raises TypeError for an adapter that another process cannot find, ValueError for a name that is unknown,
    FileNotFoundError for a file that is not there.  What is wrong with the engine is never raised.
    """
    wanted = chosen(operations)
    names = {**OPERATIONS, **{operation.name: operation for operation in wanted}}
    plan = Plan(
        laws=known(LAWS if laws is None else laws, LAWS, "laws"),
        factors=checked_factors(points or {}, {**LAWS, **names}),
        required=frozenset(known(required, names, "required")),
        timeout=timeout, examples=examples, seed=seed,
    )  # fmt: skip
    if not timeout > 0 or examples < 1:
        raise ValueError(f"timeout={timeout}, examples={examples}: both must be above 0")
    began = monotonic()
    report = isolated(adapter, wanted, plan) if isolate else in_this_process(adapter, wanted, plan)
    report = replace(report, seconds=monotonic() - began)
    if show:
        print(report)
    return report


# ---- what was asked for --------------------------------------------------------------------------


def chosen(operations: Iterable[str | Operation] | None) -> list[Operation]:
    """The operations that were asked for, by name or made by hand; ValueError for an unknown name."""
    if operations is None:
        return list(OPERATIONS.values())
    wanted = [operations] if isinstance(operations, str) else list(operations)
    known([name for name in wanted if isinstance(name, str)], OPERATIONS, "operations")
    return [OPERATIONS[one] if isinstance(one, str) else one for one in wanted]


def known(names: Iterable[str], table: Mapping[str, Any], what: str) -> list[str]:
    """The names as a list; ValueError if one is not in the table."""
    names = [names] if isinstance(names, str) else list(names)
    for name in names:
        if name not in table:
            raise ValueError(f"{what}: there is no {name!r}; there are {', '.join(table)}")
    return names


def checked_factors(points: Mapping[str, float], names: Mapping[str, Any]) -> dict[str, float]:
    """The factors of points; ValueError for an unknown name or a negative number."""
    known(points, names, "points")
    if any(not factor >= 0 for factor in points.values()):
        raise ValueError(f"points={dict(points)}: a factor is 0 or more")
    return dict(points)


# ---- where the engine runs -----------------------------------------------------------------------


def isolated(adapter: Any, operations: list[Operation], plan: Plan) -> EngineReport:
    """The report of an engine in a process of its own."""
    sent = carried(adapter)
    with Worker(sent, plan.timeout) as worker:
        return Session(worker, sent.shown, plan).report(operations)


@dataclass
class Here:
    """An examiner in this process, asked like one in another."""

    examiner: Examiner

    def ask(self, question: tuple[Any, ...], limit: float) -> dict[str, Any]:  # noqa: ARG002 - there is none here
        """The answer, however long it takes."""
        method, *args = question
        found: dict[str, Any] = getattr(self.examiner, method)(*args)
        return found


def in_this_process(adapter: Any, operations: list[Operation], plan: Plan) -> EngineReport:
    """The report of an engine in this process."""
    with found_here(adapter) as case:
        return Session(Here(Examiner(case, lambda noted: None)), case.engine.name, plan).report(operations)


@contextmanager
def found_here(adapter: Any) -> Iterator[Case]:
    """The case of an engine that is here, or is loaded from a file."""
    if isinstance(adapter, str):
        sent = carried(adapter)
        with arrived(sent) as (found, names):
            yield case_of(found, sent, names)
    else:
        name = getattr(adapter, "__name__", getattr(adapter, "name", type(adapter).__name__))
        yield case_of(adapter, Carried(name), {})


__all__ = ["EngineReport", "check_engine"]
