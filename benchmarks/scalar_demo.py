"""micrograd's own demonstration, one scalar at a time: 100 points, a network 2-16-16-1, one full step.

Forward over all points, hinge loss plus L2, zero_grad, backward, and the update of 337 parameters: the
program of micrograd's notebook, word for word the same for both engines, which differ in what they
import.  About 65,000 scalar operations a step.  Python's garbage collector is on, as users have it: an
engine that makes cyclic garbage pays for it.  (Between samples garbage is collected off the clock.)

Compiled, the step is one function, and an optimiser does the update, whose `lr` is set between calls.
Its first call traces and compiles; it is timed in processes of its own, and set against what the calls
after it save.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from importlib import import_module
from statistics import median
from time import perf_counter
from typing import Any

import tinygrad_edu as te
from tinygrad_edu import optim
from tinygrad_edu.data import moons

from .apart import Apart
from .engines import Engine, compete, contest
from .harness import COMPILED, OURS, Figure, Report, Row

BARS = {OURS: {"micrograd": 0.33}, COMPILED: {"micrograd": 0.02}}
REPAID_BAR = 10.0  # steps
POINTS, STEPS = 100, 5

Step = Callable[[], float]  # it returns the loss before it


def training(values: str, networks: str, points: int) -> tuple[Any, Callable[[], Any]]:
    """The model, and its loss as an engine computes it; `values` and `networks` are the engine's modules."""
    Value, MLP = import_module(values).Value, import_module(networks).MLP
    random.seed(1337)
    model = MLP(2, [16, 16, 1])
    rows, classes = moons(points, noise=0.1, rng=1)
    X, y = rows.tolist(), (2 * classes - 1).tolist()  # classes are -1 and 1

    def loss() -> Any:
        inputs = [list(map(Value, xrow)) for xrow in X]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(y, scores, strict=True)]
        data_loss = sum(losses) * (1.0 / len(losses))
        reg_loss = 1e-4 * sum(p * p for p in model.parameters())
        return data_loss + reg_loss

    return model, loss


def learning_rate(k: int) -> float:
    """That of step `k`."""
    return max(1.0 - 0.9 * k / 100, 0.1)


def make(values: str, networks: str, points: int) -> Step:
    """The step as micrograd's notebook writes it."""
    model, loss = training(values, networks, points)
    k = 0

    def step() -> float:
        nonlocal k
        total_loss = loss()
        model.zero_grad()
        total_loss.backward()
        for p in model.parameters():
            p.data -= learning_rate(k) * p.grad
        k += 1
        return float(total_loss.data)

    return step


def make_compiled(points: int) -> Step:
    """The same step, compiled."""
    model, loss = training("tinygrad_edu", "tinygrad_edu.nn.scalar", points)
    optimizer = optim.SGD(model.parameters(), lr=1.0)
    k = 0

    @te.compile
    def descend() -> Any:
        total_loss = loss()
        optimizer.zero_grad()
        total_loss.backward()
        optimizer.step()
        return total_loss

    def step() -> float:
        nonlocal k
        optimizer.lr = learning_rate(k)
        k += 1
        return float(descend().data)

    return step


def seconds_of_first_call(points: int) -> float:
    """How long the compiled step takes when it is called for the first time."""
    step = make_compiled(points)
    start = perf_counter()
    step()
    return perf_counter() - start


def losses(step: Step, steps: int) -> list[float]:
    """The losses of the next steps."""
    return [step() for _ in range(steps)]


def add_first_call(report: Report, points: int, rounds: int, times: dict[str, list[float]]) -> None:
    """Rows for the first call, and for the number of steps after which others would have taken longer."""
    seconds = []
    for _ in range(rounds):
        process = Apart(".scalar_demo:seconds_of_first_call", points)
        seconds.append(process.ask(float))
        process.close()
    report.add("first call", {COMPILED: seconds}, "s")
    for who in ("micrograd", OURS):
        if who in times:
            saved = median(times[who]) - median(times[COMPILED])
            steps = [s / saved if saved > 0 else float("inf") for s in seconds]
            figures = {"repaid after": Figure(median(steps), REPAID_BAR)}
            report.rows.append(Row(f"first call repaid against {who}", COMPILED, steps, "steps", figures))


def run(quick: bool) -> Report:
    points = 10 if quick else POINTS
    report = Report(
        title=f"micrograd's demo: MLP(2, [16, 16, 1]) of scalars, {points} points, one full step",
        about="The same program; forward, hinge loss and L2, backward and update. The first call of the compiled step "
        "is repaid after n steps if it and n compiled steps take no longer than n steps of the other.",
    )
    here = ".scalar_demo:make"
    engines = {
        OURS: Engine("tinygrad_edu", here, ("tinygrad_edu", "tinygrad_edu.nn.scalar", points)),
        COMPILED: Engine("tinygrad_edu", ".scalar_demo:make_compiled", (points,)),
        "micrograd": Engine("micrograd", here, ("micrograd.engine", "micrograd.nn", points)),
    }
    question = partial(losses, steps=STEPS)
    with contest(report, f"losses of {STEPS} steps, first … last", engines, question) as processes:
        times = compete(report, "step", processes, "ms", BARS, rounds=2 if quick else 30)
    add_first_call(report, points, 1 if quick else 5, times)
    return report
