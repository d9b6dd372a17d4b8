"""Indexing, its transpose, and what moves, repeats or drops elements."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinygrad_edu.ops.index import ARRAY
from tinygrad_edu.testing.strategies import arrays, reduced_axes, several_axes, shapes, some_axis

from ..calls import ANY, MATRICES, Call, optional, unary
from ..samples import SQUARE, A


def row_index(index):
    """NumPy's index as the rows take it: a settled part, and arrays of positions."""
    parts = index if isinstance(index, tuple) else (index,)
    return tuple(ARRAY if isinstance(p, np.ndarray) else p for p in parts), [
        p for p in parts if isinstance(p, np.ndarray)
    ]


@st.composite
def indices(draw, shape):
    """Basic and fancy indices into an array of `shape`: repeats, masks, new axes, and mixtures."""
    basic = hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True)
    if not shape or 0 in shape:
        return draw(basic)
    n = shape[0]
    positions = hnp.arrays(np.int64, shapes(1, 2, max_side=4), elements=st.integers(-n, n - 1))
    kinds = [
        basic,
        positions,
        hnp.arrays(bool, shape),
        hnp.arrays(bool, shape[:1]),
        hnp.integer_array_indices(shape, result_shape=shapes(1, 2, max_side=3)),
    ]
    if len(shape) > 1:
        rest = hnp.basic_indices(shape[1:], allow_newaxis=False, allow_ellipsis=True)
        as_tuple = rest.map(lambda r: r if isinstance(r, tuple) else (r,))
        kinds += [st.tuples(positions, as_tuple).map(lambda p: (p[0], *p[1]))]
        kinds += [st.tuples(hnp.arrays(bool, shape[:1]), as_tuple).map(lambda p: (p[0], *p[1]))]
    return draw(st.one_of(kinds))


@st.composite
def getitem_calls(draw, op):
    """Indexing, as `x[index]` is written."""
    shape = draw(shapes(1))
    index = draw(indices(shape))
    settled, positions = row_index(index)
    return Call(
        "getitem",
        lambda x: op(x, *positions, index=settled),
        (draw(arrays(shape)),),
        lambda x: x[index],
        index,
    )


@st.composite
def put_calls(draw, op):
    """The transpose of indexing."""
    shape = draw(shapes(1))
    index = draw(indices(shape))
    settled, positions = row_index(index)
    like = np.zeros(shape)

    def oracle(x):
        out = np.zeros(shape, getattr(x, "dtype", float))
        np.add.at(out, index, x)
        return out

    x = draw(arrays(np.shape(like[index])))
    return Call("put", lambda x: op(x, like, *positions, index=settled), (x,), oracle, index)


@st.composite
def scatter_calls(draw, op):
    """Elements added up where they came from."""
    shape, like_shape = draw(shapes(1)), draw(shapes(1, min_side=1))
    size = int(np.prod(like_shape))
    origin = draw(hnp.arrays(np.int64, shape, elements=st.integers(0, size)))

    def oracle(x):
        out = np.zeros(size + 1, x.dtype)
        np.add.at(out, origin, x)
        return out[1:].reshape(like_shape)

    like = np.zeros(like_shape)
    return Call("scatter", lambda x: op(x, like, origin=origin), (draw(arrays(shape)),), oracle, origin)


@st.composite
def gather_calls(draw, op):
    """Elements fetched from where they came from."""
    shape = draw(shapes(1, min_side=1))
    origin = draw(hnp.arrays(np.int64, shapes(1), elements=st.integers(0, int(np.prod(shape)))))

    def oracle(x):
        return np.where(origin > 0, x.ravel()[origin - 1], x.dtype.type(0))

    return Call("gather", lambda x: op(x, origin=origin), (draw(arrays(shape)),), oracle, origin)


@st.composite
def roll_settings(draw, shape):
    """Settings of roll: one shift of everything, of one axis, or a shift for each of several axes."""
    shift = st.integers(-4, 4)
    if not shape or draw(st.booleans()):
        return {"shift": draw(shift)}
    if draw(st.booleans()):
        return {"shift": draw(shift), "axis": draw(some_axis(shape))}
    axes = draw(several_axes(shape, 1))
    return {"shift": tuple(draw(shift) for _ in axes), "axis": axes}


@st.composite
def repeat_settings(draw, shape):
    """Settings of repeat: the same number of times for all, or a number for each."""
    axis = draw(st.none() | some_axis(shape)) if shape else None
    n = int(np.prod(shape)) if axis is None else shape[axis]
    each = hnp.arrays(np.int64, (n,), elements=st.integers(0, 3))
    return {"repeats": draw(st.integers(0, 3) | each), "axis": axis}


@st.composite
def rot90_settings(draw, shape):
    """Settings of rot90: how often, and in which plane."""
    return {"k": draw(st.integers(-5, 5)), "axes": draw(several_axes(shape, 2, 2))}


@st.composite
def diagonal_settings(draw, shape):
    """Settings of diagonal: which one, of which two axes."""
    first, second = draw(several_axes(shape, 2, 2))
    return draw(st.sampled_from([{}, {"axis1": first, "axis2": second}])) | draw(optional(offset=st.integers(-3, 3)))


ROWS = {
    "getitem": getitem_calls,
    "put": put_calls,
    "scatter": scatter_calls,
    "gather": gather_calls,
    "flip": unary(np.flip, ANY, lambda s: optional(axis=reduced_axes(s))),
    "roll": unary(np.roll, shapes(1), roll_settings),
    "rot90": unary(np.rot90, MATRICES, rot90_settings),
    "repeat": unary(np.repeat, ANY, repeat_settings),
    "resize": unary(np.resize, ANY, lambda s: st.fixed_dictionaries({"new_shape": st.integers(0, 7) | shapes(1, 2)})),
    "tile": unary(
        np.tile,
        shapes(max_dims=2),
        lambda s: st.fixed_dictionaries({"reps": st.integers(0, 3) | st.tuples(st.integers(1, 2), st.integers(0, 2))}),
    ),
    "tril": unary(np.tril, shapes(1), lambda s: optional(k=st.integers(-3, 3))),
    "triu": unary(np.triu, shapes(1), lambda s: optional(k=st.integers(-3, 3))),
    "diag": unary(np.diag, shapes(1, 2), lambda s: optional(k=st.integers(-3, 3))),
    "diagonal": unary(np.diagonal, MATRICES, diagonal_settings),
}

OUR_OWN = {"put", "scatter", "gather"}

METHODS = {
    "repeat": [(2,), {"repeats": 3, "axis": 1}],
    "diagonal": [()],
}

NEEDED = {
    np.flip: (A,),
    np.roll: (A, 1),
    np.rot90: (A,),
    np.repeat: (A, 2),
    np.tile: (A, 2),
    np.resize: (A, (2, 4)),
    np.tril: (SQUARE,),
    np.triu: (SQUARE,),
    np.diag: (SQUARE,),
    np.diagonal: (SQUARE,),
}

CANDIDATES = {
    "axis1": (1, -1),
    "axis2": (0, -2),
    "offset": (1, -1),
    "k": (1, -1),
    "shift": (2,),
    "repeats": (3,),
    "reps": (3,),
    "new_shape": ((3, 3), 4),
}
