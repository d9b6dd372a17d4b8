"""The operations that an engine is tried on: one table, a row each, as plain text.

A row says how the operation may be spelled, what its operands may be, and what NumPy calls it.  Spellings
are tried in order, and the first one that an engine takes is graded.  Nothing here runs anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from textwrap import indent
from typing import Any

DOMAINS = {
    "real": "any numbers",
    "nonzero": "numbers off 0",
    "positive": "positive numbers",
    "between": "numbers that are never equal to one of `real`",
    "unequal": "numbers of which no two in an array are equal",
}
"""The domains of operands; `trial` has the strategies."""

DEPTH = 5000
"""Operations in a deep chain: above Python's limit for recursion of 1000, and what Hypothesis lifts it to."""


@dataclass(frozen=True)
class Operation:
    """One operation, as text.

    name       what it is called in the table
    spellings  what it may look like: expressions of the operands, or lines that end with `return …`
    operands   name → domain, as "real"; or domain and axes, as "real mn" for a matrix: axes of one letter
               have one length.  Operands without axes are of one shape, or of shapes that broadcast.
    oracle     the same in NumPy; by default the first spelling
    rule       its derivative, for a hint
    title      what is shown in the table, where the spelling is too long for it
    scalar     whether it makes sense for an engine of numbers
    array      whether it makes sense for an engine of arrays
    laws       the laws to try; None for all that apply
    examples   at most so many examples are tried

    >>> cube = Operation("cube", ("x ** 3",), {"x": "real"}, rule="(x**3)' = 3·x²")
    >>> print(cube.code)
    def f(x):
        return x ** 3

    Raises ValueError for a domain that is not in DOMAINS.
    """

    name: str
    spellings: tuple[str, ...]
    operands: Mapping[str, str]
    oracle: str = ""
    rule: str = ""
    title: str = ""
    scalar: bool = True
    array: bool = True
    laws: tuple[str, ...] | None = None
    examples: int = 1000

    def __post_init__(self) -> None:
        for domain in self.operands.values():
            if domain.partition(" ")[0] not in DOMAINS:
                raise ValueError(f"{self.name}: {domain!r} is not a domain; there are {', '.join(DOMAINS)}")

    @property
    def broadcasts(self) -> bool:
        """Whether it takes several operands whose shapes only need to broadcast."""
        return len(self.operands) > 1 and not any(" " in domain for domain in self.operands.values())

    @property
    def code(self) -> str:
        """The definition of a function f of the operands, in the first spelling."""
        return defined(self.operands, self.spellings[0])

    @property
    def in_numpy(self) -> str:
        """The definition of the same function in NumPy's terms."""
        return defined(self.operands, self.oracle or self.spellings[0])

    def spelled(self, spelling: int) -> Operation:
        """The same with one spelling alone."""
        return replace(self, spellings=(self.spellings[spelling],), oracle=self.oracle or self.spellings[0])

    # ---- one operation made of another: of expressions only --------------------------------------

    @property
    def is_expression(self) -> bool:
        """Whether all spellings are expressions, which may be a part of another one."""
        return not any("return " in text for text in (*self.spellings, self.oracle))

    def within(self, text: str, in_numpy: str = "") -> Operation:
        """Another expression, in which {0} stands for this one; `in_numpy` if NumPy says it otherwise.

        >>> Operation("cube", ("x ** 3",), {"x": "real"}).within("{0} * 2.0").spellings
        ('(x ** 3) * 2.0',)
        """
        spellings = tuple(text.format(f"({spelling})") for spelling in self.spellings)
        oracle = (in_numpy or text).format(f"({self.oracle or self.spellings[0]})")
        return replace(self, spellings=spellings, oracle=oracle)

    def identified(self) -> Operation | None:
        """The same with one operand in place of all, as x * x; None if operands differ or there is only one.

        >>> Operation("mul", ("x * y",), {"x": "real", "y": "real"}).identified().spellings
        ('x * x',)
        """
        first, *others = self.operands
        if not others or len(set(self.operands.values())) > 1:
            return None
        return self._renamed(dict.fromkeys(others, first), {first: self.operands[first]})

    def twice(self) -> tuple[Operation, Operation]:
        """The sum of the operation with itself; and the same where the second has operands of its own.

        >>> shared, separate = Operation("neg", ("-x",), {"x": "real"}).twice()
        >>> shared.spellings, separate.spellings
        (('(-x) + (-x)',), ('(-x) + (-x2)',))
        """
        other = self._renamed({name: f"{name}2" for name in self.operands}, {})
        texts = zip((*self.spellings, self.oracle), (*other.spellings, other.oracle), strict=True)
        *spellings, oracle = (f"({one}) + ({two})" if one else "" for one, two in texts)
        operands = {**self.operands, **{f"{name}2": domain for name, domain in self.operands.items()}}
        return self.within("{0} + {0}"), replace(self, spellings=tuple(spellings), oracle=oracle, operands=operands)

    def _renamed(self, names: Mapping[str, str], operands: Mapping[str, str]) -> Operation:
        pattern = re.compile(rf"(?<![.\w])({'|'.join(names)})\b")
        *spellings, oracle = (pattern.sub(lambda m: names[m[1]], text) for text in (*self.spellings, self.oracle))
        return replace(self, spellings=tuple(spellings), oracle=oracle, operands=operands)


def defined(operands: Iterable[str], text: str) -> str:
    """The definition of the function f: an expression, or lines with a return.

    >>> print(defined("xy", "x + y"))
    def f(x, y):
        return x + y
    """
    body = text if "return " in text else f"return {text}"
    return f"def f({', '.join(operands)}):\n{indent(body, '    ')}"


def one(name: str, spellings: str | tuple[str, ...], x: str = "real", oracle: str = "", **more: Any) -> Operation:
    """A row with one operand."""
    spelled = (spellings,) if isinstance(spellings, str) else spellings
    return Operation(name, spelled, {"x": x}, oracle, **more)


def two(name: str, spellings: str | tuple[str, ...], x: str = "real", y: str = "real", **more: Any) -> Operation:
    """A row with two operands."""
    spelled = (spellings,) if isinstance(spellings, str) else spellings
    return Operation(name, spelled, {"x": x, "y": y}, **more)


def called(name: str) -> tuple[str, ...]:
    """How a function of one operand may be spelled: as a method, NumPy's, or a function beside the class."""
    return f"x.{name}()", f"np.{name}(x)", f"{name}(x)"


CHAIN = f"y = x\nfor _ in range({DEPTH}):\n    y = y + 1.0\nreturn y"
DIAMOND = "a = x * y\nb = a + x\nc = a * b\nreturn c + a"
NESTED = "a = x * x\nb = a * y\nreturn (b + x) * b"
SIGMOID = "1.0 / (1.0 + np.exp(-x))"
BASIC = ("value", "gradient")
ARRAYS: dict[str, Any] = {"scalar": False}

# fmt: off
TABLE = (
    # arithmetic; first what other rows are tried with
    two("add", "x + y", rule="each operand gets the gradient of the sum"),
    two("mul", "x * y", rule="x gets y times the gradient of the product, and y gets x times it"),
    two("sub", "x - y", rule="x gets the gradient of the difference, y its negative"),
    two("div", "x / y", y="nonzero", rule="x gets g / y, and y gets −g·x / y²"),
    one("neg", "-x", rule="x gets −g"),
    one("power", "x ** 3", rule="x gets g·n·xⁿ⁻¹ for the exponent n: the exponent is a factor, and falls by 1"),
    one("inverse", "x ** -1", "nonzero", "1.0 / x", rule="x gets g·n·xⁿ⁻¹ for the exponent n: here −1 / x²"),
    two("pow", "x ** y", x="positive", rule="x gets g·y·x^(y − 1), and y gets g·x^y·ln x"),
    # numbers as operands
    one("add number", "x + 2.0", rule="x gets g; the number is wrapped, or left alone"),
    one("number add", "2.0 + x", rule="as x + 2.0: __radd__"),
    one("number sub", "2.0 - x", rule="x gets −g: __rsub__ is not __sub__"),
    one("number mul", "3.0 * x", rule="x gets 3·g: __rmul__"),
    one("number div", "2.0 / x", "nonzero", rule="x gets −2·g / x²: __rtruediv__ is not __truediv__"),
    # functions
    one("relu", ("x.relu()", "relu(x)", "np.maximum(x, 0.0)"), "nonzero", "np.maximum(x, 0.0)",
        rule="x gets g where x > 0, and 0 elsewhere"),
    one("tanh", called("tanh"), oracle="np.tanh(x)", rule="x gets g·(1 − t²), where t is the result, not x"),
    one("sigmoid", called("sigmoid"), oracle=SIGMOID, rule="x gets g·s·(1 − s), where s is the result"),
    one("exp", called("exp"), oracle="np.exp(x)", rule="x gets g times the result"),
    one("log", called("log"), "positive", "np.log(x)", rule="x gets g / x"),
    one("sqrt", called("sqrt"), "positive", "np.sqrt(x)", rule="x gets g / (2·√x)"),
    one("sin", called("sin"), oracle="np.sin(x)", rule="x gets g·cos x"),
    one("cos", called("cos"), oracle="np.cos(x)", rule="x gets −g·sin x"),
    one("abs", ("abs(x)", "x.abs()", "np.abs(x)"), "nonzero", "np.abs(x)", rule="x gets g, or −g where x < 0"),
    # what is between the operations
    one("double", "x + x", rule="both uses of x count: add to `grad` with +="),
    one("square", "x * x", rule="both uses of x count: add to `grad` with +="),
    two("nested", NESTED, title="(b + x) * b",
        rule="each local derivative is multiplied by the gradient of its own result"),
    two("diamond", DIAMOND, title="a * (a + x) + a",
        rule="the gradient of a must be complete before it is passed on: walk the record in topological order, each "
        "node after all that use it"),
    one("deep", CHAIN, title="((x + 1.0) + 1.0) + …", laws=BASIC, examples=2,
        rule=f"{DEPTH} operations, one after another: walk the record without recursion"),
    # arrays
    two("maximum", "np.maximum(x, y)", y="between", rule="the larger operand gets g", **ARRAYS),
    two("where", "np.where(x > y, x * 2.0, y)", y="between", rule="each branch gets g where it was taken", **ARRAYS),
    one("sum", ("np.sum(x)", "x.sum()"), rule="every element gets g", **ARRAYS),
    one("sum axis", ("np.sum(x, axis=0)", "x.sum(axis=0)", "x.sum(0)"), "real mn",
        rule="g is repeated along the axis that was summed", **ARRAYS),
    one("mean", ("np.mean(x)", "x.mean()"), rule="every element gets g / n", **ARRAYS),
    one("max", ("np.max(x)", "x.max()"), "unequal mn", "np.max(x)", rule="the largest element gets g", **ARRAYS),
    two("matmul", "x @ y", "real mn", "real np", rule="x gets g @ y.T, and y gets x.T @ g", **ARRAYS),
    two("matvec", "x @ y", "real mn", "real n", rule="x gets the outer product of g and y, and y gets x.T @ g",
        **ARRAYS),
    two("bias", "x + y", "real mn", "real n", rule="y gets g summed over the rows", **ARRAYS),
    two("outer", ("x[:, None] * y", "x.reshape(-1, 1) * y"), "real m", "real n",
        rule="each operand gets a sum over the axis that it was repeated along", **ARRAYS),
    one("index", "x[0]", "real mn", rule="the first row gets g, the others 0", **ARRAYS),
    one("slice", "x[1:]", "real mn", rule="the rows taken get g, the others 0", **ARRAYS),
    one("repeated index", ("x[[0, 0]]", "x[np.array([0, 0])]"), "real mn",
        rule="an element taken twice gets both gradients: np.add.at", **ARRAYS),
    one("transpose", ("x.T", "np.transpose(x)"), "real mn", rule="x gets g.T", **ARRAYS),
    one("reshape", ("np.reshape(x, (-1,))", "x.reshape(-1)"), "real mn", rule="x gets g in its own shape", **ARRAYS),
    two("concatenate", ("np.concatenate([x, y])", "np.concatenate((x, y))"), "real mp", "real np",
        rule="each operand gets its part of g", **ARRAYS),
    two("stack", ("np.stack([x, y])", "np.stack((x, y))"), "real m", "real m",
        rule="each operand gets its part of g", **ARRAYS),
)
# fmt: on

OPERATIONS = {operation.name: operation for operation in TABLE}
"""Name → operation, in the order of the table."""

__all__ = ["DEPTH", "DOMAINS", "OPERATIONS", "Operation"]
