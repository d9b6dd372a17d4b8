"""Bayesian logistic regression: the Hessian at the best weights says how sure they are.

Newton's method finds the most probable weights; near them the posterior is close to a normal
distribution whose covariance is the inverse Hessian (Laplace's approximation; Bishop 2006, 4.4–4.5).

Run me: python examples/12_bayesian_logistic_regression.py
"""

import numpy as np

from tinygrad_edu import grad, hessian

TRUE = np.array([-0.5, 2.0, -1.0, 0.0])
PRIOR = 3.0  # the standard deviation of each weight before any data


def minus_log_posterior(weights, F, y):
    """−ln p(weights | data), up to a constant; y is −1 or 1."""
    return np.sum(np.logaddexp(0.0, -y * (F @ weights))) + 0.5 * np.sum((weights / PRIOR) ** 2)


def newton(f, weights, *data, steps=20):
    """The lowest point of a convex function: each step solves for the minimum of its parabola."""
    for _ in range(steps):
        step = np.linalg.solve(hessian(f)(weights, *data), grad(f)(weights, *data))
        weights = weights - step
        if np.max(np.abs(step)) < 1e-10:
            break
    return weights


def fit(F, y):
    """The most probable weights and their standard deviations."""
    best = newton(minus_log_posterior, np.zeros(F.shape[1]), F, y)
    covariance = np.linalg.inv(hessian(minus_log_posterior)(best, F, y))
    return best, np.sqrt(np.diagonal(covariance))


def observed(n, rng):
    """Features, the first of them 1, and answers drawn with the true weights."""
    F = np.column_stack([np.ones(n), rng.standard_normal((n, len(TRUE) - 1))])
    y = np.where(rng.random(n) < 1.0 / (1.0 + np.exp(-F @ TRUE)), 1.0, -1.0)
    return F, y


def main():
    for n in (50, 2000):
        best, deviation = fit(*observed(n, np.random.default_rng(2)))
        weights = ", ".join(f"{w:5.2f} ± {s:.2f}" for w, s in zip(best, deviation, strict=True))
        print(f"{n:5} observations: {weights}")
    print("      the truth was: " + ", ".join(f"{w:5.2f}       " for w in TRUE))


if __name__ == "__main__":
    main()
