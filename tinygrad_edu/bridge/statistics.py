"""Statistics: average, median, quantiles, covariance; and those that skip nan.

A quantile is one element, or a mixture of two next to each other in sorted order: which two is found anew
from the data by a row without a derivative, and they are picked out.  Elements that tie keep their order,
so of equal ones the first in line gets the gradient.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..engine import Value
from ..kinds import is_complex, parts, shape_of
from ..notation import NOT_GIVEN, numpy_spelling, refuse
from ..ops.arithmetic import divide
from ..ops.checking import ensured
from ..ops.comparison import clip, isnan, less_equal, logical_and, logical_not
from ..ops.comparison import where as choose
from ..ops.complex_numbers import conjugated, imag, real
from ..ops.elementary import sqrt
from ..ops.index import diagonal, fetch_along
from ..ops.products import matmul
from ..ops.reduce import RANKS, all_, count, quantile_places, sum_
from ..ops.shape import astype, broadcast_to, concatenate, moveaxis, reshape, squeeze, stop_gradient, transpose
from .reductions import (
    cast,
    counted,
    degrees_of_freedom,
    largest,
    mask_for,
    mean_of,
    product_of,
    real_dtype_of,
    root,
    rounded,
    running_product,
    running_sum,
    smallest,
    sum_of,
    variance,
)  # fmt: skip
from .spelling import dtype_of, spells

# ---- average -----------------------------------------------------------------------------------------


@spells(np.average, "a, axis, weights, returned=False, keepdims")
def _average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, keepdims: bool = False) -> Any:
    if weights is None:
        average = mean_of(a, axis=axis, keepdims=keepdims)
        total: Any = float(count(a, axis))
    else:
        average, total = _weighted(a, axis, _stretchable(weights, a, axis), keepdims)
    if not returned:
        return average
    shape = shape_of(average)
    total = total if type(total) is Value else np.asarray(total, dtype_of(average))
    return average, broadcast_to(total, shape=shape) if shape else total if type(total) is Value else total.item()


def _weighted(a: Any, axis: Any, weights: Any, keepdims: bool) -> tuple[Any, Any]:
    """The weighted mean, and the sum of the weights."""
    products = a * weights
    total = astype(sum_(weights, axis=axis, keepdims=keepdims), dtype=dtype_of(products))
    total = ensured(_not_zero, total)
    return divide(sum_(products, axis=axis, keepdims=keepdims), total), total


def _not_zero(total: Any) -> None:
    if np.any(total == 0.0):
        raise ZeroDivisionError("the weights of np.average add up to zero, so it is not defined")


def _stretchable(weights: Any, a: Any, axis: Any) -> Any:
    """Weights in a shape that stretches to that of `a`."""
    weights = weights if type(weights) is Value else np.asarray(weights)
    shape = shape_of(a)
    if weights.shape == shape:
        return weights
    if axis is None:
        raise TypeError(f"weights of shape {weights.shape} for data of shape {shape} need axis=")
    axes = normalize_axis_tuple(axis, len(shape))
    if weights.shape != tuple(shape[i] for i in axes):
        raise ValueError(f"weights of shape {weights.shape} do not agree with axis {axis} of shape {shape}")
    weights = transpose(weights, axes=tuple(int(i) for i in np.argsort(axes)))
    return reshape(weights, shape=tuple(n if i in axes else 1 for i, n in enumerate(shape)))


# ---- quantiles ---------------------------------------------------------------------------------------

WHOLE = {"lower", "higher", "nearest", "inverted_cdf", "closest_observation"}
"""The methods that pick one element."""


def _reduced_last(a: Any, axis: Any) -> tuple[Any, tuple[int, ...]]:
    """`a` with the reduced axes as one, the last; and the shape of the result with ones for them."""
    shape = shape_of(a)
    axes = tuple(range(len(shape))) if axis is None else normalize_axis_tuple(axis, len(shape))
    kept = tuple(n for i, n in enumerate(shape) if i not in axes)
    last = tuple(range(-len(axes), 0))
    if axes != tuple(i + len(shape) for i in last):
        a = moveaxis(a, source=axes, destination=last)
    flat = reshape(a, shape=(*kept, math.prod(shape[i] for i in axes)))
    return flat, tuple(1 if i in axes else n for i, n in enumerate(shape))


def _quantile_of(
    called: str, a: Any, q: Any, axis: Any, method: str, keepdims: bool, weights: Any, skip: bool, weak: bool
) -> Any:
    """Quantiles; `skip` leaves nan out, `weak` says that q is a Python number, which has no precision of its own."""
    if weights is not None:
        refuse(called, "weights", weights)
    if is_complex(a):
        raise TypeError(f"{called} sorts real numbers, and got complex ones")
    if method not in RANKS:
        raise ValueError(f"{called}(method={method!r}): the methods are {', '.join(RANKS)}")
    if q.ndim > 2 or not np.all((q >= 0.0) & (q <= 1.0)):
        raise ValueError(f"{called} takes numbers between 0 and 1 (percentiles: 100), or an array of them")
    if skip and not math.prod(shape_of(a)):
        return mean_of(a, axis=axis, keepdims=keepdims)
    flat, ones = _reduced_last(a, axis)
    if not shape_of(flat)[-1]:
        raise IndexError(f"{called} of no elements: shape {shape_of(a)}, axis {axis}")
    nearer, other, share = parts(quantile_places(flat, np.ravel(q), method=method, skip=skip))
    out = fetch_along(flat, nearer, -1)
    if method not in WHOLE and share.dtype.kind == "f":
        share = astype(share, dtype=real_dtype_of(a)) if weak else share
        out = out + (fetch_along(flat, other, -1) - out) * share
    return reshape(moveaxis(out, source=-1, destination=0), shape=q.shape + (ones if keepdims else shape_of(flat)[:-1]))


def _quantiles(function: Any, scale: int, skip: bool) -> None:
    """Spell a function of quantiles; `scale` is what NumPy's q is a fraction of."""
    called = f"np.{function.__name__}"

    @spells(function, "a, q, axis, out, overwrite_input=False, method='linear', keepdims=False, weights")
    def full(
        a: Any, q: Any, axis: Any = None, overwrite_input: bool = False,  # noqa: ARG001  (a permission not needed)
        method: str = "linear", keepdims: bool = False, weights: Any = None,
    ) -> Any:  # fmt: skip
        if type(q) is Value:
            raise TypeError(f"{called}: q is a setting, and got a Value; use q.data")
        fraction = np.asarray(q if scale == 1 else np.true_divide(q, scale))
        return _quantile_of(called, a, fraction, axis, method, keepdims, weights, skip, type(q) in (int, float))


_quantiles(np.quantile, 1, False)
_quantiles(np.percentile, 100, False)
_quantiles(np.nanquantile, 1, True)
_quantiles(np.nanpercentile, 100, True)


def _medians(function: Any, skip: bool) -> None:
    """Spell a median: the element in the middle, or the mean of the two there."""

    @spells(function, "a, axis, out, overwrite_input=False, keepdims=False")
    def full(
        a: Any, axis: Any = None, overwrite_input: bool = False, keepdims: bool = False,  # noqa: ARG001
    ) -> Any:  # fmt: skip
        flat, ones = _reduced_last(a, axis)
        n = shape_of(flat)[-1]
        if not n:
            return mean_of(a, axis=axis, keepdims=keepdims)
        middle, other, _ = parts(quantile_places(flat, np.array([0.5]), method="midpoint", skip=skip))
        out = fetch_along(flat, middle, -1)
        if skip or n % 2 == 0:
            out = 0.5 * out + 0.5 * fetch_along(flat, other, -1)
        return reshape(out, shape=ones if keepdims else shape_of(flat)[:-1])


_medians(np.median, False)
_medians(np.nanmedian, True)


# ---- without nan -------------------------------------------------------------------------------------


def _numbers_or(a: Any, instead: float) -> Any:
    """`a` with another number in the place of nan; no gradient flows back there."""
    return choose(isnan(a), instead, a)


REDUCTION = "a, axis, dtype, out, keepdims, initial, where"


def _replacing(function: Any, instead: float, plain: Callable[..., Any], arguments: str = REDUCTION) -> None:
    """Let NumPy's `function` mean `plain`, a reduction for which nan may as well be the number `instead`."""
    settings = [name for name in arguments.split(", ")[1:] if name != "out"]
    numpy_spelling(function, lambda a, **given: plain(_numbers_or(a, instead), **given), arguments, settings)


_replacing(np.nansum, 0.0, sum_of)
_replacing(np.nanprod, 1.0, product_of)
_replacing(np.nancumsum, 0.0, running_sum, "a, axis, dtype, out")
_replacing(np.nancumprod, 1.0, running_product, "a, axis, dtype, out")


def _nan_extreme(function: Any, extreme: Callable[..., Any], worst: float) -> None:
    """An extreme among numbers; nan if there are none, and no number to start from."""

    @spells(function, "a, axis, out, keepdims, initial, where")
    def full(a: Any, axis: Any = None, keepdims: bool = False, initial: Any = NOT_GIVEN, where: Any = True) -> Any:
        found = extreme(_numbers_or(a, worst), axis, keepdims, initial, where)
        if initial is not None and initial is not NOT_GIVEN:
            return found
        return choose(all_(isnan(a), axis=axis, keepdims=keepdims), math.nan, found)


_nan_extreme(np.nanmax, largest, -math.inf)
_nan_extreme(np.nanmin, smallest, math.inf)


def _present(called: str, a: Any, where: Any) -> Any:
    """The mask of the numbers among the elements that `where=` lets through."""
    present = logical_not(isnan(a))
    return present if where is True else logical_and(present, mask_for(called, where, a))


@spells(np.nanmean, "a, axis, dtype, out, keepdims, where")
def _nanmean(a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, where: Any = True) -> Any:
    return mean_of(a, axis, dtype, keepdims, _present("np.nanmean", a, where))


def _nan_spread(function: Any, finish: Callable[[Any], Any]) -> None:
    """The variance or standard deviation among numbers; nan if there are not more than `ddof`."""
    called = f"np.{function.__name__}"

    @spells(function, "a, axis, dtype, out, ddof=0, keepdims, where, mean, correction")
    def full(
        a: Any, axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: bool = False,
        where: Any = True, mean: Any = NOT_GIVEN, correction: Any = NOT_GIVEN,
    ) -> Any:  # fmt: skip
        ddof, present = degrees_of_freedom(ddof, correction), _present(called, a, where)
        spread = finish(variance(called, a, axis, dtype, ddof, keepdims, present, mean))
        too_few = less_equal(counted(present, a, axis, keepdims), ddof)
        return rounded(choose(too_few, math.nan, spread), dtype)


_nan_spread(np.nanvar, lambda spread: spread)
_nan_spread(np.nanstd, root)


# ---- covariance --------------------------------------------------------------------------------------


@spells(np.cov, "m, y, rowvar=True, bias=False, ddof, fweights, aweights, dtype")
def _cov(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None,
    fweights: Any = None, aweights: Any = None, dtype: Any = None,
) -> Any:  # fmt: skip
    if ddof is not None and ddof != int(ddof):
        raise ValueError(f"ddof={ddof!r} of np.cov must be a whole number")
    if dtype is None:
        dtype = np.result_type(dtype_of(m), np.float64, *([] if y is None else [dtype_of(y)]))
    x = _variables(m, rowvar, dtype)
    if y is not None:
        x = concatenate(x, _variables(y, rowvar or shape_of(y)[:1] == (1,), dtype), axis=0)
    taken = ddof if ddof is not None else 0 if bias else 1
    weights, number = _sample_weights(shape_of(x)[1], taken, fweights, aweights)
    x = x - _average(x, axis=1, weights=weights, keepdims=True)
    weighted = x if weights is None else x * weights
    return squeeze(divide(matmul(x, transpose(conjugated(weighted))), number))


def _variables(m: Any, rowvar: bool, dtype: Any) -> Any:
    """The data with a variable in each row."""
    shape = shape_of(m)
    if len(shape) > 2:
        raise ValueError(f"np.cov takes a vector or a matrix, and got shape {shape}")
    m = cast("np.cov", m, dtype)
    if len(shape) < 2:
        return reshape(m, shape=(1, math.prod(shape)))
    return m if rowvar else transpose(m)


def _sample_weights(n: int, ddof: Any, fweights: Any, aweights: Any) -> tuple[Any, Any]:
    """The weight of each of n samples, None if all are alike, and what their products are divided by."""
    if type(fweights) is Value:
        raise TypeError("np.cov(fweights=…) are counts, and got a Value; use its .data")
    for name, given in (("fweights", fweights), ("aweights", aweights)):
        if given is not None and shape_of(given) != (n,):
            raise ValueError(f"np.cov({name}=…) takes {n} weights, none below 0, and got shape {shape_of(given)}")
    fweights = None if fweights is None else ensured(_not_negative, fweights, name="fweights")
    aweights = None if aweights is None else ensured(_not_negative, aweights, name="aweights")
    if fweights is not None and np.any(np.asarray(fweights) != np.around(fweights)):
        raise TypeError("np.cov(fweights=…) takes whole numbers")
    counts = None if fweights is None else np.asarray(fweights, float)
    importance = aweights if aweights is None or type(aweights) is Value else np.asarray(aweights, float)
    weights = importance if counts is None else counts if importance is None else counts * importance
    if weights is None:
        number: Any = float(n - ddof)
    else:
        total = sum_(weights)
        lost = ddof if importance is None else ddof * sum_(weights * importance) / total if ddof else 0.0
        number = total - lost
    # Where no degrees of freedom are left, NumPy divides by 0, and warns of it.
    return weights, choose(less_equal(number, 0.0), 0.0, number) if type(number) is Value else max(number, 0.0)


def _not_negative(given: Any, name: str) -> None:
    if np.any(np.asarray(given) < 0):
        raise ValueError(f"np.cov({name}=…) takes weights that are 0 or more; some are below")


@spells(np.corrcoef, "x, y, rowvar=True, dtype")
def _corrcoef(x: Any, y: Any = None, rowvar: bool = True, dtype: Any = None) -> Any:
    covariance = _cov(x, y, rowvar, dtype=dtype)
    if not shape_of(covariance):
        return divide(covariance, covariance)
    deviation = sqrt(real(diagonal(covariance)))
    out = divide(divide(covariance, reshape(deviation, shape=(-1, 1))), reshape(deviation, shape=(1, -1)))
    if is_complex(out):
        return out + _excess(real(out)) + 1j * _excess(imag(out))
    return out + _excess(out)


def _excess(x: Any) -> Any:
    """What takes rounding errors beyond ±1 away, as NumPy does, without a slope of its own."""
    return stop_gradient(clip(x, -1.0, 1.0) - x)
