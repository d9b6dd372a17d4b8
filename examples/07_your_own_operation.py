"""An operation of your own: one gradient rule, and everything else comes with it.

The rule says how a cotangent of the output becomes one of the input. Written with operators and
NumPy functions, it can be differentiated in turn; forward mode and pictures follow too.

Run me: python examples/07_your_own_operation.py
"""

import numpy as np

import tinygrad_edu as te


@te.op(lambda g, out, x: g * (np.tanh(x) + x * (1.0 - np.tanh(x) ** 2)), elementwise=True)
def wave(x):
    """x · tanh(x): like |x| far away, and round at 0."""
    return x * np.tanh(x)


@te.op(
    lambda g, out, A, b: solve(A.T, g)[:, None] * -out[None, :],
    lambda g, out, A, b: solve(A.T, g),
)
def solve(A, b):
    """The x with A x = b. Its rules are solutions of systems with Aᵀ (Giles 2008)."""
    return np.linalg.solve(A, b)


def central(f, x, h=1e-5):
    """The derivative by trying, for a check."""
    return (f(x + h) - f(x - h)) / (2 * h)


def main():
    x = 0.7
    slope = te.grad(wave)
    print("first order: ", slope(x), "by trying", central(wave, x))
    print("second order:", te.grad(slope)(x), "by trying", central(slope, x))
    print("forward mode:", te.jvp(wave, (x,), (1.0,))[1])

    rng = np.random.default_rng(0)
    A, b = rng.normal(size=(3, 3)) + 3.0 * np.eye(3), rng.normal(size=3)
    direction = rng.normal(size=(3, 3))

    def length(A):
        return (solve(A, b) ** 2).sum()

    along = (te.grad(length)(A) * direction).sum()
    print("solve:       ", along, "by trying", central(lambda t: length(A + t * direction), 0.0))
    print("its Hessian along a direction:", te.hvp(length, A, direction).round(4).tolist()[0])


if __name__ == "__main__":
    main()
