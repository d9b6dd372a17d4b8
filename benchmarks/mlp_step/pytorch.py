"""PyTorch, eager, as its tutorials write a training step."""

from __future__ import annotations

from typing import Any

import torch

from .problem import Problem, Step


def make(problem: Problem, fused: bool, threads: int) -> Step:
    torch.set_num_threads(threads)
    x, labels = map(torch.from_numpy, problem.data())
    parts: list[Any] = []
    for fan_in, fan_out in problem.layers:
        parts += [torch.nn.Linear(fan_in, fan_out), torch.nn.ReLU()]
    model = torch.nn.Sequential(*parts[:-1])
    with torch.no_grad():
        for p, w in zip(model.parameters(), problem.initial_weights(), strict=True):
            p.copy_(torch.from_numpy(w.T))  # torch keeps a weight as (fan_out, fan_in)
    loss_of = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=problem.lr, **({"fused": True} if fused else {}))

    def step() -> Any:
        loss = loss_of(model(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step
