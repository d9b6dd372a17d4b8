"""The chapter of reductions: sum, mean, max, prod, var, logsumexp, softmax and what goes with them.

`axis` is None (all), an integer or a tuple of integers, negative ones counted from the back;
`keepdims` leaves the reduced axes as ones.
"""

import math

import numpy as np

from ..kinds import fit, general, linear, shape_of
from .arithmetic import divide
from .comparison import equal, where
from .elementary import exp
from .index import flip, getitem
from .shape import concatenate, moveaxis, reshape


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


def count(x, axis):
    """How many elements go into each result."""
    return math.prod(shape_of(x)[a] for a in axes_of(x, axis))


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
    _sum_vjp, name="sum", numpy=np.sum, arguments="a, axis, dtype, out, keepdims, initial, where", doc="the sum of the elements",
)  # fmt: skip
mean = linear(
    lambda x, axis=None, keepdims=False: np.mean(x, axis=axis, keepdims=keepdims),
    _mean_vjp, name="mean", numpy=np.mean, arguments="a, axis, dtype, out, keepdims, where", doc="the mean of the elements",
)  # fmt: skip
cumsum = linear(
    lambda x, axis=None: np.cumsum(x, axis=axis),
    _cumsum_vjp, name="cumsum", numpy=np.cumsum, arguments="a, axis, dtype, out", doc="sums of the first 1, 2, 3, … elements",
)  # fmt: skip


# ---- extremes ----------------------------------------------------------------------------------------


def _extreme_vjp(g, out, x, axis=None, keepdims=False):
    """Elements that tie for the extreme share its cotangent equally."""
    winners = equal(x, keep(out, x, axis))
    each = divide(keep(g, x, axis), keep(sum_(where(winners, 1.0, 0.0), axis=axis, keepdims=keepdims), x, axis))
    return where(winners, each, 0.0)


max_ = general(
    lambda x, axis=None, keepdims=False: np.max(x, axis=axis, keepdims=keepdims),
    _extreme_vjp, name="max", numpy=np.max, arguments="a, axis, out, keepdims, initial, where", selects=True, doc="the largest element",
)  # fmt: skip
min_ = general(
    lambda x, axis=None, keepdims=False: np.min(x, axis=axis, keepdims=keepdims),
    _extreme_vjp, name="min", numpy=np.min, arguments="a, axis, out, keepdims, initial, where", selects=True, doc="the smallest element",
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
    _prod_vjp, name="prod", numpy=np.prod, arguments="a, axis, dtype, out, keepdims, initial, where", doc="the product of the elements; exact where some are 0",
)  # fmt: skip


# ---- spread and length -------------------------------------------------------------------------------


def _var_vjp(g, out, x, axis=None, ddof=0, keepdims=False):
    from_mean = x - mean(x, axis=axis, keepdims=True)
    return keep(g, x, axis) * from_mean * divide(2.0, float(count(x, axis) - ddof))


def _std_vjp(g, out, x, axis=None, ddof=0, keepdims=False):
    length = where(equal(out, 0.0), math.inf, out)  # a constant has deviation 0 and, by convention, gradient 0
    from_mean = x - mean(x, axis=axis, keepdims=True)
    return keep(divide(g, length), x, axis) * from_mean * divide(1.0, float(count(x, axis) - ddof))


def _norm_vjp(g, out, x, axis=None, keepdims=False):
    length = where(equal(out, 0.0), math.inf, out)  # norm(0) has gradient 0, by convention
    return keep(divide(g, length), x, axis) * x


def _norm(x, axis=None, keepdims=False):
    return np.linalg.norm(np.asarray(x), axis=axis, keepdims=keepdims)


var = general(
    lambda x, axis=None, ddof=0, keepdims=False: np.var(x, axis=axis, ddof=ddof, keepdims=keepdims),
    _var_vjp, name="var", numpy=np.var, arguments="a, axis, dtype, out, ddof, keepdims, where, mean, correction", doc="the variance",
)  # fmt: skip
std = general(
    lambda x, axis=None, ddof=0, keepdims=False: np.std(x, axis=axis, ddof=ddof, keepdims=keepdims),
    _std_vjp, name="std", numpy=np.std, arguments="a, axis, dtype, out, ddof, keepdims, where, mean, correction", doc="the standard deviation; gradient 0 where it is 0",
)  # fmt: skip
norm = general(
    _norm, _norm_vjp, name="norm", numpy=np.linalg.norm, arguments="x, ord, axis, keepdims",
    doc="the Euclidean length of a vector, the Frobenius norm of a matrix; gradient 0 at 0",
)  # fmt: skip


# ---- sums of exponentials ----------------------------------------------------------------------------


def shifted(x, axis):
    """x − max x, so that exponentials cannot overflow, and that maximum."""
    top = np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf)
    if not np.isfinite(top).all():
        top = np.where(np.isfinite(top), top, 0.0).astype(np.asarray(x).dtype)
    return x - top, top


def _logsumexp(x, axis=None, keepdims=False):
    below, top = shifted(x, axis)
    with np.errstate(divide="ignore"):
        out = np.log(np.sum(np.exp(below), axis=axis, keepdims=True)) + top
    return out if keepdims else np.squeeze(out, axis=axes_of(x, axis))


def _softmax(x, axis=-1):
    e = np.exp(shifted(x, axis)[0])
    return e / np.add.reduce(e, axis=axis, keepdims=True)


def _log_softmax(x, axis=-1):
    below = shifted(x, axis)[0]
    return below - np.log(np.add.reduce(np.exp(below), axis=axis, keepdims=True))


def _logsumexp_vjp(g, out, x, axis=None, keepdims=False):
    total = keep(out, x, axis)
    return keep(g, x, axis) * exp(where(equal(x, -math.inf), -math.inf, x - total))


def _softmax_vjp(g, out, x, axis=-1):
    return out * (g - sum_(g * out, axis=axis, keepdims=True))


def _log_softmax_vjp(g, out, x, axis=-1):
    return g - exp(out) * sum_(g, axis=axis, keepdims=True)


logsumexp = general(_logsumexp, _logsumexp_vjp, name="logsumexp", doc="ln Σ eˣ without overflow")
softmax = general(_softmax, _softmax_vjp, name="softmax", doc="eˣ / Σ eˣ: positive and summing to 1 along `axis`")
log_softmax = general(_log_softmax, _log_softmax_vjp, name="log_softmax", doc="ln softmax(x) without overflow")


# ---- reductions without a derivative -----------------------------------------------------------------

# fmt: off
argmax = general(lambda x, axis=None, keepdims=False: np.argmax(x, axis=axis, keepdims=keepdims), None, name="argmax", numpy=np.argmax, arguments="a, axis, out, keepdims", doc="where the largest element is")
argmin = general(lambda x, axis=None, keepdims=False: np.argmin(x, axis=axis, keepdims=keepdims), None, name="argmin", numpy=np.argmin, arguments="a, axis, out, keepdims", doc="where the smallest element is")
argsort = general(lambda x, axis=-1: np.argsort(x, axis=axis), None, name="argsort", numpy=np.argsort, arguments="a, axis=-1, kind, order, stable", doc="the order that sorts the elements")
any_ = general(lambda x, axis=None, keepdims=False: np.any(x, axis=axis, keepdims=keepdims), None, name="any", numpy=np.any, arguments="a, axis, out, keepdims, where", doc="is any true?")
all_ = general(lambda x, axis=None, keepdims=False: np.all(x, axis=axis, keepdims=keepdims), None, name="all", numpy=np.all, arguments="a, axis, out, keepdims, where", doc="are all true?")
# fmt: on
