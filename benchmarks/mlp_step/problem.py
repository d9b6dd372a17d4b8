"""What every engine is given: the sizes, the batch, the initial weights and Adam's settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from tinygrad_edu import nn

BETA1, BETA2, EPS = 0.9, 0.999, 1e-8

Array = np.ndarray[Any, Any]
Step = Callable[[], Any]  # one training step; returns the loss before it, or something float() takes


@dataclass(frozen=True)
class Problem:
    """A network with rectifiers between its layers, of the given sizes; how many rows are in the batch; Adam's rate."""

    sizes: tuple[int, ...]
    batch: int
    lr: float = 1e-3

    def __str__(self) -> str:
        return f"{'-'.join(map(str, self.sizes))}, batch {self.batch}"

    @property
    def layers(self) -> list[tuple[int, int]]:
        """The numbers of inputs and outputs of each layer."""
        return list(pairwise(self.sizes))

    def data(self) -> tuple[Array, Array]:
        """The batch: rows and their classes."""
        rng = np.random.default_rng(0)
        rows = rng.normal(size=(self.batch, self.sizes[0])).astype(np.float32)
        return rows, rng.integers(0, self.sizes[-1], self.batch)

    def initial_weights(self) -> list[Array]:
        """Weight and bias of each layer in turn, as this library draws them."""
        return [np.array(p.data) for p in nn.MLP(self.sizes, rng=0).parameters()]

    def empty(self, columns: int, dtype: Any = np.float32) -> Array:
        """Memory for `columns` numbers of each row of the batch."""
        return np.empty((self.batch, columns), dtype)


def losses(step: Step, steps: int) -> list[float]:
    """The losses of the next steps."""
    return [float(step()) for _ in range(steps)]
