"""A neuron: weights, a bias, an activation; and the blame that each of them gets for the output.

Run me: python examples/02_neuron.py [picture.svg]
"""

import sys

import numpy as np

import tinygrad_edu as te
from tinygrad_edu import Value


def neuron(weights, bias, inputs):
    """tanh(w · x + b), one product and one sum at a time."""
    total = bias
    for w, x in zip(weights, inputs, strict=True):
        total = total + w * x
    return np.tanh(total)


def make():
    """A neuron of two inputs: its weights, its bias, and the inputs it sees."""
    weights = [Value(0.8, "w1", "parameter"), Value(-0.4, "w2", "parameter")]
    bias = Value(0.1, "b", "parameter")
    inputs = [Value(1.5, "x1"), Value(2.0, "x2")]
    return weights, bias, inputs


def one_step(weights, bias, inputs, target, rate=0.05):
    """Move weights and bias a little against the gradient; return the squared error before."""
    error = (neuron(weights, bias, inputs) - target) ** 2
    for p in (*weights, bias):
        p.grad = None
    error.backward()
    for p in (*weights, bias):
        p.data = p.data - rate * p.grad
    return error.item()


def main():
    weights, bias, inputs = make()
    out = neuron(weights, bias, inputs)
    out.label = "o"
    out.backward()
    print(te.steps(out))
    print()
    print(te.draw(out))
    if len(sys.argv) > 1:
        te.draw(out).save(sys.argv[1])
    print()
    for step in range(5):
        print(f"step {step}: squared error {one_step(weights, bias, inputs, target=-0.5):.4f}")


if __name__ == "__main__":
    main()
