"""What every engine is given: the formula, and many options."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Program = Callable[[], tuple[Any, ...]]  # returns what `GREEKS` lists, an array each

GREEKS = ("price", "delta", "gamma", "vega", "theta", "rho")


def price(np: Any, erf: Any, spot: Any, strike: Any, time: Any, rate: Any, sigma: Any) -> Any:
    """What a European call is worth (Black & Scholes 1973), with the engine's NumPy and error function."""

    def probability(x: Any) -> Any:
        return 0.5 * (1.0 + erf(x * math.sqrt(0.5)))

    spread = sigma * np.sqrt(time)
    d1 = (np.log(spot / strike) + (rate + 0.5 * sigma * sigma) * time) / spread
    return spot * probability(d1) - strike * np.exp(-rate * time) * probability(d1 - spread)


def options(n: int) -> list[Array]:
    """Spot, strike, time to expiry in years, rate and volatility of n options, in float32."""
    rng = np.random.default_rng(0)
    bounds = ((80.0, 120.0), (80.0, 120.0), (0.1, 2.0), (0.0, 0.05), (0.1, 0.5))
    return [rng.uniform(low, high, n).astype(np.float32) for low, high in bounds]
