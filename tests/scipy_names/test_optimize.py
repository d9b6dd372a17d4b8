"""SciPy's own minimisers with gradients and curvature from here: flat arrays in, floats and arrays out."""

import numpy as np
import pytest
from scipy import optimize

import tinygrad_edu as te


def rosenbrock(x):
    """A narrow curved valley whose lowest place is (1, 1, …)."""
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


START = np.array([1.3, 0.7, 0.8, 1.9])


def test_gradient_and_curvature_are_scipys_own():
    value, gradient = te.value_and_grad(rosenbrock)(START)
    assert type(value) is float
    assert value == pytest.approx(optimize.rosen(START), rel=1e-14)
    np.testing.assert_allclose(gradient, optimize.rosen_der(START), rtol=1e-13)
    p = np.arange(4.0)
    np.testing.assert_allclose(te.hvp(rosenbrock, START, p), optimize.rosen_hess_prod(START, p), rtol=1e-12)


@pytest.mark.parametrize("method", ["CG", "BFGS", "L-BFGS-B", "TNC", "SLSQP"])
def test_minimize_with_value_and_grad(method):
    found = optimize.minimize(te.value_and_grad(rosenbrock), START, jac=True, method=method)
    np.testing.assert_allclose(found.x, np.ones(4), atol=1e-2)


@pytest.mark.parametrize("method", ["Newton-CG", "trust-ncg", "trust-krylov", "trust-constr"])
def test_minimize_with_curvature(method):
    found = optimize.minimize(
        te.value_and_grad(rosenbrock), START, jac=True, hessp=lambda x, p: te.hvp(rosenbrock, x, p), method=method
    )
    np.testing.assert_allclose(found.x, np.ones(4), atol=1e-4)


def test_least_squares_and_root_with_a_jacobian():
    t = np.linspace(0.0, 1.0, 8)
    y = 2.0 * np.exp(-1.5 * t)

    def residuals(x):
        return x[0] * np.exp(-x[1] * t) - y

    found = optimize.least_squares(residuals, np.ones(2), jac=te.jacobian(residuals))
    np.testing.assert_allclose(found.x, [2.0, 1.5], rtol=1e-8)
    circle = te.jacobian(lambda x: np.stack([x[0] ** 2 + x[1] ** 2 - 4.0, x[0] - x[1]]))
    root = optimize.root(lambda x: np.stack([x[0] ** 2 + x[1] ** 2 - 4.0, x[0] - x[1]]), np.ones(2), jac=circle)
    np.testing.assert_allclose(root.x, np.sqrt([2.0, 2.0]), rtol=1e-8)
