"""A program in words: its instructions with shapes, and what became of everything in the function.

Texts only; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import numpy as np

from .buffers import Layout
from .guards import Guards
from .program import Constant, Entered, Instruction, Live, Program, Update, Variable


def listed(program: Program) -> str:
    """The instructions, one a line: `v3 = add(v2, b): float32[32,64]`, with the user's lines beside them."""
    name_the_rest(program)
    head = f"{program.name}({', '.join(f'{v!r}: {v.kind}' for v in program.arguments)})"
    lines = list(instruction_lines(program))
    width = min(max((len(text) for text, _ in lines), default=0), 72)
    body = [f"  {text.ljust(width)}  # {place}" if place else f"  {text}" for text, place in lines]
    return "\n".join([head, *body, f"  return {', '.join(map(shown, program.outputs)) or 'None'}"])


def name_the_rest(program: Program) -> None:
    """Name the variables that have no name in the source: those of groups are places in an array there."""
    variables = list(program.variables())
    taken, number = {v.name for v in variables}, count(1)
    for v in variables:
        if not v.name and not v.constant:
            v.name = next(name for i in number if (name := f"n{i}") not in taken)


def instruction_lines(program: Program) -> Iterator[tuple[str, str]]:
    """Each step as text, and the user's line that it belongs to."""
    for step in program.steps:
        if isinstance(step, Update):
            taken = ", ".join(shown(x) for x in step.inputs if x is not None)
            yield f"update weights by ({taken})", program.places.of(step)
            continue
        assert isinstance(step, Instruction)
        settings = "".join(f", {k}={v!r}" for k, v in step.params.items())
        inputs = ", ".join(map(shown, step.inputs))
        yield f"{step.out!r} = {step.op.name}({inputs}{settings}): {step.out.kind}", program.places.of(step)


def shown(v: Variable) -> str:
    """A variable's name, or a constant itself if it is short."""
    if isinstance(v.origin, Constant) and not v.name:
        return repr(v.origin.data)
    return repr(v)


def explained(program: Program, layout: Layout, guards: Guards) -> str:
    """Everything that `Replay.explain` tells."""
    variables = list(program.variables())
    sections = {
        "arguments, taken anew in each call": [f"{v!r}: {v.kind}" for v in program.arguments],
        "read live in each call": [f"{v!r}: {v.kind}" for v in variables if isinstance(v.origin, Live | Entered)],
        "frozen as constants": list(constant_lines(variables, guards)),
        "checked in each call": [*guard_lines(guards)],
        "buffers": buffer_lines(program, layout),
        "carried out": list(carried_out(program, layout)),
        "steps after each pass": [f"{name}: {n:,}" for name, n in program.counts],
    }
    lines = [f"program {program.name}: {len(program.steps):,} steps"]
    for title, entries in sections.items():
        lines += [f"{title}:", *(f"  {entry}" for entry in entries or ["nothing"])]
    return "\n".join(lines)


def constant_lines(variables: list[Variable], guards: Guards) -> Iterator[str]:
    """Each array that was frozen and why, and how many numbers were."""
    numbers = 0
    for v in variables:
        if not isinstance(v.origin, Constant):
            continue
        if not v.kind.is_array:
            numbers += 1
        else:
            yield f"{v!r}: {v.kind}, {why_frozen(v.origin.data, guards)}"
    if numbers:
        yield f"{numbers:,} single numbers, written in the code or computed from shapes and settings"


def why_frozen(data: Any, guards: Guards) -> str:
    """Where a constant array came from."""
    if 0 in data.strides and data.size > 1 and not data.any():
        return "only its shape and dtype are used"
    for name, array in guards.arrays:
        if np.may_share_memory(data, array):
            return f"it is {name}, which is compared with a copy in each call; pass it as an argument to save that"
    return "it was computed from constants"


def guard_lines(guards: Guards) -> Iterator[str]:
    """What is compared in each call."""
    yield f"{len(guards._checks):,} closures, globals, attributes and settings"
    for name, array in guards.arrays:
        yield f"{name}: {array.dtype}{list(array.shape)}, with a copy of {array.nbytes:,} bytes"


def carried_out(program: Program, layout: Layout) -> Iterator[str]:
    """How the steps are done, where that is not one by one."""
    yield from program.notes
    for step in layout.within:
        yield f"{len(step.program.steps):,} elementwise steps on {step.size:,} numbers in blocks of {step.length:,}"


def buffer_lines(program: Program, layout: Layout) -> list[str]:
    """How many results share how much memory."""
    results = [s for s in program.steps if isinstance(s, Instruction) and s.out.kind.is_array]
    anew = sum(s.out.kind.bytes for s in results)
    return [
        f"{len(layout.placed):,} results in {len(layout.buffers):,} buffers of {layout.bytes:,} bytes in all",
        f"{len(layout.delivered):,} gradients written straight to the optimiser",
        f"all results in memory of their own would take {anew:,} bytes",
    ]


__all__ = ["explained", "listed"]
