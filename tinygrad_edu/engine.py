"""The engine on one page: a Value remembers how it was made, and two walks differentiate it.

A `Value` keeps the operation and the inputs it came from; that record is plain data.  Reverse mode
(`pullback`) and forward mode (`pushforward`) are one loop each over the record, and look up what to
do in the row (`Op`) of each Value.  Nothing here knows any particular operation: those are rows of
a table, in `ops`.  How a Value is spelled (`x * y`, `np.exp(x)`) is in `notation`.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from heapq import heappop, heappush
from itertools import count
from math import isfinite
from operator import attrgetter
from typing import Any

import numpy as np

from .notation import OPS, Notation
from .payload import describe, own, plain, readable, real

new_birth = count(1).__next__
birth_of = attrgetter("birth")
blank = object.__new__


class Op:
    """A row of the table: how to compute an operation, differentiate it and write it down.

    `forward(*data, **params)`: positional arguments are data, which may be Values; keywords are
    settings such as an axis.  `vjps[i](g, out, *data, **params)` turns the cotangent of the output
    into that of input i, and is None where there is no derivative.  Rules are written with operators
    and rows, so they run on bare numbers (fast) and on Values (to be differentiated again) alike.

    `jvps[i](t, out, *data, **params)` turns a tangent of input i into one of the output.  It is never
    written by hand: see `kinds`, and `transposed` below.
    """

    __slots__ = (
        "name", "forward", "vjps", "jvps", "symbol", "local", "doc", "domain",
        "broadcasts", "singular", "selects", "constant",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        vjps: Any,
        jvps: Any = None,
        *,
        symbol: str | None = None,
        local: tuple[str | None, ...] = (),
        doc: str = "",
        domain: Any = None,
        broadcasts: bool = False,
        singular: bool = False,
        selects: bool = False,
    ) -> None:
        self.name, self.forward, self.doc, self.domain = name, forward, doc, domain
        self.symbol = symbol  # how it is drawn between two operands: "×"
        self.local = local  # the local derivative in each input as text, for pictures: ("y", "x")
        self.vjps: Any = vjps if isinstance(vjps, EachInput) else tuple(vjps)
        self.constant = not isinstance(vjps, EachInput) and not any(vjps)  # no derivative at all
        self.broadcasts = broadcasts  # inputs stretch to a common shape; the engine undoes it
        self.singular = singular  # its local derivative can be infinite
        self.selects = selects  # it passes some elements on and drops others
        if jvps is None:
            jvps = EachInput(lambda i: transposed(self, i))
        self.jvps = jvps if isinstance(jvps, EachInput) else tuple(jvps)

    def __call__(self, *inputs: Any, **params: Any) -> Any:
        """Compute, and record the computation if any input is a Value."""
        data, recording = [], False
        for x in inputs:
            if type(x) is Value:
                data.append(x._data)
                recording = True
            elif type(x) is list or type(x) is tuple:
                return self(*(np.asarray(y) if isinstance(y, list | tuple) else y for y in inputs), **params)
            else:
                data.append(x)
        if params:
            refuse_values(self, params)
        try:
            out = self.forward(*data, **params) if params else self.forward(*data)
            if not recording:
                return out
            if type(out) is not float:
                if type(out) is int and set(map(type, data)) == {bool}:
                    out = self.forward(*map(np.bool, data))  # as arrays have it: True + True is True, not 2
                out = plain(out)
        except Exception as error:
            error.add_note(f"while computing {self.name}({', '.join(map(describe, data))})")
            raise
        value = blank(Value)  # the record: plain data, and no reference to anything younger
        value._data, value.grad, value.notes = out, None, None
        value.op, value.inputs, value.params = self, inputs, params or None
        value.birth = new_birth()
        return value

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Op:
        return self  # there is one of each operation


class EachInput:
    """The rules of an operation with any number of inputs: `rule(i)` makes the one for input i."""

    def __init__(self, rule: Callable[[int], Any]) -> None:
        self.rule = rule

    def __getitem__(self, i: int) -> Any:
        return self.rule(i)


class Value(Notation):
    """A number or an array that remembers the operation and the inputs it came from.

    `Value(data)` makes a leaf: a Python float from any real number, or its own copy of an array (of
    floating point numbers: integers and lists become float64).  Everything computed from Values is a
    Value; plain numbers and arrays are constants.  `label` names it in pictures, where its `role` is
    "input" or "parameter".

    >>> x = Value(3.0, label="x")
    >>> y = x * x + 2.0
    >>> y.backward()
    >>> y.data, x.grad
    (11.0, 6.0)

    Raises TypeError for data that are not real numbers, ValueError for another role.
    """

    __slots__ = ("_data", "birth", "grad", "inputs", "notes", "op", "params")

    def __init_subclass__(cls) -> None:
        raise TypeError("Value cannot be subclassed; keep a Value in a class of your own, or see nn.Module")

    def __init__(self, data: Any, label: str | None = None, role: str = "input") -> None:
        self._data = own(data)
        self.grad: Any = None  # None means "not computed", which is not the same as 0
        self.op: Op | None = None
        self.inputs: tuple[Any, ...] = ()
        self.params: dict[str, Any] | None = None
        self.birth = new_birth()
        self.notes: dict[str, Any] | None = None  # what only people need: label, role, scope
        if role not in ("input", "parameter"):
            raise ValueError(f'role={role!r}: the role of a leaf is "input" or "parameter"')
        if label is not None or role != "input":
            self.notes = {"label": label, "role": role}

    @property
    def data(self) -> Any:
        """The number or array itself, to be read.  A leaf's may be assigned, in the same shape; the
        dtype stays: `w.data = new`, `w.data -= step`."""
        return readable(self._data)

    @data.setter
    def data(self, new: Any) -> None:
        if self.op is not None:
            raise AttributeError(f"the data of a result ({self.op.name}) cannot be assigned; change its inputs")
        new = own(new)
        if np.shape(new) != self.shape:
            raise ValueError(f"data of shape {np.shape(new)} assigned to a Value of shape {self.shape}")
        self._data = new if type(new) is float else new.astype(self.dtype, copy=False)
        self.birth = new_birth()  # a record that used the old number can tell: see `pullback`

    @property
    def label(self) -> str | None:
        """The name shown in pictures and explanations."""
        return self.notes.get("label") if self.notes else None

    @label.setter
    def label(self, text: str | None) -> None:
        self.notes = {**(self.notes or {}), "label": text}

    @property
    def role(self) -> str:
        """What part it plays in a picture: "input", "parameter" or "operation"."""
        return "operation" if self.op is not None else self.notes.get("role", "input") if self.notes else "input"

    def backward(self, seed: Any = None) -> None:
        """Add d(self)/d(leaf) to the `.grad` of every leaf that this value came from.

        `seed` is the cotangent of this value, in its shape: 1.0 if it is one number.  Results on the
        way get the gradient of this pass, leaves add up over passes.

        Raises ValueError where a seed is missing or of another shape, RuntimeError if a leaf was
        changed after it was used.
        """
        taken: set[int] = set()  # arrays that are somebody's gradient by now
        for node, g in pullback({self: seed_for(self, seed)}).items():
            if node.op is not None:
                node.grad = g
                if type(g) is not float:
                    taken.add(id(g))
            else:
                node.grad = apart(g, taken) if node.grad is None else node.grad + g

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        gradient = "" if self.grad is None else f", grad={self.grad!r}"
        return f"Value({self._data!r}{gradient}{label})"

    def __reduce__(self) -> tuple[Any, ...]:
        if self.op is not None:
            raise TypeError("only leaves can be copied or pickled, not a record; use .data of this result")
        return restored, (self._data, self.grad, self.notes)


# ---- the record and the two walks over it -----------------------------------------------------------


def history(*roots: Value, since: int = 0) -> list[Value]:
    """Every Value that led to the `roots`, newest first; those born before `since` are left out.

    An input is born before anything computed from it, so age is a topological order."""
    seen, stack = set(roots), list(roots)
    while stack:
        for x in stack.pop().inputs:
            if type(x) is Value and x not in seen and x.birth >= since:
                seen.add(x)
                stack.append(x)
    return sorted(seen, key=birth_of, reverse=True)


@np.errstate(all="ignore")  # IEEE's answer, without a warning about a line nobody wrote
def pullback(
    seeds: dict[Value, Any],
    *,
    since: int = 0,
    record: bool = False,
    log: Callable[..., None] | None = None,
) -> dict[Value, Any]:
    """Reverse mode: from the cotangents of some Values (`seeds`) that of every Value in their history.

    Always takes the newest Value that waits: whatever was computed from it is younger, and done, so
    its cotangent is complete.  Values born before `since` are left out.  With `record`, the walk is
    itself recorded, so it can be differentiated again.  `log` is told of each product: node, operand
    position, upstream cotangent, contribution, sum so far."""
    waiting: dict[int, list[Any]] = {}  # birth -> the Value, the sum of its cotangents so far, selected?
    queue: list[int] = []  # a heap of -birth: the newest first
    for v, g in seeds.items():
        waiting[v.birth] = [v, g, False]
        heappush(queue, -v.birth)
    done: dict[Value, Any] = {}
    while queue:
        birth = -heappop(queue)
        node, g, selected = waiting.pop(birth)
        if (op := node.op) is not None and op.constant:
            continue
        done[node] = g
        if op is None:
            continue
        given, params = operands(g, node, record), node.params
        selected = selected or op.selects  # elements may have been dropped on the way
        for i, x in enumerate(node.inputs):
            if type(x) is not Value or (b := x.birth) < since:
                continue
            if b > birth:
                raise stale(x)
            if (rule := op.vjps[i]) is None:
                continue
            try:
                gx = rule(*given, **params) if params else rule(*given)
            except Exception as error:
                error.add_note(f"in the gradient rule of {op.name} for input {i}")
                raise
            if selected and op.singular and not (type(gx) is float and isfinite(gx)):
                gx = unmasked(gx, g)
            if type(gx) is not float or type(x._data) is not float:
                gx = fitted(gx, x)
            if (sofar := waiting.get(b)) is None:
                waiting[b] = sofar = [x, gx, selected]
                heappush(queue, -b)
            else:
                sofar[1] = sofar[1] + gx
                sofar[2] = sofar[2] or selected
            if log is not None and (x.op is None or not x.op.constant):
                log(node, i, g, gx, sofar[1])
    return done


def stale(x: Value) -> RuntimeError:
    """The error for a record whose input is no longer what it was."""
    return RuntimeError(
        f"{x!r} was changed after it was used, so this record is out of date; "
        "compute the result again before differentiating it"
    )


@np.errstate(all="ignore")
def pushforward(order: list[Value], tangents: dict[Value, Any], *, record: bool = False) -> dict[Value, Any]:
    """Forward mode: from the `tangents` of some Values those of all in `order` that depend on them.

    The same record, walked the other way."""
    dots, dropped = dict(tangents), set()
    for node in reversed(order):
        if (op := node.op) is None or node in tangents:
            continue
        _, *given = operands(None, node, record)
        for i, x in enumerate(node.inputs):
            if type(x) is Value and x.birth > node.birth:
                raise stale(x)
            if type(x) is not Value or x not in dots or (rule := op.jvps[i]) is None:
                continue
            dot = rule(dots[x], *given, **(node.params or {}))
            if op.selects or x in dropped:
                dropped.add(node)
                dot = unmasked(dot, dots[x]) if op.singular else dot
            dot = fitted(dot, node)
            dots[node] = dots[node] + dot if node in dots else dot
    return dots


def operands(g: Any, node: Value, record: bool) -> list[Any]:
    """What a rule is given, g first: Values if the walk itself must be recorded, else bare data (fast)."""
    if record:
        return [g, node, *node.inputs]
    given = [g, node._data]
    for x in node.inputs:
        given.append(x._data if type(x) is Value else x)  # noqa: PERF401  (faster than a comprehension)
    return given


def fitted(g: Any, like: Any) -> Any:
    """`g` in the shape and dtype of `like`: broadcasting is undone here, once, not in every rule."""
    data = like._data if type(like) is Value else like
    has = g._data if type(g) is Value else g
    if type(data) is type(has) and (type(data) is float or (data.dtype is has.dtype and data.shape == has.shape)):
        return g
    return OPS["fit"](g, like if type(g) is Value else data)


def unmasked(gx: Any, g: Any) -> Any:
    """`gx` with 0 where `g` is 0, if the local derivative is infinite somewhere.

    An element that `where`, `maximum` or an index dropped contributes nothing, even where its own
    derivative is infinite: 0 · ∞ = 0 there, and not nan."""
    has = gx._data if type(gx) is Value else gx
    if isfinite(np.vdot(has, has)):
        return gx
    return OPS["where"](OPS["equal"](g, 0.0), 0.0, gx)


def apart(g: Any, taken: set[int]) -> Any:
    """`g` with memory of its own, apart from the arrays in `taken`: the user may change it in place."""
    if isinstance(g, np.ndarray):
        if g.base is not None or id(g) in taken:
            g = g.copy()
        taken.add(id(g))
    return g


def transposed(op: Op, i: int) -> Callable[..., Any] | None:
    """The tangent rule of `op` in input i, from its gradient rule alone.

    A gradient rule is linear in g; pulling a tangent back through it transposes it again."""
    if (rule := op.vjps[i]) is None:
        return None

    def jvp(t: Any, out: Any, *inputs: Any, **params: Any) -> Any:
        data = out._data if type(out) is Value else out
        u = Value(np.zeros_like(data) if np.ndim(data) else 0.0)
        gx = rule(u, out, *inputs, **params)
        if type(gx) is not Value:
            return u._data
        gx = fitted(gx, inputs[i])
        record = any(type(v) is Value for v in (t, out, *inputs))
        return pullback({gx: t}, since=u.birth, record=record).get(u, u._data)

    return jvp


def refuse_values(op: Op, params: dict[str, Any]) -> None:
    """Raise for a Value among the settings, which are not differentiated."""
    for name, setting in params.items():
        if type(setting) is Value:
            raise TypeError(f"{op.name}({name}=…) is a setting, and got a Value; data are given by position")


# ---- leaves and seeds -------------------------------------------------------------------------------


def leaf(data: Any) -> Value:
    """A leaf that shares the caller's array: for transforms, which never change it."""
    value = Value(0.0)
    value._data = real(data)
    return value


def restored(data: Any, grad: Any, notes: dict[str, Any] | None) -> Value:
    """A leaf from a copy or a pickle."""
    value = Value(data)
    value.grad, value.notes = copy(grad), copy(notes)
    return value


def seed_for(root: Value, seed: Any) -> Any:
    """The cotangent of `root`, checked."""
    if root.op is not None and root.op.constant:
        raise TypeError(f"{root.op.name} has no derivative, so there is nothing to go back through")
    if seed is None:
        if root.shape:
            raise ValueError(f"backward() of a Value of shape {root.shape} needs a seed of that shape; "
                             "or reduce it to one number first, by .sum() or .mean()")  # fmt: skip
        return 1.0
    seed = own(seed._data if type(seed) is Value else seed)
    if getattr(seed, "shape", ()) != root.shape:
        raise ValueError(f"a seed of shape {np.shape(seed)} for a Value of shape {root.shape}; they must agree")
    return fitted(seed, root)
