"""Is the gradient right?  Backpropagation against measured slopes of the loss itself.

The slope of the loss along a direction d can be measured by moving a little both ways along it, which
needs no derivative rule at all, and must agree with ∂L/∂θ · d.  How it is measured is told in `testing`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..engine import Value
from ..testing.adapters.parameters import of_parameters
from ..testing.measure.differences import slopes
from ..testing.measure.point import Point

Array = np.ndarray[Any, Any]

SMALL = 1e-5
"""Slopes below this part of the largest are judged against that part: their own digits are lost in
the rounding of the loss."""


class Agreement(NamedTuple):
    """The largest relative error, and how many slopes were compared."""

    worst: float
    directions: int
    weights: int


def gradient_check(
    loss: Callable[[], Value],
    parameters: Sequence[Value],
    rng: np.random.Generator,
    *,
    directions: int = 10,
    weights: int = 60,
) -> Agreement:
    """Compare the gradient of `loss()` with slopes of the loss.

    They are taken along random directions, in which all weights take part, and for single weights,
    drawn from each parameter alike.

    `parameters` must be float64; their numbers are moved and put back.

    >>> w = Value([1.0, 2.0])
    >>> gradient_check(lambda: (w**3).sum(), [w], np.random.default_rng(0)).worst < 1e-8
    True

    Raises TypeError for parameters that are not float64: their differences are mostly rounding.
    """
    if any(p.dtype != np.float64 for p in parameters):
        raise TypeError("differences need float64 parameters; those of float32 are mostly rounding")
    point = Point(of_parameters(loss, parameters), [np.array(p.data)[()] for p in parameters])
    gradient = point.pulled(np.ones(1))
    along = rng.standard_normal((directions, point.x.size))
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    chosen = list(single_weights(point.inputs.sizes, rng, weights))
    alone = np.zeros((len(chosen), point.x.size))
    alone[np.arange(len(chosen)), chosen] = 1.0
    errors = [relative_errors(point, gradient, ways) for ways in (along, alone)]
    return Agreement(max(map(float, errors)), len(along), len(alone))


def relative_errors(point: Point, gradient: Any, ways: Array) -> float:
    """The largest |measured − slope| / the larger of the two, along the rows of `ways`."""
    claimed = ways @ gradient
    measured = slopes(point.value, point.x, ways).value[:, 0]
    size = np.maximum(abs(claimed), abs(measured))
    size = np.maximum(size, SMALL * size.max(initial=0.0))
    return float(np.max(abs(measured - claimed) / np.where(size > 0, size, 1.0), initial=0.0))


def single_weights(sizes: Sequence[int], rng: np.random.Generator, number: int) -> Iterator[int]:
    """Places of single weights: about `number` in all, as many from each parameter."""
    starts = np.cumsum([0, *sizes])
    for start, size in zip(starts, sizes, strict=False):
        yield from start + rng.choice(size, min(size, max(1, number // len(sizes))), replace=False)


__all__ = ["Agreement", "gradient_check"]
