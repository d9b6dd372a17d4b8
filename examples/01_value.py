"""One Value: a number that remembers how it was computed, and so knows its derivative.

Run me: python examples/01_value.py
"""

import numpy as np

import tinygrad_edu as te


def f(x):
    """Any formula of operators and NumPy functions."""
    return x**2 * np.sin(x) + 3.0


def slope_by_trying(x, h=1e-6):
    """The derivative as a difference: two more runs of `f`, and an error of about h²."""
    return (f(x + h) - f(x - h)) / (2 * h)


def slope_by_going_back(x):
    """The derivative from the record: exact up to rounding."""
    leaf = te.Value(x)
    f(leaf).backward()
    return leaf.grad


def slope_by_hand(x):
    """The derivative with pencil and paper, by the product rule."""
    return 2 * x * np.sin(x) + x**2 * np.cos(x)


def main():
    x = te.Value(2.0, label="x")
    y = f(x)
    print("y           =", y)
    print("came from   =", y.op.name, "of", y.inputs)
    print()
    print("by trying   =", slope_by_trying(2.0))
    print("by hand     =", slope_by_hand(2.0))
    print("by the walk =", slope_by_going_back(2.0))
    print()
    print("The walk, one product of the chain rule a line:")
    y.label = "y"
    print(te.steps(y))


if __name__ == "__main__":
    main()
