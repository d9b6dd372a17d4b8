"""Text in pictures: made visible, shortened, and measured without a font.

A picture is drawn before anyone knows which font will show it.  So widths are estimated, on the wide
side, and every card has room to spare.  Nothing here knows about Values or about SVG.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple


class Font(NamedTuple):
    """A size in pixels and a style; the families are the drawer's business."""

    size: int
    bold: bool = False
    mono: bool = False


# Widths in em, at least those of DejaVu Sans, the widest of the usual sans-serif fonts.
CLASSES = {
    0.34: "ijlIJ' ,.·′|/:;\\",
    0.42: "f-()[]t⌊⌋!r₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹",
    0.58: 'szckLF?*_`–"∂⁻',
    0.66: "abdeghnopquvxy0123456789{}$TYESPKβμδθγλαΣ√",
    0.74: "ACBRXZVσφψ",
    0.87: "HNDGOQUMw&#+<=>^~−×÷ω≥≤≠Φ∧∞",
    1.02: "%mW@…",
}
EM = {character: em for em, characters in CLASSES.items() for character in characters}
# What is in no class: other signs and small letters, other capitals, Korean and the like, pictograms.
OTHER, CAPITAL, WIDE, EMOJI, MONO, BOLDER = 0.96, 1.15, 1.02, 1.4, 0.61, 1.2

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
FINAL_NUMBER = re.compile(r"(?<=[^\W\d_]|′)[0-9]+$")

# Signs that XML forbids, that break a line, or that reorder their neighbours.
UNSEEN = {*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A)), "\u2028", "\u2029", "\ufffe", "\uffff"}
SEEN = {"\n": "↵", "\t": "→", "\r": "↵"}


def visible(text: str) -> str:
    r"""`text` on one line, with control characters made visible: nothing vanishes, nothing breaks XML.

    >>> visible("a\nb\x00")
    'a↵b\\x00'
    """
    return "".join(map(seen, text)) if not text.isprintable() else text


def seen(character: str) -> str:
    """One character, or what stands for it if it cannot be shown."""
    if character in SEEN:
        return SEEN[character]
    if character in UNSEEN or unicodedata.category(character) in ("Cc", "Cs"):
        return character.encode("unicode_escape").decode("ascii")
    return character


def is_wide(character: str) -> bool:
    """Whether a character takes the room of two, as Korean, Chinese and Japanese ones do."""
    return unicodedata.east_asian_width(character) in "WF"


def columns(text: str) -> int:
    """The length of `text`, wide characters counted twice."""
    return len(text) + sum(map(is_wide, text))


def elided(text: str, most: int) -> str:
    """`text`, with `…` for its middle where it is longer than `most` columns.

    The middle goes because names differ at their ends: `encoder.0.weight`, `encoder.0.bias`.

    >>> elided("encoder.layers.0.attention.weight", 16)
    'encoder….weight'
    """
    if len(text) <= most and columns(text) <= most:
        return text
    half = (most - 1) // 2
    return opening(text, half) + "…" + opening(text[::-1], half)[::-1]


def opening(text: str, most: int) -> str:
    """As much of the beginning of `text` as fits into `most` columns."""
    part = text[:most]
    while columns(part) > most:
        part = part[:-1]
    return part


def shown(name: str, most: int) -> str:
    """A name as a picture shows it: on one line, a final number as subscript, at most `most` columns.

    >>> shown("w1", 28), shown("conv.w12", 28), shown("2024", 28)
    ('w₁', 'conv.w₁₂', '2024')
    """
    return elided(FINAL_NUMBER.sub(lambda m: m[0].translate(SUBSCRIPTS), visible(name)), most)


def width(text: str, font: Font) -> float:
    """The room that `text` takes, in pixels; an upper bound for the usual fonts.

    >>> width("w × x", Font(10)) < width("w × x", Font(10, bold=True)) < width("행렬 × x", Font(10, bold=True))
    True
    """
    return font.size * sum(em(character, font) for character in text)


def em(character: str, font: Font) -> float:
    """The width of a character as a part of the font's size."""
    if is_wide(character):
        return WIDE if ord(character) < 0x1F000 else EMOJI
    if font.mono:
        return MONO if character in EM or character.isascii() else OTHER
    usual = EM.get(character) or (CAPITAL if character.isupper() else OTHER)
    return usual * (BOLDER if font.bold else 1.0)
