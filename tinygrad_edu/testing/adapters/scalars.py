"""Functions of scalars that remember their gradients as Subjects: micrograd, and the many classes after it.

A scalar has `data`, `grad` and `backward()`; more is not asked of it.  `backward` takes no cotangent, so
there is a run for each element of the result, on fresh leaves, and what it found is weighted.  Thus nothing
rests on the engine's own + and *.  Reverse mode, first order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..subject import Array, Subject, is_variable
from .means import Means, Run, plain_number, spelling_of, subject_of


def in_scalars(f: Callable[..., Any], Value: Callable[[Any], Any]) -> Subject:
    """The Subject of a function of scalars, each made by `Value` of one Python number.

    `f` takes a scalar for a number, and for an array an array of dtype object with a scalar in each
    place; NumPy's operators, `sum`, `dot` and the like act on those.  It returns a scalar, an array of
    them, or a container of either.  Gradients come in the dtypes of the arguments.

    >>> from tinygrad_edu import Value
    >>> norm = in_scalars(lambda x, s: (x * x).sum() * s, Value)
    >>> norm.vjp((np.array([1.0, 2.0]), 3.0), [1.0])
    [array([ 6., 12.]), 5.0]
    """
    means = Means(partial(value, Value), partial(reverse, Value), again=False, plain=plain, varies=varies)
    maker = getattr(Value, "__name__", type(Value).__name__)
    return replace(subject_of(f, means, "in_scalars"), spelled=f"in_scalars({spelling_of(f)}, {maker})")


def value(Value: Callable[[Any], Any], run: Run, xs: list[Any]) -> list[Any]:
    """The variables of the result."""
    return run([scalars_of(Value, x) for x in xs])


def reverse(Value: Callable[[Any], Any], run: Run, xs: list[Any], us: list[Any]) -> list[Any]:
    """The gradient of each variable; elements of the result with the cotangent 0 are left out."""
    totals = [np.zeros_like(np.asarray(x)) for x in xs]
    for k, u in enumerate(us):
        weights = np.asarray(u)
        for place in map(tuple, np.argwhere(weights)):
            inputs = [scalars_of(Value, x) for x in xs]
            y = run(inputs)[k]
            y = y[place] if isinstance(y, np.ndarray) else y
            if is_scalar(y):
                y.backward()
                for total, x in zip(totals, inputs, strict=True):
                    total += weights[place] * grads_of(x).astype(total.dtype)
    return totals


def scalars_of(Value: Callable[[Any], Any], x: Any) -> Any:
    """A scalar for a number, an array of scalars for an array."""
    array = np.asarray(x)
    if not array.ndim:
        return Value(array.item())
    made = np.empty(array.shape, dtype=object)
    for place in np.ndindex(array.shape):
        made[place] = Value(array[place].item())
    return made


def grads_of(x: Any) -> Array:
    """What the scalars of a variable remember; None means no dependence."""
    grads = [0.0 if scalar.grad is None else scalar.grad for scalar in elements(x)]
    return np.array(grads, dtype=np.result_type(float, *grads)).reshape(shape_of(x))


def elements(x: Any) -> list[Any]:
    """One scalar, or all of an array."""
    return x.ravel().tolist() if isinstance(x, np.ndarray) else [x]


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of an array; of a scalar ()."""
    return x.shape if isinstance(x, np.ndarray) else ()


def is_scalar(x: Any) -> bool:
    """Whether something is a scalar of the engine."""
    return hasattr(x, "backward")


def is_in_scalars(x: Any) -> bool:
    """Whether a leaf of a result is a scalar, or an array of scalars, among which there may be numbers."""
    if isinstance(x, np.ndarray) and x.dtype == object:
        return all(is_scalar(part) or isinstance(part, int | float | complex) for part in elements(x))
    return is_scalar(x)


def plain(x: Any) -> Any:
    """The data of scalars, in double precision, or what is plain already."""
    if not is_in_scalars(x):
        return plain_number(x)
    data = [part.data if is_scalar(part) else part for part in elements(x)]
    return plain_number(np.array(data, dtype=np.result_type(float, *data)).reshape(shape_of(x)))


def varies(x: Any) -> bool:
    """Whether a leaf of a result is in floating point: all scalars are, also where `data` is an int."""
    return is_variable(x) or is_in_scalars(x)


__all__ = ["in_scalars"]
