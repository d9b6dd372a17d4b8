"""Slopes measured from values alone, each with an estimate of its own error.

A direction is tried with steps that shrink by 4 from rung to rung of a *ladder*, in proportion to the point
itself.  Neighbouring rungs are extrapolated (Richardson), and the entry of the tableau whose error estimate
is smallest is taken (Ridders 1982, "Accurate computation of F′(x) and F′(x)F″(x)").  Three things are added
so that the estimate can be trusted: how noisy the function is is measured on the ladder; an estimate that
contradicts what smaller steps say is dropped, since a kink or a jump lies within its step; and where slopes
from the left and from the right stay apart, the point itself is a kink.

Where the function takes complex numbers, Im f(x + i·h·t) / h has no cancellation (Squire & Trapp 1998,
"Using complex variables to estimate derivatives of real functions"), and sharpens what the ladder found.
Nothing here knows what is claimed about a derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

import numpy as np

from ..subject import Array

VectorFunction = Callable[[Array], Array]
"""Packed point → packed value; the point may be complex, where the function allows."""

RUNGS, SHRINK, LEVELS = 14, 4.0, 4
"""Steps from ¼ of the scale down to 2⁻²⁸ of it; extrapolated at most four times."""

HUGE = np.inf


def ladder(rungs: int) -> Array:
    """Steps that shrink by about 4, in units of the scale.

    Each has twenty binary digits, so that x ± h is exact.  No two are in a simple ratio: values whose digits
    are lost are multiples of one number, and on even steps they would often agree by chance.

    >>> ladder(3)
    array([0.2249999 , 0.04297364, 0.01018678])
    """
    k = np.arange(rungs)
    uneven = 0.75 + 0.15 * np.cos(2.0 * k)
    steps: Array = np.round(uneven * 2.0**20) / 2.0**20 * SHRINK ** (-1.0 - k)
    return steps


TINY_IMAGINARY = 2.0**-70
"""The complex step, in units of the scale: its square is far below any rounding unit."""

COARSE = 64.0
"""In units of √eps: a value that moves in steps larger than this part of value and point was not rounded, it has
jumps or corners; and a function with more noise than this part of its values, or with waves shorter than every
step, is not measured at all."""

SLIGHT = 5e-7
"""Sides whose slopes differ by less than twenty times this part are not told apart: noise may do that."""

POOR = 1e-8
"""Slopes whose relative error is estimated above this are tried again in other ways."""


@dataclass(frozen=True)
class Slopes:
    """What was measured: arrays of shape (directions, m), for m coordinates of the result.

    `noise` is how much of a slope is lost in the rounding of the function itself, over its scale;
    `natural` is |f| over the scale, the size that a slope has for no particular reason; where f is 0, how much it
    changes on the largest step stands for |f|.
    At a kink, `left` and `right` are the slopes on either side, and `value` says nothing."""

    value: Array
    error: Array
    step: Array
    noise: Array
    natural: Array
    kink: Array
    left: Array
    right: Array


def slopes(
    f: VectorFunction,
    x: Array,
    directions: Array,
    *,
    eps: float = float(np.finfo(float).eps),
    complex_step: VectorFunction | None = None,
) -> Slopes:
    """The derivative of `f` at `x` along each row of `directions`, with the error that it may have.

    `eps` is the rounding unit that `f` computes in; `complex_step` is `f` for complex points, if it may be
    tried.  Moved points where `f` raises an error, or is not finite, are left out.

    >>> found = slopes(np.sin, np.array([1.0]), np.eye(1))
    >>> bool(abs(found.value[0, 0] - np.cos(1.0)) <= found.error[0, 0] < 1e-10)
    True
    >>> kinked = slopes(np.abs, np.array([0.0]), np.eye(1))
    >>> bool(kinked.kink[0, 0]), kinked.left.item(), kinked.right.item()
    (True, -1.0, 1.0)
    """
    here = f(x)
    scales = np.array([scale_along(x, t) for t in directions])
    found = on_ladder(f, x, here, directions, scales, eps, RUNGS)
    poor = [k for k in range(len(directions)) if is_poor(found, k)]
    if complex_step is not None:
        sharpened(found, complex_step, x, here, directions, scales, poor)
    for k in range(len(directions)):
        blank = is_blank(found, k, directions[k], scales[k])
        if blank.any() or (k in poor and is_poor(found, k)):
            again = on_ladder(f, x, here, directions[k : k + 1], *longer_ladder(x, directions[k], scales[k], eps))
            take_better(found, k, again, whole=blank)
    return found


def scale_along(x: Array, t: Array) -> float:
    """How far one can go from `x` along `t` before a coordinate has changed by its own size: a power of two."""
    moved = t != 0.0
    if not moved.any():
        return 1.0
    size = np.where(x == 0.0, 1.0, np.abs(x))[moved] / np.abs(t[moved])
    return float(2.0 ** np.clip(np.floor(np.log2(size.min())), -900, 900))


def longer_ladder(x: Array, t: Array, scale: float, eps: float) -> tuple[Array, float, int]:
    """A ladder that starts at 1, or at the largest coordinate: for a small one, where values are large."""
    reach = max(1.0, float(np.max(np.abs(x), initial=0.0))) / max(float(np.max(np.abs(t), initial=0.0)), 1e-300)
    extra = int(np.clip(np.ceil(np.log2(max(reach / scale, 1.0)) / 2.0), 2, 24))
    return np.array([scale * SHRINK**extra]), eps, RUNGS + extra + 3


def is_blank(found: Slopes, k: int, t: Array, scale: float) -> Array:
    """Which results do not change at all along a direction, though one would expect it: the steps may be too small.

    A zero is expected beside others, for moving one coordinate of ordinary size."""
    still: Array = found.value[k] == 0.0
    expected = np.count_nonzero(t) == 1 and scale > 1e-6 and not still.all()
    return np.zeros_like(still) if expected else still


def is_poor(found: Slopes, k: int) -> bool:
    """Whether the slopes along one direction are known badly, by the measure of the largest of them."""
    error = found.error[k][~found.kink[k]]
    size = max(np.max(np.abs(found.value[k]), initial=0.0, where=np.isfinite(found.value[k])), 1e-300)
    return bool(error.size) and bool(np.max(error) > POOR * size)


# ---- the ladder ------------------------------------------------------------------------------------------


def on_ladder(
    f: VectorFunction, x: Array, here: Array, directions: Array, scales: Array, eps: float, rungs: int
) -> Slopes:
    """Slopes from central differences on a ladder of `rungs` steps below `scales`, one scale a direction."""
    steps = scales[None, :] * ladder(rungs)[:, None]  # (rungs, directions)
    right, left = one_sided(f, x, here, directions, steps)
    h = steps[:, :, None]
    with np.errstate(all="ignore"):
        central = 0.5 * (right + left)
        noise = noise_level(central, right - left, h, here, x, directions, eps)
        tableau, error = extrapolated(central, noise / h, ladder(rungs))
        error = np.where(contradicted(tableau, error, central, noise / h), HUGE, error)
        reach = np.nanmax(np.abs(central) * h, axis=0, initial=0.0) + np.abs(here)
        change = np.nan_to_num(np.maximum(np.abs(right[0]), np.abs(left[0])) * steps[0][:, None], posinf=0.0)
        error = np.where(noise > COARSE * np.sqrt(eps) * reach, HUGE, error)
        size = np.maximum(np.abs(right), np.abs(left))
        broken, kink = kinks(right - left, np.maximum(noise / h, SLIGHT * size))
        error = np.where(broken, HUGE, error)
    best = error.argmin(axis=0)
    kink &= np.isfinite(here)
    ends = one_sided_slopes(right, left, ladder(rungs))
    value, uncertainty = pick(tableau, best), pick(error, best)
    scale = scales[:, None]
    return Slopes(
        value=np.where(kink, np.nan, value),
        error=np.where(kink, HUGE, uncertainty),
        step=np.take_along_axis(steps.T, best % rungs, axis=1),
        noise=noise / scale,
        natural=np.where(here == 0.0, change, np.abs(here)) / scale,
        kink=kink,
        left=ends[1],
        right=ends[0],
    )


def one_sided(f: VectorFunction, x: Array, here: Array, directions: Array, steps: Array) -> tuple[Array, Array]:
    """Difference quotients to the right and to the left, of shape (rungs, directions, m)."""
    shape = (*steps.shape, here.size)
    right, left = np.empty(shape), np.empty(shape)
    for k, t in enumerate(directions):
        for r, h in enumerate(steps[:, k]):
            with np.errstate(all="ignore"):
                right[r, k] = (quietly(f, x + h * t, here) - here) / h
                left[r, k] = (here - quietly(f, x - h * t, here)) / h
    finite = np.isfinite(here)
    right[..., ~finite] = left[..., ~finite] = np.nan
    return np.where(np.isfinite(right), right, np.nan), np.where(np.isfinite(left), left, np.nan)


def quietly(f: VectorFunction, x: Array, like: Array) -> Array:
    """`f(x)`, or nan where that is outside of what `f` takes."""
    try:
        out = f(x)
    except Exception:  # it answered at the point itself, so this is another place that it does not take
        return np.full(like.shape, np.nan)
    return out if out.shape == like.shape else np.full(like.shape, np.nan)


def noise_level(central: Array, gap: Array, h: Array, here: Array, x: Array, directions: Array, eps: float) -> Array:
    """How far the values of `f` are from a smooth function's, of shape (directions, m).

    At least the rounding of the value and of the moved point.  Beyond that it shows at the small steps: where
    neighbouring quotients differ, and differ no less for a smaller step, the difference is noise."""
    slope = np.nanmax(np.abs(central), axis=0, initial=0.0)
    typical = np.nan_to_num(np.nanmin(np.abs(central[-4:]), axis=0, initial=np.inf), posinf=0.0)
    moved = np.max(np.abs(x) * (directions != 0.0) / np.where(directions == 0.0, 1.0, np.abs(directions)), axis=1,
                   initial=0.0)  # fmt: skip
    rounding = eps * (np.abs(here)[None, :] + moved[:, None] * np.minimum(slope, 4.0 * typical))
    apart = np.abs(central[1:] - central[:-1])
    with np.errstate(all="ignore"):
        ratios = apart[-2:] / apart[-3:-1]
    wavy = ((ratios > 0.02) & (ratios < 0.5)).all(axis=0)  # falls as a smooth function's do, down to the end
    seen = np.where(np.isfinite(apart[-3:]), apart[-3:] * h[-3:], 0.0)
    seen = np.where(wavy, seen[-1], seen.max(axis=0))
    lost = quantum(central, np.abs(gap), h)
    size = np.maximum(np.maximum(np.abs(here)[None], moved[:, None]), 1.0)
    lost = np.where(lost <= COARSE * np.sqrt(eps) * size, lost, 0.0)
    level: Array = np.maximum(rounding, 2.0 * np.maximum(seen, lost))
    return level


def quantum(central: Array, gap: Array, h: Array) -> Array:
    """The height of the smallest step of a function that does not change at all for the smallest moves.

    Such a function is a staircase, because its digits are lost in a subtraction: 1 − cos x near 0.  Or it is
    flat here and has a corner near by: then the gap between the sides is the same on three rungs above."""
    moves = central != 0.0
    first = len(moves) - 1 - moves[::-1].argmax(axis=0)  # the smallest step that changes the value
    flat = moves.any(axis=0) & (first < len(moves) - 2)
    height = pick(np.abs(central) * h, first)
    above = [pick(gap, np.maximum(first - n, 0)) for n in (1, 2, 3, 4)]
    alike = [(near > 0.6 * far) & (near < 1.6 * far) for near, far in pairwise(above)]
    corner = alike[0] & alike[1] & alike[2] & (first >= 4)
    return np.where(flat & ~corner & np.isfinite(height), height, 0.0)


def extrapolated(central: Array, noise: Array, steps: Array) -> tuple[Array, Array]:
    """Richardson's tableau, level after level, flattened to (levels · rungs, directions, m), and the errors.

    The error of an entry is how far it is from the two that it was made of (Ridders), plus the noise."""
    shifted = np.concatenate([np.full_like(central[:1], np.nan), central[:-1]])
    values, errors = [central], [np.abs(central - shifted) + noise]
    for level in range(1, LEVELS + 1):
        last = values[-1]
        before = np.concatenate([np.full_like(last[:1], np.nan), last[:-1]])
        wider = np.concatenate([np.full(level, np.inf), steps[:-level]])
        factor = ((wider / steps) ** 2)[:, None, None]
        new = last + (last - before) / (factor - 1.0)
        values.append(new)
        errors.append(np.maximum(np.abs(new - last), np.abs(new - before)) + 1.2 * noise)
    tableau, error = np.concatenate(values), np.concatenate(errors)
    return tableau, np.where(np.isfinite(error), error, HUGE)


def contradicted(tableau: Array, error: Array, central: Array, noise: Array) -> Array:
    """Which entries of the tableau are out of reach of the quotients with smaller steps."""
    rungs = len(central)
    before = np.concatenate([np.full_like(central[:1], np.nan), central[:-1]])
    bars = 2.0 * noise + np.abs(central - before)
    low, high = central - bars, central + bars
    low, high = (np.where(np.isfinite(bars), edge, sign * np.inf) for edge, sign in ((low, -1.0), (high, 1.0)))
    # The tightest bars of this rung and of all that are below it.
    low = np.maximum.accumulate(low[::-1])[::-1]
    high = np.minimum.accumulate(high[::-1])[::-1]
    levels = len(tableau) // rungs
    low, high = np.tile(low, (levels, 1, 1)), np.tile(high, (levels, 1, 1))
    wrong: Array = (tableau < low - error) | (tableau > high + error)
    return wrong


def kinks(gap: Array, noise: Array) -> tuple[Array, Array]:
    """Which entries of the tableau span a kink, and where the point itself is one.

    The slopes from the right and from the left differ by h·f″ where f is smooth, so four times less on the
    next rung.  Where they stay apart, there is a kink within the smaller step."""
    gap = np.abs(gap)
    certain = gap > 20.0 * noise
    stays = certain[1:] & certain[:-1] & (gap[1:] > 0.6 * gap[:-1])
    spans = np.concatenate([stays, np.zeros_like(stays[:1])])
    last = len(certain) - 1 - certain[::-1].argmax(axis=0)  # the smallest step that tells anything
    at, smallest = pick(spans, np.maximum(last - 1, 0)) & certain.any(axis=0), pick(gap, last)
    below = np.minimum(last + 1, len(gap) - 1)
    vanished = (last + 1 < len(gap)) & (20.0 * pick(noise, below) < 0.6 * smallest) & np.isfinite(pick(gap, below))
    at &= ~vanished
    return np.tile(spans, (LEVELS + 1, 1, 1)), at


def pick(a: Array, rung: Array) -> Array:
    """From each column its entry on the rung that is named for it."""
    found: Array = np.take_along_axis(a, rung[None], axis=0)[0]
    return found


def one_sided_slopes(right: Array, left: Array, steps: Array) -> tuple[Array, Array]:
    """The slopes on either side, from quotients with two steps in the middle of the ladder."""
    middle = len(right) // 2
    factor = steps[middle] / steps[middle + 1]
    found = [(factor * side[middle + 1] - side[middle]) / (factor - 1.0) for side in (right, left)]
    return found[0], found[1]


# ---- other ways --------------------------------------------------------------------------------------------


def sharpened(
    found: Slopes, f: VectorFunction, x: Array, here: Array, directions: Array, scales: Array, which: Sequence[int]
) -> None:
    """Replace slopes that are known badly by complex steps, where these agree with them.

    They are trusted no further than to a thousandth of the error before: a function that drops imaginary
    parts on its way answers too, and wrongly."""
    for k in which:
        h = TINY_IMAGINARY * scales[k]
        out = complex_value(f, x + 1j * h * directions[k])
        if out is None or out.shape != here.shape:
            return
        slope = out.imag / h
        with np.errstate(invalid="ignore"):  # where the value is infinite
            better = np.isfinite(slope) & (np.abs(out.real - here) <= 1e-8 * np.abs(here)) & ~found.kink[k]
        better &= np.abs(slope - found.value[k]) <= 2.0 * found.error[k]
        better &= found.error[k] < 0.1 * np.abs(slope)  # the ladder must have seen it
        found.value[k] = np.where(better, slope, found.value[k])
        found.error[k] = np.where(better, 1e-3 * found.error[k], found.error[k])
        found.step[k] = np.where(better, h, found.step[k])


def complex_value(f: VectorFunction, z: Array) -> Array | None:
    """`f` at a complex point, or None if it does not take or give complex numbers."""
    try:
        with np.errstate(all="ignore"):
            out = f(z)
    except Exception:  # whatever a function for real numbers does with complex ones
        return None
    return out if np.iscomplexobj(out) else None


def take_better(found: Slopes, k: int, again: Slopes, whole: Array) -> None:
    """Where the second measurement is the sharper one, or in `whole`, put it in the place of the first."""
    better = whole | (again.error[0] < found.error[k])
    for field in fields(Slopes):
        part: Any = getattr(found, field.name)
        if field.name not in ("noise", "natural"):
            part[k] = np.where(better, getattr(again, field.name)[0], part[k])


def along_rows(found: Slopes, weights: Array) -> Slopes:
    """The slopes of ⟨w, f⟩ for each row w of `weights`: arrays of shape (directions, len(weights)).

    Errors and noise add up as if all went the same way.  At a kink of a part that counts there is a kink."""
    size = np.abs(weights).T
    with np.errstate(all="ignore"):
        products = {
            name: weighted(getattr(found, name), weights.T) for name in ("value",)
        } | {name: weighted(getattr(found, name), size) for name in ("error", "noise", "natural")}  # fmt: skip
        low = weighted(np.minimum(found.left, found.right), np.maximum(weights, 0.0).T)
        low += weighted(np.maximum(found.left, found.right), np.minimum(weights, 0.0).T)
        high = weighted(np.maximum(found.left, found.right), np.maximum(weights, 0.0).T)
        high += weighted(np.minimum(found.left, found.right), np.minimum(weights, 0.0).T)
    kink = (found.kink[:, :, None] & (weights.T[None] != 0.0)).any(axis=1)
    step = np.broadcast_to(found.step.max(axis=1, initial=0.0)[:, None], kink.shape)
    return replace(found, **products, step=step, kink=kink, left=low, right=high)


def weighted(a: Array, b: Array) -> Array:
    """`a @ b`, where 0 times anything is 0: what has no weight does not count."""
    total: Array = np.where(b[None] == 0.0, 0.0, a[:, :, None] * b[None]).sum(axis=1)
    return total


__all__ = ["Slopes", "along_rows", "slopes"]
