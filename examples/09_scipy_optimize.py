"""Exact gradients for SciPy's optimisers: `value_and_grad` is what `minimize(jac=True)` asks for.

Run me: python examples/09_scipy_optimize.py   (needs SciPy)
"""

import numpy as np
from scipy.optimize import minimize

import tinygrad_edu as te
from tinygrad_edu.data import moons


def rosenbrock(x):
    """A curved valley with its lowest point, 0, at (1, 1, …) (Rosenbrock 1960)."""
    return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()


def features(X):
    """All products of powers of the two coordinates up to the third degree: a curved boundary."""
    a, b = X.T
    return np.stack([a**i * b**j for i in range(4) for j in range(4 - i)], axis=1)


def logistic(weights, F, y):
    """The mean log loss of a logistic regression, with a small penalty on the weights."""
    margin = np.where(y == 1, 1.0, -1.0) * (F @ weights)
    return te.softplus(-margin).mean() + 0.001 * (weights**2).sum()


def fit_logistic(F, y):
    """The best weights, by BFGS."""
    start = np.zeros(F.shape[1])
    return minimize(te.value_and_grad(logistic), start, args=(F, y), jac=True, method="BFGS")


def rosenbrock_three_ways(start):
    """BFGS with exact gradients, BFGS with differences, and Newton with exact Hessian products."""
    both = te.value_and_grad(rosenbrock)
    return {
        "BFGS, exact gradients": minimize(both, start, jac=True, method="BFGS"),
        "BFGS, differences": minimize(rosenbrock, start, method="BFGS"),
        "Newton, exact products": minimize(
            both, start, jac=True, method="Newton-CG", hessp=lambda x, v: te.hvp(rosenbrock, x, v)
        ),
    }


def main():
    for name, found in rosenbrock_three_ways(np.full(6, -1.0)).items():
        print(f"{name:22}: {found.nfev} calls of f, error {np.abs(found.x - 1.0).max():.0e}")
    X, y = moons(200, noise=0.15, rng=0)
    found = fit_logistic(features(X), y)
    right = np.mean((features(X) @ found.x > 0) == (y == 1))
    print(f"logistic regression on two moons: {found.nit} steps, loss {found.fun:.3f}, right {right:.0%}")


if __name__ == "__main__":
    main()
