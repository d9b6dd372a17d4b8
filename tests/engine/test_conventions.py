"""Contract 9: what the derivative is at kinks and ties; requirement 17: derivatives stay finite.

`CONVENTIONS` is the table.  It must read as the table in the documentation does.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.testing.strategies import arrays, directions

INF = math.inf
NOTHING = None  # nothing goes back: the derivative is 0 wherever it is asked for

# what is computed, of x, where, and ∂/∂x there
CONVENTIONS = [
    ("relu at 0", te.relu, 0.0, 0.0),
    ("leaky_relu at 0: the slope of the negative side", te.leaky_relu, 0.0, 0.01),
    ("leaky_relu at 0, another slope", lambda x: te.leaky_relu(x, slope=0.3), 0.0, 0.3),
    ("|x| at 0", abs, 0.0, 0.0),
    ("fabs at 0", np.fabs, 0.0, 0.0),
    ("maximum of a tie: half each", lambda x: np.maximum(x, 2.0), 2.0, 0.5),
    ("maximum with itself", lambda x: np.maximum(x, x), 2.0, 1.0),
    ("minimum of a tie: half each", lambda x: np.minimum(2.0, x), 2.0, 0.5),
    ("max of a tie: shared equally", np.max, [1.0, 3.0, 3.0, 3.0], [0.0, 1 / 3, 1 / 3, 1 / 3]),
    ("min of a tie: shared equally", np.min, [1.0, 1.0, 3.0], [0.5, 0.5, 0.0]),
    (
        "max of ties along an axis",
        lambda x: np.sum(np.max(x, axis=1)),
        [[1.0, 1.0], [2.0, 3.0]],
        [[0.5, 0.5], [0.0, 1.0]],
    ),
    ("clip at the lower bound: the data", lambda x: np.clip(x, 1.0, 2.0), 1.0, 1.0),
    ("clip at the upper bound: the data", lambda x: np.clip(x, 1.0, 2.0), 2.0, 1.0),
    ("clip outside", lambda x: np.clip(x, 1.0, 2.0), 3.0, 0.0),
    ("clip at its bound, in the bound", lambda b: np.clip(1.0, b, 2.0), 1.0, 0.0),
    ("clip below its bound, in the bound", lambda b: np.clip(0.5, b, 2.0), 1.0, 1.0),
    ("clip above its bound, in the bound", lambda b: np.clip(3.0, 1.0, b), 2.0, 1.0),
    ("clip with bounds that cross, in the upper one", lambda b: np.clip(0.0, 5.0, b), 3.0, 1.0),
    ("clip with bounds that cross, in the lower one", lambda b: np.clip(0.0, b, 3.0), 5.0, 0.0),
    ("clip with bounds that cross, in the data", lambda x: np.clip(x, 5.0, 3.0), 4.0, 0.0),
    ("√x at 0", np.sqrt, 0.0, INF),
    ("cbrt at 0", np.cbrt, 0.0, INF),
    ("hypot at (0, 0)", lambda x: np.hypot(x, 0.0), 0.0, 0.0),
    ("the norm of 0", np.linalg.norm, [0.0, 0.0], [0.0, 0.0]),
    (
        "norms, one of them of 0",
        lambda x: np.sum(np.linalg.norm(x, axis=1)),
        [[0.0, 0.0], [3.0, 4.0]],
        [[0.0, 0.0], [0.6, 0.8]],
    ),
    ("std of a constant", np.std, [2.0, 2.0, 2.0], [0.0, 0.0, 0.0]),
    ("var of a constant", np.var, [2.0, 2.0], [0.0, 0.0]),
    ("prod with one zero", np.prod, [0.0, 2.0, 3.0], [6.0, 0.0, 0.0]),
    ("prod with two zeros", np.prod, [0.0, 0.0, 3.0], [0.0, 0.0, 0.0]),
    ("prod of numbers whose product overflows", np.prod, [1e200, 1e200], [1e200, 1e200]),
    ("prod with an infinity", np.prod, [INF, 2.0], [2.0, INF]),
    ("x⁰ at 0", lambda x: x**0.0, 0.0, 0.0),
    ("x⁰ at 0, an integer 0", lambda x: x**0, 0.0, 0.0),
    ("x¹ at 0", lambda x: x**1.0, 0.0, 1.0),
    ("x² at 0", lambda x: x**2, 0.0, 0.0),
    ("√x as a power, at 0", lambda x: x**0.5, 0.0, INF),
    ("0ʸ for y > 0, in y", lambda y: 0.0**y, 2.0, 0.0),
    ("0⁰ in y", lambda y: 0.0**y, 0.0, 0.0),
    ("x⁰ in y: ln x", lambda y: 2.0**y, 0.0, math.log(2.0)),
    ("a negative base with an integer power", lambda x: x**3.0, -2.0, 12.0),
    ("sign, at 0 and elsewhere", lambda x: np.sum(np.sign(x)), [0.0, 2.0], NOTHING),
    ("floor", np.floor, 2.0, NOTHING),
    ("ceil", np.ceil, 2.5, NOTHING),
    ("rint", np.rint, 2.5, NOTHING),
    ("x mod y at a jump", lambda x: np.remainder(x, 2.0), 4.0, 1.0),
    ("⌊x / y⌋", lambda x: x // 2.0, 4.0, NOTHING),
    ("ln x at 0", np.log, 0.0, INF),
    ("arcsin at 1", np.arcsin, 1.0, INF),
    ("where drops an infinite branch", lambda x: np.where(x > 0.0, np.sqrt(x), 0.0), 0.0, 0.0),
    ("where drops a branch that is nan", lambda x: np.where(x > 0.0, np.log(x), x), -1.0, 1.0),
    ("√ of a maximum that takes the constant", lambda x: np.sqrt(np.maximum(x, 0.0)), -1.0, 0.0),
    ("√ of relu", lambda x: np.sqrt(te.relu(x)), -1.0, 0.0),
    ("ln of clip, outside", lambda x: np.log(np.clip(x, 0.0, 1.0)), -1.0, 0.0),
    ("an index drops an infinite element", lambda x: np.sqrt(x)[1], [0.0, 4.0], [0.0, 0.25]),
    ("a mask drops an infinite element", lambda x: np.sum(np.sqrt(x)[x > 0.0]), [0.0, 4.0], [0.0, 0.25]),
    ("max drops an infinite element", lambda x: np.max(np.sqrt(x)), [0.0, 4.0], [0.0, 0.25]),
    (
        "tril drops an infinite element",
        lambda x: np.sum(np.tril(np.sqrt(x))),
        [[4.0, 0.0], [4.0, 4.0]],
        [[0.25, 0.0], [0.25, 0.25]],
    ),
    (
        "triu drops an infinite element",
        lambda x: np.sum(np.triu(np.sqrt(x))),
        [[4.0, 4.0], [0.0, 4.0]],
        [[0.25, 0.25], [0.0, 0.25]],
    ),
    (
        "the diagonal drops infinite elements",
        lambda x: np.trace(np.sqrt(x)),
        [[4.0, 0.0], [0.0, 4.0]],
        [[0.25, 0.0], [0.0, 0.25]],
    ),
    ("split drops an infinite element", lambda x: np.split(np.sqrt(x), 2)[1][0], [0.0, 4.0], [0.0, 0.25]),
    ("logsumexp with −∞", te.logsumexp, [-INF, 0.0, 0.0], [0.0, 0.5, 0.5]),
    ("logsumexp of nothing but −∞", te.logsumexp, [-INF, -INF], [0.0, 0.0]),
    ("logsumexp of large numbers", te.logsumexp, [1000.0, 1000.0], [0.5, 0.5]),
    ("logsumexp of small numbers", te.logsumexp, [-1000.0, -1000.0], [0.5, 0.5]),
    ("logaddexp with −∞", lambda x: np.logaddexp(x, -INF), 1.0, 1.0),
    ("logaddexp at −∞", lambda x: np.logaddexp(x, 1.0), -INF, 0.0),
    ("logaddexp of −∞ and −∞", lambda x: np.logaddexp(x, -INF), -INF, 0.0),
    ("log_softmax of large numbers", lambda x: te.log_softmax(x)[0], [1000.0, 1000.0], [0.5, -0.5]),
    ("log_softmax with −∞", lambda x: te.log_softmax(x)[0], [0.0, -INF], [0.0, 0.0]),
    ("softmax with −∞", lambda x: te.softmax(x)[0], [0.0, 0.0, -INF], [0.25, -0.25, 0.0]),
    ("sigmoid far left", te.sigmoid, -1000.0, 0.0),
    ("sigmoid far right", te.sigmoid, 1000.0, 0.0),
    ("softplus far left", te.softplus, -1000.0, 0.0),
    ("softplus far right", te.softplus, 1000.0, 1.0),
    ("tanh far out", np.tanh, 1000.0, 0.0),
    ("silu far right", te.silu, 1000.0, 1.0),
    ("gelu far left", te.gelu, -1000.0, 0.0),
]


@pytest.mark.parametrize(("name", "f", "x", "expected"), CONVENTIONS, ids=[row[0] for row in CONVENTIONS])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of the forward computation: the point is an odd one
def test_contract_9_a_convention_at_a_kink(name, f, x, expected):
    """In reverse mode; in forward mode along each axis; for a number as for an array of one."""
    x = np.array(x) if isinstance(x, list) else x
    if expected is NOTHING:
        expected = np.zeros_like(x) if np.shape(x) else 0.0
    else:
        leaf = Value(x)
        f(leaf).backward()
        np.testing.assert_allclose(leaf.grad, expected, rtol=1e-12)
    np.testing.assert_allclose(te.grad(f)(x), expected, rtol=1e-12)
    if np.shape(x) == ():
        assert te.jvp(f, (x,), (1.0,))[1] == pytest.approx(expected)
        np.testing.assert_allclose(te.grad(lambda x: np.sum(f(x)))(np.array([x])), [expected])
    elif np.all(np.isfinite(expected)):  # or J · t is nan, as 0 · ∞ is
        axes = np.eye(x.size).reshape(x.size, *x.shape)
        found = [te.jvp(f, (x,), (t,))[1] for t in axes]
        np.testing.assert_allclose(found, np.ravel(expected), rtol=1e-12)


def test_contract_9_both_sides_of_a_tie_share():
    for f in (np.maximum, np.minimum):
        assert te.grad(f, (0, 1))(2.0, 2.0) == (0.5, 0.5)
    a, b = te.grad(lambda x, y: np.sum(np.maximum(x, y)), (0, 1))(np.array([1.0, 2.0]), np.array([1.0, 3.0]))
    assert (a.tolist(), b.tolist()) == ([0.5, 0.0], [0.5, 1.0])


def test_contract_9_ties_and_float32_masks_keep_the_dtype():
    x = np.array([1.0, 1.0, 0.0], np.float32)
    for f in (np.max, np.prod, np.std, te.logsumexp, np.linalg.norm):
        assert te.grad(f)(x).dtype == np.float32


# ---- requirement 17: finite, to second order where there is one ---------------------------------

ZEROS = np.zeros(3)
FINITE = {
    "where with a root": (lambda x: np.sum(np.where(x > 0.5, np.sqrt(x), x * x)), [0.0, 1.0, 4.0]),
    "where with a logarithm": (lambda x: np.sum(np.where(x > 0.5, np.log(x), x**3)), [0.0, 1.0, -2.0]),
    "where with a quotient": (lambda x: np.sum(np.where(x > 0.5, 1.0 / x, x * x)), [0.0, 1.0, 2.0]),
    "a root of relu": (lambda x: np.sum(np.where(x > 0.5, np.sqrt(te.relu(x)), x * x)), [-1.0, 0.0, 1.0]),
    "logsumexp": (te.logsumexp, [1000.0, 999.0, -1000.0]),
    "logsumexp with −∞": (te.logsumexp, [-INF, 0.0, 1.0]),
    "log_softmax": (lambda x: te.log_softmax(x)[1] * 2.0 + te.log_softmax(x)[0], [1000.0, 0.0, -1000.0]),
    "softmax": (lambda x: te.softmax(x)[0], [1000.0, 0.0, -1000.0]),
    "prod with a zero": (np.prod, [0.0, 2.0, 3.0]),
    "prod with two zeros": (np.prod, [0.0, 0.0, 3.0]),
    "prod of zeros": (np.prod, ZEROS),
    "var of a constant": (np.var, [2.0, 2.0, 2.0]),
    "the square of the norm of 0": (lambda x: np.linalg.norm(x) ** 2, [3.0, 4.0, 0.0]),
    "a power of zero": (lambda x: np.sum(x**2) + np.sum(x**3), ZEROS),
    "softplus": (lambda x: np.sum(te.softplus(x)), [-1000.0, 0.0, 1000.0]),
    "sigmoid": (lambda x: np.sum(te.sigmoid(x)), [-1000.0, 0.0, 1000.0]),
    "log of sigmoid": (lambda x: np.sum(np.log(te.sigmoid(x))), [-500.0, 0.0, 500.0]),
    "logaddexp": (lambda x: np.sum(np.logaddexp(x, x[::-1])), [-1000.0, 0.0, 1000.0]),
    "tanh": (lambda x: np.sum(np.tanh(x)), [-1000.0, 0.0, 1000.0]),
    "hypot": (lambda x: np.sum(np.hypot(x, 1.0)), ZEROS),
    "gelu": (lambda x: np.sum(te.gelu(x)), [-50.0, 0.0, 50.0]),
}


@pytest.mark.parametrize("name", FINITE)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_requirement_17_derivatives_are_finite_to_second_order(name):
    f, x = FINITE[name]
    x = np.array(x)
    assert np.all(np.isfinite(te.grad(f)(x)))
    hessian = te.hessian(f)(x)
    assert np.all(np.isfinite(hessian)), hessian
    v = np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(te.hvp(f, x, v), hessian @ v, atol=1e-12, rtol=1e-10)
    np.testing.assert_allclose(hessian, hessian.T, atol=1e-12)


def test_requirement_17_second_derivatives_are_the_right_ones():
    np.testing.assert_array_equal(te.hessian(np.prod)(np.array([0.0, 2.0, 3.0])), [[0, 3, 2], [3, 0, 0], [2, 0, 0]])
    np.testing.assert_array_equal(te.hessian(np.prod)(np.array([0.0, 0.0, 3.0])), [[0, 3, 0], [3, 0, 0], [0, 0, 0]])
    f, _ = FINITE["where with a root"]
    np.testing.assert_allclose(np.diag(te.hessian(f)(np.array([0.0, 1.0, 4.0]))), [2.0, -0.25, -0.03125])
    x = np.array([3.0, 4.0])
    np.testing.assert_allclose(te.hessian(np.linalg.norm)(x), np.array([[16.0, -12.0], [-12.0, 9.0]]) / 125.0)
    # ∂²(xʸ)/∂x∂y = xʸ⁻¹ (1 + y ln x): 1/x where y = 0
    for x in (0.25, 2.0):
        (xx, xy), (yx, yy) = te.hessian(lambda x, y: x**y, (0, 1))(x, 0.0)
        assert (xx, xy, yx, yy) == pytest.approx((0.0, 1 / x, 1 / x, math.log(x) ** 2))
    for d in (te.grad(te.grad(np.std)), te.hessian(np.std)):
        with np.errstate(all="ignore"):
            assert np.all(np.isfinite(te.grad(np.std)(np.ones(3))))
        assert callable(d)


@given(st.data())
def test_requirement_17_log_softmax_is_right_where_softmax_underflows(data):
    x = np.array([-800.0, 0.0, 900.0]) + data.draw(arrays((3,)))
    u = data.draw(directions((3,)))
    found = te.grad(lambda x: np.sum(u * te.log_softmax(x)))(x)
    np.testing.assert_allclose(found, u - np.sum(u) * np.array([0.0, 0.0, 1.0]), atol=1e-12)


def test_a_dropped_element_contributes_nothing_whatever_else_is_computed():
    """Whether 0 · ∞ counts as 0 must not depend on unrelated terms of a sum."""

    def f(x):
        return 0.0 * np.sqrt(x)

    alone = te.grad(f)(0.0)
    beside_a_where = te.grad(lambda x: f(x) + np.where(True, x, x))(0.0) - 1.0
    np.testing.assert_equal(alone, beside_a_where)
