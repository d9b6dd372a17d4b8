"""Functions of each element that are composites of rows: those with two results, those of truth values, interp."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..kinds import is_complex, shape_of
from ..notation import BY_NUMPY, LEAVE
from ..ops.arithmetic import fraction, ldexp, negative, remainder
from ..ops.comparison import (
    equal,
    exponent,
    floor_divide,
    greater,
    less,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    maximum,
    minimum,
    not_equal,
    trunc,
    where,
)
from ..ops.complex_numbers import imag
from ..ops.elementary import deg2rad, rad2deg
from ..ops.index import ARRAY, getitem
from ..ops.shape import concatenate, reshape
from ..ops.sorting import argsort, searchsorted
from ..payload import describe
from .creation import array, double
from .spelling import data_of, dtype_of, spells

BY_NUMPY[np.degrees] = rad2deg
BY_NUMPY[np.radians] = deg2rad
BY_NUMPY[np.around] = BY_NUMPY[np.round]


# ---- ufuncs with two results -------------------------------------------------------------------------


def _modf(x: Any) -> tuple[Any, Any]:
    return fraction(x), trunc(x)


def _frexp(x: Any) -> tuple[Any, Any]:
    power = exponent(x)
    return ldexp(x, negative(power)), power


def _divmod(x: Any, y: Any) -> tuple[Any, Any]:
    return floor_divide(x, y), remainder(x, y)


BY_NUMPY[np.modf] = _modf
BY_NUMPY[np.frexp] = _frexp
BY_NUMPY[np.divmod] = _divmod


# ---- ufuncs of bits, for truth values ----------------------------------------------------------------


def _of_truths(ufunc: np.ufunc, logical: Callable[..., Any]) -> Callable[..., Any]:
    """`logical` under the name of a ufunc of bits, which does the same to bools: `mask & (x > 0)`."""

    def call(*xs: Any) -> Any:
        for x in xs:
            if dtype_of(x).kind != "b":
                raise TypeError(f"np.{ufunc.__name__} is for bools here, not for {describe(data_of(x))}; {LEAVE}")
        return logical(*xs)

    return call


for _bitwise, _logical in (
    (np.bitwise_and, logical_and),
    (np.bitwise_or, logical_or),
    (np.bitwise_xor, logical_xor),
    (np.invert, logical_not),
):
    BY_NUMPY[_bitwise] = _of_truths(_bitwise, _logical)


# ---- steps and questions about each element ----------------------------------------------------------


@spells(np.fix, "x, out")
def _fix(x: Any) -> Any:
    return trunc(x)


@spells(np.isposinf, "x, out")
def _isposinf(x: Any) -> Any:
    return equal(_of_order(x), math.inf)


@spells(np.isneginf, "x, out")
def _isneginf(x: Any) -> Any:
    return equal(_of_order(x), -math.inf)


@spells(np.isreal, "x")
def _isreal(x: Any) -> Any:
    return equal(imag(x), 0.0)


@spells(np.iscomplex, "x")
def _iscomplex(x: Any) -> Any:
    return not_equal(imag(x), 0.0)


def _of_order(x: Any) -> Any:
    """`x`, unless it is complex: those are not above or below one another."""
    if is_complex(x):
        raise TypeError("complex numbers have no order; take np.real(x), np.imag(x) or np.abs(x) first")
    return x


# ---- interpolation -----------------------------------------------------------------------------------


@spells(np.interp, "x, xp, fp, left, right, period")
def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """At a knot the slope in x is that of the interval to its right; at the last knot and beyond it is 0."""
    x, xp, fp = _of_order(array(x)), _of_order(array(xp)), array(fp)
    if not shape_of(x):
        return reshape(_interp(reshape(x, shape=(1,)), xp, fp, left, right, period), shape=())
    x, xp, fp = double(x), double(xp), double(fp)
    if len(shape_of(xp)) != 1 or shape_of(fp) != shape_of(xp) or shape_of(xp) == (0,):
        raise ValueError(f"np.interp takes two vectors of one length, not shapes {shape_of(xp)} and {shape_of(fp)}")
    n = shape_of(xp)[0]
    if period is not None:
        return _interp_around(x, xp, fp, period)
    first, last = getitem(xp, index=(0,)), getitem(xp, index=(n - 1,))
    outside = logical_or(less(x, first), greater(x, last))
    after = searchsorted(xp, x, side="right")
    start, end = maximum(after - 1, 0), minimum(after, n - 1)
    x0, x1, y0, y1 = _at(xp, start), _at(xp, end), _at(fp, start), _at(fp, end)
    slope = (y1 - y0) / where(equal(x0, x1), 1.0, x1 - x0)
    out = y0 + where(outside, 0.0, x - x0) * slope
    out = out if left is None else where(less(x, first), left, out)
    return out if right is None else where(greater(x, last), right, out)


def _interp_around(x: Any, xp: Any, fp: Any, period: Any) -> Any:
    """Interpolation on a circle: sorted, with a knot more at either end, a period away."""
    if period == 0:
        raise ValueError("np.interp takes a period that is not 0")
    period = abs(period)
    order = argsort(remainder(xp, period), stable=True)
    xp, fp = _at(remainder(xp, period), order), _at(fp, order)
    head, tail = (slice(0, 1),), (slice(-1, None),)
    xp = concatenate(getitem(xp, index=tail) - period, xp, getitem(xp, index=head) + period)
    return _interp(remainder(x, period), xp, concatenate(getitem(fp, index=tail), fp, getitem(fp, index=head)))


def _at(x: Any, places: Any) -> Any:
    """The elements of a vector at some places, which are data: a replay of the record finds them anew."""
    return getitem(x, places, index=(ARRAY,))
