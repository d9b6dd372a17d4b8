"""Products of vectors, matrices and stacks of them."""

import warnings

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinygrad_edu.testing.strategies import arrays, broadcastable, real_or_complex, several_axes, shapes, some_axis

from ..calls import call_of, optional, products, row_call
from ..samples import SQUARE, A, V


@st.composite
def matmul_calls(draw, op):
    """Vectors, matrices and stacks of matrices, with leading axes that broadcast."""
    drawn = draw(hnp.mutually_broadcastable_shapes(signature=np.matmul.signature, max_dims=1, max_side=3, min_side=0))
    return row_call(op, [draw(arrays(shape, dtype=real_or_complex())) for shape in drawn.input_shapes], np.matmul)


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
        xs.append(draw(arrays(tuple(named), dtype=real_or_complex())))
    return row_call(op, xs, lambda *xs, subscripts: np.einsum(subscripts, *xs), subscripts=subscripts)


DOTS = (
    *(("", ""), ("", "mn"), ("n", ""), ("n", "n"), ("mn", "n"), ("n", "np"), ("mn", "np"), ("qmn", "n")),
    *(("qmn", "np"), ("n", "qnp"), ("mn", "qnp"), ("qmn", "qnp")),
)
INNERS = (("", ""), ("", "mn"), ("n", "n"), ("mn", "n"), ("n", "pn"), ("mn", "pn"), ("qmn", "pn"))


@st.composite
def tensordots(draw):
    """Axes to sum over: a number of them, or two lists."""
    sizes = draw(st.lists(st.integers(0, 3), min_size=2, max_size=3))
    order = draw(st.permutations(range(len(sizes))))
    k = draw(st.integers(0, len(sizes)))
    x = draw(arrays(tuple(sizes)))
    if draw(st.booleans()):
        second = (*sizes[len(sizes) - k :], 2)
        return call_of(lambda a, b: np.tensordot(a, b, axes=k), x, draw(arrays(second)))
    left = [a - len(sizes) if draw(st.booleans()) else a for a in order[:k]]
    second = (*(sizes[a] for a in order[:k]), 2)
    axes = (left, list(range(k)))
    if k == 1 and draw(st.booleans()):
        axes = (left[0], 0)
    return call_of(lambda a, b: np.tensordot(a, b, axes=axes), x, draw(arrays(second)))


@st.composite
def cross_calls(draw, op):
    """Vectors in space, with leading axes that broadcast."""
    drawn = draw(broadcastable(2))
    return row_call(op, [draw(arrays((*shape, 3), dtype=real_or_complex())) for shape in drawn], np.cross)


@st.composite
def crosses(draw):
    """Vectors along any axis; those of two elements NumPy wants no more, and we still take."""
    shape = draw(shapes(0, 2))
    a, b, c = (draw(some_axis((*shape, 3))) for _ in range(3))
    flat = [(2, 3), (3, 2), (2, 2)] if takes_vectors_of_two() else []
    sizes = draw(st.sampled_from([(3, 3), (3, 3), *flat]))
    drawn = [put_in(shape, axis, n) for axis, n in zip((a, b), sizes, strict=True)]
    x, y = (draw(arrays(one, dtype=real_or_complex())) for one in drawn)
    settings = draw(st.sampled_from([{"axisa": a, "axisb": b}, {"axisa": a, "axisb": b, "axisc": c}]))
    if a == b and draw(st.booleans()):
        settings = {"axis": a}
    return call_of(lambda x, y: silently(np.cross, x, y, **settings), x, y)


def put_in(shape, axis, n):
    """A shape with an axis more, of length `n`."""
    at = axis % (len(shape) + 1)
    return (*shape[:at], n, *shape[at:])


def takes_vectors_of_two():
    """Whether this NumPy still crosses vectors of two elements, which 2.5 does not."""
    try:
        silently(np.cross, np.ones(2), np.ones(2))
    except ValueError:
        return False
    return True


def silently(f, *args, **settings):
    """`f`, without a word about what NumPy means to drop."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return f(*args, **settings)


@st.composite
def krons(draw):
    """Two arrays of any shapes."""
    return call_of(
        np.kron,
        *(draw(arrays(shapes(0, 2, max_side=2), dtype=real_or_complex())) for _ in range(2)),
    )


@st.composite
def traces(draw):
    """Any diagonal of any two axes, in another precision at times."""
    shape = draw(shapes(2))
    axis1, axis2 = draw(several_axes(shape, 2, 2))
    settings = draw(optional(offset=st.integers(-2, 2), dtype=st.sampled_from([None, np.float64, np.complex128])))
    return call_of(lambda x: np.trace(x, axis1=axis1, axis2=axis2, **settings), draw(arrays(shape)))


@st.composite
def of_vectors(draw, ufunc):
    """Calls of a ufunc of vectors and matrices, real or complex, with leading axes that broadcast."""
    drawn = draw(hnp.mutually_broadcastable_shapes(signature=ufunc.signature, max_dims=1, max_side=3, min_side=0))
    return call_of(ufunc, *(draw(arrays(shape, dtype=real_or_complex())) for shape in drawn.input_shapes))


@st.composite
def einsums(draw):
    """Many operands, in the order that is best or not, with axes by letter or by number."""
    sizes = [draw(st.integers(1, 3)) for _ in range(5)]
    xs = [
        draw(arrays(tuple(sizes[i : i + 2]), interval=(-1.0, 1.0), imaginary=(-1.0, 1.0), dtype=real_or_complex()))
        for i in range(4)
    ]
    given = draw(optional(optimize=st.sampled_from([False, True, "greedy", "optimal"])))
    if draw(st.booleans()):
        return call_of(lambda *xs: np.einsum("ij,jk,kl,lm->im", *xs, **given), *xs)
    lists = [[i, i + 1] for i in range(4)]
    output = draw(st.sampled_from([[], [[0, 4]], [[4, ..., 0]]]))
    return call_of(
        lambda *xs: np.einsum(*(y for pair in zip(xs, lists, strict=True) for y in pair), *output, **given), *xs
    )


ROWS = {
    "cross": cross_calls,
    "matmul": matmul_calls,
    "einsum": einsum_calls,
}

WRITTEN = {
    np.dot: products(np.dot, DOTS),
    np.inner: products(np.inner, INNERS),
    np.vdot: products(np.vdot, (("", ""), ("n", "n"), ("mn", "mn"), ("mn", "nm"))),
    np.outer: products(np.outer, (("", ""), ("n", "m"), ("mn", "n"))),
    np.tensordot: tensordots(),
    np.einsum: einsums(),
    np.trace: traces(),
    np.cross: crosses(),
    np.kron: krons(),
    **{f: of_vectors(f) for name in ("vecdot", "matvec", "vecmat") if (f := getattr(np, name, None))},
}

METHODS = {
    "dot": [(np.arange(3.0),)],
    "trace": [()],
}

NEEDED = {
    np.dot: (A, V),
    np.inner: (A, V),
    np.vdot: (V, V),
    np.outer: (V, V),
    np.tensordot: (A, SQUARE, 1),
    np.trace: (SQUARE,),
    np.einsum: ("ij,j->i", A, V),
    np.cross: (V, np.array([0.5, 0.25, -1.0])),
    np.kron: (A, V),
}

UNSIGNED = {
    np.dot: ("out",),
    np.inner: (),
    np.vdot: (),
    np.einsum: ("out", "optimize", "dtype", "order", "casting"),
}

CANDIDATES = {
    "axisa": (0, -1, 1),
    "axisb": (0, -1, 1),
    "axisc": (0, -1, 1),
    "optimize": (True, False),
}
