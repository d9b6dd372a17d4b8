"""Adam by hand, over one flat array, in place: for NumPy by hand and for MyGrad."""

from __future__ import annotations

import numpy as np

from .problem import BETA1, BETA2, EPS, Array

BLOCK = 1 << 15
"""How many weights are updated at a time: few enough that what belongs to them stays in the cache."""


class FlatAdam:
    """Adam over one flat array, block by block; `weights` are views of it, `gradients` of another."""

    def __init__(self, weights: list[Array], lr: float) -> None:
        flat = np.concatenate([w.ravel() for w in weights])
        gradient, mean, square = (np.zeros_like(flat) for _ in range(3))
        work = np.empty(min(flat.size, BLOCK), flat.dtype)
        self.weights, self.gradients, stop = [], [], 0
        for w in weights:
            start, stop = stop, stop + w.size
            self.weights.append(flat[start:stop].reshape(w.shape))
            self.gradients.append(gradient[start:stop].reshape(w.shape))
        self.blocks = []
        for start in range(0, flat.size, BLOCK):
            w, g, m, s = (array[start : start + BLOCK] for array in (flat, gradient, mean, square))
            self.blocks.append((w, g, m, s, work[: w.size]))
        self.lr, self.steps = lr, 0

    def step(self) -> None:
        self.steps += 1
        spread = (1.0 - BETA2**self.steps) ** -0.5
        rate = self.lr / (1.0 - BETA1**self.steps)
        for w, g, mean, square, work in self.blocks:
            mean *= BETA1
            np.multiply(g, 1.0 - BETA1, out=work)
            mean += work
            square *= BETA2
            np.multiply(g, g, out=work)
            work *= 1.0 - BETA2
            square += work
            np.sqrt(square, out=work)
            work *= spread
            work += EPS
            np.divide(mean, work, out=work)
            work *= rate
            w -= work
