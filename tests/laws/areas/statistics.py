"""Averages, quantiles and covariances; the reductions that skip nan; and which elements they look at."""

from functools import partial

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.kinds import parts
from tinygrad_edu.ops.reduce import RANKS
from tinygrad_edu.testing.strategies import arrays, distinct, shapes, some_axis

from ..calls import SOME, Call, call_of, optional, reductions
from ..samples import A, V

METHODS_OF_QUANTILES = st.sampled_from(sorted(RANKS))


# ---- quantiles ----------------------------------------------------------------------------------


@st.composite
def quantiles(draw, f, scale=1.0, holes=False):
    """Quantiles by every method: of a number, a vector or a matrix of fractions."""
    shape = draw(SOME)
    settings = draw(reductions(method=METHODS_OF_QUANTILES)(shape))
    q = scale * draw(arrays(draw(shapes(max_dims=1, min_side=1)), interval=(0.0, 1.0)))
    if holes and isinstance(settings.get("axis"), tuple) and np.shape(q):
        q = 0.3 * scale  # NumPy puts the axis of q elsewhere then
    x = draw(with_holes(shape, settings.get("axis")) if holes else distinct(shape))
    return skipping(partial(f, q=q, **settings), x) if holes else call_of(partial(f, q=q, **settings), x)


@st.composite
def medians(draw):
    """The median of elements that do not tie."""
    shape = draw(SOME)
    return call_of(partial(np.median, **draw(reductions()(shape))), draw(distinct(shape)))


@st.composite
def places_calls(draw, op):
    """The last of the three results, which is a number that can be compared."""
    shape, method, skip = draw(shapes(1, min_side=1)), draw(METHODS_OF_QUANTILES), draw(st.booleans())
    q = draw(arrays((2,), interval=(0.0, 1.0)))

    def share(x):
        return parts(op(x, q, method=method, skip=skip))[2]

    def oracle(x):
        rank = np.clip(RANKS[method](x.shape[-1], q), 0, x.shape[-1] - 1)
        return np.broadcast_to(np.abs(rank - np.floor(rank + 0.5)), (*x.shape[:-1], 2))

    return Call(None, share, (draw(distinct(shape)),), oracle)


@st.composite
def record_calls(draw, op):
    """Where the extreme so far is, told by a loop."""
    shape = draw(shapes(1))
    settings = {"axis": draw(some_axis(shape)), "largest": draw(st.booleans())}
    choose = np.argmax if settings["largest"] else np.argmin

    def oracle(x):
        if not x.size:
            return x.astype(int)
        return np.apply_along_axis(lambda row: [choose(row[: k + 1]) for k in range(len(row))], settings["axis"], x)

    return Call(op.name, lambda x: op(x, **settings), (draw(arrays(shape)),), oracle)


# ---- what skips nan -----------------------------------------------------------------------------


@st.composite
def with_holes(draw, shape, axis=None, left=1, elements=distinct):
    """An array and a mask of elements to be replaced by nan, of which `left` stay for each result."""
    x = draw(elements(shape))
    holes = np.array(draw(st.lists(st.booleans(), min_size=np.size(x), max_size=np.size(x)))).reshape(shape)
    holes &= np.sum(~holes, axis=axis, keepdims=True) >= left
    return x, holes


def skipping(f, drawn):
    """A function of an array with nan in some places, through which nothing is differentiated."""
    x, holes = drawn
    return call_of(lambda x: f(np.where(holes, np.nan, x)), x)


@st.composite
def skips(draw, f, settings=reductions, left=1, elements=distinct, shape=SOME, **more):
    """A reduction that skips nan."""
    drawn = draw(shape)
    chosen = draw(settings(**more)(drawn))
    enough = np.all(np.sum(np.ones(drawn), axis=chosen.get("axis")) >= left)
    x, holes = draw(with_holes(drawn, chosen.get("axis"), left, elements))
    return skipping(partial(f, **chosen), (x, holes & enough))


def running():
    """Settings of a running sum or product."""
    return lambda shape: optional(axis=st.none() | some_axis(shape)) if shape else st.just({})


def moderate(shape):
    """Elements in (-1.25, 1.25)."""
    return arrays(shape, interval=(-1.25, 1.25))


# ---- average, covariance ------------------------------------------------------------------------


@st.composite
def averages(draw):
    """An average with weights that are differentiated too: for every element, or along axes."""
    shape = draw(SOME)
    settings = draw(reductions()(shape))
    axis = settings.get("axis")
    kind = draw(st.sampled_from(["none", "full", "along"]))
    x = draw(arrays(shape))
    if kind == "none":
        return call_of(partial(np.average, **settings), x)
    along = shape if axis is None or kind == "full" else np.array(shape)[list(np.atleast_1d(np.array(axis, int)))]
    weights = draw(arrays(tuple(map(int, along)), interval=(0.5, 2.0)))
    which = draw(st.sampled_from([0, 1]))

    def call(x, weights):
        return np.average(x, weights=weights, returned=True, **settings)[which]

    return call_of(call, x, weights)


@st.composite
def covariances(draw, f, **more):
    """Of variables in rows or columns, of two sets of them, with weights."""
    n, samples = draw(st.integers(1, 3)), draw(st.integers(4, 5))
    rowvar = draw(st.booleans())
    shape = (samples,) if n == 1 and draw(st.booleans()) else (n, samples) if rowvar else (samples, n)
    settings = draw(optional(**more)) | {"rowvar": rowvar}
    x, y = draw(distinct(shape)), draw(st.none() | distinct((samples,)) | distinct(shape))
    if f is np.cov and draw(st.booleans()):
        settings["fweights"] = draw(st.permutations([1, 2, 1, 3, 2][:samples]))
    weights = draw(arrays((samples,), interval=(0.5, 2.0))) if f is np.cov and draw(st.booleans()) else None
    optionals = {name: given for name, given in (("y", y), ("aweights", weights)) if given is not None}

    def call(x, *others):
        return f(x, **dict(zip(optionals, others, strict=True)), **settings)

    return call_of(call, x, *optionals.values())


ROWS = {"quantile_places": places_calls, "record_places": record_calls}

OUR_OWN = {"quantile_places", "record_places"}

WRITTEN = {
    np.average: averages(),
    np.median: medians(),
    np.nanmedian: skips(np.nanmedian),
    np.quantile: quantiles(np.quantile),
    np.percentile: quantiles(np.percentile, 100.0),
    np.nanquantile: quantiles(np.nanquantile, holes=True),
    np.nanpercentile: quantiles(np.nanpercentile, 100.0, holes=True),
    np.nansum: skips(np.nansum, left=0, initial=st.just(0.75)),
    np.nanprod: skips(np.nanprod, left=0, elements=moderate),
    np.nanmean: skips(np.nanmean),
    np.nanmax: skips(np.nanmax),
    np.nanmin: skips(np.nanmin),
    np.nanvar: skips(np.nanvar, left=2, shape=shapes(1, min_side=2), ddof=st.just(0.5)),
    np.nanstd: skips(np.nanstd, left=2, shape=shapes(1, min_side=2), correction=st.just(0.5)),
    np.nancumsum: skips(np.nancumsum, running, left=0),
    np.nancumprod: skips(np.nancumprod, running, left=0, elements=moderate),
    np.cov: covariances(np.cov, bias=st.booleans(), ddof=st.sampled_from([0, 1])),
    np.corrcoef: covariances(np.corrcoef),
}

HOLES = np.array([[np.nan, 0.3, -0.7], [1.5, np.nan, 0.4]])
SAMPLES = np.cos(np.arange(1.0, 13.0) ** 2).reshape(3, 4)

NEEDED = {
    np.average: (A,),
    np.median: (A,),
    np.nanmedian: (A,),
    np.quantile: (A, 0.3),
    np.percentile: (A, 30.0),
    np.nanquantile: (A, 0.3),
    np.nanpercentile: (A, 30.0),
    np.cov: (SAMPLES,),
    np.corrcoef: (SAMPLES,),
    **dict.fromkeys((np.nansum, np.nanprod, np.nanmean, np.nanmax, np.nanmin, np.nanvar, np.nanstd), (A,)),
    **dict.fromkeys((np.nancumsum, np.nancumprod), (A,)),
}

CANDIDATES = {
    "q": (0.5, 0.0, [0.25, 1.0]),
    "weights": (np.array([0.5, 2.0]), np.exp(A), None),
    "returned": (True, False),
    "overwrite_input": (True,),
    "method": tuple(sorted(RANKS)),
    "rowvar": (False,),
    "bias": (True,),
    "fweights": ([1, 2, 1, 3],),
    "aweights": (np.array([0.5, 2.0, 1.0, 0.25]),),
    "y": (np.sin(np.arange(4.0)), V),
}
