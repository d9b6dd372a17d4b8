"""Elements by position or condition: take, compress, delete, insert and kin.

Positions are plain integers here, or an order of the data, which is a Value of integers."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinygrad_edu.testing.strategies import arrays, distinct, real_or_complex, shapes, some_axis

from ..calls import Call, call_of
from ..samples import MASK, A, V


def axis_or_all(shape):
    """One axis, or None for all elements in a row."""
    return st.none() | some_axis(shape) if shape else st.none()


def length(shape, axis):
    """How many elements there are along an axis."""
    return int(np.prod(shape)) if axis is None else shape[axis]


def positions(n, max_dims=2):
    """One position among `n`, or an array of them, counted from either end."""
    one = st.integers(-n, n - 1)
    several = shapes(0, max_dims).flatmap(lambda s: hnp.arrays(np.int64, s, elements=one))
    return one | several if n else st.just([])


@st.composite
def takes(draw):
    """Positions inside; outside too, where they wrap round or are clipped."""
    x = draw(arrays(dtype=real_or_complex()))
    axis = draw(axis_or_all(np.shape(x)))
    n = length(np.shape(x), axis)
    mode = draw(st.sampled_from(["raise", "wrap", "clip"]))
    places = draw(positions(n))
    if mode != "raise" and n:
        places = places + draw(st.integers(-2, 2)) * n
    return call_of(lambda x: np.take(x, places, axis=axis, mode=mode), x)


@st.composite
def takes_along_axis(draw):
    """An order of each row, or any positions; axes of length one stretch."""
    shape = draw(shapes(1, min_side=1))
    x, axis = draw(distinct(shape)), draw(some_axis(shape))
    if draw(st.booleans()):
        return call_of(lambda x: np.take_along_axis(x, np.argsort(x, axis=axis), axis=axis), x)
    if draw(st.booleans()):
        places = draw(positions(x.size, 1).filter(lambda p: np.ndim(p) == 1))
        return call_of(lambda x: np.take_along_axis(x, places, axis=None), x)
    n = shape[axis]
    others = [draw(st.sampled_from([1, m])) for m in shape]
    others[axis] = draw(st.integers(0, 3))
    places = draw(hnp.arrays(np.int64, tuple(others), elements=st.integers(-n, n - 1)))
    return call_of(lambda x: np.take_along_axis(x, places, axis=axis), x)


@st.composite
def compressions(draw):
    """A condition for each place, or for the first few."""
    x = draw(arrays(draw(shapes(1))))
    axis = draw(axis_or_all(x.shape))
    condition = draw(hnp.arrays(bool, draw(st.integers(0, length(x.shape, axis)))))
    return call_of(lambda x: np.compress(condition, x, axis=axis), x)


@st.composite
def extractions(draw):
    """A condition that comes with the call, or is found from the data."""
    x = draw(distinct(draw(shapes()))) + 0.01
    if draw(st.booleans()):
        return call_of(lambda x: np.extract(x > 0.0, x), x)
    mask = draw(hnp.arrays(bool, np.shape(x)))
    return call_of(lambda x: np.extract(mask, x), x)


@st.composite
def deletions(draw):
    """A position, several, a slice, a mask, or where the largest element is."""
    x = draw(distinct(draw(shapes(1))))
    axis = draw(axis_or_all(x.shape))
    n = length(x.shape, axis)
    kinds = [st.builds(slice, st.integers(-2, 2), st.integers(-1, 4), st.sampled_from([None, 2, -1]))]
    kinds += [hnp.arrays(bool, n)]
    if n:
        kinds += [positions(n, 1), st.lists(st.integers(-n, n - 1), max_size=3)]
    if n and axis is None and draw(st.booleans()):
        return call_of(lambda x: np.delete(x, np.argmax(x)), x)
    places = draw(st.one_of(kinds))
    return call_of(lambda x: np.delete(x, places, axis=axis), x)


@st.composite
def insertions(draw):
    """New elements before a position, or before several; they stretch to what is missing."""
    x = draw(arrays(draw(shapes(1))))
    axis = draw(axis_or_all(x.shape))
    n = length(x.shape, axis)
    one = draw(st.booleans())
    places = draw(st.integers(-n, n) if one else st.lists(st.integers(-n, n), min_size=1, max_size=3))
    new = list(x.shape) if axis is not None else [1]
    new[axis or 0] = 1 if one or draw(st.booleans()) else len(places)
    if one and axis is not None:
        del new[axis]  # a single position takes a row without that axis
    values = draw(arrays(draw(st.sampled_from([(), tuple(new)]))))
    return call_of(lambda x, v: np.insert(x, places, v, axis=axis), x, values)


@st.composite
def trimmings(draw):
    """Zeros at the ends of each axis, put there by hand."""
    inner = draw(distinct(draw(shapes(1, 2)))) + 0.01
    widths = [(draw(st.integers(0, 2)), draw(st.integers(0, 2))) for _ in inner.shape]
    frame = np.pad(np.ones(inner.shape), widths)
    trim = draw(st.sampled_from(["fb", "f", "B"]))
    axis = draw(st.none() | some_axis(inner.shape))
    settings = {} if axis is None else {"axis": axis}
    return call_of(lambda x: np.trim_zeros(frame * x, trim, **settings), np.pad(inner, widths))


@st.composite
def counts(draw):
    """Weights of small integers, added up."""
    n = draw(st.integers(0, 5))
    x = draw(hnp.arrays(np.int64, n, elements=st.integers(0, 4)))
    least = draw(st.integers(0, 7))
    return call_of(lambda w: 1.0 * np.bincount(x, w, minlength=least), draw(arrays((n,))))


def away_from_zero(f):
    """A question, and its answer used as an index."""
    return shapes(1).flatmap(distinct).map(lambda x: call_of(f, x + 0.01))


def of_an_order(name, f, oracle):
    """A row whose data are integers: an order of the call's data."""

    @st.composite
    def calls(draw, op):
        x = draw(distinct((draw(st.integers(1, 5)),)))
        return Call(name, lambda x: f(op, np.argsort(x)), (x,), lambda x: oracle(np.argsort(x)))

    return calls


@st.composite
def true_places_calls(draw, op):
    """Where elements are not zero."""
    return Call(op.name, op, (draw(arrays(draw(shapes()))),), np.flatnonzero)


@st.composite
def between_zeros_calls(draw, op):
    """The stretch of an axis that is not all zero."""
    x = draw(arrays(draw(shapes(1, 2))))
    settings = {"axis": draw(st.integers(0, x.ndim - 1)), "trim": draw(st.sampled_from(["f", "b", "fb"]))}

    def oracle(x, axis, trim):
        alive = [bool(np.any(row)) for row in np.moveaxis(x, axis, 0)]
        kept = np.arange(len(alive)) if any(alive) else np.arange(0)
        while "f" in trim and kept.size and not alive[kept[0]]:
            kept = kept[1:]
        while "b" in trim and kept.size and not alive[kept[-1]]:
            kept = kept[:-1]
        return kept

    return Call(op.name, lambda x: op(x, **settings), (x,), lambda x: oracle(x, **settings), settings)


ROWS = {
    "wrapped": of_an_order(
        "wrapped", lambda op, i: op(i, n=2, mode="wrap"), lambda i: np.take(np.arange(2), i, mode="wrap")
    ),
    "chosen": of_an_order("chosen", lambda op, i: op(i, n=3, mode="clip"), lambda i: np.minimum(i, 2)),
    "remaining": of_an_order("remaining", lambda op, i: op(i, n=9), lambda i: np.arange(i.size, 9)),
    "insertion": of_an_order(
        "insertion",
        lambda op, i: op(i, shape=(5,), inserted=(1,), axis=None),
        lambda i: np.insert(np.arange(5), i, 5),
    ),
    "true_places": true_places_calls,
    "between_zeros": between_zeros_calls,
}

OUR_OWN = set(ROWS)

WRITTEN = {
    np.take: takes(),
    np.take_along_axis: takes_along_axis(),
    np.compress: compressions(),
    np.extract: extractions(),
    np.delete: deletions(),
    np.insert: insertions(),
    np.trim_zeros: trimmings(),
    np.bincount: counts(),
    np.nonzero: away_from_zero(lambda x: x[np.nonzero(x > 0.0)]),
    np.argwhere: away_from_zero(lambda x: x[tuple(np.argwhere(x > 0.0).T)]),
    np.flatnonzero: away_from_zero(lambda x: np.ravel(x)[np.flatnonzero(x > 0.0)]),
    np.unravel_index: shapes(1, min_side=1)
    .flatmap(distinct)
    .map(lambda x: call_of(lambda x: x[np.unravel_index(np.argmax(x), x.shape)], x)),
}

METHODS = {
    "take": [(1,), ([0, -1], 1), {"indices": [7], "mode": "wrap"}],
    "compress": [([True, False],), ([False, True, True], 1)],
    "nonzero": [()],
    "view": [()],
    **{name: [] for name in ("fill", "put", "resize", "byteswap", "setflags")},  # in place, so refused
}

NEEDED = {
    np.take: (A, [1, 0]),
    np.take_along_axis: (A, np.array([[0, 2], [1, 1]])),
    np.compress: ([True, False], A),
    np.extract: (MASK, A),
    np.delete: (A, 1),
    np.insert: (A, 1, 0.5),
    np.trim_zeros: (A,),
    np.bincount: (np.array([0, 2, 2]), V),
}

UNSIGNED = {np.compress: ("axis", "out"), np.extract: ()}

CANDIDATES = {
    "indices": ([0, 1],),
    "mode": ("wrap", "clip", "raise", "nonsense"),
    "obj": (0, [0, 1], slice(1, None)),
    "values": (2.0, 1j),
    "trim": ("f", "b"),
    "minlength": (5,),
}
