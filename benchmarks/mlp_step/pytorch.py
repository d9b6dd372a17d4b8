"""PyTorch, eager, as its tutorials write a training step."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch

from .problem import LR, SIZES, Step, data, initial_weights


def make(fused: bool, threads: int) -> Step:
    torch.set_num_threads(threads)
    x, labels = map(torch.from_numpy, data())
    parts: list[Any] = []
    for fan_in, fan_out in pairwise(SIZES):
        parts += [torch.nn.Linear(fan_in, fan_out), torch.nn.ReLU()]
    model = torch.nn.Sequential(*parts[:-1])
    with torch.no_grad():
        for p, w in zip(model.parameters(), initial_weights(), strict=True):
            p.copy_(torch.from_numpy(w.T.copy()))  # torch keeps a weight as (fan_out, fan_in)
    loss_of = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=LR, **({"fused": True} if fused else {}))

    def step() -> Any:
        loss = loss_of(model(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step
