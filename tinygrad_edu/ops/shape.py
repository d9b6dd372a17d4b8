"""The chapter of shape: the same elements in another shape, order or dtype, joined or stacked."""

from typing import Any

import numpy as np

from ..engine import EachInput
from ..kinds import fit, general, linear, shape_of
from .index import getitem


def back(g, out, x, **params):
    """The transpose of anything that keeps the elements in order: their old shape."""
    return reshape(g, shape=shape_of(x))


def _astype(x, dtype):
    if dtype.kind not in "fc":
        raise TypeError(f"astype({dtype}) has no derivative; use np.trunc or np.rint, or .data to leave the graph")
    if dtype.kind == "f" and np.iscomplexobj(x):
        raise TypeError(f"astype({dtype}) would drop the imaginary part; use np.real(x) or np.abs(x)")
    return np.asarray(x, dtype)


def reshaped(x, shape):
    return x.reshape(shape) if isinstance(x, np.ndarray) else np.reshape(x, shape)


def turned(x, axes=None):
    return x.T if axes is None and isinstance(x, np.ndarray) else np.transpose(x, axes)


def own_memory(x):
    return x.copy() if isinstance(x, np.ndarray) else x


# fmt: off
identity = linear(lambda x: x, lambda g, out, x: g, name="identity", stacks=True, doc="x itself, as a new Value")
copy = linear(own_memory, lambda g, out, x: g, name="copy", stacks=True, doc="x itself, in memory of its own")
stop_gradient = general(own_memory, None, name="stop_gradient", doc="x itself, as a constant")
reshape = linear(reshaped, back, name="reshape", doc="the same elements in another shape")
expand_dims = linear(lambda x, axis: np.expand_dims(x, axis), back, name="expand_dims", numpy=np.expand_dims, arguments="a, axis", doc="new axes of length 1")
squeeze = linear(lambda x, axis=None: np.squeeze(x, axis), back, name="squeeze", numpy=np.squeeze, arguments="a, axis", doc="without axes of length 1")
transpose = linear(
    turned,
    lambda g, out, x, axes=None: transpose(g, axes=axes and inverse(axes, x)),
    name="transpose", numpy=np.transpose, arguments="a, axes", doc="the axes in another order, reversed by default")
swapaxes = linear(
    lambda x, axis1, axis2: np.swapaxes(x, axis1, axis2),
    lambda g, out, x, axis1, axis2: swapaxes(g, axis1=axis1, axis2=axis2),
    name="swapaxes", numpy=np.swapaxes, arguments="a, axis1, axis2", doc="two axes exchanged")
moveaxis = linear(
    lambda x, source, destination: np.moveaxis(x, source, destination),
    lambda g, out, x, source, destination: moveaxis(g, source=destination, destination=source),
    name="moveaxis", numpy=np.moveaxis, arguments="a, source, destination", doc="axes moved to other places")
broadcast_to = linear(lambda x, shape: np.broadcast_to(x, shape), lambda g, out, x, shape: fit(g, x), name="broadcast_to",
    numpy=np.broadcast_to, arguments="array, shape, subok=False", doc="stretched to a larger shape")
astype = linear(_astype, lambda g, out, x, dtype: fit(g, x), name="astype", doc="in another floating point precision")
# fmt: on


def inverse(axes, x):
    """The order of axes that undoes `axes`."""
    ndim = len(shape_of(x))
    return tuple(int(i) for i in np.argsort([axis % ndim for axis in axes]))


# ---- joining -----------------------------------------------------------------------------------------


def along(axis: int, part: Any) -> tuple[Any, ...]:
    """The index that takes `part` of one axis and the whole of the others."""
    return (..., part, *[slice(None)] * (-axis - 1)) if axis < 0 else (*[slice(None)] * axis, part)


def stretch_of(i):
    """The transpose of concatenation in its input i: that stretch of the cotangent."""

    def vjp(g, out, *xs, axis=0):
        start = sum(shape_of(x)[axis] for x in xs[:i])
        return getitem(g, index=along(axis, slice(start, start + shape_of(xs[i])[axis])))

    return vjp


concatenate = general(
    lambda *xs, axis=0: np.concatenate(xs, axis),
    EachInput(stretch_of),
    name="concatenate",
    complex=True,
    doc="arrays joined along an axis that they have",
)

stack = general(
    lambda *xs, axis=0: np.stack(xs, axis),
    EachInput(lambda i: lambda g, out, *xs, axis=0: getitem(g, index=along(axis, i))),
    name="stack",
    complex=True,
    doc="arrays of one shape joined along a new axis",
)
