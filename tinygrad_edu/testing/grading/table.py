"""What a check of an engine found, as a table for people, and as JSON and JUnit XML for machines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from textwrap import indent
from typing import Any
from xml.etree import ElementTree

from ..measure.report import Verdict

SIGNS = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.INCONCLUSIVE: "?", None: "–"}
LEGEND = "✓ holds   ✗ is broken   ? could not be decided   – does not apply, or is not offered"


@dataclass(frozen=True)
class Grade:
    """What was found about one law for one operation.

    law      the name of the law
    verdict  None where the law does not apply, or the engine does not offer what it needs
    worth    the points there are; 0 where the law does not apply
    found    what is wrong, or why nothing was decided: "expected 2.0, got 1.0"
    example  the smallest failing example that was found, as code to run
    hint     what to look at
    ended    whether the process crashed, or was ended because it took too long
    """

    law: str
    verdict: Verdict | None
    worth: float = 0.0
    found: str = ""
    example: str = ""
    hint: str = ""
    seconds: float = 0.0
    ended: bool = False

    @property
    def points(self) -> float:
        """The points that were reached: all or nothing."""
        return self.worth if self.verdict is Verdict.PASS else 0.0


@dataclass(frozen=True)
class Row:
    """What was found about one operation: a grade for each law.

    `missing` says why the engine does not offer the operation; there are no points to reach then.
    """

    name: str
    program: str
    grades: tuple[Grade, ...]
    missing: str = ""

    @property
    def points(self) -> float:
        """The points that were reached."""
        return sum(grade.points for grade in self.grades)

    @property
    def total(self) -> float:
        """The points there are."""
        return sum(grade.worth for grade in self.grades)

    @property
    def failures(self) -> list[Grade]:
        """The grades of broken laws."""
        return [grade for grade in self.grades if grade.verdict is Verdict.FAIL]

    @property
    def undecided(self) -> list[Grade]:
        """The grades of laws of which nothing is known."""
        return [grade for grade in self.grades if grade.verdict is Verdict.INCONCLUSIVE]


@dataclass(frozen=True)
class EngineReport:
    """A table of operations and laws.  `str` of it is for people.

    `problem` says why nothing could be tried: the file of the engine has a syntax error, say.

    >>> sums = Grade("reuse", Verdict.FAIL, 1.0, "expected 2.0, got 1.0", "x = Value(1.0)", "write +=")
    >>> report = EngineReport("Value", (Row("add", "x + y", (Grade("value", Verdict.PASS, 1.0), sums)),))
    >>> report.points, report.total, report.passed
    (1.0, 2.0, False)
    """

    engine: str
    rows: tuple[Row, ...]
    problem: str = ""
    seconds: float = field(default=0.0, compare=False)

    @property
    def points(self) -> float:
        """The points that were reached."""
        return sum(row.points for row in self.rows)

    @property
    def total(self) -> float:
        """The points there are: for all operations that are offered or required."""
        return sum(row.total for row in self.rows)

    @property
    def passed(self) -> bool:
        """Whether all points were reached, and there were any."""
        return not self.problem and self.points == self.total > 0

    def __str__(self) -> str:
        parts = [self._heading(), *self._table(), *self._failures(), *self._missing()]
        return "\n".join(parts)

    def grade(self, operation: str, law: str) -> Grade:
        """One cell of the table; KeyError if there is none."""
        found = {(row.name, grade.law): grade for row in self.rows for grade in row.grades}
        return found[operation, law]

    def to_text(self) -> str:
        """The table, and what is behind it, as a text that ends with a line break."""
        return f"{self}\n"

    # ---- for people ------------------------------------------------------------------------------

    def _heading(self) -> str:
        line = f"{self.engine}: {self.points:g} of {self.total:g} points"
        return f"{line}\n\n{self.problem}" if self.problem else line

    def _table(self) -> list[str]:
        shown = [row for row in self.rows if not row.missing]
        if not shown or self.problem:
            return []
        laws = [g.law for g in shown[0].grades if any(self.grade(row.name, g.law).verdict for row in shown)]
        cells = [["operation", "", *laws, "points"]]
        for row in shown:
            signs = [SIGNS[grade.verdict] for grade in row.grades if grade.law in laws]
            cells.append([row.name, row.program, *signs, f"{row.points:g}/{row.total:g}"])
        return ["", *aligned(cells), "", LEGEND]

    def _failures(self) -> list[str]:
        broken = [row for row in self.rows if row.failures] if not self.problem else []
        return [line for number, row in enumerate(broken, 1) for line in ("", f"{number}. {told(row)}")]

    def _missing(self) -> list[str]:
        lines = [f"  {row.name:<10} {row.program}: {row.missing}" for row in self.rows if row.missing]
        return ["", "Not offered:", *lines] if lines and not self.problem else []

    # ---- for machines ----------------------------------------------------------------------------

    def to_json(self) -> str:
        """All that was found as JSON: engine, points, total, passed, problem, rows with their grades."""
        rows = [{**asdict(row), "points": row.points, "total": row.total} for row in self.rows]
        told = {
            "engine": self.engine,
            "points": self.points,
            "total": self.total,
            "passed": self.passed,
            "problem": self.problem,
            "seconds": self.seconds,
            "rows": rows,
        }
        return json.dumps(told, indent=2, ensure_ascii=False) + "\n"

    def to_junit(self) -> str:
        """All that was found as JUnit XML: a test case for each law of each operation.

        A broken law is a failure, a crash or a time-out an error; what was not decided or is not offered
        is skipped.  Laws that do not apply are left out.
        """
        cases = [case for row in self.rows for case in self._cases(row)] or [self._case("engine", "import", 0.0)]
        if self.problem:
            error = ElementTree.SubElement(cases[0], "error", message=clean(first_line(self.problem)))
            error.text = clean(self.problem)
        suite = ElementTree.Element("testsuite", name=clean(self.engine), **counts(cases), time=f"{self.seconds:.3f}")
        suite.extend(cases)
        suites = ElementTree.Element("testsuites", name="check_engine", **counts(cases), time=f"{self.seconds:.3f}")
        suites.append(suite)
        ElementTree.indent(suites)
        return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"

    def _case(self, operation: str, law: str, seconds: float) -> ElementTree.Element:
        name = f"{self.engine}.{operation}"
        return ElementTree.Element("testcase", classname=clean(name), name=law, time=f"{seconds:.3f}")

    def _cases(self, row: Row) -> Iterable[ElementTree.Element]:
        if self.problem:
            return
        if row.missing:
            case = self._case(row.name, "offered", 0.0)
            ElementTree.SubElement(case, "skipped", message=clean(row.missing))
            yield case
            return
        for grade in row.grades:
            if grade.verdict is None:
                continue
            case = self._case(row.name, grade.law, grade.seconds)
            if grade.verdict is Verdict.INCONCLUSIVE:
                ElementTree.SubElement(case, "skipped", message=clean(grade.found))
            elif grade.verdict is Verdict.FAIL:
                kind = "error" if grade.ended else "failure"
                ElementTree.SubElement(case, kind, message=clean(grade.found)).text = clean(in_words(grade))
            yield case

    def save(self, path: str | Path) -> Path:
        """Write the report to a file, as its suffix says: .xml (JUnit), .json, or .txt.

        Raises ValueError for another suffix, OSError if the file cannot be written.
        """
        path = Path(path)
        texts = {".xml": self.to_junit, ".json": self.to_json, ".txt": self.to_text}
        if path.suffix.lower() not in texts:
            raise ValueError(f"a report is saved as {', '.join(texts)}; {str(path)!r} ends in none of these")
        path.write_text(texts[path.suffix.lower()](), encoding="utf-8")
        return path


# ---- text ----------------------------------------------------------------------------------------


def aligned(cells: list[list[str]]) -> list[str]:
    """Rows of text as lines with columns: words to the left, signs in the middle.

    >>> aligned([["law", "", "value"], ["add", "x + y", "✓"]])
    ['law          value', 'add  x + y    ✓']
    """
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for row in cells:
        words = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
        signs = [cell.center(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        lines.append("  ".join([*words, *signs]).rstrip())
    return lines


def told(row: Row) -> str:
    """The first broken law of an operation in full, and the names of the others."""
    first, *others = row.failures
    lines = [f"{row.name}, {first.law}: {first.found}", indent(in_words(first, found=False), "   ")]
    if others:
        lines.append(f"   Also broken: {', '.join(grade.law for grade in others)}")
    if row.undecided:
        lines.append(f"   Not decided: {', '.join(grade.law for grade in row.undecided)}")
    return "\n".join(line for line in lines if line.strip())


def in_words(grade: Grade, *, found: bool = True) -> str:
    """What is wrong, the example, and the hint."""
    parts = [grade.found] if found else []
    if grade.example:
        parts.append(indent(grade.example, "    "))
    if grade.hint:
        parts.append(f"Hint: {grade.hint}")
    return "\n".join(parts)


def first_line(text: str) -> str:
    """The first line of a text."""
    return text.partition("\n")[0]


def clean(text: str) -> str:
    """A text without the characters that XML forbids; a program under test may have put any into it.

    >>> clean("a\\x00b")
    'a?b'
    """
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", text)


def counts(cases: list[ElementTree.Element]) -> dict[str, Any]:
    """How many test cases there are of each kind, as JUnit's attributes."""
    found = {"tests": str(len(cases))}
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        found[attribute] = str(sum(case.find(tag) is not None for case in cases))
    return found


__all__ = ["EngineReport", "Grade", "Row"]
