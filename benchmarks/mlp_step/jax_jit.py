"""JAX: the whole step, Adam included, as one compiled function that reuses its arguments' memory."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from .problem import BETA1, BETA2, EPS, Problem, Step


def loss_of(weights: list[Any], x: Any, labels: Any) -> Any:
    h = x
    for w, b in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        h = jax.nn.relu(h @ w + b)
    logits = h @ weights[-2] + weights[-1]
    return -jnp.mean(jax.nn.log_softmax(logits)[jnp.arange(len(labels)), labels])


def update(weights: list[Any], mean: list[Any], square: list[Any], t: Any, x: Any, labels: Any, lr: float) -> Any:
    loss, grads = jax.value_and_grad(loss_of)(weights, x, labels)
    mean = [BETA1 * m + (1.0 - BETA1) * g for m, g in zip(mean, grads, strict=True)]
    square = [BETA2 * s + (1.0 - BETA2) * g * g for s, g in zip(square, grads, strict=True)]
    weights = [
        w - lr * (m / (1.0 - BETA1**t)) / (jnp.sqrt(s / (1.0 - BETA2**t)) + EPS)
        for w, m, s in zip(weights, mean, square, strict=True)
    ]
    return loss, weights, mean, square, t + 1.0


def make(problem: Problem) -> Step:
    batch = list(map(jnp.asarray, problem.data()))
    compiled = jax.jit(partial(update, lr=problem.lr), donate_argnums=(0, 1, 2, 3))
    weights = list(map(jnp.asarray, problem.initial_weights()))
    state = [weights, [jnp.zeros_like(w) for w in weights], [jnp.zeros_like(w) for w in weights], jnp.float32(1.0)]

    def step() -> Any:
        loss, *state[:] = compiled(*state, *batch)
        return jax.block_until_ready(loss)

    return step
