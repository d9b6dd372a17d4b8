"""How to call each operation: strategies of `Call`s, one for every row of the table.

Rows that act on elements are called by their domain alone.  The others are in `CALLS`, with what
shapes, axes, indices and settings make sense for them, and with an oracle: NumPy's or SciPy's own
function, or a definition written out.  A row that is not covered makes `calls_of` raise KeyError.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import special

from tinygrad_edu.notation import OPS
from tinygrad_edu.ops.index import ARRAY

from .numbers import (
    broadcastable,
    distinct,
    numbers,
    reduced_axes,
    several_axes,
    shapes,
    some_axis,
)


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


# ---- rows that act on elements ------------------------------------------------------------------

# The grid of `numbers` on (-3, 3) contains 0 and ties; moved by this much it contains neither.
OFF_GRID = 0.035
OFF_THE_KINK = {"absolute", "fabs", "relu", "leaky_relu", "maximum", "minimum", "clip"}
DOMAINS = {"clip": ((-3.0, 3.0), (-2.0, -0.5), (0.5, 2.0))}


def in_its_dtype(f):
    """`f` of one array, in the array's own dtype (SciPy computes float16 in float32)."""
    return lambda x, **settings: np.asarray(f(x, **settings), getattr(x, "dtype", float))


ELEMENTWISE_ORACLES = {
    "relu": lambda x: np.maximum(x, 0.0),
    "leaky_relu": lambda x, slope=0.01: np.where(np.asarray(x) > 0, x, slope * np.asarray(x)),
    "sigmoid": in_its_dtype(special.expit),
    "softplus": in_its_dtype(lambda x: np.logaddexp(0.0, x)),
    "silu": in_its_dtype(lambda x: x * special.expit(x)),
    "erf": in_its_dtype(special.erf),
    "gelu": in_its_dtype(lambda x: x * special.ndtr(np.asarray(x, float))),
}


def oracle_of(op):
    """NumPy's function of the same name, or the definition above."""
    return ELEMENTWISE_ORACLES.get(op.name) or getattr(np, op.name)


def is_elementwise(op):
    """Whether a row acts on each element alone."""
    return op.broadcasts


def intervals(op):
    """For each input of an elementwise row the interval it is drawn from."""
    return DOMAINS.get(op.name) or op.domain or (None,) * len(op.vjps)


@st.composite
def elementwise_calls(draw, op, min_side=0):
    """A call of an elementwise row on mutually broadcastable inputs in its domain."""
    drawn = draw(broadcastable(len(op.vjps), min_side))
    xs = [draw(numbers(shape, interval)) for shape, interval in zip(drawn, intervals(op), strict=True)]
    if op.name in OFF_THE_KINK:
        xs[0] = xs[0] + OFF_GRID
    if op.name == "where":
        mask = draw(hnp.arrays(bool, drawn[0])) if drawn[0] else draw(st.booleans())
        return Call(
            "where",
            lambda x, y: op(mask, x, y),
            tuple(xs[1:]),
            lambda x, y: np.where(mask, x, y),
            {"condition": mask},
        )
    settings = {"slope": draw(st.sampled_from([0.01, 0.25, 0.0]))} if op.name == "leaky_relu" else {}
    return row_call(op, xs, oracle_of(op), **settings)


# ---- indices ------------------------------------------------------------------------------------


def row_index(index):
    """NumPy's index as the rows take it: a settled part, and arrays of positions."""
    parts = index if isinstance(index, tuple) else (index,)
    return tuple(ARRAY if isinstance(p, np.ndarray) else p for p in parts), [
        p for p in parts if isinstance(p, np.ndarray)
    ]


@st.composite
def indices(draw, shape):
    """Basic and fancy indices into an array of `shape`: repeats, masks, new axes, and mixtures."""
    basic = hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True)
    if not shape or 0 in shape:
        return draw(basic)
    n = shape[0]
    positions = hnp.arrays(np.int64, shapes(1, 2, max_side=4), elements=st.integers(-n, n - 1))
    kinds = [
        basic,
        positions,
        hnp.arrays(bool, shape),
        hnp.arrays(bool, shape[:1]),
        hnp.integer_array_indices(shape, result_shape=shapes(1, 2, max_side=3)),
    ]
    if len(shape) > 1:
        rest = hnp.basic_indices(shape[1:], allow_newaxis=False, allow_ellipsis=True)
        as_tuple = rest.map(lambda r: r if isinstance(r, tuple) else (r,))
        kinds += [st.tuples(positions, as_tuple).map(lambda p: (p[0], *p[1]))]
        kinds += [st.tuples(hnp.arrays(bool, shape[:1]), as_tuple).map(lambda p: (p[0], *p[1]))]
    return draw(st.one_of(kinds))


@st.composite
def getitem_calls(draw, op):
    """Indexing, as `x[index]` is written."""
    shape = draw(shapes(1))
    index = draw(indices(shape))
    settled, arrays = row_index(index)
    return Call(
        "getitem",
        lambda x: op(x, *arrays, index=settled),
        (draw(numbers(shape)),),
        lambda x: x[index],
        index,
    )


@st.composite
def put_calls(draw, op):
    """The transpose of indexing."""
    shape = draw(shapes(1))
    index = draw(indices(shape))
    settled, arrays = row_index(index)
    like = np.zeros(shape)

    def oracle(x):
        out = np.zeros(shape, getattr(x, "dtype", float))
        np.add.at(out, index, x)
        return out

    x = draw(numbers(np.shape(like[index])))
    return Call("put", lambda x: op(x, like, *arrays, index=settled), (x,), oracle, index)


@st.composite
def scatter_calls(draw, op):
    """Elements added up where they came from."""
    shape, like_shape = draw(shapes(1)), draw(shapes(1, min_side=1))
    size = int(np.prod(like_shape))
    origin = draw(hnp.arrays(np.int64, shape, elements=st.integers(0, size)))

    def oracle(x):
        out = np.zeros(size + 1, x.dtype)
        np.add.at(out, origin, x)
        return out[1:].reshape(like_shape)

    like = np.zeros(like_shape)
    return Call("scatter", lambda x: op(x, like, origin=origin), (draw(numbers(shape)),), oracle, origin)


@st.composite
def gather_calls(draw, op):
    """Elements fetched from where they came from."""
    shape = draw(shapes(1, min_side=1))
    origin = draw(hnp.arrays(np.int64, shapes(1), elements=st.integers(0, int(np.prod(shape)))))

    def oracle(x):
        return np.where(origin > 0, x.ravel()[origin - 1], x.dtype.type(0))

    return Call("gather", lambda x: op(x, origin=origin), (draw(numbers(shape)),), oracle, origin)


# ---- settings of the other rows -----------------------------------------------------------------


def unary(oracle, shape, settings=lambda shape: st.just({}), elements=numbers):
    """Calls of a row with one input: `settings(shape)` draws its keywords, `elements(shape)` its data."""

    @st.composite
    def calls(draw, op):
        drawn = draw(shape)
        return row_call(op, [draw(elements(drawn))], oracle, **draw(settings(drawn)))

    return calls


def optional(**strategies):
    """A dictionary of settings, each of which may be left out."""
    return st.fixed_dictionaries({}, optional=strategies)


def reductions(**more):
    """Settings of a reduction."""
    return lambda shape: optional(axis=reduced_axes(shape), keepdims=st.booleans(), **more)


def one_axis(shape):
    """Settings of what works along one axis, or on all elements."""
    return optional(axis=st.none() | some_axis(shape)) if shape else st.just({})


@st.composite
def spread_settings(draw, shape):
    """Settings of var and std: never more degrees of freedom than elements."""
    settings = draw(reductions()(shape))
    axis = settings.get("axis")
    axes = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if np.prod([shape[a] for a in axes]) > 1 and draw(st.booleans()):
        settings["ddof"] = 1
    return settings


@st.composite
def norm_settings(draw, shape):
    """Settings of a norm: all elements, the vectors along an axis, or the matrices of two."""
    axes = [st.none()]
    if shape:
        axes.append(some_axis(shape))
    if len(shape) > 1:
        axes.append(several_axes(shape, 2, 2))
    return draw(optional(axis=st.one_of(axes), keepdims=st.booleans()))


@st.composite
def roll_settings(draw, shape):
    """Settings of roll: one shift of everything, of one axis, or a shift for each of several axes."""
    shift = st.integers(-4, 4)
    if not shape or draw(st.booleans()):
        return {"shift": draw(shift)}
    if draw(st.booleans()):
        return {"shift": draw(shift), "axis": draw(some_axis(shape))}
    axes = draw(several_axes(shape, 1))
    return {"shift": tuple(draw(shift) for _ in axes), "axis": axes}


@st.composite
def repeat_settings(draw, shape):
    """Settings of repeat: the same number of times for all, or a number for each."""
    axis = draw(st.none() | some_axis(shape)) if shape else None
    n = int(np.prod(shape)) if axis is None else shape[axis]
    each = hnp.arrays(np.int64, (n,), elements=st.integers(0, 3))
    return {"repeats": draw(st.integers(0, 3) | each), "axis": axis}


@st.composite
def rot90_settings(draw, shape):
    """Settings of rot90: how often, and in which plane."""
    return {"k": draw(st.integers(-5, 5)), "axes": draw(several_axes(shape, 2, 2))}


@st.composite
def diagonal_settings(draw, shape):
    """Settings of diagonal: which one, of which two axes."""
    first, second = draw(several_axes(shape, 2, 2))
    return draw(st.sampled_from([{}, {"axis1": first, "axis2": second}])) | draw(optional(offset=st.integers(-3, 3)))


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
    return row_call(op, [draw(numbers(small))], np.broadcast_to, shape=shape)


@st.composite
def fit_calls(draw, op):
    """Broadcasting and its transpose: from the larger shape to the smaller, or back."""
    small, other = draw(broadcastable(2, min_side=1))
    large = np.broadcast_shapes(small, other)
    like = draw(numbers(small)), draw(numbers(large))
    if draw(st.booleans()):
        return Call(
            "fit",
            lambda x: op(x, like[1]),
            (draw(numbers(small)),),
            lambda x: np.broadcast_to(x, large),
            large,
        )

    def summed(x):
        out = np.sum(x, axis=tuple(range(len(large) - len(small)))) if large else x
        stretched = tuple(i for i, n in enumerate(small) if n == 1)
        return np.sum(out, axis=stretched, keepdims=True) if stretched else out

    return Call("fit", lambda x: op(x, like[0]), (draw(numbers(large)),), summed, small)


@st.composite
def concatenate_calls(draw, op):
    """One to three arrays joined along an axis that they have."""
    shape = draw(shapes(1))
    axis = draw(some_axis(shape))
    xs = []
    for length in draw(st.lists(st.integers(0, 3), min_size=1, max_size=3)):
        one = list(shape)
        one[axis] = length
        xs.append(draw(numbers(tuple(one))))
    return row_call(op, xs, lambda *xs, axis: np.concatenate(xs, axis), axis=axis)


@st.composite
def stack_calls(draw, op):
    """One to three arrays, or floats, joined along a new axis."""
    shape = draw(shapes(max_dims=2))
    xs = [draw(numbers(shape)) for _ in range(draw(st.integers(1, 3)))]
    axis = draw(st.integers(-len(shape) - 1, len(shape)))
    return row_call(op, xs, lambda *xs, axis: np.stack(xs, axis), axis=axis)


@st.composite
def matmul_calls(draw, op):
    """Vectors, matrices and stacks of matrices, with leading axes that broadcast."""
    drawn = draw(hnp.mutually_broadcastable_shapes(signature=np.matmul.signature, max_dims=1, max_side=3, min_side=0))
    return row_call(op, [draw(numbers(shape)) for shape in drawn.input_shapes], np.matmul)


SUBSCRIPTS = (
    *("i->", "i->i", "ij->ji", "ij->j", "ij", "ba", "ii->i", "ii->", "ii", "iij->ij", "iji->j", "iii->i"),
    *("i,i->", "i,i", "i,j->ij", "ij,jk->ik", "ij,jk", "ij,ij->i", "ij,ij->ij", "ijk,ik->j", "ij,kl->jl"),
    *("ij,i->j", "ii,i->i", "ii,ij->j", "i,ij,j->", "ij,jk,kl->il", "bij,bjk->bik", ",i->i", "i,->i", ",->"),
    *("...i,...i->...", "...ij,jk->...ik", "i...->...", "...->...", "...,...->...", "i...,i...->...i", "...i"),
    *("Ab,b->A", "aB,Ba"),
)


@st.composite
def einsum_calls(draw, op):
    """Products and sums over named axes: diagonals, ellipses, labels summed alone, stretched ones."""
    subscripts = draw(st.sampled_from(SUBSCRIPTS))
    terms = subscripts.partition("->")[0].split(",")
    sizes = {c: draw(st.integers(0, 3)) for c in sorted(set("".join(terms)) - {"."})}
    dots = draw(shapes(max_dims=2, min_side=1))
    stretch = draw(st.booleans()) and "." not in subscripts
    xs = []
    for term in terms:
        named = [sizes[c] for c in term if c != "."]
        if stretch and len(set(term)) == len(term) and len(terms) > 1:
            named = [1 if draw(st.booleans()) else n for n in named]
        if "..." in term:
            at = term.index("...")
            named[at:at] = dots[draw(st.integers(0, len(dots))) :]
        xs.append(draw(numbers(tuple(named))))
    return row_call(op, xs, lambda *xs, subscripts: np.einsum(subscripts, *xs), subscripts=subscripts)


def positive(shape):
    """Elements above 0."""
    return numbers(shape, (0.125, 4.0))


def moderate(shape):
    """Elements in (-1.25, 1.25), 0 included, of which even 27 have a product in float16."""
    return numbers(shape, (-1.25, 1.25))


def same(x, **_):
    """The function that changes nothing."""
    return x


ANY, SOME = shapes(), shapes(min_side=1)
VECTORS, MATRICES = shapes(1, min_side=1), shapes(2)

CALLS = {
    "fit": fit_calls,
    "getitem": getitem_calls,
    "put": put_calls,
    "scatter": scatter_calls,
    "gather": gather_calls,
    "flip": unary(np.flip, ANY, lambda s: optional(axis=reduced_axes(s))),
    "roll": unary(np.roll, shapes(1), roll_settings),
    "rot90": unary(np.rot90, MATRICES, rot90_settings),
    "repeat": unary(np.repeat, ANY, repeat_settings),
    "tile": unary(
        np.tile,
        shapes(max_dims=2),
        lambda s: st.fixed_dictionaries({"reps": st.integers(0, 3) | st.tuples(st.integers(1, 2), st.integers(0, 2))}),
    ),
    "tril": unary(np.tril, shapes(1), lambda s: optional(k=st.integers(-3, 3))),
    "triu": unary(np.triu, shapes(1), lambda s: optional(k=st.integers(-3, 3))),
    "diag": unary(np.diag, shapes(1, 2), lambda s: optional(k=st.integers(-3, 3))),
    "diagonal": unary(np.diagonal, MATRICES, diagonal_settings),
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
    "astype": unary(lambda x, dtype: np.asarray(x, dtype), ANY, lambda s: st.just({"dtype": np.dtype(float)})),
    "concatenate": concatenate_calls,
    "stack": stack_calls,
    "matmul": matmul_calls,
    "einsum": einsum_calls,
    "sum": unary(np.sum, ANY, reductions()),
    "mean": unary(np.mean, SOME, reductions()),
    "cumsum": unary(np.cumsum, ANY, one_axis),
    "max": unary(np.max, SOME, reductions(), distinct),
    "min": unary(np.min, SOME, reductions(), distinct),
    "prod": unary(np.prod, ANY, reductions(), moderate),
    "var": unary(np.var, SOME, spread_settings),
    "std": unary(np.std, SOME, spread_settings, distinct),
    "norm": unary(np.linalg.norm, SOME, norm_settings, positive),
    "logsumexp": unary(lambda x, **settings: np.log(np.sum(np.exp(x), **settings)), SOME, reductions()),
    "softmax": unary(in_its_dtype(special.softmax), VECTORS, lambda s: st.fixed_dictionaries({"axis": some_axis(s)})),
    "log_softmax": unary(
        in_its_dtype(special.log_softmax), VECTORS, lambda s: st.fixed_dictionaries({"axis": some_axis(s)})
    ),
    "argmax": unary(np.argmax, SOME, one_axis),
    "argmin": unary(np.argmin, SOME, one_axis),
    "argsort": unary(np.argsort, VECTORS, one_axis, distinct),
    "any": unary(np.any, ANY, reductions()),
    "all": unary(np.all, ANY, reductions()),
}
"""For each row that does not act on elements the strategy of its calls."""


def calls_of(op):
    """Calls of a row of the table, in its domain and away from kinks."""
    return elementwise_calls(op) if is_elementwise(op) else CALLS[op.name](op)


def rows(*, differentiable=None, elementwise=None):
    """The rows of the table, by name; or those that have a derivative, or act on elements, or not."""
    return [
        op
        for op in OPS.values()
        if differentiable in (None, not op.constant) and elementwise in (None, is_elementwise(op))
    ]
