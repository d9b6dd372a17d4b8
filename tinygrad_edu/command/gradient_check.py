"""Is the gradient right?  Backpropagation against differences of the loss itself.

The slope of the loss along a direction d can be measured by moving a little both ways along it,
which needs no derivative rule at all, and must agree with ∂L/∂θ · d.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..engine import Value

Array = np.ndarray[Any, Any]

STEP = float(np.finfo(np.float64).eps) ** (1 / 5)
"""h = ε^⅕, about 7e-4: where the errors of rounding, ε/h, and of curvature, h⁴, are alike."""

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
    """Compare the gradient of `loss()` with central differences.

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
    for p in parameters:
        p.grad = None
    loss().backward()
    gradient = [np.zeros(p.shape) if p.grad is None else np.array(p.grad) for p in parameters]
    along = [random_direction(parameters, rng) for _ in range(directions)]
    alone = list(single_weights(parameters, rng, weights))
    errors = [relative_errors(loss, parameters, gradient, ways) for ways in (along, alone) if ways]
    return Agreement(max(float(part.max()) for part in errors), len(along), len(alone))


def relative_errors(
    loss: Callable[[], Value],
    parameters: Sequence[Value],
    gradient: list[Array],
    ways: list[list[Array]],
) -> Array:
    """|measured − slope| / the larger of the two, for each direction in `ways`."""
    slopes = np.array([sum(np.vdot(g, d) for g, d in zip(gradient, way, strict=True)) for way in ways])
    measured = np.array([central_difference(loss, parameters, way) for way in ways])
    size = np.maximum(abs(slopes), abs(measured))
    size = np.maximum(size, SMALL * size.max())
    errors: Array = abs(measured - slopes) / np.where(size > 0, size, 1.0)
    return errors


def central_difference(loss: Callable[[], Value], parameters: Sequence[Value], direction: list[Array]) -> float:
    """The slope of the loss along `direction` by the central difference of fourth order,

    (8 · (L(h) − L(−h)) − (L(2h) − L(−2h))) / 12h        (Fornberg 1988, table 1)
    """
    start = [np.array(p.data) for p in parameters]

    def at(h: float) -> float:
        for p, origin, d in zip(parameters, start, direction, strict=True):
            p.data = origin + h * d
        return float(loss().item())

    slope: float = (8 * (at(STEP) - at(-STEP)) - (at(2 * STEP) - at(-2 * STEP))) / (12 * STEP)
    for p, origin in zip(parameters, start, strict=True):
        p.data = origin
    return slope


def random_direction(parameters: Sequence[Value], rng: np.random.Generator) -> list[Array]:
    """A direction of length 1 that moves all weights."""
    direction = [rng.standard_normal(p.shape) for p in parameters]
    length = np.sqrt(sum(np.vdot(d, d) for d in direction))
    return [d / length for d in direction]


def single_weights(parameters: Sequence[Value], rng: np.random.Generator, number: int) -> Iterator[list[Array]]:
    """Directions that move one weight: about `number` in all, as many from each parameter."""
    for k, p in enumerate(parameters):
        for i in rng.choice(p.size, min(p.size, max(1, number // len(parameters))), replace=False):
            direction = [np.zeros(q.shape) for q in parameters]
            direction[k].flat[i] = 1.0
            yield direction


__all__ = ["Agreement", "gradient_check"]
