"""Several arrays made one, and one made several."""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing.strategies import arrays, shapes, some_axis

from ..calls import call_of, flat, row_call
from ..samples import CUBE, A, V


@st.composite
def concatenate_calls(draw, op):
    """One to three arrays joined along an axis that they have."""
    shape = draw(shapes(1))
    axis = draw(some_axis(shape))
    xs = []
    for length in draw(st.lists(st.integers(0, 3), min_size=1, max_size=3)):
        one = list(shape)
        one[axis] = length
        xs.append(draw(arrays(tuple(one))))
    return row_call(op, xs, lambda *xs, axis: np.concatenate(xs, axis), axis=axis)


@st.composite
def stack_calls(draw, op):
    """One to three arrays, or floats, joined along a new axis."""
    shape = draw(shapes(max_dims=2))
    xs = [draw(arrays(shape)) for _ in range(draw(st.integers(1, 3)))]
    axis = draw(st.integers(-len(shape) - 1, len(shape)))
    return row_call(op, xs, lambda *xs, axis: np.stack(xs, axis), axis=axis)


@st.composite
def joined(draw, join, min_dims=0, max_dims=2):
    """Arrays of one shape, joined."""
    shape = draw(shapes(min_dims, max_dims))
    xs = [draw(arrays(shape)) for _ in range(draw(st.integers(1, 3)))]
    return call_of(lambda *xs: join(xs), *xs)


@st.composite
def columns(draw):
    """Vectors and matrices of as many rows."""
    rows = draw(st.integers(0, 3))
    several = st.sampled_from([(rows,), (rows, 1), (rows, 2)])
    xs = [draw(arrays(draw(several))) for _ in range(draw(st.integers(1, 3)))]
    return call_of(lambda *xs: np.column_stack(xs), *xs)


@st.composite
def splits(draw, split):
    """An array cut into a number of parts, or at places."""
    shape = draw(shapes(1, min_side=1))
    axis = draw(some_axis(shape))
    n = shape[axis]
    parts = [d for d in range(1, n + 1) if n % d == 0] if split is np.split else range(1, n + 2)
    cuts = draw(st.sampled_from(list(parts)) | st.lists(st.integers(0, n), max_size=3).map(sorted))
    return call_of(lambda x: flat(split(x, cuts, axis=axis)), draw(arrays(shape)))


@st.composite
def splits_by_axis(draw, split, axis, least):
    """An array cut along an axis of its own."""
    shape = draw(shapes(least, min_side=1))
    n = shape[axis if len(shape) > axis else 0]
    cuts = draw(st.sampled_from([d for d in range(1, n + 1) if n % d == 0]) | st.just([1]))
    return call_of(lambda x: flat(split(x, cuts)), draw(arrays(shape)))


@st.composite
def appended(draw):
    """Two arrays of any shape as one vector, or two that fit along an axis."""
    shape = draw(shapes(1))
    axis = draw(st.none() | some_axis(shape))
    other = draw(shapes()) if axis is None else shape
    return call_of(lambda x, y: np.append(x, y, axis=axis), draw(arrays(shape)), draw(arrays(other)))


@st.composite
def blocks(draw):
    """Rows of blocks, of arrays or of numbers."""
    m, n = draw(st.integers(0, 2)), draw(st.integers(1, 2))
    x, y, z = (draw(arrays(shape)) for shape in ((m, n), (m, 1), (1, n + 1)))
    arrange = draw(
        st.sampled_from([lambda x, y, z: [[x, y], [z]], lambda x, y, z: [x, y], lambda x, y, z: [[[x]], [[x]]]])
    )
    return call_of(lambda x, y, z: np.block(arrange(x, y, z)) + 0.0 * (np.sum(y) + np.sum(z)), x, y, z)


@st.composite
def unstacked(draw):
    """An array taken apart along an axis."""
    shape = draw(shapes(1, min_side=1))
    axis = draw(some_axis(shape))
    return call_of(lambda x: flat(np.unstack(x, axis=axis)), draw(arrays(shape)))


ROWS = {
    "concatenate": concatenate_calls,
    "stack": stack_calls,
}

WRITTEN = {
    np.concatenate: joined(lambda xs: np.concatenate(xs, axis=None)),
    np.stack: joined(np.stack),
    np.vstack: joined(np.vstack),
    np.hstack: joined(np.hstack),
    np.column_stack: columns(),
    np.array_split: splits(np.array_split),
    np.split: splits(np.split),
    np.dstack: joined(np.dstack),
    np.append: appended(),
    np.block: blocks(),
    np.hsplit: splits_by_axis(np.hsplit, 1, 1),
    np.vsplit: splits_by_axis(np.vsplit, 0, 2),
    np.dsplit: splits_by_axis(np.dsplit, 2, 3),
    **({np.unstack: unstacked()} if hasattr(np, "unstack") else {}),
}

NEEDED = {
    np.concatenate: ([A, A],),
    np.stack: ([A, A],),
    np.vstack: ([A, A],),
    np.hstack: ([A, A],),
    np.column_stack: ([V, V],),
    np.array_split: (V, 2),
    np.split: (V, 3),
    np.dstack: ([A, A],),
    np.append: (A, A),
    np.block: ([A, A],),
    np.hsplit: (A, 3),
    np.vsplit: (A, 2),
    np.dsplit: (CUBE, 2),
    **({np.unstack: (A,)} if hasattr(np, "unstack") else {}),
}

UNSIGNED = {
    np.concatenate: ("axis", "out", "dtype", "casting"),
}

CANDIDATES = {
    "indices_or_sections": (1, [1]),
}
