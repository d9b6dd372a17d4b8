"""The price of 1,000,000 options and its derivatives, float32: many elementwise passes over memory.

The formula of Black and Scholes and its Greeks by automatic differentiation: delta, vega, theta and
rho in one backward pass from the sum of the prices, and gamma as the gradient of the sum of the deltas.
"""

from __future__ import annotations

import numpy as np

from .engines import Engine, compete, contest
from .harness import COMPILED, OURS, Report
from .options.problem import GREEKS, Program

TORCH, TORCH_2 = "torch, 1 thread", "torch, 2 threads"
AUTOGRAD, JAX = "autograd", "JAX, jit"
BARS = {COMPILED: {TORCH: 1.0, TORCH_2: 1.0, AUTOGRAD: 0.3}}
OPTIONS = 1_000_000
COMPARED = 1000
"""How many options are compared, evenly spread over all of them."""


def contestants(n: int) -> dict[str, Engine]:
    """Everybody's program for n options."""
    return {
        OURS: Engine("tinygrad_edu", ".options.ours:make", (n, False)),
        COMPILED: Engine("tinygrad_edu", ".options.ours:make", (n, True)),
        "by hand, closed formulas": Engine("scipy", ".options.by_hand:make", (n,)),
        TORCH: Engine("torch", ".options.pytorch:make", (n, 1)),
        TORCH_2: Engine("torch", ".options.pytorch:make", (n, 2)),
        AUTOGRAD: Engine("autograd", ".options.with_autograd:make", (n,)),
        JAX: Engine("jax", ".options.jax_jit:make", (n,)),
    }


def result(program: Program) -> list[list[float]]:
    """The price and the Greeks of the options that are compared."""
    return [[float(x) for x in found[:: max(1, len(found) // COMPARED)]] for found in map(np.asarray, program())]


def run(quick: bool) -> Report:
    n = 10_000 if quick else OPTIONS
    report = Report(
        title=f"Price and Greeks of {n:,} options by Black and Scholes, float32",
        about=f"The {', '.join(GREEKS)}, by automatic differentiation except by hand; eager, except where it says "
        "compiled or jit. Compiled, it is told to use two threads; JAX does by itself.",
    )
    with contest(report, "first price … last rho", contestants(n), result) as processes:
        compete(report, "all", processes, "ms", BARS, *((2, 0.001) if quick else (20, 0.001)))
    return report
