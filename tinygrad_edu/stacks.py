"""Many cotangents, or tangents, in one walk: stacked along one more axis in front, for whole Jacobians.

The walks of `engine` are given `STACKS`, which says how a rule meets a stack: all at once if the row
says that it can, else one by one.  Nothing here walks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from .engine import Op, Parts, Value, fitted, transposed, unmasked
from .payload import plain


class Stacks(NamedTuple):
    """How a gradient rule and a tangent rule are applied to a stack."""

    pull: Callable[..., Any]
    push: Callable[..., Any]


def pull(rule: Callable[..., Any], given: list[Any], params: dict[str, Any], x: Value, op: Op, selected: bool) -> Any:
    """A gradient rule for a stack of cotangents: all at once where the row allows it, else one by one."""
    g, *rest = given

    def product(g: Any) -> Any:
        gx = rule(g, *rest, **params)
        return unmasked(gx, g) if selected and op.singular else gx

    if op.stacks:
        return fitted_stack(product(g), x, height(g))
    return piled(None if (gx := product(gk)) is None else fitted(gx, x) for gk in layers(g))


def push(rule: Any, t: Any, given: list[Any], params: dict[str, Any], node: Value, i: int, masked: bool) -> Any:
    """A tangent rule for a stack of tangents, likewise.

    Where only the gradient rule takes a stack, it is transposed."""
    op: Any = node.op

    def product(t: Any, rule: Any = rule) -> Any:
        dot = rule(t, *given, **params)
        return unmasked(dot, t) if masked and op.singular else dot

    if op.broadcasts and op.stacks:
        inner = t.shape[1:]
        t = t.reshape((len(t), *(1,) * (node.ndim - len(inner)), *inner))  # beside the other inputs
        return fitted_stack(product(t), node, len(t))
    if op.stacks:
        return product(t) if op.walks else product(t, transposed(op, i, stacked=STACKS))
    return piled(None if (dot := product(tk)) is None else fitted(dot, node) for tk in layers(t))


def height(stack: Any) -> int:
    """How many there are in a stack."""
    return len(next(part for part in stack if part is not None) if type(stack) is Parts else stack)


def layers(stack: Any) -> list[Any]:
    """A stack one by one: its cotangents or tangents as they are on their own."""
    if type(stack) is Parts:
        n = height(stack)
        return [Parts(one) for one in zip(*([None] * n if p is None else layers(p) for p in stack), strict=True)]
    return [one if type(one) is Value else plain(one) for one in stack]


def piled(each: Iterable[Any]) -> Any:
    """The stack of what was found one by one; the inverse of `layers`."""
    each = list(each)
    if each[0] is None:
        return None
    if type(each[0]) is Parts:
        return Parts(map(piled, zip(*each, strict=True)))
    return np.stack(each)


def fitted_stack(g: Any, like: Any, n: int) -> Any:
    """A stack of `n` cotangents or tangents, each `fitted` to `like`."""
    if g is None or type(g) is Parts:
        return g
    new = (1,) * (getattr(g, "ndim", 0) - like.ndim - 1)  # axes that `like` lacks come after that of the stack
    g = fitted(g, np.broadcast_to(like.dtype.type(0), (n, *new, *like.shape)))
    return g if g is None or not new else g.reshape((n, *like.shape))


STACKS = Stacks(pull, push)
