"""Contract 6: transforms nest to any order in any mix, without confusing whose derivative is whose."""

import itertools
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.testing.strategies import arrays


def by_jvp(f):
    """The derivative of a function of one number, by forward mode."""
    return lambda x: te.jvp(f, (x,), (1.0,))[1]


def by_vjp(f):
    """The same, by an explicit pullback."""
    return lambda x: te.vjp(f, x)[1](1.0)[0]


def by_jacobian(f):
    """The same, as a 1 × 1 Jacobian."""
    return te.jacobian(f)


def by_backward(f):
    """The same, by a recorded leaf: for the innermost place only, as `.grad` is a plain number."""

    def derivative(x):
        leaf = Value(x)
        f(leaf).backward()
        return leaf.grad

    return derivative


DERIVATIVES = (te.grad, by_jvp, by_vjp, by_jacobian)
PAIRS = list(itertools.product(DERIVATIVES, repeat=2))
TRIPLES = list(itertools.product(DERIVATIVES[:3], repeat=3))


def name(ds):
    """The transforms of a combination."""
    return "-".join(d.__name__ for d in ds)


@pytest.mark.parametrize("ds", PAIRS, ids=name)
@given(x=arrays((), interval=(0.25, 2.0)))
def test_contract_6_second_derivatives_in_every_mix(ds, x):
    d, e = ds

    def f(x):
        return np.sin(x) * 2.0 + x**3 - np.exp(x) / x

    exact = -2.0 * np.sin(x) + 6.0 * x - np.exp(x) * (x * x - 2.0 * x + 2.0) / x**3
    assert d(e(f))(x) == pytest.approx(exact, rel=1e-10)


@pytest.mark.parametrize("ds", TRIPLES, ids=name)
def test_contract_6_third_derivatives_in_every_mix(ds):
    a, b, c = ds
    assert a(b(c(lambda x: x**4 * np.exp(0.5 * x))))(1.0) == pytest.approx(
        (24 + 36 * 0.5 + 12 * 0.25 + 0.125) * np.exp(0.5)
    )


@pytest.mark.parametrize("ds", PAIRS, ids=name)
def test_contract_6_no_perturbation_confusion(ds):
    """The classic programs that go wrong when an inner derivative takes the outer tangent for its own."""
    d, e = ds
    assert d(lambda x: x * e(lambda y: x + y)(1.0))(5.0) == 1.0
    assert d(lambda x: x * e(lambda y: x * y)(1.0))(5.0) == 10.0
    assert d(lambda x: e(lambda y: x * x * y)(2.0))(3.0) == 6.0
    assert d(lambda x: e(lambda y: x)(2.0))(3.0) == 0.0
    assert d(lambda x: e(lambda y: y * y)(x))(3.0) == 2.0
    assert d(lambda x: e(lambda x: x * x * x)(x))(2.0) == 12.0
    assert e(lambda y: d(lambda x: x * y)(1.0) * y)(4.0) == 8.0


@pytest.mark.parametrize("ds", PAIRS, ids=name)
def test_contract_6_closures_over_outer_values(ds):
    d, e = ds

    def f(a):
        b = a * a
        inner = e(lambda y: b * y * y + np.sin(a) * y)(3.0)
        return inner * a

    a = 0.7
    assert d(f)(a) == pytest.approx(18.0 * a * a + np.sin(a) + a * np.cos(a))


@pytest.mark.parametrize("d", DERIVATIVES)
def test_contract_6_an_inner_derivative_is_part_of_the_record_of_a_leaf(d):
    w = Value(2.0, label="w")
    y = d(lambda x: w * x * x)(3.0) * w
    assert isinstance(y, Value)
    y.backward()
    assert (y.data, w.grad) == (24.0, 24.0)


@pytest.mark.parametrize("run", [te.value_and_grad, lambda f: lambda *xs: te.vjp(f, *xs)])
def test_contract_6_an_outer_value_that_is_returned_is_still_differentiated(run):
    c = Value(2.0)
    for f in (lambda x: c, lambda x: c * 1.0, lambda x: c * c / c):
        out = run(f)(1.0)[0]
        assert isinstance(out, Value)
        out.backward()
    assert c.grad == 3.0
    assert te.grad(lambda c: te.value_and_grad(lambda x: c)(1.0)[0])(2.0) == 1.0
    assert te.grad(lambda c: te.jvp(lambda x: (x, c), (1.0,), (1.0,))[0][1])(2.0) == 1.0
    assert te.grad(lambda c: te.jvp(lambda x: x, (1.0,), (c * c,))[1])(3.0) == 6.0
    assert te.grad(lambda c: te.vjp(lambda x: 2.0 * x, 1.0)[1](c * c)[0])(3.0) == 12.0


def test_contract_6_what_is_not_nested_is_plain():
    """Nobody can differentiate the answer, so nothing is recorded."""
    w = Value(2.0)
    value, slope = te.value_and_grad(lambda x: x * x)(3.0)
    assert type(value) is type(slope) is float
    assert type(te.vjp(lambda x: x * 2.0, np.ones(2))[1](np.ones(2))[0]) is np.ndarray
    assert type(te.grad(lambda x: x * w.data)(3.0)) is float
    assert type(te.hessian(lambda x: np.sum(x**3))(np.ones(2))) is np.ndarray


def test_contract_6_a_pullback_may_be_called_again_and_differentiated():
    y, back = te.vjp(lambda x: x**3, 2.0)
    assert (y, back(1.0), back(10.0)) == (8.0, (12.0,), (120.0,))
    assert te.grad(lambda ct: back(ct * ct)[0])(3.0) == 72.0
    f = lambda x, w: np.tanh(x @ w)
    x, w = np.ones((2, 3)), np.full((3, 1), 0.25)
    _, back = te.vjp(f, x, w)
    ct = np.array([[1.0], [-2.0]])
    np.testing.assert_array_equal(back(ct)[0], back(ct)[0])
    np.testing.assert_allclose(back(2.0 * ct)[1], 2.0 * back(ct)[1])


def test_contract_6_a_pullback_is_of_the_primals_it_was_given():
    given_array = np.array([1.0, 2.0])
    _, back = te.vjp(lambda x: np.sum(x * x), given_array)
    given_array[0] = 100.0
    np.testing.assert_array_equal(back(1.0)[0], [2.0, 4.0])


Layer = namedtuple("Layer", "w b")


def test_contract_6_gradients_of_gradients_of_containers():
    params = {"layers": [Layer(np.array([[0.5, -1.0]]), 0.25), Layer(np.array([[2.0], [1.0]]), None)], "scale": 3.0}

    def loss(p):
        h = np.tanh(p["layers"][0].w + p["layers"][0].b)
        return np.sum(h @ p["layers"][1].w) * p["scale"]

    def norm_of_gradient(p):
        g = te.grad(loss)(p)
        assert g["layers"][1].b is None
        return np.sum(g["layers"][0].w ** 2) + g["scale"] ** 2

    g = te.grad(norm_of_gradient)(params)
    assert type(g["layers"][0]) is Layer
    h = 1e-5
    for change in (-h, h):
        assert np.isfinite(norm_of_gradient(params | {"scale": 3.0 + change}))
    up, down = (norm_of_gradient(params | {"scale": 3.0 + c}) for c in (h, -h))
    assert g["scale"] == pytest.approx((up - down) / (2 * h), rel=1e-6)


@given(st.data())
def test_contract_6_hvp_is_the_hessian_times_the_vector(data):
    n = data.draw(st.integers(1, 3))
    x, v = data.draw(arrays((n,))), data.draw(arrays((n,)))

    def f(x):
        return np.sum(np.sin(x) * x[::-1]) + np.prod(np.cos(x)) + te.logsumexp(x)

    hessian = te.hessian(f)(x)
    assert hessian.shape == (n, n)
    np.testing.assert_allclose(te.hvp(f, x, v), hessian @ v, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(hessian, te.jacobian(te.grad(f))(x), rtol=1e-12)
    columns = [te.jvp(te.grad(f), (x,), (e,))[1] for e in np.eye(n)]
    np.testing.assert_allclose(hessian, np.stack(columns, axis=1), rtol=1e-10, atol=1e-12)


def test_contract_6_hvp_of_containers():
    p = {"a": 2.0, "b": np.array([1.0, 3.0])}
    v = {"b": np.array([1.0, 0.0]), "a": 0.0}
    found = te.hvp(lambda p: p["a"] ** 2 * np.sum(p["b"] ** 2), p, v)
    assert list(found) == ["a", "b"]
    assert found["a"] == 8.0
    assert found["b"].tolist() == [8.0, 0.0]


def test_contract_6_a_newton_step_inside_a_gradient():
    """A derivative of an algorithm that itself uses derivatives: x(a) = √a by Newton's method."""

    def root(a):
        x = 1.0
        for _ in range(8):
            residual, slope = te.value_and_grad(lambda x: x * x - a)(x)
            x = x - residual / slope
        return x

    assert root(2.0) == pytest.approx(2.0**0.5)
    for d in DERIVATIVES:
        assert d(root)(2.0) == pytest.approx(0.5 / 2.0**0.5)
        assert d(d(root))(2.0) == pytest.approx(-0.25 * 2.0**-1.5)


@pytest.mark.parametrize("d", DERIVATIVES)
def test_contract_6_a_step_of_learning_is_differentiable(d):
    """The derivative of the loss after one step, in the learning rate: −‖∇L‖² at rate 0 for L = w²."""
    w = np.array([1.0, 2.0])

    def after_a_step(rate):
        moved = w - rate * te.grad(lambda w: np.sum(w * w))(w)
        return np.sum(moved * moved)

    assert d(after_a_step)(0.0) == -20.0


def test_backward_inside_a_transform_leaves_outer_values_alone():
    outer = Value(3.0)

    def f(x):
        leaf = Value(2.0)
        (leaf * leaf).backward()
        return x * leaf.grad

    assert te.grad(f)(5.0) == 4.0
    assert outer.grad is None
    assert by_backward(lambda x: te.grad(lambda y: x * y * y)(2.0))(3.0) == 4.0


def test_transforms_leave_grad_of_outer_leaves_alone():
    w = Value(2.0)
    te.grad(lambda x: w * x)(3.0)
    te.jvp(lambda x: w * x, (3.0,), (1.0,))
    assert w.grad is None


def test_contract_6_a_transform_does_not_walk_what_is_older_than_its_arguments():
    """A closure's own history is none of its business, however long or faulty it is."""
    broken = te.op(lambda g, out, x: 1 / 0)(lambda x: x)
    w = broken(Value(3.0))
    assert te.grad(lambda x: x * w)(2.0).data == 3.0
    assert te.jvp(lambda x: x * w, (2.0,), (1.0,))[1].data == 3.0
    assert te.vjp(lambda x: (x * w, w), 2.0)[1]((1.0, 1.0))[0].data == 3.0


@pytest.mark.parametrize("d", [*DERIVATIVES, lambda f: lambda x: te.hvp(f, x, 1.0)])
def test_contract_6_data_changed_inside_the_function_are_noticed(d):
    """Contract 4, for the leaves that a transform makes and for those of a closure."""
    w = Value(3.0)

    def changes_its_argument(x):
        y = x * x
        x.data = 5.0
        return y

    def changes_a_closure(x):
        y = x * x * w
        w.data = 5.0
        return y

    if d in DERIVATIVES:
        with pytest.raises(RuntimeError, match="changed after"):
            d(changes_its_argument)(2.0)
    with pytest.raises(RuntimeError, match="changed after"):
        d(changes_a_closure)(2.0)


def test_contract_6_threads_do_not_mix_up_their_derivatives():
    """There is no global stack of active transforms."""

    def work(k):
        f = te.grad(te.grad(lambda x: np.sum(np.tanh(x) ** 3) * k))
        return [f(0.5) for _ in range(20)]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(work, range(1, 5)))
    for k, values in enumerate(found, 1):
        assert values == work(k)
