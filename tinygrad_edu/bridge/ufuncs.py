"""The methods of ufuncs: `np.add.reduce(x)`, `np.multiply.outer(x, y)`, `np.sqrt(x, where=mask)`.

Each is the NumPy function of the same meaning, or a composite of rows.  With `where=`, only the selected
elements are computed at all.  NumPy leaves the others to chance; here they are nan, and have no gradient.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..engine import Value
from ..kinds import is_complex, shape_of
from ..notation import BY_METHOD, BY_NUMPY, LEAVE, NOT_GIVEN, differentiates, refuse, ufunc_name
from ..ops.comparison import where as choose
from ..ops.elementary import logaddexp
from ..ops.index import ARRAY, fetch_along, getitem, put, refuse_masks
from ..ops.reduce import cumprod, cumsum, logsumexp, record_places
from ..ops.shape import along, broadcast_to, concatenate, reshape
from .reductions import bools, cast, mask_for, rounded, start_of
from .spelling import dtype_of

HARMLESS = {"casting": "same_kind", "order": "K", "subok": True}
"""Keywords of a call that change nothing at these values."""


# ---- calls with keywords: np.sqrt(x, where=mask) -----------------------------------------------------


def _call(ufunc: np.ufunc, *inputs: Any, out: Any = None, where: Any = True, dtype: Any = None, **others: Any) -> Any:
    called = ufunc_name(ufunc, "__call__")
    for name, value in others.items():
        if value is not None and not (name in HARMLESS and value == HARMLESS[name]):
            refuse(called, name, value)
    outs = out if type(out) is tuple else (out,)
    if any(x is not None for x in outs):
        _refuse_out(called, inputs, outs, where)
    if dtype is not None:
        inputs = tuple(cast(called, x, _of_loop(called, ufunc, dtype)) for x in inputs)
    result = BY_NUMPY[ufunc](*inputs) if where is True else _selected(called, ufunc, inputs, where)
    return rounded(result, dtype)


def _refuse_out(called: str, inputs: tuple[Any, ...], outs: tuple[Any, ...], where: Any) -> NoReturn:
    """Say what to write instead of a call that fills an array in place."""
    if any(x is out for x in inputs for out in outs):
        remedy = "an assignment such as arr += v; write arr = arr + v"
    elif where is not True:
        remedy = f"write np.where(mask, {called}(…, where=mask), array)"
    else:
        remedy = f"write array = {called}(…)"
    raise TypeError(f"{called}(out=…) changes an array in place, which is not differentiated: {remedy}")


def _of_loop(called: str, ufunc: np.ufunc, dtype: Any) -> Any:
    """A dtype in which the ufunc computes from floating point numbers to such numbers; TypeError for others."""
    char = np.dtype(dtype).char
    if f"{char * ufunc.nin}->{char}" not in ufunc.types:
        refuse(called, "dtype", dtype)
    return dtype


def _selected(called: str, ufunc: np.ufunc, inputs: tuple[Any, ...], where: Any) -> Any:
    """The ufunc of the elements that the mask selects, and nan elsewhere."""
    if ufunc.signature is not None or ufunc.nout > 1:
        refuse(called, "where", where)
    mask = bools(called, where)
    refuse_masks([mask], f"{called}(where=…)")
    shape = np.broadcast_shapes(mask.shape, *map(shape_of, inputs))
    full = shape or (1,)
    mask = broadcast_to(mask, shape=full)
    arrays = any(map(shape_of, inputs))  # a single number beside arrays stays as it is, and stretches
    result = BY_NUMPY[ufunc](*(_picked(x, mask, full) if shape_of(x) or not arrays else x for x in inputs))
    if dtype_of(result).kind not in "fc":
        raise TypeError(f"{called}(where=…) of dtype {dtype_of(result)} has no nan for the others; use np.where")
    result = choose(mask, put(result, mask, mask, index=(ARRAY,)), math.nan)
    return result if shape else reshape(result, shape=())


def _picked(x: Any, mask: Any, shape: tuple[int, ...]) -> Any:
    """The elements of `x`, stretched to `shape`, at which the mask is True."""
    return getitem(x if shape_of(x) == shape else broadcast_to(x, shape=shape), mask, index=(ARRAY,))


# ---- reduce, accumulate, reduceat --------------------------------------------------------------------


def _log_sum(
    array: Any, axis: Any = None, keepdims: bool = False, initial: Any = NOT_GIVEN, where: Any = True, out: Any = None
) -> Any:
    """`np.logaddexp.reduce`."""
    called = "np.logaddexp.reduce"
    _of_reals(called, array)
    if out is not None:
        refuse(called, "out", out)
    if where is not True:
        array = choose(mask_for(called, where, array), array, -math.inf)
    total = logsumexp(array, axis=axis, keepdims=keepdims)
    started = initial is not NOT_GIVEN and initial is not None
    return logaddexp(total, start_of(called, initial, array)) if started else total


def _of_reals(called: str, array: Any) -> None:
    if is_complex(array):
        raise TypeError(f"{called} is of real numbers, and got complex ones")


REDUCERS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
    np.fmax: np.nanmax,
    np.fmin: np.nanmin,
    np.logical_and: np.all,
    np.logical_or: np.any,
}
"""`np.add.reduce(x)` is `np.sum(x, axis=0)`, and so on."""

ACCUMULATORS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: lambda x, axis: cumsum(x, axis=axis),
    np.multiply: lambda x, axis: cumprod(x, axis=axis),
    np.maximum: lambda x, axis: fetch_along(x, record_places(x, axis=axis, largest=True), axis),
    np.minimum: lambda x, axis: fetch_along(x, record_places(x, axis=axis, largest=False), axis),
}
"""The running ones.  Of elements that tie for the extreme so far, the first is the one that is passed on."""


OF_TRUTHS = (np.logical_and, np.logical_or)


def _underivable(ufunc: np.ufunc, method: str) -> NoReturn:
    raise TypeError(f"{ufunc_name(ufunc, method)} has no derivative here; {LEAVE}")


def _reduce(ufunc: np.ufunc, array: Any, axis: Any = 0, dtype: Any = None, **keywords: Any) -> Any:
    called = ufunc_name(ufunc, "reduce")
    if ufunc not in REDUCERS and ufunc is not np.logaddexp:
        _underivable(ufunc, "reduce")
    if dtype is not None:
        if ufunc in OF_TRUTHS:
            refuse(called, "dtype", dtype)
        array = cast(called, array, dtype)
    reducer = _log_sum if ufunc is np.logaddexp else BY_NUMPY[REDUCERS[ufunc]]
    return rounded(reducer(array, axis=axis, **keywords), dtype)


def _accumulate(ufunc: np.ufunc, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None) -> Any:
    called = ufunc_name(ufunc, "accumulate")
    if ufunc not in ACCUMULATORS:
        _underivable(ufunc, "accumulate")
    if out is not None:
        refuse(called, "out", out)
    if not shape_of(array):
        raise TypeError(f"{called} needs an axis, and got one number")
    axis = normalize_axis_index(operator.index(axis), len(shape_of(array)))
    return ACCUMULATORS[ufunc](cast(called, array, dtype), axis)


def _reduceat(ufunc: np.ufunc, array: Any, indices: Any, axis: Any = 0, dtype: Any = None, out: Any = None) -> Any:
    """The reduction of each stretch from one index to the next; of one element where that is not larger."""
    called = ufunc_name(ufunc, "reduceat")
    if ufunc in OF_TRUTHS or (ufunc not in REDUCERS and ufunc is not np.logaddexp):
        _underivable(ufunc, "reduceat")
    if type(indices) is Value:
        raise TypeError(f"{called}: indices are a setting, and got a Value; use indices.data")
    if out is not None:
        refuse(called, "out", out)
    if ufunc is np.logaddexp:
        _of_reals(called, array)
    axis = normalize_axis_index(operator.index(axis), len(shape_of(array)))
    starts, n = [operator.index(i) for i in indices], shape_of(array)[axis]
    if any(not 0 <= i < n for i in starts):
        raise IndexError(f"{called}: indices {starts} for an axis of length {n}")
    if not starts:
        return cast(called, getitem(array, index=along(axis, slice(0))), dtype)
    stretches = [slice(a, b if a < b else a + 1) for a, b in zip(starts, [*starts[1:], n], strict=True)]
    pieces = (getitem(array, index=along(axis, stretch)) for stretch in stretches)
    return concatenate(*(_reduce(ufunc, piece, axis, dtype, keepdims=True) for piece in pieces), axis=axis)


# ---- outer, at ---------------------------------------------------------------------------------------


def _outer(ufunc: np.ufunc, a: Any, b: Any, **keywords: Any) -> Any:
    """The ufunc of each element of `a` with each of `b`."""
    if ufunc.signature is not None or differentiates(ufunc) is None:
        _underivable(ufunc, "outer")
    a = a if type(a) is Value else np.asarray(a)
    return _call(ufunc, reshape(a, shape=(*shape_of(a), *[1] * len(shape_of(b)))), b, **keywords)


def _at(ufunc: np.ufunc, *_inputs: Any, **_keywords: Any) -> NoReturn:
    remedies: dict[np.ufunc, str] = {np.add: "add(v)", np.subtract: "add(-v)", np.multiply: "multiply(v)"}
    remedy = remedies.get(ufunc, "set(…)")
    raise TypeError(f"{ufunc_name(ufunc, 'at')} changes an array in place; write y = te.at(x)[i].{remedy}")


BY_METHOD.update(
    {
        "__call__": _call,
        "reduce": _reduce,
        "accumulate": _accumulate,
        "reduceat": _reduceat,
        "outer": _outer,
        "at": _at,
    }
)
