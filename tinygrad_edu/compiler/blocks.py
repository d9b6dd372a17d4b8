"""Elementwise operations on large arrays, done block by block: each block stays in the cache until it is done.

A run of elementwise instructions with results of one shape becomes one `Blocked` step.  On a million numbers
each instruction on its own would read and write main memory; on a few thousand, the cache.  The same
functions are called on slices, so every number is computed as before.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from .passes import must_happen
from .program import Blocked, Instruction, Program, Step, Variable

LARGE = 1 << 18
"""Arrays of fewer elements stay whole: they are in the cache anyway."""

LEAST = 3
"""How many instructions make a block worth while."""

BLOCK = 1 << 17
"""The bytes of each array that a block has, and twice as many with several threads.  Measured: smaller blocks are more
calls, for each of which a thread gives up Python's lock and waits for it again, and larger ones leave the cache."""


@dataclass(eq=False)
class Region:
    """Instructions on arrays of one shape, and the steps around them, while they are collected."""

    shape: tuple[int, ...]
    before: list[Step] = field(default_factory=list)
    inside: list[Instruction] = field(default_factory=list)
    later: list[Step] = field(default_factory=list)
    made: set[Variable] = field(default_factory=set)
    made_later: set[Variable] = field(default_factory=set)

    def add(self, step: Instruction) -> None:
        """Sort a step in: before the region if it can be, inside if it is of its kind, else after it."""
        if self.made_later.isdisjoint(step.inputs) and is_elementwise(step) and step.out.kind.shape == self.shape:
            self.inside.append(step)
            self.made.add(step.out)
        elif self.made_later.isdisjoint(step.inputs) and self.made.isdisjoint(step.inputs):
            self.before.append(step)
        else:
            self.later.append(step)
            self.made_later.add(step.out)


def with_blocks(program: Program, threads: int = 1) -> Program:
    """The program with its runs of elementwise instructions on large arrays in blocks."""
    uses: dict[Variable, int] = {}
    for step in program.steps:
        for x in step.inputs:
            if x is not None:
                uses[x] = uses.get(x, 0) + 1
    for v in program.wanted():
        uses[v] = uses.get(v, 0) + 1
    return program.with_steps(arranged(program.steps, uses, BLOCK if threads == 1 else 2 * BLOCK))


def arranged(steps: Iterable[Step], uses: dict[Variable, int], bytes: int) -> list[Step]:
    """The steps with each region as one, in an order that leaves every step after what it needs."""
    done: list[Step] = []
    region: Region | None = None
    for step in steps:
        barrier = not isinstance(step, Instruction) or must_happen(step)
        if barrier or region is None:
            if barrier and region is not None:
                done += finished(region, uses, bytes)
                region = None
            if not barrier and is_elementwise(step) and math.prod(step.out.kind.shape) >= LARGE:  # type: ignore[arg-type, union-attr]
                region = Region(step.out.kind.shape)  # type: ignore[union-attr]
                region.add(step)  # type: ignore[arg-type]
            else:
                done.append(step)
        else:
            region.add(step)  # type: ignore[arg-type]
    return done + (finished(region, uses, bytes) if region is not None else [])


def finished(region: Region, uses: dict[Variable, int], bytes: int) -> list[Step]:
    """The steps of a region in order; what comes later may hold further regions."""
    inside: list[Step] = [*region.inside] if len(region.inside) < LEAST else [blocked(region, uses, bytes)]
    return [*region.before, *inside, *arranged(region.later, uses, bytes)]


def is_elementwise(step: Instruction) -> bool:
    """Whether a step acts on each element alone, and has an array to be cut along its first axis."""
    kind = step.out.kind
    return step.op.broadcasts and kind.is_array and not kind.order and not step.shares


def blocked(region: Region, uses: dict[Variable, int], bytes: int) -> Blocked:
    """The instructions of a region as one step, in blocks of about so many bytes of each array."""
    inside, within = region.inside, dict[Variable, int]()
    for step in inside:
        for x in step.inputs:
            within[x] = within.get(x, 0) + 1
    made = {step.out for step in inside}
    inputs = tuple(x for x in within if x not in made)
    outs = [step.out for step in inside if uses.get(step.out, 0) > within.get(step.out, 0)]
    program = Program("block", list(inputs), list(inside), outs)
    flat = all(x.kind.shape == region.shape for step in inside for x in step.inputs if x.kind.is_array)
    size = math.prod(region.shape) if flat else region.shape[0]
    length = max(1, bytes * size // inside[0].out.kind.bytes)
    return Blocked(inputs, outs, program, flat, size, length)


def is_cut(x: Variable, step: Blocked) -> bool:
    """Whether a block sees its stretch of an array; of one that is stretched by broadcasting it sees the whole."""
    whole = step.outs[0].kind.shape
    return x.kind.is_array and len(x.kind.shape) == len(whole) and x.kind.shape[0] == whole[0]
