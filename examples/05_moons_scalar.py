"""Two moons, learnt by neurons that are made of single numbers: every product is in the record.

That is slow and easy to look into. Example 6 does the same with arrays.

Run me: python examples/05_moons_scalar.py
"""

import random

import numpy as np

import tinygrad_edu as te
from tinygrad_edu.engine import history
from tinygrad_edu.nn.scalar import MLP

X, labels = te.data.moons(n_samples=40, noise=0.1, rng=0)
y = np.where(labels == 1, 1.0, -1.0)


def loss_of(network):
    """The mean hinge loss, max(0, 1 − y · score), and the share of rows on the right side."""
    scores = [network(row) for row in X]
    losses = [te.relu(1.0 - yi * score) for yi, score in zip(y.tolist(), scores, strict=True)]
    right = np.mean([yi * score.item() > 0 for yi, score in zip(y, scores, strict=True)])
    return sum(losses) * (1.0 / len(losses)), float(right)


def train(network, steps=60):
    """Gradient descent on all rows, with a rate that falls; return (loss, right) of each step."""
    course = []
    for step in range(steps):
        loss, right = loss_of(network)
        course.append((loss.item(), right))
        network.zero_grad()
        loss.backward()
        for p in network.parameters():
            p.data = p.data - (1.0 - step / steps) * p.grad
    return course


def main():
    network = MLP(2, [8, 8, 1], rng=random.Random(0))
    record = history(loss_of(network)[0])
    print(f"{len(network.parameters())} parameters, {len(record)} Values in the record of one loss")
    course = train(network)
    for step in range(0, len(course), 10):
        print(f"step {step:2}: loss {course[step][0]:.3f}, right {course[step][1]:.0%}")
    print(f"at last: loss {course[-1][0]:.3f}, right {course[-1][1]:.0%}")


if __name__ == "__main__":
    main()
