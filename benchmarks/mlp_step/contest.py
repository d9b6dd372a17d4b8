"""The engines that train a network, and how they compete over one step."""

from __future__ import annotations

from functools import partial

from ..engines import Engine, Engines, compete, contest
from ..harness import COMPILED, OURS, Bars, Report
from .problem import Problem, losses

BY_HAND, BARE = "NumPy by hand", "bare products + Adam in blocks"
TORCH, TORCH_2 = "torch, fused Adam, 1 thread", "torch, fused Adam, 2 threads"
TORCH_DEFAULT = "torch, default Adam, 1 thread"
JAX, MYGRAD = "JAX, jit", "MyGrad"


def trainers(problem: Problem) -> dict[str, Engine]:
    """Everybody's training step for a problem."""
    ours, pytorch = ".mlp_step.ours:make", ".mlp_step.pytorch:make"
    return {
        OURS: Engine("tinygrad_edu", ours, (problem, False)),
        COMPILED: Engine("tinygrad_edu", ours, (problem, True)),
        BY_HAND: Engine("numpy", ".mlp_step.by_hand:make", (problem,)),
        TORCH: Engine("torch", pytorch, (problem, True, 1)),
        TORCH_2: Engine("torch", pytorch, (problem, True, 2)),
        TORCH_DEFAULT: Engine("torch", pytorch, (problem, False, 1)),
        JAX: Engine("jax", ".mlp_step.jax_jit:make", (problem,)),
        MYGRAD: Engine("mygrad", ".mlp_step.with_mygrad:make", (problem,)),
    }


def training_contest(problem: Problem, bars: Bars, unit: str, steps: int, rounds: int, sample: float) -> Report:
    """Compare the losses of the first steps, then time one step of each engine."""
    report = Report(
        title=f"A training step of an MLP {problem}, float32, Adam",
        about="Forward, loss, backward and update; eager, except where it says compiled or jit.",
    )
    engines: Engines = trainers(problem)
    if any(BARE in of for of in bars.values()):
        engines = {**engines, BARE: Engine("numpy", ".mlp_step.bare:make", (problem,))}
        report.about += f" “{BARE}” computes no loss and no real gradient: it has nothing to check."
    question = partial(losses, steps=steps)
    with contest(report, f"losses of {steps} steps, first … last", engines, question, unchecked=[BARE]) as processes:
        compete(report, "step", processes, unit, bars, rounds, sample)
    return report
