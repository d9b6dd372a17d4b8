"""How a picture looks: valid, safe, readable SVG in both themes, whatever the names are."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tinygrad_edu import Value, relu
from tinygrad_edu.picture import draw
from tinygrad_edu.picture.layout import HEADER, NUMBER, SMALL, card_size, laid_out
from tinygrad_edu.picture.svg import BORDERS, DARK, HEADERS, LIGHT
from tinygrad_edu.picture.text import columns, elided, shown, visible, width
from tinygrad_edu.testing.program import programs

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '" \\ < > & { } | \n </script> ]]> \\N $x #{y} <b>&amp;'


def parsed(picture):
    return ElementTree.fromstring(picture.svg)


def labelled(v, label):
    v.label = label
    return v


def small(label="x"):
    x, w = Value(2.0, label=label), Value(-1.234e-05, label="w", role="parameter")
    return labelled(np.tanh(x * w + 1.0), "o")


def deep(neurons=3):
    """A network of 39 Values and more: what must be readable without zooming."""
    xs = [Value(0.5 - i, label=f"x{i + 1}") for i in range(2)]
    out = Value(0.1, label="c", role="parameter")
    for j in range(neurons):
        w = [Value(0.3 * i - j, label=f"w{j + 1}{i + 1}", role="parameter") for i in range(2)]
        z = w[0] * xs[0] + w[1] * xs[1] + Value(0.2, label=f"b{j + 1}", role="parameter")
        out = out + labelled(relu(labelled(z, f"z{j + 1}")), f"h{j + 1}") * Value(
            0.7, label=f"v{j + 1}", role="parameter"
        )
    return labelled(np.tanh(out), "o")


# ---- criterion 3: valid XML, ids of its own, nothing from outside -------------------------------


def test_ids_are_unique_over_pictures_on_one_page():
    o = small()
    before = draw(o)
    o.backward()
    pictures = [before, draw(o), draw(small("another"))]
    ids = [e.get("id") for p in pictures for e in parsed(p).iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    for p in pictures:  # styles reach the picture itself alone
        key = parsed(p).get("id")
        style = parsed(p).find(f"{SVG}style").text.replace("@media (prefers-color-scheme:dark){", "")
        selectors = ",".join(re.findall(r"([^{}]+)\{", style)).split(",")
        assert selectors
        assert all(s.strip().startswith(f"#{key}") for s in selectors)


@given(programs())
def test_a_picture_is_valid_and_self_contained(program):
    y = program(*map(Value, program.inputs.values()))
    root = parsed(draw(y))
    assert root.tag == f"{SVG}svg"
    assert {e.tag.removeprefix(SVG) for e in root.iter()} <= {
        "svg", "style", "rect", "g", "title", "path", "text", "polygon",
    }  # fmt: skip
    for e in root.iter():
        assert not any(name.startswith("on") or "href" in name or name == "src" for name in e.attrib)
        assert not any("url(" in value for value in e.attrib.values())
    style = root.find(f"{SVG}style").text
    assert "@import" not in style
    assert "url(" not in style
    assert "://" not in draw(y).svg.replace("http://www.w3.org/2000/svg", "")  # which is a name, not an address


# ---- criterion 8: names survive -----------------------------------------------------------------

names = st.text(st.characters(exclude_categories=()), min_size=1, max_size=45)


@example(HOSTILE)
@example("아주 긴 한국어 이름을 가진 출력 값입니다 정말로 아주 길어요")
@example("\ud800\x00\x07\u202e\ufffe")
@example("<b>")
@example("\\")
@given(names)
def test_any_name_survives(name):
    y = small(name)
    root = parsed(draw(y))
    card = root.find(".//*[@class='card input']")
    whole = "\n".join(map(visible, name.split("\n")))
    title = card.find(f"{SVG}title").text
    assert title == f"{whole} (input)\nvalue 2.0\ngradient not computed"
    assert card.find(f"{SVG}text").text == shown(name, 28)
    draw(y).svg.encode()
    draw(y).dot.encode()


def test_a_hostile_name_is_text_everywhere():
    svg = draw(small(HOSTILE)).svg
    assert "</script" not in svg
    assert "<b>" not in svg


def test_long_names_are_elided_with_the_whole_in_a_tooltip():
    name = "encoder.layers.0.self_attention.query.weight"
    svg = draw(small(name)).svg
    assert f">{name} (input)" in svg
    assert elided(name, 28) in svg
    assert "…" in elided(name, 28)


@given(names, st.integers(3, 40))
def test_elided_names_fit_and_keep_their_ends(name, most):
    short = elided(name, most)
    assert columns(short) <= most
    assert short == name or "…" in short
    if short != name:
        first, last = short.split("…", 1) if "…" not in name else (short[:1], short[-1:])
        assert first in ("", "…") or name.startswith(first)
        assert last in ("", "…") or name.endswith(last)


# ---- criterion 6: kinds without colour, contrast ------------------------------------------------


def luminance(colour):
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def contrast(a, b):
    """The contrast ratio of two colours (WCAG 2.2), from 1 to 21."""
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_measured_rightly():
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_lines_stand_out(theme):
    texts = [(theme["on header"], header) for header in HEADERS.values()]
    texts += [(theme[ink], theme["body"]) for ink in ("strong", "soft", "gradient")]
    texts += [(theme["soft"], theme["paper"])]
    lines = [(theme[kind], theme[ground]) for kind in HEADERS for ground in ("paper", "body")]
    lines += [(theme["edge"], theme["paper"])]
    assert min(contrast(*pair) for pair in texts) >= 4.5
    assert min(contrast(*pair) for pair in lines) >= 3.0


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_style_uses_these_colours_and_no_others(theme):
    style = parsed(draw(small())).find(f"{SVG}style").text
    light, dark = style.split("@media (prefers-color-scheme:dark)")
    part = light if theme is LIGHT else dark
    headers = set(HEADERS.values()) if theme is LIGHT else set()
    assert set(re.findall(r"#[0-9a-f]{6}\b", part)) == {*theme.values(), *headers}


def test_kinds_are_told_apart_without_colour():
    y = labelled(deep() * Value(2.0, label="last"), "y")
    picture = draw(y, limit=10)
    looks = {(BORDERS[card.kind], card.word) for card in picture.sheet.cards}
    assert {card.kind for card in picture.sheet.cards} == set(HEADERS)
    assert len(looks) == len(HEADERS)
    assert "dasharray" in BORDERS["input"]
    assert "dasharray" not in BORDERS["parameter"] + BORDERS["operation"] + BORDERS["output"]
    thickness = {kind: float(re.search(r"stroke-width:([\d.]+)", border)[1]) for kind, border in BORDERS.items()}
    assert max(thickness, key=thickness.get) == "output"
    assert {"input", "parameter", "output"} <= {e.text for e in parsed(picture).iter(f"{SVG}text")}


# ---- criterion 7: no overlap, no text outside its card ------------------------------------------

FONTS = {"name": HEADER, "word": SMALL, "row": SMALL, "value": NUMBER, "gradient": NUMBER, "count": NUMBER}


def overlap(a, b):
    return a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height


def boxes_of_texts(card):
    """Left and right of every text of a card, by the picture's own attributes."""
    for e in card.iter(f"{SVG}text"):
        font, x = FONTS[e.get("class").split()[0]], float(e.get("x"))
        w = width(e.text, font)
        at_end = e.get("class") in ("word", "value", "gradient", "count")
        yield (x - w, x) if at_end else (x - w / 2, x + w / 2) if "middle" in e.get("class") else (x, x + w)


@given(st.lists(names, min_size=4, max_size=4), programs())
def test_text_is_inside_its_card_and_nothing_overlaps(labels, program):
    inputs = [Value(x, label=label) for x, label in zip(program.inputs.values(), labels, strict=False)]
    picture = draw(program(*inputs))
    for card in parsed(picture).iter(f"{SVG}g"):
        if "card" in card.get("class"):
            rect = card.find(f"{SVG}rect")
            left, room = float(rect.get("x")), float(rect.get("width"))
            assert all(left <= a and b <= left + room + 0.1 for a, b in boxes_of_texts(card))
    placed = laid_out(picture.sheet)
    boxes, labels = placed.boxes, [box for box in placed.labels if box]
    assert not any(overlap(a, b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert not any(overlap(a, b) for a in boxes for b in labels)
    for box in (*boxes, *labels):
        assert 0 <= box.x <= box.x + box.width <= placed.width
        assert 0 <= box.y <= box.y + box.height <= placed.height


def test_a_card_is_as_wide_as_its_longest_text():
    narrow, wide = (draw(Value(1.0, label=n)).sheet.cards[0] for n in ("x", "한" * 14))
    assert card_size(narrow)[0] < card_size(wide)[0]
    assert card_size(wide)[0] > 14 * HEADER.size


def test_widths_are_upper_bounds_of_a_wide_font():
    ft2font = pytest.importorskip("matplotlib.ft2font")
    font_manager = pytest.importorskip("matplotlib.font_manager")
    alphabet = [chr(c) for c in range(32, 127)] + list("∂−–×÷·…≠≥√∞₀₁₂₃₄₅₆₇₈₉⁰¹²³αβγδεθλμπρστφχψωΓΔΘΛΞΠΣΦΨΩЖШфюßéñ")
    for ours in (SMALL, HEADER, NUMBER):
        family = "DejaVu Sans Mono" if ours.mono else "DejaVu Sans"
        font = ft2font.FT2Font(font_manager.findfont(f"{family}:{'bold' if ours.bold else 'regular'}"))
        for character in alphabet:
            advance = font.load_char(ord(character), ft2font.LoadFlags.NO_SCALE).horiAdvance
            assert advance / font.units_per_EM * ours.size <= width(character, ours) + 1e-9, character


def test_a_network_of_forty_values_is_readable_on_a_page():
    picture = draw(deep())
    assert 35 <= len(picture.sheet.cards) <= 45
    assert float(parsed(picture).get("width")) * 9 <= 1200 * SMALL.size  # 9 pixels at 1,200
