"""The memory that a training step of a large network needs, at its peak.

Each engine trains the network of `large_mlp` in a process of its own, which first takes a step of a
small one: then the engine and its libraries have loaded their code and set up what they always keep.
From there on everything counts: data, weights, gradients, Adam's state and temporary arrays.  Measured
is the peak of the resident memory during some steps after the first ones, less the resident memory
before the large network was built.  The kernel keeps both for a process (`VmHWM` and `VmRSS` in Linux's
/proc/self/status; writing 5 to clear_refs makes the peak start anew), so nobody's own counters matter.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from .apart import Apart
from .engines import Engine, present
from .harness import COMPILED, OURS, Report
from .large_mlp import PROBLEM, SMALLER
from .mlp_step.contest import BY_HAND, JAX, TORCH, TORCH_2, TORCH_DEFAULT, trainers
from .mlp_step.problem import Problem, Step, losses
from .small_mlp import PROBLEM as SMALL

BARS = {COMPILED: {TORCH: 1.0, TORCH_2: 1.0, TORCH_DEFAULT: 1.0}}
TAKING_PART = (OURS, COMPILED, BY_HAND, TORCH, TORCH_2, TORCH_DEFAULT, JAX)
WARM_UP, STEPS = 3, 5
PROCESS = Path("/proc/self")


class Growth(NamedTuple):
    """What a process needed beyond what it had, in MiB, and the losses of its steps."""

    mebibytes: float
    losses: list[float]


def memory(what: str) -> float:
    """A line of the process's status, in MiB."""
    lines = (PROCESS / "status").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{what}:")) / 1024  # given in KiB


def growth(make: str, problem: Problem, *arguments: object) -> Growth:
    """Train in this process, and see what it takes."""
    module, _, function = make.partition(":")
    maker: Callable[..., Step] = getattr(import_module(module, __package__), function)
    losses(maker(SMALL, *arguments), 2)
    before = memory("VmRSS")
    step = maker(problem, *arguments)
    found = losses(step, WARM_UP)
    (PROCESS / "clear_refs").write_text("5")
    found += losses(step, STEPS)
    return Growth(memory("VmHWM") - before, found)


def measured_growth(engine: Engine) -> Growth:
    """The same, in a fresh process."""
    process = Apart(".memory:growth", engine.make, *engine.arguments)
    found: Growth = process.ask(Growth._make)
    process.close()
    return found


def run(quick: bool) -> Report:
    problem = SMALLER if quick else PROBLEM
    report = Report(
        title=f"Peak memory of a training step of an MLP {problem}, float32, Adam",
        about="The peak of the resident memory during a step after the first ones, less the resident memory before "
        "the data and the model were built; each time in a fresh process that has trained a small network before.",
    )
    if not (PROCESS / "clear_refs").exists():
        report.missing.append("a kernel that tells the peak of the resident memory (Linux)")
        return report
    engines = present({who: trainers(problem)[who] for who in TAKING_PART}, report)
    rounds = [{who: measured_growth(e) for who, e in engines.items()} for _ in range(1 if quick else 5)]
    report.check(f"losses of {WARM_UP + STEPS} steps", {who: found.losses for who, found in rounds[0].items()})
    report.add("step", {who: [r[who].mebibytes for r in rounds] for who in engines}, "MiB", BARS)
    return report
