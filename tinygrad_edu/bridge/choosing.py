"""Choices between elements: clip, where, select, choose, piecewise; and a function applied along axes.

A choice is a chain of the row `where`, so what was not chosen gets no cotangent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ..engine import Value
from ..kinds import shape_of
from ..notation import BY_NUMPY, KEYWORDS, NOT_GIVEN
from ..ops.comparison import clip, equal, logical_not, logical_or, not_equal, where
from ..ops.index import ARRAY, chosen, getitem, refuse_masks, replace
from ..ops.shape import astype, expand_dims, moveaxis, reshape, stack
from .creation import array
from .selection import in_the_dtype
from .spelling import dtype_of, result_type_of, spells

# ---- bounds ------------------------------------------------------------------------------------------


@spells(
    np.clip,
    "a, a_min, a_max, out, min, max, where=True, casting='same_kind', order='K', dtype, subok=True",
)
def _clip(a: Any, a_min: Any = NOT_GIVEN, a_max: Any = NOT_GIVEN, min: Any = NOT_GIVEN, max: Any = NOT_GIVEN) -> Any:
    if a_min is NOT_GIVEN and a_max is NOT_GIVEN:
        a_min, a_max = min, max
    elif a_min is NOT_GIVEN or a_max is NOT_GIVEN:
        raise TypeError("np.clip needs both a_min and a_max, or min= and max=, one of which may be left out")
    elif min is not NOT_GIVEN or max is not NOT_GIVEN:
        raise ValueError("np.clip takes a_min and a_max, or min= and max=, not both")
    low = -np.inf if a_min is None or a_min is NOT_GIVEN else a_min
    high = np.inf if a_max is None or a_max is NOT_GIVEN else a_max
    return clip(a, low, high)


# ---- one of several ----------------------------------------------------------------------------------

_one_of_two = BY_NUMPY[np.where]


def _where(*arguments: Any, **keywords: Any) -> Any:
    """`np.where(condition, x, y)`; with the condition alone it asks where that holds."""
    if len(arguments) == 1 and not keywords:
        return np.nonzero(*arguments)
    return _one_of_two(*arguments, **keywords)


BY_NUMPY[np.where] = _where


def first_that_holds(conditions: Sequence[Any], choices: Sequence[Any], default: Any) -> Any:
    """Of the choices the first whose condition holds, in the dtype that all of them have together."""
    dtype = result_type_of(*choices, default)

    def in_it(x: Any) -> Any:
        return x if not shape_of(x) or dtype_of(x) == dtype else astype(x, dtype=dtype)

    out = in_it(default)
    for condition, x in zip(reversed(conditions), reversed(choices), strict=True):
        out = in_it(where(condition, in_it(x), out))
    return out


@spells(np.select, "condlist, choicelist, default=0")
def _select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    if not len(condlist) or len(condlist) != len(choicelist):
        raise ValueError(
            f"np.select needs a choice for each condition, and one at least; "
            f"{len(condlist)} conditions and {len(choicelist)} choices were given"
        )
    for condition in condlist:
        if (dtype := dtype_of(condition)).kind != "b":
            raise TypeError(f"np.select takes boolean conditions, not {dtype}")
    return first_that_holds(list(condlist), list(choicelist), default)


@spells(np.choose, "a, choices, out, mode='raise'")
def _choose(a: Any, choices: Sequence[Any], mode: str = "raise") -> Any:
    choices = list(choices)
    which = chosen(a, n=len(choices), mode=mode)
    return first_that_holds([equal(which, k) for k in range(len(choices))], choices, False)


def masks(condlist: Any, funclist: Sequence[Any], x: Any) -> list[Any]:
    """The conditions of `np.piecewise` as masks, with one for the rest where a function is left for it."""
    one = not isinstance(condlist, list | tuple) and not shape_of(condlist)
    single = one or (not shape_of(condlist[0]) and shape_of(x))  # as NumPy tells them apart
    conditions = [as_mask(c) for c in ([condlist] if single else condlist)]
    if len(funclist) == len(conditions) + 1:
        conditions.append(logical_not(reduce(logical_or, conditions)))
    if len(funclist) != len(conditions):
        raise ValueError(
            f"np.piecewise needs a function for each condition, and may have one more for the rest; "
            f"{len(conditions)} conditions and {len(funclist)} functions were given"
        )
    return conditions


def as_mask(condition: Any) -> Any:
    """A condition as booleans."""
    return not_equal(condition, 0.0) if type(condition) is Value else np.asarray(condition, bool)


def _piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Any:
    """As NumPy's: where several conditions hold, the last of them counts."""
    x = x if type(x) is Value else np.asarray(x)
    shape = shape_of(x) or (1,)
    elements = reshape(x, shape=shape)
    conditions = masks(condlist, funclist, x)
    refuse_masks(conditions, "np.piecewise(x, conditions, …)")
    out = replace(elements, 0.0, index=(...,))  # a Value, even if no condition holds
    for mask, f in zip(conditions, funclist, strict=True):
        where_it_holds = mask if shape_of(x) else reshape(mask, shape=(1,))
        here = getitem(elements, where_it_holds, index=(ARRAY,))
        if 0 not in shape_of(here):
            made = f(here, *args, **kw) if callable(f) else f
            out = replace(out, in_the_dtype(made, x, "np.piecewise"), where_it_holds, index=(ARRAY,))
    return reshape(out, shape=shape_of(x))


BY_NUMPY[np.piecewise] = _piecewise
KEYWORDS[np.piecewise] = ("x", "condlist", "funclist"), ()


# ---- along axes --------------------------------------------------------------------------------------


def _apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    axis = normalize_axis_index(axis, len(shape_of(arr)))
    rows = moveaxis(arr, source=axis, destination=-1)
    others = shape_of(rows)[:-1]
    if 0 in others:
        raise ValueError(f"np.apply_along_axis({axis=}) of an array of shape {shape_of(arr)}: there is no row")
    results = [func1d(getitem(rows, index=place), *args, **kwargs) for place in np.ndindex(others)]
    results = [array(made) if isinstance(made, list | tuple) else made for made in results]
    new = shape_of(results[0])
    out = reshape(stack(*results), shape=others + new)
    out = out if new else in_the_precision(out, arr)  # single numbers had forgotten it
    there = len(others)
    return moveaxis(out, source=range(there, there + len(new)), destination=range(axis, axis + len(new)))


def in_the_precision(made: Any, like: Any) -> Any:
    """`made`, real or complex as it is, in the precision of `like`."""
    has, given = map(dtype_of, (made, like))
    if not shape_of(made) or has.kind not in "fc" or given.kind not in "fc":
        return made
    precision = np.dtype(given.char.lower())
    wanted = precision if has.kind == "f" else np.result_type(precision, np.complex64)
    return made if has == wanted else astype(made, dtype=wanted)


def _apply_over_axes(func: Callable[[Any, int], Any], a: Any, axes: Any) -> Any:
    ndim = len(shape_of(a))
    for axis in np.atleast_1d(axes).tolist():
        made = func(a, axis % ndim)
        a = made if len(shape_of(made)) == ndim else in_the_precision(expand_dims(made, axis=axis % ndim), a)
        if len(shape_of(a)) != ndim:
            raise ValueError(f"np.apply_over_axes: the function made an array of shape {shape_of(made)}")
    return a


BY_NUMPY[np.apply_along_axis] = _apply_along_axis
KEYWORDS[np.apply_along_axis] = ("func1d", "axis", "arr"), ()
BY_NUMPY[np.apply_over_axes] = _apply_over_axes
KEYWORDS[np.apply_over_axes] = ("func", "a", "axes"), ()
