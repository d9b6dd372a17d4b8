"""A training step of a large network, 1024-2048-2048-10 and a batch of 512 rows: matrix products decide.

As `small_mlp`, with one more baseline: the products of the forward and the backward pass alone, and
Adam in blocks that fit the cache.  It is less than a training step, and what no NumPy program can beat.
The learning rate is lower: at 1e-3 the first losses rise, and differences in rounding with them.
"""

from __future__ import annotations

from .harness import COMPILED, Report
from .mlp_step.contest import BARE, TORCH, TORCH_2, training_contest
from .mlp_step.problem import Problem

PROBLEM = Problem(sizes=(1024, 2048, 2048, 10), batch=512, lr=1e-4)
SMALLER = Problem(sizes=(256, 512, 512, 10), batch=64)  # its weights still make several blocks of Adam
BARS = {COMPILED: {TORCH: 1.0, TORCH_2: 1.0, BARE: 1.1}}


def run(quick: bool) -> Report:
    problem, rounds = (SMALLER, 2) if quick else (PROBLEM, 25)
    return training_contest(problem, BARS, "ms", 5, rounds, sample=0.001)
