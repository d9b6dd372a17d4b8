"""This library, as its documentation writes a training step, eager or compiled."""

from __future__ import annotations

from typing import Any

import tinygrad_edu as te
from tinygrad_edu import nn, optim

from .problem import Problem, Step


def make(problem: Problem, compiled: bool) -> Step:
    batch = problem.data()
    model = nn.MLP(problem.sizes, rng=0)
    optimizer = optim.Adam(model.parameters(), lr=problem.lr)

    def step(x: Any, labels: Any) -> Any:
        loss = nn.cross_entropy(model(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    if compiled:
        step = te.compile(step)
    return lambda: step(*batch).data
