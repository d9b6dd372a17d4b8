"""NumPy by hand, and the normal distribution from SciPy: closed formulas, block by block in the cache.

The formulas are those of the textbooks (Hull, Options, Futures, and Other Derivatives, chapter on the
Greek letters); they share nearly everything, so this is a floor that no differentiation reaches.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import ndtr

from .problem import GREEKS, Program, options

BLOCK = 1 << 13


def greeks(spot: Any, strike: Any, time: Any, rate: Any, sigma: Any) -> tuple[Any, ...]:
    root = np.sqrt(time)
    spread = sigma * root
    d1 = (np.log(spot / strike) + (rate + 0.5 * sigma * sigma) * time) / spread
    density = np.exp(-0.5 * d1 * d1) * (1.0 / math.sqrt(2.0 * math.pi))
    delta = ndtr(d1)
    due = strike * np.exp(-rate * time) * ndtr(d1 - spread)  # what is paid at expiry, as of now
    vega = spot * density * root
    theta = -0.5 * vega * sigma / time - rate * due
    return spot * delta - due, delta, density / (spot * spread), vega, theta, time * due


def make(n: int) -> Program:
    data = options(n)
    found = [np.empty(n, np.float32) for _ in GREEKS]

    def all_greeks() -> tuple[Any, ...]:
        for start in range(0, n, BLOCK):
            block = slice(start, start + BLOCK)
            for whole, part in zip(found, greeks(*(x[block] for x in data)), strict=True):
                whole[block] = part
        return tuple(found)

    return all_greeks
