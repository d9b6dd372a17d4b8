"""A training step of a small network: forward, loss, backward and Adam, in several engines.

64-64-64-10 with rectifiers, a batch of 32 rows, float32.  All start from the same weights, see the
same rows in every step and use Adam with the same settings; their losses over `STEPS` steps are
compared.  Each engine runs in a process of its own (see `apart`).  PyTorch is measured with one thread
and with two, and the bar holds for both: on a network this small one is usually faster.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from .apart import all_apart, measured_apart
from .harness import OURS, Report
from .mlp_step.problem import BATCH, SIZES, losses
from .rivals import installed

STEPS = 20
BARS = {"torch, fused Adam, 1 thread": 0.5, "torch, fused Adam, 2 threads": 0.5}


class Engine(NamedTuple):
    """The package that an engine needs, the function that makes its step, and what that is told."""

    package: str
    make: str
    arguments: tuple[Any, ...] = ()


PYTORCH = "torch", ".mlp_step.pytorch:make"
ENGINES = {
    OURS: Engine("tinygrad_edu", ".mlp_step.ours:make"),
    "NumPy by hand": Engine("numpy", ".mlp_step.by_hand:make"),
    "torch, fused Adam, 1 thread": Engine(*PYTORCH, (True, 1)),
    "torch, fused Adam, 2 threads": Engine(*PYTORCH, (True, 2)),
    "torch, default Adam, 1 thread": Engine(*PYTORCH, (False, 1)),
    "JAX, jit": Engine("jax", ".mlp_step.jax_jit:make"),
    "MyGrad": Engine("mygrad", ".mlp_step.with_mygrad:make"),
}


def run(quick: bool) -> Report:
    report = Report(
        title=f"A training step of an MLP {'-'.join(map(str, SIZES))}, batch {BATCH}, float32, Adam",
        about="Forward, loss, backward and update; eager, except for JAX.",
        missing=sorted({engine.package for engine in ENGINES.values() if not installed(engine.package)}),
    )
    present = {who: engine for who, engine in ENGINES.items() if engine.package not in report.missing}
    makers = {who: (engine.make, *engine.arguments) for who, engine in present.items()}
    with all_apart(makers) as processes:
        found = {who: process.ask(partial(losses, steps=STEPS)) for who, process in processes.items()}
        report.check(f"losses of {STEPS} steps, first … last", found)
        times = measured_apart(processes, rounds=2 if quick else 60, sample=0.03)
    report.add("step", times, "µs", BARS)
    return report
