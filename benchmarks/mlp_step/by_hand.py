"""NumPy by hand: gradients derived on paper, every array allocated beforehand, written with `out=`.

What a patient person would write for these networks, and the floor for whatever computes with NumPy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .flat_adam import FlatAdam
from .problem import Problem, Step

ZERO, ONE = np.float32(0.0), np.float32(1.0)


def make(problem: Problem) -> Step:
    x, labels = problem.data()
    adam = FlatAdam(problem.initial_weights(), problem.lr)
    ws, bs, grad_ws, grad_bs = adam.weights[::2], adam.weights[1::2], adam.gradients[::2], adam.gradients[1::2]
    *outs, logits = [problem.empty(n) for n in problem.sizes[1:]]  # what each layer gives
    grads = [problem.empty(n) for n in problem.sizes[1:-1]]  # the gradients in it
    masks = [problem.empty(n, np.bool_) for n in problem.sizes[1:-1]]  # where it is positive
    column, rows, share = problem.empty(1), np.arange(problem.batch), np.float32(1.0 / problem.batch)

    hidden = list(zip([x, *outs[:-1]], ws, bs, outs, strict=False))
    above = zip(outs, grads, masks, ws[1:], grad_ws[1:], grad_bs[1:], [*grads[1:], logits], strict=True)
    upper = [(h, h.T, grad_h, mask, w.T, gw, gb, g) for h, grad_h, mask, w, gw, gb, g in above][::-1]

    def forward() -> None:
        for h, w, b, out in hidden:
            np.matmul(h, w, out=out)
            np.add(out, b, out=out)
            np.maximum(out, ZERO, out=out)
        np.matmul(outs[-1], ws[-1], out=logits)
        np.add(logits, bs[-1], out=logits)

    def loss() -> Any:
        """The mean cross-entropy; `logits` become its gradient in them."""
        np.maximum.reduce(logits, axis=1, keepdims=True, out=column)
        np.subtract(logits, column, out=logits)
        right = logits[rows, labels]
        np.exp(logits, out=logits)
        np.add.reduce(logits, axis=1, keepdims=True, out=column)
        np.divide(logits, column, out=logits)
        logits[rows, labels] -= ONE
        np.multiply(logits, share, out=logits)
        np.log(column, out=column)
        return (np.add.reduce(column, axis=None) - np.add.reduce(right)) * share

    def backward() -> None:
        for h, h_T, grad_h, mask, w_T, grad_w, grad_b, g in upper:
            np.matmul(h_T, g, out=grad_w)
            np.add.reduce(g, axis=0, out=grad_b)
            np.matmul(g, w_T, out=grad_h)
            np.greater(h, ZERO, out=mask)
            np.multiply(grad_h, mask, out=grad_h)
        np.matmul(x.T, grads[0], out=grad_ws[0])
        np.add.reduce(grads[0], axis=0, out=grad_bs[0])

    def step() -> Any:
        forward()
        found = loss()
        backward()
        adam.step()
        return found

    return step
