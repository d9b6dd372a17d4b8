"""From a record to plain data: one card a Value, one edge an operand.

Pure questions about the record, answered in words and numbers; nothing here knows where a card will
stand or how it will look.  A record too big to read is summarised: see `fold`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from ..engine import Value, history, pullback, seed_for
from ..graph import expression, local_derivative, names, outdated
from ..kinds import is_complex, shape_of
from ..numerals import SUPERSCRIPTS, data_text, factor_text, formula_text, scalar_text
from .text import columns, elided, shown, visible

IN_HEADER, IN_LABEL = 28, 12  # columns that a name may take
HEADER_COLUMNS, DATA_COLUMNS = 40, 24
CARDS = 40  # what a summary shows at most; more would not be readable on one screen
OPERANDS = 6  # more inputs than this are counted, not listed
PARALLEL = 4  # more edges than this between two cards are drawn as one
NOT_COMPUTED = "–"


class Row(NamedTuple):
    """A line in the body of a card; `kind` is "value", "gradient" or "count"."""

    label: str
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Card:
    """What a picture says about one Value, or about many that were folded.

    `kind` is "input", "parameter", "operation", "output" or "folded", and `word` tells it in words
    where the title does not.  `detail` says all of it in full: whole names, all digits."""

    kind: str
    title: str
    word: str
    rows: tuple[Row, ...]
    detail: str


@dataclass(frozen=True, slots=True)
class Edge:
    """An operand: from the card of an input to that of the Value computed from it.

    `lines` is its label; `local` the local derivative in full, None where it is a whole matrix or
    there is none; `flows` whether a gradient can go back along it."""

    tail: int
    head: int
    lines: tuple[str, ...]
    local: Any = None
    flows: bool = True


@dataclass(frozen=True, slots=True)
class Sheet:
    """A picture before it is laid out: cards, oldest first, and edges between their positions."""

    name: str
    count: int
    cards: tuple[Card, ...]
    edges: tuple[Edge, ...]


def sheet_of(root: Value, seed: Any = None, limit: int = 150) -> Sheet:
    """The cards and edges of the record of `root`; see `draw` for the arguments."""
    order = history(root)
    if seed is not None:
        gradients = pullback({root: seed_for(root, seed)})
    elif root.grad is not None:
        gradients = {v: v.grad for v in order}
    else:  # not differentiated: what the leaves hold comes from another result
        gradients = {}
    kept = order if len(order) <= limit else fold(order, min(limit, CARDS) - 1)
    view = View(root, names(order), gradients.get)
    cards = [view.card(v) for v in reversed(kept)]
    place = {v: i for i, v in enumerate(reversed(kept))}
    if len(kept) == len(order):
        return Sheet(view.top, len(order), tuple(cards), tuple(view.edges(place, -1)))
    gone, uses = folded(order, place)
    cards.append(gone)
    edges = [Edge(place[v], len(place), used(n)) for v, n in uses.items()]
    return Sheet(view.top, len(order), tuple(cards), (*edges, *view.edges(place, len(place))))


# ---- one Value ---------------------------------------------------------------------------------------


class View:
    """How the Values of one record are named and what their gradients are."""

    def __init__(self, root: Value, named: dict[Value, str], gradient: Callable[[Value], Any]) -> None:
        self.root, self.named, self.gradient = root, named, gradient
        self.top = self.short(root)

    def whole(self, v: Value) -> str:
        """The name of a Value, whole."""
        return str(self.named[v])

    def short(self, v: Value) -> str:
        """The name of a Value in labels."""
        return shown(self.whole(v), IN_LABEL)

    def card(self, v: Value) -> Card:
        """The card of one Value."""
        if v.op is not None:
            kind, word = ("output", "output") if v is self.root else ("operation", "")
        else:
            kind, word = "parameter" if v.role == "parameter" else "input", shown(str(v.role), IN_LABEL)
        shape, value = short_data(v.data)
        _, gradient = ("", NOT_COMPUTED) if (g := self.gradient(v)) is None else short_data(g)
        slope = f"∂{self.top}/∂{self.short(v)}"
        rows = [Row("shape", shape, "value")] if shape else []
        rows += [Row("value", value, "value"), Row(slope, gradient, "gradient")]
        return Card(kind, self.title(v), word, tuple(rows), self.detail(v, word))

    def title(self, v: Value) -> str:
        """`p = w₁ × x₁`, or the name of a leaf."""
        name = shown(self.whole(v), IN_HEADER)
        if v.op is None:
            return name
        room = max(HEADER_COLUMNS - columns(name), IN_LABEL)
        return f"{name} = {elided(visible(self.made(v, self.short)), room)}"

    def made(self, v: Value, name: Callable[[Value], str]) -> str:
        """The expression that made `v`; many inputs are counted."""
        if v.op is not None and len(v.inputs) > OPERANDS:
            return f"{v.op.name}({spaced(len(v.inputs))} inputs)"
        return expression(v, {x: name(x) for x in (v, *v.inputs) if type(x) is Value})

    def detail(self, v: Value, word: str) -> str:
        """The card in full: whole names, all digits."""
        name = self.whole(v)
        first = f"{name} ({word})" if v.op is None else f"{name} = {self.made(v, self.whole)}"
        of = f"{v.dtype} of shape {'×'.join(map(str, v.shape))}" if v.shape else ""
        g = self.gradient(v)
        gradient = "gradient not computed" if g is None else f"gradient {full_data(g)}"
        return "\n".join(filter(None, (*map(visible, first.split("\n")), of, f"value {full_data(v.data)}", gradient)))

    # ---- its operands ----------------------------------------------------------------------------------

    def edges(self, place: dict[Value, int], rest: int) -> Iterable[Edge]:
        """The edges into every card; an input without a card of its own is at position `rest`."""
        for node, head in place.items():
            between: dict[int, list[int]] = {}
            for i, x in enumerate(node.inputs):
                if type(x) is Value:
                    between.setdefault(place.get(x, rest), []).append(i)
            for tail, positions in between.items():
                if len(positions) > (PARALLEL if tail != rest else 1):
                    yield Edge(tail, head, (f"{spaced(len(positions))} operands",))
                else:
                    yield from (self.edge(node, i, tail, head) for i in positions)

    def edge(self, node: Value, i: int, tail: int, head: int) -> Edge:
        """The edge of operand `i`: `∂p/∂w₁ = x₁ = 2`."""
        op = node.op
        assert op is not None  # it has inputs
        if op.constant or op.vjps[i] is None:
            return Edge(tail, head, ("no derivative",), flows=False)
        x = node.inputs[i]
        same = [j for j, other in enumerate(node.inputs) if other is x]
        which = f" ({same.index(i) + 1} of {len(same)})" if len(same) > 1 else ""
        slope = f"∂{self.short(node)}/∂{self.short(x)}{which}"
        formula = self.formula(node, i)
        if outdated(node):
            return Edge(tail, head, (*broken(slope, formula), "an operand has changed since"))
        local = local_derivative(node, i)
        number = "" if local is None else slope_text(local)
        return Edge(tail, head, broken(slope, formula, number), local)

    def formula(self, node: Value, i: int) -> str:
        """The local derivative in operand `i` in the names of the operands; "" if there is no formula."""
        code = node.op.local[i] if node.op is not None and i < len(node.op.local) else None
        if code is None or (is_complex(node.inputs[i]) and not is_complex(node)):
            return ""  # formulas are of functions with one derivative, which |z| and its like do not have
        operands = dict(zip("xy", node.inputs, strict=False), out=node)
        constants = {x: v for x, v in operands.items() if type(v) is not Value}
        if any(shape_of(v) and re.search(rf"\b{x}\b", code) for x, v in constants.items()):
            return ""  # a constant array has no name
        numbers = {x: factor_text(v) for x, v in constants.items()}
        factors = {x: self.factor(v) for x, v in operands.items() if x not in constants}
        text = OPERAND.sub(lambda m: numbers.get(m[0], m[0]), formula_text(visible(code)))
        return OPERAND.sub(lambda m: factors.get(m[0], m[0]), LOWERED.sub(lowered, text))

    def factor(self, v: Value) -> str:
        """The name of an operand in a formula, in brackets if it is not one word."""
        name = self.short(v)
        return name if SIMPLE.fullmatch(name) else f"({name})"


OPERAND = re.compile(r"\b(?:x|y|out)\b", re.ASCII)  # in ASCII "²" ends a word
SIMPLE = re.compile(r"[\w.′…]+")
LOWERED = re.compile(r"\^\(([0-9]+) − 1\)")


def lowered(exponent: re.Match[str]) -> str:
    """The exponent in `x^(3 − 1)` as it is written by hand: `x²`."""
    n = int(exponent[1]) - 1
    return "" if n == 1 else str(n).translate(SUPERSCRIPTS)


def broken(*parts: str, most: int = 18) -> tuple[str, ...]:
    """`a = b = c` without empty parts and repetitions, on two lines if it is long: labels take room."""
    sides = list(dict.fromkeys(filter(None, parts)))
    whole = " = ".join(sides)
    if len(whole) <= most or len(sides) == 1:
        return (whole,)
    splits = [(" = ".join(sides[:i]), "= " + " = ".join(sides[i:])) for i in range(1, len(sides))]
    return min(splits, key=lambda lines: max(map(len, lines)))


# ---- numbers -----------------------------------------------------------------------------------------


def short_data(data: Any) -> tuple[str, str]:
    """Data as a card shows them: "" and a number or a short array, or else a shape and a range."""
    text = data_text(data)
    if isinstance(data, tuple):
        return "", f"{len(data)} results"
    if len(text) <= DATA_COLUMNS and " from " not in text:
        return "", text
    shape, separator, extent = data_text(data, most=0).partition(" from ")
    if not separator:
        return "", shape
    low, _, high = extent.partition(" to ")
    return shape, f"all {low}" if low == high else extent


def slope_text(local: Any) -> str:
    """A local derivative: the one number where all elements agree."""
    first = np.ravel(local)[:1]
    if shape_of(local) and first.size and np.all(local == first[0]):
        return scalar_text(first[0])
    shape, text = short_data(local)
    return f"{text} in {shape}" if shape else text


def full_data(data: Any) -> str:
    """All digits of a number; the shape and range of an array."""
    return data_text(data) if isinstance(data, tuple) or shape_of(data) else repr(data)


def spaced(n: int) -> str:
    """A count with its thousands apart, by spaces that do not break."""
    return f"{n:,}".replace(",", "\u00a0")


# ---- too many Values ---------------------------------------------------------------------------------


def fold(order: Sequence[Value], most: int) -> list[Value]:
    """The at most `most` Values of a big record that are worth a card, newest first.

    They are the operations nearest the root, and leaves: parameters and labelled ones before others,
    those used by a card before others.  An operation that is folded is older than all that are kept,
    so what is folded never depends on a card that is not a leaf."""
    leaves = [v for v in order if v.op is None]
    room = min(len(leaves), max(most // 3, most - (len(order) - len(leaves))))
    operations = list(islice((v for v in order if v.op is not None), most - room))
    near = {x for v in operations for x in v.inputs if type(x) is Value}

    def rank(v: Value) -> tuple[bool, bool, int]:
        return v.role != "parameter" and not v.label, v not in near, -v.birth

    kept = {*operations, *nsmallest(room, leaves, key=rank)}
    return [v for v in order if v in kept]


def folded(order: Iterable[Value], kept: dict[Value, int], most: int = 5) -> tuple[Card, dict[Value, int]]:
    """The card that stands for all Values without one, and how often these use each that has one."""
    kinds: Counter[str] = Counter()
    uses: Counter[Value] = Counter()
    for v in order:
        if v not in kept:
            kinds[v.op.name if v.op is not None else v.role] += 1
            uses.update(x for x in v.inputs if type(x) is Value and x in kept)
    counts = sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0]))
    rows = counts
    if len(counts) > most:
        rows = [*counts[: most - 1], ("of other kinds", sum(n for _, n in counts[most - 1 :]))]
    total = f"{spaced(kinds.total())} earlier Values"
    detail = "\n".join([f"{total}, folded into one card", *(f"{spaced(n)} × {visible(kind)}" for kind, n in counts)])
    lines = tuple(Row(shown(kind, IN_HEADER), f"{spaced(n)} ×", "count") for kind, n in rows)
    return Card("folded", total, "", lines, detail), {v: uses[v] for v in kept if v in uses}


def used(times: int) -> tuple[str, ...]:
    """The label of an edge into the folded card."""
    return (f"used {spaced(times)} times",) if times > 1 else ()
