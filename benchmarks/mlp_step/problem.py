"""What every engine is given: the sizes, the batch, the initial weights and Adam's settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu import nn

SIZES = (64, 64, 64, 10)
BATCH = 32
LR, BETA1, BETA2, EPS = 1e-3, 0.9, 0.999, 1e-8

Array = np.ndarray[Any, Any]
Step = Callable[[], Any]  # one training step; returns the loss before it, or something float() takes


def data() -> tuple[Array, Array]:
    """The batch: rows and their classes."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(BATCH, SIZES[0])).astype(np.float32), rng.integers(0, SIZES[-1], BATCH)


def initial_weights() -> list[Array]:
    """Weight and bias of each layer in turn, as this library draws them."""
    return [np.array(p.data) for p in nn.MLP(SIZES, rng=0).parameters()]


def losses(step: Step, steps: int) -> list[float]:
    """The losses of the next steps."""
    return [float(step()) for _ in range(steps)]
