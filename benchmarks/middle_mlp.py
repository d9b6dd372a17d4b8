"""A training step of a network as for handwritten digits, 784-256-128-10 and a batch of 128 rows.

As `small_mlp`; here the work is divided between matrix products, passes over arrays, and Adam.
"""

from __future__ import annotations

from .harness import COMPILED, Report
from .mlp_step.contest import BY_HAND, JAX, training_contest
from .mlp_step.problem import Problem

PROBLEM = Problem(sizes=(784, 256, 128, 10), batch=128)
BARS = {COMPILED: {JAX: 0.9, BY_HAND: 1.1}}


def run(quick: bool) -> Report:
    rounds, sample = (2, 0.001) if quick else (40, 0.05)
    return training_contest(PROBLEM, BARS, "ms", 5 if quick else 20, rounds, sample)
