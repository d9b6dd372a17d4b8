"""Adam by hand, over one flat array and without temporary ones: for NumPy by hand and for MyGrad."""

from __future__ import annotations

import numpy as np

from .problem import BETA1, BETA2, EPS, LR, Array


class FlatAdam:
    """Adam over one flat array; `weights` are views of it, `gradients` of another."""

    def __init__(self, weights: list[Array]) -> None:
        self.flat = np.concatenate([w.ravel() for w in weights])
        self.gradient = np.zeros_like(self.flat)
        self.mean, self.square, self.work = (np.zeros_like(self.flat) for _ in range(3))
        self.weights, self.gradients, stop = [], [], 0
        for w in weights:
            start, stop = stop, stop + w.size
            self.weights.append(self.flat[start:stop].reshape(w.shape))
            self.gradients.append(self.gradient[start:stop].reshape(w.shape))
        self.steps = 0

    def step(self) -> None:
        self.steps += 1
        g, work = self.gradient, self.work
        self.mean *= BETA1
        np.multiply(g, 1.0 - BETA1, out=work)
        self.mean += work
        self.square *= BETA2
        np.multiply(g, g, out=work)
        work *= 1.0 - BETA2
        self.square += work
        np.sqrt(self.square, out=work)
        work *= (1.0 - BETA2**self.steps) ** -0.5
        work += EPS
        np.divide(self.mean, work, out=work)
        work *= LR / (1.0 - BETA1**self.steps)
        self.flat -= work
