"""This library, eager or compiled."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_edu as te

from .problem import Program, options, price


def total(*option: Any) -> tuple[Any, Any]:
    """The sum of all prices, to be differentiated, and the prices."""
    prices = price(np, te.erf, *option)
    return prices.sum(), prices


def greeks(spot: Any, *others: Any) -> tuple[Any, ...]:
    def total_delta(spot: Any) -> tuple[Any, Any]:
        first = te.value_and_grad(total, argnums=(0, 2, 3, 4), has_aux=True)
        (_, prices), (delta, slope, rho, vega) = first(spot, *others)
        return delta.sum(), (prices, delta, vega, -slope, rho)

    gamma, (prices, delta, vega, theta, rho) = te.grad(total_delta, has_aux=True)(spot)
    return prices, delta, gamma, vega, theta, rho


def make(n: int, compiled: bool) -> Program:
    data = options(n)
    f = te.compile(greeks, threads=2) if compiled else greeks
    return lambda: f(*data)
