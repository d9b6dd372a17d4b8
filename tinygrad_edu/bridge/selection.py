"""Elements chosen by position, by condition or by rank: take, compress, delete, insert, unique and kin.

Positions and conditions may be Values too, such as an argsort or a comparison; they stay data of the
record.  Sorting itself is in `ops.sorting`, indexing in `ops.index`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..engine import Value
from ..kinds import bundle, shape_of
from ..notation import BY_NUMPY, refuse
from ..ops.index import (
    ARRAY,
    between_zeros,
    fetch_along,
    getitem,
    insertion,
    pick,
    positions,
    put,
    remaining,
    true_places,
    wrapped,
)
from ..ops.shape import along, astype, concatenate, reshape
from ..ops.sorting import argsort, lexsort, searchsorted, unique_places
from ..tracing import STATIC
from .spelling import asking, data_of, dtype_of, result_type_of, spells, unwrapped

KEEP_THE_SHAPE = (
    f"use np.where(condition, x, y) or np.sum(x, where=condition) and kin, which keep the shape; or {STATIC}"
)


def refuse_unsettled(x: Any, called: str) -> None:
    """Raise while a function is traced if `x`, which says how many elements there will be, is a Value."""
    unwrapped(x, called, KEEP_THE_SHAPE)


# ---- by position -------------------------------------------------------------------------------------


def flat_or_along(a: Any, axis: int | None) -> tuple[Any, int]:
    """The array and the axis to work along: all elements in a row if no axis is named."""
    if axis is None:
        return reshape(a, shape=(-1,)), 0
    return a, normalize_axis_index(axis, len(shape_of(a)))


def is_whole(indices: Any) -> bool:
    """Whether these are integers, of which NumPy's `take` counts negative ones from the end."""
    return dtype_of(indices).kind in "iu"


@spells(np.take, "a, indices, axis, out, mode='raise'")
def _take(a: Any, indices: Any, axis: int | None = None, mode: str = "raise") -> Any:
    a, axis = flat_or_along(a if shape_of(a) else reshape(a, shape=(1,)), axis)
    indices = positions(indices) if isinstance(indices, list | tuple | range) else indices
    if mode != "raise" or not is_whole(indices):
        indices = wrapped(indices, n=shape_of(a)[axis], mode=mode)
    return pick(a, along(axis, indices))


@spells(np.take_along_axis, "arr, indices, axis=-1")
def _take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    arr, axis = flat_or_along(arr, axis)
    if not is_whole(indices):
        raise IndexError(f"np.take_along_axis needs an array of integers, not of dtype {dtype_of(indices)}")
    if len(shape_of(indices)) != len(shape_of(arr)):
        raise ValueError(
            f"np.take_along_axis needs as many axes in both: indices of shape {shape_of(indices)} "
            f"for an array of shape {shape_of(arr)}"
        )
    return fetch_along(arr, indices, axis)


@spells(np.delete, "arr, obj, axis")
def _delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    arr, axis = flat_or_along(arr, axis)
    obj = positions(obj) if isinstance(obj, list | tuple | range) else obj
    if shape_of(obj):
        refuse_unsettled(obj, "np.delete(x, v), whose shape depends on the numbers of v,")
    return pick(arr, along(axis, remaining(obj, n=shape_of(arr)[axis])))


@spells(np.insert, "arr, obj, values, axis")
def _insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    arr, values = (x if type(x) is Value else np.asarray(x) for x in (arr, values))
    obj = positions(obj) if isinstance(obj, list | tuple | range) else obj
    if type(obj) is Value and obj.dtype.kind == "b":
        refuse_unsettled(obj, "np.insert(x, mask, v), whose shape depends on the numbers of the mask,")
    origin = insertion(obj, shape=shape_of(arr), inserted=shape_of(values), axis=axis)
    new = in_the_dtype(reshape(values, shape=(-1,)), arr, "np.insert")
    return getitem(concatenate(reshape(arr, shape=(-1,)), new), origin, index=(ARRAY,))


def in_the_dtype(values: Any, like: Any, called: str) -> Any:
    """`values` in the dtype of the array that they go into; TypeError if they would lose more than precision."""
    has, wanted = map(dtype_of, (values, like))
    if not np.can_cast(result_type_of(wanted, values), wanted, "same_kind"):
        raise TypeError(
            f"{called}: numbers of dtype {has} do not fit into an array of dtype {wanted}; convert the array first"
        )
    return values if has == wanted or not shape_of(values) or wanted.kind not in "fc" else astype(values, dtype=wanted)


@spells(np.trim_zeros, "filt, trim='fb', axis")
def _trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    if trim.lower() not in ("fb", "bf", "f", "b"):
        raise ValueError(f"np.trim_zeros(trim={trim!r}): say 'f' (front), 'b' (back) or 'fb'")
    ndim = len(shape_of(filt))
    axes = range(ndim) if axis is None else axis if isinstance(axis, Iterable) else (axis,)
    axes = [normalize_axis_index(a, ndim) for a in axes]
    refuse_unsettled(filt, "np.trim_zeros(v), whose shape depends on the numbers,")
    kept = [between_zeros(filt, axis=a, trim=trim.lower()) for a in axes]
    for a, places in zip(axes, kept, strict=True):
        filt = getitem(filt, places, index=along(a, ARRAY))
    return filt


# ---- by condition ------------------------------------------------------------------------------------


@spells(np.compress, "condition, a, axis, out")
def _compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    if len(shape_of(condition)) != 1:
        raise ValueError(f"np.compress needs a condition with one axis, not of shape {shape_of(condition)}")
    refuse_unsettled(condition, "np.compress(v, x), whose shape depends on the numbers of v,")
    return _take(a, true_places(condition), axis=axis)


@spells(np.extract, "condition, arr")
def _extract(condition: Any, arr: Any) -> Any:
    refuse_unsettled(condition, "np.extract(v, x), whose shape depends on the numbers of v,")
    return _take(arr, true_places(condition))


# As many as the data say, so they are not recorded.
for _question in (np.nonzero, np.argwhere, np.flatnonzero):
    BY_NUMPY[_question] = asking(_question, KEEP_THE_SHAPE)
BY_NUMPY[np.unravel_index] = asking(np.unravel_index, f"use v // n and v % n; or {STATIC}")


# ---- by rank -----------------------------------------------------------------------------------------


@spells(np.argsort, "a, axis=-1, kind, order, stable")
def _argsort(a: Any, axis: int | None = -1, kind: str | None = None, stable: bool | None = None) -> Any:
    if kind is not None and stable is not None:
        raise ValueError("np.argsort takes kind= or stable=, not both")
    if stable or kind in ("stable", "mergesort"):
        return argsort(a, axis=axis, stable=True)
    if kind not in (None, "quicksort"):
        refuse("np.argsort", "kind", kind)
    return argsort(a, axis=axis)


@spells(np.lexsort, "keys, axis=-1")
def _lexsort(keys: Any, axis: int = -1) -> Any:
    return lexsort(bundle(*keys), axis=axis)


@spells(np.searchsorted, "a, v, side='left', sorter")
def _searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    return searchsorted(a if sorter is None else _take(a, sorter), v, side=side)


@spells(
    np.unique,
    "ar, return_index=False, return_inverse=False, return_counts=False, axis, equal_nan=True, sorted=True",
)
def _unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    equal_nan: bool = True,
) -> Any:
    refuse_unsettled(ar, "np.unique(v), whose shape depends on the numbers,")
    places = unique_places(ar, axis=axis, equal_nan=equal_nan)
    values = _take(ar, places, axis=axis)
    asked: dict[str, Any] = {
        "return_index": return_index,
        "return_inverse": return_inverse,
        "return_counts": return_counts,
    }
    if not any(asked.values()):
        return values
    return values, *np.unique(data_of(ar), axis=axis, equal_nan=equal_nan, **asked)[1:]


@spells(np.bincount, "x, weights, minlength")
def _bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    instead = f"use te.at(np.zeros(n))[v].add(1.0); or {STATIC}"
    bins = np.bincount(
        unwrapped(x, "np.bincount(v), whose shape depends on the numbers,", instead), minlength=minlength
    )
    if weights is None:
        weights = np.ones(shape_of(x), bins.dtype)
    else:
        weights = in_the_dtype(weights if type(weights) is Value else np.asarray(weights), np.zeros(0), "np.bincount")
    if shape_of(weights) != shape_of(x):
        raise ValueError(f"np.bincount: weights of shape {shape_of(weights)} for numbers of shape {shape_of(x)}")
    return put(weights, bins, positions(x), index=(ARRAY,))
