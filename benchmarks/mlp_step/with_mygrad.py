"""MyGrad for the gradients; it has no optimisers, so Adam by hand for the update."""

from __future__ import annotations

from typing import Any

import mygrad

from .flat_adam import FlatAdam
from .problem import Problem, Step


def make(problem: Problem) -> Step:
    x, labels = problem.data()
    adam = FlatAdam(problem.initial_weights(), problem.lr)
    weights = [mygrad.tensor(w, copy=False) for w in adam.weights]

    def step() -> Any:
        h = x
        for w, b in zip(weights[:-2:2], weights[1:-2:2], strict=True):
            h = mygrad.nnet.relu(h @ w + b)
        loss = mygrad.nnet.softmax_crossentropy(h @ weights[-2] + weights[-1], labels)
        loss.backward()
        for w, g in zip(weights, adam.gradients, strict=True):
            g[...] = w.grad
            w.null_grad()
        adam.step()
        return loss.item()

    return step
