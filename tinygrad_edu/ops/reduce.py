"""The chapter of reductions: sum, mean, max, prod, var, logsumexp, softmax and what goes with them.

`axis` is None (all), an integer or a tuple of integers, negative ones counted from the back;
`keepdims` leaves the reduced axes as ones.  NumPy's other keywords are composites of these rows.
"""

import math
from typing import Any

import numpy as np

from ..kinds import fit, general, linear, shape_of
from .arithmetic import divide
from .comparison import equal, isfinite, logical_and, where
from .complex_numbers import conjugated
from .elementary import exp, log
from .index import flip, getitem
from .shape import concatenate, moveaxis, reshape, stack


def axes_of(x, axis):
    """The reduced axes, counted from the front."""
    ndim = len(shape_of(x))
    if axis is None:
        return tuple(range(ndim))
    return tuple(int(a) % ndim for a in (axis if isinstance(axis, tuple | list) else (axis,)) if ndim)


def keep(reduced, x, axis):
    """`reduced` with the axes that a reduction of `x` dropped put back as ones."""
    if axis is None and not shape_of(reduced):
        return reduced  # one number: it stretches as it is
    axes = axes_of(x, axis)
    shape = tuple(1 if i in axes else n for i, n in enumerate(shape_of(x)))
    return reduced if shape_of(reduced) == shape else reshape(reduced, shape=shape)


def count(x: Any, axis: Any) -> int:
    """How many elements go into each result."""
    shape = shape_of(x)
    return math.prod(shape if axis is None else [shape[a] for a in axes_of(x, axis)])


# ---- sums and means ----------------------------------------------------------------------------------


def _sum_vjp(g, out, x, axis=None, keepdims=False):
    return fit(keep(g, x, axis), x)


def _mean_vjp(g, out, x, axis=None, keepdims=False):
    return fit(keep(divide(g, float(count(x, axis))), x, axis), x)


def _cumsum_vjp(g, out, x, axis=None):
    way = -1 if axis is None else axis
    return reshape(flip(cumsum(flip(g, axis=way), axis=way), axis=way), shape=shape_of(x))


sum_ = linear(
    lambda x, axis=None, keepdims=False: np.add.reduce(x, axis=axis, keepdims=keepdims),
    _sum_vjp, name="sum", into=np.add.reduce, doc="the sum of the elements",
)  # fmt: skip
mean = linear(
    lambda x, axis=None, keepdims=False: np.mean(x, axis=axis, keepdims=keepdims),
    _mean_vjp, name="mean", doc="the mean of the elements",
)  # fmt: skip
cumsum = linear(
    lambda x, axis=None: np.cumsum(x, axis=axis),
    _cumsum_vjp, name="cumsum", doc="sums of the first 1, 2, 3, … elements",
)  # fmt: skip


# ---- extremes ----------------------------------------------------------------------------------------


def _extreme_vjp(g, out, x, axis=None, keepdims=False):
    """Elements that tie for the extreme share its cotangent equally."""
    winners = equal(x, keep(out, x, axis))
    each = divide(keep(g, x, axis), keep(sum_(where(winners, 1.0, 0.0), axis=axis, keepdims=keepdims), x, axis))
    return where(winners, each, 0.0)


max_ = general(
    lambda x, axis=None, keepdims=False: np.max(x, axis=axis, keepdims=keepdims),
    _extreme_vjp, name="max", selects=True, doc="the largest element",
)  # fmt: skip
min_ = general(
    lambda x, axis=None, keepdims=False: np.min(x, axis=axis, keepdims=keepdims),
    _extreme_vjp, name="min", selects=True, doc="the smallest element",
)  # fmt: skip


# ---- products ----------------------------------------------------------------------------------------


def others(x):
    """For each element along the first axis the product of all the others; no division, so zeros are
    no special case.  Halve, multiply the halves pairwise, ask the same of the pairs."""
    n = shape_of(x)[0]
    if n <= 1:
        return np.ones(shape_of(x), x.dtype)
    half = n // 2
    a, b = getitem(x, index=(slice(half),)), getitem(x, index=(slice(half, 2 * half),))
    odd = getitem(x, index=(slice(2 * half, n),))
    rest = others(concatenate(a * b, odd))
    pairs, last = getitem(rest, index=(slice(half),)), getitem(rest, index=(slice(half, None),))
    return concatenate(pairs * b, pairs * a, last)


def _prod_vjp(g, out, x, axis=None, keepdims=False):
    axes = axes_of(x, axis)
    if not axes:
        return g
    shape = shape_of(x)
    front = moveaxis(x, source=axes, destination=tuple(range(len(axes))))
    moved = shape_of(front)
    product = reshape(others(reshape(front, shape=(-1, *moved[len(axes) :]))), shape=moved) if 0 not in shape else front
    return keep(g, x, axis) * moveaxis(product, source=tuple(range(len(axes))), destination=axes)


prod = general(
    lambda x, axis=None, keepdims=False: np.prod(x, axis=axis, keepdims=keepdims),
    _prod_vjp, name="prod", complex=True, doc="the product of the elements; exact where some are 0",
)  # fmt: skip


def part(x, start, stop=None, step=None):
    """A stretch of the first axis."""
    return getitem(x, index=(slice(start, stop, step),))


def recurrence(x, g):
    """s with sₖ = gₖ + xₖ₊₁ sₖ₊₁ along the first axis; beyond the last one is 0.

    Written out for the next, every second equation leaves a recurrence of half the length."""
    n, *others = shape_of(g)
    if n <= 1:
        return g
    if n % 2:
        nothing = np.zeros((1, *others), g.dtype)
        return part(recurrence(concatenate(x, nothing), concatenate(g, nothing)), 0, n)
    x0, x1 = part(x, 0, n, 2), part(x, 1, n, 2)
    g0, g1 = part(g, 0, n, 2), part(g, 1, n, 2)
    s0 = recurrence(concatenate(part(x0, 0, 1), part(x1, 0, -1) * part(x0, 1)), g0 + x1 * g1)
    s1 = concatenate(part(g1, 0, -1) + part(x0, 1) * part(s0, 1), part(g1, -1))
    return reshape(stack(s0, s1, axis=1), shape=(n, *others))


def _cumprod_vjp(g, out, x, axis=None):
    """Element j is in the products from the jth on: those before it, times a sum that `recurrence` makes."""
    if axis is None or not shape_of(x):
        return reshape(_cumprod_vjp(g, out, reshape(x, shape=(-1,)), axis=0), shape=shape_of(x))
    if 0 in shape_of(x):
        return g
    g, out, x = (moveaxis(a, source=axis, destination=0) for a in (g, out, x))
    before = concatenate(np.ones((1, *shape_of(x)[1:]), out.dtype), part(out, 0, -1))
    return moveaxis(before * recurrence(x, g), source=0, destination=axis)


cumprod = general(
    lambda x, axis=None: np.cumprod(x, axis=axis),
    _cumprod_vjp, name="cumprod", complex=True, doc="products of the first 1, 2, 3, … elements; exact where some are 0",
)  # fmt: skip


# ---- spread ------------------------------------------------------------------------------------------


def freedom(x, axis, ddof):
    """What a sum of squares is divided by, as a float; never below 0."""
    return max(float(count(x, axis) - ddof), 0.0)


def _var_vjp(g, out, x, axis=None, ddof=0, keepdims=False):
    from_mean = x - mean(x, axis=axis, keepdims=True)
    return keep(g, x, axis) * conjugated(from_mean) * divide(2.0, freedom(x, axis, ddof))


def _std_vjp(g, out, x, axis=None, ddof=0, keepdims=False):
    length = where(equal(out, 0.0), math.inf, out)  # a constant has deviation 0 and, by convention, gradient 0
    from_mean = x - mean(x, axis=axis, keepdims=True)
    return keep(divide(g, length), x, axis) * conjugated(from_mean) * divide(1.0, freedom(x, axis, ddof))


var = general(
    lambda x, axis=None, ddof=0, keepdims=False: np.var(x, axis=axis, ddof=ddof, keepdims=keepdims),
    _var_vjp, name="var", complex=True, doc="the variance",
)  # fmt: skip
std = general(
    lambda x, axis=None, ddof=0, keepdims=False: np.std(x, axis=axis, ddof=ddof, keepdims=keepdims),
    _std_vjp, name="std", complex=True, doc="the standard deviation; gradient 0 where it is 0",
)  # fmt: skip


# ---- sums of exponentials ----------------------------------------------------------------------------


def shifted(x: Any, axis: Any) -> Any:
    """x − max x, so that exponentials cannot overflow, and that maximum."""
    top = np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf)
    if not math.isfinite(abs(np.vdot(top, top))):  # the sum of squares: one call, where all() of isfinite is two
        top = np.where(np.isfinite(top), top, 0.0).astype(np.asarray(x).dtype)
    return x - top, top


def _logsumexp(x, axis=None, keepdims=False):
    below, top = shifted(x, axis)
    with np.errstate(divide="ignore"):
        out = np.log(np.sum(np.exp(below), axis=axis, keepdims=True)) + top
    return out if keepdims else np.squeeze(out, axis=axes_of(x, axis))


def _below_max_vjp(g, out, x, axis):
    """What all elements lose as the largest grows, it gets back; several that tie share it."""
    top = max_(x, axis=axis, keepdims=True)
    winners = logical_and(equal(x, top), isfinite(top))
    each = divide(sum_(g, axis=axis, keepdims=True), sum_(where(winners, 1.0, 0.0), axis=axis, keepdims=True))
    return g - where(winners, each, 0.0)


def _softmax(x, axis=-1):
    e = exp(below_max(x, axis=axis))
    return divide(e, sum_(e, axis=axis, keepdims=True))


def _log_softmax(x, axis=-1):
    below = below_max(x, axis=axis)
    return below - log(sum_(exp(below), axis=axis, keepdims=True))


def _logsumexp_vjp(g, out, x, axis=None, keepdims=False):
    total = keep(out, x, axis)
    return keep(g, x, axis) * exp(where(equal(x, -math.inf), -math.inf, x - total))


def _softmax_vjp(g, out, x, axis=-1):
    return out * (g - sum_(g * out, axis=axis, keepdims=True))


def _log_softmax_vjp(g, out, x, axis=-1):
    return g - exp(out) * sum_(g, axis=axis, keepdims=True)


below_max = general(
    lambda x, axis: shifted(x, axis)[0],
    _below_max_vjp, name="below_max", selects=True, doc="x − max x along `axis`; an infinite maximum counts as 0",
)  # fmt: skip
logsumexp = general(_logsumexp, _logsumexp_vjp, name="logsumexp", doc="ln Σ eˣ without overflow")
softmax = general(
    _softmax, _softmax_vjp, name="softmax", composite=True, doc="eˣ / Σ eˣ: positive and summing to 1 along `axis`"
)
log_softmax = general(
    _log_softmax, _log_softmax_vjp, name="log_softmax", composite=True, doc="ln softmax(x) without overflow"
)


# ---- reductions without a derivative -----------------------------------------------------------------

# fmt: off
argmax = general(lambda x, axis=None, keepdims=False: np.argmax(x, axis=axis, keepdims=keepdims), None, name="argmax", numpy=np.argmax, arguments="a, axis, out, keepdims", doc="where the largest element is")
argmin = general(lambda x, axis=None, keepdims=False: np.argmin(x, axis=axis, keepdims=keepdims), None, name="argmin", numpy=np.argmin, arguments="a, axis, out, keepdims", doc="where the smallest element is")
any_ = general(lambda x, axis=None, keepdims=False: np.any(x, axis=axis, keepdims=keepdims), None, name="any", doc="is any true?")
all_ = general(lambda x, axis=None, keepdims=False: np.all(x, axis=axis, keepdims=keepdims), None, name="all", doc="are all true?")
# fmt: on


# ---- which elements: positions without a derivative --------------------------------------------------


def ranks_between(alpha, beta):
    """The continuous methods of Hyndman and Fan 1996, which differ in α and β."""
    return lambda n, q: n * q + (alpha + q * (1.0 - alpha - beta)) - 1.0


def _averaged_rank(n, q):
    return np.where(n * q % 1.0 == 0.0, n * q - 0.5, np.ceil(n * q - 1.0))


def _closest_rank(n, q):
    rank = n * q - 1.5
    return np.where((rank % 1.0 == 0.0) & (rank % 2.0 == 1.0), rank, np.floor(rank) + 1.0)


RANKS = {
    "linear": lambda n, q: (n - 1) * q,
    "lower": lambda n, q: np.floor((n - 1) * q),
    "higher": lambda n, q: np.ceil((n - 1) * q),
    "nearest": lambda n, q: np.around((n - 1) * q),
    "midpoint": lambda n, q: 0.5 * (np.floor((n - 1) * q) + np.ceil((n - 1) * q)),
    "inverted_cdf": lambda n, q: np.ceil(n * q - 1.0),
    "closest_observation": _closest_rank,
    "averaged_inverted_cdf": _averaged_rank,
    "interpolated_inverted_cdf": ranks_between(0.0, 1.0),
    "hazen": ranks_between(0.5, 0.5),
    "weibull": ranks_between(0.0, 0.0),
    "median_unbiased": ranks_between(1.0 / 3.0, 1.0 / 3.0),
    "normal_unbiased": ranks_between(3.0 / 8.0, 3.0 / 8.0),
}
"""NumPy's methods: the rank, counted from 0, at which quantile q of n sorted elements lies."""


def _quantile_places(x, q, method, skip=False):
    """Where the elements next to each rank are, the nearer one first, and how far towards the other it lies."""
    absent = np.sum(np.isnan(x), axis=-1, keepdims=True)
    n = np.maximum(x.shape[-1] - absent, 1) if skip else x.shape[-1]
    n = n if q.dtype.kind == "i" else np.asarray(n, q.dtype)
    rank = np.clip(RANKS[method](n, q), 0, n - 1)
    below = np.floor(rank)
    up = rank - below >= 0.5
    nearer, other = np.where(up, np.ceil(rank), below), np.where(up, below, np.ceil(rank))
    if not skip:  # a nan, which sorts to the end, is the answer where there is one
        nearer, other = (np.where(absent, x.shape[-1] - 1, k) for k in (nearer, other))
    order = np.argsort(x, axis=-1, stable=True)
    nearer, other = (np.take_along_axis(order, k.astype(int), axis=-1) for k in (nearer, other))
    return nearer, other, np.broadcast_to(np.where(up, 1 - (rank - below), rank - below), nearer.shape)


def _record_places(x, axis, largest):
    """For each element where the extreme of those up to it is; the first one, if several tie."""
    x = np.moveaxis(x, axis, 0)
    running = (np.maximum if largest else np.minimum).accumulate(x)
    fresh = np.ones(x.shape, bool)
    fresh[1:] = (running[1:] != running[:-1]) & ~np.isnan(running[:-1])
    places = np.where(fresh, np.arange(len(x)).reshape(-1, *[1] * (x.ndim - 1)), 0)
    return np.moveaxis(np.maximum.accumulate(places), 0, axis)


quantile_places = general(
    _quantile_places, None, None, name="quantile_places", doc="which elements along the last axis are next to each quantile, and how far it lies between them",
)  # fmt: skip
record_places = general(
    _record_places, None, name="record_places", doc="where the largest, or the smallest, of the elements so far is",
)  # fmt: skip
