"""micrograd's own demonstration, one scalar at a time: 100 points, a network 2-16-16-1, one full step.

Forward over all points, hinge loss plus L2, zero_grad, backward, and the update of 337 parameters: the
program of micrograd's notebook, word for word the same for both engines, which differ in what they
import.  About 65,000 scalar operations a step.  Python's garbage collector is on, as users have it: an
engine that makes cyclic garbage pays for it.  (Between samples garbage is collected off the clock.)
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from tinygrad_edu.data import moons

from .apart import all_apart, measured_apart
from .harness import OURS, Report
from .rivals import installed

ENGINES = {  # the modules with `Value` and with `MLP`
    OURS: ("tinygrad_edu", "tinygrad_edu.nn.scalar"),
    "micrograd": ("micrograd.engine", "micrograd.nn"),
}
BARS = {"micrograd": 0.33}
POINTS, STEPS = 100, 5


def make(engine: str, points: int) -> Callable[[], float]:
    """The step of an engine; it returns the loss before it."""
    values, networks = map(import_module, ENGINES[engine])
    Value, MLP = values.Value, networks.MLP
    random.seed(1337)
    model = MLP(2, [16, 16, 1])
    rows, classes = moons(points, noise=0.1, rng=1)
    X, y = rows.tolist(), (2 * classes - 1).tolist()  # classes are -1 and 1
    k = 0

    def loss() -> Any:
        inputs = [list(map(Value, xrow)) for xrow in X]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(y, scores, strict=True)]
        data_loss = sum(losses) * (1.0 / len(losses))
        reg_loss = 1e-4 * sum(p * p for p in model.parameters())
        return data_loss + reg_loss

    def step() -> float:
        nonlocal k
        total_loss = loss()
        model.zero_grad()
        total_loss.backward()
        learning_rate = max(1.0 - 0.9 * k / 100, 0.1)
        for p in model.parameters():
            p.data -= learning_rate * p.grad
        k += 1
        return float(total_loss.data)

    return step


def losses(step: Callable[[], float], steps: int) -> list[float]:
    """The losses of the next steps."""
    return [step() for _ in range(steps)]


def run(quick: bool) -> Report:
    points = 10 if quick else POINTS
    report = Report(
        title=f"micrograd's demo: MLP(2, [16, 16, 1]) of scalars, {points} points, one full step",
        about="The same program; forward, hinge loss and L2, backward and update.",
        missing=[who for who in ENGINES if who != OURS and not installed(who)],
    )
    makers = {who: (".scalar_demo:make", who, points) for who in ENGINES if who not in report.missing}
    with all_apart(makers) as processes:
        found = {who: process.ask(partial(losses, steps=STEPS)) for who, process in processes.items()}
        report.check(f"losses of {STEPS} steps, first … last", found)
        times = measured_apart(processes, rounds=2 if quick else 30)
    report.add("step", times, "ms", BARS)
    return report
