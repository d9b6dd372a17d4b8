"""What makes a program shorter, one small pass each: program in, equal program out.

Each pass keeps every result to the last bit; the order of the steps that remain is kept too.  Draws of
random numbers and checks are never dropped, merged or done beforehand.  How a step is then carried out
(in place, in blocks, in groups) is not decided here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine import Op
from ..notation import OPS
from ..ops.random import DRAWS
from ..payload import plain
from .program import Constant, Instruction, Kind, Program, Step, Variable, kind_of

LONG = 20_000
"""Longer programs are of single numbers: dead code is dropped, and the rest is left to grouping."""

FOLDED_BYTES = 1 << 20
"""The largest array that is computed beforehand from constants."""


def is_draw(op: Op) -> bool:
    """Whether an operation draws random numbers."""
    return op.name in DRAWS


# ---- dead code ---------------------------------------------------------------------------------------


def without_dead_code(program: Program) -> Program:
    """Without instructions whose results nobody uses."""
    needed = set(program.wanted())
    kept: list[Step] = []
    for step in reversed(program.steps):
        if isinstance(step, Instruction) and step.out not in needed and not must_happen(step):
            continue
        needed.update(x for x in step.inputs if x is not None)
        kept.append(step)
    return program.with_steps(reversed(kept))


def must_happen(step: Instruction) -> bool:
    """Whether a step does something beside computing: it moves a generator on, or may raise."""
    return is_draw(step.op) or checks(step)


# ---- common subexpressions ---------------------------------------------------------------------------


def without_repetition(program: Program) -> Program:
    """Each operation on the same inputs is done once."""
    first: dict[Any, Variable] = {}
    new: dict[Variable, Variable] = {}
    kept: list[Step] = []
    for step in program.steps:
        if isinstance(step, Instruction) and not is_draw(step.op):
            inputs = tuple(new.get(x, x) for x in step.inputs)
            key = (step.op.name, id(step.op), inputs, frozen(step.params))
            if (before := first.setdefault(key, step.out)) is not step.out:
                new[step.out] = before
                continue
        kept.append(step)
    return program.with_steps(kept, new)


def frozen(setting: Any) -> Any:
    """A setting as something that can be compared; arrays and the like by identity."""
    if isinstance(setting, dict):
        return tuple((k, frozen(v)) for k, v in setting.items())
    if isinstance(setting, tuple | list):
        return (type(setting), *map(frozen, setting))
    if isinstance(setting, slice):
        return slice, frozen(setting.start), frozen(setting.stop), frozen(setting.step)
    if isinstance(setting, str | int | float | bool | bytes | np.dtype | type | None):
        return type(setting), repr(setting) if isinstance(setting, float) else setting
    return id(setting)


# ---- what can be computed beforehand -----------------------------------------------------------------


def with_constants_folded(program: Program) -> Program:
    """What depends on constants alone is computed now."""
    new: dict[Variable, Variable] = {}
    kept: list[Step] = []
    for step in program.steps:
        if isinstance(step, Instruction):
            inputs = [new.get(x, x) for x in step.inputs]
            if inputs and all(x.constant for x in inputs) and not is_draw(step.op) and not checks(step):
                data = folded(step, [x.origin.data for x in inputs])  # type: ignore[union-attr]
                if data is not None:
                    new[step.out] = Variable(kind_of(data), Constant(data))
                    continue
        kept.append(step)
    return program.with_steps(kept, new)


def folded(step: Instruction, inputs: list[Any]) -> Any:
    """The result of a step on constants; None if it is a large array, or if the step warns: it does so in each call."""
    try:
        with np.errstate(all="ignore" if step.quiet else "raise"):
            return computed(step, inputs)
    except FloatingPointError:
        return None


def computed(step: Instruction, inputs: list[Any]) -> Any:
    """The result of a step on constants; None if it would be a large array.

    Arrays that repeat one number, as the gradient of a sum does, take the memory of that number."""
    kind = step.out.kind
    if step.op.name == "fit" and kind.is_array and not np.shape(inputs[0]):
        return np.broadcast_to(kind.dtype.type(inputs[0]), kind.shape)  # type: ignore[union-attr]
    if step.op.broadcasts and kind.is_array and all(is_uniform(x) or not np.shape(x) for x in inputs):
        ones = [x[(slice(0, 1),) * x.ndim] if np.shape(x) else x for x in inputs]
        return np.broadcast_to(step.op.forward(*ones, **step.params), kind.shape)
    return plain(step.op.forward(*inputs, **step.params)) if kind.bytes <= FOLDED_BYTES else None


def is_uniform(data: Any) -> bool:
    """Whether an array repeats one number that lies in memory once."""
    return isinstance(data, np.ndarray) and data.size > 1 and not any(data.strides)


def with_numbers(program: Program) -> Program:
    """In elementwise steps, a constant array that repeats one number becomes that number.

    A Python number has no dtype of its own, so the other array must be like the result.  A power is left as
    it is: NumPy computes x ** 2 in another way than x ** [2, 2, …]."""
    numbers: dict[Variable, Variable] = {}
    for step in program.instructions():
        others = [x for x in step.inputs if x.kind == step.out.kind and not x.constant]
        if not step.op.broadcasts or not others or step.op.name in ("power", "float_power"):
            continue
        for x in step.inputs:
            if isinstance(x.origin, Constant) and is_uniform(x.origin.data) and x.origin.data.dtype.kind == "f":
                number = x.origin.data.item(0)
                numbers.setdefault(x, Variable(Kind(float), Constant(number)))
        step.inputs = tuple(numbers.get(x, x) for x in step.inputs)
    return program.with_steps(program.steps)


def checks(step: Instruction) -> bool:
    """Whether a step may raise for the numbers that it is given; then it raises where it stands."""
    return step.op.name == "checked"


# ---- steps that change nothing -----------------------------------------------------------------------

SAME = {"identity", "stop_gradient", "positive"}
"""Rows whose result is their first input, once nobody differentiates."""


def is_number(v: Variable, number: float) -> bool:
    """Whether a variable is that number, sign of zero included, or an array of nothing else."""
    if not isinstance(v.origin, Constant) or v.kind.type not in (float, int, np.ndarray):
        return False
    data = v.origin.data
    if v.kind.is_array:  # a gradient starts as an array of ones
        return (
            data.dtype.kind == "f"
            and bool(np.all(data == number))
            and not np.any(np.signbit(data) != np.signbit(number))
        )
    return bool(data == number and math.copysign(1.0, data) == math.copysign(1.0, number))


def unchanged(step: Instruction) -> Variable | None:
    """The input that a step passes on as it is, if it does."""
    name, inputs = step.op.name, step.inputs
    first = inputs[0] if inputs else None
    if first is None:
        return None
    same: Callable[[Variable], bool] = lambda v: v.kind == step.out.kind
    if name in SAME | {"copy"} and same(first):
        return first
    if name in ("reshape", "broadcast_to", "fit", "astype", "squeeze", "expand_dims") and same(first):
        return first
    if step.out.kind.is_complex:
        return None  # (x + iy) · 1 has a term y · 0, which is −0 or nan for some y
    if name == "multiply":
        if is_number(inputs[1], 1.0) and same(first):
            return first
        return inputs[1] if is_number(first, 1.0) and same(inputs[1]) else None
    if name in ("divide", "power") and is_number(inputs[1], 1.0) and same(first):
        return first
    if name == "subtract" and is_number(inputs[1], 0.0) and same(first):
        return first
    if name == "add" and is_number(inputs[1], -0.0) and same(first):
        return first
    return None


def without_noops(program: Program) -> Program:
    """Without steps that change nothing: x · 1, x − 0, a reshape to the same shape, a copy.

    x + 0 is no such step, and neither is the sum of a number: they turn −0 into 0."""
    new: dict[Variable, Variable] = {}
    kept: list[Step] = []
    made_by: dict[Variable, Instruction] = {}
    for step in program.steps:
        if isinstance(step, Instruction):
            step.inputs = tuple(new.get(x, x) for x in step.inputs)
            same = unchanged(step) or undone(step, made_by)
            if same is not None:
                new[step.out] = same
                continue
            made_by[step.out] = step
        kept.append(step)
    return program.with_steps(kept, new)


UNDOES_ITSELF = {"negative", "conjugate", "transpose", "swapaxes"}


def undone(step: Instruction, made_by: dict[Variable, Instruction]) -> Variable | None:
    """What was there before the last two steps, if the second of them undoes the first: −(−x), x.T.T."""
    before = made_by.get(step.inputs[0]) if step.inputs else None
    if before is None or before.op is not step.op or step.op.name not in UNDOES_ITSELF:
        return None
    if step.op.name == "transpose" and (step.params.get("axes") or before.params.get("axes")):
        return None
    return before.inputs[0] if frozen(step.params) == frozen(before.params) else None


# ---- templates: inputs of which only shape and dtype matter ------------------------------------------


def with_templates(program: Program) -> Program:
    """Inputs of which only shape and dtype matter become constants, so that what they are is not kept for it.

    A constant of zeros in that shape needs the memory of one number."""
    new_templates: dict[Kind, Variable] = {}
    for step in program.instructions():
        i = step.op.template
        if i is None or not step.inputs[i].kind.is_array or step.inputs[i].constant:
            continue
        kind = step.inputs[i].kind
        if kind not in new_templates:
            zero = np.zeros((), kind.dtype)
            new_templates[kind] = Variable(kind, Constant(np.broadcast_to(zero, kind.shape)))
        step.inputs = (*step.inputs[:i], new_templates[kind], *step.inputs[i + 1 :])
        step.shares = tuple(v for v in step.shares if v in step.inputs)
    return program.with_steps(program.steps)


# ---- broadcasting, undone without asking -------------------------------------------------------------


def with_plain_sums(program: Program) -> Program:
    """`fit`, which looks at shapes each time, becomes the sum over the axes that broadcasting stretched."""
    kept: list[Step] = []
    for step in program.steps:
        kept.extend(plain_sum(step) if isinstance(step, Instruction) and step.op.name == "fit" else [step])
    return program.with_steps(kept)


def plain_sum(step: Instruction) -> list[Step]:
    """The sum, or the two sums one after the other, that a `fit` stands for; or the `fit` where it does more."""
    x, like = step.inputs
    a, b = x.kind, like.kind
    if not (a.is_array and b.is_array) or a.dtype != b.dtype or b.dtype.kind not in "fc":  # type: ignore[union-attr]
        return [step]
    new = len(a.shape) - len(b.shape)
    stretched = tuple(i for i, n in enumerate(b.shape) if n == 1 != a.shape[new + i]) if new >= 0 else ()
    if new < 0 or (new > 0 and stretched) or not (new or stretched):
        return [step]
    params = {"axis": tuple(range(new)), "keepdims": False} if new else {"axis": stretched, "keepdims": True}
    summed = tuple(n for i, n in enumerate(a.shape) if i >= new)
    if new and summed != b.shape:
        return [step]
    return [Instruction(OPS["sum"], (x,), params, step.out, step.birth, step.quiet)]


# ---- all of them -------------------------------------------------------------------------------------

PASSES: tuple[tuple[str, Callable[[Program], Program]], ...] = (
    ("dead code dropped", without_dead_code),
    ("templates taken out", with_templates),
    ("steps that change nothing dropped", without_noops),
    ("constants folded", with_constants_folded),
    ("repeated numbers written as one", with_numbers),
    ("repetitions dropped", without_repetition),
    ("broadcasting undone by plain sums", with_plain_sums),
    ("steps that change nothing dropped again", without_noops),
    ("dead code dropped again", without_dead_code),
)
"""In the order in which they run."""


def optimised(program: Program) -> Program:
    """The program after all passes."""
    for name, one in PASSES if len(program.steps) <= LONG else PASSES[:1]:
        program = one(program)
        program.counts = [*program.counts, (name, len(program.steps))]
    return program


__all__ = ["PASSES", "optimised"]
