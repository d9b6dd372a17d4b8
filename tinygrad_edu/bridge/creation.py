"""Arrays made of Values: `te.array`, NumPy's creation functions with `like=` (NEP 35), and ranges.

`np.array([v, w])` never reaches a Value's class, so it is refused (see `Value.__array__`); the same call
with `like=v` does, and so does `te.array`.  Creation that holds no Value gives a plain array.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine import Value
from ..kinds import shape_of
from ..notation import BY_NUMPY, refuse, spelled
from ..ops.checking import ensured
from ..ops.comparison import where
from ..ops.elementary import exp, log, power
from ..ops.shape import astype, broadcast_to, copy, expand_dims, moveaxis, reshape, stack
from ..payload import numeric
from .spelling import result_type_of, spells


def array(data: Any) -> Any:
    """`np.array` for nested lists that contain Values: one Value, or a plain array if there are none.

    >>> from tinygrad_edu import Value
    >>> x = Value(2.0)
    >>> array([[x, 1.0], [0.0, x * x]]).tolist()
    [[2.0, 1.0], [0.0, 4.0]]

    Parts must have the same shape; ValueError otherwise.
    """
    if isinstance(data, list | tuple):
        parts = [array(part) for part in data]
        return stack(*parts) if parts else np.zeros(0)
    return data if type(data) is Value else numeric(data)


# ---- with like=, which NumPy takes out before it calls -----------------------------------------------


def _made(function: Callable[..., Any], harmless: dict[str, tuple[Any, ...]], fresh: bool) -> None:
    """Let `function(data, dtype=None, **harmless)` make a Value, in memory of its own if it is `fresh`."""

    def make(data: Any, dtype: Any = None, **settings: Any) -> Any:
        for name, value in settings.items():
            if name not in harmless:
                raise TypeError(f"{spelled(function)} has no argument {name}=")
            if value not in harmless[name]:
                refuse(spelled(function), name, value)
        found = array(data)
        if dtype is not None:
            return astype(found, dtype=np.dtype(dtype))
        return copy(found) if fresh and found is data else found

    BY_NUMPY[function] = make


ORDERS = (None, "K", "C", "A")
_made(np.array, {"copy": (True,), "order": ORDERS, "subok": (False,), "ndmin": (0,), "ndmax": (0,)}, fresh=True)
_made(np.asarray, {"order": ORDERS, "copy": (None, False), "device": (None, "cpu")}, fresh=False)
_made(np.asanyarray, {"order": ORDERS, "copy": (None, False), "device": (None, "cpu")}, fresh=False)
_made(np.ascontiguousarray, {}, fresh=False)


@spells(np.full, "shape, fill_value, dtype, order='C', device")
def _full(shape: Any, fill_value: Any, dtype: Any = None) -> Any:
    filled = broadcast_to(array(fill_value), shape=sizes(shape))
    return filled if dtype is None else astype(filled, dtype=np.dtype(dtype))


@spells(np.full_like, "a, fill_value, dtype, order='K', subok=True, shape, device")
def _full_like(a: Any, fill_value: Any, dtype: Any = None, shape: Any = None) -> Any:
    like = a.dtype if type(a) is Value else np.asarray(a).dtype
    return _full(shape_of(a) if shape is None else shape, fill_value, like if dtype is None else dtype)


def sizes(shape: Any) -> tuple[int, ...]:
    """A shape given as one length or as several."""
    return tuple(map(operator.index, shape)) if isinstance(shape, tuple | list) else (operator.index(shape),)


def _plain(function: Callable[..., Any]) -> None:
    """Let `function(…, like=v)` make a plain array: it holds no Value."""

    def make(*args: Any, **kwargs: Any) -> Any:
        if any(type(x) is Value for x in (*args, *kwargs.values())):
            raise TypeError(f"{spelled(function)} takes plain numbers; for a range between Values use np.linspace")
        return function(*args, **kwargs)

    BY_NUMPY[function] = make


for _function in (np.zeros, np.ones, np.empty, np.eye, np.identity, np.arange):
    _plain(_function)


@spells(np.astype, "x, dtype, copy=True, device")
def _astype(x: Any, dtype: Any) -> Any:
    return astype(x, dtype=np.dtype(dtype))


# ---- ranges between Values ---------------------------------------------------------------------------


@spells(np.linspace, "start, stop, num=50, endpoint=True, retstep=False, dtype, axis=0, device")
def _linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None, axis: int = 0
) -> Any:
    gaps = operator.index(num) - bool(endpoint)
    ndim = len(np.broadcast_shapes(shape_of(start), shape_of(stop)))
    start, stop = (array(x) if isinstance(x, list | tuple) else x for x in (start, stop))
    precision = result_type_of(start, stop, 1.0).char.lower()
    place = np.arange(num, dtype=precision).reshape((-1, *[1] * ndim))
    step = (stop - start) / gaps if gaps > 0 else (stop - start)
    points = where((place == gaps) & (gaps > 0), stop, place * step + start)
    points = moveaxis(points, source=0, destination=operator.index(axis)) if axis != 0 else points
    points = points if dtype is None else astype(points, dtype=np.dtype(dtype))
    return (points, step if gaps > 0 else math.nan) if retstep else points


@spells(np.geomspace, "start, stop, num=50, endpoint=True, dtype, axis=0")
def _geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0) -> Any:
    start, stop = (ensured(_positive, x) for x in (start, stop))
    ends = (double(x) if shape_of(x) else x for x in (start, stop))
    points = exp(_linspace(*map(log, ends), num, endpoint, axis=axis))
    return points if dtype is None else astype(points, dtype=np.dtype(dtype))


def _positive(x: Any) -> None:
    if np.any(np.asarray(x) <= 0):
        raise TypeError("np.geomspace is differentiated between positive real numbers; for others use np.linspace")


@spells(np.logspace, "start, stop, num=50, endpoint=True, base=10.0, dtype, axis=0")
def _logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, dtype: Any = None, axis: int = 0
) -> Any:
    if shape_of(base):
        ndim = max(len(shape_of(x)) for x in (start, stop, base))
        start, stop, base = (
            reshape(x, shape=(1,) * (ndim - len(shape_of(x))) + shape_of(x)) for x in (start, stop, base)
        )
        base = expand_dims(base, axis=axis)
    points = power(base, _linspace(start, stop, num, endpoint, axis=axis))
    return points if dtype is None else astype(points, dtype=np.dtype(dtype))


def double(x: Any) -> Any:
    """`x` in double precision, in which some of NumPy computes whatever it is given."""
    x = x if type(x) is Value else np.asarray(x)
    wide = np.result_type(x.dtype, np.float64)
    return x if x.dtype == wide else astype(x, dtype=wide)
