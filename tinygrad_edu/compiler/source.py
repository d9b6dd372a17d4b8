"""A program as a Python function that a person can read and a debugger can step through.

One line an instruction: `v3 = add(v2, b, out=b0)`.  The text is registered, so tracebacks show its lines;
`Source.place_of` tells which line of the user's program an error belongs to.  What each line does was
settled before; nothing is decided here but how it is spelled.
"""

from __future__ import annotations

import keyword
import linecache
import math
import operator
import unicodedata
import weakref
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from itertools import count
from types import CodeType, TracebackType
from typing import Any

import numpy as np

from ..engine import Lent, Op, Value
from ..notation import OPS
from .blocks import is_cut
from .buffers import Layout
from .program import Blocked, Constant, Entered, Groups, Instruction, Live, Program, Stage, Step, Update, Variable

next_number = count(1).__next__

INFIX: dict[Any, str] = {
    operator.add: "+",
    operator.sub: "-",
    operator.mul: "*",
    operator.gt: ">",
    operator.ge: ">=",
    operator.lt: "<",
    operator.le: "<=",
    operator.eq: "==",
    operator.ne: "!=",
}
"""Functions of floats whose Python operator already gives IEEE's answer."""

NUMBERS = (float, int)


class Names:
    """A name for each thing that a program mentions, and what the names mean."""

    def __init__(self) -> None:
        self.taken: set[str] = {*keyword.kwlist, "buffers", "float", "bool", "int", "complex"}
        self.uses: Counter[str] = Counter()
        self.meaning: dict[str, Any] = {}
        self.bound: dict[int, str] = {}

    def new(self, wish: str) -> str:
        """A name like the one wished for that nothing has yet."""
        wish = unicodedata.normalize("NFKC", wish)  # as Python reads names
        wish = "".join(c if f"_{c}".isidentifier() else "_" for c in wish) or "v"
        wish = wish if wish.isidentifier() else f"_{wish}"
        name = wish
        while name in self.taken:
            self.uses[wish] += 1
            name = f"{wish}{'_' * wish[-1].isdigit()}{self.uses[wish]}"
        self.taken.add(name)
        return name

    def bind(self, wish: str, thing: Any) -> str:
        """The name under which the program finds a thing of ours."""
        if (name := self.bound.get(id(thing))) is None:
            name = self.bound[id(thing)] = self.new(wish)
            self.meaning[name] = thing
        return name


class Source:
    """The text of a program, the function that it defines, and the instruction of each line."""

    def __init__(self, program: Program, layout: Layout) -> None:
        self.program, self.layout = program, layout
        self.names = Names()
        self.lines: list[str] = []
        self.steps: dict[int, Step] = {}  # number of a line -> the step that it carries out
        self.indent = "    "
        groups = [step for step in program.steps if type(step) is Groups]
        self.place_in_groups = groups[0].place if groups else {}
        self.made_in_groups = set(self.place_in_groups) - set(groups[0].given if groups else ())
        self.read_together = self.only_in_groups(groups[0]) if groups else set()
        self.group_array = ""
        self.makers = {step.out: step for step in program.instructions()}
        self.looked_into = {x for step in program.instructions() for x in step.shares}
        self.blocks: list[str] = []  # the functions that do one block, which come first
        self.written: set[Variable] = set()  # results of the block at hand, which have a place under their own name
        self.fresh: set[Variable] = set()  # results in new memory that no instruction of ours returns
        function = self.names.new(program.name)
        self.write(function)
        if self.blocks:
            self.lines = [*self.blocks, *self.lines]
            self.steps = {n + len(self.blocks): step for n, step in self.steps.items()}
        self.text = "\n".join(self.lines) + "\n"
        self.filename = f"<compiled {program.name} {next_number()}>"
        self.function = self.defined(function)

    # ---- the text --------------------------------------------------------------------------------

    def write(self, function: str) -> None:
        """All lines."""
        arguments = [self.name(v, f"x{i}") for i, v in enumerate(self.program.arguments)]
        self.lines.append(f"def {function}({', '.join([*arguments, 'buffers'])}):")
        if self.layout.buffers:
            names = [self.names.new(f"b{i}") for i in range(len(self.layout.buffers))]
            self.buffer_names = names
            self.line(f"{', '.join(names)}{',' if len(names) == 1 else ''} = buffers")
        self.read_live(0)
        done = 0
        for step in self.program.steps:
            self.under(step.quiet)
            if isinstance(step, Update):
                done += 1
                self.update(step)
                self.read_live(done)
            elif isinstance(step, Groups):
                self.groups(step)
            elif isinstance(step, Blocked):
                self.blocked(step)
            else:
                self.instruction(step)
        self.under(False)
        self.leave_gradients()
        self.line(f"return {self.tuple_of([self.output(v) for v in self.program.outputs])}")

    def under(self, quiet: bool) -> None:
        """Go on inside `with quiet():`, where overflow does not warn, or outside."""
        if quiet and self.indent == "    ":
            self.line(f"with {self.names.bind('quiet', no_warnings)}():")
        self.indent = "        " if quiet else "    "

    def line(self, text: str, step: Step | None = None) -> None:
        """One more line."""
        self.lines.append(self.indent + text)
        if step is not None:
            self.steps[len(self.lines)] = step

    @staticmethod
    def tuple_of(names: list[str]) -> str:
        """Names as a tuple."""
        return f"({', '.join(names)}{',' if len(names) == 1 else ''})"

    def name(self, v: Variable, wish: str = "v") -> str:
        """How a variable is called; a short constant is written out."""
        if v.name:
            return v.name
        if v in self.made_in_groups and v.origin is None:
            text = f"{self.group_array}.item({self.place_in_groups[v]})"
            return f"bool({text})" if v.kind.type is bool else text
        if isinstance(v.origin, Constant):
            data = v.origin.data
            if type(data) in (bool, int) or (type(data) is float and math.isfinite(data)):
                return repr(data) if repr(data)[0] != "-" else f"({data!r})"
            v.name = self.names.bind("c", data)
        else:
            v.name = self.names.new(wish)
        return v.name

    # ---- what comes in ---------------------------------------------------------------------------

    def read_live(self, updates: int) -> None:
        """Read what Values hold after so many updates of the program."""
        for v in self.program.variables():
            if v in self.read_together:
                continue
            if isinstance(v.origin, Entered) and updates == 0:
                value = self.names.bind("value", v.origin.value)
                self.line(f"{self.name(v, 'g')} = {value}.present_grad()")
            elif isinstance(v.origin, Live) and self.reading_time(v.origin) == updates:
                self.line(f"{self.name(v, v.origin.value.label or 'w')} = {self.value_name(v.origin.value)}._data")

    def value_name(self, value: Value) -> str:
        """How a Value itself is called."""
        return self.names.bind(f"{value.label or 'w'}_", value)

    def reading_time(self, origin: Live) -> int:
        """After which update of the program a Value is read that was updated so many times by then."""
        if origin.updates == 0:
            return 0
        hits = [i for i, u in enumerate(self.program.updates(), start=1) if origin.value in u.what.parameters]
        return hits[origin.updates - 1]

    # ---- one step --------------------------------------------------------------------------------

    def instruction(self, step: Instruction) -> None:
        """The line of an instruction."""
        inputs, out = [self.name(x) for x in step.inputs], self.name(step.out)
        whole = "[...]" if step.out in self.written and step.op.into is None else ""
        self.line(f"{out}{whole} = {self.computation(step, inputs)}", step)

    def computation(self, step: Instruction, inputs: list[str]) -> str:
        """The right side: an operator, a function that writes into a buffer, or the row's own function."""
        op, kind = step.op, step.out.kind
        settings = [f"{k}={self.setting(k, x)}" for k, x in step.params.items()]
        numbers = all(x.kind.type in NUMBERS for x in step.inputs)
        if numbers and not step.params and len(inputs) == 2 and op.forward in INFIX:
            return f"{inputs[0]} {INFIX[op.forward]} {inputs[1]}"
        if numbers and not step.params and op.forward is operator.neg:
            return f"-{inputs[0]}"
        if op.into is not None and kind.is_array:
            place = self.place(step.out)
            function = self.names.bind(op.name, writer_of(step) if place else op.into)
            return (
                f"{function}({', '.join([*inputs, *settings, *([f'out={place}'] if place else [])])})"
                if (place or isinstance(op.into, np.ufunc))
                else self.plain_call(op, inputs, settings)
            )
        return self.result(step, self.plain_call(op, inputs, settings), inputs)

    def plain_call(self, op: Op, inputs: list[str], settings: list[str]) -> str:
        """A call of what the row computes with."""
        return f"{self.names.bind(op.name, op.forward)}({', '.join([*inputs, *settings])})"

    def place(self, v: Variable) -> str | None:
        """The array that a result is written to."""
        if v in self.written:
            return self.name(v)
        if v in self.layout.placed:
            return self.buffer_names[self.layout.placed[v]]
        if v in self.layout.delivered:
            return self.names.bind("gradient", self.layout.delivered[v])
        return None

    def setting(self, name: str, setting: Any) -> str:
        """A setting as text, or the name under which it is found."""
        return repr(setting) if is_plain(setting) else self.names.bind(name, setting)

    def result(self, step: Instruction, call: str, inputs: list[str]) -> str:
        """A call whose result becomes what the record keeps, if it may be something else."""
        kind = step.out.kind
        if kind.is_array:
            return call
        if kind.type in (float, bool, int, complex) and not all(x.kind.type is bool for x in step.inputs):
            return f"{kind.type.__name__}({call})"
        return f"{self.names.bind('settled', step.op.settled)}({call}, {self.tuple_of(inputs)})"

    def blocked(self, step: Blocked) -> None:
        """A call of a function that does one block after the other."""
        outs = []
        for v in step.outs:
            if (place := self.place(v)) is None:
                self.fresh.add(v)
                empty, dtype = self.names.bind("empty", np.empty), self.names.bind(str(v.kind.dtype), v.kind.dtype)
                place = f"{empty}({v.kind.shape}, {dtype})"
            self.line(f"{self.name(v)} = {place}")
            outs.append(self.name(v))
        cut = [*(self.name(x) for x in step.inputs if is_cut(x, step)), *outs]
        whole = [self.name(x) for x in step.inputs if not is_cut(x, step) and (x.kind.is_array or not x.constant)]
        arrays = [f"{name}.reshape(-1)" for name in cut] if step.flat else cut
        inner, sets = self.layout.within[step]
        buffers = self.tuple_of([self.tuple_of([self.buffer_names[n] for n in numbers_]) for numbers_ in sets])
        block, run = self.block(step, inner, cut, whole), self.names.bind("in_blocks", in_blocks)
        given = self.tuple_of(whole)
        self.line(f"{run}({block}, {step.size}, {step.length}, {buffers}, {given}, {', '.join(arrays)})", step)

    def block(self, step: Blocked, inner: Layout, arrays: list[str], whole: list[str]) -> str:
        """Write the function that does one block, from `start` to `stop`."""
        outer = self.lines, self.layout, getattr(self, "buffer_names", []), self.indent, self.steps
        self.lines, self.layout, self.indent, self.steps = [], inner, "    ", {}
        name = self.names.new(f"{self.program.name}_block")
        self.lines.append(f"def {name}(start, stop, buffers, {', '.join([*whole, *arrays])}):")
        for array in arrays:
            self.line(f"{array} = {array}[start:stop]")
        self.buffer_names = [self.names.new(f"t{i}") for i in range(len(inner.buffers))]
        for i, buffer in enumerate(self.buffer_names):
            self.line(f"{buffer} = buffers[{i}][:stop - start]")
        self.written = set(step.outs)
        for one in step.program.instructions():
            self.under(one.quiet)
            self.instruction(one)
        self.written = set()
        self.blocks += [*self.lines, "", ""]
        self.lines, self.layout, self.buffer_names, self.indent, self.steps = outer
        return name

    def groups(self, step: Groups) -> None:
        """All stages of the operations on single numbers: `multiply(V[2:9], take(V, i), out=V[9:16])`."""
        array = self.group_array = self.buffer_names[self.layout.placed[step]]
        live = [v.origin.value for v in step.given if v in self.read_together]  # type: ignore[union-attr]
        n, m = len(live), len(step.given)
        if live:
            self.line(f"{array}[:{n}] = {self.names.bind('numbers_of', numbers_of)}({self.names.bind('values', live)})")
        if m > n:
            self.line(f"{array}[{n}:{m}] = {self.tuple_of([self.name(v) for v in step.given[n:]])}")
        if len(step.constants):
            self.line(f"{array}[{m}:{m + len(step.constants)}] = {self.names.bind('constants', step.constants)}")
        self.under(True)  # single numbers never warn
        for stage in step.stages:
            self.line(self.stage(stage, array))

    def stage(self, stage: Stage, array: str) -> str:
        """The line of a stage."""
        take, out = self.names.bind("take", np.take), f"{array}[{stage.start}:{stage.stop}]"
        operands = [self.operand(x, array, take) for x in stage.operands]
        if stage.op is None:
            return f"{self.names.bind('sums', sums)}({operands[0]}, out={out})"
        settings = [f"{k}={self.setting(k, x)}" for k, x in stage.params.items()]
        if stage.op.into is not None:
            function = self.names.bind(stage.op.name, stage.op.into)
            return f"{function}({', '.join([*operands, *settings, f'out={out}'])})"
        return f"{out} = {self.plain_call(stage.op, operands, settings)}"

    def operand(self, where: Any, array: str, take: str) -> str:
        """The operands of a stage: neighbours, numbers from all over the array, or a whole number."""
        if isinstance(where, slice):
            return f"{array}[{where.start}:{where.stop}]"
        if isinstance(where, np.ndarray):
            return f"{take}({array}, {self.names.bind('i', where)})"
        return repr(where)

    def only_in_groups(self, groups: Groups) -> set[Variable]:
        """What is read live for the groups alone, and so can be read in one go."""
        others = {x for step in self.program.steps if step is not groups for x in step.inputs}
        others.update(self.program.wanted())
        return {v for v in groups.given if isinstance(v.origin, Live) and v not in others}

    def update(self, step: Update) -> None:
        """Gradients that are not where the optimiser wants them are copied there; then it moves."""
        update = self.names.bind("update", step.what)
        present = [x for x in step.inputs if x is not None]
        if present and all(x in self.place_in_groups for x in present):
            self.line(f"{update}.fill({self.from_groups(present)})", step)
            self.line(f"{update}.apply()", step)
            return
        for x, array in zip(step.inputs, step.what.views, strict=True):
            if x is not None and x not in self.layout.delivered:
                self.line(f"{self.names.bind('gradient', array)}[...] = {self.name(x)}", step)
        self.line(f"{update}.apply()", step)

    def from_groups(self, variables: list[Variable]) -> str:
        """Numbers from the array of the groups, as a list."""
        index = np.array([self.place_in_groups[x] for x in variables])
        return f"{self.names.bind('take', np.take)}({self.group_array}, {self.names.bind('i', index)}).tolist()"

    # ---- what goes out ---------------------------------------------------------------------------

    def leave_gradients(self) -> None:
        """Set `.grad` as the function leaves it."""
        given: set[Variable] = set(self.program.outputs)
        numbers = {value: v for value, v in self.program.gradients if v in self.place_in_groups}
        if numbers:
            values = self.names.bind("values", list(numbers))
            self.line(f"{self.names.bind('leave', leave)}({values}, {self.from_groups(list(numbers.values()))})")
        for value, v in self.program.gradients:
            if value in numbers:
                continue
            target = f"{self.value_name(value)}._grad"
            if v is not None and v in self.layout.delivered:
                self.line(f"{target} = {self.names.bind('lent', Lent(self.layout.delivered[v]))}")
            else:
                self.line(f"{target} = {'None' if v is None else self.own(v, given)}")
                given.update([] if v is None else [v])

    def output(self, v: Variable) -> str:
        """A result as it is handed out: in memory of its own."""
        others = [w for w in self.program.outputs if w is v]
        return self.own(v, {v} if len(others) > 1 else set())

    def own(self, v: Variable, given: set[Variable]) -> str:
        """A variable in memory that nothing else has: copied, unless it was computed for this alone."""
        if not v.kind.is_array:
            return self.name(v)
        maker = self.makers.get(v)
        ours = maker is not None and not maker.shares and OPS.get(maker.op.name) is maker.op and self.place(v) is None
        if (ours or v in self.fresh) and v not in given and v not in self.looked_into:
            return self.name(v)
        layout = "'K'" if v.kind.order else ""
        return f"{self.name(v)}.copy({layout})"

    # ---- the function ----------------------------------------------------------------------------

    def defined(self, function: str) -> Callable[..., Any]:
        """The function, with its text where tracebacks look for it."""
        lines = self.text.splitlines(keepends=True)
        linecache.cache[self.filename] = len(self.text), None, lines, self.filename
        weakref.finalize(self, linecache.cache.pop, self.filename, None)
        code: CodeType = compile(self.text, self.filename, "exec")
        exec(code, self.names.meaning)
        made: Callable[..., Any] = self.names.meaning[function]
        return made

    def step_at(self, trace: TracebackType | None) -> Step | None:
        """The step at which an error arose, from its traceback."""
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == self.filename:
                return self.steps.get(trace.tb_lineno)
            trace = trace.tb_next
        return None


def writer_of(step: Instruction) -> Any:
    """What writes the result of a step into an array.

    For two matrices it is np.dot, which calls BLAS as np.matmul does and takes 0.35 µs less to be called; but not
    for those of one element, of which np.dot multiplies the numbers, and −0 · 1 is −0 and not the sum 0 + (−0 · 1)."""
    kinds = [x.kind for x in (*step.inputs, step.out)]
    matrices = all(len(k.shape) == 2 and k.dtype is kinds[0].dtype for k in kinds) and not step.out.kind.order
    matrices = matrices and any(k.shape != (1, 1) for k in kinds)
    return np.dot if step.op.into is np.matmul and matrices and kinds[0].dtype.char in "fd" else step.op.into  # type: ignore[union-attr]


def no_warnings() -> np.errstate:
    """A context in which floating point errors do not warn, as in a backward pass."""
    return np.errstate(all="ignore")


def in_blocks(
    block: Callable[..., None],
    size: int,
    length: int,
    buffers: Sequence[Any],
    whole: Sequence[Any],
    *arrays: np.ndarray[Any, Any],
) -> None:
    """Do all blocks; with several sets of buffers, each set in a thread of its own."""

    def stretch(bounds: tuple[int, int], own: Any) -> None:
        first, last = bounds
        for start in range(first, last, length):
            block(start, min(start + length, last), own, *whole, *arrays)

    if len(buffers) == 1:
        stretch((0, size), buffers[0])
        return
    share = -(-size // len(buffers))
    bounds = [(i * share, min((i + 1) * share, size)) for i in range(len(buffers))]
    jobs = [THREADS.submit(copy_context().run, stretch, bound, own) for bound, own in zip(bounds, buffers, strict=True)]
    for job in jobs:
        job.result()


THREADS = ThreadPoolExecutor(thread_name_prefix="tinygrad_edu")
"""Threads that do blocks; they are started when they are first needed."""


def numbers_of(values: list[Value]) -> list[float]:
    """The numbers that Values hold."""
    return [value._data for value in values]


def leave(values: list[Value], gradients: list[float]) -> None:
    """Set `.grad` of each."""
    for value, g in zip(values, gradients, strict=True):
        value._grad = g


def sums(terms: np.ndarray[Any, Any], out: np.ndarray[Any, Any]) -> None:
    """The sum of each column, from the top down: the order in which a loop would add."""
    if terms.shape[1] > 1:
        np.add.reduce(terms, axis=0, out=out)
    else:
        out[:] = np.add.accumulate(terms, axis=0)[-1]  # a single column would be summed pairwise


def is_plain(setting: Any) -> bool:
    """Whether a setting's repr is Python for it."""
    if isinstance(setting, tuple):
        return all(map(is_plain, setting))
    if isinstance(setting, slice):
        return all(map(is_plain, (setting.start, setting.stop, setting.step)))
    return (
        setting is None
        or setting is ...
        or type(setting) in (int, bool, str)
        or (type(setting) is float and math.isfinite(setting))
    )


__all__ = ["Source"]
