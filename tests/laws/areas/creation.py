"""Arrays made of Values, where NumPy lets a Value's class know of it."""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing.strategies import arrays, broadcastable, shapes

from ..calls import anything, call_of
from ..samples import A, V


@st.composite
def made(draw, function):
    """A list of arrays, made one with `like=`."""
    shape = draw(shapes(1, 2))
    xs = [draw(arrays(shape)) for _ in range(draw(st.integers(1, 3)))]
    return call_of(lambda *xs: function(list(xs), like=xs[0]), *xs)


@st.composite
def filled(draw):
    """A shape full of an array that broadcasts to it."""
    small, other = draw(broadcastable(2, min_side=1))
    shape = np.broadcast_shapes(small, other, (1,))
    x = draw(arrays(small or (1,)))
    return call_of(lambda x: np.full(shape, x, like=x), x)


@st.composite
def filled_like(draw):
    """An array in the shape of another, full of a number."""
    like, shape = np.ones(draw(shapes(1))), draw(st.none() | shapes(1, 2))
    return call_of(lambda x: np.full_like(x * like, x, shape=shape), draw(arrays(())))


@st.composite
def ranges(draw, between, interval=(-2.0, 2.0)):
    """Points between two ends, which may be arrays."""
    xs = [draw(arrays(shape, interval=interval)) for shape in draw(broadcastable(2))]
    ndim = len(np.broadcast_shapes(*map(np.shape, xs)))
    settings = {"endpoint": draw(st.booleans()), "axis": draw(st.integers(-ndim - 1, ndim))}
    num = draw(st.integers(1, 4))
    return call_of(lambda x, y: between(x, y, num, **settings), *xs)


WRITTEN = {
    np.array: made(np.array),
    np.asarray: made(np.asarray),
    np.asanyarray: made(np.asanyarray),
    np.ascontiguousarray: made(np.ascontiguousarray),
    np.full: filled(),
    np.full_like: filled_like(),
    np.astype: anything(lambda x: np.astype(x, np.float64) if np.ndim(x) else x * 1.0),
    np.linspace: ranges(np.linspace),
    np.geomspace: ranges(np.geomspace, (0.25, 4.0)),
    np.logspace: ranges(np.logspace, (-1.0, 1.0)),
}

PLAIN = {np.zeros: (2,), np.ones: (2,), np.empty: (2,), np.eye: (2,), np.identity: (2,), np.arange: (3,)}
"""What makes plain arrays, with or without `like=`, and what to call it with."""

NEEDED = {
    np.full_like: (A, V),
    np.linspace: (V, 2.0 * V),
    np.geomspace: (V * V, 2.0 * V * V),
    np.logspace: (V, 2.0 * V),
    np.astype: (A, np.float32),
}

CANDIDATES = {
    "fill_value": (3.0,),
    "num": (3, 1),
    "endpoint": (False, True),
    "retstep": (False,),
    "base": (2.0,),
    "stop": (3.0,),
    "shape": ((2, 2),),
    "device": ("cpu", "gpu"),
}
