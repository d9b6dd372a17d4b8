"""Read-only questions about a record: its order, its names, its scopes, and the backward pass told
product by product.

`events` is the one log of a backward pass; explanations and pictures are views of it.  Nothing here
changes a Value: gradients in `.grad` are left as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

import numpy as np

from .births import new_birth
from .engine import Value, fitted, history, pullback, seed_for
from .kinds import part, shape_of
from .notation import LOOK
from .numerals import SUPERSCRIPTS, data_text, factor_text
from .tracing import refuse_while_tracing
from .trees import leaves

P = ParamSpec("P")
R = TypeVar("R")


# ---- the backward event log --------------------------------------------------------------------------


class Event(NamedTuple):
    """One product of the chain rule: what `node` passes back to its input at `position`.

    `contribution` is `upstream` times the local derivative, and `total` the cotangent of the input
    when it has been added."""

    node: Value
    position: int
    upstream: Any
    contribution: Any
    total: Any

    @property
    def target(self) -> Value:
        """The input that receives the contribution."""
        found: Value = self.node.inputs[self.position]
        return found

    @property
    def local(self) -> Any:
        """∂node/∂target: a number, or elementwise an array; None where it is a whole matrix."""
        return local_derivative(self.node, self.position)

    @property
    def first(self) -> bool:
        """Whether this is the first contribution to its target."""
        return self.total is self.contribution


def local_derivative(node: Value, position: int) -> Any:
    """The derivative of `node` in one of its inputs: a number, or elementwise an array in the node's
    shape; None where it is a whole matrix.

    >>> x = Value(3.0)
    >>> local_derivative(x * x, 0)
    3.0
    """
    refuse_while_tracing("te.steps(v), or a local derivative,", LOOK)
    x, op = node.inputs[position], node.op
    if op is None or (rule := op.vjps[position]) is None:
        return None
    if not op.broadcasts and (node.shape or shape_of(x) or tuple in (type(node._data), type(data_of(x)))):
        return None
    data = list(map(data_of, node.inputs))
    one = np.ones_like(node._data) if node.shape else 1.0
    with np.errstate(all="ignore"):
        slope = rule(one, node._data, *data, **(node.params or {}))
    return fitted(slope, node._data * (1.0 + 0.0j) if np.iscomplexobj(slope) else node)


def data_of(x: Any) -> Any:
    """The data of an operand: of a Value its own, of a constant the constant."""
    return x._data if type(x) is Value else x


def outdated(node: Value) -> bool:
    """Whether an input was given other data after `node` was computed from it."""
    return any(type(x) is Value and x.birth > node.birth for x in node.inputs)


def events(root: Value, seed: Any = None) -> list[Event]:
    """Every product of the backward pass from `root`, in order; see `Value.backward` for `seed`.

    >>> x = Value(3.0)
    >>> [(e.upstream, e.local, e.contribution, e.total) for e in events(x * x)]
    [(1.0, 3.0, 3.0, 3.0), (1.0, 3.0, 3.0, 6.0)]
    """
    refuse_while_tracing("te.steps(v)", LOOK)
    log: list[Event] = []
    pullback({root: seed_for(root, seed)}, log=lambda *event: log.append(Event(*event)))
    return log


# ---- names -------------------------------------------------------------------------------------------


def names(order: Sequence[Value]) -> dict[Value, str]:
    """A name for every Value of a history: its label, or `v1`, `v2`, … by age.

    Labels used twice are told apart as `w`, `w′2`, … so the same program gives the same names in
    every process.

    >>> x = Value(3.0, label="x")
    >>> list(names(history(x * x + 1.0)).values())
    ['x', 'v1', 'v2']
    """
    taken = {v.label for v in order if v.label}
    named: dict[Value, str] = {}
    used: dict[str, int] = {}  # how often a label, or "v", was used

    def fresh(stem: str, mark: str) -> str:
        """The next of v1, v2, … or w′2, w′3, … that is nobody's label."""
        while True:
            used[stem] = used.get(stem, 0) + 1
            if (name := f"{stem}{mark}{used[stem]}") not in taken:
                return name

    met: set[str] = set()
    for v in reversed(order):
        if not v.label:
            named[v] = fresh("v", "")
        elif v.label not in met:
            met.add(v.label)
            used.setdefault(v.label + "′", 1)
            named[v] = v.label
        else:
            named[v] = fresh(v.label + "′", "")
    return named


def expression(node: Value, named: dict[Value, str]) -> str:
    """How `node` was computed, in the names of its inputs: `w × x`, `tanh(n)`.

    >>> x = Value(3.0, label="x")
    >>> y = np.tanh(x * 2.0)
    >>> expression(y, names(history(y)))
    'tanh(v1)'
    """
    if node.op is None:
        return named[node]
    parts = [operand_text(x, named) for x in node.inputs]
    if node.op is part and node.params:
        return f"{parts[0]}[{node.params['index']}]"
    if node.op.symbol == "**" and len(parts) == 2:
        whole = parts[1].lstrip("−").isdigit()
        return parts[0] + (parts[1].translate(SUPERSCRIPTS) if whole else f"^{parts[1]}")
    if node.op.symbol and len(parts) == 2:
        return f"{parts[0]} {node.op.symbol} {parts[1]}"
    return f"{node.op.name}({', '.join(parts)})"


def operand_text(x: Any, named: dict[Value, str]) -> str:
    """An input by its name; a constant by its number."""
    if type(x) is Value:
        return named.get(x, "…")
    return data_text(x) if shape_of(x) == () else "array"


# ---- the backward pass in words ----------------------------------------------------------------------


class Steps(Sequence[Event]):
    """The backward pass of one Value: a sequence of `Event`s that prints one line a product."""

    def __init__(self, root: Value, seed: Any = None) -> None:
        self.root = root
        self.events = events(root, seed)
        self.names = names(history(root))
        self.seed = seed_for(root, seed)

    def __len__(self) -> int:
        return len(self.events)

    def __getitem__(self, i: Any) -> Any:
        return self.events[i]

    def line(self, event: Event) -> str:
        """`∂L/∂w += ∂L/∂q · ∂q/∂w = 0.5591 × 0.4 = 0.2236`."""
        top, node, x = self.names[self.root], self.names[event.node], self.names[event.target]
        left = f"∂{top}/∂{x} += ∂{top}/∂{node} · ∂{node}/∂{x}"
        product = "" if event.local is None else f" = {factor_text(event.upstream)} × {factor_text(event.local)}"
        sofar = "" if event.first else f"   (so far {data_text(event.total)})"
        return f"{left}{product} = {data_text(event.contribution)}{sofar}"

    def lines(self) -> Iterator[str]:
        """The seed, then one line a product."""
        top = self.names[self.root]
        yield f"∂{top}/∂{top} = {data_text(self.seed)}"
        yield from map(self.line, self.events)

    def __str__(self) -> str:
        return "\n".join(self.lines())

    __repr__ = __str__


def steps(root: Value, seed: Any = None) -> Steps:
    """The backward pass from `root`, one product of the chain rule a line.

    It runs its own backward pass, so it works before and after `root.backward()` and changes nothing.

    >>> w, x = Value(-1.0, label="w"), Value(0.4, label="x")
    >>> q = w * x
    >>> q.label = "q"
    >>> L = np.tanh(q)
    >>> L.label = "L"
    >>> print(steps(L))
    ∂L/∂L = 1
    ∂L/∂q += ∂L/∂L · ∂L/∂q = 1 × 0.8556 = 0.8556
    ∂L/∂w += ∂L/∂q · ∂q/∂w = 0.8556 × 0.4 = 0.3423
    ∂L/∂x += ∂L/∂q · ∂q/∂x = 0.8556 × (−1) = −0.8556

    Raises as `Value.backward` does.
    """
    return Steps(root, seed)


# ---- scopes ------------------------------------------------------------------------------------------


Scope = tuple[str, int, Any]
"""A named stretch of a record, what was born after `start` up to the Value that carries it: (name, start, the
scope inside that ends with the same Value, or None).  A plain tuple, since every call of a module makes one."""


def scoped(name: str, f: Callable[P, R]) -> Callable[P, R]:
    """`f`, with what it computes recorded under `name`: a module's path, a step of a loop.

    Only the results of a call are marked, so the operations inside cost nothing extra.  `scopes`
    tells where every Value of a record belongs.

    >>> x = Value(3.0)
    >>> y = scoped("step 1", lambda x: np.tanh(x) * 2.0)(x) + 1.0
    >>> [path for path in scopes(history(y)).values()]
    [(), ('step 1',), ('step 1',), ()]
    """

    @wraps(f)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        start = new_birth()
        return marked(f(*args, **kwargs), name, start)

    return call


def marked(out: R, name: str, start: int) -> R:
    """`out` itself, its Values marked as results of a call named `name` that began at `start`."""
    for v in (out,) if type(out) is Value else leaves(out):
        if type(v) is Value and v.birth > start:
            notes = v.notes or {}
            scope: Scope = name, start, notes.get("scope")
            v.notes = {**notes, "scope": scope} if notes else {"scope": scope}
    return out


def scopes(order: Sequence[Value]) -> dict[Value, tuple[str, ...]]:
    """The scope path of every Value of a history, outermost first."""
    calls: dict[tuple[int, str], int] = {}
    for v in order:
        scope = (v.notes or {}).get("scope")
        while scope is not None:
            name, start, scope = scope
            key = start, name  # one call, which may have several results
            calls[key] = max(calls.get(key, 0), v.birth)
    spans = sorted(((start, end, name) for (start, name), end in calls.items()), key=lambda s: (s[0], -s[1]))
    paths, following, within = {}, iter(spans), []
    upcoming = next(following, None)
    for v in reversed(order):
        while upcoming is not None and upcoming[0] < v.birth:
            within.append(upcoming)
            upcoming = next(following, None)
        within = [span for span in within if span[1] >= v.birth]
        paths[v] = tuple(name for _, _, name in within)
    return paths
