"""The chapter of indexing: picking elements out, and sending cotangents back where they came from.

An index is kept in two parts: what is settled when it is written (slices, integers, new axes) is a
setting of the row; arrays of positions and masks are data, so a replay of the record can recompute
them.  Elements picked several times get the sum of their cotangents.
"""

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine import EachInput, Value
from ..kinds import general, linear, rearrangement, shape_of
from ..notation import BY_NUMPY, LEAVE
from ..tracing import STATIC, refuse_while_tracing
from .comparison import equal, where

ARRAY = "array"  # stands in an index where the next array of positions goes


def first_input_only(rule):
    """The rules of an operation that is differentiated in its first input alone."""
    return EachInput(lambda i: rule if i == 0 else None)


def filled(index, arrays):
    """The index NumPy takes, from its settled part and its arrays."""
    if not arrays:
        return index
    following = iter(arrays)
    return tuple(next(following) if part is ARRAY else part for part in index)


def may_repeat(arrays: Sequence[Any]) -> bool:
    """Whether an index can name an element twice: slices and masks never do."""
    return not all(hasattr(a, "dtype") and a.dtype.kind == "b" for a in arrays)


def _getitem(x, *arrays, index):
    return np.asarray(x)[filled(index, arrays)]


def _put(g, like, *arrays, index):
    out = np.zeros(np.shape(like), getattr(g, "dtype", None) or np.result_type(like, g))
    places = filled(index, arrays)
    if may_repeat(arrays):
        np.add.at(out, places, g)
    else:
        out[places] = g
    return out


getitem = linear(
    _getitem,
    first_input_only(lambda g, out, x, *arrays, index: put(g, x, *arrays, index=index)),
    name="getitem",
    selects=True,
    doc="`x[index]`, basic and fancy",
)

put = linear(
    _put,
    first_input_only(lambda g, out, x, like, *arrays, index: getitem(g, *arrays, index=index)),
    name="put",
    template=1,
    doc="zeros in the shape of `like`, with `x` added at `index`: the transpose of indexing",
)


def pick(x: Any, index: Any) -> Any:
    """`x[index]` of a Value."""
    settled, arrays = split(index)
    refuse_masks(arrays, "x[mask]")
    return getitem(x, *arrays, index=settled)


def refuse_masks(arrays: Sequence[Any], called: str) -> None:
    """Raise while a function is traced if a mask is a Value: how many elements it selects would be frozen."""
    if any(type(a) is Value and a.dtype.kind == "b" for a in arrays):
        refuse_while_tracing(
            f"{called}, whose shape depends on the numbers of the mask,",
            f"use np.where(mask, x, 0.0), or np.sum(x, where=mask) and kin, which keep the shape; or {STATIC}",
        )


def split(index: Any) -> tuple[Any, list[Any]]:
    """An index as NumPy takes it, in two: its settled part, and what is data."""
    arrays, settled = [], []
    for part in index if type(index) is tuple else (index,):
        if isinstance(part, np.ndarray | Value | list | tuple | range) and shape_of(part) != ():
            arrays.append(positions(part))
            settled.append(ARRAY)
        elif part is None or part is ... or isinstance(part, slice | bool | np.bool):
            settled.append(part)
        elif type(part) is Value:
            if part.dtype.kind not in "iu":
                raise TypeError(f"a Value of dtype {part.dtype} cannot be used as an integer; {LEAVE}")
            arrays.append(part)
            settled.append(ARRAY)
        else:
            settled.append(operator.index(part))
    return tuple(settled), arrays


def positions(part: Any) -> Any:
    """An array of positions or a mask; an empty list holds no positions."""
    if type(part) is Value:
        return part
    part = np.asarray(part)
    return part if part.size else part.astype(int) if part.dtype.kind == "f" else part


BY_NUMPY[operator.getitem] = pick


# ---- positions that depend on the data: integers without a derivative --------------------------------


def _insertion(obj, shape, inserted, axis):
    old, new = math.prod(shape), math.prod(inserted)
    return np.insert(np.arange(old).reshape(shape), obj, old + np.arange(new).reshape(inserted), axis=axis)


def _between_zeros(x, axis, trim):
    others = tuple(i for i in range(np.ndim(x)) if i != axis)
    used = np.flatnonzero(np.any(np.not_equal(x, 0), axis=others))
    if not used.size:
        return used
    return np.arange(used[0] if "f" in trim else 0, used[-1] + 1 if "b" in trim else np.shape(x)[axis])


# fmt: off
wrapped = general(lambda indices, n, mode: np.take(np.arange(n), indices, mode=mode), None, name="wrapped", doc="positions along an axis of length `n`, those outside it wrapped round or clipped")
chosen = general(lambda a, n, mode: np.choose(a, range(n), mode=mode), None, name="chosen", doc="which of `n` choices, those outside wrapped round or clipped")
true_places = general(lambda condition: np.flatnonzero(condition), None, name="true_places", doc="where a condition holds")
remaining = general(lambda obj, n: np.delete(np.arange(n), obj), None, name="remaining", doc="the positions that are left after a deletion")
insertion = general(_insertion, None, name="insertion", doc="where each element comes from after an insertion: the old ones are counted first")
between_zeros = general(_between_zeros, None, name="between_zeros", doc="the positions between the zeros at the ends of an axis")
# fmt: on


# ---- one axis at a time ------------------------------------------------------------------------------


def grid(places: Any, x: Any, axis: int) -> list[Any]:
    """The index that takes the elements at `places` along one axis, and leaves the other axes as they are.

    `places` has an axis for each axis of `x`."""
    every: list[Any] = list(np.indices(shape_of(x), sparse=True))
    every[axis] = places
    return every


def fetch_along(x: Any, places: Any, axis: int) -> Any:
    """The elements of `x` at `places` along one axis, which need not be the same in each row."""
    return getitem(x, *grid(places, x, axis), index=(ARRAY,) * len(shape_of(x)))


def send_along(g: Any, like: Any, places: Any, axis: int) -> Any:
    """Zeros in the shape of `like`, with `g` added at `places` along one axis: the transpose of `fetch_along`."""
    return put(g, like, *grid(places, like, axis), index=(ARRAY,) * len(shape_of(like)))


# ---- other elements in some places -------------------------------------------------------------------


def stretched(v, selected):
    """`v` in the shape of the selected elements, as an assignment stretches it."""
    try:
        return np.broadcast_to(v, np.shape(selected))
    except ValueError:
        raise ValueError(
            f"a value of shape {np.shape(v)} for a selection of shape {np.shape(selected)}; "
            "give a number, or an array that broadcasts to the selection"
        ) from None


def copied_for(x, v):
    """A copy of `x` that can hold `v`."""
    if np.iscomplexobj(v) and not np.iscomplexobj(x):
        raise TypeError("complex numbers do not fit into an array of real ones; make it complex first: x + 0j")
    return np.array(x)


def _replace(x, v, *arrays, index):
    out, places = copied_for(x, v), filled(index, arrays)
    v = stretched(v, out[places])
    out[places] = np.array(v, order="C") if may_repeat(arrays) else v  # which is the last follows from the layout
    return out if out.ndim else out[()]


def _add_at(x, v, *arrays, index):
    out, places = copied_for(x, v), filled(index, arrays)
    v = stretched(v, out[places])
    if may_repeat(arrays):
        np.add.at(out, places, v)
    else:
        out[places] += v
    return out if out.ndim else out[()]


def _replacing_vjp(g, out, x, v, *arrays, index):
    """The cotangent of what was put in place.  Of several for one element the last one counts: each leaves
    its number there, and the last finds its own."""
    chosen = getitem(g, *arrays, index=index)
    if not may_repeat(arrays):
        return chosen
    numbers = np.arange(math.prod(shape_of(chosen))).reshape(shape_of(chosen))
    left = replace(np.zeros(shape_of(x), int), numbers, *arrays, index=index)
    return where(equal(getitem(left, *arrays, index=index), numbers), chosen, 0.0)


REPLACED = (
    lambda g, out, x, v, *arrays, index: replace(g, 0.0, *arrays, index=index),
    _replacing_vjp,
)
ADDED = (
    lambda g, out, x, v, *arrays, index: g,
    lambda g, out, x, v, *arrays, index: getitem(g, *arrays, index=index),
)

replace = general(
    _replace,
    EachInput(lambda i: REPLACED[i] if i < 2 else None),
    name="replace",
    complex=True,
    selects=True,
    doc="`x` with the elements at `index` replaced by `v`",
)

add_at = general(
    _add_at,
    EachInput(lambda i: ADDED[i] if i < 2 else None),
    name="add_at",
    complex=True,
    doc="`x` with `v` added at `index`, several times where the index says so",
)


# ---- moving elements by a table of origins: the transpose of every `rearrangement` -------------------


def _scatter(g, like, origin):
    dtype, n = np.asarray(g).dtype, np.size(like) + 1
    if dtype.kind == "c":  # bincount counts in double precision
        sums = np.zeros(n, dtype)
        np.add.at(sums, origin.ravel(), np.ravel(g))
    else:
        sums = np.bincount(origin.ravel(), np.ravel(g), minlength=n).astype(dtype)
    return sums[1:].reshape(np.shape(like))


def _gather(x, origin):
    return np.concatenate([np.zeros(1, np.asarray(x).dtype), np.ravel(x)])[origin]


scatter = linear(
    _scatter,
    lambda g, out, x, like, origin: gather(g, origin=origin),
    None,
    name="scatter",
    template=1,
    doc="each element of `x` added where `origin` says it came from (1, 2, …; 0 for nowhere)",
)

gather = linear(
    _gather,
    lambda g, out, x, origin: scatter(g, x, origin=origin),
    name="gather",
    doc="element `origin` (1, 2, …) of `x`, or zero where `origin` is 0",
)

# fmt: off
resize = rearrangement(np.resize, "a, new_shape", selects=True, doc="the elements over and over again, until another shape is full")
flip = rearrangement(np.flip, "m, axis", doc="the order of the elements reversed")
roll = rearrangement(np.roll, "a, shift, axis", doc="the elements moved round in a circle")
rot90 = rearrangement(np.rot90, "m, k, axes", doc="turned by right angles")
repeat = rearrangement(np.repeat, "a, repeats, axis", doc="each element several times")
tile = rearrangement(np.tile, "A, reps", doc="the whole array several times")
tril = rearrangement(np.tril, "m, k", selects=True, doc="the lower triangle, zeros above")
triu = rearrangement(np.triu, "m, k", selects=True, doc="the upper triangle, zeros below")
diag = rearrangement(np.diag, "v, k", selects=True, doc="the diagonal of a matrix, or a matrix of a diagonal")
diagonal = rearrangement(np.diagonal, "a, offset, axis1, axis2", selects=True, doc="the diagonal of the first two axes, or of two named ones")
# fmt: on
