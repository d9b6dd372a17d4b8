"""A sheet as a `graphviz.Digraph`, for those who want Graphviz itself to draw it.

Labels are HTML-like, because in those only the signs that HTML reserves are special; each edge is a
statement of its own.  No layout engine is needed to write it.
"""

from __future__ import annotations

from html import escape

import graphviz

from .cards import Card, Sheet

STYLES = {
    "input": {"style": "dashed", "color": "#0065a3"},
    "parameter": {"color": "#a34f00"},
    "operation": {},
    "output": {"penwidth": "3", "color": "#6d3aa0"},
    "folded": {"style": "dotted"},
}


def digraph(sheet: Sheet) -> graphviz.Digraph:
    """The picture as a labelled graph."""
    graph = graphviz.Digraph(
        graph_attr={"rankdir": "LR"},
        node_attr={"shape": "box", "fontname": "Helvetica", "fontsize": "11", "margin": "0.08,0.04"},
        edge_attr={"fontname": "Helvetica", "fontsize": "10"},
    )
    for i, card in enumerate(sheet.cards):
        graph.node(f"c{i}", table(card), tooltip=tooltip(card.detail), **STYLES[card.kind])
    for edge in sheet.edges:
        words = "<BR/>".join(map(html, edge.lines))
        style = {} if edge.flows else {"style": "dotted"}
        graph.edge(f"c{edge.tail}", f"c{edge.head}", label=f"<{words}>" if words else None, **style)
    return graph


def table(card: Card) -> str:
    """The label of a card: its title, and a line for each row."""
    title = f"<B>{html(card.title)}</B>" + (f"  <I>{html(card.word)}</I>" if card.word else "")
    rows = "".join(
        f'<TR><TD ALIGN="LEFT">{html(row.label)}</TD><TD ALIGN="RIGHT">{html(row.text)}</TD></TR>' for row in card.rows
    )
    return f'<<TABLE BORDER="0" CELLSPACING="0"><TR><TD COLSPAN="2">{title}</TD></TR>{rows}</TABLE>>'


def html(text: str) -> str:
    """Text for an HTML-like label.  Even there a backslash and N stand for the node's name: doubled."""
    return escape(text).replace("\\", 2 * "\\")


def tooltip(detail: str) -> str:
    """`detail` for a tooltip, where Graphviz reads entities once and backslashes twice."""
    return escape(detail).replace("\\", 4 * "\\")
