"""NumPy by hand: gradients derived on paper, every array allocated beforehand, written with `out=`.

What a patient person would write for this one network, and the floor for whatever computes with NumPy.
"""

from __future__ import annotations

import numpy as np

from .flat_adam import FlatAdam
from .problem import BATCH, SIZES, Step, data, initial_weights


def make() -> Step:
    x, labels = data()
    adam = FlatAdam(initial_weights())
    w1, b1, w2, b2, w3, b3 = adam.weights
    gw1, gb1, gw2, gb2, gw3, gb3 = adam.gradients
    h1, h2, g1, g2 = (np.empty((BATCH, 64), np.float32) for _ in range(4))
    on1, on2 = (np.empty((BATCH, 64), np.bool_) for _ in range(2))
    logits = np.empty((BATCH, SIZES[-1]), np.float32)
    column = np.empty((BATCH, 1), np.float32)
    rows = np.arange(BATCH)

    def step() -> float:
        np.matmul(x, w1, out=h1)
        np.add(h1, b1, out=h1)
        np.maximum(h1, 0.0, out=h1)
        np.matmul(h1, w2, out=h2)
        np.add(h2, b2, out=h2)
        np.maximum(h2, 0.0, out=h2)
        np.matmul(h2, w3, out=logits)
        np.add(logits, b3, out=logits)
        np.max(logits, axis=1, keepdims=True, out=column)
        np.subtract(logits, column, out=logits)
        right = logits[rows, labels]
        np.exp(logits, out=logits)
        np.sum(logits, axis=1, keepdims=True, out=column)
        loss = float(np.mean(np.log(column[:, 0]) - right))
        np.divide(logits, column, out=logits)  # from here on the gradient in the logits
        logits[rows, labels] -= 1.0
        np.multiply(logits, 1.0 / BATCH, out=logits)
        np.matmul(h2.T, logits, out=gw3)
        np.sum(logits, axis=0, out=gb3)
        np.matmul(logits, w3.T, out=g2)
        np.greater(h2, 0.0, out=on2)
        np.multiply(g2, on2, out=g2)
        np.matmul(h1.T, g2, out=gw2)
        np.sum(g2, axis=0, out=gb2)
        np.matmul(g2, w2.T, out=g1)
        np.greater(h1, 0.0, out=on1)
        np.multiply(g1, on1, out=g1)
        np.matmul(x.T, g1, out=gw1)
        np.sum(g1, axis=0, out=gb1)
        adam.step()
        return loss

    return step
