"""An ordinary differential equation fitted to data: the gradient goes back through every time step.

Hares and lynxes (Lotka 1925, Volterra 1926): x' = a x − b x y, y' = −c y + d x y.  The four rates are
found from noisy counts, by the classical Runge–Kutta method written in plain NumPy.

Run me: python examples/11_fit_an_ode.py   (needs SciPy)
"""

import numpy as np
from scipy.optimize import minimize

from tinygrad_edu import value_and_grad

RATES = np.array([1.0, 0.5, 0.8, 0.3])
START = np.array([2.0, 1.0])
STEP, STEPS = 0.1, 100


def change(state, rates):
    """The right-hand side of the equation."""
    x, y = state
    a, b, c, d = rates
    return np.stack([a * x - b * x * y, -c * y + d * x * y])


def simulated(rates, start=START):
    """The states at all times: an array of (STEPS + 1, 2)."""
    states = [start]
    for _ in range(STEPS):
        s = states[-1]
        k1 = change(s, rates)
        k2 = change(s + 0.5 * STEP * k1, rates)
        k3 = change(s + 0.5 * STEP * k2, rates)
        k4 = change(s + STEP * k3, rates)
        states.append(s + STEP / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4))
    return np.stack(states)


def misfit(log_rates, counts):
    """The mean squared error of the logarithms; rates are positive, so their logarithms are fitted."""
    return np.mean((np.log(simulated(np.exp(log_rates))) - np.log(counts)) ** 2)


def main():
    rng = np.random.default_rng(1)
    counts = simulated(RATES) * np.exp(0.05 * rng.standard_normal((STEPS + 1, 2)))
    guess = np.log([0.7, 0.7, 0.7, 0.7])
    found = minimize(value_and_grad(misfit), guess, args=(counts,), jac=True)
    print(f"misfit {misfit(guess, counts):.3f} before, {found.fun:.4f} after {found.nit} steps (noise 0.0025)")
    for name, rate, true in zip("abcd", np.exp(found.x), RATES, strict=True):
        print(f"{name} = {rate:.3f}  ({true} was put in)")


if __name__ == "__main__":
    main()
