"""JAX: one compiled function."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from .problem import Program, options, price


def total(*option: Any) -> tuple[Any, Any]:
    """The sum of all prices, to be differentiated, and the prices."""
    prices = price(jnp, jax.lax.erf, *option)
    return prices.sum(), prices


def greeks(spot: Any, *others: Any) -> tuple[Any, ...]:
    def total_delta(spot: Any) -> tuple[Any, Any]:
        first = jax.value_and_grad(total, argnums=(0, 2, 3, 4), has_aux=True)
        (_, prices), (delta, slope, rho, vega) = first(spot, *others)
        return delta.sum(), (prices, delta, vega, -slope, rho)

    gamma, (prices, delta, vega, theta, rho) = jax.grad(total_delta, has_aux=True)(spot)
    return prices, delta, gamma, vega, theta, rho


def make(n: int) -> Program:
    data = list(map(jnp.asarray, options(n)))
    compiled = jax.jit(greeks)
    return lambda: jax.block_until_ready(compiled(*data))
