"""Shapes: ravel, copy, atleast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine import Value
from ..kinds import shape_of
from ..notation import BY_NUMPY
from ..ops.shape import copy, reshape, transpose
from .spelling import spells


@spells(np.reshape, "a, shape, order='C', copy")
def _reshape(a: Any, shape: Any, order: str = "C") -> Any:
    shape = tuple(shape) if isinstance(shape, list | tuple) else (shape,)
    if order != "K" and reads_rows(a, order, "np.reshape"):
        return reshape(a, shape=shape)
    if order == "K":
        raise ValueError("np.reshape(order='K') is nothing NumPy has; valid are 'C', 'F' and 'A'")
    return transpose(reshape(transpose(a), shape=shape[::-1]))


@spells(np.ravel, "a, order='C'")
def _ravel(a: Any, order: str = "C") -> Any:
    return reshape(a if reads_rows(a, order, "np.ravel") else transpose(a), shape=(-1,))


def reads_rows(a: Any, order: str, called: str) -> bool:
    """Whether elements are read row by row; column by column otherwise.

    "A" and "K" ask how the elements lie in memory, which a record does not promise to keep."""
    if order in ("C", "F"):
        return order == "C"
    flags = np.asarray(a._data if type(a) is Value else a).flags
    if order not in ("A", "K"):
        raise ValueError(f"{called}(order={order!r}): valid are 'C', 'F', 'A' and 'K'")
    if not flags.c_contiguous:
        raise TypeError(f"{called}(order={order!r}) depends on how the elements lie in memory; say order='C' or 'F'")
    return True


@spells(np.copy, "a, order='K', subok=False")
def _copy(a: Any) -> Any:
    return copy(a)


def atleast_1d(x: Any) -> Any:
    return reshape(x, shape=(1,)) if not shape_of(x) else x


def atleast_2d(x: Any) -> Any:
    return reshape(x, shape=(1, -1)) if len(shape_of(x)) < 2 else x


def atleast_3d(x: Any) -> Any:
    shape = shape_of(x)
    return reshape(x, shape={0: (1, 1, 1), 1: (1, -1, 1), 2: (*shape, 1)}[len(shape)]) if len(shape) < 3 else x


def _each(one: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda *xs: one(xs[0]) if len(xs) == 1 else tuple(map(one, xs))


BY_NUMPY[np.atleast_1d] = _each(atleast_1d)
BY_NUMPY[np.atleast_2d] = _each(atleast_2d)
BY_NUMPY[np.atleast_3d] = _each(atleast_3d)
