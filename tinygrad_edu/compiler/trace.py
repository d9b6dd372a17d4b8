"""From one run of a function to its program: the record is walked once, oldest first.

The arguments become fresh leaves, so all that depends on them is recorded, the walks of transforms and
of `backward` included.  What the function reads but was not given is read live if it is a Value, and a
constant otherwise.  Nothing is made faster here; see `passes`.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from operator import attrgetter
from typing import Any

import numpy as np

from ..custom import fresh
from ..engine import Op, Value
from ..lines import located
from ..notation import OPS
from ..ops.random import DRAWS
from ..tracing import Effect, Trace, traced
from ..trees import leaves
from .program import (
    Argument,
    Constant,
    Entered,
    Instruction,
    Kind,
    Live,
    Places,
    Program,
    Step,
    Update,
    Variable,
    kind_of,
)
from .watch import Watch

FLOAT = Kind(float)
NOTHING: dict[str, Any] = {}  # settings of operations that have none


class Run:
    """A function run once while it is traced."""

    def __init__(self, f: Callable[..., Any], data: Sequence[Any], call: Callable[[Sequence[Any]], Any]) -> None:
        self.trace = Trace(fresh)
        self.arguments = [fresh(x) for x in data]
        self.lines = located() if sys.gettrace() is None else None  # a debugger keeps its place
        self.watch = Watch()
        with traced(self.trace), self.lines or nullcontext(), self.watch:
            self.out = call(self.arguments)
        self.name = getattr(f, "__name__", type(f).__name__)
        self.updated = {v for effect in self.trace.effects for v in effect.updated}
        self.sources = {*self.arguments, *(s for s in self.trace.entered.values() if s is not None)}

    # ---- what belongs to the program ---------------------------------------------------------------

    def final_gradients(self) -> list[tuple[Value, Any]]:
        """What the function leaves in `.grad` of Values that it was not given and did not make."""
        return [
            (v, g) for v, g in self.trace.gradients.items() if self.is_live(v) and g is not self.trace.entered.get(v)
        ]

    def is_live(self, v: Value) -> bool:
        """Whether a Value was there before: it is read when the program runs."""
        return (v.birth < self.trace.since or v in self.updated) and v not in self.sources

    def ancestry(self, roots: Sequence[Any]) -> list[Value]:
        """The results that led to the roots and were made in this run."""
        seen: set[Value] = set()
        stack = [v for v in roots if type(v) is Value]
        while stack:
            v = stack.pop()
            if v in seen or v.op is None or v in self.sources or self.is_live(v):
                continue
            seen.add(v)
            stack += [x for x in v.inputs if type(x) is Value]
        return list(seen)

    # ---- the program -------------------------------------------------------------------------------

    def program(self) -> Program:
        """The program of this run, just as it was recorded."""
        writer = Writer(self)
        effects = self.trace.effects
        gradients = self.final_gradients()
        outputs = leaves(self.out)
        roots = [*outputs, *(g for _, g in gradients), *(x for e in effects for x in e.inputs), *self.trace.kept]
        steps: list[Value | Effect] = [*self.ancestry(roots), *effects]
        for what in sorted(steps, key=attrgetter("birth")):
            writer.add(what)
        ends = [writer.variable(x, writer.last) for x in outputs]
        left = [(v, writer.variable(g, writer.last)) for v, g in gradients]
        arguments = [writer.variable(v, 0) for v in self.arguments]
        # The lines alone: a program must not keep the run, with all that was computed in it.
        places = Places(no_line if self.lines is None else self.lines.at, self.trace.origins)
        return Program(self.name, arguments, writer.steps, ends, left, [("recorded", len(writer.steps))], places)

    def line(self, birth: int) -> str:
        """The user's line at a birth."""
        return "" if self.lines is None else self.lines.at(birth)


class Writer:
    """Writes the steps of a run."""

    def __init__(self, run: Run) -> None:
        self.run, self.trace = run, run.trace
        self.steps: list[Step] = []
        self.known: dict[Any, Variable] = {}
        self.effects = [effect.birth for effect in run.trace.effects]
        self.last = len(self.effects)
        self.quiet = list(merged(self.trace.quiet))
        self.positions = {v: i for i, v in enumerate(run.arguments)}
        self.entered = {s: v for v, s in run.trace.entered.items() if s is not None}

    def add(self, what: Value | Effect) -> None:
        """The step of a result, or of an effect."""
        birth = what.birth
        after = bisect_right(self.effects, birth - 1) if self.effects else 0
        known = self.known
        inputs = tuple([(known.get(x) if type(x) is Value else None) or self.variable(x, after) for x in what.inputs])
        if isinstance(what, Effect):
            self.steps.append(Update(what.what, inputs, birth))
            return
        assert what.op is not None
        if any(map(changeable, inputs)):
            self.refuse_changed(what)
        if what.op.composite:
            self.take_apart(what, inputs)
        else:
            self.add_result(what, inputs, birth)

    def add_result(self, what: Value, inputs: Sequence[Variable], birth: int) -> None:
        """The instruction of a result; its place is that of what was computed at that birth."""
        assert what.op is not None
        data = what._data
        out = self.known[what] = Variable(FLOAT if type(data) is float else kind_of(data))
        shares: tuple[Any, ...] = ()
        if type(data) is not float:
            given = [(v, data_of(x)) for v, x in zip(inputs, what.inputs, strict=True)]
            within = holds_array if may_pass_on(what.op) and holds_array(data) else partial(looks_into, data)
            shares = tuple(v for v, x in given if within(x))
        quiet = bisect_right(self.quiet, birth) % 2 == 1 or self.run.watch.silent(birth)  # in a walk, or asked for
        self.steps.append(Instruction(what.op, tuple(inputs), what.params or NOTHING, out, birth, quiet, shares))

    def take_apart(self, what: Value, inputs: Sequence[Variable]) -> None:
        """The steps of an operation that is written with others: it is recorded once more, for its parts."""
        assert what.op is not None
        stand_ins = [fresh(x._data) if type(x) is Value else x for x in what.inputs]
        with traced(None), np.errstate(all="ignore"):
            out = what.op.forward(*stand_ins, **(what.params or NOTHING))
        parts = sorted(self.run.ancestry([out]), key=attrgetter("birth"))
        if not parts or any(part.ndim == 0 for part in parts[:-1]):
            # A number on the way has the precision of its dtype on plain data, and a float's in a program.
            self.add_result(what, inputs, what.birth)
            return
        self.known.update((s, v) for s, v in zip(stand_ins, inputs, strict=True) if type(s) is Value)
        for part in parts:
            self.add_result(part, [self.variable(x, 0) for x in part.inputs], what.birth)
        self.known[what] = self.known[out]

    def refuse_changed(self, what: Value) -> None:
        """Raise if a constant array was changed in place after this result was computed from it."""
        if what.op.name in DRAWS | {"checked"}:  # type: ignore[union-attr]
            return
        with np.errstate(all="ignore"), traced(None):
            again = what.op.settled(what.op.forward(*map(data_of, what.inputs), **(what.params or NOTHING)), ())  # type: ignore[union-attr]
        if not same_numbers(again, what._data):
            raise TypeError(
                f"{self.run.name} changed an array in place after it was used, and a program would use what it became; "
                f"make a new array or a copy for each use. It was used in {self.run.line(what.birth) or what.op!r}"
            )

    def variable(self, x: Any, after: int) -> Any:
        """The variable of an input, read after so many effects; None for nothing."""
        if x is None:
            return None
        if type(x) is not Value:
            same: Any = (type(x), repr(x)) if isinstance(x, float | int | complex) else id(x)
            return self.known.setdefault(same, Variable(kind_of(x), Constant(x)))
        if (known := self.known.get(x)) is not None:
            return known
        origin, key = None, x  # type: Any, Any
        if x in self.positions:
            origin = Argument(self.positions[x])
        elif x in self.entered:
            origin = Entered(self.entered[x])
        elif self.run.is_live(x):
            updates = sum(x in effect.updated for effect in self.trace.effects[:after])
            origin, key = Live(x, updates), (x, updates)
        else:
            origin = Constant(x._data)  # a leaf made in the function
        if (known := self.known.get(key)) is None:
            known = self.known[key] = Variable(kind_of(x._data), origin)
        return known


def no_line(_: int) -> str:
    """What is known of a line if nobody followed."""
    return ""


def merged(spans: Sequence[tuple[int, int]]) -> Iterator[int]:
    """Where spans that may lie in one another start and stop, in order: start, stop, start, stop."""
    stop = 0
    for start, end in sorted(spans):
        if start > stop:
            if stop:
                yield stop
            yield start
        stop = max(stop, end)
    if stop:
        yield stop


def changeable(v: Variable) -> bool:
    """Whether a variable is a constant that can be changed in place."""
    return type(v.origin) is Constant and isinstance(v.origin.data, np.ndarray) and v.origin.data.flags.writeable


def same_numbers(a: Any, b: Any) -> bool:
    """Whether two results are the same; several parts one by one."""
    if type(a) is tuple:
        return len(a) == len(b) and all(map(same_numbers, a, b))
    return np.array_equal(a, b, equal_nan=np.result_type(a).kind in "fc")


def data_of(x: Any) -> Any:
    """The data of a Value, or `x` itself."""
    return x._data if type(x) is Value else x


def may_pass_on(op: Op) -> bool:
    """Whether an operation may give an input itself, or a view of it, for some numbers and not for others."""
    return op.name == "unmasked" or OPS.get(op.name) is not op  # nobody knows of operations that are not in the table


def holds_array(data: Any) -> bool:
    """Whether there is an array among some data."""
    return next(arrays_in(data), None) is not None


def looks_into(result: Any, data: Any) -> bool:
    """Whether a result may lie in the memory of an input."""
    return any(np.may_share_memory(a, b) for a in arrays_in(result) for b in arrays_in(data))


def arrays_in(data: Any) -> Iterator[Any]:
    """The arrays among some data."""
    if isinstance(data, np.ndarray):
        yield data
    elif type(data) is tuple:
        for part in data:
            yield from arrays_in(part)
