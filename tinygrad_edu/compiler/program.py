"""A program as data: a straight list of instructions over the rows of the table.

An instruction applies one row to variables; an `Update` is a step of an optimiser in between.  Variables
are arguments, numbers read live from Values, constants, and results.  `interpret` runs a program on
numbers or on Values, one row at a time: what every other way of running it is held against.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from ..engine import Op, Value


class Kind(NamedTuple):
    """What a variable holds: a Python number of some type, an array, or a tuple of such."""

    type: type
    dtype: np.dtype[Any] | None = None
    shape: tuple[int, ...] = ()
    parts: tuple[Kind, ...] = ()
    order: tuple[int, ...] = ()  # its axes from the outermost in memory to the innermost; () if that is their order

    @property
    def is_array(self) -> bool:
        """Whether it is an array with at least one axis."""
        return self.type is np.ndarray

    @property
    def is_complex(self) -> bool:
        """Whether it is a complex number, or an array of such."""
        return self.type is complex or (self.dtype is not None and self.dtype.kind == "c")

    @property
    def bytes(self) -> int:
        """The memory of an array."""
        return self.dtype.itemsize * int(np.prod(self.shape)) if self.dtype is not None else 0

    def __str__(self) -> str:
        if self.parts:
            return f"({', '.join(map(str, self.parts))})"
        return f"{self.dtype}[{','.join(map(str, self.shape))}]" if self.is_array else self.type.__name__


def kind_of(data: Any) -> Kind:
    """The kind of some data.

    >>> print(kind_of(np.zeros((3, 4), np.float32)), kind_of(1.0))
    float32[3,4] float
    """
    if type(data) is tuple:
        return Kind(tuple, parts=tuple(map(kind_of, data)))
    if isinstance(data, np.ndarray):
        return Kind(np.ndarray, data.dtype, data.shape, order=order_of(data))
    return Kind(type(data))


def order_of(data: np.ndarray[Any, Any]) -> tuple[int, ...]:
    """The axes as they lie in memory: what NumPy goes by where it chooses in which order to add.

    >>> order_of(np.zeros((3, 4))), order_of(np.zeros((3, 4)).T)
    ((), (1, 0))
    """
    if data.ndim < 2 or data.flags.c_contiguous:
        return ()
    long = [i for i, n in enumerate(data.shape) if n > 1]  # the stride of any other axis says nothing
    order = list(range(data.ndim))
    for i, axis in zip(long, sorted(long, key=lambda i: -abs(data.strides[i])), strict=True):
        order[i] = axis
    return () if order == sorted(order) else tuple(order)


def empty(kind: Kind) -> np.ndarray[Any, Any]:
    """An array of a kind, laid out in memory as it says."""
    order = kind.order or tuple(range(len(kind.shape)))
    return np.empty([kind.shape[i] for i in order], kind.dtype).transpose(np.argsort(order))


# ---- variables ---------------------------------------------------------------------------------------


class Argument(NamedTuple):
    """Given by the caller."""

    position: int


class Live(NamedTuple):
    """Read from a Value when the program runs, after so many updates of it."""

    value: Value
    updates: int = 0


class Entered(NamedTuple):
    """The gradient that a Value has when the program starts."""

    value: Value


class Constant(NamedTuple):
    """Frozen as it was when the function was traced."""

    data: Any


@dataclass(slots=True, eq=False)
class Variable:
    """An input or a result of instructions.  `origin` is None for a result."""

    kind: Kind
    origin: Argument | Live | Entered | Constant | None = None
    name: str = ""

    @property
    def constant(self) -> bool:
        """Whether it is frozen."""
        return type(self.origin) is Constant

    def __repr__(self) -> str:
        return self.name or f"<{self.kind}>"


@dataclass(slots=True, eq=False)
class Instruction:
    """A row applied to variables."""

    op: Op
    inputs: tuple[Variable, ...]
    params: dict[str, Any]
    out: Variable
    birth: int = 0  # when it was traced: `Places` knows to which line of the user it belongs
    quiet: bool = False  # part of a walk, which does not warn of overflow and the like
    shares: tuple[Variable, ...] = ()  # inputs whose memory the result may look into


@dataclass(slots=True, eq=False)
class Update:
    """An effect at a point of the program: its inputs are written where it wants them, and it is applied."""

    what: Any
    inputs: tuple[Variable | None, ...]
    birth: int = 0
    quiet: bool = False


@dataclass(slots=True, eq=False)
class Stage:
    """An operation on many single numbers at once: where its operands lie, and where its results go."""

    op: Op | None  # None for sums of several terms, one below the other in the index
    operands: list[Any]  # slices, arrays of places, or whole numbers
    params: dict[str, Any]
    start: int
    stop: int


@dataclass(slots=True, eq=False)
class Groups:
    """Operations on single numbers, carried out stage by stage in one array; see `scalars`."""

    inputs: tuple[Variable, ...]
    given: list[Variable]  # what comes first in the array …
    constants: np.ndarray[Any, Any]  # … and second
    place: dict[Variable, int]  # where each number lies
    stages: list[Stage]
    size: int = 0
    birth: int = 0
    quiet: bool = False


@dataclass(slots=True, eq=False)
class Blocked:
    """Elementwise instructions on large arrays, carried out block by block; see `blocks`."""

    inputs: tuple[Variable, ...]
    outs: list[Variable]  # what is needed outside
    program: Program
    flat: bool  # whether all arrays have one shape, and so are cut as if they had one axis; else along the first
    size: int  # the length of the axis that is cut
    length: int  # that of a block
    birth: int = 0
    quiet: bool = False


Step = Instruction | Update | Groups | Blocked


class Places:
    """Which line of the user's program a step belongs to."""

    def __init__(self, line: Callable[[int], str], origins: Sequence[tuple[int, int]]) -> None:
        self.line, self.origins = line, origins
        self.births = [birth for birth, _ in origins]

    def of(self, step: Step) -> str:
        """`model.py:12: h = np.tanh(x @ w)`, or `gradient of …` that line; "" if it is not known."""
        if not step.quiet:
            return self.line(step.birth)
        i = bisect_right(self.births, step.birth) - 1
        line = self.line(self.origins[i][1]) if i >= 0 else ""
        return line and f"gradient of {line}"


NOWHERE = Places(lambda _: "", ())


@dataclass(eq=False)
class Program:
    """What a traced function does, and what comes out of it."""

    name: str
    arguments: list[Variable]
    steps: list[Step]
    outputs: list[Variable]
    gradients: list[tuple[Value, Variable | None]] = field(default_factory=list)  # what `.grad` is left as
    counts: list[tuple[str, int]] = field(default_factory=list)  # after each pass, how many instructions
    places: Places = NOWHERE
    notes: list[str] = field(default_factory=list)  # what was decided about it, for people

    def instructions(self) -> Iterator[Instruction]:
        """The instructions in order, without updates."""
        return (step for step in self.steps if type(step) is Instruction)

    def updates(self) -> list[Update]:
        """The updates in order."""
        return [step for step in self.steps if type(step) is Update]

    def wanted(self) -> Iterator[Variable]:
        """The variables that outlive the program."""
        yield from self.outputs
        yield from (v for _, v in self.gradients if v is not None)

    def variables(self) -> dict[Variable, None]:
        """Every variable in order of appearance, each once."""
        seen: dict[Variable, None] = dict.fromkeys(self.arguments)
        for step in self.steps:
            seen.update(dict.fromkeys(x for x in step.inputs if x is not None))
            if type(step) is Instruction:
                seen[step.out] = None
        seen.update(dict.fromkeys(self.wanted()))
        return seen

    def live(self) -> list[Value]:
        """The Values that are read when the program runs, each once."""
        found = (v.origin.value for v in self.variables() if isinstance(v.origin, Live))
        return list(dict.fromkeys(found))

    def with_steps(self, steps: Iterable[Step], new: dict[Variable, Variable] | None = None) -> Program:
        """The program with other steps, and some variables replaced by others everywhere."""
        steps, final = list(steps), resolved(new or {})
        if not final:
            return replace(self, steps=steps)

        def now(v: Any) -> Any:
            return final.get(v, v)

        for step in steps:
            step.inputs = tuple(map(now, step.inputs))
            if type(step) is Instruction:
                step.shares = tuple(map(now, step.shares))
        outputs = [now(v) for v in self.outputs]
        gradients = [(value, now(v)) for value, v in self.gradients]
        return replace(self, steps=steps, outputs=outputs, gradients=gradients)


def resolved(new: dict[Variable, Variable]) -> dict[Variable, Variable]:
    """Replacements followed to their end: if a becomes b and b becomes c, a becomes c."""
    final = {}
    for old, to in new.items():
        while to in new:
            to = new[to]
        final[old] = to
    return final


# ---- running a program plainly -----------------------------------------------------------------------


def interpret(
    program: Program,
    arguments: Sequence[Any],
    live: Callable[[Live], Any] = lambda origin: origin.value._data,
    watch: Callable[[Instruction, Any], None] | None = None,
) -> list[Any]:
    """The outputs of a program, one row at a time; updates are left out.

    On Values it is recorded, so it can be differentiated.  `live` tells what is read from a Value, and
    `watch` sees each result."""
    known: dict[Variable, Any] = dict(zip(program.arguments, arguments, strict=True))

    def data_of(v: Variable) -> Any:
        if v.origin is None or v in known:
            return known[v]
        if isinstance(v.origin, Live):
            return live(v.origin)
        return v.origin.data if isinstance(v.origin, Constant) else v.origin.value._grad  # type: ignore[union-attr]

    for step in program.instructions():
        with np.errstate(all="ignore" if step.quiet else None):
            known[step.out] = step.op(*map(data_of, step.inputs), **step.params)
        if watch is not None:
            watch(step, known[step.out])
    return [data_of(v) for v in program.outputs]
