"""The results of a compiled function as Values: one operation in the record, differentiated by a program too.

Its gradient rule runs the program on Values, pulls the cotangents back, and is compiled itself when it
is first asked for; so are the rules of that program, to any order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from ..custom import as_one, fresh
from ..engine import Op, Parts, Value
from ..kinds import parts
from ..transforms import jvp, vjp, zeros
from .program import Live, Program, interpret

Compile = Callable[[Callable[..., Any]], Callable[..., Any]]


class Derivative:
    """How the results of a program depend on the Values that took part."""

    read_live = True  # what a compiled rule needs of it does not change

    def __init__(self, program: Program, positions: Sequence[int], compile: Compile, refusal: str = "") -> None:
        self.program, self.positions, self.refusal = program, positions, refusal
        self.live = [v for v in program.live() if v.dtype.kind in "fc"]
        self.smooth = [i for i, v in enumerate(program.outputs) if is_smooth(v.kind)]
        self.dead_end = dead_end(program.name, refusal)
        self.pull, self.push = compile(self.pulled), compile(self.pushed)

    def record(self, data: tuple[Any, ...], arguments: Sequence[Any]) -> tuple[Any, ...]:
        """The results `data` as Values that were computed from the Values among the arguments."""
        if self.refusal:
            return tuple(self.loose(x) for x in data)
        given = [arguments[i] for i in self.positions]
        plain = [None if i in self.positions else x for i, x in enumerate(arguments)]

        def pulled(g: Parts, _out: Any, whole: Any) -> Parts:
            cotangents = [zeros(fresh(data[i])) if g[i] is None else g[i] for i in self.smooth]
            return Parts(self.pull(list(parts(whole)), plain, cotangents))

        def pushed(t: Parts, _out: Any, whole: Any) -> Parts:
            inputs = list(parts(whole))
            tangents = [zeros(fresh(bare(x))) if tx is None else tx for x, tx in zip(inputs, t, strict=True)]
            found = dict(zip(self.smooth, self.push(inputs, plain, tangents), strict=True))
            return Parts(found.get(i) for i in range(len(data)))

        found: tuple[Any, ...] = as_one(f"compiled {self.program.name}", data, [*given, *self.live], pulled, pushed)
        return found

    def outputs(self, inputs: Sequence[Any], plain: Sequence[Any]) -> list[Any]:
        """The differentiable outputs of the program, run on Values."""
        arguments = list(plain)
        for i, x in zip(self.positions, inputs, strict=False):
            arguments[i] = x
        live = dict(zip(self.live, inputs[len(self.positions) :], strict=True))
        read: Callable[[Live], Any] = lambda origin: live.get(origin.value, origin.value._data)
        found = interpret(self.program, arguments, read)
        return [found[i] for i in self.smooth]

    def pulled(self, inputs: list[Any], plain: list[Any], cotangents: list[Any]) -> list[Any]:
        """The cotangents of the inputs from those of the outputs."""
        _, back = vjp(lambda *inputs: self.outputs(inputs, plain), *inputs)
        return list(back(cotangents))

    def pushed(self, inputs: list[Any], plain: list[Any], tangents: list[Any]) -> list[Any]:
        """The tangents of the outputs from those of the inputs."""
        return list(jvp(lambda *inputs: self.outputs(inputs, plain), inputs, tangents)[1])

    def loose(self, data: Any) -> Value:
        """A result that cannot be differentiated from outside, and says so when someone tries."""
        value = fresh(data)
        value.op, value.inputs = self.dead_end, NOBODY
        return value


NOBODY = (fresh(np.zeros(1)),)
"""The inputs of results whose real ones are no longer what they were; an array, so that pictures ask for no slope."""


def dead_end(name: str, refusal: str) -> Op:
    """An operation that is done and cannot be differentiated, and says why."""

    def refuse(*_: Any) -> NoReturn:
        raise RuntimeError(refusal)

    return Op(f"compiled {name}", refuse, [refuse])


def is_smooth(kind: Any) -> bool:
    """Whether there is a derivative of what is of this kind."""
    return kind.type in (float, complex) or (kind.is_array and kind.dtype.kind in "fc")


def bare(x: Any) -> Any:
    """The data of a Value, or `x` itself."""
    return x._data if type(x) is Value else x
