"""A claimed Jacobian beside the measured one: parts of it, words for it, and whether a hypothesis fits it.

A hypothesis says what would be claimed had the measured Jacobian suffered one particular mistake.  It fits if
that explains every wrong entry and contradicts no right one, within the errors of measurement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ..measure.packing import Space
from ..subject import Array

Change = Callable[[Array], Array]
"""What a mistake makes of a matrix: linear, and such that it acts on errors too."""

Points = Callable[[Array], tuple[Array, Array]]
"""The claimed and the measured Jacobian at another packed point."""


@dataclass(frozen=True)
class Evidence:
    """A claimed Jacobian of m results by n inputs beside the measured one.

    claimed, numeric, error   (m, n): what is claimed, what was measured, and how far that may be off
    wrong                     (m, n) of bools: where they cannot both be right.  An entry that is not wrong, but
                              does not agree either, counts as unknown
    inputs, outputs           whose coordinates the columns and the rows are
    x, y                      (n,) and (m,): the point and the result there, packed
    at                        the claimed and the measured Jacobian at another packed point, or None
    mode, order               "reverse" or "forward"; 1, or 2 for second derivatives

    Where the matrices are projections, not m × n, only hypotheses that hold of projections are tried.
    """

    claimed: Array
    numeric: Array
    error: Array
    wrong: Array
    inputs: Space
    outputs: Space
    x: Array
    y: Array
    at: Points | None = None
    mode: str = "reverse"
    order: int = 1

    @cached_property
    def measured(self) -> Array:
        """The measured Jacobian, with nan for what is unknown."""
        agrees = np.abs(self.claimed - self.numeric) <= self.noise(self.numeric, self.error)
        known = np.isfinite(self.numeric) & np.isfinite(self.error) & (agrees | self.wrong)
        return np.where(known, self.numeric, np.nan)

    @cached_property
    def alive(self) -> Array:
        """Where the measured Jacobian is surely not zero."""
        return np.abs(self.measured) > self.noise(0.0, self.error)

    @cached_property
    def vanishes(self) -> Array:
        """Where the claimed Jacobian is zero."""
        return np.abs(self.claimed) <= self.noise(0.0, 0.0)

    @property
    def one_to_one(self) -> bool:
        """Whether one input and one result, of one shape, are all there is."""
        single = len(self.inputs.names) == len(self.outputs.names) == 1
        return single and self.inputs.shapes == self.outputs.shapes and self.inputs.sizes == self.outputs.sizes

    def noise(self, values: Any, error: Any) -> Array:
        """How far a claimed entry may be from `values`: twice their error, and rounding in what is claimed.

        The relative part is what `check_gradients` allows: 1e-6, or more in lower precision.
        """
        eps = max(self.inputs.eps(), self.outputs.eps())
        relative = max(1e-6, min(2000.0 * eps, 0.05))
        scale = np.max(np.abs(self.numeric), where=np.isfinite(self.numeric), initial=0.0)
        return np.asarray(2.0 * np.abs(error) + relative * np.abs(values) + 8.0 * eps * scale)

    def fits(self, expected: Array, error: Any, claimed: Array | None = None) -> bool:
        """Whether what is claimed is what a hypothesis expects; nan where it expects nothing in particular.

        It must say something about all that is wrong, and so precisely that chance explains it in one case of 300
        (10^2.5): an entry that is wrong by k times its noise counts log₁₀ k.
        """
        noise, unknown, wrong = self.noise(expected, error), np.isnan(expected), self.wrong
        near = np.abs((self.claimed if claimed is None else claimed) - expected) <= noise
        if not (near | unknown).all() or unknown[wrong].any() or self.vanishes.all():
            return False
        contrast = np.abs(self.claimed - self.numeric)[wrong] / noise[wrong]
        return bool(np.sum(np.log10(np.maximum(contrast, 1.0))) > 2.5)

    def is_changed_by(self, change: Change) -> bool:
        """Whether what is claimed is what a mistake makes of the measured Jacobian."""
        return self.fits(change(self.measured), change(self.error))

    def moved_to(self, point: Array) -> Evidence | None:
        """The evidence at another point, with the largest error of this one; None if there is none."""
        if self.at is None:
            return None
        try:
            claimed, numeric = self.at(point)
        except Exception:  # the function need not be defined there, and may say so in its own way
            return None
        error = np.max(self.error, where=np.isfinite(self.error), initial=0.0)
        return replace(self, claimed=claimed, numeric=numeric, error=np.full_like(numeric, error), x=point)


# ---- the part that is wrong, and words for it ----------------------------------------------------


def wrong_part(e: Evidence) -> Evidence:
    """The Jacobian of those results by those inputs that have something wrong."""
    return restricted(e, spoilt(e.outputs, e.wrong.T), spoilt(e.inputs, e.wrong))


def spoilt(space: Space, wrong: Array) -> list[int]:
    """The variables with something wrong in their columns."""
    return sorted({space.variable(j) for j in np.unique(np.nonzero(wrong)[1]).tolist()})


def restricted(e: Evidence, outputs: Sequence[int], inputs: Sequence[int]) -> Evidence:
    """The Jacobian of some results by some inputs, given by their numbers."""
    rows, results = selected(e.outputs, outputs)
    columns, arguments = selected(e.inputs, inputs)
    ix, everywhere = np.ix_(rows, columns), e.at

    def at(point: Array) -> tuple[Array, Array]:
        assert everywhere is not None
        moved = e.x.copy()
        moved[columns] = point
        claimed, numeric = everywhere(moved)
        return claimed[ix], numeric[ix]

    claimed, numeric, error, wrong = (matrix[ix] for matrix in (e.claimed, e.numeric, e.error, e.wrong))
    there = None if everywhere is None else at
    return Evidence(claimed, numeric, error, wrong, arguments, results, e.x[columns], e.y[rows], there, e.mode, e.order)


def selected(space: Space, chosen: Sequence[int]) -> tuple[Array, Space]:
    """The coordinates of the chosen variables, and the space of those alone."""
    coordinates = np.concatenate([np.arange(space.starts[k], space.starts[k + 1]) for k in chosen])
    like = [np.zeros(space.shapes[k], space.dtypes[k]) for k in chosen]
    return coordinates, Space(like, [space.names[k] for k in chosen])


def derivative_text(e: Evidence) -> str:
    """The derivative that is spoken of, at the beginning of a sentence."""
    return f"The {'second ' if e.order == 2 else ''}derivative by {listed(e.inputs.names)}"


def listed(names: Sequence[str]) -> str:
    """
    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c", "d", "e"])
    ('`a`', '`a` and `b`', '`a`, `b` and 3 others')
    """
    shown = [f"`{name}`" for name in names]
    if len(shown) > 3:
        shown = [*shown[:2], f"{len(shown) - 2} others"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def share_text(e: Evidence) -> str:
    """How many of the entries that are not zero are wrong."""
    return f"{int(e.wrong.sum())} of {int((e.wrong | e.alive).sum())} entries"


__all__ = [
    "Change",
    "Evidence",
    "derivative_text",
    "listed",
    "restricted",
    "share_text",
    "spoilt",
    "wrong_part",
]
