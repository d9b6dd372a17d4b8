"""Second derivatives of a logistic regression with 100 features and 1,000 rows, float32.

The Hessian times a vector, and the whole Hessian.  All engines are given the weights, the rows and
their classes as arguments, use their own functions for both, and return one array.
"""

from __future__ import annotations

from .engines import Engine, compete, contest
from .harness import COMPILED, OURS, Report
from .logistic_regression.problem import Problem, Program

PROBLEM = Problem(rows=1000, features=100)
JAX, AUTOGRAD, BY_HAND = "JAX, jit", "autograd", "NumPy by hand"
BARS = {OURS: {AUTOGRAD: 0.4}, COMPILED: {JAX: 1.0}}
CASES = {"Hessian times vector": "product", "Hessian": "hessian"}


def contestants(what: str) -> dict[str, Engine]:
    """Everybody's program for `what`."""
    ours = ".logistic_regression.ours:make"
    return {
        OURS: Engine("tinygrad_edu", ours, (PROBLEM, what, False)),
        COMPILED: Engine("tinygrad_edu", ours, (PROBLEM, what, True)),
        BY_HAND: Engine("numpy", ".logistic_regression.by_hand:make", (PROBLEM, what)),
        JAX: Engine("jax", ".logistic_regression.jax_jit:make", (PROBLEM, what)),
        AUTOGRAD: Engine("autograd", ".logistic_regression.with_autograd:make", (PROBLEM, what)),
    }


def result(program: Program) -> list[float]:
    """All that it computes, as numbers."""
    return [float(x) for x in program().ravel()]


def run(quick: bool) -> Report:
    report = Report(
        title=f"A logistic regression of {PROBLEM.features} features and {PROBLEM.rows:,} rows, float32",
        about="Second derivatives by each engine's own functions; eager, except where it says compiled or jit.",
    )
    for case, what in CASES.items():
        with contest(report, f"{case}, first … last entry", contestants(what), result) as processes:
            compete(report, case, processes, "µs", BARS, *((2, 0.001) if quick else (40, 0.03)))
    return report
