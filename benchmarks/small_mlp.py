"""A training step of a small network: forward, loss, backward and Adam, in several engines.

64-64-64-10 with rectifiers, a batch of 32 rows, float32: the price of an engine's Python.  All start
from the same weights, see the same rows in every step and use Adam with the same settings; their
losses over the first steps are compared.  PyTorch is measured with one thread and with two, and a bar
holds for both: which is faster depends on the size.
"""

from __future__ import annotations

from .harness import COMPILED, OURS, Report
from .mlp_step.contest import BY_HAND, JAX, TORCH, TORCH_2, training_contest
from .mlp_step.problem import Problem

PROBLEM = Problem(sizes=(64, 64, 64, 10), batch=32)
BARS = {OURS: {TORCH: 0.4, TORCH_2: 0.4}, COMPILED: {JAX: 0.7, BY_HAND: 1.2}}


def run(quick: bool) -> Report:
    rounds, sample = (2, 0.001) if quick else (60, 0.03)
    return training_contest(PROBLEM, BARS, "µs", 20, rounds, sample)
