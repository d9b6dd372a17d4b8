"""Strategies for numbers, arrays, shapes and directions.

Elements lie on a grid of 65 points of their interval, ends included.  That is quick to draw, shrinks
to something readable, is exact in float16, and makes ties and zeros as common as they are in practice.
"""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

EVERYWHERE = (-3.0, 3.0)
STEPS = 64
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, np.inf, -np.inf, np.nan, 1e308, -1e308, 1e-308, -1e-308)
"""The floats at which IEEE arithmetic has something to say."""


def numbers(shape=(), interval=EVERYWHERE):
    """A float for the shape (), otherwise an array, of elements in `interval`."""
    low, high = interval or EVERYWHERE

    def scaled(steps):
        return low + (high - low) * steps / STEPS

    if shape == ():
        return st.integers(0, STEPS).map(scaled)
    return hnp.arrays(np.int64, shape, elements=st.integers(0, STEPS)).map(scaled)


def complex_numbers(shape=(), interval=EVERYWHERE, imaginary=EVERYWHERE):
    """A complex for the shape (), otherwise an array: real parts in `interval`, imaginary parts in `imaginary`."""
    return st.tuples(numbers(shape, interval), numbers(shape, imaginary)).map(lambda parts: parts[0] + 1j * parts[1])


def either(shape=(), interval=EVERYWHERE, imaginary=EVERYWHERE, *, real=False):
    """Real numbers or complex ones; with `real`, only real ones."""
    reals = numbers(shape, interval)
    return reals if real else reals | complex_numbers(shape, interval, imaginary)


def directions(shape=()):
    """A cotangent or tangent of real numbers: elements in (-1, 1)."""
    return numbers(shape, (-1.0, 1.0))


def directions_like(x):
    """A cotangent or tangent of `x`: complex if `x` is."""
    shape = np.shape(x)
    return complex_numbers(shape, (-1.0, 1.0), (-1.0, 1.0)) if np.iscomplexobj(x) else directions(shape)


def rounded(x, dtype):
    """An array in another precision, complex if it is (NumPy has no complex numbers of 16 bits); a number as it is."""
    if not np.shape(x):
        return x
    return x.astype(np.result_type(dtype, np.complex64) if np.iscomplexobj(x) else dtype)


@st.composite
def distinct(draw, shape, gap=0.5):
    """A float, or an array no two elements of which are closer than `gap` / 5."""
    if shape == ():
        return draw(numbers())
    size = int(np.prod(shape))
    order = np.array(draw(st.permutations(range(size))), dtype=float).reshape(shape)
    return gap * order + draw(numbers(shape, (-0.4 * gap, 0.4 * gap)))


def shapes(min_dims=0, max_dims=3, min_side=0, max_side=3):
    """Shapes of small arrays, `()` and size 0 included."""
    return hnp.array_shapes(min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side)


def broadcastable(n, min_side=0):
    """`n` shapes that broadcast together."""
    return hnp.mutually_broadcastable_shapes(num_shapes=n, min_side=min_side, max_dims=3, max_side=3).map(
        lambda drawn: drawn.input_shapes
    )


def some_axis(shape):
    """One axis, counted from either end."""
    return st.integers(-len(shape), len(shape) - 1)


@st.composite
def several_axes(draw, shape, min_size=0, max_size=None):
    """A tuple of different axes, each counted from either end."""
    ndim = len(shape)
    axes = draw(st.lists(st.integers(0, ndim - 1), unique=True, min_size=min_size, max_size=max_size)) if ndim else []
    return tuple(a - ndim if draw(st.booleans()) else a for a in axes)


def reduced_axes(shape):
    """An `axis=` of a reduction: None, one, or several."""
    return st.none() | some_axis(shape) | several_axes(shape) if shape else st.none()
