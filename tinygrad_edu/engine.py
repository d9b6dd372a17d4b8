"""The engine on one page: a Value remembers how it was made, and two walks differentiate it.

A `Value` keeps the operation and the inputs it came from; that record is plain data.  Reverse mode
(`pullback`) and forward mode (`pushforward`) are one loop each over the record, and look up what to
do in the row (`Op`) of each Value.  Nothing here knows any particular operation: those are rows of
a table, in `ops`.  How a Value is spelled (`x * y`, `np.exp(x)`) is in `notation`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from heapq import heappop, heappush
from math import isfinite
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from .births import new_birth
from .lines import place_of
from .notation import LOOK, OPS, Notation
from .payload import REAL, REAL_OR_COMPLEX, describe, numeric, own, plain, readable
from .tracing import TRACE, refuse_while_tracing

birth_of = attrgetter("birth")
blank = object.__new__
NUMBER = (float, complex)


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
        "broadcasts", "singular", "selects", "stacks", "walks", "several", "constant", "kept",
        "into", "composite", "template",
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
        stacks: bool = False,
        walks: bool = False,
        several: bool = True,
        complex: bool = False,
        into: Callable[..., Any] | None = None,
        composite: bool = False,
        template: int | None = None,
    ) -> None:
        self.name, self.forward, self.doc, self.domain = name, forward, doc, domain
        self.symbol = symbol  # how it is drawn between two operands: "×"
        self.local = local  # the local derivative in each input as text, for pictures: ("y", "x")
        self.vjps: Any = vjps if isinstance(vjps, EachInput) else tuple(vjps)
        self.constant = not isinstance(vjps, EachInput) and not any(vjps)  # no derivative at all
        self.broadcasts = broadcasts  # inputs stretch to a common shape; the engine undoes it
        self.singular = singular  # its local derivative can be infinite
        self.selects = selects  # it passes some elements on and drops others
        self.stacks = stacks  # its gradient rules take a stack of cotangents too: one more axis in front
        self.walks = walks  # its rules walk a record of their own; `selected=True` tells them of what was dropped
        self.several = several  # its result may be a tuple: see `Parts`
        self.kept = REAL_OR_COMPLEX if complex else REAL  # what its results may be
        self.template = template  # the position of an input that only lends its shape and dtype
        self.composite = composite  # `forward` is itself written with rows, so a program can take it apart
        self.into = into  # `forward` for arrays that also takes `out=`, an array to write to, which may be an input
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
            if type(out) is not float and not (type(out) is np.ndarray and out.ndim and out.dtype.char in self.kept):
                out = self.settled(out, data)
        except Exception as error:
            error.add_note(f"while computing {self.name}({', '.join(map(describe, data))})")
            raise
        value = blank(Value)  # the record: plain data, and no reference to anything younger
        value._data, value._grad, value.notes = out, None, None
        value.op, value.inputs, value.params = self, inputs, params or None
        value.birth = new_birth()
        return value

    def settled(self, out: Any, data: Sequence[Any]) -> Any:
        """A result that is no float as the record keeps it; `data` are what it was computed from."""
        if type(out) is int and set(map(type, data)) == {bool}:
            out = self.forward(*map(np.bool, data))  # as arrays have it: True + True is True, not 2
        if type(out) is tuple and not self.several:
            raise TypeError("a tuple is not a number or an array; for several results see te.custom_vjp")
        return plain(out, self.kept)

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Op:
        return self  # there is one of each operation


class Lent(NamedTuple):
    """A gradient that lies in the memory of a program, which will write the next one there."""

    array: Any

    def copy(self) -> Any:
        """The gradient in memory of its own."""
        return self.array.copy() if self.array.ndim else self.array.item()


class Parts(tuple[Any, ...]):
    """The cotangents or tangents of an operation with several results; None where there is none.

    Such an operation records one Value, whose data is the tuple of its results; the row `part` takes
    one out.  Parts add up one by one, as any cotangents do."""

    __slots__ = ()

    def __add__(self, other: Any) -> Parts:
        pairs = zip(self, other, strict=True)
        return Parts(b if a is None else a if b is None else a + b for a, b in pairs)


class EachInput:
    """The rules of an operation with any number of inputs: `rule(i)` makes the one for input i."""

    def __init__(self, rule: Callable[[int], Any]) -> None:
        self.rule = rule

    def __getitem__(self, i: int) -> Any:
        return self.rule(i)


class Value(Notation):
    """A number or an array that remembers the operation and the inputs it came from.

    `Value(data)` makes a leaf: a Python float from any real number (a complex from a complex one), or
    its own copy of an array (of floating point numbers: integers and lists become float64).  Everything
    computed from Values is a Value; plain numbers and arrays are constants.  `label` names it in
    pictures, where its `role` is "input" or "parameter".

    >>> x = Value(3.0, label="x")
    >>> y = x * x + 2.0
    >>> y.backward()
    >>> y.data, x.grad
    (11.0, 6.0)

    Raises TypeError for data that are not numbers, ValueError for another role.
    """

    __slots__ = ("_data", "_grad", "birth", "inputs", "notes", "op", "params")

    def __init_subclass__(cls) -> None:
        raise TypeError("Value cannot be subclassed; keep a Value in a class of your own, or see nn.Module")

    def __init__(self, data: Any, label: str | None = None, role: str = "input") -> None:
        self._data = own(data)
        self._grad: Any = None  # None means "not computed", which is not the same as 0
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
        refuse_while_tracing("v.data", "use the Value itself, an optimiser to change weights, or return the gradients")
        return readable(self._data)

    @data.setter
    def data(self, new: Any) -> None:
        if self.op is not None:
            raise AttributeError(f"the data of a result ({self.op.name}) cannot be assigned; change its inputs")
        refuse_while_tracing("v.data = new", "use an optimiser to change weights, or return what is new")
        new = own(new)
        if (new_shape := np.shape(new)) != self.shape:
            raise ValueError(f"data of shape {new_shape} assigned to a Value of shape {self.shape}")
        if np.iscomplexobj(new) and self.dtype.kind != "c":
            raise TypeError(f"complex data assigned to a Value of dtype {self.dtype}; assign new.real")
        self._data = new.astype(self.dtype, copy=False) if new_shape else self.dtype.type(new).item()
        self.birth = new_birth()  # a record that used the old number can tell: see `pullback`

    @property
    def grad(self) -> Any:
        """The gradient, of which a leaf has the sum over all backward passes; None if it was not computed."""
        trace = TRACE.get()
        return self.present_grad() if trace is None else trace.gradient(self)

    @grad.setter
    def grad(self, new: Any) -> None:
        if (trace := TRACE.get()) is not None:
            trace.gradients[self] = new
        else:
            self._grad = new

    def present_grad(self) -> Any:
        """The gradient as an array or a number: a program leaves it where it was computed until it is asked for."""
        if type(self._grad) is Lent:
            self._grad = self._grad.copy()
        return self._grad

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
        if (trace := TRACE.get()) is not None:
            for node, g in pullback({self: seed_for(self, seed)}, record=True).items():
                before = None if node.op is not None else trace.gradient(node)
                trace.gradients[node] = g if before is None else before + g
            return
        taken: set[int] = set()  # arrays that are somebody's gradient by now
        for node, g in pullback({self: seed_for(self, seed)}).items():
            if node.op is not None:
                node._grad = g
                if type(g) is not float:
                    taken.add(id(g))
            else:
                node._grad = apart(g, taken) if node._grad is None else node.present_grad() + g

    def __str__(self) -> str:
        refuse_while_tracing("a Value written into text", LOOK)
        return repr(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        if TRACE.get() is not None:  # a text would keep the numbers of this call
            return f"Value(traced {describe(self._data)}{label})"
        gradient = "" if self._grad is None else f", grad={self.present_grad()!r}"
        return f"Value({self._data!r}{gradient}{label})"

    def __reduce__(self) -> tuple[Any, ...]:
        if self.op is not None:
            raise TypeError("only leaves can be copied or pickled, not a record; use .data of this result")
        refuse_while_tracing(
            "a copy or a pickle of a Value", "use np.copy(v), or copy it before the function is called"
        )
        return restored, (self._data, self.present_grad(), self.notes)


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
    beyond: frozenset[Value] = frozenset(),
    record: bool = False,
    stacked: Any = None,
    selected: bool = False,
    log: Callable[..., None] | None = None,
) -> dict[Value, Any]:
    """Reverse mode: from the cotangents of some Values (`seeds`) that of every Value in their history.

    Always takes the newest Value that waits: whatever was computed from it is younger, and done, so
    its cotangent is complete.  Values born before `since` are left out, but that those in `beyond` get
    their cotangent (and pass nothing on).  With `record`, the walk is itself recorded, so it can be
    differentiated again.  With `stacked` (see `stacks`), every seed is a stack of cotangents; with
    `selected`, elements may have been dropped from them.  `log` is told of each product: node, operand
    position, upstream cotangent, contribution, sum so far."""
    waiting: dict[int, list[Any]] = {}  # birth -> the Value, the sum of its cotangents so far, selected?
    queue: list[int] = []  # a heap of -birth: the newest first
    trace = TRACE.get()
    start = new_birth() if trace is not None else 0
    for v, g in seeds.items():
        waiting[v.birth] = [v, g, selected]
        heappush(queue, -v.birth)
    done: dict[Value, Any] = {}
    while queue:
        birth = -heappop(queue)
        node, g, selected = waiting.pop(birth)
        if (op := node.op) is not None and op.constant:
            continue
        done[node] = g
        if op is None or birth < since:
            continue
        if trace is not None:
            trace.origins.append((new_birth(), birth))
        given, params = operands(g, node, record), node.params
        if selected or op.selects:  # elements may have been dropped on the way
            if selected and op.walks:
                params = {**(params or {}), "selected": True}
            selected = True
        for i, x in enumerate(node.inputs):
            if type(x) is not Value or ((b := x.birth) < since and x not in beyond):
                continue
            if b > birth:
                raise stale(x)
            if (rule := op.vjps[i]) is None:
                continue
            try:
                if stacked:
                    gx = stacked.pull(rule, given, params or {}, x, op, selected)
                else:
                    gx = rule(*given, **params) if params else rule(*given)
            except Exception as error:
                error.add_note(rule_note(op, i, node))
                raise
            if selected and op.singular and not stacked and not (type(gx) is float and isfinite(gx)):
                gx = unmasked(gx, g)
            if type(gx) is not float or type(x._data) is not float:
                if gx is not None and not stacked and not alike(gx, x._data):
                    gx = fitted(gx, x)
                if gx is None:
                    continue  # a mask, or one of several results that nobody used
            if (sofar := waiting.get(b)) is None:
                waiting[b] = sofar = [x, gx, selected]
                heappush(queue, -b)
            else:
                sofar[1] = sofar[1] + gx
                sofar[2] = sofar[2] or selected
            if log is not None and (x.op is None or not x.op.constant):
                log(node, i, g, gx, sofar[1])
    if trace is not None:
        trace.quiet.append((start, new_birth()))
    return done


def rule_note(op: Op, i: int, node: Value) -> str:
    """Where a gradient rule failed: the operation, its input, the shapes and, if known, the user's line."""
    inputs = ", ".join(describe(x._data if type(x) is Value else x) for x in node.inputs)
    place = place_of(node.birth) or "not recorded; run it inside te.located() to know"
    return f"in the gradient rule of {op.name}({inputs}) for input {i}; the line that called it: {place}"


def stale(x: Value) -> RuntimeError:
    """The error for a record whose input is no longer what it was."""
    return RuntimeError(
        f"{x!r} was changed after it was used, so this record is out of date; "
        "compute the result again before differentiating it"
    )


@np.errstate(all="ignore")
def pushforward(
    order: list[Value],
    tangents: dict[Value, Any],
    *,
    record: bool = False,
    stacked: Any = None,
    selected: bool = False,
) -> dict[Value, Any]:
    """Forward mode: from the `tangents` of some Values those of all in `order` that depend on them.

    The same record, walked the other way.  With `stacked` (see `stacks`), every tangent is a stack of them; with
    `selected`, elements may have been dropped from them."""
    dots, dropped = dict(tangents), set(tangents if selected else ())
    trace = TRACE.get()
    start = new_birth() if trace is not None else 0
    for node in reversed(order):
        if (op := node.op) is None or node in tangents:
            continue
        if trace is not None:
            trace.origins.append((new_birth(), node.birth))
        (_, *given), params = operands(None, node, record), node.params or {}
        for i, x in enumerate(node.inputs):
            if type(x) is Value and x.birth > node.birth:
                raise stale(x)
            if type(x) is not Value or x not in dots or (rule := op.jvps[i]) is None:
                continue
            t, settings = dots[x], params
            if masked := op.selects or x in dropped:
                dropped.add(node)
                if op.walks and x in dropped:
                    settings = {**params, "selected": True}
            if stacked:
                dot = stacked.push(rule, t, given, settings, node, i, masked)
            else:
                dot = rule(t, *given, **settings)
                if masked and op.singular:
                    dot = unmasked(dot, t)
                if dot is not None and not alike(dot, node._data):
                    dot = fitted(dot, node)
            if dot is not None:  # one of several results may not depend on it
                dots[node] = dots[node] + dot if node in dots else dot
    if trace is not None:
        trace.quiet.append((start, new_birth()))
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
    """`g` in the shape and dtype of `like`: broadcasting is undone here, once, not in every rule.

    None if `like` is a mask or a count, whose derivative is nobody's."""
    data = like._data if type(like) is Value else like
    if alike(data, g._data if type(g) is Value else g):
        return g
    if type(g) is Parts:
        return g
    if (data.dtype if type(data) is np.ndarray else np.result_type(data)).kind not in "fc":
        return None
    return OPS["fit"](g, like) if type(g) is Value else OPS["fit"].forward(g, data)


def alike(data: Any, other: Any) -> bool:
    """Whether two numbers or arrays have one shape and dtype."""
    if type(data) is not type(other):
        return False
    return type(data) in NUMBER or (data.dtype is other.dtype and data.shape == other.shape)


def unmasked(gx: Any, g: Any) -> Any:
    """`gx` with 0 where `g` is 0, if the local derivative is infinite somewhere.

    An element that `where`, `maximum` or an index dropped contributes nothing, even where its own
    derivative is infinite: 0 · ∞ = 0 there, and not nan."""
    return OPS["unmasked"](gx, gx, g)


def apart(g: Any, taken: set[int]) -> Any:
    """`g` with memory of its own, apart from the arrays in `taken`: the user may change it in place."""
    if isinstance(g, np.ndarray):
        if g.base is not None or id(g) in taken:
            g = g.copy()
        taken.add(id(g))
    return g


def transposed(op: Op, i: int, stacked: Any = None) -> Callable[..., Any] | None:
    """The tangent rule of `op` in input i, from its gradient rule alone; with `stacked`, for a stack.

    A gradient rule is linear in g; pulling a tangent back through it transposes it again."""
    if (rule := op.vjps[i]) is None:
        return None

    def jvp(t: Any, out: Any, *inputs: Any, **params: Any) -> Any:
        u = zero_leaves(out._data if type(out) is Value else out)
        us = u if type(u) is Parts else (u,)
        gx = rule(u, out, *inputs, **params)
        seeds = seeds_of(fitted(gx, inputs[i]) if type(gx) is Value else gx, t)
        record = any(type(v) is Value for v in (t, out, *inputs))
        found = pullback(seeds, since=us[0].birth, record=record, stacked=stacked)
        if type(u) is Parts:
            return Parts(map(found.get, us))
        return found.get(u, None if stacked else u._data)

    return jvp


def zero_leaves(data: Any) -> Any:
    """Fresh leaves of zeros in the shape of a result, or of several."""
    if type(data) is tuple:
        return Parts(map(zero_leaves, data))
    return Value(np.zeros_like(data) if np.ndim(data) else np.zeros_like(data).item())


def seeds_of(gx: Any, t: Any) -> dict[Value, Any]:
    """The cotangent `t` of `gx` as seeds of a walk, one a Value; what is no Value depends on nothing."""
    seeds: dict[Value, Any] = {}
    for g, part in zip(gx, t, strict=True) if type(gx) is Parts else ((gx, t),):
        if type(g) is Value and part is not None:
            seeds[g] = seeds[g] + part if g in seeds else part
    return seeds


def refuse_values(op: Op, params: dict[str, Any]) -> None:
    """Raise for a Value among the settings, which are not differentiated."""
    for name, setting in params.items():
        if type(setting) is Value:
            raise TypeError(f"{op.name}({name}=…) is a setting, and got a Value; data are given by position")


# ---- stacks of cotangents and tangents ----------------------------------------------------------------


# ---- leaves and seeds -------------------------------------------------------------------------------


def leaf(data: Any) -> Value:
    """A leaf that shares the caller's array: for transforms, which never change it."""
    value = Value(0.0)
    value._data = numeric(data)
    return value


def restored(data: Any, grad: Any, notes: dict[str, Any] | None) -> Value:
    """A leaf from a copy or a pickle."""
    value = Value(data)
    value._grad, value.notes = copy(grad), copy(notes)
    return value


def seed_for(root: Value, seed: Any) -> Any:
    """The cotangent of `root`, checked."""
    if root.op is not None and root.op.constant:
        raise TypeError(f"{root.op.name} has no derivative, so there is nothing to go back through")
    if seed is None:
        if type(root._data) is complex:
            raise ValueError("backward() of a complex number needs a seed; "
                             "or make it real first: np.real(y), np.imag(y), np.abs(y)")  # fmt: skip
        if root.shape:
            raise ValueError(f"backward() of a Value of shape {root.shape} needs a seed of that shape; "
                             "or reduce it to one number first, by .sum() or .mean()")  # fmt: skip
        return 1.0
    if type(seed) is not Value:
        seed = own(seed)
    elif TRACE.get() is None:
        seed = own(seed._data)
    return checked(seed, root, "seed")


def checked(given: Any, like: Value, what: str) -> Any:
    """A seed, cotangent or tangent in the shape and dtype of `like`."""
    data = given._data if type(given) is Value else given
    if alike(like._data, data):
        return given
    if np.shape(data) != like.shape:
        raise ValueError(f"a {what} of shape {np.shape(data)} for a Value of shape {like.shape}; they must agree")
    if np.iscomplexobj(data) and like.dtype.kind != "c":
        raise TypeError(f"a complex {what} for a Value of dtype {like.dtype}; give a real one")
    fit = fitted(given, like)
    return given if fit is None else fit
