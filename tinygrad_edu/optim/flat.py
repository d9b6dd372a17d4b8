"""Parameters of one dtype laid end to end in a single array, so that a step is a few NumPy calls.

Every parameter's array becomes a view of its stretch of that array; a number is copied in and out.
What an optimiser remembers of each weight lies in arrays of the same layout.  How weights change is
not decided here, but by each optimiser's `update`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..births import new_birth
from ..engine import Value

Array = np.ndarray[Any, Any]
Update = Callable[[Array, Array, list[Array], Array, int], None]

BLOCK = 1 << 15
"""How many weights are updated at a time: few enough that all their arrays stay in the cache."""


@dataclass(slots=True, eq=False)
class Slot:
    """The stretch of the flat array that one parameter has, from `start` to `stop`."""

    parameter: Value
    name: str  # for messages
    shape: tuple[int, ...]
    start: int
    stop: int
    steps: int = 0  # how often it was updated: steps without a gradient do not count
    view: Array | None = None  # the stretch in the parameter's shape; None for a number


@dataclass(slots=True, eq=False)
class Run:
    """Neighbouring parameters that have gradients and were updated equally often, to be updated as one."""

    slots: list[Slot]
    gradient: Array = field(default_factory=lambda: np.empty(0))

    @property
    def span(self) -> slice:
        """Where it lies in the flat array."""
        return slice(self.slots[0].start, self.slots[-1].stop)

    def uneven(self) -> bool:
        """Whether its parameters were not updated equally often."""
        return any(slot.steps != self.slots[0].steps for slot in self.slots)


class Flat:
    """The parameters of one dtype, and `len(keeps)` more numbers for each weight, 0 at first."""

    def __init__(self, named: Sequence[tuple[str, Value]], keeps: Sequence[str]) -> None:
        self.slots: list[Slot] = []
        stop = 0
        for name, p in named:
            start, stop = stop, stop + p.size
            self.slots.append(Slot(p, name, p.shape, start, stop))
        dtype = named[0][1].dtype
        self.weights = np.empty(stop, dtype)
        self.gradients = np.empty(stop, dtype)  # memory is taken only where runs are joined
        self.kept = {name: np.zeros(stop, dtype) for name in keeps}
        self.work = np.empty((2, min(stop, BLOCK)), dtype)
        for slot in self.slots:
            if slot.shape:
                slot.view = self.weights[slot.start : slot.stop].reshape(slot.shape)
        self.adopt()

    def adopt(self) -> None:
        """Take over the parameters' present numbers, whoever set them, and make the arrays views of ours."""
        for slot in self.slots:
            data = slot.parameter._data
            if slot.view is None:
                self.weights[slot.start] = data
            elif data is not slot.view:
                slot.view[...] = data
                slot.parameter._data = slot.view

    def runs(self) -> list[Run]:
        """The parameters that have gradients, in as few stretches as their neighbourhood allows.

        One without a gradient is skipped truly: it ends a run, so neither its weights nor what is kept
        of them are touched.  So does one that was skipped before, since its own count of steps lags.
        A parameter larger than a block stays alone, and its gradient need not be copied."""
        runs: list[Run] = []
        last, room = None, 0  # the last parameter of the last run, and what still fits into that run
        for slot in self.slots:
            g = slot.parameter.grad
            if g is None:
                continue
            if type(g) is not np.ndarray or g.shape != slot.shape or g.dtype != self.weights.dtype:
                check_gradient(slot)
            size = slot.stop - slot.start
            if last and last.stop == slot.start and last.steps == slot.steps and size <= room:
                runs[-1].slots.append(slot)
                room -= size
            else:
                runs.append(Run([slot]))
                room = BLOCK - size
            last = slot
        for run in runs:
            self.gather(run)
        return runs

    def gather(self, run: Run) -> None:
        """Lay the gradients of a run end to end, and make sure that they are finite."""
        if len(run.slots) == 1:
            run.gradient = np.asarray(run.slots[0].parameter.grad, self.weights.dtype).reshape(-1)
        else:
            run.gradient = self.gradients[run.span]
            parts = [slot.parameter.grad for slot in run.slots]
            np.concatenate(parts, axis=None, out=run.gradient)
        self.require_finite(run)

    def require_finite(self, run: Run) -> None:
        """Raise FloatingPointError unless all gradients of a run are finite."""
        if all_finite(run.gradient):
            return
        first = run.span.start
        culprit = next(s for s in run.slots if not all_finite(run.gradient[s.start - first : s.stop - first]))
        raise FloatingPointError(
            f"the gradient of {culprit.name} is not finite; no parameter was changed. "
            "A smaller learning rate, clip_gradients or an earlier look at the loss may help"
        )

    def apply(self, run: Run, update: Update) -> None:
        """Update the weights of a run, block by block, and hand them back to their parameters."""
        count = run.slots[0].steps + 1
        span = run.span
        for start in range(span.start, span.stop, BLOCK):
            stop = min(start + BLOCK, span.stop)
            kept = [array[start:stop] for array in self.kept.values()]
            gradient = run.gradient[start - span.start : stop - span.start]
            update(self.weights[start:stop], gradient, kept, self.work[:, : stop - start], count)
        for slot in run.slots:
            slot.steps = count
            if slot.view is None:
                slot.parameter._data = self.weights.item(slot.start)
            slot.parameter.birth = new_birth()  # a record that used the old numbers is refused from now on


class Plan:
    """A step of an optimiser whose gradients come from the same parameters each time.

    It has memory for the gradients, laid out as the weights are: whoever computes them writes them into
    `views`, one array a parameter and None where there is no gradient, and calls `apply`."""

    def __init__(self, flats: Sequence[Flat], parameters: Sequence[Value], check: Callable[[], None], update: Update):
        self.parameters, self.check, self.update = parameters, check, update
        self.flats = flats
        self.memory = {id(flat): np.zeros_like(flat.weights) for flat in flats}
        found: dict[Value, Array] = {}
        for flat in flats:
            memory = self.memory[id(flat)]
            found.update((s.parameter, memory[s.start : s.stop].reshape(s.shape)) for s in flat.slots)
        self.views = [found[p] for p in parameters]
        self.present: set[Value] = set()
        self.planned: list[tuple[Flat, list[Run]]] = []

    def write(self, gradients: Sequence[Any]) -> None:
        """Take over the gradients of a first step; None says that there never is one."""
        self.present = {p for p, g in zip(self.parameters, gradients, strict=True) if g is not None}
        for view, g in zip(self.views, gradients, strict=True):
            if g is not None:
                view[...] = g
        self.planned = [(flat, list(self.runs(flat, self.memory[id(flat)]))) for flat in self.flats]

    def fill(self, gradients: Sequence[float]) -> None:
        """Take over gradients that are single numbers, of those parameters that have one."""
        following = iter(gradients)
        for p, view in zip(self.parameters, self.views, strict=True):
            if p in self.present:
                view[...] = next(following)

    def apply(self) -> None:
        """Update the parameters by the gradients that lie in `views`.  Raises as `Optimizer.step` does."""
        self.check()
        for flat, runs in self.planned:
            if any(run.uneven() for run in runs):  # somebody else updated some of the parameters
                runs[:] = self.runs(flat, self.memory[id(flat)])
            for run in runs:
                flat.require_finite(run)
        for flat, runs in self.planned:
            flat.adopt()
            for run in runs:
                flat.apply(run, self.update)

    def runs(self, flat: Flat, memory: Array) -> Iterator[Run]:
        """The stretches to be updated as one; nothing need be copied, so a run has no largest size."""
        slots: list[Slot] = []
        for slot in flat.slots:
            present = slot.parameter in self.present
            if slots and (not present or slots[-1].steps != slot.steps):
                yield Run(slots, memory[slots[0].start : slots[-1].stop])
                slots = []
            if present:
                slots.append(slot)
        if slots:
            yield Run(slots, memory[slots[0].start : slots[-1].stop])


def all_finite(x: Array) -> bool:
    """Whether every element is finite: if the sum of squares is, it takes one pass and no memory."""
    flat = x.reshape(-1)
    return math.isfinite(np.vdot(flat, flat)) or bool(np.isfinite(flat).all())


def check_gradient(slot: Slot) -> None:
    """Raise unless the gradient has the parameter's shape and is real: it may have been set by hand."""
    g = slot.parameter.grad
    if not isinstance(g, np.ndarray | np.number | float | int):
        raise TypeError(f"the gradient of {slot.name} is a {type(g).__name__}; a number or an array is needed")
    if np.shape(g) != slot.shape:
        raise ValueError(f"the gradient of {slot.name} has shape {np.shape(g)}; the shapes must agree")
    if np.iscomplexobj(g):
        raise TypeError(f"the gradient of {slot.name} is complex; a real one is needed")


def parameter_list(parameters: Iterable[Value]) -> list[Value]:
    """The parameters, each once, checked.

    Raises TypeError or ValueError, with what to pass instead, for anything but leaf Values."""
    if isinstance(parameters, Value):
        raise TypeError("a list of parameters is needed; put this Value in one: [value]")
    if not isinstance(parameters, Iterable) or isinstance(parameters, dict | str):
        raise TypeError(f"a list of parameters is needed, not a {type(parameters).__name__}; pass model.parameters()")
    found: dict[int, Value] = {}
    for i, p in enumerate(parameters):
        if type(p) is not Value:
            raise TypeError(
                f"parameter {i} is a {type(p).__name__}, not a Value, and a plain number is a constant; "
                "pass model.parameters(), or make it learnable with Value(...)"
            )
        if p.op is not None:
            raise TypeError(
                f"parameter {i} is the result of {p.op.name}, computed anew each time; "
                "pass the Values that it was computed from"
            )
        if not isinstance(p._data, float | np.ndarray):
            raise TypeError(f"parameter {i} holds a {type(p._data).__name__}; NumPy arrays and floats are updated here")
        found[id(p)] = p
    if not found:
        raise ValueError("there are no parameters; pass model.parameters() of a model that has some not frozen")
    return list(found.values())
