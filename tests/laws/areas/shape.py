"""The same elements in another shape, order or dtype."""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing.strategies import arrays, broadcastable, several_axes, shapes, some_axis

from ..calls import ANY, Call, anything, flat, row_call, unary
from ..samples import A, V


@st.composite
def new_shapes(draw, shape):
    """Settings of reshape: the same elements in another shape."""
    size = int(np.prod(shape))
    choices = [(size,), tuple(reversed(shape)), (1, *shape), (*shape, 1), size]
    if size:
        choices += [-1, (-1,), (-1, shape[-1]) if shape else (-1, 1)]
    return {"shape": draw(st.sampled_from(choices))}


@st.composite
def new_axes(draw, shape):
    """Settings of expand_dims: where the new axes go."""
    ndim = len(shape)
    if draw(st.booleans()):
        return {"axis": draw(st.integers(-ndim - 1, ndim))}
    return {"axis": tuple(draw(st.lists(st.integers(0, ndim + 1), unique=True, min_size=2, max_size=2)))}


@st.composite
def ones_dropped(draw, shape):
    """Settings of squeeze: all axes of length 1, or some."""
    ones = [a for a, n in enumerate(shape) if n == 1]
    if not ones or draw(st.booleans()):
        return {}
    some = draw(st.lists(st.sampled_from(ones), unique=True))
    return {"axis": draw(st.sampled_from([tuple(some), ones[0], ones[0] - len(shape)]))}


@st.composite
def axis_orders(draw, shape):
    """Settings of transpose: reversed, or any order, counted from either end."""
    ndim = len(shape)
    order = tuple(a - ndim if draw(st.booleans()) else a for a in draw(st.permutations(range(ndim))))
    return draw(st.sampled_from([{}, {"axes": None}, {"axes": order}]))


@st.composite
def axis_moves(draw, shape):
    """Settings of moveaxis: one axis, or several."""
    if draw(st.booleans()):
        return {"source": draw(some_axis(shape)), "destination": draw(some_axis(shape))}
    source = draw(several_axes(shape, 1))
    return {"source": source, "destination": draw(several_axes(shape, len(source), len(source)))}


@st.composite
def broadcast_calls(draw, op):
    """Stretching to a larger shape."""
    small, other = draw(broadcastable(2))
    shape = np.broadcast_shapes(small, other)
    return row_call(op, [draw(arrays(small))], np.broadcast_to, shape=shape)


@st.composite
def fit_calls(draw, op):
    """Broadcasting and its transpose: from the larger shape to the smaller, or back."""
    small, other = draw(broadcastable(2, min_side=1))
    large = np.broadcast_shapes(small, other)
    like = draw(arrays(small)), draw(arrays(large))
    if draw(st.booleans()):
        return Call(
            "fit",
            lambda x: op(x, like[1]),
            (draw(arrays(small)),),
            lambda x: np.broadcast_to(x, large),
            large,
        )

    def summed(x):
        out = np.sum(x, axis=tuple(range(len(large) - len(small)))) if large else x
        stretched = tuple(i for i, n in enumerate(small) if n == 1)
        return np.sum(out, axis=stretched, keepdims=True) if stretched else out

    return Call("fit", lambda x: op(x, like[0]), (draw(arrays(large)),), summed, small)


def same(x, **_):
    """The function that changes nothing."""
    return x


ROWS = {
    "identity": unary(same, ANY),
    "copy": unary(same, ANY),
    "stop_gradient": unary(same, ANY),
    "reshape": unary(np.reshape, ANY, new_shapes),
    "expand_dims": unary(np.expand_dims, ANY, new_axes),
    "squeeze": unary(np.squeeze, ANY, ones_dropped),
    "transpose": unary(np.transpose, ANY, axis_orders),
    "swapaxes": unary(
        np.swapaxes, shapes(1), lambda s: st.fixed_dictionaries({"axis1": some_axis(s), "axis2": some_axis(s)})
    ),
    "moveaxis": unary(np.moveaxis, shapes(1), axis_moves),
    "broadcast_to": broadcast_calls,
    "fit": fit_calls,
    "astype": unary(lambda x, dtype: np.asarray(x, dtype), ANY, lambda s: st.just({"dtype": np.dtype(float)})),
}

OUR_OWN = {"fit", "identity", "copy", "stop_gradient", "astype"}

WRITTEN = {
    np.ravel: anything(np.ravel),
    np.copy: anything(np.copy),
    np.reshape: anything(lambda x: np.reshape(x, (-1, 1) if np.size(x) else (0, 2), order="F")),
    np.atleast_3d: anything(lambda x: flat(np.atleast_3d(x, 2.0 * x))),
    np.atleast_1d: anything(np.atleast_1d),
    np.atleast_2d: anything(lambda x: flat(np.atleast_2d(x, 2.0 * x))),
}

METHODS = {
    "ravel": [(), ("F",)],
    "flatten": [(), ("F",), {"order": "C"}],
    "squeeze": [()],
    "swapaxes": [(0, 1)],
    "astype": [(np.float32,), ("float64",)],
    "copy": [()],
    "conj": [()],
    "conjugate": [()],
    "reshape": [(3, 2), ((3, 2),), (-1,), ([6],), (6,)],
    "transpose": [(), (1, 0), ((1, 0),), (None,)],
    "tolist": [()],
}

NEEDED = {
    np.reshape: (A, (3, 2)),
    np.atleast_3d: (A,),
    np.expand_dims: (A, 0),
    np.squeeze: (A[:1],),
    np.transpose: (A,),
    np.swapaxes: (A, 0, 1),
    np.moveaxis: (A, 0, 1),
    np.broadcast_to: (V, (2, 3)),
    np.ravel: (A,),
    np.copy: (A,),
    np.atleast_1d: (A,),
    np.atleast_2d: (A,),
}

UNSIGNED = {
    np.atleast_1d: (),
    np.atleast_2d: (),
    np.atleast_3d: (),
}

CANDIDATES = {
    "source": (-1,),
    "destination": (-2,),
    "shape": ((6,), -1),
    "newshape": (6,),
    "copy": (True, False),
}
