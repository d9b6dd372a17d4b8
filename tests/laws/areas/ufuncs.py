"""The methods of ufuncs, and calls with a mask: by the ufunc that they are tried on."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinygrad_edu.testing.strategies import arrays, broadcastable, distinct, shapes, some_axis

from ..calls import SOME, call_of, reductions


@st.composite
def reduced(draw, f, elements=arrays):
    """f.reduce, whose axis is the first one unless another is named."""
    shape = draw(SOME)
    settings = draw(reductions()(shape))
    return call_of(lambda x: f.reduce(x, **settings), draw(elements(shape)))


@st.composite
def accumulated(draw, f, elements=arrays):
    """f.accumulate along an axis."""
    shape = draw(shapes(1))
    axis = draw(some_axis(shape))
    return call_of(lambda x: f.accumulate(x, axis=axis), draw(elements(shape)))


@st.composite
def reduced_at(draw, f, elements=arrays):
    """f.reduceat for indices in any order."""
    shape = draw(shapes(1, min_side=1))
    axis = draw(some_axis(shape))
    indices = draw(st.lists(st.integers(0, shape[axis] - 1), max_size=4))
    return call_of(lambda x: f.reduceat(x, np.array(indices, int), axis=axis), draw(elements(shape)))


@st.composite
def outer(draw, f):
    """f.outer of two arrays, or of an array and a number."""
    x, y = (draw(arrays(draw(shapes(max_dims=2)), interval=(0.5, 2.0))) for _ in range(2))
    return call_of(f.outer, x, y)


@st.composite
def selected(draw, f, low, usable=lambda x: x > 0.25):
    """f where a mask is True, and 0 elsewhere; there the data are where f has an infinite slope, or none."""
    drawn = draw(broadcastable(f.nin + 1))
    mask = draw(hnp.arrays(bool, drawn[0])) if drawn[0] else draw(st.booleans())
    xs = [draw(arrays(shape, interval=(low, low + 2.0))) for shape in drawn[1:]]
    everywhere = np.broadcast_shapes(*drawn)
    allowed = np.broadcast_to(mask, everywhere)
    for x in xs:
        allowed = allowed & usable(x)

    def call(*xs):
        return np.where(allowed, f(*xs, where=allowed, out=None), 0.0)  # out=None: NumPy may leave the others to chance

    return call_of(call, *xs)


def moderate(shape):
    """Elements in (-1.25, 1.25)."""
    return arrays(shape, interval=(-1.25, 1.25))


def everything(f, elements=arrays):
    """Calls of the methods that a ufunc of two has."""
    return st.one_of(reduced(f, elements), accumulated(f, elements), reduced_at(f, elements), outer(f))


WRITTEN = {
    np.add: everything(np.add),
    np.multiply: everything(np.multiply, moderate),
    np.maximum: everything(np.maximum, distinct).filter(lambda call: len(call.inputs) == 1),
    np.minimum: everything(np.minimum, distinct).filter(lambda call: len(call.inputs) == 1),
    np.logaddexp: st.one_of(reduced(np.logaddexp), reduced_at(np.logaddexp), outer(np.logaddexp)),
    np.arctan2: outer(np.arctan2),
    np.sqrt: selected(np.sqrt, 0.0),
    np.log: selected(np.log, -1.0),
    np.divide: outer(np.divide) | selected(np.divide, -1.0, lambda x: np.abs(x) > 0.25),
    np.power: selected(np.power, 0.0),
}
