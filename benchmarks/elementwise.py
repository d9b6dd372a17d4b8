"""One elementwise operation on ten elements, forward and backward: the price of an engine's Python.

On ten elements NumPy itself takes a fraction of a microsecond, so this measures what an engine adds.
Every engine gets the same NumPy array, applies the same operation and returns the gradient as a NumPy
array, for the same cotangent of ones, in its own idiomatic way.  "once" is one operation with all that
surrounds it; "in a chain" is a hundred of them in a row, where the surroundings count for little.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from statistics import geometric_mean
from typing import Any

import numpy as np

from tinygrad_edu import Value

from .harness import OURS, Report, measured
from .rivals import loaded

autograd, anp = loaded("autograd"), loaded("autograd.numpy")
mygrad = loaded("mygrad")

BARS = {OURS: {"autograd": 0.35}}
LENGTH = 100
FACTOR = np.linspace(0.9, 1.1, 10)
ONES = np.ones(10)

Function = Callable[[Any, Any], Any]  # (the engine's NumPy, x) -> f(x)

OPERATIONS: dict[str, tuple[Function, int]] = {  # and how many operations it is
    "x + c": (lambda np, x: x + FACTOR, 1),
    "x · c": (lambda np, x: x * FACTOR, 1),
    "x ÷ c": (lambda np, x: x / FACTOR, 1),
    "x · x": (lambda np, x: x * x, 1),
    "square": (lambda np, x: np.square(x), 1),
    "exp(−x)": (lambda np, x: np.exp(-x), 2),  # exp(exp(…)) would overflow
    "tanh": (lambda np, x: np.tanh(x), 1),
    "sin": (lambda np, x: np.sin(x), 1),
}


def chain(f: Function, length: int) -> Function:
    """`f` applied `length` times."""

    def g(np: Any, x: Any) -> Any:
        for _ in range(length):
            x = f(np, x)
        return x

    return g


# ---- the engines: from an array to the gradient, an array --------------------------------------------


def with_ours(f: Function) -> Any:
    x = Value(ONES)
    f(np, x).backward(ONES)
    return x.grad


def with_autograd(f: Function) -> Any:
    back, _ = autograd.make_vjp(partial(f, anp))(ONES)
    return back(ONES)


def with_mygrad(f: Function) -> Any:
    x = mygrad.tensor(ONES)
    f(mygrad, x).backward(ONES)
    return x.grad


def engines() -> dict[str, Callable[[Function], Any]]:
    """Those that are installed; this library first."""
    found: dict[str, Callable[[Function], Any]] = {OURS: with_ours}
    if autograd:
        found["autograd"] = with_autograd
    if mygrad:
        found["mygrad"] = with_mygrad
    return found


# ---- the workload ------------------------------------------------------------------------------------


def run(quick: bool) -> Report:
    report = Report(
        title="One elementwise operation on 10 elements, forward and backward",
        about=f"From a NumPy array to its gradient; the operation once, and {LENGTH} times in a row. "
        "Time an operation.",
        missing=[name for name, found in (("autograd", autograd), ("mygrad", mygrad)) if not found],
    )
    for case, length in (("once", 1), ("in a chain", LENGTH)):
        add_case(report, case, length, rounds=2 if quick else 25, sample=1e-4 if quick else 4e-3)
    return report


def add_case(report: Report, case: str, length: int, rounds: int, sample: float) -> None:
    """Rows for each operation, and for their geometric mean, which the bar is for."""
    everyone = engines()
    rounds_of: dict[str, list[list[float]]] = {who: [] for who in everyone}
    for name, (f, operations) in OPERATIONS.items():
        program = chain(f, length)
        report.check(f"{name}, {case}", {who: engine(program) for who, engine in everyone.items()})
        times = measured({who: partial(engine, program) for who, engine in everyone.items()}, rounds, sample)
        each = {who: [t / length / operations for t in taken] for who, taken in times.items()}
        report.add(f"{name}, {case}", each, "µs")
        for who, taken in each.items():
            rounds_of[who].append(taken)
    means = {who: [geometric_mean(r) for r in zip(*taken, strict=True)] for who, taken in rounds_of.items()}
    report.add(f"geometric mean, {case}", means, "µs", BARS)
