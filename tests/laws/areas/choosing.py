"""What chooses between elements: bounds, masks, and the ReLUs."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinygrad_edu.testing.strategies import arrays, broadcastable, distinct, real_or_complex, shapes, some_axis

from ..calls import Call, call_of
from ..samples import MASK, A, V


@st.composite
def where_calls(draw, op):
    """One of two, element by element, by a mask that is no input."""
    chosen, *drawn = draw(broadcastable(3))
    mask = draw(hnp.arrays(bool, chosen)) if chosen else draw(st.booleans())
    return Call(
        "where",
        lambda x, y: op(mask, x, y),
        tuple(draw(arrays(shape)) for shape in drawn),
        lambda x, y: np.where(mask, x, y),
        {"condition": mask},
    )


@st.composite
def clips(draw):
    """Bounds on both sides, or on one; by position or by keyword."""
    x = draw(distinct(draw(shapes()))) + 0.01
    low, high = draw(st.sampled_from([(-1.0, 1.0), (None, 0.5), (0.25, None), (-1, 1), (1.0, -1.0), (None, None)]))
    if draw(st.booleans()):
        return call_of(lambda x: np.clip(x, low, high), x)
    return call_of(lambda x: np.clip(x, min=low, max=high), x)


@st.composite
def clips_to_values(draw):
    """Bounds that are differentiated too, of any shapes that broadcast."""
    first, *others = draw(broadcastable(3))
    x = draw(arrays(first)) + 0.01
    low, high = draw(arrays(others[0], interval=(-2.0, -0.5))), draw(arrays(others[1], interval=(0.5, 2.0)))
    if draw(st.booleans()):
        return call_of(lambda x, low: np.clip(x, low, None), x, low)
    return call_of(lambda x, low, high: np.clip(x, a_max=high, a_min=low), x, low, high)


@st.composite
def wheres(draw):
    """A condition found from the data."""
    one, other = (draw(distinct(shape)) for shape in draw(broadcastable(2)))
    return call_of(lambda x, y: np.where(x > 0.0, x, y), one + 0.01, other)


@st.composite
def selects(draw):
    """Several conditions, several of which may hold, and a rest."""
    shape, *drawn = draw(broadcastable(4))
    masks = [draw(hnp.arrays(bool, shape)) for _ in range(2)]
    parts = [draw(arrays(s)) for s in drawn]
    if draw(st.booleans()):
        return call_of(lambda x, y, z: np.select(masks, [x, y], default=z), *parts)
    return call_of(lambda x, y, z: np.select([masks[0], x > 5.0, masks[1]], [x, y, z]), *parts)


@st.composite
def choices(draw):
    """Which of three, for each element; outside too, where it wraps round or is clipped."""
    shape, *drawn = draw(broadcastable(4))
    mode = draw(st.sampled_from(["raise", "wrap", "clip"]))
    low, high = (0, 2) if mode == "raise" else (-4, 5)
    which = draw(hnp.arrays(np.int64, shape, elements=st.integers(low, high)))
    parts = [draw(arrays(s, dtype=real_or_complex())) for s in drawn]
    return call_of(lambda *xs: np.choose(which, list(xs), mode=mode), *parts)


def halved(x):
    """A function for a piece."""
    return 0.5 * x


@st.composite
def pieces(draw):
    """Functions of the elements for which a condition holds; where two hold, the last counts."""
    x = draw(distinct(draw(shapes()))) + 0.01
    if draw(st.booleans()):
        mask = draw(hnp.arrays(bool, np.shape(x)))
        return call_of(lambda x: np.piecewise(x, [x < 1.0, mask], [lambda v: v * v, 3.0, halved]), x)
    if not np.shape(x):
        return call_of(lambda x: np.piecewise(x, [x < 0.0, x >= 0.0], [halved, np.sin]), x)
    return call_of(lambda x: np.piecewise(x, [x < 0.0], [lambda v, k: k * v, lambda v, k: v**2], 3.0), x)


@st.composite
def along_an_axis(draw):
    """Functions of a row that make a number, a row, or a matrix of it."""
    shape = draw(shapes(1, min_side=1))
    axis = draw(some_axis(shape))
    f = draw(st.sampled_from([np.sum, np.diag, lambda v: v * v, lambda v: np.outer(v, v)[:2], lambda v: list(v[:1])]))
    return call_of(lambda x: np.apply_along_axis(f, axis, x), draw(arrays(shape)))


@st.composite
def over_axes(draw):
    """A reduction over several axes, one after the other."""
    shape = draw(shapes(1))
    axes = draw(some_axis(shape) | st.lists(some_axis(shape), min_size=1, max_size=3))
    f = draw(st.sampled_from([np.sum, np.cumsum, lambda a, axis: np.sum(a * a, axis, keepdims=True)]))
    return call_of(lambda x: np.apply_over_axes(f, x, axes), draw(arrays(shape, interval=(-1.0, 1.0))))


ROWS = {"where": where_calls}

ELEMENTWISE_ORACLES = {
    "relu": lambda x: np.maximum(x, 0.0),
    "leaky_relu": lambda x, slope=0.01: np.where(np.asarray(x) > 0, x, slope * np.asarray(x)),
}

DOMAINS = {"clip": ((-3.0, 3.0), (-2.0, -0.5), (0.5, 2.0))}
SETTINGS = {"leaky_relu": st.fixed_dictionaries({"slope": st.sampled_from([0.01, 0.25, 0.0])})}
OFF_THE_KINK = {"relu", "leaky_relu", "maximum", "minimum", "clip"}
OUR_OWN = {"relu", "leaky_relu"}

WRITTEN = {
    np.clip: clips() | clips_to_values(),
    np.where: wheres(),
    np.select: selects(),
    np.choose: choices(),
    np.piecewise: pieces(),
    np.apply_along_axis: along_an_axis(),
    np.apply_over_axes: over_axes(),
}

METHODS = {
    "clip": [(-0.3, 0.4), (0.1,), {"min": -0.2, "max": None}, {"max": 0.2}],
    "choose": [],  # of integers only
}

NEEDED = {
    np.clip: (A, -0.5, 0.5),
    np.where: (MASK, A, A),
    np.select: ([MASK], [A]),
    np.choose: (np.array([0, 1, 1]), [V, -V]),
    np.piecewise: (A, [MASK], [halved, np.sin]),
    np.apply_along_axis: (np.sum, 0, A),
    np.apply_over_axes: (np.sum, A, 0),
}

UNSIGNED = {
    np.clip: ("a_min", "a_max", "out", "min", "max", "dtype", "where", "casting", "order"),
    np.where: (),
    np.select: ("default",),
    np.choose: ("out", "mode"),
    np.piecewise: (),
    np.apply_along_axis: (),
    np.apply_over_axes: (),
}

CANDIDATES = {
    "a_min": (-0.2,),
    "a_max": (0.2,),
    "min": (-0.2,),
    "max": (0.2,),
    "default": (2.0,),
}
