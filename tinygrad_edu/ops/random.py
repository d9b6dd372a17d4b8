"""The chapter of random numbers: what a NumPy generator draws, as a row that a program draws anew.

In a function that is compiled, numbers drawn by `rng.normal(…)` itself would be those of the first call for
ever.  The functions here take the generator as their first argument, and then what NumPy's method of the
same name takes.  They draw the same numbers from the same stream, and each call of a program draws on:

>>> rng, same = np.random.default_rng(0), np.random.default_rng(0)
>>> bool(normal(rng, 5.0, 2.0) == same.normal(5.0, 2.0))
True

Means, scales and bounds are data: they may be Values, and have gradients, since what is drawn is moved and
stretched (D. Kingma and M. Welling, "Auto-encoding variational Bayes", 2013).  A result is a Value if one
of the data is.

>>> scale = Value(2.0)
>>> x = normal(rng, 0.0, scale)
>>> x.backward()
>>> bool(scale.grad == x.data / 2.0)
True
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ..engine import Value
from ..kinds import general, shape_of
from ..tracing import TRACE
from .comparison import less
from .index import pick
from .shape import along

Size = int | tuple[int, ...] | None
"""A shape; None for that of the data."""


def _draw(_clock: Any, *data: Any, rng: Any, method: str, names: tuple[str, ...] = (), **settings: Any) -> Any:
    return getattr(rng, method)(**dict(zip(names, data, strict=True)), **settings)


draw = general(_draw, None, None, None, name="draw", doc="what a method of a generator draws, anew each time")

DRAWS = {draw.name}
"""The rows that draw: they are never left out, done once for several, or moved past one another."""


def drawn(called: str, rng: Any, method: str, *data: Any, names: tuple[str, ...] = (), **settings: Any) -> Any:
    """What `rng.method(**data, **settings)` draws.  It is recorded if a function is traced."""
    rng = source(rng, called)
    if (trace := TRACE.get()) is None:
        return draw(0.0, *data, rng=rng, method=method, names=names, **settings)
    if not alike(trace.drawn.get(id(rng)), rng.bit_generator.state):
        raise TypeError(
            f"a generator drew numbers by itself inside a compiled function, before te.random.{called}; they would be "
            f"frozen as they are in this call; draw them with te.random: te.random.normal(rng, …) for rng.normal(…)"
        )
    out = draw(trace.clock, *data, rng=rng, method=method, names=names, **settings)
    trace.kept.append(out)
    trace.drawn[id(rng)] = rng.bit_generator.state
    return out


def source(rng: Any, called: str) -> Any:
    """The generator, which is not made anew from a seed."""
    if not isinstance(rng, np.random.Generator):
        given = f"the seed {rng!r}" if isinstance(rng, int | np.integer) else f"a {type(rng).__name__}"
        raise TypeError(
            f"te.random.{called} takes a numpy.random.Generator, not {given}, which would draw the same each time; "
            "make one generator, rng = np.random.default_rng(0), and pass it on"
        )
    return rng


def alike(before: Any, now: Any) -> bool:
    """Whether a generator is in the state that was noted; None if none was."""
    if isinstance(before, dict):
        return before.keys() == now.keys() and all(alike(before[key], now[key]) for key in before)
    return before is None or np.array_equal(before, now)


def sized(called: str, size: Size, *data: Any) -> Any:
    """The shape to draw in: the one given, to which the data must stretch, or that of the data together."""
    together = np.broadcast_shapes(*map(shape_of, data))
    if size is None:
        return together or None
    shape = tuple(map(operator.index, size)) if isinstance(size, tuple | list) else (operator.index(size),)
    try:
        fits = np.broadcast_shapes(together, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"te.random.{called}(size={size}) does not fit its arguments, of shape {together} together")
    return shape


# ---- floating point numbers --------------------------------------------------------------------------


def random(rng: Any, size: Size = None, dtype: Any = np.float64) -> Any:
    """Numbers from [0, 1), all equally likely: `rng.random(size, dtype)`.

    >>> random(np.random.default_rng(0), (2, 3), np.float32).dtype
    dtype('float32')

    `rng` is a `numpy.random.Generator`, here and below; TypeError for anything else.
    """
    return drawn("random", rng, "random", size=size, dtype=dtype)


def uniform(rng: Any, low: Any = 0.0, high: Any = 1.0, size: Size = None, dtype: Any = np.float64) -> Any:
    """Numbers from [low, high): `rng.uniform(low, high, size)`, differentiable in both bounds.

    >>> bool(uniform(np.random.default_rng(0), 1.0, 3.0) == np.random.default_rng(0).uniform(1.0, 3.0))
    True

    Raises ValueError if `size` is not a shape to which the bounds stretch; so do the others.
    """
    return low + (high - low) * drawn("uniform", rng, "random", size=sized("uniform", size, low, high), dtype=dtype)


def standard_normal(rng: Any, size: Size = None, dtype: Any = np.float64) -> Any:
    """Normal numbers of mean 0 and standard deviation 1: `rng.standard_normal(size, dtype)`.

    >>> standard_normal(np.random.default_rng(0), 4).shape
    (4,)
    """
    return drawn("standard_normal", rng, "standard_normal", size=size, dtype=dtype)


def normal(rng: Any, loc: Any = 0.0, scale: Any = 1.0, size: Size = None, dtype: Any = np.float64) -> Any:
    """Normal numbers: `rng.normal(loc, scale, size)`, differentiable in mean and standard deviation.

    >>> loc = Value([0.0, 10.0])
    >>> x = normal(np.random.default_rng(0), loc, 0.1, size=(3, 2))
    >>> x.sum().backward()
    >>> loc.grad.tolist()
    [3.0, 3.0]
    """
    size = sized("normal", size, loc, scale)
    return loc + scale * drawn("normal", rng, "standard_normal", size=size, dtype=dtype)


def exponential(rng: Any, scale: Any = 1.0, size: Size = None, dtype: Any = np.float64) -> Any:
    """Waiting times of mean `scale`: `rng.exponential(scale, size)`, differentiable in it.

    >>> bool(exponential(np.random.default_rng(0), 2.0) == np.random.default_rng(0).exponential(2.0))
    True
    """
    size = sized("exponential", size, scale)
    return scale * drawn("exponential", rng, "standard_exponential", size=size, dtype=dtype)


# ---- choices, without a derivative -------------------------------------------------------------------


def bernoulli(rng: Any, p: Any = 0.5, size: Size = None, dtype: Any = np.float64) -> Any:
    """True with probability `p`: `rng.random(size, dtype) < p`.  A mask, for `np.where`.

    >>> bernoulli(np.random.default_rng(0), 0.5, 4).tolist()
    [False, True, True, True]
    """
    return less(drawn("bernoulli", rng, "random", size=sized("bernoulli", size, p), dtype=dtype), p)


def integers(
    rng: Any, low: Any, high: Any = None, size: Size = None, dtype: Any = np.int64, endpoint: bool = False
) -> Any:
    """Whole numbers from `low` to `high` (not included unless `endpoint`), or from 0 to `low`: `rng.integers`.

    >>> integers(np.random.default_rng(0), 10, size=3).tolist()
    [8, 6, 5]
    """
    low, high = (0, low) if high is None else (low, high)
    settings = {"size": size, "dtype": dtype, "endpoint": endpoint}
    return drawn("integers", rng, "integers", low, high, names=("low", "high"), **settings)


def permutation(rng: Any, x: Any, axis: int = 0) -> Any:
    """The elements of `x` along an axis in a random order, or the numbers below an integer: `rng.permutation(x)`.

    >>> permutation(np.random.default_rng(0), 4).tolist()
    [2, 0, 1, 3]
    """
    x, n = counted(x, axis)
    order = drawn("permutation", rng, "permutation", x=n)
    return order if x is None else taken(x, order, axis)


def choice(
    rng: Any, a: Any, size: Size = None, replace: bool = True, p: Any = None, axis: int = 0, shuffle: bool = True
) -> Any:
    """Elements of `a` along an axis, or of the numbers below an integer, with probabilities `p`: `rng.choice`.

    >>> choice(np.random.default_rng(0), Value([1.0, 2.0, 4.0]), 4).tolist()
    [4.0, 2.0, 2.0, 1.0]
    """
    a, n = counted(a, axis)
    data, names = ((), ()) if p is None else ((p,), ("p",))
    settings = {"a": n, "size": size, "replace": replace, "shuffle": shuffle}
    places = drawn("choice", rng, "choice", *data, names=names, **settings)
    return places if a is None else taken(a, places, axis)


def counted(x: Any, axis: int) -> tuple[Any, int]:
    """An array and its length along an axis; None and the number itself for an integer."""
    if not isinstance(x, Value | np.ndarray | list | tuple):
        return None, operator.index(x)
    x = x if isinstance(x, Value) else np.asarray(x)
    if not x.shape:
        raise TypeError(
            "te.random draws from an array, or from the numbers below a plain integer, not from a single Value"
        )
    return x, x.shape[axis]


def taken(x: Any, places: Any, axis: int) -> Any:
    """The elements at some places of an axis."""
    return pick(x, along(axis, places))


__all__ = [
    "bernoulli", "choice", "exponential", "integers", "normal", "permutation", "random", "standard_normal", "uniform",
]  # fmt: skip
