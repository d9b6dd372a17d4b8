"""Where results are written: buffers that are used again as soon as nobody needs what is in them.

A result gets a buffer if its row can write into one and it does not outlive the program.  An elementwise
row writes over an input that nobody reads later; gradients go straight to where an optimiser wants them.
Results that may look into one another's memory live as long as the last of them is read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .program import Blocked, Groups, Instruction, Kind, Program, Step, Variable, empty


@dataclass(eq=False)
class Layout:
    """Which result is written where."""

    buffers: list[Kind] = field(default_factory=list)
    placed: dict[Variable | Groups, int] = field(default_factory=dict)  # result -> number of its buffer
    delivered: dict[Variable, Any] = field(default_factory=dict)  # gradient -> the array of an optimiser
    within: dict[Blocked, tuple[Layout, list[list[int]]]] = field(default_factory=dict)
    """Steps done in blocks -> how one block is laid out, and the numbers of its buffers for each thread."""

    @property
    def bytes(self) -> int:
        """The memory of the buffers."""
        return sum(kind.bytes for kind in self.buffers)

    def allocate(self) -> list[np.ndarray[Any, Any]]:
        """A new set of buffers, for one call at a time."""
        return list(map(empty, self.buffers))


class Lifetimes:
    """Until when each result is needed, by the number of the step that last reads it."""

    def __init__(self, program: Program) -> None:
        self.looks_into: dict[Variable, frozenset[Variable]] = {}
        self.last: dict[Variable, float] = {}
        for i, step in enumerate(program.steps):
            for x in step.inputs:
                if x is not None:
                    self.read(x, i)
            if isinstance(step, Blocked):
                for out in step.outs:
                    self.read(out, i)
            if isinstance(step, Instruction):
                below = frozenset().union(*(self.storage(x) for x in step.shares))
                self.looks_into[step.out] = below or frozenset((step.out,))
                self.read(step.out, i)
        for v in program.wanted():
            self.read(v, float("inf"))

    def storage(self, v: Variable) -> frozenset[Variable]:
        """The results in whose memory a variable may lie: itself, or what it is a view of."""
        return self.looks_into.get(v) or frozenset((v,))

    def read(self, v: Variable, i: float) -> None:
        """Note that step `i` reads it."""
        for owner in self.storage(v):
            self.last[owner] = max(i, self.last.get(owner, -1.0))


def layout_of(program: Program, threads: int = 1) -> Layout:
    """A buffer for each result that can have one, as few as the lifetimes allow."""
    layout = Layout()
    for step in program.steps:
        if isinstance(step, Groups):
            layout.buffers.append(Kind(np.ndarray, np.dtype(float), (step.size,)))
            layout.placed[step] = len(layout.buffers) - 1
        elif isinstance(step, Blocked):
            add_block(step, layout, threads)
    if not layout.within and not any(map(writes, program.instructions())):
        return layout
    lifetimes = Lifetimes(program)
    layout.delivered = deliveries(program)
    free: dict[Kind, list[int]] = defaultdict(list)
    ending: dict[float, list[Variable]] = defaultdict(list)
    for i, step in enumerate(program.steps):
        for out in written_by(step):
            if (last := lifetimes.last[out]) < float("inf") and out not in layout.delivered:
                layout.placed[out] = place(step, out, i, layout, lifetimes, free)
                ending[last].append(out)
        for v in ending.pop(i, ()):
            if lifetimes.last[v] == i:
                free[layout.buffers[layout.placed[v]]].append(layout.placed[v])
    return layout


def add_block(step: Blocked, layout: Layout, threads: int) -> None:
    """Lay out one block of a step, and add buffers for it: a set for each thread."""
    inner = layout_of(step.program)
    numbers = []
    for _ in range(threads):
        first = len(layout.buffers)
        layout.buffers += [
            kind._replace(shape=(step.length, *(() if step.flat else kind.shape[1:]))) for kind in inner.buffers
        ]
        numbers.append(list(range(first, len(layout.buffers))))
    layout.within[step] = inner, numbers


def written_by(step: Step) -> list[Variable]:
    """The results of a step that can be written into arrays that it is given."""
    if isinstance(step, Blocked):
        return step.outs
    return [step.out] if isinstance(step, Instruction) and writes(step) else []


def writes(step: Instruction) -> bool:
    """Whether a step can write its result into an array that it is given."""
    return step.op.into is not None and step.out.kind.is_array and not step.shares and 0 not in step.out.kind.shape


def place(step: Step, out: Variable, i: int, layout: Layout, lifetimes: Lifetimes, free: dict[Kind, list[int]]) -> int:
    """The buffer for a result of step `i`: that of a dying input, or a free one, or a new one."""
    kind = out.kind
    if isinstance(step, Instruction) and step.op.broadcasts and not kind.is_complex:
        # NumPy multiplies single complex numbers with another rounding if it writes over a factor.
        for x in step.inputs:
            if x.kind == kind and x in layout.placed and lifetimes.last[x] == i:
                number = layout.placed[x]
                lifetimes.last[x] = -1.0  # handed on: its end frees nothing
                return number
    if free[kind]:
        return free[kind].pop()
    layout.buffers.append(kind)
    return len(layout.buffers) - 1


def deliveries(program: Program) -> dict[Variable, Any]:
    """The gradients that can be written straight to the optimiser that takes them.

    Each is taken by one optimiser, once, and is nothing else that outlives the program but a `.grad`."""
    taken = Counter(x for update in program.updates() for x in update.inputs if x is not None)
    taken.update(program.outputs)
    makers = {step.out: step for step in program.instructions()}
    found: dict[Variable, Any] = {}
    for update in program.updates():
        for x, array in zip(update.inputs, update.what.views, strict=True):
            if x is None or taken[x] != 1 or x not in makers or not writes(makers[x]):
                continue
            if x.kind == Kind(np.ndarray, array.dtype, array.shape):
                found[x] = array
    return found


__all__ = ["Layout", "layout_of"]
