"""Initial weights: random numbers whose spread keeps signals alike in size from layer to layer.

Every function takes the shape `(fan_in, fan_out)` of a weight, a source of randomness and a dtype.
With forward signals in mind the variance of a weight should be about 1 / fan_in; with backward ones,
1 / fan_out.  Nothing here uses a global random state.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..checks import Rng, generator

Array = np.ndarray[Any, Any]
Initialiser = Callable[[tuple[int, ...], Rng, Any], Array]


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """`(fan_in, fan_out)` of a weight: how many inputs feed an output, and how many outputs an input.

    Raises ValueError unless `shape` has two axes of at least 1."""
    if len(shape) != 2 or min(shape) < 1:
        raise ValueError(f"a weight to initialise has the shape (fan_in, fan_out), each at least 1, not {shape}")
    return shape[0], shape[1]


def floating(dtype: Any) -> np.dtype[Any]:
    """`dtype` as a floating point dtype; raises TypeError if it is not one."""
    found: np.dtype[Any] = np.dtype(dtype)
    if found.kind != "f":
        raise TypeError(f"parameters are floating point numbers, so dtype={found} will not do; use np.float32")
    return found


def uniform(shape: tuple[int, ...], rng: Rng, dtype: Any, variance: float) -> Array:
    """Numbers drawn evenly from −√(3 · variance) to √(3 · variance)."""
    bound = math.sqrt(3.0 * variance)
    return generator(rng).uniform(-bound, bound, shape).astype(floating(dtype))


def normal(shape: tuple[int, ...], rng: Rng, dtype: Any, variance: float) -> Array:
    """Numbers drawn from the normal distribution of mean 0."""
    return generator(rng).normal(0.0, math.sqrt(variance), shape).astype(floating(dtype))


def xavier_uniform(shape: tuple[int, ...], rng: Rng, dtype: Any = np.float32) -> Array:
    """Uniform with variance 2 / (fan_in + fan_out), for tanh and its kin.

    Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks",
    equation 16.

    >>> bool(abs(xavier_uniform((30, 20), rng=0)).max() <= math.sqrt(6 / 50))
    True

    Raises ValueError if `shape` is not (fan_in, fan_out), TypeError if `dtype` is not floating point.
    """
    return uniform(shape, rng, dtype, 2.0 / sum(fans(shape)))


def xavier_normal(shape: tuple[int, ...], rng: Rng, dtype: Any = np.float32) -> Array:
    """Normal with variance 2 / (fan_in + fan_out): Glorot & Bengio 2010, equation 12.

    >>> xavier_normal((3, 2), rng=0).shape
    (3, 2)

    Raises as `xavier_uniform` does.
    """
    return normal(shape, rng, dtype, 2.0 / sum(fans(shape)))


def he_uniform(shape: tuple[int, ...], rng: Rng, dtype: Any = np.float32) -> Array:
    """Uniform with variance 2 / fan_in, for rectifiers, which let half of the signal through.

    He et al. 2015, "Delving deep into rectifiers", equation 10, with a uniform distribution.

    >>> bool(abs(he_uniform((30, 20), rng=0)).max() <= math.sqrt(6 / 30))
    True

    Raises as `xavier_uniform` does.
    """
    return uniform(shape, rng, dtype, 2.0 / fans(shape)[0])


def he_normal(shape: tuple[int, ...], rng: Rng, dtype: Any = np.float32) -> Array:
    """Normal with variance 2 / fan_in, for rectifiers: He et al. 2015, equation 10.

    >>> he_normal((3, 2), rng=0).dtype
    dtype('float32')

    Raises as `xavier_uniform` does.
    """
    return normal(shape, rng, dtype, 2.0 / fans(shape)[0])


def zeros(shape: tuple[int, ...], rng: Rng = 0, dtype: Any = np.float32) -> Array:
    """Zeros in any shape, for biases; `rng` is not used.

    As weights they would leave all neurons of a layer alike for ever.

    >>> zeros((3,)).tolist()
    [0.0, 0.0, 0.0]
    """
    del rng
    return np.zeros(shape, floating(dtype))
