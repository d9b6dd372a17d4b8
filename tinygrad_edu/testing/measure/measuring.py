"""One measurement of a point, and what is claimed judged by it: shared by whole Jacobians and projections.

How slopes are measured is said in `differences`, when a claim is right in `judging`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from ..subject import Array
from .differences import Slopes, slopes
from .judging import judged, tolerance_for, wanted
from .point import Point
from .report import Comparison


@dataclass(frozen=True)
class Options:
    """How a check is done; see `check_gradients`."""

    modes: tuple[str, ...]
    kinks: Any
    tolerance: float | None
    full: int
    seed: int
    complex_step: bool


def measured(point: Point, directions: Array, options: Options) -> Slopes:
    """Slopes of the values along the rows of `directions`."""
    complex_step = point.complex_value if options.complex_step and point.takes_complex_steps() else None
    eps = float(np.finfo(float).eps) if point.precise else point.eps
    return slopes(point.value, point.x, directions, eps=eps, complex_step=complex_step)


def transposed(found: Slopes) -> Slopes:
    """The same slopes as arrays of shape (m, directions), like a Jacobian."""
    return replace(found, **{part.name: getattr(found, part.name).T for part in fields(Slopes)})


def comparison(
    point: Point, order: int, mode: str, claimed: Array, found: Slopes, unit: Array, options: Options, **about: Any
) -> Comparison:
    """What is claimed and what was measured, judged."""
    tolerance = tolerance_for(point.eps) if options.tolerance is None else options.tolerance
    marks, ratios = judged(claimed, found, unit, tolerance=tolerance, eps=point.eps, kinks=options.kinks)
    value, error = wanted(claimed, found, options.kinks)
    sides = np.where(found.kink, np.stack([found.left, found.right]), np.nan)
    return Comparison(
        order, mode, point.inputs, point.outputs, claimed, value, error, found.step, marks, ratios, sides, **about
    )  # fmt: skip


__all__ = ["Options", "comparison", "measured", "transposed"]
