"""The questions about an engine, one after another, and a report out of the answers.

Whoever answers may end at any of them: then the law that was tried is broken, and those after it are not tried
for this operation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any, Protocol

from ..measure.report import Verdict
from .columns import LAWS
from .isolation import Ended, Late
from .operations import Operation
from .table import EngineReport, Grade, Row

PATIENCE = 3
"""After so many questions that came to no end, the limit of time is a fifth of what it was, or a second."""


class Asked(Protocol):
    """Whoever answers a question within some seconds, or raises Ended."""

    def ask(self, question: tuple[Any, ...], limit: float) -> dict[str, Any]:
        """The answer."""


class Unusable(Exception):  # noqa: N818
    """There is no engine to ask about: its file raises, say."""


@dataclass(frozen=True)
class Plan:
    """What is to be tried, and how; see `check_engine`."""

    laws: list[str]
    factors: Mapping[str, float]
    required: frozenset[str]
    timeout: float
    examples: int
    seed: int

    def worth(self, operation: str, law: str) -> float:
        """The points of a cell."""
        return LAWS[law].worth * self.factors.get(operation, 1.0) * self.factors.get(law, 1.0)


class Session:
    """An engine that is asked about."""

    def __init__(self, asked: Asked, name: str, plan: Plan) -> None:
        self.asked, self.name, self.plan = asked, name, plan
        self.late = 0
        self.unusable: set[str] = set()  # operations that others cannot be combined with

    def report(self, operations: list[Operation]) -> EngineReport:
        """What is found about all operations."""
        try:
            rows = (self.row(operation) for operation in operations)
            return EngineReport(self.name, tuple(row for row in rows if row is not None))
        except Unusable as error:
            lost = tuple(self.lost(operation) for operation in operations)
            return EngineReport(self.name, lost, f"{self.name} could not be loaded: {error}")

    def row(self, operation: Operation) -> Row | None:
        """The grades of one operation; None if it makes no sense for this kind of engine."""
        ended = None
        try:
            offered = self.ask("offered", operation)
        except Ended as error:
            ended = self.ended(error, operation.name)
            offered = {"spelling": error.noted.get("spelling", 0)}
        if offered.get("missing") == "" and operation.name not in self.plan.required:
            return None
        operation = operation.spelled(offered.get("spelling", 0))
        applying = self.applying(operation)
        if "missing" in offered:
            self.unusable.add(operation.name)
            return self.missing(operation, offered["missing"], list(applying))
        if ended is not None and ended.law not in applying:  # a law that was not asked for
            ended = replace(ended, law=next(iter(applying), ""))
        found = {grade.law: grade for grade in self.grades(operation, applying, ended)}
        if any(grade.ended or (grade.law == "value" and grade.verdict is Verdict.FAIL) for grade in found.values()):
            self.unusable.add(operation.name)
        return row_of(operation, tuple(found.get(law, Grade(law, None)) for law in self.plan.laws))

    def applying(self, operation: Operation) -> dict[str, str]:
        """The laws that apply, each with the operation that it needs.  The engine has no part in the answer."""
        try:
            found = self.ask("laws", operation)
        except Ended:  # of what it started before
            try:
                found = self.ask("laws", operation)
            except Ended as error:
                raise Unusable(f"its process ends by itself: {error}") from error
        return {law: needed for law, needed in found.items() if law in self.plan.laws}

    def grades(self, operation: Operation, laws: Mapping[str, str], ended: Grade | None) -> Iterator[Grade]:
        """A grade for each law; what follows after one that came to no end is not tried."""
        for law, needed in laws.items():
            if needed in self.unusable and needed != operation.name:
                why = f"not tried, since it needs `{needed}`, which is broken or missing"
                yield Grade(law, Verdict.INCONCLUSIVE, found=why)
            elif ended is None or comes_before(law, ended.law):
                grade = self.grade(operation, law)
                yield grade
                ended = grade if grade.ended else ended
            elif law == ended.law:
                yield ended
            else:
                why = f"not tried, since `{ended.law}` came to no end"
                yield Grade(law, Verdict.INCONCLUSIVE, self.plan.worth(operation.name, law), why)

    def grade(self, operation: Operation, law: str) -> Grade:
        """The grade of one law.  What could not be decided for no fault of the engine's is worth nothing."""
        began = monotonic()
        try:
            answer = self.ask("grade", operation, law, self.plan.examples, self.plan.seed, self.limit)
        except Ended as error:
            return replace(self.ended(error, operation.name), law=law, seconds=monotonic() - began)
        verdict = None if answer["verdict"] is None else Verdict(answer["verdict"])
        if verdict is None and operation.name in self.plan.required:
            verdict = Verdict.FAIL
        counts = verdict in (Verdict.PASS, Verdict.FAIL)
        worth = self.plan.worth(operation.name, law) if counts else 0.0
        about = {key: answer.get(key, "") for key in ("found", "example", "hint")}
        return Grade(law, verdict, worth, seconds=monotonic() - began, **about)

    def ended(self, error: Ended, operation: str) -> Grade:
        """The grade of the law that was being tried when the process ended, or had to be ended."""
        self.late += isinstance(error, Late)
        law = error.noted.get("law", "value")
        hint = "look for a loop that does not end" if isinstance(error, Late) else "nothing may end Python itself"
        example = error.noted.get("example", "")
        return Grade(law, Verdict.FAIL, self.plan.worth(operation, law), str(error), example, hint, ended=True)

    def missing(self, operation: Operation, why: str, laws: list[str]) -> Row:
        """The row of an operation that is not offered: without points; or with all points lost, if it is required."""
        if operation.name not in self.plan.required:
            return row_of(operation, tuple(Grade(law, None) for law in self.plan.laws), why)
        why = f"the engine must have it: {why or 'it is for another kind of engine'}"
        lost = {law: Grade(law, Verdict.FAIL, self.plan.worth(operation.name, law), why) for law in laws}
        return row_of(operation, tuple(lost.get(law, Grade(law, None)) for law in self.plan.laws))

    def lost(self, operation: Operation) -> Row:
        """The row of an operation where there is no engine."""
        worth = {law: self.plan.worth(operation.name, law) for law in self.plan.laws}
        return row_of(operation, tuple(Grade(law, Verdict.INCONCLUSIVE, points) for law, points in worth.items()))

    # ---- asking ----------------------------------------------------------------------------------

    @property
    def limit(self) -> float:
        """Seconds for one question: fewer once it is clear that the engine hangs often."""
        timeout = self.plan.timeout
        return timeout if self.late < PATIENCE else min(timeout, max(1.0, timeout / 5.0))

    def ask(self, *question: Any) -> dict[str, Any]:
        """An answer about the engine."""
        answer = self.asked.ask(question, self.limit)
        if "problem" in answer:
            raise Unusable(answer["problem"])
        if "fault" in answer:
            raise RuntimeError(f"the check failed, and not the engine:\n{answer['fault']}")
        return answer


def comes_before(law: str, other: str) -> bool:
    """Whether a law is tried before another."""
    order = list(LAWS)
    return order.index(law) < order.index(other)


def row_of(operation: Operation, grades: tuple[Grade, ...], missing: str = "") -> Row:
    """The row of an operation in the spelling that was tried."""
    return Row(operation.name, operation.title or operation.spellings[0], grades, missing)


__all__ = ["Plan", "Session"]
