"""The chapter of indexing: picking elements out, and sending cotangents back where they came from.

An index is kept in two parts: what is settled when it is written (slices, integers, new axes) is a
setting of the row; arrays of positions and masks are data, so a replay of the record can recompute
them.  Elements picked several times get the sum of their cotangents.
"""

import operator

import numpy as np

from ..engine import EachInput, Value
from ..kinds import linear, rearrangement, shape_of
from ..notation import BY_NUMPY

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


def _getitem(x, *arrays, index):
    return np.asarray(x)[filled(index, arrays)]


def _put(g, like, *arrays, index):
    out = np.zeros(np.shape(like), getattr(g, "dtype", None) or getattr(like, "dtype", float))
    where = filled(index, arrays)
    if all(a.dtype == bool for a in arrays):  # slices and masks never pick an element twice
        out[where] = g
    else:
        np.add.at(out, where, g)
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
    doc="zeros in the shape of `like`, with `x` added at `index`: the transpose of indexing",
)


def pick(x, index):
    """`x[index]` of a Value."""
    parts = index if type(index) is tuple else (index,)
    arrays, settled = [], []
    for part in parts:
        if isinstance(part, np.ndarray | Value | list | tuple | range) and shape_of(part) != ():
            arrays.append(positions(part))
            settled.append(ARRAY)
        elif part is None or part is ... or isinstance(part, slice | bool | np.bool):
            settled.append(part)
        else:
            settled.append(operator.index(part))
    return getitem(x, *arrays, index=tuple(settled))


def positions(part):
    """An array of positions or a mask; an empty list holds no positions."""
    if type(part) is Value:
        return part
    part = np.asarray(part)
    return part if part.size else part.astype(int) if part.dtype.kind == "f" else part


BY_NUMPY[operator.getitem] = pick


# ---- moving elements by a table of origins: the transpose of every `rearrangement` -------------------


def _scatter(g, like, origin):
    dtype, n = np.asarray(g).dtype, np.size(like) + 1
    if dtype.itemsize > 8:  # bincount counts in double precision
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
    doc="each element of `x` added where `origin` says it came from (1, 2, …; 0 for nowhere)",
)

gather = linear(
    _gather,
    lambda g, out, x, origin: scatter(g, x, origin=origin),
    name="gather",
    doc="element `origin` (1, 2, …) of `x`, or zero where `origin` is 0",
)

# fmt: off
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
