"""Exclusive or: one neuron cannot learn it, a hidden layer can.

Run me: python examples/04_xor.py
"""

import numpy as np

import tinygrad_edu as te
from tinygrad_edu import nn, optim

X, y = te.data.xor()


def train(network, steps=300):
    """Fit the four rows; return the loss of the last step."""
    optimiser = optim.Adam(network.parameters(), lr=0.05)
    for _ in range(steps):
        optimiser.zero_grad()
        loss = nn.binary_cross_entropy_with_logits(network(X)[:, 0], y)
        loss.backward()
        optimiser.step()
    return loss.item()


def probabilities(network):
    """What the network thinks of each row: the chance that the answer is 1."""
    return te.sigmoid(network(X)[:, 0]).data


def main():
    line = nn.Linear(2, 1, rng=0)
    print(f"one neuron:   loss {train(line):.4f}", probabilities(line).round(2))
    print(f"              (always saying ½ has loss ln 2 = {np.log(2):.4f})")
    network = nn.MLP([2, 4, 1], "tanh", rng=0)
    print(f"hidden layer: loss {train(network):.4f}", probabilities(network).round(2))
    print(network)


if __name__ == "__main__":
    main()
