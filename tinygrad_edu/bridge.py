"""NumPy functions that are not rows themselves: each is written with rows, under NumPy's signature.

Only the arguments named here are taken; `numpy_spelling` refuses the others by name.  Functions that
merely ask about an array (`np.shape`, `np.isclose`) get the bare data and answer with plain values.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .engine import Value
from .kinds import shape_of
from .notation import BY_NUMPY, LEAVE, numpy_spelling, refuse
from .ops.comparison import clip
from .ops.index import diagonal, getitem
from .ops.products import einsum, matmul
from .ops.reduce import sum_
from .ops.shape import along, concatenate, copy, expand_dims, reshape, stack
from .payload import real


def spells(function: Callable[..., Any], arguments: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let NumPy's `function` mean the decorated one when it meets a Value."""

    def register(ours: Callable[..., Any]) -> Callable[..., Any]:
        numpy_spelling(function, ours, arguments)
        return ours

    return register


# ---- joining and splitting ---------------------------------------------------------------------------


@spells(np.concatenate, "arrays, axis, out, dtype, casting='same_kind'")
def _concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Any:
    if axis is None:
        return concatenate(*(reshape(x, shape=(-1,)) for x in arrays), axis=0)
    return concatenate(*arrays, axis=operator.index(axis))


@spells(np.stack, "arrays, axis, out, dtype, casting='same_kind'")
def _stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    return stack(*arrays, axis=operator.index(axis))


@spells(np.vstack, "tup, dtype, casting='same_kind'")
def _vstack(tup: Sequence[Any]) -> Any:
    return concatenate(*map(_atleast_2d, tup), axis=0)


@spells(np.hstack, "tup, dtype, casting='same_kind'")
def _hstack(tup: Sequence[Any]) -> Any:
    parts = [_atleast_1d(x) for x in tup]
    return concatenate(*parts, axis=0 if len(shape_of(parts[0])) == 1 else 1)


@spells(np.column_stack, "tup")
def _column_stack(tup: Sequence[Any]) -> Any:
    return concatenate(*(expand_dims(x, axis=1) if len(shape_of(x)) == 1 else x for x in tup), axis=1)


@spells(np.array_split, "ary, indices_or_sections, axis")
def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    if type(indices_or_sections) is Value:
        raise TypeError(f"the places to cut at are a setting, and got a Value; {LEAVE}")
    pieces = np.array_split(np.arange(shape_of(ary)[axis]), indices_or_sections)
    starts = [int(p[0]) if len(p) else 0 for p in pieces]
    return [getitem(ary, index=along(axis, slice(a, a + len(p)))) for a, p in zip(starts, pieces, strict=True)]


@spells(np.split, "ary, indices_or_sections, axis")
def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    if isinstance(indices_or_sections, int) and shape_of(ary)[axis] % indices_or_sections:
        raise ValueError(
            f"an axis of length {shape_of(ary)[axis]} cannot be split into {indices_or_sections} "
            "equal parts; np.array_split makes unequal ones"
        )
    parts: list[Any] = _array_split(ary, indices_or_sections, axis)
    return parts


def array(data: Any) -> Any:
    """`np.array` for nested lists that contain Values: one Value, or a plain array if there are none.

    >>> from tinygrad_edu import Value
    >>> x = Value(2.0)
    >>> array([[x, 1.0], [0.0, x * x]]).tolist()
    [[2.0, 1.0], [0.0, 4.0]]
    """
    if isinstance(data, list | tuple):
        parts = [array(part) for part in data]
        return stack(*parts) if parts else np.zeros(0)
    return data if type(data) is Value else real(data)


# ---- shape -------------------------------------------------------------------------------------------


@spells(np.ravel, "a, order='C'")
def _ravel(a: Any) -> Any:
    return reshape(a, shape=(-1,))


@spells(np.copy, "a, order='K', subok=False")
def _copy(a: Any) -> Any:
    return copy(a)


def _atleast_1d(x: Any) -> Any:
    return reshape(x, shape=(1,)) if not shape_of(x) else x


def _atleast_2d(x: Any) -> Any:
    return reshape(x, shape=(1, -1)) if len(shape_of(x)) < 2 else x


def _each(one: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda *xs: one(xs[0]) if len(xs) == 1 else tuple(map(one, xs))


BY_NUMPY[np.atleast_1d] = _each(_atleast_1d)
BY_NUMPY[np.atleast_2d] = _each(_atleast_2d)


# ---- choosing ----------------------------------------------------------------------------------------


@spells(np.clip, "a, a_min, a_max, out, min, max")
def _clip(a: Any, a_min: Any = None, a_max: Any = None) -> Any:
    return clip(a, -math.inf if a_min is None else a_min, math.inf if a_max is None else a_max)


# ---- products ----------------------------------------------------------------------------------------


def _letters(n: int, start: str = "a") -> str:
    return "".join(chr(ord(start) + i) for i in range(n))


@spells(np.dot, "a, b, out")
def _dot(a: Any, b: Any) -> Any:
    m, n = len(shape_of(a)), len(shape_of(b))
    if m == 0 or n == 0:
        return a * b
    if m <= 2 and n <= 2:
        return matmul(a, b)
    return _tensordot(a, b, axes=([-1], [max(n - 2, 0)]))


@spells(np.inner, "a, b")
def _inner(a: Any, b: Any) -> Any:
    if not shape_of(a) or not shape_of(b):
        return a * b
    return _tensordot(a, b, axes=([-1], [-1]))


@spells(np.vdot, "a, b")
def _vdot(a: Any, b: Any) -> Any:
    return matmul(reshape(a, shape=(-1,)), reshape(b, shape=(-1,)))


@spells(np.outer, "a, b, out")
def _outer(a: Any, b: Any) -> Any:
    return reshape(a, shape=(-1, 1)) * reshape(b, shape=(1, -1))


@spells(np.tensordot, "a, b, axes")
def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    m, n = len(shape_of(a)), len(shape_of(b))
    if isinstance(axes, int):
        axes = (range(m - axes, m), range(axes))
    left, right = ([ax % d for ax in np.atleast_1d(part)] for part, d in zip(axes, (m, n), strict=True))
    for i, j in zip(left, right, strict=True):
        if shape_of(a)[i] != shape_of(b)[j]:
            raise ValueError(f"axis {i} of shape {shape_of(a)} and axis {j} of shape {shape_of(b)} differ in length")
    first, second = list(_letters(m)), list(_letters(n, "A"))
    for i, j in zip(left, right, strict=True):
        second[j] = first[i]
    kept = [c for i, c in enumerate(first) if i not in left] + [c for j, c in enumerate(second) if j not in right]
    return einsum(a, b, subscripts=f"{''.join(first)},{''.join(second)}->{''.join(kept)}")


@spells(np.trace, "a, offset, axis1, axis2, dtype, out")
def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return sum_(diagonal(a, offset=offset, axis1=axis1, axis2=axis2), axis=-1)


def _einsum(*operands: Any, **keywords: Any) -> Any:
    for name, value in keywords.items():
        if value is not None and name != "optimize":  # which is the order of the work, not its result
            refuse("np.einsum", name, value)
    if not operands or not isinstance(operands[0], str):
        raise TypeError('np.einsum of Values takes the subscripts first, as text: np.einsum("ij,jk->ik", x, y)')
    return einsum(*operands[1:], subscripts=operands[0])


BY_NUMPY[np.einsum] = _einsum


# ---- questions, answered with plain values -----------------------------------------------------------


def _unwrapped(x: Any) -> Any:
    if isinstance(x, list | tuple):
        return type(x)(map(_unwrapped, x))
    return x._data if type(x) is Value else x


def _asks(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **kwargs: function(*map(_unwrapped, args), **{k: _unwrapped(v) for k, v in kwargs.items()})


for _question in (
    np.shape, np.ndim, np.size, np.result_type, np.iscomplexobj, np.isrealobj, np.can_cast, np.min_scalar_type,
    np.zeros_like, np.ones_like, np.empty_like, np.array_equal, np.allclose, np.isclose, np.count_nonzero,
    np.array_repr, np.array_str, np.array2string, np.shares_memory, np.may_share_memory,
):  # fmt: skip
    BY_NUMPY[_question] = _asks(_question)
