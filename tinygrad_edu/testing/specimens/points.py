"""Where specimens are looked at: samplers of arguments, out of a NumPy generator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .specimen import Sampler

Shape = tuple[int, ...]


def normal(*shapes: Shape, scale: float = 1.0, centre: float = 0.0) -> Sampler:
    """An array of each shape, from a normal distribution.

    >>> [x.shape for x in normal((2, 3), ())(np.random.default_rng(0))]
    [(2, 3), ()]
    """
    return lambda rng: tuple(np.asarray(centre + scale * rng.normal(size=shape)) for shape in shapes)


def uniform(low: float, high: float, *shapes: Shape) -> Sampler:
    """An array of each shape, evenly spread from `low` to `high`."""
    return lambda rng: tuple(np.asarray(rng.uniform(low, high, size=shape)) for shape in shapes)


def sized(low: float, high: float, *shapes: Shape, centre: float = 0.0) -> Sampler:
    """Arrays at distances from `low` to `high` of `centre`, on both sides; every power of ten is as likely.

    >>> (x,) = sized(1e-9, 1e-4, (100,))(np.random.default_rng(0))
    >>> bool(np.all((1e-9 <= abs(x)) & (abs(x) <= 1e-4)) and x.min() < 0 < x.max())
    True
    """

    def sampled(rng: np.random.Generator) -> tuple[Any, ...]:
        powers = [rng.uniform(np.log10(low), np.log10(high), size=shape) for shape in shapes]
        return tuple(np.asarray(centre + 10.0**p * rng.choice([-1.0, 1.0], size=np.shape(p))) for p in powers)

    return sampled


def small(low: float, high: float, *shapes: Shape) -> Sampler:
    """As `sized`, all of them positive."""
    both = sized(low, high, *shapes)
    return lambda rng: tuple(np.abs(x) for x in both(rng))


def mixed(*columns: Sampler) -> Sampler:
    """The arguments of several samplers, one after another."""
    return lambda rng: tuple(x for column in columns for x in column(rng))


def spread(*parts: Sampler) -> Sampler:
    """One vector: the vectors of several samplers, joined and shuffled."""

    def sampled(rng: np.random.Generator) -> tuple[Any, ...]:
        return (rng.permutation(np.concatenate([x for part in parts for x in part(rng)])),)

    return sampled


def at_least(distance: float, sampler: Sampler, places: Sequence[float] = (0.0,)) -> Sampler:
    """The arguments of `sampler`, drawn again until every element keeps that distance from all `places`."""

    def sampled(rng: np.random.Generator) -> tuple[Any, ...]:
        while True:
            args = sampler(rng)
            if all(np.all(np.abs(x - place) >= distance) for x in args for place in places):
                return args

    return sampled


def distinct(size: int, gap: float = 0.1) -> Sampler:
    """A vector whose elements keep a distance of at least `gap` from each other, in any order."""

    def sampled(rng: np.random.Generator) -> tuple[Any, ...]:
        steps = gap + rng.uniform(0.0, 1.0, size=size)
        return (rng.permutation(np.cumsum(steps) - steps.sum() / 2),)

    return sampled


def cast(sampler: Sampler, dtype: Any) -> Sampler:
    """The arguments of `sampler` in another dtype."""
    return lambda rng: tuple(x.astype(dtype) for x in sampler(rng))


def complex_normal(*shapes: Shape) -> Sampler:
    """Complex arrays whose parts are from a normal distribution."""
    parts = normal(*(shape for shape in shapes for _ in range(2)))

    def sampled(rng: np.random.Generator) -> tuple[Any, ...]:
        found = parts(rng)
        return tuple(np.asarray(a + 1j * b) for a, b in zip(found[::2], found[1::2], strict=True))

    return sampled


__all__ = [
    "Shape",
    "at_least",
    "cast",
    "complex_normal",
    "distinct",
    "mixed",
    "normal",
    "sized",
    "small",
    "spread",
    "uniform",
]
