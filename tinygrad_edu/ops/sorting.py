"""The chapter of sorting and searching.

A sorted array is the old one in another order, so a cotangent goes back where its element came from.
The order is found from the data when the gradient is asked for, by rows without a derivative: a replay
of the record finds it anew.  Elements that tie keep their order, as in a stable sort.
"""

import numpy as np

from ..kinds import general, shape_of
from .index import fetch_along, send_along
from .shape import reshape

# ---- orders: integers without a derivative -----------------------------------------------------------


def _digitize(x, bins, right=False):
    return np.digitize(x, bins, right)


def _unique_places(x, axis=None, equal_nan=True):
    return np.unique(x, return_index=True, axis=axis, equal_nan=equal_nan)[1]


# fmt: off
argsort = general(lambda x, axis=-1, stable=None: np.argsort(x, axis=axis, stable=stable), None, name="argsort", doc="the order that sorts the elements; if `stable`, those that tie keep theirs")
argpartition = general(lambda x, kth, axis=-1: np.argpartition(x, kth, axis=axis), None, name="argpartition", numpy=np.argpartition, arguments="a, kth, axis=-1, kind='introselect', order", doc="an order that has smaller elements before the kth, larger ones after it")
lexsort = general(lambda keys, axis=-1: np.lexsort(keys, axis=axis), None, name="lexsort", doc="the order that sorts by the last key, then by the one before it")
searchsorted = general(lambda a, v, side="left": np.searchsorted(a, v, side=side), None, None, name="searchsorted", doc="where elements would go in a sorted array")
digitize = general(_digitize, None, None, name="digitize", numpy=np.digitize, arguments="x, bins, right=False", doc="the number of the bin that each element is in")
unique_places = general(_unique_places, None, name="unique_places", doc="where each different element is first met, in sorted order")
# fmt: on


# ---- sorting -----------------------------------------------------------------------------------------


def _sort(x, axis=-1, kind=None, stable=None):
    return np.sort(x, axis=axis, kind=kind, stable=stable)


def _sort_vjp(g, out, x, axis=-1, kind=None, stable=None):
    if axis is None:
        flat = reshape(x, shape=(-1,))
        return reshape(_sort_vjp(g, out, flat), shape=shape_of(x))
    return send_along(g, x, argsort(x, axis=axis, stable=True), axis)


def _partition(x, kth, axis=-1):
    return np.partition(x, kth, axis=axis)


def _partition_vjp(g, out, x, kth, axis=-1):
    """The element of rank r in `out` is that of rank r in `x`."""
    if axis is None:
        flat = reshape(x, shape=(-1,))
        return reshape(_partition_vjp(g, out, flat, kth), shape=shape_of(x))
    ranks = argsort(argsort(out, axis=axis, stable=True), axis=axis, stable=True)
    return send_along(g, x, fetch_along(argsort(x, axis=axis, stable=True), ranks, axis), axis)


# fmt: off
sort = general(_sort, _sort_vjp, name="sort", complex=True, numpy=np.sort, arguments="a, axis=-1, kind, order, stable", doc="the elements in ascending order")
partition = general(_partition, _partition_vjp, name="partition", complex=True, numpy=np.partition, arguments="a, kth, axis=-1, kind='introselect', order", doc="the kth element in its sorted place, smaller ones before it, larger ones after it")
# fmt: on
