"""PyTorch, eager."""

from __future__ import annotations

from typing import Any

import torch

from .problem import Program, options, price


def make(n: int, threads: int) -> Program:
    torch.set_num_threads(threads)
    spot, strike, time, rate, sigma = map(torch.from_numpy, options(n))
    inputs = [x.requires_grad_() for x in (spot, time, rate, sigma)]

    def greeks() -> tuple[Any, ...]:
        prices = price(torch, torch.erf, spot, strike, time, rate, sigma)
        delta, slope, rho, vega = torch.autograd.grad(prices.sum(), inputs, create_graph=True)
        (gamma,) = torch.autograd.grad(delta.sum(), spot)
        return tuple(x.detach() for x in (prices, delta, gamma, vega, -slope, rho))

    return greeks
