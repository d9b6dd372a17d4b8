"""What works along axes: sums, extremes, softmax, and where the largest is."""

from functools import partial

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import special

from tinygrad_edu.testing.strategies import arrays, distinct, shapes, some_axis

from ..calls import ANY, OFF_GRID, SOME, VECTORS, Call, call_of, in_its_dtype, one_axis, optional, reductions, unary
from ..samples import MASK, A, V


@st.composite
def spread_settings(draw, shape):
    """Settings of var and std: never more degrees of freedom than elements."""
    settings = draw(reductions()(shape))
    axis = settings.get("axis")
    axes = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if np.prod([shape[a] for a in axes]) > 1 and draw(st.booleans()):
        settings["ddof"] = 1
    return settings


def moderate(shape):
    """Elements in (-1.25, 1.25), 0 included, of which even 27 have a product in float16."""
    return arrays(shape, interval=(-1.25, 1.25))


# ---- keywords that are composites of rows -------------------------------------------------------


@st.composite
def masks(draw, shape, axis, needed=0):
    """A mask that leaves more than `needed` elements for each result: of the full shape, of one that stretches
    to it, or as a function of the data."""
    kind = draw(st.sampled_from(["full", "stretched", "of the data"]))
    drawn = shape if kind != "stretched" else tuple(1 if draw(st.booleans()) else n for n in shape)
    mask = draw(hnp.arrays(bool, drawn)) if drawn else draw(st.booleans())
    left = np.sum(np.broadcast_to(mask, shape), axis=axis, keepdims=True)
    if np.any(left <= needed):
        mask = np.broadcast_to(mask, shape) | (left <= needed)
    return (lambda x: np.logical_or(x > OFF_GRID, mask)) if kind == "of the data" else lambda x: mask


@st.composite
def masked(draw, f, elements=arrays, needed=-1, started=None, **settings):
    """A reduction with a mask, and with a number to start from, or other settings."""
    shape = draw(SOME)
    chosen = draw(optional(**settings)) | draw(reductions()(shape))
    assume(np.all(np.sum(np.ones(shape), axis=chosen.get("axis")) > needed))
    where = draw(masks(shape, chosen.get("axis"), needed))
    if started is not None:
        chosen["initial"] = draw(started)

    def call(x):
        return f(x, where=where(x), **chosen)

    return Call(None, call, (draw(elements(shape)),), call, chosen)


@st.composite
def about_a_mean(draw, f):
    """A spread about a mean that is given, and differentiated too."""
    shape = draw(SOME)
    axis = draw(st.none() | some_axis(shape)) if shape else None
    middle = np.shape(np.sum(np.zeros(shape), axis=axis, keepdims=True))
    keepdims = draw(st.booleans())

    def call(x, m):
        return f(x, mean=m, axis=axis, keepdims=keepdims)

    return call_of(call, draw(distinct(shape)), draw(arrays(middle, interval=(-5.0, -4.0))))


@st.composite
def with_settings(draw, f, shape, settings, elements=arrays):
    """A function of one array, and its keywords."""
    drawn = draw(shape)
    return call_of(partial(f, **draw(settings(drawn))), draw(elements(drawn)))


def cumulative(shape):
    """Settings of a running sum or product that may start with its neutral element."""
    return st.fixed_dictionaries(
        {"include_initial": st.booleans()} | ({"axis": some_axis(shape)} if len(shape) > 1 else {})
    )


STARTS = st.sampled_from([0.7371, -7.1, 9.3])  # no element is equal to one of these

WRITTEN = {
    np.sum: masked(np.sum, started=STARTS) | masked(np.sum),
    np.prod: masked(np.prod, moderate, started=STARTS) | masked(np.prod, moderate),
    np.mean: masked(np.mean, needed=0),
    np.max: masked(np.max, distinct, started=STARTS),
    np.min: masked(np.min, distinct, started=STARTS),
    np.amax: masked(np.amax, distinct, started=STARTS),
    np.amin: masked(np.amin, distinct, started=STARTS),
    np.var: masked(np.var, distinct, needed=1, ddof=st.just(1)) | about_a_mean(np.var),
    np.std: masked(np.std, distinct, needed=1, correction=st.just(0.5)) | about_a_mean(np.std),
    np.ptp: with_settings(np.ptp, SOME, reductions(), distinct),
    np.cumulative_sum: with_settings(np.cumulative_sum, shapes(1), cumulative),
    np.cumulative_prod: with_settings(np.cumulative_prod, shapes(1), cumulative, moderate),
}

ROWS = {
    "sum": unary(np.sum, ANY, reductions()),
    "mean": unary(np.mean, SOME, reductions()),
    "cumsum": unary(np.cumsum, ANY, one_axis),
    "cumprod": unary(np.cumprod, ANY, one_axis, moderate),
    "max": unary(np.max, SOME, reductions(), distinct),
    "min": unary(np.min, SOME, reductions(), distinct),
    "prod": unary(np.prod, ANY, reductions(), moderate),
    "var": unary(np.var, SOME, spread_settings),
    "std": unary(np.std, SOME, spread_settings, distinct),
    "logsumexp": unary(lambda x, **settings: np.log(np.sum(np.exp(x), **settings)), SOME, reductions()),
    "below_max": unary(
        lambda x, axis: x - np.max(x, axis, keepdims=True),
        VECTORS,
        lambda s: st.fixed_dictionaries({"axis": some_axis(s)}),
        distinct,
    ),
    "softmax": unary(in_its_dtype(special.softmax), VECTORS, lambda s: st.fixed_dictionaries({"axis": some_axis(s)})),
    "log_softmax": unary(
        in_its_dtype(special.log_softmax), VECTORS, lambda s: st.fixed_dictionaries({"axis": some_axis(s)})
    ),
    "argmax": unary(np.argmax, SOME, one_axis),
    "argmin": unary(np.argmin, SOME, one_axis),
    "any": unary(np.any, ANY, reductions()),
    "all": unary(np.all, ANY, reductions()),
}

OUR_OWN = {"below_max", "softmax", "log_softmax", "logsumexp"}

METHODS = {
    "sum": [(), (0,), {"axis": (0, 1), "keepdims": True}],
    "mean": [(), (-1,), {"axis": 1, "keepdims": True}],
    "max": [(), (0,)],
    "min": [(), (1,)],
    "prod": [(), (0,)],
    "var": [(), {"axis": 0, "ddof": 1}],
    "std": [(), {"axis": 1, "ddof": 1, "keepdims": True}],
    "cumsum": [(), (1,), {"axis": 0, "dtype": np.float32}],
    "cumprod": [(), (1,), {"axis": 0}],
    "argmax": [(), (1,)],
    "argmin": [(), (0,)],
    "any": [()],
    "all": [()],
}

NEEDED = {
    np.sum: (A,),
    np.mean: (A,),
    np.cumsum: (A,),
    np.cumprod: (A,),
    np.cumulative_sum: (V,),
    np.cumulative_prod: (V,),
    np.ptp: (A,),
    np.amax: (A,),
    np.amin: (A,),
    np.max: (A,),
    np.min: (A,),
    np.prod: (A,),
    np.var: (A,),
    np.std: (A,),
    np.argmax: (A,),
    np.argmin: (A,),
    np.any: (A,),
    np.all: (A,),
}

CANDIDATES = {
    "keepdims": (True, False),
    "initial": (0.5, 2.0),
    "where": (MASK, True),
    "ddof": (1, 2),
    "correction": (1, 0),
    "mean": ("mean",),
    "include_initial": (True, False),
    "kind": ("stable",),
    "stable": (True,),
}
