"""What a call is, and the strategies from which those of several areas are made.

A `Call` is a function, data, and an oracle: NumPy's or SciPy's own function, or a definition written out.
How each operation is called is said in `areas`, one module an area, and gathered in `registry`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing.strategies import arrays, broadcastable, reduced_axes, shapes, some_axis

ANY, SOME = shapes(), shapes(min_side=1)
VECTORS, MATRICES = shapes(1, min_side=1), shapes(2)


@dataclass(frozen=True)
class Call:
    """A function, the data to call it on, and what the answer should be.

    `inputs` are the data that are differentiated; what is constant is inside `function`, which takes
    Values, and inside `oracle`, which takes floats and arrays."""

    name: str
    function: Callable[..., Any] = field(repr=False)
    inputs: tuple[Any, ...]
    oracle: Callable[..., Any] = field(repr=False)
    settings: Any = None  # for the eye only

    def with_inputs(self, *inputs):
        """The same call on other data."""
        return replace(self, inputs=tuple(inputs))


def row_call(op, inputs, oracle, **settings):
    """A call of a row of the table, by position and keyword."""
    return Call(
        op.name,
        lambda *xs: op(*xs, **settings),
        tuple(inputs),
        lambda *xs: oracle(*xs, **settings),
        settings,
    )


def call_of(f, *inputs):
    """A call of NumPy's function `f`, its own oracle."""
    return Call(None, f, inputs, f)


def flat(parts):
    """Several arrays as one, so that a law can look at all of them."""
    return np.concatenate([np.ravel(part) for part in parts])


def in_its_dtype(f):
    """`f` of one array, in the array's own dtype (SciPy computes float16 in float32)."""
    return lambda x, **settings: np.asarray(f(x, **settings), getattr(x, "dtype", float))


def rounded(x, dtype):
    """An array in another precision, complex if it is (NumPy has no complex numbers of 16 bits); a number as it is."""
    if not np.shape(x):
        return x
    return x.astype(np.result_type(dtype, np.complex64) if np.iscomplexobj(x) else dtype)


# ---- rows that act on elements ------------------------------------------------------------------

# The grid of `arrays` on (-3, 3) contains 0 and ties; moved by this much it contains neither.
OFF_GRID = 0.035


@st.composite
def elementwise_calls(draw, op, intervals, oracle, settings, moved=0.0):
    """A call of an elementwise row on mutually broadcastable inputs, each from its interval.

    `settings` is a strategy of its keywords; the first input is moved by `moved`."""
    drawn = draw(broadcastable(len(op.vjps)))
    first, *others = (draw(arrays(shape, interval=interval)) for shape, interval in zip(drawn, intervals, strict=True))
    return row_call(op, [first + moved, *others], oracle, **draw(settings))


# ---- other rows, and functions written with rows ------------------------------------------------


def unary(oracle, shape, settings=lambda shape: st.just({}), elements=arrays):
    """Calls of a row with one input: `settings(shape)` draws its keywords, `elements(shape)` its data."""

    @st.composite
    def calls(draw, op):
        drawn = draw(shape)
        return row_call(op, [draw(elements(drawn))], oracle, **draw(settings(drawn)))

    return calls


def anything(f, min_dims=0, max_dims=3):
    """A function of one array."""
    return shapes(min_dims, max_dims).flatmap(arrays).map(lambda x: call_of(f, x))


@st.composite
def products(draw, product, signature):
    """Two operands whose inner lengths agree."""
    m, n, p, q = (draw(st.integers(0, 3)) for _ in range(4))
    named = {"": (), "m": (m,), "n": (n,), "mn": (m, n), "nm": (n, m), "np": (n, p), "pn": (p, n)}
    named |= {"qmn": (q, m, n), "qnp": (q, n, p), "qpn": (q, p, n), "mnp": (m, n, p)}
    first, second = draw(st.sampled_from(signature))
    return call_of(product, draw(arrays(named[first])), draw(arrays(named[second])))


# ---- settings -----------------------------------------------------------------------------------


def optional(**strategies):
    """A dictionary of settings, each of which may be left out."""
    return st.fixed_dictionaries({}, optional=strategies)


def reductions(**more):
    """Settings of a reduction."""
    return lambda shape: optional(axis=reduced_axes(shape), keepdims=st.booleans(), **more)


def one_axis(shape):
    """Settings of what works along one axis, or on all elements."""
    return optional(axis=st.none() | some_axis(shape)) if shape else st.just({})
