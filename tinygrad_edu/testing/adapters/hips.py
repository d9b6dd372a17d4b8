"""Functions of HIPS autograd as Subjects (https://github.com/HIPS/autograd).

Many of its functions have no rule for forward mode; it says so by NotImplementedError.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import autograd.numpy
from autograd import make_jvp, make_vjp
from autograd.builtins import tuple as tuple_of

from ..subject import Subject
from .engine import Engine
from .means import Means, Run, subject_of


def in_autograd(f: Callable[..., Any]) -> Subject:
    """The Subject of a function written with `autograd.numpy`.

    >>> square = in_autograd(lambda x: x * x)
    >>> square.vjp((3.0,), [1.0]), square.jvp((3.0,), [0.5]), square.pulled([1.0]).vjp((3.0,), [1.0])
    ([6.0], [3.0], [2.0])
    """
    return subject_of(f, MEANS, "in_autograd")


def value(run: Run, xs: list[Any]) -> list[Any]:
    """The variables of the result."""
    return run(xs)


def reverse(run: Run, xs: list[Any], us: list[Any]) -> list[Any]:
    """The gradient of each variable: of one at a time, as autograd's own `grad` does.

    In a tuple of all of them, a gradient of another shape would be broadcast to its place without a word."""
    return [gradient_by(k, run, xs, us) for k in range(len(xs))]


def gradient_by(k: int, run: Run, xs: list[Any], us: list[Any]) -> Any:
    """The gradient of variable `k`, in whatever shape and dtype it comes."""
    back, _ = make_vjp(lambda x: tuple_of(run([*xs[:k], x, *xs[k + 1 :]])))(xs[k])
    return back(tuple_of(us))


def forward(run: Run, xs: list[Any], ts: list[Any]) -> list[Any]:
    """The tangent of each variable of the result."""
    ys, along = make_jvp(of_tuple(run))(tuple_of(xs))(tuple_of(ts))
    return pieces(along, len(ys))


def of_tuple(run: Run) -> Callable[[Any], Any]:
    """`run` from one tuple to another, each of autograd's own, which are differentiated as a whole."""
    return lambda xs: tuple_of(run(pieces(xs, len(xs))))


def pieces(found: Any, n: int) -> list[Any]:
    """What is in a tuple of autograd's, which cannot be walked through as one of Python's."""
    return [found[i] for i in range(n)]


@contextmanager
def quiet() -> Iterator[None]:
    """A function that does not depend on its arguments is warned about; its derivative is zero all the same."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Output seems independent of input")
        yield


MEANS = Means(value, reverse, forward, within=quiet)

ENGINE = Engine("autograd", in_autograd, autograd.numpy)

__all__ = ["ENGINE", "in_autograd"]
