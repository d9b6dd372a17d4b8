"""Only the matrix products of a training step, and Adam: a floor for whatever computes with NumPy.

There are no biases, rectifiers or loss.  The gradient in the logits is the logits themselves, as for
half the sum of their squares, so that the numbers stay ordinary ones while the weights move.
"""

from __future__ import annotations

import numpy as np

from .flat_adam import FlatAdam
from .problem import Problem, Step


def make(problem: Problem) -> Step:
    x, _ = problem.data()
    adam = FlatAdam(problem.initial_weights()[::2], problem.lr)
    *outs, logits = [problem.empty(n) for n in problem.sizes[1:]]
    grads = [problem.empty(n) for n in problem.sizes[1:-1]]
    forward = list(zip([x, *outs], adam.weights, [*outs, logits], strict=True))
    upper = list(zip(outs, grads, adam.weights[1:], adam.gradients[1:], [*grads[1:], logits], strict=True))[::-1]

    def step() -> None:
        for h, w, out in forward:
            np.matmul(h, w, out=out)
        for h, grad_h, w, grad_w, g in upper:
            np.matmul(h.T, g, out=grad_w)
            np.matmul(g, w.T, out=grad_h)
        np.matmul(x.T, grads[0], out=adam.gradients[0])
        adam.step()

    return step
