"""A loss as a function of the parameters of a model, as a Subject.

The loss is written as it is for training, as a function of nothing that uses the parameters; so what is
checked is the very gradient that the optimiser would get.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...engine import Value
from ...payload import plain
from ..subject import Subject


def of_parameters(loss: Callable[[], Value], parameters: Sequence[Value]) -> Subject:
    """The Subject of `loss()` as a function of the numbers in `parameters`, one argument for each.

    Its gradient is what `loss().backward()` leaves in `.grad`.  Numbers and gradients of the parameters are as
    before after each call.

    >>> from tinygrad_edu.testing import check_gradients
    >>> w, b = Value([1.0, -2.0]), Value(0.5)
    >>> subject = of_parameters(lambda: (w**2).sum() * b, [w, b])
    >>> print(check_gradients(subject, w.data, b.data).verdict)
    pass
    """
    leaves = list(parameters)

    @contextmanager
    def holding(args: tuple[Any, ...]) -> Iterator[None]:
        before = [(p, np.array(p.data) if p.shape else p.data, p.grad) for p in leaves]
        try:
            for p, numbers in zip(leaves, args, strict=True):
                p.data, p.grad = numbers, None
            yield
        finally:
            for p, numbers, grad in before:
                p.data, p.grad = numbers, grad

    def value(args: tuple[Any, ...]) -> Any:
        with holding(args):
            return plain(loss().data)

    def vjp(args: tuple[Any, ...], us: list[Any]) -> list[Any]:
        with holding(args):
            loss().backward(us[0])
            return [np.zeros(p.shape, p.dtype)[()] if p.grad is None else np.array(p.grad)[()] for p in leaves]

    names = tuple(p.label or f"parameter {k}" for k, p in enumerate(leaves))
    return Subject("the loss", value, vjp, parameters=names)


__all__ = ["of_parameters"]
