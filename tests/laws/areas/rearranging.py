"""Axes and elements moved, and arrays padded."""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing.strategies import arrays, broadcastable, shapes

from ..calls import anything, call_of, flat
from ..samples import SQUARE, A, V


@st.composite
def roll_axis(draw):
    """One axis moved before another."""
    shape = draw(shapes(1))
    n = len(shape)
    axis, start = draw(st.integers(-n, n - 1)), draw(st.integers(-n, n))
    return call_of(lambda x: np.rollaxis(x, axis, start), draw(arrays(shape)))


@st.composite
def broadcast_together(draw):
    """Two arrays stretched to one shape."""
    xs = [draw(arrays(shape)) for shape in draw(broadcastable(2))]
    return call_of(lambda x, y: flat(np.broadcast_arrays(x, y)), *xs)


@st.composite
def grids(draw):
    """One to three vectors along axes of their own."""
    xs = [draw(arrays((draw(st.integers(0, 3)),))) for _ in range(draw(st.integers(1, 3)))]
    indexing, sparse = draw(st.sampled_from(["xy", "ij"])), draw(st.booleans())
    return call_of(lambda *xs: flat(np.meshgrid(*xs, indexing=indexing, sparse=sparse)), *xs)


@st.composite
def flat_diagonals(draw):
    """A diagonal, above or below the main one."""
    k = draw(st.integers(-2, 2))
    return call_of(lambda x: np.diagflat(x, k), draw(shapes(1, 2).flatmap(arrays)))


@st.composite
def pads(draw):
    """Every mode that is taken, with widths of every form."""
    shape = draw(shapes(1, 2, min_side=1))
    mode = draw(st.sampled_from(["constant", "edge", "reflect", "symmetric", "wrap"]))
    width = st.integers(0, 4)
    each = st.tuples(width, width)
    widths = draw(st.one_of(width, each, st.tuples(*[each] * len(shape))))
    constants = {"constant_values": draw(st.sampled_from([0, 1.5, (2.0, -1.0)]))} if mode == "constant" else {}
    return call_of(lambda x: np.pad(x, widths, mode=mode, **constants), draw(arrays(shape)))


WRITTEN = {
    np.matrix_transpose: anything(np.matrix_transpose, 2),
    np.rollaxis: roll_axis(),
    np.fliplr: anything(np.fliplr, 2),
    np.flipud: anything(np.flipud, 1),
    np.diagflat: flat_diagonals(),
    np.broadcast_arrays: broadcast_together(),
    np.meshgrid: grids(),
    np.pad: pads(),
}

NEEDED = {
    np.matrix_transpose: (A,),
    np.rollaxis: (A, 1),
    np.fliplr: (A,),
    np.flipud: (A,),
    np.diagflat: (V,),
    np.broadcast_arrays: (SQUARE, V),
    np.meshgrid: (V, V),
    np.pad: (A, 1),
}

UNSIGNED = {
    np.broadcast_arrays: ("subok",),
    np.meshgrid: ("copy", "sparse", "indexing"),
    np.pad: ("pad_width", "mode", "constant_values", "reflect_type", "stat_length", "end_values"),
}

CANDIDATES = {
    "start": (0, 1, 2),
    "sparse": (True, False),
    "indexing": ("ij", "xy", "yx"),
    "pad_width": (2, ((1, 0), (0, 2))),
    "mode": ("edge", "mean", "linear_ramp", "empty", "reflect", "wrap", "symmetric", "median"),
    "constant_values": (2.0,),
    "reflect_type": ("even", "odd"),
    "stat_length": (1,),
    "end_values": (3.0,),
}
