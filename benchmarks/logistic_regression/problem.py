"""What every engine is given: the loss, rows and their classes, the weights, and a direction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Program = Callable[[], Any]  # returns the product or the Hessian


def loss(np: Any, w: Any, X: Any, t: Any) -> Any:
    """The mean of −log σ(t · Xw), with the engine's NumPy; the classes t are −1 and 1."""
    return np.mean(np.logaddexp(0.0, -t * (X @ w)))


@dataclass(frozen=True)
class Problem:
    """How many rows and how many features."""

    rows: int
    features: int

    def data(self) -> tuple[Array, Array, Array, Array]:
        """The weights w, a direction v, the rows X and their classes t, in float32."""
        rng = np.random.default_rng(0)
        X = rng.normal(size=(self.rows, self.features))
        w, v = 0.3 * rng.normal(size=self.features), rng.normal(size=self.features)
        t = np.sign(X @ w + rng.normal(size=self.rows))
        w, v, X, t = (array.astype(np.float32) for array in (w, v, X, t))
        return w, v, X, t
