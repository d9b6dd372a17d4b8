"""Linear algebra beyond the laws: what is returned, singular and degenerate matrices, and SciPy's names."""

import warnings
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import rules
from laws.areas.linalg import SCIPYS
from laws.calls import Call, call_of, flat
from scipy import linalg as scipy_linalg

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.ops.linalg import cofactor, over
from tinygrad_edu.scipy import linalg as ours
from tinygrad_edu.testing.strategies import arrays, directions_like

RANK_TWO = np.arange(1.0, 10.0).reshape(3, 3)
WEIGHTS = np.sin(np.arange(1.0, 10.0)).reshape(3, 3)
TURN = np.array([[0.0, -1.0, 0.25], [1.0, 0.5, 0.0], [0.0, 0.5, 2.0]])


def directional(f, x, t, h=1e-3):
    """The slope of a function of one array."""
    return rules.slope(f, [x], [t], h)


# ---- several results ----------------------------------------------------------------------------


@pytest.mark.parametrize("f", [np.linalg.eigh, np.linalg.eig, np.linalg.svd, np.linalg.qr, np.linalg.slogdet])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128])
def test_several_results_come_as_numpys_named_tuple(f, dtype):
    x = (np.diag([1.0, 2.0, 4.0]) + 0.1 * WEIGHTS).astype(dtype)[None]
    found, expected = f(Value(x)), f(x)
    assert type(found) is type(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.data, other)
        assert one.dtype == other.dtype


def test_lstsq_tells_the_rank_as_a_plain_integer():
    x, residuals, rank, s = np.linalg.lstsq(Value(RANK_TWO), np.ones(3))
    assert rank == 2
    assert type(rank) is int
    assert isinstance(x, Value)
    assert residuals.shape == (0,)
    assert s.shape == (3,)


def test_the_rank_of_a_matrix_is_a_plain_answer():
    assert np.linalg.matrix_rank(Value(RANK_TWO)) == 2
    assert np.linalg.matrix_rank(Value(RANK_TWO), tol=5.0) == 1


def test_a_result_that_is_not_used_costs_nothing_and_one_used_twice_adds_up():
    x = np.diag([1.0, 2.0, 4.0]) + 0.1 * WEIGHTS
    once = te.grad(lambda a: np.sum(np.linalg.eigh(a).eigenvalues ** 2))(x)

    def twice(a):
        w, _ = np.linalg.eigh(a)
        return 0.5 * np.sum(w * w) + 0.5 * np.sum(w * w)

    np.testing.assert_allclose(te.grad(twice)(x), once, rtol=1e-14)


# ---- matrices without an inverse ----------------------------------------------------------------


@pytest.mark.parametrize("a", [RANK_TWO, np.ones((3, 3)), np.zeros((3, 3)), np.diag([0.0, 0.0, 2.0]), np.zeros((1, 1))])
def test_the_gradient_of_a_determinant_is_right_for_singular_matrices(a):
    n = len(a)
    t, s = WEIGHTS[:n, :n], WEIGHTS.T[:n, :n]
    along = te.grad(np.linalg.det)(a)
    assert np.sum(along * t) == pytest.approx(directional(np.linalg.det, a, t), abs=1e-8)
    second = te.grad(lambda a: np.sum(te.grad(np.linalg.det)(a) * s))(a)
    found = directional(lambda a: np.sum(te.grad(np.linalg.det)(a) * s), a, t)
    assert np.sum(second * t) == pytest.approx(found, abs=1e-8)


@given(arrays((3, 3), interval=(-2.0, 2.0)))
def test_the_cofactors_are_the_minors(a):
    minors = [[np.linalg.det(np.delete(np.delete(a, i, 0), j, 1)) for j in range(3)] for i in range(3)]
    signs = (-1.0) ** np.add.outer(np.arange(3), np.arange(3))
    np.testing.assert_allclose(cofactor(a), signs * minors, atol=1e-12)


def test_higher_derivatives_of_a_determinant():
    """det(t I) = t⁴ has the fourth derivative 24; where there is no inverse the third is refused."""

    def f(t):
        return np.linalg.det(t * np.eye(4))

    third = te.grad(te.grad(te.grad(f)))
    assert third(2.0) == pytest.approx(48.0)
    assert te.grad(third)(2.0) == pytest.approx(24.0)
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        third(0.0)


@pytest.mark.parametrize("f", [np.linalg.inv, np.linalg.slogdet, lambda a: np.linalg.cond(a, 1)])
def test_what_needs_an_inverse_raises_without_one(f):
    with pytest.raises(np.linalg.LinAlgError, match="Singular"):
        te.grad(lambda a: np.sum(f(a)[-1]) if isinstance(f(a), tuple) else np.sum(f(a)))(np.ones((2, 2)))


def test_the_pseudo_inverse_of_a_singular_matrix_is_differentiated_at_constant_rank():
    """Along a direction that keeps the rank the slope is NumPy's."""
    u, v = np.array([1.0, 2.0, 3.0]), np.array([1.0, -1.0])

    def f(t):
        return np.linalg.pinv(np.outer(u + t, v * (1.0 + t * t)))

    np.testing.assert_allclose(te.jvp(f, (0.5,), (1.0,))[1], directional(f, 0.5, 1.0), atol=1e-9)


@pytest.mark.parametrize("cut", [{"rcond": 0.3}, {"rtol": 0.3}, {"rcond": 0.3, "hermitian": True}])
def test_a_cutoff_that_drops_singular_values_is_differentiated_as_what_is_left(cut):
    a = np.diag([1.0, 4.0, 9.0]) + 0.1 * WEIGHTS
    call = call_of(lambda a: np.linalg.pinv(a, **cut), a)
    rules.forward_is_the_oracles(call)
    rules.gradient_is_the_slope(call, WEIGHTS, [WEIGHTS.T])
    rules.second_orders_agree(call, WEIGHTS, WEIGHTS, [WEIGHTS.T], [WEIGHTS])


def test_least_squares_with_a_cutoff():
    a = np.diag([1.0, 4.0, 9.0]) + 0.1 * WEIGHTS
    call = call_of(lambda a, b: np.linalg.lstsq(a, b, rcond=0.3)[0], a, WEIGHTS[0])
    rules.gradient_is_the_slope(call, WEIGHTS[1], [WEIGHTS.T, WEIGHTS[2]])


# ---- eigenvalues and singular values that coincide ----------------------------------------------

VECTORS_OF = {
    "eigh": lambda a: np.linalg.eigh(a)[1],
    "svd, left": lambda a: np.linalg.svd(a)[0],
    "svd, right": lambda a: np.linalg.svd(a)[2],
    "eig": lambda a: np.real(np.linalg.eig(a)[1]),
}


@pytest.mark.parametrize(
    "a", [np.eye(3), np.eye(3) + 1e-15 * WEIGHTS * np.eye(3), np.stack([np.diag([1.0, 2.0, 4.0]), np.eye(3)])]
)
@pytest.mark.parametrize("name", VECTORS_OF)
def test_vectors_that_any_rotation_may_replace_have_no_gradient(name, a):
    with pytest.raises(np.linalg.LinAlgError, match="coincide"):
        te.grad(lambda a: np.sum(VECTORS_OF[name](a) * WEIGHTS))(a)
    with pytest.raises(np.linalg.LinAlgError, match="coincide"):
        te.jvp(VECTORS_OF[name], (a,), (np.broadcast_to(WEIGHTS, a.shape),))


def test_a_function_of_a_matrix_by_its_vectors_is_refused_where_they_are_arbitrary():
    """The numerator is 0 there as well, and 0 would be wrong: d exp(I) is not 0."""

    def exponential(a):
        w, v = np.linalg.eigh(a)
        return np.sum(WEIGHTS * ((v * np.exp(w)) @ v.T))

    with pytest.raises(np.linalg.LinAlgError, match="coincide"):
        te.grad(exponential)(np.eye(3))


def test_a_vector_that_is_alone_has_a_gradient_beside_others_that_are_not():
    a = np.diag([1.0, 1.0, 2.0])
    call = call_of(lambda a: np.linalg.eigh(a)[1][:, 2] * np.linalg.eigh(a)[1][2, 2], a)
    rules.gradient_is_the_slope(call, WEIGHTS[0], [WEIGHTS])


@pytest.mark.parametrize(
    "f",
    [
        lambda a: np.linalg.eigh(a)[0],
        np.linalg.eigvalsh,
        np.linalg.svdvals,
        lambda a: np.linalg.svd(a)[1],
        lambda a: np.real(np.linalg.eigvals(a)),
    ],
)
def test_values_that_coincide_have_a_gradient_in_sums(f):
    np.testing.assert_allclose(te.grad(lambda a: np.sum(f(a) ** 2))(np.eye(3)), 2.0 * np.eye(3), atol=1e-14)


@pytest.mark.parametrize("f", [np.linalg.svdvals, lambda a: np.linalg.svd(a)[1]])
def test_a_singular_value_that_is_0_has_gradient_0(f):
    found = te.grad(lambda a: np.sum(f(a)))(np.diag([2.0, 0.0, 0.0]))
    np.testing.assert_array_equal(found, np.diag([1.0, 0.0, 0.0]))


def test_vectors_outside_the_space_of_a_singular_value_0_have_no_gradient():
    with pytest.raises(np.linalg.LinAlgError, match="coincide or are 0"):
        te.grad(lambda a: np.sum(np.linalg.svd(a, full_matrices=False)[0] * WEIGHTS[:, :2]))(np.ones((3, 2)))


@pytest.mark.parametrize(
    "f", [lambda a: np.linalg.qr(a)[0], lambda a: np.linalg.qr(a)[1], lambda a: np.linalg.qr(a, mode="r")]
)
def test_qr_of_dependent_columns_has_no_gradient(f):
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        te.grad(lambda a: np.sum(f(a)))(np.ones((3, 2)))


def test_eigenvalues_of_a_defective_matrix_have_no_gradient():
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        te.grad(lambda a: np.sum(np.real(np.linalg.eigvals(a))))(np.array([[1.0, 1.0], [0.0, 1.0]]))


def by_values(a):
    """A sum over eigenvalues."""
    return np.real(np.sum(np.exp(np.linalg.eigvals(a))))


def by_vectors(a):
    """The exponential of a matrix."""
    w, v = np.linalg.eig(a)
    return (v * np.exp(w)) @ np.linalg.inv(v)


def test_eigenvalues_of_a_real_matrix_may_be_complex():
    assert np.iscomplexobj(np.linalg.eigvals(TURN))
    for f in (by_values, by_vectors):
        call = call_of(f, TURN)
        rules.forward_is_the_oracles(call)
        u = np.sum(f(TURN)) * WEIGHTS if np.shape(f(TURN)) else 1.0
        rules.gradient_is_the_slope(call, u, [WEIGHTS])
        rules.second_orders_agree(call, u, u, [WEIGHTS], [WEIGHTS.T])


def test_over_leaves_out_what_is_closed_and_refuses_it_where_it_is_used():
    closed = np.array([True, False])
    np.testing.assert_array_equal(over(np.array([1.0, 3.0]), np.array([0.0, 2.0]), closed, False), [0.0, 1.5])
    with pytest.raises(np.linalg.LinAlgError, match="coincide"):
        over(np.array([0.0, 3.0]), np.array([0.0, 2.0]), closed, np.array([True, True]))


# ---- one triangle -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "read"),
    [
        (np.linalg.cholesky, np.tril),
        (lambda a: np.linalg.cholesky(a, upper=True), np.triu),
        (np.linalg.eigvalsh, np.tril),
        (lambda a: np.linalg.eigvalsh(a, UPLO="U"), np.triu),
        (lambda a: np.linalg.eigh(a, UPLO="u")[1] ** 2, np.triu),
        (lambda a: np.linalg.pinv(a, hermitian=True), np.tril),
        (lambda a: np.linalg.svd(a, hermitian=True)[1], np.tril),
    ],
)
def test_a_triangle_that_is_not_read_has_gradient_0(f, read):
    a = np.diag([1.0, 2.0, 4.0]) + 0.1 * WEIGHTS
    g = te.grad(lambda a: np.sum(np.exp(f(a))))(a)
    np.testing.assert_array_equal(g, read(g))
    assert np.any(g)


# ---- norms --------------------------------------------------------------------------------------


def test_norms_at_ties_and_at_zero():

    def gradient(x, order):
        return te.grad(lambda x: np.linalg.norm(x, order))(np.array(x)).tolist()

    assert gradient([1.0, -1.0, 0.0], np.inf) == [0.5, -0.5, 0.0]
    assert gradient([1.0, -2.0, 0.0], 1) == [1.0, -1.0, 0.0]
    assert gradient([1.0, -2.0, 0.0], 0) == [0.0, 0.0, 0.0]
    for order in (None, 1, 2, 3, 0.5):
        assert gradient([0.0, 0.0], order) == [0.0, 0.0]
    assert gradient([0.0, 2.0], 3) == [0.0, 1.0]
    np.testing.assert_allclose(gradient(np.eye(3), 2), np.eye(3) / 3.0)
    np.testing.assert_allclose(gradient(np.ones((3, 3)), "nuc"), np.full((3, 3), 1.0 / 3.0), atol=1e-14)


@pytest.mark.parametrize("order", [1, -1, 2, -2, np.inf, -np.inf, "nuc", "fro", None])
@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (2, 0, 3), (2, 3, 0)])
def test_norms_of_empty_matrices(order, shape):
    x = np.zeros(shape)
    try:
        expected = np.linalg.norm(x, order, (-2, -1))
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            np.linalg.norm(Value(x), order, (-2, -1))
        return
    np.testing.assert_array_equal(np.linalg.norm(Value(x), order, (-2, -1)).data, expected)


@pytest.mark.parametrize(
    ("shape", "arguments", "message"),
    [
        ((3, 2), {"ord": 3}, "matrix"),
        ((3,), {"ord": "fro"}, "vector"),
        ((2, 2, 2), {"ord": 2}, "3 axes"),
        ((3, 2), {"axis": (0, 0)}, "twice"),
        ((3, 2), {"axis": (0, -2)}, "twice"),
        ((3, 2), {"axis": (0, 2)}, "axes"),
    ],
)
def test_norms_that_numpy_refuses_are_refused(shape, arguments, message):
    with pytest.raises(ValueError, match=r"."):
        np.linalg.norm(np.ones(shape), **arguments)
    with pytest.raises(ValueError, match=message):
        np.linalg.norm(Value(np.ones(shape)), **arguments)


# ---- what is refused, and empty matrices --------------------------------------------------------


@pytest.mark.parametrize("mode", ["complete", "raw"])
def test_modes_of_qr_without_a_gradient_are_refused(mode):
    with pytest.raises(TypeError, match="mode="):
        np.linalg.qr(Value(np.ones((3, 2))), mode=mode)


def test_complete_qr_of_a_wide_matrix_is_the_reduced_one():
    a = WEIGHTS[:2]
    for one, other in zip(np.linalg.qr(Value(a), mode="complete"), np.linalg.qr(a, mode="complete"), strict=True):
        np.testing.assert_array_equal(one.data, other)


@pytest.mark.parametrize(
    "a", [WEIGHTS[:, :2], WEIGHTS[:2], WEIGHTS + 0.5j * WEIGHTS.T, (WEIGHTS - 1j * WEIGHTS.T)[:, :2]]
)
def test_the_signs_and_phases_of_qr_are_numpys(a):
    call = call_of(lambda a: flat(np.linalg.qr(a)), a)
    u = np.sin(np.arange(np.size(call.oracle(a)))) * (1.0 if np.isrealobj(a) else 1.0 - 0.5j)
    t = np.cos(np.arange(a.size)).reshape(a.shape) * (1.0 if np.isrealobj(a) else 1.0 + 2.0j)
    rules.gradient_is_the_slope(call, u, [t])
    rules.tangent_is_the_slope(call, [t])


REFUSED = {
    "not square, power": lambda: np.linalg.matrix_power(Value(np.ones((2, 3))), 0),
    "not square, cond": lambda: np.linalg.cond(Value(np.ones((2, 3))), 1),
    "not square, inv": lambda: np.linalg.inv(Value(np.ones((2, 3)))),
    "empty, cond": lambda: np.linalg.cond(Value(np.ones((0, 3)))),
    "one matrix": lambda: np.linalg.multi_dot([Value(np.ones((2, 3)))]),
    "three axes": lambda: np.linalg.multi_dot([Value(np.ones((2, 2, 2))), np.ones((2, 2))]),
    "lengths": lambda: np.linalg.multi_dot([Value(np.ones((2, 3))), np.ones((2, 3))]),
    "no square system": lambda: np.linalg.tensorsolve(Value(np.ones((2, 3))), np.ones(2)),
    "ind": lambda: np.linalg.tensorinv(Value(np.ones((2, 2))), 0),
    "cross": lambda: np.linalg.cross(Value(np.ones(2)), np.ones(2)),
    "outer": lambda: np.linalg.outer(Value(np.ones((2, 2))), np.ones(2)),
    "not positive definite": lambda: np.linalg.cholesky(Value(-np.eye(2))),
    "half precision": lambda: np.linalg.inv(Value(np.eye(2, dtype=np.float16))),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_numpy_refuses_is_refused(name):
    with pytest.raises((ValueError, TypeError)):
        REFUSED[name]()


EMPTY = (
    "inv",
    "det",
    "cholesky",
    "eigvalsh",
    "pinv",
    "svdvals",
    "eigvals",
    "eigh",
    "eig",
    "svd",
    "slogdet",
    "qr",
    "norm",
)


@pytest.mark.parametrize("shape", [(0, 0), (2, 0, 0), (0, 2, 2)])
@pytest.mark.parametrize("name", EMPTY)
def test_empty_matrices_have_empty_gradients(name, shape):
    f, x = getattr(np.linalg, name), np.zeros(shape)

    def whole(a):
        return flat(f(a)) if isinstance(f(a), tuple) else f(a)

    call = Call(None, whole, (x,), whole)
    rules.forward_is_the_oracles(call)
    assert rules.gradients(call, np.ones(np.shape(whole(x))) if np.shape(whole(x)) else 1.0)[0].shape == shape


# ---- SciPy's names ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCIPYS)
@given(data=st.data())
def test_functions_of_scipys_are_scipys(name, data):
    call = data.draw(SCIPYS[name])
    np.testing.assert_allclose(call.function(*call.inputs), call.oracle(*call.inputs), rtol=1e-12, atol=1e-13)
    u = data.draw(directions_like(call.oracle(*call.inputs)))
    ts = [data.draw(directions_like(x)) for x in call.inputs]
    rules.modes_are_adjoint(call, u, ts)
    rules.gradient_is_the_slope(call, u, ts)
    rules.gradients_are_like_inputs(call, u)
    rules.second_orders_agree(call, u, u, ts, ts)


def total(f):
    """The function whose result is the sum of that of `f`."""
    return lambda a: np.sum(f(a))


def test_a_system_may_be_diagonal_tridiagonal_or_transposed():
    a = np.diag([4.0, 5.0, 6.0]) + 0.5 * WEIGHTS
    for assumed, read in (("diagonal", np.eye(3)), ("tridiagonal", np.tri(3, k=1) * np.tri(3, k=1).T), (None, 1.0)):
        for turned in (False, True):
            f = partial(ours.solve, b=WEIGHTS, assume_a=assumed, transposed=turned)
            whole = (a * read).T if turned else a * read
            np.testing.assert_allclose(f(a), np.linalg.solve(whole, WEIGHTS), rtol=1e-13)
            g = te.grad(total(f))(a)
            np.testing.assert_array_equal(g, g * read)


def test_functions_of_scipys_refuse_what_they_do_not_know():
    a = Value(np.eye(2))
    with pytest.raises(ValueError, match="assume_a='round'"):
        ours.solve(a, np.ones(2), assume_a="round")
    with pytest.raises(ValueError, match="trans=3"):
        ours.solve_triangular(a, np.ones(2), trans=3)
    with pytest.raises(TypeError, match="overwrite_a"):
        ours.det(a, overwrite_a=True)


def test_the_square_root_of_a_negative_definite_matrix_is_complex():
    a = -np.diag([1.0, 4.0]) + 0.1 * WEIGHTS[:2, :2]
    call = Call(None, ours.sqrtm, (a,), scipy_linalg.sqrtm)
    assert ours.sqrtm(Value(a)).dtype == complex
    rules.gradient_is_the_slope(call, WEIGHTS[:2, :2] * (1.0 + 0.5j), [WEIGHTS[1:, 1:]])


def test_the_square_root_of_a_singular_matrix_has_no_gradient():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SciPy's, that the matrix is singular
        with pytest.raises(np.linalg.LinAlgError, match="singular"):
            te.grad(lambda a: np.sum(ours.sqrtm(a)))(np.diag([1.0, 0.0]))
