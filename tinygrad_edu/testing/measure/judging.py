"""When a claimed slope is right, when it is wrong, and when nobody can tell.

It is wrong if it is further from the measured one than the tolerance, the rounding of the rule itself and
five times the error estimate of the measurement together allow.  It is inconclusive if it is not wrong but
the error is so large that a mistake of a few parts in ten thousand could hide in it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..subject import Array
from .differences import Slopes
from .report import Mark

TOLERANCES = ((1e-15, 1e-6), (1e-6, 2e-4), (1e-2, 5e-2))
"""Rounding unit up to which → relative tolerance: for double, single and half precision.  The first is far
above what a rule in double precision loses, and far below the smallest mistakes that people make."""

SAFETY = 5.0
"""An error estimate is believed up to this factor."""

ROUGH = 1e-4
"""A measurement with a larger relative error does not settle anything."""

ULPS = 32.0
"""How many rounding units of the largest entry beside it a rule may lose."""

LEAST = 2.5e-13
"""No difference smaller than this part of the largest entry beside it is a mistake: rules are sums, too."""

UNDERFLOW = 1e-30
"""Nor is one so small at all: exponentials underflow on one way and not on the other."""

LEFTOVER = 1e3
"""So many rounding units may be left of numbers that cancelled, where the value does not show how large they were."""

ONE_SIDED = 1e-5
"""The relative error that slopes on either side of a kink are granted."""


def tolerance_for(eps: float) -> float:
    """The relative tolerance for numbers with the rounding unit `eps`.

    >>> tolerance_for(np.finfo(np.float32).eps)
    0.0002
    """
    return next((tolerance for largest, tolerance in TOLERANCES if eps <= largest), TOLERANCES[-1][1])


def judged(
    claimed: Array, found: Slopes, unit: Array, *, tolerance: float, eps: float, kinks: Any
) -> tuple[Array, Array]:
    """The mark of each entry, and |claimed − measured| in units of what is allowed.

    `claimed` and the arrays of `found` have one shape; `unit` broadcasts to it: the size of the numbers that
    an entry was computed beside.  `kinks` is "dodge", "interval" or a share of the way from the left slope to
    the right one."""
    with np.errstate(all="ignore"):
        unit = np.maximum(unit, found.natural)
        # Of nothing but zeros it is not known how large the numbers were that left a claim as their rounding.
        unit = np.where((found.value == 0.0) & (found.natural == 0.0), np.maximum(unit, 1.0), unit)
        rounding = max(ULPS * eps, LEAST) * unit + found.noise + UNDERFLOW
        allowed = tolerance * np.abs(found.value) + np.nan_to_num(rounding) + SAFETY * found.error
        apart = np.abs(claimed - found.value)
        ratio = np.where(apart == 0.0, 0.0, apart / np.where(allowed > 0.0, allowed, np.finfo(float).tiny))
        ratio = np.where(np.isnan(claimed) & np.isfinite(found.value), np.inf, ratio)
        size = np.maximum(
            np.maximum(np.abs(found.value), np.nan_to_num(np.abs(claimed))), np.maximum(unit, found.natural)
        )
        rough = (found.error > np.maximum(ROUGH, 10.0 * eps) * size) | ~np.isfinite(found.error)
        # Beside a value that has saturated, a slope may be all that is left of numbers of the size 1 or more.
        lost = (apart <= LEFTOVER * eps) & (np.abs(claimed) > 8.0 * found.natural)
    wrong = (ratio > 1.0) & np.isfinite(found.error) & ~lost
    rough |= (ratio > 1.0) & lost
    ratio = np.where(lost, np.nan, ratio)
    marks = np.where(wrong, Mark.FAIL, np.where(rough, Mark.UNSURE, Mark.PASS))
    ratio = np.where(np.isfinite(found.error), ratio, np.nan)
    if kinks == "dodge" or not found.kink.any():
        return marks, ratio
    at_kinks, ratios = judged_at_kinks(claimed, found, tolerance + ONE_SIDED, kinks)
    return np.where(found.kink, at_kinks, marks), np.where(found.kink, ratios, ratio)


def wanted(claimed: Array, found: Slopes, kinks: Any) -> tuple[Array, Array]:
    """What a claim is compared with, and its error: the measured slope, or at a kink the nearest right one."""
    if kinks == "dodge":
        return found.value, found.error
    low, high = allowed_at_kinks(found, kinks)
    size = np.maximum(np.abs(found.left), np.abs(found.right))
    value, error = np.clip(claimed, low, high), ONE_SIDED * size
    return np.where(found.kink, value, found.value), np.where(found.kink, error, found.error)


def allowed_at_kinks(found: Slopes, kinks: Any) -> tuple[Array, Array]:
    """The lowest and the highest slope that is right at a kink: all between the sides, or a share of the way."""
    if kinks in ("dodge", "interval"):
        return np.minimum(found.left, found.right), np.maximum(found.left, found.right)
    stated = found.left + kinks * (found.right - found.left)
    return stated, stated


def judged_at_kinks(claimed: Array, found: Slopes, tolerance: float, kinks: Any) -> tuple[Array, Array]:
    """Marks and ratios at kinks: between the slopes on either side, or a stated share of the way between them."""
    low, high = allowed_at_kinks(found, kinks)
    with np.errstate(all="ignore"):
        allowed = tolerance * np.maximum(np.abs(found.left), np.abs(found.right))
        outside = np.maximum(low - claimed, claimed - high)
        ratio = np.maximum(outside, 0.0) / np.where(allowed > 0.0, allowed, np.finfo(float).tiny)
    known = np.isfinite(found.left) & np.isfinite(found.right)
    ratio = np.where(known & np.isnan(claimed), np.inf, ratio)
    return np.where(~known, Mark.UNSURE, np.where(ratio > 1.0, Mark.FAIL, Mark.PASS)), np.where(known, ratio, np.nan)


def checked_kinks(kinks: Any) -> Any:
    """`kinks` as it is; ValueError if it is none of the ways to treat kinks."""
    if isinstance(kinks, str) and kinks in ("dodge", "interval"):
        return kinks
    if isinstance(kinks, int | float) and not isinstance(kinks, bool) and 0.0 <= kinks <= 1.0:
        return float(kinks)
    raise ValueError(
        f"kinks={kinks!r} is not a way to treat kinks: 'dodge' (they are inconclusive), 'interval' (any slope "
        "between those on either side is right), or a share from 0 to 1: 0 the left slope, 1 the right, 0.5 halfway"
    )


__all__ = ["checked_kinks", "judged", "tolerance_for", "wanted"]
