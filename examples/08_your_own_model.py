"""A model of your own: a recurrent cell, unrolled over time, and how far back it can learn.

What the first state did to the last is a product of as many Jacobians as there are steps.

Run me: python examples/08_your_own_model.py
"""

import numpy as np

from tinygrad_edu import Value, nn
from tinygrad_edu.nn import Module, parameter


class Cell(Module):
    """h ← tanh(W h + v x); with `skip`, h ← h + ¼ tanh(W h + v x), which adds to the state."""

    def __init__(self, width, spread, skip=False, *, rng):
        self.W = parameter(rng.normal(0.0, spread / np.sqrt(width), (width, width)))
        self.v = parameter(rng.normal(0.0, 1.0, width))
        self.skip = skip

    def forward(self, h, x):
        new = nn.tanh(self.W @ h + self.v * x)
        return h + 0.25 * new if self.skip else new


class Reader(Module):
    """Reads a sequence with one cell, the same at every step, and returns all its states."""

    def __init__(self, cell):
        self.cell = cell

    def forward(self, xs):
        states = [Value(np.zeros(self.cell.v.shape))]
        for x in xs:
            states.append(self.cell(states[-1], x))
        return states


def reach(reader, xs, direction):
    """The length of the gradient of the last state (along a direction) at each state before it."""
    states = reader(xs)
    (states[-1] @ direction).backward()
    return np.array([np.linalg.norm(h.grad) for h in states])


CELLS = [("small weights", 0.5, False), ("larger weights", 1.5, False), ("with a skip", 0.5, True)]


def main(steps=30, width=32):
    for name, spread, skip in CELLS:
        rng = np.random.default_rng(0)
        reader = Reader(Cell(width, spread, skip, rng=rng))
        lengths = reach(reader, rng.normal(size=steps).tolist(), rng.normal(size=width))
        print(f"{name:14}", *(f"{n:2} steps back {lengths[-1 - n]:.1e} " for n in (0, 10, steps)))


if __name__ == "__main__":
    main()
