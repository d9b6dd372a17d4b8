"""Handwritten digits with arrays: mini-batches, an optimiser, and rows that were never trained on.

Run me: python examples/06_digits.py
"""

import numpy as np

from tinygrad_edu import nn, optim
from tinygrad_edu.data import batches, digits


def accuracy(network, data):
    """The share of rows for which the largest logit is that of the right digit."""
    return float(np.mean(network(data.inputs).data.argmax(axis=1) == data.targets))


def train(network, data, epochs=10, lr=0.01, rng=0):
    """Mini-batch training with Adam; yields the mean loss of each epoch."""
    optimiser = optim.Adam(network.parameters(), lr=lr)
    loader = batches(data, 64, rng=rng)
    for _ in range(epochs):
        losses = []
        for inputs, targets in loader:
            optimiser.zero_grad()
            loss = nn.cross_entropy(network(inputs), targets)
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        yield float(np.mean(losses))


def main():
    train_rows, test_rows = digits().split(0.8, rng=0)
    network = nn.MLP([64, 32, 10], rng=0)
    print(network)
    for epoch, loss in enumerate(train(network, train_rows), start=1):
        right = accuracy(network, test_rows)
        print(f"epoch {epoch:2}: loss {loss:.3f}, right on unseen rows {right:.1%}")


if __name__ == "__main__":
    main()
