"""What a check found: a verdict for every entry of the derivative, and the same in words.

An entry passes, fails, or is inconclusive: then the measurement is too rough to tell, and its error estimate
says so.  How entries are measured is said in `differences`, and what is claimed about them in `subject`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

import numpy as np

from ..subject import Array
from .packing import Space


class Verdict(StrEnum):
    """The answer of a check."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


class Mark(IntEnum):
    """The verdict on one entry, as a small number."""

    PASS = 0
    FAIL = 1
    UNSURE = 2


@dataclass(frozen=True)
class Entry:
    """One entry of a derivative: how much `output` changes with `input`."""

    output: str
    input: str
    claimed: float
    numeric: float
    error: float
    step: float
    verdict: Verdict
    kink: tuple[float, float] | None = None  # the slopes on either side

    def __str__(self) -> str:
        measured = f"measured {self.numeric:.8g} ± {self.error:.1g} (step {self.step:.1g})"
        if self.kink is not None:
            measured = f"a kink: the slopes on its sides are {self.kink[0]:.6g} and {self.kink[1]:.6g}"
        return f"∂{self.output}/∂{self.input}: claimed {self.claimed:.8g}, {measured}"


@dataclass(frozen=True)
class Comparison:
    """A derivative as it is claimed in one mode, beside the one that was measured.

    The arrays are m × n: rows are coordinates of the result, columns those of the arguments.  Where only
    projections were compared, `full` is False, and rows and columns are directions, named in `rows` and
    `columns`; then `located` is the entry that a failure was traced to."""

    order: int
    mode: str
    inputs: Space
    outputs: Space
    claimed: Array
    numeric: Array
    error: Array
    step: Array
    marks: Array  # of Mark
    ratios: Array  # |claimed − numeric| in units of what is allowed
    sides: Array  # (2, m, n): slopes left and right of a kink, nan where there is none
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    full: bool = True
    located: Entry | None = None
    diagnosis: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The verdict on all entries together."""
        return worst_of(self.marks)

    @property
    def worst(self) -> Entry | None:
        """The failing entry that is furthest off; else the unsure or passing one; None if there are no entries."""
        if not self.marks.size:
            return None
        if self.located is not None:
            return self.located
        for mark in (Mark.FAIL, Mark.UNSURE, Mark.PASS):
            here = self.marks == mark
            if here.any():
                size = np.where(here, np.nan_to_num(self.ratios, nan=np.inf, posinf=1e300), -1.0)
                return self.entry(*np.unravel_index(int(np.argmax(size)), self.marks.shape))
        return None

    def entry(self, i: Any, j: Any) -> Entry:
        """The entry of row `i` and column `j`."""
        sides = None if np.isnan(self.sides[0, i, j]) else (float(self.sides[0, i, j]), float(self.sides[1, i, j]))
        return Entry(
            self.rows[i] if self.rows else self.outputs.where(int(i)),
            self.columns[j] if self.columns else self.inputs.where(int(j)),
            float(self.claimed[i, j]),
            float(self.numeric[i, j]),
            float(self.error[i, j]),
            float(self.step[i, j]),
            verdict=(Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE)[int(self.marks[i, j])],
            kink=sides,
        )

    def block(self, output: str, input: str) -> tuple[Array, Array]:
        """The claimed and the measured Jacobian of one output and one input, by name, in their shapes.

        Both are of shape (*output's shape, *input's shape), for real variables.  ValueError where only
        projections were compared."""
        rows, columns, shape = self._part(output, input)
        return self.claimed[rows, columns].reshape(shape), self.numeric[rows, columns].reshape(shape)

    def verdicts(self, output: str, input: str) -> Array:
        """The verdict on each entry of `block`, as `Mark`s: 0 pass, 1 fail, 2 inconclusive."""
        rows, columns, shape = self._part(output, input)
        return self.marks[rows, columns].reshape(shape)

    def _part(self, output: str, input: str) -> tuple[slice, slice, tuple[int, ...]]:
        if not self.full:
            raise ValueError("only projections were compared; ask for the whole Jacobian with a larger full=")
        places = []
        for space, name in ((self.outputs, output), (self.inputs, input)):
            if name not in space.names:
                raise ValueError(f"there is no {name!r} here, only {space.names}")
            places.append((space, space.names.index(name)))
        (outputs, i), (inputs, j) = places
        if "c" in (outputs.dtypes[i].kind, inputs.dtypes[j].kind):
            raise ValueError("a Jacobian of complex variables has two rows or columns an element: see .claimed")
        rows, columns = (slice(space.starts[k], space.starts[k + 1]) for space, k in places)
        return rows, columns, (*outputs.shapes[i], *inputs.shapes[j])

    def __str__(self) -> str:
        counts = [int(np.sum(self.marks == mark)) for mark in Mark]
        one, several = ("entry", "entries") if self.full else ("projection", "projections")
        size = f"{self.marks.size} {one if self.marks.size == 1 else several}"
        head = f"{order_text(self.order)}, {self.mode} mode: {self.verdict}, {size}"
        if counts[Mark.FAIL] or counts[Mark.UNSURE]:
            head += f" ({counts[Mark.FAIL]} wrong, {counts[Mark.UNSURE]} inconclusive)"
        if self.verdict is Verdict.PASS:
            return head
        lines = [head, f"  worst: {self.worst}", *(f"  {sentence}" for sentence in self.diagnosis)]
        if self.verdict is Verdict.FAIL and self.full and 1 < self.marks.size <= SMALL:
            lines += ["  claimed:", indented(self.claimed), "  measured:", indented(self.numeric)]
        return "\n".join(lines)


SMALL = 48
"""Jacobians of up to so many entries are printed whole."""


@dataclass(frozen=True)
class Report:
    """All that a check found about the derivative of one function at one point.

    `problems` are faults that no number shows: a wrong shape or dtype, an argument that was changed, a rule
    that is not linear in its cotangent.  `notes` say what could not be asked."""

    name: str
    comparisons: tuple[Comparison, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def verdict(self) -> Verdict:
        """fail if anything is wrong, else inconclusive if anything is, else pass."""
        found = {c.verdict for c in self.comparisons}
        if self.problems or Verdict.FAIL in found:
            return Verdict.FAIL
        return Verdict.INCONCLUSIVE if Verdict.INCONCLUSIVE in found or not found else Verdict.PASS

    @property
    def ratio(self) -> float:
        """The largest difference between claimed and measured, in units of what is allowed; above 1 fails."""
        if self.problems:
            return np.inf
        return max(
            (float(np.max(np.nan_to_num(c.ratios, nan=0.0), initial=0.0)) for c in self.comparisons), default=0.0
        )

    @property
    def diagnosis(self) -> tuple[str, ...]:
        """What went wrong, in words, where something fits; each sentence once."""
        said = [*self.problems, *(sentence for c in self.comparisons for sentence in c.diagnosis)]
        return tuple(dict.fromkeys(said))

    def __str__(self) -> str:
        head = f"{self.name}: {self.verdict}"
        return "\n".join([head, *self.problems, *map(str, self.comparisons), *(f"note: {n}" for n in self.notes)])


def worst_of(marks: Array) -> Verdict:
    """fail if any is, else inconclusive if any is, else pass."""
    if (marks == Mark.FAIL).any():
        return Verdict.FAIL
    return Verdict.INCONCLUSIVE if (marks == Mark.UNSURE).any() else Verdict.PASS


def order_text(order: int) -> str:
    """First derivative, second derivative …"""
    return ("first", "second", "third")[order - 1] + " derivative" if order <= 3 else f"derivative of order {order}"


def indented(array: Array) -> str:
    """A small matrix, each row on a line."""
    with np.printoptions(precision=6, suppress=True, linewidth=110):
        return "\n".join("    " + line for line in str(array + 0.0).splitlines())  # + 0.0: no −0


__all__ = ["Comparison", "Entry", "Mark", "Report", "Verdict"]
