"""Arguments checked alike by everything in this package: seeds, counts and sizes of noise.

Each function returns its argument in the form the caller needs, or raises with a remedy.
"""

import math
import operator

import numpy as np

Rng = np.random.Generator | int
"""What every `rng` argument takes: a generator, or an integer seed for a new one."""


def generator(rng: Rng) -> np.random.Generator:
    """Return `rng` itself if it is a generator, else a new generator from that seed.

    A generator that is handed in moves on as it is drawn from, so two calls with the same
    generator give different draws, and two calls with the same seed give the same.

    Raises:
        TypeError: `rng` is neither a `numpy.random.Generator` nor an integer.
        ValueError: the seed is negative.

    >>> generator(3).integers(10) == generator(3).integers(10)
    np.True_
    """
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer):
        raise TypeError(
            f"rng must be a numpy.random.Generator or an integer seed, not "
            f"{type(rng).__name__}; pass for example rng=0 or rng=numpy.random.default_rng(0)."
        )
    if rng < 0:
        raise ValueError(f"rng={rng} is not a seed; a seed is 0 or more.")
    return np.random.default_rng(int(rng))


def count(value: int, name: str, least: int) -> int:
    """Return `value` as an int of at least `least`; `name` is what the caller's user called it.

    Raises:
        TypeError: it is not an integer.
        ValueError: it is less than `least`.

    >>> count(5, "batch_size", least=1)
    5
    """
    try:
        whole = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, not {value!r}.") from None
    if whole < least:
        raise ValueError(f"{name}={whole} is too small; it must be {least} or more.")
    return whole


def deviation(value: float, name: str) -> float:
    """Return `value` as the finite standard deviation of some noise, 0 or more.

    Raises:
        ValueError: it is negative, infinite or not a number.

    >>> deviation(0.1, "noise")
    0.1
    """
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{name}={value} is no standard deviation; give a finite number, 0 or more.")
    return float(value)
