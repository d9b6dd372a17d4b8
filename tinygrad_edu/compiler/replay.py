"""A program ready to run: its function, its buffers, and what it was made for.

Each call takes a set of buffers of its own, so threads may replay one program at once; a program that
updates weights runs one call at a time.  What is shown to people is in `explain`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

import numpy as np

from ..engine import Value
from ..graph import outdated
from ..trees import is_container, leaves, rebuilt
from .blocks import with_blocks
from .buffers import layout_of
from .derivative import Derivative
from .explain import explained, listed
from .guards import Guards
from .passes import is_draw, optimised
from .program import Argument, Entered, Instruction, Live, Program, Variable, interpret
from .scalars import with_groups
from .source import Source
from .trace import Run

UPDATED = (
    "{} updated parameters after this was computed, so it cannot be differentiated from outside; "
    "call backward() inside the compiled function, or compile the loss alone"
)
DRAWN = (
    "{} drew random numbers, and would draw others to be differentiated from outside; "
    "call backward() or te.grad inside the compiled function"
)


class Replay:
    """A program, and how it is run and shown."""

    def __init__(
        self, run: Run, guards: Guards, given: Sequence[Any], compile: Callable[..., Any], threads: int = 1
    ) -> None:
        self.guards = guards
        self.tree = rebuilt(run.out, range(len(leaves(run.out))))
        self.single = not is_container(run.out) and run.out is not None
        self.first = [x._data if type(x) is Value else x for x in leaves(run.out)]
        refuse_given_gradients(run, given)
        self.program: Program = optimised(run.program())
        self.entered = [(v, source is None) for v, source in run.trace.entered.items()]
        self.strides = [(v, v._data.strides) for v in self.program.live() if v.ndim > 1]
        self.records = [v for v in run.trace.gradients if v.op is not None and v.birth < run.trace.since]
        self.carried_out = with_blocks(with_groups(self.program), threads)
        self.layout = layout_of(self.carried_out, threads)
        self.code = Source(self.carried_out, self.layout)
        self.first_gradients = run.final_gradients()
        self.lock = Lock() if self.program.updates() else None
        self.pool: list[list[np.ndarray[Any, Any]]] = []
        positions = tuple(i for i, x in enumerate(given) if type(x) is Value)
        self.given_values = bool(positions)
        pairs = zip(self.program.outputs, leaves(run.out), strict=True)
        values = [self.is_value(v, positions, type(x) is Value) for v, x in pairs]
        self.where = [i for i, is_value in enumerate(values) if is_value]  # the results that are Values
        self.passed_on = [(i, v.origin.value) for i, v in enumerate(self.program.outputs) if isinstance(v.origin, Live)]
        self.derivative = Derivative(self.part(values), positions, compile, self.refusal())

    # ---- running -----------------------------------------------------------------------------------

    def fits(self) -> bool:
        """Whether all that the program was made for is as it was."""
        for value, absent in self.entered:
            if (value._grad is None) != absent:
                return False
        if any(map(outdated, self.records)):  # differentiating it is an error
            return False
        for value, strides in self.strides:  # a reshape is a view or a copy, depending on them
            if value._data.strides != strides:
                return False
        return self.guards.hold()

    def __call__(self, arguments: Sequence[Any]) -> Any:
        """The results for these arguments."""
        data = [x._data if type(x) is Value else x for x in arguments] if self.given_values else arguments
        try:
            buffers = self.pool.pop()
        except IndexError:
            buffers = self.layout.allocate()
        try:
            if self.lock is None:
                found = self.code.function(*data, buffers)
            else:
                with self.lock:
                    found = self.code.function(*data, buffers)
        except Exception as error:
            self.blame(error, data)
            raise
        self.pool.append(buffers)
        return self.handed_out(found, arguments)

    def handed_out(self, found: Sequence[Any], arguments: Sequence[Any]) -> Any:
        """What was computed in the structure of the function's result, as Values where it had Values."""
        if self.where:
            made = self.derivative.record(tuple(found[i] for i in self.where), arguments)
            found = list(found)
            for i, value in zip(self.where, made, strict=True):
                found[i] = value
            for i, value in self.passed_on:
                found[i] = value
        return found[0] if self.single else rebuilt(self.tree, found)

    def first_results(self, arguments: Sequence[Any]) -> Any:
        """The results of the run that was traced; it leaves gradients as a replay does."""
        for value, g in self.first_gradients:
            value._grad = g if g is None else own(g._data if type(g) is Value else g)
        first, self.first, self.first_gradients = list(map(own, self.first)), [], []
        return self.handed_out(first, arguments)

    # ---- what the results are ----------------------------------------------------------------------

    def refusal(self) -> str:
        """Why the results cannot be differentiated from outside; "" if they can."""
        if self.program.updates():
            return UPDATED.format(self.program.name)
        return DRAWN.format(self.program.name) if any(is_draw(s.op) for s in self.program.instructions()) else ""

    def part(self, wanted: Sequence[bool]) -> Program:
        """The program with some of its outputs only."""
        p = self.program
        outputs = [v for v, keep in zip(p.outputs, wanted, strict=True) if keep]
        return Program(p.name, p.arguments, p.steps, outputs)

    def is_value(self, v: Variable, positions: Sequence[int], was: bool) -> bool:
        """Whether the function itself returns a Value here: some Value took part, or it was made inside."""
        if not was:
            return False
        sources, drawn = self.sources(v)
        values = [x for x in sources if isinstance(x.origin, Live | Entered)]
        given = [x.origin.position for x in sources if isinstance(x.origin, Argument)]
        return bool(values) or any(i in positions for i in given) or not (given or drawn)

    def sources(self, v: Variable) -> tuple[set[Variable], bool]:
        """The variables that a result was computed from and that are no results themselves; and if it was drawn."""
        makers = {step.out: step for step in self.program.instructions()}
        found, stack, seen, drawn = set(), [v], {v}, False
        while stack:
            v = stack.pop()
            if v.origin is not None:
                found.add(v)
            elif v in makers:
                drawn = drawn or is_draw(makers[v].op)
                fresh = [x for x in makers[v].inputs if x not in seen]
                seen.update(fresh)
                stack.extend(fresh)
        return found, drawn

    # ---- when something goes wrong -----------------------------------------------------------------

    def blame(self, error: Exception, data: Sequence[Any]) -> None:
        """Say in an error which line of the user's program it belongs to."""
        step = self.code.step_at(error.__traceback__)
        place = "" if step is None else self.program.places.of(step)
        if place:
            error.add_note(f"while replaying {self.program.name}; the line that was traced: {place}")
        if isinstance(error, FloatingPointError) and (culprit := self.first_not_finite(data)) is not None:
            place = self.program.places.of(culprit) or "line unknown"
            error.add_note(f"the first result that is not finite is that of {culprit.op.name}: {place}")

    def first_not_finite(self, data: Sequence[Any]) -> Instruction | None:
        """The first instruction whose result is infinite or nan, though its inputs were not: found by running
        the program once more, one row at a time."""
        found: list[Instruction] = []

        def watch(step: Instruction, result: Any) -> None:
            if not found and not finite(result):
                found.append(step)

        if not any(is_draw(step.op) for step in self.program.instructions()):
            with np.errstate(all="ignore"):
                interpret(self.program, data, watch=watch)
        return found[0] if found else None

    # ---- for people --------------------------------------------------------------------------------

    @property
    def source(self) -> str:
        """The program as readable Python."""
        return self.code.text.rstrip()

    def changes(self) -> list[str]:
        """What is no longer as it was when the program was made."""
        gone = [
            f"{v.label or 'a Value'} had {'no' if absent else 'a'} gradient at the start"
            for v, absent in self.entered
            if (v._grad is None) != absent
        ]
        gone += [f"{v.label or 'a Value'} lay in memory otherwise" for v, s in self.strides if v._data.strides != s]
        gone += [f"{v.label or 'a Value'} is out of date" for v in self.records if outdated(v)]
        return gone + self.guards.changes()

    def explain(self) -> str:
        """What is read live, what was frozen and why, the buffers, and what each pass left."""
        return explained(self.program, self.layout, self.guards)

    def __str__(self) -> str:
        return listed(self.program)

    def __repr__(self) -> str:
        return f"<program {self.program.name}: {len(self.program.steps)} steps>"


def own(data: Any) -> Any:
    """An array in memory of its own."""
    return data.copy("K") if isinstance(data, np.ndarray) else data


def finite(data: Any) -> bool:
    """Whether all numbers are finite."""
    parts = data if type(data) is tuple else (data,)
    return all(bool(np.all(np.isfinite(x))) for x in parts if np.result_type(x).kind in "fc")


def refuse_given_gradients(run: Run, given: Sequence[Any]) -> None:
    """Raise if the function goes backward to a Value that it was given: its `.grad` would not be left there."""
    for v, x in zip(run.arguments, given, strict=True):
        if type(x) is Value and run.trace.gradients.get(v) is not None:
            raise TypeError(
                f"backward() inside {run.name} reached an argument that is a Value, whose .grad a program does not "
                "set; pass it as an array, let the function reach the Value through a closure, or use te.value_and_grad"
            )
