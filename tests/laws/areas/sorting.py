"""Orders, sorting and searching.

Sorting has no slope where elements tie, so what is differentiated has distinct elements; ties are looked
at elsewhere."""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.kinds import bundle
from tinygrad_edu.testing.strategies import arrays, distinct, shapes, some_axis

from ..calls import Call, call_of, optional, unary
from ..samples import A, V

LINES = shapes(1)


def axis_or_all(shape):
    """An `axis=` of a sort: one, or None for all elements in a row."""
    return st.none() | some_axis(shape) if shape else st.none()


def spread(shape):
    """Distinct numbers, real ones or complex ones."""
    return distinct(shape) | st.tuples(distinct(shape), arrays(shape)).map(lambda parts: parts[0] + 1j * parts[1])


def sort_settings(shape):
    """Settings of sort."""
    stable = st.fixed_dictionaries({"stable": st.booleans()})
    kind = optional(kind=st.sampled_from(["stable", "quicksort", "heapsort"]))
    return st.tuples(st.fixed_dictionaries({"axis": axis_or_all(shape)}), stable | kind).map(lambda p: p[0] | p[1])


@st.composite
def partition_settings(draw, shape):
    """Settings of partition: one rank, or several."""
    axis = draw(axis_or_all(shape))
    n = int(np.prod(shape)) if axis is None else shape[axis]
    rank = st.integers(-n, n - 1)
    return {"kth": draw(rank | st.lists(rank, min_size=1, max_size=2).map(tuple)), "axis": axis}


@st.composite
def lexsort_calls(draw, op):
    """Several keys, which tie often."""
    shape = draw(LINES)
    keys = [np.rint(draw(arrays(shape))) for _ in range(draw(st.integers(1, 3)))]
    axis = draw(some_axis(shape))
    return Call(
        op.name, lambda *xs: op(bundle(*xs), axis=axis), tuple(keys), lambda *xs: np.lexsort(tuple(xs), axis=axis)
    )


@st.composite
def searchsorted_calls(draw, op):
    """Places in a sorted array, with ties."""
    line, where = np.sort(draw(arrays((draw(st.integers(0, 5)),)))), draw(arrays(draw(shapes())))
    side = draw(st.sampled_from(["left", "right"]))
    return Call(
        op.name, lambda v: op(line, v, side=side), (where,), lambda v: np.searchsorted(line, v, side), {"side": side}
    )


@st.composite
def digitize_calls(draw, op):
    """Bins in ascending or descending order, and numbers on their edges."""
    bins = np.sort(draw(arrays((draw(st.integers(1, 5)),))))[:: draw(st.sampled_from([1, -1]))]
    right = draw(st.booleans())
    x = draw(arrays(draw(shapes())))
    return Call(op.name, lambda x: op(x, bins, right=right), (x,), lambda x: np.digitize(x, bins, right), bins)


@st.composite
def uniques(draw):
    """Elements, rows or columns that are different, or each of them twice."""
    x = draw(distinct(draw(shapes(1, min_side=1))))
    axis = draw(st.none() | some_axis(x.shape))
    twice = draw(st.booleans())
    return call_of(lambda x: np.unique(np.concatenate([x, x]) if twice else x, axis=axis), x)


def first_places(x, axis=None, equal_nan=True):
    """Where `np.unique` meets its elements."""
    return np.unique(x, return_index=True, axis=axis, equal_nan=equal_nan)[1]


ROWS = {
    "argsort": unary(np.argsort, LINES, lambda s: optional(axis=axis_or_all(s), stable=st.none() | st.booleans())),
    "argpartition": unary(np.argpartition, shapes(1, min_side=1), partition_settings),
    "lexsort": lexsort_calls,
    "searchsorted": searchsorted_calls,
    "digitize": digitize_calls,
    "unique_places": unary(first_places, shapes(1, min_side=1), lambda s: optional(axis=axis_or_all(s))),
    "sort": unary(np.sort, LINES, sort_settings, spread),
    "partition": unary(np.partition, shapes(1, min_side=1), partition_settings, spread),
}

OUR_OWN = {"unique_places"}

WRITTEN = {np.unique: uniques()}

METHODS = {
    "argsort": [(), (0,)],
    "argpartition": [(1,), {"kth": 0, "axis": 0}],
    "searchsorted": [],  # of a vector only
    "sort": [],  # in place, so refused
    "partition": [],
}

NEEDED = {
    np.argsort: (A,),
    np.sort: (A,),
    np.partition: (A, 1),
    np.argpartition: (A, 1),
    np.lexsort: (A,),
    np.searchsorted: (np.sort(V), V),
    np.digitize: (V, np.sort(V)),
    np.unique: (A,),
}

UNSIGNED = {
    np.lexsort: ("axis",),
    np.unique: ("axis", "equal_nan", "sorted"),  # with indices or counts the answer is a tuple
}

CANDIDATES = {
    "kind": ("stable", "quicksort", "heapsort", "nonsense"),
    "stable": (True, False, None),
    "kth": (0, (0, 2), -1),
    "side": ("right", "left"),
    "sorter": (np.array([2, 0, 1]),),
    "right": (True,),
    "equal_nan": (False,),
    "sorted": (False,),
}
