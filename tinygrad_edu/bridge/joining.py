"""Arrays joined and cut: concatenate, stack and kin, split and kin."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine import Value
from ..kinds import shape_of
from ..notation import LEAVE
from ..ops.index import getitem
from ..ops.shape import along, astype, concatenate, reshape, stack
from ..trees import leaves
from .shape import atleast_1d, atleast_2d, atleast_3d
from .spelling import spells


def in_dtype(joined: Any, dtype: Any) -> Any:
    """What was joined, in the dtype that was asked for."""
    return joined if dtype is None else astype(joined, dtype=np.dtype(dtype))


@spells(np.concatenate, "arrays, axis, out, dtype, casting='same_kind'")
def _concatenate(arrays: Sequence[Any], axis: int | None = 0, dtype: Any = None) -> Any:
    if axis is None:
        return in_dtype(concatenate(*(reshape(x, shape=(-1,)) for x in arrays), axis=0), dtype)
    return in_dtype(concatenate(*arrays, axis=operator.index(axis)), dtype)


@spells(np.stack, "arrays, axis, out, dtype, casting='same_kind'")
def _stack(arrays: Sequence[Any], axis: int = 0, dtype: Any = None) -> Any:
    return in_dtype(stack(*arrays, axis=operator.index(axis)), dtype)


@spells(np.vstack, "tup, dtype, casting='same_kind'")
def _vstack(tup: Sequence[Any], dtype: Any = None) -> Any:
    return in_dtype(concatenate(*map(atleast_2d, tup), axis=0), dtype)


@spells(np.hstack, "tup, dtype, casting='same_kind'")
def _hstack(tup: Sequence[Any], dtype: Any = None) -> Any:
    parts = [atleast_1d(x) for x in tup]
    return in_dtype(concatenate(*parts, axis=0 if len(shape_of(parts[0])) == 1 else 1), dtype)


@spells(np.dstack, "tup")
def _dstack(tup: Sequence[Any]) -> Any:
    return concatenate(*map(atleast_3d, tup), axis=2)


@spells(np.append, "arr, values, axis")
def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    return _concatenate((arr, values), axis)


@spells(np.block, "arrays")
def _block(arrays: Any) -> Any:
    depth = nesting(arrays)
    ndim = max([depth, *(len(shape_of(x)) for x in leaves(arrays))])

    def joined(part: Any, level: int) -> Any:
        if not isinstance(part, list):
            return reshape(part, shape=(1,) * (ndim - len(shape_of(part))) + shape_of(part))
        return concatenate(*(joined(x, level + 1) for x in part), axis=ndim - depth + level)

    return joined(arrays, 0)


def nesting(arrays: Any) -> int:
    """How deep lists are nested, the same everywhere."""
    if isinstance(arrays, tuple):
        raise TypeError("np.block takes lists, not tuples: only lists say how arrays are arranged")
    if not isinstance(arrays, list):
        return 0
    depths = set(map(nesting, arrays))
    if len(depths) != 1:
        raise ValueError(f"np.block: lists are nested {sorted(depths)} deep in places; all must be as deep")
    return 1 + depths.pop()


@spells(np.column_stack, "tup")
def _column_stack(tup: Sequence[Any]) -> Any:
    return concatenate(*(reshape(x, shape=(-1, 1)) if len(shape_of(x)) < 2 else x for x in tup), axis=1)


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


@spells(np.hsplit, "ary, indices_or_sections")
def _hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    return split_along(ary, indices_or_sections, 1 if len(shape_of(ary)) > 1 else 0, 1)


@spells(np.vsplit, "ary, indices_or_sections")
def _vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    return split_along(ary, indices_or_sections, 0, 2)


@spells(np.dsplit, "ary, indices_or_sections")
def _dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    return split_along(ary, indices_or_sections, 2, 3)


def split_along(ary: Any, indices_or_sections: Any, axis: int, least: int) -> list[Any]:
    """Split along an axis of an array that must have so many."""
    if len(shape_of(ary)) < least:
        raise ValueError(f"this split needs an array of {least} or more axes, not one of shape {shape_of(ary)}")
    parts: list[Any] = _split(ary, indices_or_sections, axis)
    return parts


def _unstack(x: Any, axis: int = 0) -> tuple[Any, ...]:
    if not shape_of(x):
        raise ValueError("np.unstack needs an array of at least one axis")
    return tuple(getitem(x, index=along(axis, i)) for i in range(shape_of(x)[axis]))


if hasattr(np, "unstack"):  # NumPy 2.1
    spells(np.unstack, "x, axis=0")(_unstack)
