"""Differences and sums along an axis: diff, gradient, trapezoid.

They are slices of the data, taken off each other; spacings and places may be Values too.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from ..engine import Value
from ..kinds import shape_of
from ..notation import BY_NUMPY, KEYWORDS, NOT_GIVEN
from ..ops.arithmetic import divide
from ..ops.index import getitem
from ..ops.reduce import sum_
from ..ops.shape import along, astype, broadcast_to, concatenate, reshape
from .spelling import dtype_of, spells


def _data(x: Any) -> Any:
    """A Value, or an array."""
    return x if type(x) is Value else np.asarray(x)


def _part(x: Any, axis: int, start: int | None, stop: int | None = None) -> Any:
    """A stretch of one axis."""
    return getitem(x, index=along(axis, slice(start, stop)))


def _steps(x: Any, axis: int) -> Any:
    """Each element less the one before it."""
    return _part(x, axis, 1) - _part(x, axis, None, -1)


@spells(np.diff, "a, n=1, axis=-1, prepend, append")
def _diff(a: Any, n: Any = 1, axis: int = -1, prepend: Any = NOT_GIVEN, append: Any = NOT_GIVEN) -> Any:
    n, a = operator.index(n), _data(a)
    if n < 0:
        raise ValueError(f"np.diff takes differences n times, and got n={n}")
    if n == 0:
        return a
    if not shape_of(a):
        raise ValueError("np.diff needs an axis, and got one number")
    axis = normalize_axis_index(axis, len(shape_of(a)))
    joined = [_edge(x, a, axis) for x in (prepend, a, append) if x is not NOT_GIVEN]
    a = concatenate(*joined, axis=axis) if len(joined) > 1 else a
    for _ in range(n):
        a = _steps(a, axis)
    return a


def _edge(x: Any, a: Any, axis: int) -> Any:
    """What is joined to `a`: an array, or one number for each row."""
    if shape_of(x):
        return _data(x)
    return broadcast_to(x, shape=tuple(1 if i == axis else n for i, n in enumerate(shape_of(a))))


@spells(np.ediff1d, "ary, to_end, to_begin")
def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    ary = _data(ary)
    dtype = dtype_of(ary)
    begin, end = (_extra(name, x, dtype) for name, x in (("to_begin", to_begin), ("to_end", to_end)))
    steps = _steps(reshape(ary, shape=(-1,)), 0)
    return concatenate(*begin, steps, *end, axis=0) if begin or end else steps


def _extra(name: str, x: Any, dtype: np.dtype[Any]) -> list[Any]:
    """What is put before or after the differences, as a list of one array or of none."""
    if x is None:
        return []
    x = reshape(_data(x), shape=(-1,))
    if not np.can_cast(dtype_of(x), dtype, "same_kind"):
        raise TypeError(f"np.ediff1d({name}=…) of dtype {dtype_of(x)} does not go with data of dtype {dtype}")
    return [_in_dtype(x, dtype)]


def _in_dtype(x: Any, dtype: np.dtype[Any]) -> Any:
    return x if dtype_of(x) == dtype else astype(x, dtype=dtype) if type(x) is Value else x.astype(dtype)


# ---- numerical gradients -----------------------------------------------------------------------------


def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """`np.gradient`: central differences inside, one-sided ones of first or second order at the ends."""
    f = _data(f)
    if dtype_of(f).kind not in "fc":
        f = f.astype(np.float64)
    ndim = len(shape_of(f))
    axes = tuple(range(ndim)) if axis is None else normalize_axis_tuple(axis, ndim)
    if not axes:
        raise ValueError(f"np.gradient needs an axis to go along: shape {shape_of(f)}, axis {axis}")
    if edge_order not in (1, 2):
        raise ValueError(f"np.gradient(edge_order={edge_order!r}) is 1 or 2")
    spacings = _spacings(varargs, f, axes)
    results = tuple(_slopes(f, i, spacing, edge_order) for i, spacing in zip(axes, spacings, strict=True))
    return results[0] if len(results) == 1 else results


BY_NUMPY[np.gradient] = _gradient
KEYWORDS[np.gradient] = ("f", "varargs", "axis", "edge_order"), ()


def _spacings(given: Sequence[Any], f: Any, axes: Sequence[int]) -> Sequence[Any]:
    """For each axis a number, or the distances between neighbours."""
    if not given:
        return [1.0] * len(axes)
    if len(given) == 1 and not shape_of(given[0]):
        return [given[0]] * len(axes)
    if len(given) != len(axes):
        raise TypeError(f"np.gradient along {len(axes)} axes takes no spacing, one, or {len(axes)}; got {len(given)}")
    distances = []
    for places, i in zip(given, axes, strict=True):
        if shape := shape_of(places):
            if shape != (n := shape_of(f)[i],):
                raise ValueError(f"places of shape {shape} for axis {i} of length {n}; they must agree")
            places = _data(places)
            places = _steps(places if dtype_of(places).kind in "fc" else places.astype(np.float64), 0)
        distances.append(places)
    return distances


def _slopes(f: Any, axis: int, spacing: Any, edge_order: int) -> Any:
    """The differences along one axis, in the shape of `f`."""
    ndim, n = len(shape_of(f)), shape_of(f)[axis]
    if n < edge_order + 1:
        raise ValueError(f"np.gradient of order {edge_order} needs {edge_order + 1} elements along axis {axis}, of {n}")
    if shape_of(spacing):
        spacing = reshape(spacing, shape=tuple(-1 if i == axis else 1 for i in range(ndim)))
        before, after = _part(spacing, axis, None, -1), _part(spacing, axis, 1)
        first, last = (_part(spacing, axis, 0, edge_order), _part(spacing, axis, n - 1 - edge_order))
    else:
        before = after = first = last = spacing
    left, middle, right = (_part(f, axis, k, n - 2 + k) for k in range(3))
    inside = _three_point(left, middle, right, before, after) if shape_of(spacing) else (right - left) / (2.0 * spacing)
    if edge_order == 1:
        ends = (_steps(_part(f, axis, 0, 2), axis) / first, _steps(_part(f, axis, n - 2), axis) / last)
    else:
        ends = (_one_sided(f, axis, range(3), first, 1), _one_sided(f, axis, range(n - 1, n - 4, -1), last, -1))
    return _in_dtype(concatenate(ends[0], inside, ends[1], axis=axis), dtype_of(f))


def _three_point(left: Any, middle: Any, right: Any, h: Any, k: Any) -> Any:
    """The slope of the parabola through three points at the middle one; the distances are h and k."""
    return -k / (h * (h + k)) * left + (k - h) / (h * k) * middle + h / (k * (h + k)) * right


def _one_sided(f: Any, axis: int, places: Sequence[int], spacing: Any, sign: int) -> Any:
    """The slope of the parabola through three points at the first of them; `sign` is −1 from the far end."""
    a, b, c = (_part(f, axis, i, i + 1) for i in places)
    if not shape_of(spacing):
        return sign * (-1.5 / spacing * a + 2.0 / spacing * b + -0.5 / spacing * c)
    h, k = (_part(spacing, axis, i, i + 1) for i in ((0, 1) if sign > 0 else (1, 0)))
    slope = -(2.0 * h + k) / (h * (h + k)) * a + (h + k) / (h * k) * b - h / (k * (h + k)) * c
    return sign * slope


# ---- sums --------------------------------------------------------------------------------------------


@spells(np.trapezoid, "y, x, dx=1.0, axis=-1")
def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = _data(y)
    if x is None:
        width = dx
    elif len(shape_of(x)) == 1:
        along_axis = normalize_axis_index(axis, len(shape_of(y)))
        width = reshape(_steps(_data(x), 0), shape=tuple(-1 if i == along_axis else 1 for i in range(len(shape_of(y)))))
    else:
        width = _diff(x, axis=axis)
    return sum_(divide(width * (_part(y, axis, 1) + _part(y, axis, None, -1)), 2.0), axis=axis)
