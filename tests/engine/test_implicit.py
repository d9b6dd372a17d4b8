"""implicit: derivatives of roots, fixed points and minima, by the equation that they solve."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import rules
from laws.calls import Call
from scipy import optimize

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.testing.strategies import arrays, directions

cube_root = te.implicit(np.cbrt, lambda x, p: x**3 - p)


@given(arrays((), interval=(0.5, 2.0)), directions(), directions())
def test_a_root_of_one_number_obeys_the_laws(p, t, s):
    call = Call(None, lambda p: cube_root(p), (p,), np.cbrt)
    rules.gradient_is_the_slope(call, 1.0, [t])
    rules.modes_are_adjoint(call, 1.0, [t])
    rules.gradients_are_like_inputs(call, 1.0)
    rules.second_orders_agree(call, 1.0, 0.5, [t], [s])


@pytest.mark.parametrize("order", [1, 2, 3])
def test_derivatives_of_any_order_in_either_mode(order):
    expected = {1: 1 / 3, 2: -2 / 9, 3: 10 / 27}[order]  # of ∛p at 1
    for d in (te.grad, lambda f: lambda p: te.jvp(f, (p,), (1.0,))[1]):
        f = cube_root
        for _ in range(order):
            f = d(f)
        assert f(1.0) == pytest.approx(expected)


def system(x, p):
    """Two equations for two unknowns, of a matrix and a vector."""
    return {"a": p["A"] @ x + 0.1 * x**3 - p["b"]}


def newton(p):
    """A solver of it: plain numbers, and a loop that need not be differentiated."""
    x = np.zeros(2)
    for _ in range(50):
        slope = p["A"] + np.diag(0.3 * x**2)
        x = x - np.linalg.solve(slope, system(x, p)["a"])
        if np.max(np.abs(system(x, p)["a"])) < 1e-14:
            break
    return x


@given(st.data())
def test_a_system_of_equations_obeys_the_laws(data):
    A = data.draw(arrays((2, 2), interval=(-0.5, 0.5))) + 2.0 * np.eye(2)
    b = data.draw(arrays((2,)))
    solve = te.implicit(newton, system)
    call = Call(None, lambda A, b: solve({"A": A, "b": b}), (A, b), lambda A, b: newton({"A": A, "b": b}))
    u, w = data.draw(directions((2,))), data.draw(directions((2,)))
    ts, ss = ([data.draw(directions(np.shape(x))) for x in (A, b)] for _ in range(2))
    rules.gradient_is_the_slope(call, u, ts)
    rules.tangent_is_the_slope(call, ts)
    rules.modes_are_adjoint(call, u, ts)
    rules.second_orders_agree(call, u, w, ts, ss)


def test_solutions_and_parameters_may_be_containers():
    solve = te.implicit(
        lambda p, k, name: {"x": p[0] / k, "y": np.array([p[1], 2.0 * p[1]])},
        lambda x, p, k, name: (k * x["x"] - p[0], x["y"] - p[1] * np.array([1.0, 2.0])),
    )
    assert solve((6.0, 1.0), 2, "n")["x"] == 3.0
    found = te.jacobian(lambda p: solve(p, 2, "n"))((6.0, 1.0))
    assert found["x"] == (0.5, 0.0)
    assert [part.tolist() for part in found["y"]] == [[0.0, 0.0], [1.0, 2.0]]
    total = lambda p, k: np.sum(solve(p, k, "n")["y"]) * solve(p, k, "n")["x"]  # 3 p₁ · p₀ / k
    assert te.grad(total, (0, 1))((6.0, 1.0), 2.0) == ((1.5, 9.0), -4.5)


def test_a_solution_of_no_numbers():
    solve = te.implicit(lambda p: p * 2.0, lambda x, p: x - 2.0 * p)
    assert te.grad(lambda p: np.sum(solve(p)) + 1.0)(np.ones((0, 2))).shape == (0, 2)


@given(arrays((3,), interval=(0.5, 1.5)))
def test_solvers_of_scipys(p):
    """The place of a minimum and a fixed point, found by somebody else."""

    def objective(x, p):
        return np.sum((x - p) ** 2) + 0.1 * np.sum(x**4)

    argmin = te.implicit(lambda p: optimize.minimize(objective, p, p, tol=1e-9).x, te.grad(objective))
    x = argmin(p)
    np.testing.assert_allclose(te.jacobian(argmin)(p), np.diag(2.0 / (2.0 + 1.2 * x**2)), rtol=1e-4, atol=1e-8)
    fixed = te.implicit(
        lambda p: optimize.fixed_point(lambda x: np.cos(p * x), 0.5 * p), lambda x, p: x - np.cos(p * x)
    )
    x = fixed(p)
    s = np.sin(p * x)
    np.testing.assert_allclose(te.elementwise_grad(fixed)(p), -x * s / (1.0 + p * s), rtol=1e-5)


def test_plain_numbers_give_plain_numbers_that_are_ones_own():
    kept = np.ones(2)
    solve = te.implicit(lambda p: kept, lambda x, p: x - p)
    found = solve(np.ones(2))
    assert type(found) is np.ndarray
    found += 1.0
    assert kept.tolist() == [1.0, 1.0]
    assert type(cube_root(8.0)) is float


# ---- errors -------------------------------------------------------------------------------------


def test_a_solver_that_failed_is_noticed():
    rough = te.implicit(lambda p: 1.5, lambda x, p: x * x - p)
    for p in (2.0, Value(2.0)):
        with pytest.raises(RuntimeError, match=r"residual is as large as 0\.25, and tolerance is 1e-05"):
            rough(p)
    with pytest.raises(RuntimeError, match="nan"):
        te.implicit(lambda p: np.nan, lambda x, p: x - p)(2.0)
    assert te.implicit(lambda p: 1.5, lambda x, p: x * x - p, tolerance=0.3)(2.0) == 1.5


def test_an_equation_without_a_slope_is_noticed():
    double = te.implicit(lambda p: 0.0 * p, lambda x, p: x * x * p)
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        te.grad(double)(2.0)
    many = te.implicit(lambda p: p, lambda x, p: (x - p)[::-1] + (x - p))
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        te.jacobian(many)(np.ones(2))


def test_a_residual_of_another_size_is_refused():
    wrong = te.implicit(lambda p: p, lambda x, p: np.sum(x - p))
    with pytest.raises(ValueError, match="1 numbers for 3 unknowns"):
        wrong(np.ones(3))


def test_closures_over_values_are_refused():
    w = Value(2.0)
    for solve in (
        te.implicit(lambda p: p * w, lambda x, p: x - p),
        te.implicit(lambda p: p * w.data, lambda x, p: x - p * w),
    ):
        for p in (1.0, Value(1.0)):
            with pytest.raises(TypeError, match="not among its arguments"):
                solve(p)
