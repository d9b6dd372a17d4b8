"""Which workloads there are, and how one is run: in a process of its own."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context

from .harness import Report

WORKLOADS = (
    "elementwise", "scalar_demo", "small_mlp", "middle_mlp", "large_mlp", "memory", "logistic", "black_scholes",
    "chain", "imports",
)  # fmt: skip
"""Each is a module of this package with a function `run(quick) -> Report`."""


def run(workload: str, quick: bool) -> Report:
    """Run one workload in this process."""
    report: Report = import_module(f".{workload}", __package__).run(quick)
    return report


def run_apart(workload: str, quick: bool) -> Report:
    """Run one workload in a fresh process: no rival's threads or garbage weigh on another's run."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(run, workload, quick).result()
