"""JAX: one compiled function each."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from .problem import Problem, Program, loss


def product(w: Any, v: Any, X: Any, t: Any) -> Any:
    return jax.jvp(jax.grad(lambda w: loss(jnp, w, X, t)), (w,), (v,))[1]


def hessian(w: Any, v: Any, X: Any, t: Any) -> Any:  # noqa: ARG001
    return jax.hessian(lambda w: loss(jnp, w, X, t))(w)


def make(problem: Problem, what: str) -> Program:
    data = list(map(jnp.asarray, problem.data()))
    f = jax.jit({"product": product, "hessian": hessian}[what])
    return lambda: jax.block_until_ready(f(*data))
