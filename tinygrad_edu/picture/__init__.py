"""Pictures of a computation: values, gradients, and the local derivatives between them.

`draw(y)` asks the record of `y` what it holds (`cards`), lets Graphviz place the cards (`layout`) and
draws them (`svg`), or hands over a plain graph (`dot`).  Networks of layers and step-by-step players
are not here.
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Any

import graphviz

from ..engine import Value
from ..files import write_whole
from .cards import Sheet, sheet_of
from .dot import digraph
from .layout import laid_out
from .svg import svg_document

__all__ = ["Picture", "draw"]


class Picture:
    """A drawn computation.  It shows itself in a notebook; `save` writes it to a file.

    The numbers are those of the moment it was drawn.  `graph` is a `graphviz.Digraph` and `dot` its
    source; they need no layout engine, unlike `svg`."""

    def __init__(self, sheet: Sheet, timeout: float) -> None:
        self.sheet, self.timeout = sheet, timeout

    @cached_property
    def svg(self) -> str:
        """The picture as an SVG document, for light and dark backgrounds.

        Raises RuntimeError where no layout engine is installed, TimeoutError where it takes too long."""
        return svg_document(self.sheet, laid_out(self.sheet, self.timeout))

    @cached_property
    def graph(self) -> graphviz.Digraph:
        """The picture as a graph that Graphviz can lay out, with plain labels."""
        return digraph(self.sheet)

    @property
    def dot(self) -> str:
        """The source of `graph`."""
        return str(self.graph.source)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture; the ending of `path` decides how: .svg, .dot or .gv.

        A file is written whole or not at all.  Raises ValueError for other endings, OSError where the
        file cannot be written, and as `svg` does."""
        path = Path(path)
        ending = path.suffix.lower()
        if ending not in (".svg", ".dot", ".gv"):
            raise ValueError(
                f"a picture can be saved as .svg, .dot or .gv, not as {ending or path.name!r}; "
                "for a bitmap or a PDF, save .svg and print it from a browser"
            )
        write_whole(path, (self.svg if ending == ".svg" else self.dot).encode())

    def __repr__(self) -> str:
        cards, edges = len(self.sheet.cards), len(self.sheet.edges)
        edge = "edge" if edges == 1 else "edges"
        folded = "" if cards == self.sheet.count else f" on {cards} cards"
        return f"<picture of {self.sheet.name}: {self.sheet.count} Values{folded}, {edges} {edge}>"

    def __str__(self) -> str:
        """The picture in words: a line a card."""
        cards = [f"{card.title}  {card.word}".rstrip() for card in self.sheet.cards]
        room = max(map(len, cards))
        rows = ["  ".join(f"{row.label} {row.text}" for row in card.rows) for card in self.sheet.cards]
        return "\n".join(f"{card:<{room}}  {row}" for card, row in zip(cards, rows, strict=True))

    def _repr_mimebundle_(self, *_: Any, **__: Any) -> dict[str, str]:
        """What a notebook shows: the SVG, or words where nothing can lay it out."""
        try:
            return {"image/svg+xml": self.svg, "text/plain": repr(self)}
        except (RuntimeError, TimeoutError) as error:
            return {"text/plain": f"{self}\n\nNot drawn: {error}"}


def draw(y: Value, *, seed: Any = None, limit: int = 150, timeout: float = 60.0) -> Picture:
    """A picture of how `y` was computed: a card a Value, an edge an operand.

    A card shows the value and the gradient ∂y/∂v, which is `.grad` as it stands: "–" before
    `y.backward()`, and the sum of several passes after several.  With `seed`, a cotangent of `y`, the
    gradients are instead those of a backward pass of its own, and `.grad` plays no part.  An edge
    shows the local derivative.  Nothing is changed: no data, no gradient, no record.

    A record of more than `limit` Values is summarised on at most 40 cards, of which one says what was
    folded.  `timeout` is in seconds, for the layout, which happens when the SVG is first asked for.

    >>> w, x = Value(0.5, label="w", role="parameter"), Value(2.0, label="x")
    >>> y = w * x
    >>> y.label = "y"
    >>> y.backward()
    >>> draw(y)
    <picture of y: 3 Values, 2 edges>
    >>> print(draw(y))
    w  parameter       value 0.5  ∂y/∂w 2
    x  input           value 2  ∂y/∂x 0.5
    y = w × x  output  value 1  ∂y/∂y 1

    Raises TypeError if `y` is not a Value, ValueError for a limit below 2, and for a seed as
    `Value.backward` does.
    """
    if type(y) is not Value:
        raise TypeError(
            f"draw takes the Value at the end of a computation, not a {type(y).__name__}; "
            "compute with Values, as in y = te.Value(2.0) * 3, and draw(y)"
        )
    if not isinstance(limit, int) or limit < 2:
        raise ValueError(f"limit is the number of Values from which to summarise, 2 or more, not {limit!r}")
    return Picture(sheet_of(y, seed, limit), timeout)
