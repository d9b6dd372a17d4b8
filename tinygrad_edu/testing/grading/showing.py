"""A failing example as code that shows the failure when it is run, in the terms of whoever wrote the engine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .operations import Operation


@dataclass(frozen=True)
class Shown:
    """How an engine is used in code.

    kind    "scalar" or "tensor" for a class with data, grad and backward; "engine" for an `Engine`
    name    what the class is called, or how the engine is written
    module  where the class is imported from; "" if that cannot be said
    beside  what else stands in that module
    more    what the class must be told beside a number, to make a leaf: ", requires_grad=True"
    """

    kind: str
    name: str
    module: str = ""
    beside: tuple[str, ...] = ()
    more: str = ""

    def start(self, operation: Operation, args: Sequence[Any]) -> str:
        """Code that ends with the result in `out`, or for an `Engine` with the subject `f`."""
        lines = list(self._imports(operation.code))
        if self.kind == "engine":
            return "\n".join([*lines, operation.code, f"f = {self.name}.subject(f)"])
        lines += [f"{x} = {self.leaf(a)}" for x, a in zip(operation.operands, args, strict=True)]
        if operation.is_expression:
            return "\n".join([*lines, f"out = {operation.spellings[0]}"])
        return "\n".join([*lines, operation.code, f"out = f({', '.join(operation.operands)})"])

    def leaf(self, x: Any) -> str:
        """A number or an array as a leaf of the class."""
        return f"{self.name}({number(x)}{self.more})"

    def _imports(self, code: str) -> Iterable[str]:
        if self.kind == "engine":
            yield "import numpy"
            yield "from tinygrad_edu.testing import check_gradients, engine"
            if not self.name.startswith("engine("):
                yield f"from {self.module or '…'} import {self.name}"
            yield f"np = {self.name}.namespace"
            return
        if "np." in code or self.kind == "tensor":
            yield "import numpy as np"
        if self.module:
            used = [x for x in self.beside if re.search(rf"(?<![.\w]){re.escape(x)}\(", code)]
            yield f"from {self.module} import {', '.join(dict.fromkeys([self.name, *used]))}"

    def value(self, operation: Operation, args: Sequence[Any], remark: str) -> str:
        """Code that prints the result."""
        asked = f"f.value({arguments(args)})" if self.kind == "engine" else "out.data"
        return self._asking(operation, args, asked, remark)

    def gradient(self, operation: Operation, args: Sequence[Any], u: Any, name: str, remark: str) -> str:
        """Code that prints the gradient of the operand `name`, from the cotangent `u`."""
        if self.kind == "engine":
            k = list(operation.operands).index(name)
            return self._asking(operation, args, f"f.vjp({arguments(args)}, [{array(u)}])[{k}]", remark)
        return self._asking(operation, args, f"{name}.grad", remark, self._back(u))

    def again(self, operation: Operation, args: Sequence[Any], u: Any, name: str, fresh: Any, remark: str) -> str:
        """Code that prints the gradient that a second pass on the same leaves gives; of a class only."""
        called = operation.spellings[0] if operation.is_expression else f"f({', '.join(operation.operands)})"
        reset = [f"{x}.grad = {fresh!r}" for x in operation.operands]
        passes = [self._back(u), *reset, f"out = {called}", self._back(u)]
        return self._asking(operation, args, f"{name}.grad", remark, *passes)

    def tangent(self, operation: Operation, args: Sequence[Any], ts: Sequence[Any], remark: str) -> str:
        """Code that prints the tangent of the result; of an `Engine` only."""
        return self._asking(operation, args, f"f.jvp({arguments(args)}, [{', '.join(map(array, ts))}])", remark)

    def report(self, operation: Operation, args: Sequence[Any], order: int) -> str:
        """Code that prints a whole report; of an `Engine` only."""
        return self._asking(operation, args, f"check_gradients(f, *{arguments(args)}, order={order})", "")

    def running(self, operation: Operation, args: Sequence[Any], u: Any = None) -> str:
        """Code that runs the operation, and with a cotangent walks backward from its result."""
        if self.kind != "engine":
            lines = [self.start(operation, args), *([] if u is None else [self._back(u)])]
        else:
            asked = f"f.value({arguments(args)})" if u is None else f"f.vjp({arguments(args)}, [{array(u)}])"
            lines = [self.start(operation, args), asked]
        return "\n".join(lines)

    def _back(self, u: Any) -> str:
        return "out.backward()" if self.kind == "scalar" else f"out.backward(np.array({np.asarray(u).tolist()}))"

    def _asking(self, operation: Operation, args: Sequence[Any], asked: str, remark: str, *before: str) -> str:
        said = f"  # {remark}" if remark else ""
        return "\n".join([self.start(operation, args), *before, f"print({asked}){said}"])


def number(x: Any, numpy: str = "np") -> str:
    """A number or an array as code.

    >>> number(2.0), number(np.array([1.0, 2.0]))
    ('2.0', 'np.array([1.0, 2.0])')
    """
    return f"{numpy}.array({np.asarray(x).tolist()})" if np.ndim(x) else repr(np.asarray(x).item())


def array(x: Any) -> str:
    """The same where `np` is the engine's namespace."""
    return number(x, "numpy")


def arguments(args: Sequence[Any]) -> str:
    """A tuple as code."""
    return f"({', '.join(map(array, args))}{',' * (len(args) == 1)})"


def said(x: Any) -> str:
    """A number or an array for a reader: six digits, on one line.

    >>> said(2.0), said(np.array([1.0, 1 / 3]))
    ('2.0', '[1.0, 0.333333]')
    """
    rounded = [float(f"{part:.6g}") for part in np.ravel(np.asarray(x, float)).tolist()]
    return str(np.reshape(np.array(rounded, float), np.shape(x)).tolist())


__all__ = ["Shown", "said"]
