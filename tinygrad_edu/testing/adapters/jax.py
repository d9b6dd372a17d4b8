"""Functions of JAX as Subjects; numbers keep their precision, so the 64-bit types are on within each call.

A `jax.custom_vjp` function has no forward mode, which JAX says by a TypeError; here it is NotImplementedError,
as wherever a mode is not offered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import jax
import jax.experimental
import jax.numpy as jnp
import numpy as np

from ..subject import Subject
from .engine import Engine
from .means import Means, Run, subject_of


def in_jax(f: Callable[..., Any]) -> Subject:
    """The Subject of a function of JAX arrays, also one with `jax.custom_vjp`, `jax.custom_jvp` or `jax.jit`.

    >>> square = in_jax(lambda x: x * x)
    >>> square.vjp((3.0,), [1.0]), square.jvp((3.0,), [0.5]), square.pulled([1.0]).vjp((3.0,), [1.0])
    ([6.0], [3.0], [2.0])
    """
    return subject_of(f, MEANS, "in_jax")


def doubles() -> AbstractContextManager[Any]:
    """The context in which float64 is not cut to float32; JAX has moved it from one module to the other."""
    within = jax.enable_x64 if hasattr(jax, "enable_x64") else jax.experimental.enable_x64
    context: AbstractContextManager[Any] = within(True)
    return context


def value(run: Run, xs: list[Any]) -> list[Any]:
    """The variables of the result."""
    return run(entered(xs))


def reverse(run: Run, xs: list[Any], us: list[Any]) -> list[Any]:
    """The gradient of each variable."""
    _, back = jax.vjp(lambda *xs: run(xs), *entered(xs))
    return list(back(entered(us)))


def forward(run: Run, xs: list[Any], ts: list[Any]) -> list[Any]:
    """The tangent of each variable of the result."""
    try:
        found: list[Any] = jax.jvp(lambda *xs: run(xs), tuple(entered(xs)), tuple(entered(ts)))[1]
    except TypeError as error:
        if "custom_vjp" not in str(error):
            raise
        raise NotImplementedError(str(error)) from error
    return found


def entered(xs: Sequence[Any]) -> list[Any]:
    """Numbers and arrays as JAX has them."""
    return [jnp.asarray(x) for x in xs]


def constant(x: Any) -> Any:
    """An array for JAX; numbers and text stay, so that they may be settings of a function such as an axis."""
    return jnp.asarray(x) if isinstance(x, np.ndarray) else x


def array(x: Any) -> Any:
    """NumPy's data as an array of JAX, in the dtype that they have."""
    with doubles():
        return jnp.asarray(x)


MEANS = Means(value, reverse, forward, constant=constant, within=doubles)

ENGINE = Engine("jax", in_jax, jnp, array=array)

__all__ = ["ENGINE", "in_jax"]
