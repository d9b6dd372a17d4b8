"""Whether two ways to compute the same numbers agree, as far as rounding lets them.

A difference is a fault if it is more than a small share of the terms that were added up.  Where large
numbers cancelled inside an engine, the terms do not tell how large those were.  Then the rounding is
measured: both ways are gone again at points that are a hair away.  What is smooth along such a path
is the function, and the rest is noise.  So no size is taken for granted, and a gradient of 1e-20 is
compared as strictly as one of 1.

Numbers that are not finite on both sides cannot be compared, and are passed over.  A nan or an infinity
on one side only is a fault, and so are infinities of opposite signs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ...numerals import number_text
from ..measure.packing import Space
from ..subject import Array, variables, with_variables

POINTS = np.cumsum(np.random.default_rng(0).uniform(0.5, 1.5, size=12))
"""Of a path of tiny steps: not evenly spaced, so that no step fits what is rounded."""

STRIDES = (0.0, 2.0**-24)
"""How long the steps are, relative to each number, but 16 of its rounding units at least: the shorter ones
stay clear of kinks near by, the longer ones see digits that are lost in single precision or in a subtraction."""

DEVIATIONS = 64.0
"""So many times the standard deviation of the noise is allowed at least: errors of one way may not be random."""


@dataclass(frozen=True)
class Sides:
    """Two vectors that should be equal, and for each element the size of what was added up for it."""

    one: Array
    other: Array
    unit: Array


@dataclass(frozen=True)
class Told:
    """How a disagreement is told: of which law and function, and what the two sides are."""

    law: str
    one: str
    other: str


Law = Callable[..., Sides]
"""What computes both sides from arguments and directions."""


def exact(eps: float) -> float:
    """The relative difference that two exact ways may have, in arithmetic with the rounding unit `eps`.

    About the square root of `eps`, and a bit less in double precision: that leaves room for functions whose
    derivatives lose a few digits (a matrix that is nearly singular), and is far below any mistake in a rule.

    >>> exact(2.2e-16), exact(1.2e-7), exact(9.8e-4)
    (1e-09, 0.0001, 0.05)
    """
    return 1e-9 if eps < 1e-10 else 1e-4 if eps < 1e-4 else 5e-2


def require_agreement(
    law: Law,
    given: tuple[Any, ...],
    told: Told,
    eps: float,
    where: Space | None = None,
    share: float | None = None,
    natural: Callable[[], Array | float] = lambda: 0.0,
) -> None:
    """Raise AssertionError if the two sides that `law(*given)` computes differ by more than rounding explains.

    `given` is a tuple of arguments and directions; `where` names the elements; `share` is the relative
    difference that is allowed, `exact(eps)` if not given.  `natural()` is the size that the elements have for no
    particular reason, as |u|·|f| / |x| of a gradient: what is far smaller comes from a difference, and has lost
    digits even where they cannot be seen to fluctuate.

    >>> third = lambda x: Sides(x / 3.0, x * 0.3333, x)
    >>> require_agreement(third, (np.ones(1),), Told("third", "x / 3", "0.3333 x"), eps=2.2e-16)
    Traceback (most recent call last):
    AssertionError: third does not hold: x / 3 is 0.33333333, but 0.3333 x is 0.3333; the difference is 3.333e−05,
    and rounding explains no more than 1e−09
    """
    share = exact(eps) if share is None else share
    with np.errstate(all="ignore"):
        sides = law(*given)
        gap, allowed = np.abs(sides.one - sides.other), share * sides.unit
        wrong = _beyond(sides, gap, allowed)
        if wrong.any():
            allowed = allowed + max(share / eps, DEVIATIONS) * noise_of(law, given) + DEVIATIONS * eps * natural()
            wrong = _beyond(sides, gap, allowed)
    if wrong.any():
        raise AssertionError(_in_words(sides, gap, allowed, wrong, told, where))


def bits(x: Any) -> Any:
    """A number, an array or another constant as something that is equal only if it is the same to the last bit.

    Any nan is like any other, and −0 is not 0.

    >>> bits(0.0) == bits(-0.0), bits(np.nan) == bits(-np.nan), bits(1) == bits(1.0)
    (False, True, False)
    """
    if not isinstance(x, np.ndarray | np.generic | int | float | complex):
        return x
    numbers = np.asarray(x)
    kind = str(numbers.dtype)
    if numbers.dtype.kind == "c":
        numbers = np.stack([numbers.real, numbers.imag])
    if numbers.dtype.kind == "f":
        numbers = np.where(np.isnan(numbers), np.nan, numbers)
    return kind, np.shape(x), numbers.tobytes()


def _beyond(sides: Sides, gap: Array, allowed: Array) -> Array:
    """Which elements differ by too much, or are finite on one side only."""
    one, other = np.isfinite(sides.one), np.isfinite(sides.other)
    opposite = np.isinf(sides.one) & np.isinf(sides.other) & (sides.one != sides.other)
    found: Array = (one != other) | opposite | (one & other & ~(gap <= allowed))
    return found


def noise_of(law: Law, given: tuple[Any, ...]) -> Array:
    """How much rounding moves the sides of a law, element by element: the larger of the two."""
    sides = law(*given)
    noise = np.max(noise_around(lambda moved: _stacked(law(*moved)), given), axis=0)
    # Where it cannot be measured, numbers of the size 1 are assumed to be among those that are added up.
    assumed = max(_eps_of(x) for x in (1.0, *variables(given))) * (1.0 + np.sum(np.nan_to_num(sides.unit)))
    found: Array = np.where(np.isfinite(noise), noise, assumed)
    return found


def _stacked(sides: Sides) -> Array:
    return np.stack([sides.one, sides.other])


def noise_around(f: Callable[[Any], Array], tree: Any) -> Array:
    """The rounding errors of `f(tree)`, element by element, measured where its numbers are moved a little.

    The largest that several paths say.  On some all numbers grow, on others they shrink, so that one of them
    stays inside a domain that ends here.  nan if all of them leave it."""
    paths = [noise_along(partial(_along, f, tree, sign, stride)) for sign in (1, -1) for stride in STRIDES]
    found: Array = np.fmax.reduce(np.broadcast_arrays(*paths))
    return found


def _along(f: Callable[[Any], Array], tree: Any, sign: int, stride: float, step: float) -> Array:
    return f(nudged(tree, sign * step, stride))


def noise_along(f: Callable[[float], Array]) -> Array:
    """The standard deviation, about, of the rounding errors of `f(s)` for s in `POINTS`, along a smooth path.

    What is left of four neighbours when a parabola is taken away is as large as the errors (the idea of Moré
    and Wild, *Estimating computational noise*, 2011).  A jump shows in three of the nine, which is why the
    fourth largest is taken.  nan where a point is not finite or cannot be computed.

    >>> bool(1e-17 < noise_along(lambda s: np.array(np.sin(1.0 + 1e-9 * s))) < 1e-15)
    True
    """
    try:
        values = np.stack([f(float(step)) for step in POINTS])
    except (ArithmeticError, ValueError):  # a point outside the domain, of a function that says so
        return np.array(np.nan)
    rest = np.sort(np.abs(np.tensordot(CONTRASTS, values, axes=1)), axis=0)  # nan is sorted to the end
    found: Array = np.where(np.isnan(rest[-1]), np.nan, rest[-4])
    return found


def _contrasts() -> Array:
    """Rows of length 1 that are 0 on every parabola: for each four neighbours among the points."""
    found = np.zeros((len(POINTS) - 3, len(POINTS)))
    for k in range(len(found)):
        x = POINTS[k : k + 4]
        weights = np.array([1.0 / np.prod([x[i] - x[j] for j in range(4) if j != i]) for i in range(4)])
        found[k, k : k + 4] = weights / np.linalg.norm(weights)
    return found


CONTRASTS = _contrasts()


def nudged(tree: Any, step: float, stride: float = 0.0) -> Any:
    """The same numbers, each further from 0 by `step` steps of its own; a step is half a stride to a whole one.

    A zero moves as far as the largest number beside it, or as 1.  Integers and other constants stay."""
    rng = np.random.default_rng(0)
    return with_variables(tree, [_further(x, step, stride, rng) for x in variables(tree)])


def _further(x: Any, step: float, stride: float, rng: np.random.Generator) -> Any:
    rate = max(stride, 16.0 * _eps_of(x)) * rng.uniform(0.5, 1.0, np.shape(x))
    size = np.where(x == 0.0, np.max(np.abs(x), initial=0.0, where=np.isfinite(x)) or 1.0, x)
    moved = np.asarray(x + step * rate * size).astype(np.asarray(x).dtype)
    return moved if isinstance(x, np.ndarray) else type(x)(moved[()])


def _eps_of(x: Any) -> float:
    return float(np.finfo(np.asarray(x).dtype).eps)


def _in_words(sides: Sides, gap: Array, allowed: Array, wrong: Array, told: Told, where: Space | None) -> str:
    """The worst element in words, and how many there are."""
    with np.errstate(all="ignore"):
        excess = np.where(wrong, np.nan_to_num(gap / np.where(allowed > 0.0, allowed, 1e-300), nan=np.inf), -1.0)
    k = int(np.argmax(excess))
    at = f"at {where.where(k)}, " if where is not None else ""
    others = int(wrong.sum()) - 1
    one, other = number_text(float(sides.one[k]), 8), number_text(float(sides.other[k]), 8)
    text = f"{told.law} does not hold: {at}{told.one} is {one}, but {told.other} is {other}"
    if np.isfinite(gap[k]):
        text += f"; the difference is {number_text(float(gap[k]))}"
        text += f", and rounding explains no more than {number_text(float(allowed[k]), 1)}"
    return text + (f" (and {others} more like it)" if others else "")


__all__ = ["Sides", "Told", "bits", "exact", "noise_along", "noise_around", "nudged", "require_agreement"]
