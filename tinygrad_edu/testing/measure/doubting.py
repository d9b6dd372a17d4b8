"""What failed, doubted once more: no claim is wrong about a derivative that does not exist.

Slopes along the axes may all look well where a function has no derivative.  Every slope of a median of three
equal numbers is 0; yet it moves if all of them do.  So a failure stands only if the slopes that were measured
add up: the slope along a sum of directions is the sum of the slopes.  Axes along which there is a kink, or no
slope at all, are left out of these sums; they say nothing about the others.

And where a slope is infinite, 0 · ∞ in a rule makes nan beside it, which is nobody's mistake.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..subject import Array
from .differences import Slopes, along_rows
from .judging import SAFETY
from .measuring import Options, measured
from .point import Point
from .report import Comparison, Mark

TRIES = 2
"""So many random directions are tried."""

CLOSE = 1e-3
"""Slopes that add up to this relative error add up: those at a corner are off by as much as they are large."""


NO_DERIVATIVE = (
    "The function has no derivative here, or an infinite one: slopes that were measured do not add up, and what "
    "differs from them is not held against the rule."
)


def doubted(point: Point, part: Comparison, found: Slopes, options: Options) -> Comparison:
    """A whole Jacobian, in which entries that failed are inconclusive if their row has no derivative.

    `found` is the measurement along all axes, of shape (m, n)."""
    failed = (part.marks == Mark.FAIL) & ~found.kink
    if not failed.any():
        return part
    unknown = unknown_in(found)
    beside = unknown.any(axis=0 if part.mode == "reverse" else 1, keepdims=True)
    doubt = failed & np.isnan(part.claimed) & beside
    rows = np.flatnonzero((failed & ~doubt).any(axis=1))
    loose = [i for i, holds in zip(rows, rows_add_up(point, rows, found, unknown, options), strict=True) if not holds]
    doubt[loose] |= failed[loose]
    return unsure(part, doubt)


def rows_add_up(point: Point, rows: Array, found: Slopes, unknown: Array, options: Options) -> Array:
    """Whether the slopes along the axes that are known add up, for each of these rows."""
    adds_up = np.ones(len(rows), dtype=bool)
    for clean in np.unique(~unknown[rows], axis=0):
        here = np.flatnonzero((~unknown[rows] == clean).all(axis=1))
        directions = np.where(clean, random_directions(point, options), 0.0)
        mixed = measured(point, directions, options)
        for k, direction in enumerate(directions):
            for r in here:
                i = rows[r]
                parts = np.where(clean, found.value[i], 0.0) * direction
                error = np.where(clean, found.error[i], 0.0) @ np.abs(direction) + mixed.error[k, i]
                adds_up[r] &= not mixed.kink[k, i] and add_up(parts, mixed.value[k, i], error)
    return adds_up


def doubted_along(point: Point, part: Comparison, pairs: Sequence[tuple[Array, Array]], options: Options) -> Comparison:
    """The same where projections along pairs (u, t) were compared."""
    doubt = np.zeros(part.marks.shape, dtype=bool)
    for i, j in np.argwhere((part.marks == Mark.FAIL) & np.isnan(part.sides[0])):
        u = pairs[i][0] if part.mode == "reverse" else np.eye(point.outputs.size)[i]
        doubt[i, j] = no_derivative_along(point, u, pairs[j][1], bool(np.isnan(part.claimed[i, j])), options)
    return unsure(part, doubt)


def no_derivative_along(point: Point, u: Array, t: Array, is_nan: bool, options: Options) -> bool:
    """Whether ⟨u, f⟩ has no derivative, looking at `t` and random directions; or a nan may be 0 · ∞."""
    directions = random_directions(point, options)
    found = measured(point, with_sums(t, directions), options)
    if is_nan and unknown_in(found).any():
        return True
    if sums_agree(along_rows(found, u[None])):
        return False
    if point.inputs.size > options.full:
        return True
    unknown = unknown_in(along_rows(measured(point, np.eye(point.inputs.size), options), u[None]))[:, 0]
    found = measured(point, with_sums(t, np.where(unknown, 0.0, directions)), options)
    return not sums_agree(along_rows(found, u[None]))


def with_sums(t: Array, directions: Array) -> Array:
    """`t`, the directions, and the sums of both."""
    return np.vstack([t, directions, t + directions])


def sums_agree(found: Slopes) -> bool:
    """Whether the slopes along `with_sums`, of one coordinate, are the sums of slopes where they should be."""
    value, error, count = found.value[:, 0], found.error[:, 0], len(found.value) // 2
    return not found.kink.any() and all(
        add_up(value[[0, 1 + k]], value[1 + count + k], error[[0, 1 + k, 1 + count + k]].sum()) for k in range(count)
    )


def add_up(parts: Array, whole: float, error: float) -> bool:
    """Whether slopes add up to another, as far as they are known."""
    if not (np.isfinite(parts).all() and np.isfinite(whole) and np.isfinite(error)):
        return False
    return bool(abs(parts.sum() - whole) <= CLOSE * (np.abs(parts).sum() + abs(whole)) + SAFETY * error)


def unknown_in(found: Slopes) -> Array:
    """Where there is no slope, or not the same on both sides."""
    return found.kink | ~np.isfinite(found.value) | ~np.isfinite(found.error)


def random_directions(point: Point, options: Options) -> Array:
    """Directions in which every coordinate moves, in proportion to itself."""
    rng = np.random.default_rng(options.seed)
    scale = np.where(point.x == 0.0, 1.0, np.abs(point.x))
    shape = (TRIES, point.inputs.size)
    directions: Array = rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape) * scale
    return directions


def unsure(part: Comparison, doubt: Array) -> Comparison:
    """The comparison with some entries inconclusive."""
    if not doubt.any():
        return part
    return replace(
        part,
        marks=np.where(doubt, Mark.UNSURE, part.marks),
        ratios=np.where(doubt, np.nan, part.ratios),
        diagnosis=(*part.diagnosis, NO_DERIVATIVE),
    )


__all__ = ["doubted", "doubted_along"]
