"""Where the cards stand: Graphviz places boxes whose sizes we have measured, and routes the edges.

Graphviz sees no text: it would measure it with fonts of its own.  The engine is the package
`graphviz-pure` where it is installed, because one version of it gives the same positions on every
machine, and else the `dot` program of the system.
"""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from .cards import Card, Edge, Sheet
from .text import Font, width

HEADER, SMALL, NUMBER = Font(13, bold=True), Font(11), Font(12, mono=True)
BAND, ROW, LINE = 26, 17, 14  # heights of a card's header, of a row below it and of a line of a label
INSET, GAP, LEAST, FOOT, MARGIN = 10, 14, 120, 9, 16
BESIDE = 6  # from an edge that goes down to its label
PAGE = 1200  # pixels across which a picture should be readable
SMALLEST = 9  # pixels of the smallest text that counts as readable
SPACING = {"LR": "nodesep=0.18 ranksep=0.3", "TB": "nodesep=0.15 ranksep=0.45"}  # inches
POINTS = 72  # Graphviz counts sizes in inches and positions in points; a point is our pixel


class Box(NamedTuple):
    """A rectangle, by its upper left corner; y grows downwards, in pixels."""

    x: float
    y: float
    width: float
    height: float


class Curve(NamedTuple):
    """A chain of cubic Bézier curves (one point, then three for each) and the arrow's tip after it."""

    points: tuple[tuple[float, float], ...]
    tip: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Layout:
    """A sheet laid out: a box a card, a curve and a label's box an edge (None without a label).

    `down` tells from top to bottom, where a label stands to the right of its edge, from left to right."""

    down: bool
    width: float
    height: float
    boxes: tuple[Box, ...]
    curves: tuple[Curve, ...]
    labels: tuple[Box | None, ...]


def laid_out(sheet: Sheet, timeout: float = 60.0) -> Layout:
    """Place the cards: from left to right if that is readable, else whichever way is narrower.

    Raises RuntimeError where there is no layout engine or it fails, TimeoutError where it takes more
    than `timeout` seconds."""
    engine = find_engine()
    across = placed(engine, sheet, "LR", timeout)
    if across.width * SMALLEST <= PAGE * SMALL.size:
        return across
    down = placed(engine, sheet, "TB", timeout)
    return min(across, down, key=lambda found: found.width)


def placed(engine: Path, sheet: Sheet, direction: str, timeout: float) -> Layout:
    """The layout in one direction: "LR" (left to right) or "TB" (top to bottom)."""
    sizes = [card_size(card) for card in sheet.cards]
    labels = [label_size(edge, BESIDE if direction == "TB" else 0) for edge in sheet.edges]
    reply = ask(engine, request(sheet, sizes, labels, direction), timeout, len(sheet.cards))
    _, _, right, top = map(float, reply["bb"].split(","))

    def point(text: str) -> tuple[float, float]:
        x, y = map(float, text.split(","))
        return x + MARGIN, top - y + MARGIN

    boxes = [around(point(o["pos"]), size) for o, size in zip(reply["objects"], sizes, strict=True)]
    curves, places = [], []
    for edge, size in zip(in_order(reply.get("edges", [])), labels, strict=True):
        tip, *points = edge["pos"].split()  # "e,<tip> <points>"
        curves.append(Curve(tuple(map(point, points)), point(tip.removeprefix("e,"))))
        places.append(around(point(edge["lp"]), size) if size else None)
    return Layout(direction == "TB", right + 2 * MARGIN, top + 2 * MARGIN, tuple(boxes), tuple(curves), tuple(places))


def in_order(edges: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The edges as they were asked for: each carries its number."""
    return sorted(edges, key=lambda edge: int(edge["id"]))


def around(centre: tuple[float, float], size: tuple[int, int]) -> Box:
    """The box of a size around a point."""
    return Box(centre[0] - size[0] / 2, centre[1] - size[1] / 2, *size)


# ---- sizes -------------------------------------------------------------------------------------------


def card_size(card: Card) -> tuple[int, int]:
    """Width and height of a card, in whole pixels, with room for all its text."""
    header = width(card.title, HEADER) + (GAP + width(card.word, SMALL) if card.word else 0)
    rows = [width(row.label, SMALL) + GAP + width(row.text, NUMBER) for row in card.rows]
    inner = math.ceil(max(header, *rows)) + 2 * INSET
    return max(LEAST, inner + inner % 2), BAND + ROW * len(card.rows) + FOOT


def label_size(edge: Edge, beside: int) -> tuple[int, int] | None:
    """Width and height of an edge's label, `beside` pixels from it; None if it has none."""
    if not edge.lines:
        return None
    return math.ceil(max(width(line, SMALL) for line in edge.lines)) + 4 + beside, LINE * len(edge.lines) + 6


# ---- the engine --------------------------------------------------------------------------------------


def find_engine() -> Path:
    """The program that lays graphs out.

    Raises RuntimeError where there is none."""
    try:
        files = metadata.files("graphviz-pure") or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:  # its script need not be on PATH: an environment can be used without activating it
        if file.stem == "graphviz-pure" and (program := Path(str(file.locate()))).is_file():
            return program
    for name in ("graphviz-pure", "dot"):
        if found := shutil.which(name):
            return Path(found)
    raise RuntimeError(
        "no layout engine was found; install one by `pip install graphviz-pure` (or Graphviz from "
        "graphviz.org).  The picture as text, .dot or save('….dot'), needs none"
    )


def request(
    sheet: Sheet, sizes: Sequence[tuple[int, int]], labels: Sequence[tuple[int, int] | None], direction: str
) -> str:
    """The question to Graphviz: boxes without text, and labels of fixed sizes; one edge a statement."""
    lines = [f"graph [rankdir={direction} {SPACING[direction]}]", 'node [shape=box fixedsize=true label=""]']
    lines += [f"n{i} [width={w / POINTS:.4f} height={h / POINTS:.4f}]" for i, (w, h) in enumerate(sizes)]
    for i, (edge, size) in enumerate(zip(sheet.edges, labels, strict=True)):
        lines.append(f"n{edge.tail} -> n{edge.head} [id={i}{reserved(size) if size else ''}]")
    return "digraph {\n" + "\n".join(lines) + "\n}\n"


def reserved(size: tuple[int, int]) -> str:
    """An empty label of a fixed size."""
    table = 'BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" FIXEDSIZE="TRUE"'
    return f' label=<<TABLE {table} WIDTH="{size[0]}" HEIGHT="{size[1]}"><TR><TD></TD></TR></TABLE>>'


def ask(engine: Path, question: str, timeout: float, cards: int) -> Any:
    """What the engine answers, as JSON."""
    try:
        reply = subprocess.run(
            [engine, "-Kdot", "-Tjson0"], input=question.encode(), capture_output=True, timeout=timeout
        )
    except subprocess.TimeoutExpired:
        raise TimeoutError(
            f"{engine.name} did not place {cards} cards within {timeout:g} s; draw fewer with a smaller limit=, "
            "allow more with timeout=, or save a .dot file and lay it out elsewhere"
        ) from None
    except OSError as error:
        raise RuntimeError(f"the layout engine {engine} cannot be run: {error.strerror}") from error
    if reply.returncode:
        said = reply.stderr.decode(errors="replace").strip().splitlines() or ["nothing said"]
        raise RuntimeError(f"the layout engine {engine} failed (exit {reply.returncode}): {said[0]}")
    return json.loads(reply.stdout)
