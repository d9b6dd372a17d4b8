"""Linear algebra: inverses, determinants, factors, eigenvalues, singular values, least squares and norms.

Matrices are drawn so that what is asked of them has a derivative: a strong diagonal, eigenvalues and singular
values that are apart.  Vectors, which are fixed up to a sign or a phase, are compared after it is taken out.
"""

from itertools import pairwise

import numpy as np
from hypothesis import strategies as st
from scipy import linalg as scipy_linalg

from tinygrad_edu.kinds import parts
from tinygrad_edu.scipy import linalg as ours
from tinygrad_edu.testing.strategies import arrays, real_or_complex, several_axes, some_axis

from ..calls import OFF_GRID, SOME, Call, call_of, flat, optional, row_call, unary
from ..samples import SQUARE, A, V

SMALL = (-0.5, 0.5)
BATCHES = st.sampled_from([(), (), (2,), (1, 2), (0,)])
SIDES = st.integers(0, 3)
REGULAR = SQUARE + np.diag([1.0, 2.0, 3.0])
POSITIVE = SQUARE @ SQUARE.T + np.eye(3)


# ---- matrices -----------------------------------------------------------------------------------


def small(shape):
    """Small elements, real or complex."""
    return arrays(shape, interval=SMALL, imaginary=SMALL, dtype=real_or_complex())


def kind_of(shape, wanted):
    """Small elements, complex if that is wanted."""
    return arrays(shape, interval=SMALL, imaginary=SMALL, dtype=complex if wanted else float)


@st.composite
def matrices(draw, rows=None, columns=None, batch=BATCHES, min_side=0):
    """Stacks of matrices near a diagonal of 4, 8, 12: nothing of them is near another, or near 0."""
    m = draw(SIDES) if rows is None else rows
    n = draw(SIDES) if columns is None else columns
    m, n = max(m, min_side), max(n, min_side)
    return draw(small((*draw(batch), m, n))) + 4.0 * np.eye(m, n) * np.arange(1.0, n + 1.0)


@st.composite
def squares(draw, batch=BATCHES, min_side=0):
    """Square ones."""
    n = draw(st.integers(min_side, 3))
    return draw(matrices(n, n, batch))


def steady(vectors, by=None):
    """Columns times the conjugate of their sum, or of others': the same for any sign or phase."""
    return vectors * np.conj(np.sum(vectors if by is None else by, axis=-2, keepdims=True))


def span(vectors):
    """The projection onto the space that columns span."""
    return vectors @ np.conj(np.swapaxes(vectors, -1, -2))


def gram(rows):
    """The products of columns with one another: the same for any signs or phases of the rows."""
    return np.conj(np.swapaxes(rows, -1, -2)) @ rows


def steady_qr(q, r):
    """Columns of q and rows of r with their common sign taken out: LAPACK's is another for a column of zeros."""
    return flat([steady(q), r * np.swapaxes(np.sum(q, axis=-2, keepdims=True), -1, -2)])


def steady_svd(u, s, vh):
    """Singular values, vectors with their common phase taken out, and the spaces of what full matrices add."""
    k = s.shape[-1]
    v = np.conj(np.swapaxes(vh, -1, -2))
    rest = [span(x[..., k:]) for x in (u, v) if x.shape[-1] > k]
    return flat([steady(u[..., :k]), s, steady(v[..., :k], u[..., :k]), *rest])


def steady_eigh(w, v):
    """Eigenvalues, and eigenvectors with their phase taken out."""
    return flat([w, steady(v)])


def unordered(w, v=None):
    """Sums over eigenvalues, and over eigenvectors, because `eig` may exchange them."""
    w = w / 8.0
    sums = [np.sum(w, axis=-1), np.sum(w * w, axis=-1), np.sum(w * w * w, axis=-1)]
    return flat(sums if v is None else [*sums, span(v), (v * w[..., None, :]) @ np.conj(np.swapaxes(v, -1, -2))])


# ---- calls of rows ------------------------------------------------------------------------------


def of_matrix(oracle, drawn, **settings):
    """Calls of a row with one matrix."""

    @st.composite
    def calls(draw, op):
        return row_call(op, [draw(drawn)], oracle, **draw(optional(**settings)))

    return calls


def of_parts(oracle, drawn, seen, **settings):
    """Calls of a row with several results, which `seen` makes one array."""

    @st.composite
    def calls(draw, op):
        given = draw(optional(**settings))
        return Call(
            None,
            lambda *xs: seen(*parts(op(*xs, **given))),
            (draw(drawn),),
            lambda *xs: seen(*oracle(*xs, **given)),
            given,
        )

    return calls


@st.composite
def solve_calls(draw, op):
    """A system and its right sides: a vector, or matrices, with leading axes that broadcast."""
    a = draw(squares())
    n = a.shape[-1]
    sides = [(n,), (n, 2), (2, n, 1)] if a.shape[:-2] in [(), (2,), (1, 2)] else [(n,), (n, 2)]
    return row_call(op, [a, draw(small(draw(st.sampled_from(sides))))], np.linalg.solve)


@st.composite
def any_square(draw):
    """Square matrices of all ranks, with a grid that makes singular ones common."""
    n = draw(SIDES)
    shape = (*draw(BATCHES), n, n)
    a = draw(arrays(shape, interval=(-2.0, 2.0), imaginary=(-2.0, 2.0), dtype=real_or_complex()))
    which = draw(st.sampled_from(["as it is", "two rows alike", "rank one"])) if n > 1 else "as it is"
    if which == "two rows alike":
        a[..., 0, :] = 2.0 * a[..., 1, :]
    if which == "rank one":
        a = a[..., :1] * a[..., :1, :]
    return a


@st.composite
def cofactor_slope_calls(draw, op):
    """A direction and a matrix of one shape."""
    a = draw(squares())
    return row_call(op, [draw(kind_of(a.shape, np.iscomplexobj(a))), a], op.forward)


@st.composite
def over_calls(draw, op):
    """A division; what it leaves out or refuses is tested apart."""
    x, y = draw(arrays((3, 2))), draw(arrays((3, 2), interval=(1.0, 2.0)))
    return Call("over", lambda x, y: op(x, y, np.zeros((3, 2), bool), False), (x, y), np.divide)


@st.composite
def lstsq_calls(draw, op):
    """More equations than unknowns, or fewer, or as many; one right side or two."""
    a = draw(matrices(batch=st.just(())))
    b = draw(kind_of((a.shape[0], *draw(st.sampled_from([(), (2,)]))), np.iscomplexobj(a)))
    return Call(
        None,
        lambda a, b: seen_lstsq(*parts(op(a, b, rcond=1e-10))),
        (a, b),
        lambda a, b: seen_lstsq(*np.linalg.lstsq(a, b, rcond=1e-10)),
    )


def seen_lstsq(x, residuals, rank, s):
    """The parts that have a derivative."""
    return flat([x, residuals, s])


# ---- norms --------------------------------------------------------------------------------------


@st.composite
def norm_settings(draw, shape):
    """Settings of a norm: all elements, the vectors along an axis, or the matrices of two."""
    axes = [st.none()]
    if shape:
        axes.append(some_axis(shape))
    if len(shape) > 1:
        axes.append(several_axes(shape, 2, 2))
    return draw(optional(axis=st.one_of(axes), keepdims=st.booleans()))


def power_settings(shape):
    """An exponent as well."""
    return st.tuples(norm_settings(shape), st.sampled_from([3, 0.5, 2.5, -1.5])).map(lambda s: s[0] | {"ord": s[1]})


def positive(shape):
    """Elements above 0."""
    return arrays(shape, interval=(0.125, 4.0))


@st.composite
def uneven(draw, shape, kinds=(False, True)):
    """Elements of which neither sums nor absolute values nor singular values tie: a fixed pattern, moved a little."""
    size = int(np.prod(shape))
    pattern = (1.0 + np.arange(size) ** 1.5) * np.sign(np.sin(2.0 + 5.0 * np.arange(size)))
    moved = draw(kind_of(shape, draw(st.sampled_from(kinds))))
    return 0.25 * pattern.reshape(shape) + 0.05 * moved


VECTOR_ORDERS = (None, 0, 1, 2, 3, 2.5, 0.5, -1, -2, np.inf, -np.inf)
MATRIX_ORDERS = (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)


@st.composite
def norms(draw):
    """Every order, of vectors and of matrices."""
    shape = draw(st.sampled_from([(3,), (1,), (2, 3), (3, 2), (2, 2, 3), (3, 1, 2)]))
    ndim, keepdims = len(shape), draw(st.booleans())
    axis = draw(some_axis(shape) | several_axes(shape, 2, 2)) if ndim > 1 else draw(some_axis(shape) | st.none())
    if ndim == 2 and draw(st.booleans()):
        axis = None
    of_vectors = isinstance(axis, int) or ndim == 1
    order = draw(st.sampled_from(VECTOR_ORDERS if of_vectors else MATRIX_ORDERS))
    return call_of(lambda x: np.linalg.norm(x, order, axis, keepdims), draw(uneven(shape)))


@st.composite
def vector_norms(draw):
    """Along all axes, one or several."""
    shape = draw(st.sampled_from([(), (3,), (2, 3), (2, 1, 3)]))
    axis = draw(st.none() | some_axis(shape) | several_axes(shape, 1)) if shape else None
    order, keepdims = draw(st.sampled_from(VECTOR_ORDERS[1:])), draw(st.booleans())
    x = draw(uneven(shape)) if shape else draw(positive(shape))
    return call_of(lambda x: np.linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=order), x)


@st.composite
def matrix_norms(draw):
    """Of the last two axes."""
    shape = draw(st.sampled_from([(2, 3), (3, 2), (2, 2, 3)]))
    order, keepdims = draw(st.sampled_from(MATRIX_ORDERS[1:])), draw(st.booleans())
    return call_of(lambda x: np.linalg.matrix_norm(x, keepdims=keepdims, ord=order), draw(uneven(shape)))


def without_ties(x):
    """A matrix moved a little, so that no sums of rows or columns are equal: the largest would have a kink there."""
    return (x + OFF_GRID) * (1.0 + 0.01 * np.sqrt(2.0 + np.arange(x.size)).reshape(x.shape))


@st.composite
def conditions(draw):
    """By singular values, of any matrix; by another norm, of a square one without zeros, where |x| has a kink."""
    order = draw(st.sampled_from([None, 2, -2, "fro", 1, -1, np.inf, -np.inf, "nuc"]))
    drawn = draw(matrices(min_side=1)) if order in (None, 2, -2) else without_ties(draw(squares(min_side=2)))
    return call_of(lambda x: np.linalg.cond(x, order), drawn)


# ---- other functions ----------------------------------------------------------------------------


@st.composite
def hermitian_svds(draw):
    """Singular values of a Hermitian matrix with eigenvalues of either sign."""
    a = draw(squares())
    a = a * np.where(np.arange(a.shape[-1]) == 1, -1.0, 1.0)
    if draw(st.booleans()):
        return call_of(lambda a: np.linalg.svd(a, compute_uv=False, hermitian=True), a)
    return call_of(lambda a: steady_svd(*np.linalg.svd(a, hermitian=True)), a)


@st.composite
def qrs(draw):
    """Both modes that are differentiated."""
    a = draw(matrices())
    if draw(st.booleans()):
        return call_of(lambda a: gram(np.linalg.qr(a, mode="r")), a)
    return call_of(lambda a: steady_qr(*np.linalg.qr(a)), a)


@st.composite
def powers(draw):
    """Negative ones too."""
    n = draw(st.integers(-4, 6))
    return call_of(lambda a: np.linalg.matrix_power(a, n), draw(squares()) / 4.0)


@st.composite
def chains(draw):
    """Products of two to five, with vectors at the ends or not."""
    sides = draw(st.lists(st.integers(1, 3), min_size=3, max_size=6))
    shapes = list(pairwise(sides))
    if draw(st.booleans()):
        shapes[0] = shapes[0][1:]
    if draw(st.booleans()):
        shapes[-1] = shapes[-1][:1]
    return call_of(lambda *xs: np.linalg.multi_dot(xs), *(draw(arrays(shape)) for shape in shapes))


@st.composite
def tensor_systems(draw):
    """Six equations in six unknowns, arranged in several axes."""
    a, b = draw(matrices(6, 6, st.just(()))), draw(small((6,)))
    shape, axes = draw(st.sampled_from([((2, 3), None), ((3, 1, 2), None), ((6,), (0,))]))
    if axes is None:
        return call_of(np.linalg.tensorsolve, a.reshape(*shape, 2, 3), b.reshape(shape))
    return call_of(lambda a, b: np.linalg.tensorsolve(a, b, axes), a.reshape(6, 6), b)


@st.composite
def tensor_inverses(draw):
    """With the axes divided in several ways."""
    shape, ind = draw(st.sampled_from([((2, 3, 3, 2), 2), ((6, 2, 3), 1), ((2, 1, 3, 6), 3)]))
    return call_of(lambda a: np.linalg.tensorinv(a, ind), draw(matrices(6, 6, st.just(()))).reshape(shape))


@st.composite
def pairs(draw, f, *choices):
    """Two arrays of shapes that go together."""
    first, second = draw(st.sampled_from(choices))
    return call_of(f, draw(small(first)), draw(small(second)))


def one(f, *shapes):
    """A function of one array."""
    return st.sampled_from(shapes).flatmap(small).map(lambda x: call_of(f, x))


# ---- SciPy's ------------------------------------------------------------------------------------


@st.composite
def sylvester_calls(draw, op):
    """Matrices whose eigenvalues are positive, and a right side."""
    a, b = draw(matrices(3, 3, st.just(()))), draw(matrices(2, 2, st.just(())))
    return row_call(op, [a, b, draw(small((3, 2)))], scipy_linalg.solve_sylvester)


@st.composite
def banded_calls(draw, op):
    """A band with a strong diagonal, of which not all places are in the matrix."""
    below, above, n = draw(st.integers(0, 2)), draw(st.integers(0, 2)), draw(st.integers(3, 4))
    ab = draw(small((below + above + 1, n)))
    ab[above] += 4.0
    b = draw(small(draw(st.sampled_from([(n,), (n, 2)]))))
    return row_call(
        op,
        [ab, b],
        lambda ab, b, below, above: scipy_linalg.solve_banded((below, above), ab, b),
        below=below,
        above=above,
    )


TRIANGULAR = optional(trans=st.sampled_from([0, 1, 2, "N", "T", "C"]), lower=st.booleans(), unit_diagonal=st.booleans())
ASSUMED = optional(
    assume_a=st.sampled_from([None, "gen", "sym", "her", "pos", "upper triangular", "lower triangular"]),
    lower=st.booleans(),
)
ALONE = squares(st.just(()), min_side=1)


@st.composite
def of_scipy(draw, name, settings, right_side=False):
    """A function of SciPy's and ours of that name, with one matrix, or a matrix and a right side."""
    given, inputs = draw(settings), [draw(ALONE)]
    if right_side:
        inputs.append(draw(small((inputs[0].shape[-1], 2))))
    return Call(
        None,
        lambda *xs: getattr(ours, name)(*xs, **given),
        tuple(inputs),
        lambda *xs: getattr(scipy_linalg, name)(*xs, **given),
        {"name": name} | given,
    )


SCIPYS = {
    "cholesky": of_scipy("cholesky", optional(lower=st.booleans())),
    "det": of_scipy("det", st.just({})),
    "inv": of_scipy("inv", ASSUMED),
    "solve": of_scipy("solve", ASSUMED, right_side=True),
    "solve_triangular": of_scipy("solve_triangular", TRIANGULAR, right_side=True),
}
"""Functions of SciPy's that are composites here; their laws are in `test_linalg`."""


# ---- the tables ---------------------------------------------------------------------------------

ROWS = {
    "inv": of_matrix(np.linalg.inv, squares()),
    "solve": solve_calls,
    "det": of_matrix(np.linalg.det, any_square()),
    "slogdet": of_parts(np.linalg.slogdet, squares(), lambda sign, log: 2.0 * sign + log),
    "cholesky": of_matrix(np.linalg.cholesky, squares(), upper=st.booleans()),
    "eigh": of_parts(np.linalg.eigh, squares(), steady_eigh, UPLO=st.sampled_from("LUlu")),
    "eigvalsh": of_matrix(np.linalg.eigvalsh, squares(), UPLO=st.sampled_from("LU")),
    "eig": of_parts(np.linalg.eig, squares(min_side=1, batch=st.sampled_from([(2,), (0,), (1, 2)])), unordered),
    "svd": of_parts(
        lambda a, full_matrices=False: np.linalg.svd(a, full_matrices=full_matrices),
        matrices(),
        steady_svd,
        full_matrices=st.booleans(),
    ),
    "svdvals": of_matrix(np.linalg.svdvals, matrices()),
    "qr": of_parts(np.linalg.qr, matrices(), steady_qr),
    "pinv": of_matrix(
        np.linalg.pinv, matrices() | squares(), rcond=st.sampled_from([1e-12, None]), hermitian=st.just(False)
    ),
    "lstsq": lstsq_calls,
    "norm": unary(np.linalg.norm, SOME, norm_settings, positive),
    "power_norm": unary(np.linalg.vector_norm, SOME, power_settings, positive),
    "expm": of_matrix(scipy_linalg.expm, squares(min_side=1).map(lambda a: 0.125 * a)),
    "sqrtm": of_matrix(scipy_linalg.sqrtm, squares(st.just(()), min_side=1)),
    "solve_sylvester": sylvester_calls,
    "solve_banded": banded_calls,
    "cofactor": lambda op: squares().map(lambda a: row_call(op, [a], op.forward)),
    "cofactor_slope": cofactor_slope_calls,
    "over": over_calls,
    "regular": lambda op: squares().map(lambda a: row_call(op, [a], lambda a: a)),
    "negligible": lambda op: arrays((3,), interval=(1.0, 2.0)).map(lambda s: row_call(op, [s], lambda s: s == 0.0)),
    "coincide": lambda op: arrays((3,)).map(
        lambda s: row_call(op, [s], lambda s: (s[:, None] == s) & ~np.eye(3, dtype=bool))
    ),
}

OUR_OWN = {"power_norm", "cofactor", "cofactor_slope", "over", "regular", "negligible", "coincide"}
OUR_OWN |= {"expm", "sqrtm", "solve_sylvester", "solve_banded"}
SEVERAL = {"slogdet", "eigh", "eig", "svd", "qr", "lstsq"}
HIDES_DATA = {"over"}
NO_HALF = {
    *("inv", "solve", "det", "slogdet", "cholesky", "eigh", "eigvalsh", "eig", "svd", "svdvals", "qr", "pinv"),
    *("lstsq", "cofactor", "cofactor_slope", "regular", "expm", "sqrtm", "solve_sylvester", "solve_banded"),
}

WRITTEN = {
    np.linalg.norm: norms(),
    np.linalg.vector_norm: vector_norms(),
    np.linalg.matrix_norm: matrix_norms(),
    np.linalg.cond: conditions(),
    np.linalg.eigvals: squares(st.just((2,))).map(lambda a: call_of(lambda a: unordered(np.linalg.eigvals(a)), a)),
    np.linalg.svd: hermitian_svds(),
    np.linalg.qr: qrs(),
    np.linalg.pinv: squares().map(lambda a: call_of(lambda a: np.linalg.pinv(a, hermitian=True), a)),
    np.linalg.matrix_power: powers(),
    np.linalg.multi_dot: chains(),
    np.linalg.tensorsolve: tensor_systems(),
    np.linalg.tensorinv: tensor_inverses(),
    np.linalg.cross: pairs(np.linalg.cross, ((3,), (3,)), ((2, 3), (3,)), ((2, 1, 3), (2, 3))),
    np.linalg.outer: pairs(np.linalg.outer, ((2,), (3,)), ((0,), (2,))),
    np.linalg.vecdot: pairs(np.linalg.vecdot, ((3,), (3,)), ((2, 3), (3,)), ((2, 1, 3), (2, 3))),
    np.linalg.matmul: pairs(np.linalg.matmul, ((2, 3), (3, 1)), ((2, 2, 3), (3, 2)), ((3,), (3, 2))),
    np.linalg.tensordot: pairs(lambda a, b: np.linalg.tensordot(a, b, axes=1), ((2, 3), (3, 2)), ((3,), (3, 1, 2))),
    np.linalg.trace: one(lambda x: np.linalg.trace(x, offset=1), (2, 3), (2, 3, 3)),
    np.linalg.diagonal: one(lambda x: np.linalg.diagonal(x, offset=-1), (2, 3), (2, 3, 3)),
    np.linalg.matrix_transpose: one(np.linalg.matrix_transpose, (2, 3), (2, 0, 3)),
}

NEEDED = {
    **dict.fromkeys((np.linalg.norm, np.linalg.vector_norm, np.linalg.matrix_norm), (A,)),
    **dict.fromkeys((np.linalg.svd, np.linalg.svdvals, np.linalg.qr, np.linalg.pinv, np.linalg.cond), (REGULAR,)),
    **dict.fromkeys((np.linalg.inv, np.linalg.det, np.linalg.slogdet, np.linalg.eig, np.linalg.eigvals), (REGULAR,)),
    **dict.fromkeys((np.linalg.eigh, np.linalg.eigvalsh, np.linalg.cholesky), (POSITIVE,)),
    np.linalg.solve: (REGULAR, V),
    np.linalg.lstsq: (SQUARE[:, :2], V),
    np.linalg.matrix_power: (REGULAR, 2),
    np.linalg.multi_dot: ([A, SQUARE, V],),
    np.linalg.tensorsolve: (REGULAR, V),
    np.linalg.tensorinv: (REGULAR.reshape(3, 3, 1), 1),
    np.linalg.cross: (V, np.cos(V)),
    np.linalg.outer: (V, V),
    np.linalg.vecdot: (V, V),
    np.linalg.matmul: (A, SQUARE),
    np.linalg.tensordot: (A, SQUARE),
    np.linalg.trace: (SQUARE,),
    np.linalg.diagonal: (SQUARE,),
    np.linalg.matrix_transpose: (A,),
}

UNSIGNED = {
    np.linalg.qr: (),  # its modes are tried in test_linalg; NumPy warns of some
}

CANDIDATES = {
    "ord": (1, 2, np.inf, "fro", "nuc", None, 0, 3, -2),
    "p": (1, 2, -2, "fro", np.inf, 3),
    "UPLO": ("L", "U", "u", "X"),
    "upper": (True, False),
    "full_matrices": (True, False),
    "compute_uv": (True, False),
    "hermitian": (True, False),
    "rcond": (None, 1e-10, -1, 0.3),
    "rtol": (None, 1e-10, 0.3),
    "ind": (1, 2, 0),
    "n": (0, 3, -1, 2.5),
    "offset": (1, -1),
}
