"""Functions of this package as Subjects: of Values, and of everything that takes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...engine import Value
from ...transforms import jvp, vjp
from ..subject import Subject
from .engine import Engine
from .means import Means, Run, plain_number, subject_of


def in_tinygrad(f: Callable[..., Any]) -> Subject:
    """The Subject of a function that `tinygrad_edu.vjp` and `jvp` differentiate; compiled ones are among them.

    Second derivatives are nested calls of the two.

    >>> square = in_tinygrad(lambda x: x * x)
    >>> square.value((3.0,)), square.vjp((3.0,), [1.0]), square.jvp((3.0,), [0.5])
    (9.0, [6.0], [3.0])
    >>> square.pulled([1.0]).vjp((3.0,), [1.0])
    [2.0]
    """
    return subject_of(f, MEANS, "in_tinygrad")


def as_subject(f: Any) -> Subject:
    """A Subject as it is, and any other function as one of this package.

    >>> as_subject(in_tinygrad(np.sin)).spelled, as_subject(np.sin).spelled
    ('in_tinygrad(sin)', 'in_tinygrad(sin)')

    Raises TypeError for what cannot be called.
    """
    if isinstance(f, Subject):
        return f
    if not callable(f):
        raise TypeError(f"a function or a Subject is needed, not a {type(f).__name__}")
    return in_tinygrad(f)


def value(run: Run, xs: list[Any]) -> Sequence[Any]:
    """The variables of the result."""
    found: Sequence[Any] = vjp(lambda *xs: run(xs), *xs)[0]
    return found


def reverse(run: Run, xs: list[Any], us: list[Any]) -> list[Any]:
    """The gradient of each variable, in a number on its own with the dtype that it has.

    This engine computes single numbers in double precision, whatever they were given as."""
    _, back = vjp(lambda *xs: run(xs), *xs)
    return [like(g, x) for g, x in zip(back(us), xs, strict=True)]


def like(gradient: Any, x: Any) -> Any:
    """A gradient in the dtype of a single number of NumPy's."""
    if isinstance(x, np.generic | np.ndarray) and not x.ndim and isinstance(gradient, float):
        return x.dtype.type(gradient)
    return gradient


def forward(run: Run, xs: list[Any], ts: list[Any]) -> Sequence[Any]:
    """The tangent of each variable of the result."""
    found: Sequence[Any] = jvp(lambda *xs: run(xs), xs, ts)[1]
    return found


def plain(x: Any) -> Any:
    """The data of a Value, or what is plain already."""
    return plain_number(x.data if isinstance(x, Value) else x)


MEANS = Means(value, reverse, forward, plain=plain)

ENGINE = Engine("tinygrad_edu", in_tinygrad, np)

__all__ = ["ENGINE", "as_subject", "in_tinygrad"]
