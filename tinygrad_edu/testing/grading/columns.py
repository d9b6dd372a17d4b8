"""The laws that an engine is graded by: the columns of the table.

Each is a function of a `Case`, an operation of an engine, and of arguments and cotangents that were drawn.  It
returns None if all is well and raises `Broken`, with code that shows the failure, if not; `Undecided` where the
measurement is too rough.  Laws that need no step size are those of `laws`; slopes are those of
`check_gradients`, taken of NumPy's function instead of the engine's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...trees import is_container
from .. import laws
from ..adapters.engine import Engine
from ..check import check_gradients
from ..laws.agreement import exact
from ..measure.report import Comparison, Mark, Report, Verdict
from ..subject import Subject
from .operations import Operation
from .raised import PROGRAM, is_raised_there
from .showing import Shown, said


class Broken(Exception):  # noqa: N818 - of a law, not of this program
    """A law does not hold.

    found      what is wrong
    example    code that shows it
    hint       what to look at, in place of what the law says
    diagnosis  which mistake would explain the numbers
    closer     a check that tells the same as expected and got, if it can; asked of the smallest example only
    """

    def __init__(
        self, found: str, example: str = "", *,
        hint: str | None = None, diagnosis: str = "", closer: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(found)
        self.found, self.example, self.hint = found, example, hint
        self.diagnosis, self.closer = diagnosis, closer


class Raised(Exception):  # noqa: N818 - the error is in it
    """The engine raised an error while running a combination of operations, which is shown in the example."""

    def __init__(self, error: Exception, example: str) -> None:
        super().__init__(str(error))
        self.error, self.example = error, example


class Undecided(Exception):  # noqa: N818 - nothing is wrong
    """This example decides nothing."""


@dataclass(frozen=True)
class Case:
    """An operation, in one spelling, of an engine.

    shown  how failures are written as code
    names  what programs may use beside `np`: all that stands in the engine's file
    leaf   the class that makes a leaf of a number, if the engine is such a class
    """

    engine: Engine
    operation: Operation
    shown: Shown
    names: Mapping[str, Any] = field(default_factory=dict)
    leaf: Callable[[Any], Any] | None = None

    @property
    def run(self) -> Callable[..., Any]:
        """The operation as a function in the engine's terms."""
        namespace = np if self.engine.namespace is None else self.engine.namespace
        return function(self.operation.code, {**self.names, "np": namespace, self.shown.name: self.leaf})

    @property
    def subject(self) -> Subject:
        """The operation as a subject that is measured by NumPy's function."""
        oracle, operands = self.oracle, tuple(self.operation.operands)
        made = self.engine.subject(self.run)
        return replace(made, name="f", reference=lambda args: oracle(*args), parameters=operands)

    @property
    def oracle(self) -> Callable[..., Any]:
        """The operation in NumPy."""
        return function(self.operation.in_numpy, {"np": np})

    def of(self, operation: Operation) -> Case:
        """The same engine with another operation."""
        return replace(self, operation=operation)


def function(code: str, names: Mapping[str, Any]) -> Callable[..., Any]:
    """The function f that a text defines, with these names to use.

    >>> function("def f(x):\\n    return np.abs(x)", {"np": np})(-1.0)
    np.float64(1.0)
    """
    space = dict(names)
    exec(compile(code, PROGRAM, "exec"), space)
    found: Callable[..., Any] = space["f"]
    return found


@dataclass(frozen=True)
class Drawn:
    """Arguments, and two cotangents like the result."""

    args: tuple[Any, ...]
    u: Any
    w: Any


# ---- against NumPy -------------------------------------------------------------------------------


def value(case: Case, drawn: Drawn) -> None:
    """The result is NumPy's."""
    with np.errstate(all="ignore"):
        expected, got = case.oracle(*drawn.args), case.subject.value(drawn.args)
    if is_container(got):
        example = case.shown.running(case.operation, drawn.args)
        raise Broken(f"expected {said(expected)}, got a {type(got).__name__}", example)
    if np.shape(got) != np.shape(expected):
        remark = f"expected the shape {np.shape(expected)}, got {np.shape(got)}"
        raise Broken(remark, case.shown.value(case.operation, drawn.args, remark))
    kind = np.asarray(got).dtype
    share = exact(float(np.finfo(kind).eps) if kind.kind in "fc" else 0.0)
    allowed = share * float(np.max(np.abs(expected), initial=0.0))
    if not np.allclose(got, expected, rtol=share, atol=allowed, equal_nan=True):
        remark = f"expected {said(expected)}, got {said(got)}"
        raise Broken(remark, case.shown.value(case.operation, drawn.args, remark))


def gradient(case: Case, drawn: Drawn) -> None:
    """Reverse mode gives the slopes of NumPy's function."""
    report = check_gradients(case.subject, *drawn.args, modes=("reverse",))
    judge(case, drawn, report, order=1)


def forward(case: Case, drawn: Drawn) -> None:
    """Forward mode gives the slopes of NumPy's function."""
    report = check_gradients(case.subject, *drawn.args, modes=("forward",))
    judge(case, drawn, report, order=1)


def second(case: Case, drawn: Drawn) -> None:
    """The derivative of the gradient is that of its slopes."""
    judge(case, drawn, check_gradients(case.subject, *drawn.args, order=2, modes=case.engine.modes), order=2)


def judge(case: Case, drawn: Drawn, report: Report, order: int) -> None:
    """Raise what a report says of one order."""
    parts = [part for part in report.comparisons if part.order == order]
    for part in parts:
        if part.verdict is Verdict.FAIL:
            raise wrong(case, drawn, part)
    if not parts and report.problems:
        raise Broken(report.problems[0], case.shown.running(case.operation, drawn.args, drawn.u))
    if not parts:
        raise NotImplementedError("; ".join(report.notes))
    if any(part.verdict is Verdict.INCONCLUSIVE for part in parts):
        raise Undecided(str(report))


def wrong(case: Case, drawn: Drawn, part: Comparison) -> Broken:
    """A failing comparison as expected and got: of the row or column with the worst entry."""
    size = np.where(part.marks == Mark.FAIL, np.nan_to_num(part.ratios, nan=1e300, posinf=1e300), -1.0)
    i, j = np.unravel_index(int(np.argmax(size)), part.marks.shape)
    operands = list(case.operation.operands)
    diagnosis = part.diagnosis[0] if part.diagnosis else ""
    if part.order > 1 or not part.full:
        example = case.shown.report(case.operation, drawn.args, part.order)
        return Broken(str(part.worst), example, diagnosis=diagnosis)
    if part.mode == "forward":
        expected, got = (part.outputs.unpack(a[:, j])[0] for a in (part.numeric, part.claimed))
        remark = f"expected {said(expected)}, got {said(got)}"
        ts = part.inputs.unpack(np.eye(part.inputs.size)[j])
        example = case.shown.tangent(case.operation, drawn.args, ts, remark)
        return Broken(f"the tangent of the result: {remark}", example, diagnosis=diagnosis)
    k = part.inputs.variable(int(j))
    expected, got = (part.inputs.unpack(a[i])[k] for a in (part.numeric, part.claimed))
    remark = f"expected {said(expected)}, got {said(got)}"
    u = part.outputs.unpack(np.eye(part.outputs.size)[i])[0]
    example = case.shown.gradient(case.operation, drawn.args, u, operands[k], remark)
    return Broken(f"the gradient of {operands[k]}: {remark}", example, diagnosis=diagnosis)


# ---- without a step size -------------------------------------------------------------------------


def require(case: Case, drawn: Drawn, law: Callable[..., None], *given: Any) -> None:
    """Raise Broken if `law(*given)` does not hold; `case` and `drawn` say what it is about, to show it.

    Errors of the engine itself become Raised, with the same example."""
    example = case.shown.running(case.operation, drawn.args, drawn.u)
    try:
        law(*given)
    except NotImplementedError:
        raise
    except Exception as error:
        if isinstance(error, AssertionError) and not is_raised_there(error):
            raise Broken(str(error), example, closer=lambda: gradient(case, drawn)) from None
        raise Raised(error, example) from error


def reuse(case: Case, drawn: Drawn) -> None:
    """What is used twice gets both gradients: in f(x, x), and in the sum of f with itself."""
    alone = case.operation.identified()
    if alone is not None:
        args, shared = drawn.args[:1], case.of(alone)
        require(shared, replace(drawn, args=args), laws.uses_add_up, shared.subject, case.subject, args, [drawn.u])
    shared, separate = map(case.of, case.operation.twice())
    require(shared, drawn, laws.uses_add_up, shared.subject, separate.subject, drawn.args, [drawn.u])


def linear(case: Case, drawn: Drawn) -> None:
    """Three times the cotangent gives three times the gradient, and a sum of cotangents the sum.

    `backward` of scalars takes no cotangent: there the result is multiplied by 3 instead."""
    if not case.engine.scalar:
        require(case, drawn, laws.linear_in_the_cotangent, case.subject, drawn.args, [drawn.u], [drawn.w])
        return
    factor = "3.0" if case.leaf is None else case.shown.leaf(3.0)
    composed = case.of(case.operation.within(f"{{0}} * {factor}", in_numpy="{0} * 3.0"))
    outer = case.of(Operation("outer", (f"x * {factor}",), {"x": "real"}, oracle="x * 3.0"))
    require(composed, drawn, laws.chain_rule, composed.subject, outer.subject, case.subject, drawn.args, [1.0])


def shape(case: Case, drawn: Drawn) -> None:
    """Results have NumPy's dtype, and gradients the shape and dtype of what they are the gradients of."""
    with np.errstate(all="ignore"):
        expected, got = (np.asarray(x).dtype for x in (case.oracle(*drawn.args), case.subject.value(drawn.args)))
    if got != expected:
        remark = f"expected the dtype {expected}, got {got}"
        raise Broken(remark, case.shown.value(case.operation, drawn.args, remark))
    require(case, drawn, laws.gradients_are_like_inputs, case.subject, drawn.args, [drawn.u])


def inputs(case: Case, drawn: Drawn) -> None:
    """Nothing that was given is changed."""
    require(case, drawn, laws.nothing_is_changed, case.subject, drawn.args, [drawn.u])


def broadcast(case: Case, drawn: Drawn) -> None:
    """The gradient of what was broadcast is summed over the copies."""
    value(case, drawn)
    require(case, drawn, laws.broadcasting, case.subject, drawn.args, [drawn.u])


def again(case: Case, drawn: Drawn) -> None:
    """A second walk backward gives the same; so does one on the same leaves, as in a training loop."""
    require(case, drawn, laws.second_backward_is_the_same, case.subject, drawn.args, [drawn.u])
    if case.leaf is None:
        return
    leaves = [case.leaf(x) for x in drawn.args]
    fresh = [copy(x.grad) for x in leaves]
    back = () if case.engine.scalar else (np.asarray(drawn.u),)
    found = []
    for _ in range(2):
        for leaf, grad in zip(leaves, fresh, strict=True):
            leaf.grad = copy(grad)
        case.run(*leaves).backward(*back)
        found.append([copy(x.grad) for x in leaves])
    for name, first, later in zip(case.operation.operands, *found, strict=True):
        if not np.array_equal(numbers(first), numbers(later), equal_nan=True):
            remark = f"expected {said(numbers(first))} as after the first pass, got {said(numbers(later))}"
            example = case.shown.again(case.operation, drawn.args, drawn.u, name, fresh[0], remark)
            raise Broken(f"the gradient of {name}: {remark}", example)


def numbers(grad: Any) -> Any:
    """What a leaf remembers, as numbers."""
    return np.asarray(0.0 if grad is None else grad.data if hasattr(grad, "backward") else grad, float)


# ---- the table -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Law:
    """A column of the table.

    name     what it is called
    check    what it says
    worth    its points
    applies  whether an engine and an operation offer what it needs
    hint     what to look at where it is broken; "" for the rule of the operation
    needs    the name of an operation that it combines the others with; "" if it needs none
    one_in   tried on one in so many examples, where it hardly depends on what is drawn
    side     the longest side of the arrays
    """

    name: str
    check: Callable[[Case, Drawn], None]
    worth: float
    applies: Callable[[Case], bool]
    hint: str = ""
    needs: Callable[[Case], str] = lambda case: ""
    one_in: int = 1
    side: int = 3


def reverse(case: Case) -> bool:
    """Whether there is a reverse mode."""
    return "reverse" in case.engine.modes


def with_arrays(case: Case) -> bool:
    """Whether there is a reverse mode, of arrays."""
    return reverse(case) and not case.engine.scalar


def in_parts(case: Case) -> bool:
    """Whether there is a reverse mode, and the operation may be a part of another one."""
    return reverse(case) and case.operation.is_expression


TABLE = (
    Law("value", value, 1.0, lambda case: True, "compare with what NumPy gives for these numbers"),
    Law("gradient", gradient, 2.0, reverse),
    Law("forward", forward, 1.0, lambda case: "forward" in case.engine.modes),
    Law("reuse", reuse, 1.0, in_parts, needs=lambda case: "add", one_in=2,
        hint="`grad` is assigned where it should be added to: write +=, so that every use of an operand counts"),
    Law("again", again, 1.0, reverse, one_in=4,
        hint="something is left over from the first pass: start each walk with a new list of visited nodes, and let "
        "nothing but `grad` remember it"),
    Law("linear", linear, 1.0, lambda case: with_arrays(case) or in_parts(case),
        needs=lambda case: "mul" if case.engine.scalar else "", one_in=4,
        hint="every local derivative is multiplied by the gradient of the result (`out.grad`), once"),
    Law("shape", shape, 1.0, with_arrays, one_in=4,
        hint="a gradient has the shape and dtype of the array that it is the gradient of"),
    Law("inputs", inputs, 1.0, with_arrays, one_in=4,
        hint="an array that was given is written to: make a new one, with `a = a + b` instead of `a += b`"),
    Law("broadcast", broadcast, 1.0, lambda case: with_arrays(case) and case.operation.broadcasts,
        hint="sum the gradient over the axes along which the operand was repeated"),
    Law("second", second, 1.0, lambda case: 2 in case.engine.orders, one_in=4, side=2,
        hint="write the rule with the engine's own operations, so that it is recorded as well"),
)  # fmt: skip

LAWS = {law.name: law for law in TABLE}
"""Name → law, in the order of the columns."""

__all__ = ["LAWS", "Broken", "Case", "Drawn", "Law", "Raised", "Undecided"]
