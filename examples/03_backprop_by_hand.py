"""Error backpropagation as textbooks write it, beside the engine: the same numbers.

A network of two layers of sigmoids, squared error E = ½ Σ (o − t)². The textbook computes
an error signal δ for each layer, from the last to the first, and from it the gradients of the
weights (Rumelhart, Hinton & Williams, Nature 323, 1986).

Run me: python examples/03_backprop_by_hand.py
"""

import numpy as np

import tinygrad_edu as te
from tinygrad_edu import Value

rng = np.random.default_rng(0)
x, target = rng.normal(size=(5, 3)), rng.uniform(size=(5, 2))  # 5 examples, 3 inputs, 2 outputs
V, c = rng.normal(size=(3, 4)), rng.normal(size=4)  # input → hidden
W, b = rng.normal(size=(4, 2)), rng.normal(size=2)  # hidden → output


def forward(V, c, W, b):
    """The hidden layer, the output layer and the error."""
    hidden = te.sigmoid(x @ V + c)
    out = te.sigmoid(hidden @ W + b)
    return hidden, out, 0.5 * ((out - target) ** 2).sum()


def by_hand():
    """The gradients with the textbook's formulas, from plain arrays."""
    hidden, out, _ = forward(V, c, W, b)
    # δ of the output layer: the error × the slope of the sigmoid
    delta_out = (out - target) * out * (1 - out)
    # δ of the hidden layer: the output's δ sent back through W × the slope of the sigmoid
    delta_hidden = (delta_out @ W.T) * hidden * (1 - hidden)
    return {
        "W": hidden.T @ delta_out,  # hidden → output: what came in × δ
        "b": delta_out.sum(axis=0),
        "V": x.T @ delta_hidden,  # input → hidden: what came in × δ
        "c": delta_hidden.sum(axis=0),
    }


def by_engine():
    """The same gradients from one walk over the record."""
    leaves = {"V": Value(V), "c": Value(c), "W": Value(W), "b": Value(b)}
    forward(**leaves)[-1].backward()
    return {name: leaf.grad for name, leaf in leaves.items()}


def main():
    engine = by_engine()
    for name, gradient in by_hand().items():
        difference = np.abs(gradient - engine[name]).max()
        print(f"∂E/∂{name} by hand   {gradient.ravel()[:2]} …")
        print(f"∂E/∂{name} by engine {engine[name].ravel()[:2]} …  largest difference {difference:.0e}")


if __name__ == "__main__":
    main()
