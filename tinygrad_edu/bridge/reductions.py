"""Reductions with all of NumPy's keywords, and running ones.

A row knows `axis` and `keepdims` alone, and is called straight away when nothing else is given.  The other
keywords are composites: `dtype=` casts first, `where=` puts the neutral element where the mask is False,
`initial=` joins at the end.  Those that skip nan are in `statistics`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine import Value
from ..kinds import is_complex, shape_of
from ..notation import BY_NUMPY, NOT_GIVEN, numpy_spelling, refuse
from ..ops.arithmetic import divide
from ..ops.comparison import equal, logical_and, logical_not, logical_or, maximum, minimum
from ..ops.comparison import where as choose
from ..ops.complex_numbers import conjugate, real
from ..ops.elementary import sqrt
from ..ops.reduce import all_, any_, count, cumprod, cumsum, max_, mean, min_, prod, std, sum_, var
from ..ops.shape import astype, broadcast_to, concatenate, reshape, stop_gradient
from ..payload import plain
from .spelling import dtype_of, spells

LEAN = frozenset({"axis", "keepdims"})


def _reduces(
    function: Callable[..., Any], row: Any, arguments: str, lean: frozenset[str] = LEAN
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let NumPy's `function` mean `row`, and the decorated composite where keywords beside `lean` are given."""

    def register(full: Callable[..., Any]) -> Callable[..., Any]:
        numpy_spelling(function, full, arguments)
        careful = BY_NUMPY[function]

        def call(*args: Any, **kwargs: Any) -> Any:
            if kwargs.keys() <= lean and kwargs.get("keepdims") is not NOT_GIVEN:
                if len(args) == 1:
                    return row(*args, **kwargs)
                if len(args) == 2 and not kwargs:
                    return row(args[0], axis=args[1])
            return careful(*args, **kwargs)

        BY_NUMPY[function] = call
        return full

    return register


# ---- what a keyword asks for -------------------------------------------------------------------------


def real_dtype_of(x: Any) -> np.dtype[Any]:
    """The precision of `x`, without an imaginary part: what a count of its elements is given in."""
    dtype = dtype_of(x)
    return np.dtype(dtype.char.lower()) if dtype.kind in "fc" else np.dtype(float)


def cast(called: str, x: Any, dtype: Any) -> Any:
    """`x` in the dtype that `dtype=` asks for; TypeError for one without derivatives."""
    if dtype is None:
        return x
    wanted = np.dtype(dtype)
    if wanted.char not in ("FD" if is_complex(x) else "efdFD"):
        refuse(called, "dtype", dtype)
    return x if dtype_of(x) == wanted else astype(x, dtype=wanted)


def rounded(x: Any, dtype: Any) -> Any:
    """A single number rounded to the precision that was asked for; an array has it already."""
    return x if dtype is None or shape_of(x) else astype(x, dtype=np.dtype(dtype))


def bools(called: str, where: Any) -> Any:
    """A mask given as `where=`: an array or a Value of bools."""
    mask = where if type(where) is Value else np.asarray(where)
    if mask.dtype != bool:
        raise TypeError(f"{called}(where=…) takes a mask of bools, not of dtype {mask.dtype}")
    return mask


def mask_for(called: str, where: Any, x: Any) -> Any:
    """A mask given as `where=`, in a shape that stretches to that of `x`."""
    mask = bools(called, where)
    try:
        fits = np.broadcast_shapes(mask.shape, shape_of(x)) == shape_of(x)
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"{called}(where=…) of shape {mask.shape} does not stretch to the data of shape {shape_of(x)}")
    return mask


def counted(mask: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """How many elements of `x` a mask lets through, in its precision; there is nothing to differentiate."""
    number = sum_(broadcast_to(mask, shape=shape_of(x)), axis=axis, keepdims=keepdims)
    number = stop_gradient(astype(number, dtype=real_dtype_of(x)))
    return number if type(number) is Value else plain(number)


def start_of(called: str, initial: Any, x: Any) -> Any:
    """The number given as `initial=`, in the dtype of `x`."""
    if shape_of(initial):
        raise ValueError(f"{called}(initial=…) takes one number, not an array of shape {shape_of(initial)}")
    return initial if type(initial) is Value else dtype_of(x).type(initial).item()


def _needs_element(called: str, x: Any, axis: Any, where: Any) -> None:
    """Raise where a reduction has nothing to start from."""
    if where is not True or not count(x, axis):
        raise ValueError(f"{called} without an initial number needs an element to start from, and no where=")


# ---- sums, products, means ---------------------------------------------------------------------------


def _folding(function: Any, row: Any, neutral: float, join: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """A sum or a product, with its neutral element."""
    called = f"np.{function.__name__}"

    @_reduces(function, row, "a, axis, dtype, out, keepdims, initial, where")
    def full(
        a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, initial: Any = NOT_GIVEN, where: Any = True
    ) -> Any:
        a = cast(called, a, dtype)
        if initial is None:
            _needs_element(called, a, axis, where)
        if where is not True:
            a = choose(mask_for(called, where, a), a, neutral)
        folded = row(a, axis=axis, keepdims=keepdims)
        if initial is not None and initial is not NOT_GIVEN:
            folded = join(folded, start_of(called, initial, a))
        return rounded(folded, dtype)

    return full


sum_of = _folding(np.sum, sum_, 0.0, lambda total, start: total + start)
product_of = _folding(np.prod, prod, 1.0, lambda product, start: product * start)


@_reduces(np.mean, mean, "a, axis, dtype, out, keepdims, where")
def mean_of(a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, where: Any = True) -> Any:
    if where is True and dtype is None:
        return mean(a, axis=axis, keepdims=keepdims)
    if dtype is None and dtype_of(a) == np.float16:  # NumPy adds halves up in single precision
        return astype(mean_of(a, axis, np.float32, keepdims, where), dtype=np.dtype(np.float16))
    a = cast("np.mean", a, dtype)
    if where is True:
        number: Any = float(count(a, axis))
    else:
        mask = mask_for("np.mean", where, a)
        a, number = choose(mask, a, 0.0), counted(mask, a, axis, keepdims)
    return rounded(divide(sum_(a, axis=axis, keepdims=keepdims), number), dtype)


# ---- extremes ----------------------------------------------------------------------------------------


def _extreme(functions: tuple[Any, ...], row: Any, further: Any, worst: float) -> Callable[..., Any]:
    """The largest or the smallest; `further` is that of two, and `worst` loses against everything."""
    called = f"np.{functions[0].__name__}"

    def full(a: Any, axis: Any = None, keepdims: bool = False, initial: Any = NOT_GIVEN, where: Any = True) -> Any:
        started = initial is not None and initial is not NOT_GIVEN
        if not started and where is not True:
            raise ValueError(f"{called}(where=…) may leave no element; say what the result is then: initial=…")
        if where is not True:
            a = choose(mask_for(called, where, a), a, worst)
        if not started:
            return row(a, axis=axis, keepdims=keepdims)
        start = start_of(called, initial, a)
        if not count(a, axis):
            return sum_(a, axis=axis, keepdims=keepdims) + start  # that of no elements, in the right shape
        return further(row(a, axis=axis, keepdims=keepdims), start)

    for function in functions:
        _reduces(function, row, "a, axis, out, keepdims, initial, where")(full)
    return full


largest = _extreme((np.max, np.amax), max_, maximum, -math.inf)
smallest = _extreme((np.min, np.amin), min_, minimum, math.inf)


@spells(np.ptp, "a, axis, out, keepdims")
def _ptp(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return max_(a, axis=axis, keepdims=keepdims) - min_(a, axis=axis, keepdims=keepdims)


@_reduces(np.any, any_, "a, axis, out, keepdims, where")
def _any(a: Any, axis: Any = None, keepdims: bool = False, where: Any = True) -> Any:
    return any_(logical_and(a, mask_for("np.any", where, a)), axis=axis, keepdims=keepdims)


@_reduces(np.all, all_, "a, axis, out, keepdims, where")
def _all(a: Any, axis: Any = None, keepdims: bool = False, where: Any = True) -> Any:
    return all_(logical_or(a, logical_not(mask_for("np.all", where, a))), axis=axis, keepdims=keepdims)


# ---- spread ------------------------------------------------------------------------------------------


def squared_deviations(
    called: str, a: Any, axis: Any, dtype: Any, keepdims: bool, where: Any, centre: Any
) -> tuple[Any, Any]:
    """The sum of |x − mean|², and how many x there are."""
    if dtype is not None and (is_complex(a) or np.dtype(dtype).kind != "f"):
        refuse(called, "dtype", dtype)
    masked = where is not True
    mask: Any = mask_for(called, where, a) if masked else True
    if centre is None or centre is NOT_GIVEN:
        centre = mean_of(a, axis, dtype, True, mask if masked else True)
    elif is_complex(centre) and not is_complex(a):
        raise TypeError(f"{called}(mean=…) of real data got a complex number; give a real one")
    apart = choose(mask, a - centre, 0.0) if masked else a - centre
    squares = real(apart * conjugate(apart)) if is_complex(apart) else apart * apart
    total = sum_(cast(called, squares, dtype), axis=axis, keepdims=keepdims)
    return total, counted(mask, a, axis, keepdims) if masked else float(count(a, axis))


def degrees_of_freedom(ddof: Any, correction: Any) -> Any:
    """What is taken off the count: two names for one number."""
    if correction is NOT_GIVEN:
        return ddof
    if ddof != 0:
        raise ValueError("ddof= and correction= are two names for one number; give one of them")
    return correction


def variance(
    called: str, a: Any, axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: bool = False,
    where: Any = True, mean: Any = NOT_GIVEN, correction: Any = NOT_GIVEN,
) -> Any:  # fmt: skip
    """The variance with all of NumPy's keywords."""
    ddof = degrees_of_freedom(ddof, correction)
    total, number = squared_deviations(called, a, axis, dtype, keepdims, where, mean)
    return rounded(divide(total, maximum(number - ddof, 0.0)), dtype)


def root(spread: Any) -> Any:
    """The standard deviation that belongs to a variance; where it is 0 so is its gradient, by convention."""
    still = equal(spread, 0.0)
    return choose(still, 0.0, sqrt(choose(still, 1.0, spread)))


def _spread(function: Any, row: Any, finish: Callable[[Any], Any]) -> None:
    """The variance or the standard deviation, spelled as NumPy does."""
    called = f"np.{function.__name__}"

    @_reduces(function, row, "a, axis, dtype, out, ddof=0, keepdims, where, mean, correction", LEAN | {"ddof"})
    def full(
        a: Any, axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: bool = False,
        where: Any = True, mean: Any = NOT_GIVEN, correction: Any = NOT_GIVEN,
    ) -> Any:  # fmt: skip
        if where is True and dtype is None and (mean is None or mean is NOT_GIVEN):
            return row(a, axis=axis, ddof=degrees_of_freedom(ddof, correction), keepdims=keepdims)
        return rounded(finish(variance(called, a, axis, dtype, ddof, keepdims, where, mean, correction)), dtype)


_spread(np.var, var, lambda spread: spread)
_spread(np.std, std, root)


# ---- running sums and products -----------------------------------------------------------------------


def _running(function: Any, row: Any, cumulative: Any, neutral: float) -> Callable[..., Any]:
    """A running sum or product in NumPy's two spellings, of which the second can begin with `neutral`."""

    @_reduces(function, row, "a, axis, dtype, out", frozenset({"axis"}))
    def full(a: Any, axis: Any = None, dtype: Any = None) -> Any:
        return row(cast(f"np.{function.__name__}", a, dtype), axis=axis)

    @spells(cumulative, "x, axis, dtype, out, include_initial=False")
    def with_initial(x: Any, axis: Any = None, dtype: Any = None, include_initial: bool = False) -> Any:
        called = f"np.{cumulative.__name__}"
        x = x if shape_of(x) else reshape(x, shape=(1,))
        if axis is None and len(shape_of(x)) > 1:
            raise ValueError(f"{called} of an array of shape {shape_of(x)} needs axis=, one of its axes")
        axis = -1 if axis is None else axis
        out = row(cast(called, x, dtype), axis=axis)
        if not include_initial:
            return out
        shape = [1 if i == axis % len(shape_of(out)) else n for i, n in enumerate(shape_of(out))]
        return concatenate(np.full(shape, neutral, dtype_of(out)), out, axis=axis)

    return full


running_sum = _running(np.cumsum, cumsum, np.cumulative_sum, 0.0)
running_product = _running(np.cumprod, cumprod, np.cumulative_prod, 1.0)
