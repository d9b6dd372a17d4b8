"""Differences and sums along an axis."""

import numpy as np
from hypothesis import strategies as st

from tinygrad_edu.testing.strategies import arrays, distinct, several_axes, shapes, some_axis

from ..calls import Call, call_of
from ..samples import A, V


@st.composite
def differences(draw):
    """np.diff of any order, with something before and after that is differentiated too."""
    shape = draw(shapes(1))
    axis, n = draw(some_axis(shape)), draw(st.integers(0, 3))
    xs, names = [draw(arrays(shape))], []
    for name in ("prepend", "append"):
        if draw(st.booleans()):
            joined = list(shape)
            joined[axis] = draw(st.integers(0, 2))
            names.append(name)
            xs.append(draw(arrays(draw(st.sampled_from([(), tuple(joined)])))))

    def call(x, *ends):
        return 1.0 * np.diff(x, n=n, axis=axis, **dict(zip(names, ends, strict=True)))

    return Call(None, call, tuple(xs), call, {"n": n, "axis": axis, "ends": names})


@st.composite
def flat_differences(draw):
    """np.ediff1d, whose ends are differentiated too."""
    names = [name for name in ("to_begin", "to_end") if draw(st.booleans())]
    xs = [draw(arrays(draw(shapes()))) for _ in (None, *names)]
    return call_of(lambda x, *ends: np.ediff1d(x, **dict(zip(names, ends, strict=True))), *xs)


def places(n):
    """Increasing numbers."""
    return arrays((n,), interval=(0.5, 2.0)).map(np.cumsum)


@st.composite
def numerical_gradients(draw):
    """np.gradient along some axes, at distances or places that are differentiated too; all results as one."""
    shape = draw(shapes(1, min_side=3, max_side=4))
    axes = draw(st.none() | some_axis(shape) | several_axes(shape, 1))
    order = draw(st.sampled_from([1, 2]))
    along = range(len(shape)) if axes is None else axes if isinstance(axes, tuple) else (axes,)
    steps = [arrays((), interval=(0.5, 2.0)) | places(shape[i]) for i in along]
    spacings = draw(st.one_of(st.just(()), st.tuples(arrays((), interval=(0.5, 2.0))), st.tuples(*steps)))

    def call(x, *spacings):
        found = np.gradient(x, *spacings, axis=axes, edge_order=order)
        return np.concatenate([np.ravel(part) for part in found]) if isinstance(found, tuple) else found

    return Call(None, call, (draw(arrays(shape)), *spacings), call, {"axis": axes, "edge_order": order})


@st.composite
def trapezoids(draw):
    """np.trapezoid with a step or with places, which are differentiated too."""
    shape = draw(shapes(1))
    axis = draw(some_axis(shape))
    how = draw(st.sampled_from(["dx", "x", "x for each"]))
    width = draw(arrays(()) if how == "dx" else distinct(shape if how == "x for each" else (shape[axis],)))
    name = how[:2].strip()
    return call_of(lambda y, width: np.trapezoid(y, axis=axis, **{name: width}), draw(arrays(shape)), width)


WRITTEN = {
    np.diff: differences(),
    np.ediff1d: flat_differences(),
    np.gradient: numerical_gradients(),
    np.trapezoid: trapezoids(),
}

NEEDED = {
    np.diff: (A,),
    np.ediff1d: (V,),
    np.gradient: (A,),
    np.trapezoid: (A,),
}

UNSIGNED = {np.gradient: ["axis", "edge_order"]}

CANDIDATES = {
    "n": (0, 1, 2, -1),
    "prepend": (0.5, np.ones((2, 1))),
    "append": (0.5, np.ones((2, 1))),
    "to_begin": (0.5, np.array([0.5, 1.0]), 1j),
    "to_end": (0.5, np.array([0.5, 1.0])),
    "edge_order": (1, 2, 3),
    "x": (np.array([0.5, 1.0, 3.0]), np.exp(A), None),
    "dx": (0.5, 2),
}
