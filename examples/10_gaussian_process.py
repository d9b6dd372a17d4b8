"""Gaussian-process regression: the kernel's settings are learned by the gradient of the evidence.

The log marginal likelihood of the data is differentiated through the kernel matrix and its Cholesky
factor (Rasmussen & Williams 2006, chapters 2 and 5).

Run me: python examples/10_gaussian_process.py   (needs SciPy)
"""

import numpy as np
from scipy.optimize import minimize

from tinygrad_edu import value_and_grad


def kernel(X, Y, settings):
    """exp(−distance² / 2 length²) · height²: nearby points have similar values."""
    height, length = np.exp(settings[0]), np.exp(settings[1])
    distance = (X[:, None] - Y[None, :]) / length
    return height**2 * np.exp(-0.5 * distance**2)


def factor(X, settings):
    """The Cholesky factor of the covariance of noisy observations."""
    noise = np.exp(settings[2])
    return np.linalg.cholesky(kernel(X, X, settings) + noise**2 * np.eye(len(X)))


def minus_log_evidence(settings, X, y):
    """−ln p(y | X): how surprising the data are; settings are logarithms of height, length and noise."""
    L = factor(X, settings)
    z = np.linalg.solve(L, y)
    return 0.5 * np.dot(z, z) + np.sum(np.log(np.diag(L))) + 0.5 * len(X) * np.log(2.0 * np.pi)


def predicted(X_new, X, y, settings):
    """Mean and standard deviation of the function at new places."""
    L, across = factor(X, settings), kernel(X, X_new, settings)
    v = np.linalg.solve(L, across)
    mean = v.T @ np.linalg.solve(L, y)
    return mean, np.sqrt(np.exp(2.0 * settings[0]) - np.sum(v**2, axis=0))


def main():
    rng = np.random.default_rng(0)
    X = rng.uniform(-4.0, 4.0, 40)
    y = np.sin(2.0 * X) + 0.1 * rng.standard_normal(40)
    start = np.zeros(3)
    found = minimize(value_and_grad(minus_log_evidence), start, args=(X, y), jac=True)
    height, length, noise = np.exp(found.x)
    print(f"evidence: ln p = {-minus_log_evidence(start, X, y):.1f} before, {-found.fun:.1f} after {found.nit} steps")
    print(f"height {height:.2f}, length {length:.2f}, noise {noise:.3f} (0.1 was put in)")
    for x, m, s in zip([-2.0, 0.5, 5.0], *predicted(np.array([-2.0, 0.5, 5.0]), X, y, found.x), strict=True):
        print(f"f({x:4}) = {m:5.2f} ± {s:.2f}   (sin 2x = {np.sin(2 * x):5.2f})")


if __name__ == "__main__":
    main()
