"""The Taylor test: how fast f(x + εt) − f(x) − εJt vanishes tells whether J is the derivative of f.

For the right derivative it is of order ε², with the second derivative as well of order ε³; for a wrong one
it is of order ε or ε² (Farrell, Ham, Funke and Rognes, *Automated derivation of the adjoint of high-level
transient finite element programs*, 2013; Griewank and Walther, *Evaluating Derivatives*, 2008).

Rounding, kinks and digits that cancel make remainders of a low order too, and are no fault of the
derivative.  What a wrong derivative leaves is told by more than its order: it is c·ε with one c from where
it shows first down to where rounding hides it, and of opposite signs on the two sides of the point (for the
second derivative, c·ε² with the same sign).  Only that is an error; what is neither is inconclusive.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...numerals import number_text
from ..measure.differences import Slopes, along_rows, scale_along, slopes
from ..subject import Array, variables, with_variables
from .place import Function, Place, needed, packed

STEPS = 4.0 ** -np.arange(1.0, 15.0)
"""From a quarter of the point's own size down to a few parts in 10⁹ of it."""

VISIBLE = 100.0
"""A remainder this many times larger than the noise has an order that can be read to a few per cent."""

READ = 3
"""How many steps must agree: the smallest ones that show a remainder."""

STEADY = 0.1
"""How far c may differ between these, relative to itself."""

MISTAKE = 0.01
"""The share of the derivative by which a claim is changed, to see whether that would show."""


@dataclass(frozen=True)
class TaylorTest:
    """What a Taylor test found, of the coordinate of the result where it is least.

    order       of the derivative that was tested; the remainder should vanish with the slope order + 1
    slope       the slope of log |remainder| over log ε where rounding begins to hide it; inf if it is hidden
                everywhere, as for a linear function
    conclusive  whether a mistake of one per cent would have been seen in each coordinate
    where       the coordinate
    steps, remainders   what was measured there
    """

    order: int
    slope: float
    conclusive: bool
    where: str
    steps: Array
    remainders: Array


def taylor_remainder(
    f: Function, args: Sequence[Any], ts: Sequence[Any], order: int = 1, us: Sequence[Any] | None = None
) -> TaylorTest:
    """Test the claimed derivative along `ts`: of all of the result, or of ⟨u, f⟩ if cotangents `us` are given.

    The first needs forward mode, the second takes reverse mode where there is one.  With `order` 2 the second
    derivative is tested along with the first; then `us` is needed.

    >>> found = taylor_remainder(np.exp, (1.0,), [1.0])
    >>> round(found.slope, 1), found.conclusive
    (2.0, True)

    Raises AssertionError if the remainder is what a wrong derivative leaves, or if what is claimed is not
    finite where the function is smooth; TypeError if `f` lacks a mode or second derivatives that are needed;
    ValueError for another order.
    """
    if order not in (1, 2) or (order == 2 and us is None):
        raise ValueError(f"order={order} with us={us}: the order is 1, or 2 with cotangents us")
    at = Place(f, args, "the Taylor test")
    x, t = at.inputs.pack(variables(at.args)), at.packed_tangent(ts)
    value, weights = reference(at), np.eye(at.outputs.size) if us is None else at.packed_cotangent(us)[None]
    series = claimed(at, ts, us, order)
    scale = scale_along(x, t)
    if not (x.size and len(weights)):
        return TaylorTest(order, np.inf, False, "", scale * STEPS, np.zeros_like(STEPS))
    with np.errstate(all="ignore"):
        known = along_rows(slopes(value, x, t[None], eps=at.eps), weights)
        require_finite(at, series[0], known, us is None)
        right, left = remainders(value, x, t, scale, series, weights)
        hidden = VISIBLE * known.noise[0] * scale + 200.0 * at.eps * scale * STEPS[:, None] * np.abs(series[0])
        wrong, sharp = [], ~known.kink[0]
        for k, (part, c) in enumerate(zip((0.5 * (right - left), 0.5 * (right + left)), series, strict=False), 1):
            size = np.where(c == 0.0, known.natural[0] * scale, np.abs(c) * scale**k / k)
            wrong.append(shows(part, hidden, k) & ~known.kink[0])
            sharp = sharp & shows(part + MISTAKE * size * STEPS[:, None] ** k, hidden, k)
        found = np.fmax(np.abs(right), np.abs(left))
        return judged(at, order, scale * STEPS, found, slope_of(found, hidden), wrong, sharp, us is None)


def reference(at: Place) -> Callable[[Array], Array]:
    """What differences are taken of, from a packed point to a packed value."""
    f = at.subject.reference or at.subject.value
    return lambda x: at.outputs.pack(variables(f(with_variables(at.args, at.inputs.unpack(x)))))


def claimed(at: Place, ts: Sequence[Any], us: Sequence[Any] | None, order: int) -> list[Array]:
    """The first derivative along `ts` and, for order 2, the second one."""
    if us is None:
        return [at.ahead(at.args, ts)]
    t = at.packed_tangent(ts)
    forward = at.subject.vjp is None
    first = at.packed_cotangent(us) @ at.ahead(at.args, ts) if forward else at.back(at.args, us) @ t
    if order == 1:
        return [np.array([first])]
    gradient = needed(at.subject.pulled, "second derivatives", at)(list(us))
    walk = needed(gradient.vjp or gradient.jvp, "second derivatives", at)
    second = packed(walk(at.args, list(ts)), at.inputs, "second derivative", at, dual=True) @ t
    return [np.array([first]), np.array([second])]


def remainders(
    value: Callable[[Array], Array], x: Array, t: Array, scale: float, series: list[Array], weights: Array
) -> tuple[Array, Array]:
    """The remainders for steps forward and back, of shape (steps, coordinates); nan where there is no value."""
    here = value(x)

    def remainder(step: float) -> Array:
        try:
            change = weights @ (value(x + step * t) - here)
        except (ArithmeticError, ValueError):  # outside of what the function takes
            return np.full(len(weights), np.nan)
        found: Array = change - sum(c * step**k / k for k, c in enumerate(series, 1))
        return found

    right, left = (np.stack([remainder(sign * step) for step in scale * STEPS]) for sign in (1.0, -1.0))
    return right, left


def require_finite(at: Place, first: Array, known: Slopes, whole: bool) -> None:
    """Raise AssertionError if a claim is not finite where the slope is known to a thousandth."""
    bad = ~np.isfinite(first) & (known.error[0] <= 1e-3 * np.abs(known.value[0]) + known.noise[0]) & ~known.kink[0]
    if bad.any():
        k = int(np.argmax(bad))
        raise AssertionError(
            f"{at.law}: the derivative of {named(at, k, whole)} is claimed to be {number_text(float(first[k]))}, "
            f"and its slope is {number_text(float(known.value[0, k]))}"
        )


def shows(part: Array, hidden: Array, power: int) -> Array:
    """For each coordinate whether a remainder is c·ε^power, down to where rounding hides it.

    Digits that cancel, or a kink near by, give that order on a few steps too; but then c is not the same for
    larger steps, or the remainder is gone at a smaller one where c·ε^power would still be seen."""
    found = np.zeros(part.shape[1], bool)
    for k, (column, limit) in enumerate(zip(part.T, hidden.T, strict=True)):
        last = np.flatnonzero(np.abs(column) > limit)[-READ:]
        if len(last) < READ:
            continue
        c = column / STEPS**power
        steady = np.ptp(c[last]) <= STEADY * np.min(np.abs(c[last]))
        expected = np.abs(c[last[-1]]) * STEPS**power
        gone = np.any(expected[last[-1] + 1 :] > 2.0 * limit[last[-1] + 1 :])
        larger = np.abs(column[: last[0]]) >= 0.5 * expected[: last[0]]
        found[k] = steady and not gone and 2 * np.count_nonzero(larger) >= len(larger)
    return found


def slope_of(remainders: Array, hidden: Array) -> Array:
    """For each coordinate the slope of log remainder over log step, at the smallest steps that show it; or nan.

    Of the slopes between the last three, the larger: terms of opposite signs may cancel near one step."""
    found = np.full(remainders.shape[1], np.nan)
    for k, (column, limit) in enumerate(zip(remainders.T, hidden.T, strict=True)):
        last = np.flatnonzero(column > limit)[-READ:]
        if len(last) == READ:
            found[k] = np.max(np.diff(np.log(column[last])) / np.diff(np.log(STEPS[last])))
    return found


def judged(
    at: Place, order: int, steps: Array, found: Array, slopes: Array, wrong: list[Array], sharp: Array, whole: bool
) -> TaylorTest:
    """The result of the worst coordinate; AssertionError if a derivative is wrong."""
    slopes = np.where(np.isnan(slopes), np.inf, slopes)
    for power, coordinates in enumerate(wrong, 1):
        if coordinates.any():
            k = int(np.argmax(coordinates))
            raise AssertionError(
                f"{at.law}: the remainder of {named(at, k, whole)} vanishes with the slope "
                f"{number_text(float(slopes[k]), 3)} instead of {order + 1}, as it does for a wrong "
                f"{('first', 'second')[power - 1]} derivative; it is "
                f"{', '.join(f'{r:.2g}' for r in found[:, k])} for the steps {', '.join(f'{h:.2g}' for h in steps)}"
            )
    k = int(np.argmin(np.where(sharp, slopes, -1.0)))
    return TaylorTest(order, float(slopes[k]), bool(sharp.all()), named(at, k, whole), steps, found[:, k])


def named(at: Place, k: int, whole: bool) -> str:
    """A coordinate of what is tested, in words."""
    return at.outputs.where(k) if whole else f"⟨u, {at.subject.name}⟩"


__all__ = ["TaylorTest", "taylor_remainder"]
