"""Functions of tensors that remember their gradients as Subjects: anything with data, grad and backward(u).

`Tensor(x)` is a leaf, `y.backward(u)` adds to the `grad` of each leaf, and a `grad` that stayed None or 0
means no dependence.  So it is in MyGrad, and in many an engine that was written to learn from.  Reverse
mode, first order.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..subject import Subject, is_variable
from .means import Means, Run, plain_number, subject_of


def in_tensors(f: Callable[..., Any], Tensor: Callable[[Any], Any]) -> Subject:
    """The Subject of a function of tensors, each made by `Tensor` of a number or an array.

    `backward` takes the cotangent, in the shape of the tensor.  Every variable of the result is walked
    back from in a run of its own, on fresh leaves.

    >>> from tinygrad_edu import Value
    >>> product = in_tensors(lambda x, y: x * y, Value)
    >>> product.vjp((np.array([1.0, 2.0]), 3.0), [np.array([1.0, 0.5])])
    [array([3. , 1.5]), 2.0]
    """
    means = Means(partial(value, Tensor), partial(reverse, Tensor), again=False, plain=plain, varies=varies)
    return subject_of(f, means, "in_tensors")


def value(Tensor: Callable[[Any], Any], run: Run, xs: list[Any]) -> list[Any]:
    """The variables of the result."""
    return run([Tensor(x) for x in xs])


def reverse(Tensor: Callable[[Any], Any], run: Run, xs: list[Any], us: list[Any]) -> list[Any]:
    """The gradient of each variable: the sum of those that come from each variable of the result."""
    totals: list[Any] = [None for _ in xs]
    for k, u in enumerate(us):
        inputs = [Tensor(x) for x in xs]
        y = run(inputs)[k]
        if hasattr(y, "backward"):
            y.backward(u)
            totals = [added(total, x.grad) for total, x in zip(totals, inputs, strict=True)]
    return [np.zeros_like(x) if total is None else total for total, x in zip(totals, xs, strict=True)]


def added(total: Any, grad: Any) -> Any:
    """A sum of gradients, in which a `grad` that nobody has added to does not count."""
    untouched = grad is None or (isinstance(grad, int | float) and grad == 0)
    return total if untouched else plain(grad) if total is None else total + plain(grad)


def plain(x: Any) -> Any:
    """A copy of the data of a tensor, or of what is plain already."""
    return plain_number(x.data if hasattr(x, "backward") else x)


def varies(x: Any) -> bool:
    """Whether a leaf of a result is in floating point."""
    return is_variable(x) or (hasattr(x, "backward") and np.asarray(x.data).dtype.kind in "fc")


__all__ = ["in_tensors"]
