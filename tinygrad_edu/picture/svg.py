"""A sheet and its layout as SVG: our own template, light and dark, without scripts or outside files.

Kinds of card differ in colour, but never in colour alone: inputs have a dashed border, the output a
thick one, what is folded a dotted one, and leaves say in words what they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from html import escape

from .cards import Card, Edge, Sheet
from .layout import BAND, BESIDE, INSET, LINE, ROW, Box, Curve, Layout

SANS = "Helvetica,Arial,'Noto Sans','Noto Sans CJK KR','Apple SD Gothic Neo','Malgun Gothic',sans-serif"
MONO = "Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"

# Headers keep their colours in the dark; borders are lighter there, so that they stand out.
HEADERS = {"input": "#0065a3", "parameter": "#a34f00", "operation": "#4b5563", "output": "#6d3aa0", "folded": "#374151"}
LIGHT = {
    "paper": "#ffffff", "body": "#ffffff", "on header": "#ffffff", "strong": "#111827", "soft": "#4b5563",
    "gradient": "#9d174d", "edge": "#6b7280",
    "input": "#0065a3", "parameter": "#a34f00", "operation": "#4b5563", "output": "#6d3aa0", "folded": "#374151",
}  # fmt: skip
DARK = {
    "paper": "#14171c", "body": "#1f242c", "on header": "#ffffff", "strong": "#f3f4f6", "soft": "#c3c9d2",
    "gradient": "#ff9ec4", "edge": "#9ca3af",
    "input": "#5ab4ee", "parameter": "#e8913a", "operation": "#9ca3af", "output": "#b48ae6", "folded": "#9ca3af",
}  # fmt: skip
BORDERS = {
    "input": "stroke-width:1.5;stroke-dasharray:5 3",
    "parameter": "stroke-width:1.5",
    "operation": "stroke-width:1.5",
    "output": "stroke-width:3",
    "folded": "stroke-width:2;stroke-dasharray:.1 4;stroke-linecap:round",
}
CORNER, ARROW = 8, 9
MARK = "\0"  # stands for the picture's id until that is known; no text contains it


def svg_document(sheet: Sheet, layout: Layout) -> str:
    """The picture as one SVG document.

    Its ids begin with a hash of all that it shows, so that pictures on one page keep apart and the
    same picture has the same bytes everywhere."""
    body = "\n".join(drawing(sheet, layout))
    key = "g" + hashlib.sha256(body.encode()).hexdigest()[:12]
    w, h = number(layout.width), number(layout.height)
    about = f"Computation graph of {sheet.name}: {sheet.count} Values"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{key}" width="{w}" height="{h}" viewBox="0 0 {w} {h}" '
        f'role="img" aria-label="{escape(about)}">'
    )
    return f"{head}\n<style>\n{style(key)}\n</style>\n{body.replace(MARK, key)}\n</svg>\n"


def drawing(sheet: Sheet, layout: Layout) -> Iterator[str]:
    """Edges below, then cards, then labels."""
    yield '<rect class="paper" width="100%" height="100%"/>'
    for i, (edge, curve) in enumerate(zip(sheet.edges, layout.curves, strict=True)):
        yield f'<g id="{MARK}-e{i}" class="{"edge" if edge.flows else "edge still"}">{line(curve)}</g>'
    for i, (card, box) in enumerate(zip(sheet.cards, layout.boxes, strict=True)):
        yield f'<g id="{MARK}-c{i}" class="card {card.kind}">\n{card_svg(card, box)}\n</g>'
    for edge, place in zip(sheet.edges, layout.labels, strict=True):
        if place:
            yield label(edge, place, layout.down)


def card_svg(card: Card, box: Box) -> str:
    """One card, drawn in its box."""
    x, y, right = box.x + INSET, box.y, box.x + box.width - INSET
    parts = [
        f"<title>{escape(card.detail, quote=False)}</title>",
        f'<rect class="body" {at(box)} rx="{CORNER}"/>',
        f'<path class="band" d="{band(box)}"/>',
        f'<rect class="border" {at(box)} rx="{CORNER}"/>',
    ]
    if card.word:
        parts += [text("name", x, y + 18, card.title), text("word", right, y + 17.5, card.word)]
    else:
        parts += [text("name middle", box.x + box.width / 2, y + 18, card.title)]
    for i, row in enumerate(card.rows):
        base = y + BAND + ROW * (i + 1)
        parts += [text("row", x, base, row.label), text(row.kind, right, base + 0.5, row.text)]
    return "\n".join(parts)


def band(box: Box) -> str:
    """The path of a header: its upper corners are round."""
    r, flat, side = CORNER, number(box.width - 2 * CORNER), BAND - CORNER
    corner, next_corner = f"a{r} {r} 0 0 1 {r} {-r}", f"a{r} {r} 0 0 1 {r} {r}"
    return f"M{number(box.x)} {number(box.y + BAND)}v{-side}{corner}h{flat}{next_corner}v{side}z"


def line(curve: Curve) -> str:
    """An edge and the head of its arrow, which needs no marker and so no id."""
    (x, y), *rest = curve.points
    bends = " ".join(f"{number(a)},{number(b)}" for a, b in rest)
    (fx, fy), (tx, ty) = curve.points[-1], curve.tip
    length = ((tx - fx) ** 2 + (ty - fy) ** 2) ** 0.5 or 1.0
    ux, uy = (tx - fx) / length * ARROW, (ty - fy) / length * ARROW
    corners = [(tx, ty), (tx - ux - uy * 0.4, ty - uy + ux * 0.4), (tx - ux + uy * 0.4, ty - uy - ux * 0.4)]
    head = " ".join(f"{number(a)},{number(b)}" for a, b in corners)
    return f'<path d="M{number(x)},{number(y)}C{bends}L{number(tx - ux)},{number(ty - uy)}"/><polygon points="{head}"/>'


def label(edge: Edge, box: Box, down: bool) -> str:
    """The label of an edge, a line of text each: beside an edge that goes down, else over its middle."""
    kind, x = ("label", box.x + BESIDE) if down else ("label middle", box.x + box.width / 2)
    return "\n".join(text(kind, x, box.y + LINE * (i + 1) - 3, words) for i, words in enumerate(edge.lines))


def text(kind: str, x: float, y: float, words: str) -> str:
    """One line of text; where it is anchored is a matter of its class."""
    return f'<text class="{kind}" x="{number(x)}" y="{number(y)}">{escape(words, quote=False)}</text>'


def at(box: Box) -> str:
    """The attributes that place a rectangle."""
    return f'x="{number(box.x)}" y="{number(box.y)}" width="{number(box.width)}" height="{number(box.height)}"'


def number(x: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    digits = f"{x:.1f}".removesuffix(".0")
    return "0" if digits == "-0" else digits


# ---- style -------------------------------------------------------------------------------------------


def style(key: str) -> str:
    """The style sheet, for this picture alone: in a page, styles of an SVG would reach other elements."""
    rules = [
        (f"#{key}", "max-width:100%;height:auto"),
        (f"#{key} text", f"font-family:{SANS}"),
        (f"#{key} .name", "font-size:13px;font-weight:bold"),
        (f"#{key} .middle", "text-anchor:middle"),
        (f"#{key} .row,#{key} .label,#{key} .word", "font-size:11px"),
        (f"#{key} .value,#{key} .gradient,#{key} .count", f"font-family:{MONO};font-size:12px"),
        (f"#{key} .value,#{key} .gradient,#{key} .count,#{key} .word", "text-anchor:end"),
        (f"#{key} .border", "fill:none"),
        (f"#{key} .edge path", "fill:none;stroke-width:1.3"),
        (f"#{key} .still path", "stroke-dasharray:2 4"),
        (f"#{key} .label", "stroke-width:4;stroke-linejoin:round;paint-order:stroke"),
        *((f"#{key} .{kind} .border", border) for kind, border in BORDERS.items()),
        *((f"#{key} .{kind} .band", f"fill:{colour}") for kind, colour in HEADERS.items()),
    ]
    dark = "\n".join(rule(*each) for each in coloured(key, DARK))
    light = "\n".join(rule(*each) for each in (*rules, *coloured(key, LIGHT)))
    return f"{light}\n@media (prefers-color-scheme:dark){{\n{dark}\n}}"


def coloured(key: str, palette: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The rules of one theme."""
    yield f"#{key} .paper", f"fill:{palette['paper']}"
    yield f"#{key} .body", f"fill:{palette['body']}"
    yield f"#{key} .name,#{key} .word", f"fill:{palette['on header']}"
    yield f"#{key} .value,#{key} .count", f"fill:{palette['strong']}"
    yield f"#{key} .gradient", f"fill:{palette['gradient']}"
    yield f"#{key} .row", f"fill:{palette['soft']}"
    yield f"#{key} .label", f"fill:{palette['soft']};stroke:{palette['paper']}"
    yield f"#{key} .edge path", f"stroke:{palette['edge']}"
    yield f"#{key} .edge polygon", f"fill:{palette['edge']}"
    for kind in HEADERS:
        yield f"#{key} .{kind} .border", f"stroke:{palette[kind]}"


def rule(selector: str, declarations: str) -> str:
    """A line of the style sheet."""
    return f"{selector}{{{declarations}}}"
