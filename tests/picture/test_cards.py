"""What a picture says: one card a Value, numbers as in the record, summaries that hide nothing silently."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws.registry import HIDES_DATA, SETTINGS, calls_of, intervals, is_elementwise, rows
from scipy import special

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.engine import history
from tinygrad_edu.numerals import number_text
from tinygrad_edu.picture import draw
from tinygrad_edu.picture.cards import CARDS, lowered, short_data
from tinygrad_edu.picture.text import FINAL_NUMBER
from tinygrad_edu.testing.program import programs
from tinygrad_edu.testing.strategies import EVERYWHERE

SLOPES = [op for op in rows(elementwise=True) if any(op.vjps) and op.name not in {*SETTINGS, *HIDES_DATA, "ldexp"}]
NAMESPACE = {**vars(special), **vars(np)}


def labelled(v, label):
    v.label = label
    return v


def neuron():
    x1, x2 = Value(2.0, label="x1"), Value(0.4, label="x2")
    w1, w2, b = (Value(v, label=n, role="parameter") for v, n in ((0.5, "w1"), (-1.0, "w2"), (0.2, "b")))
    p, q = labelled(w1 * x1, "p"), labelled(w2 * x2, "q")
    return labelled(np.tanh(labelled(labelled(p + q, "s") + b, "n")), "o")


def card(picture, title):
    return next(c for c in picture.sheet.cards if c.title == title)


def texts(card):
    return {row.label: row.text for row in card.rows}


# ---- criterion 4: one card a Value --------------------------------------------------------------


def test_a_neuron_is_drawn_as_in_a_textbook():
    o = neuron()
    o.backward()
    picture = draw(o)
    assert [(c.kind, c.title) for c in picture.sheet.cards] == [
        ("input", "x₁"), ("input", "x₂"), ("parameter", "w₁"), ("parameter", "w₂"), ("parameter", "b"),
        ("operation", "p = w₁ × x₁"), ("operation", "q = w₂ × x₂"), ("operation", "s = p + q"),
        ("operation", "n = s + b"), ("output", "o = tanh(n)"),
    ]  # fmt: skip
    assert texts(card(picture, "w₁")) == {"value": "0.5", "∂o/∂w₁": "1.118"}
    labels = {" ".join(edge.lines) for edge in picture.sheet.edges}
    assert {"∂p/∂w₁ = x₁ = 2", "∂q/∂x₂ = w₂ = −1", "∂s/∂p = 1", "∂o/∂n = 1 − o² = 0.5591"} <= labels


@given(programs())
def test_every_value_has_a_card_and_every_operand_an_edge(program):
    y = program(*map(Value, program.inputs.values()))
    order, sheet = history(y), draw(y).sheet
    assert len(sheet.cards) == sheet.count == len(order)
    operands = [(order[::-1].index(x), order[::-1].index(v)) for v in order for x in v.inputs if type(x) is Value]
    assert sorted((edge.tail, edge.head) for edge in sheet.edges) == sorted(operands)


def test_an_operand_used_twice_has_two_edges():
    x = Value(3.0, label="x")
    edges = draw(labelled(x * x, "y")).sheet.edges
    assert [(e.tail, e.head) for e in edges] == [(0, 1), (0, 1)]
    assert [e.lines[0] for e in edges] == ["∂y/∂x (1 of 2)", "∂y/∂x (2 of 2)"]


def test_constants_stand_in_the_expression_and_have_no_card():
    x = Value(3.0, label="x")
    cards = draw(labelled(2.5 * x, "y")).sheet.cards
    assert [c.title for c in cards] == ["x", "y = 2.5 × x"]


def test_the_output_may_be_a_leaf():
    sheet = draw(Value(2.0, label="x")).sheet
    assert [c.kind for c in sheet.cards] == ["input"]
    assert not sheet.edges


def test_an_operation_of_many_inputs_counts_them():
    x = Value(1.0, label="x")
    picture = draw(labelled(te.array([x] * 30), "a"))
    assert card(picture, "a = stack(30 inputs)")
    assert [e.lines for e in picture.sheet.edges] == [("30 operands",)]


# ---- criterion 5: the numbers -------------------------------------------------------------------


@given(programs())
def test_cards_show_the_data_and_the_gradients_of_the_record(program):
    y = program(*map(Value, program.inputs.values()))
    for v, c in zip(history(y)[::-1], draw(y).sheet.cards, strict=True):
        shape, value = short_data(v.data)
        assert c.rows[-2].text == value
        assert shape == (c.rows[0].text if len(c.rows) == 3 else "")
        assert c.rows[-1].text == "–"  # not computed is not 0
    y.backward()
    for v, c in zip(history(y)[::-1], draw(y).sheet.cards, strict=True):
        assert c.rows[-1].text == short_data(v.grad)[1]


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_the_numbers_of_a_card_are_right_to_four_digits_and_its_tooltip_to_all(a, b):
    w, x = Value(a, label="w"), Value(b, label="x")
    y = labelled(w * x, "y")
    y.backward()
    shown = texts(card(draw(y), "w"))
    for text, number in ((shown["value"], w.data), (shown["∂y/∂w"], w.grad)):
        assert float(text.replace("−", "-")) == pytest.approx(number, rel=5.1e-4)
    assert f"value {a!r}" in card(draw(y), "w").detail
    assert f"gradient {w.grad!r}" in card(draw(y), "w").detail


def test_a_seed_shows_the_gradients_of_a_pass_of_its_own():
    o = neuron()
    o.backward()
    o.backward()  # the leaves hold the sum of two passes
    assert texts(card(draw(o), "w₁"))["∂o/∂w₁"] == "2.236"
    assert texts(card(draw(o, seed=1.0), "w₁"))["∂o/∂w₁"] == "1.118"
    assert texts(card(draw(o, seed=2.0), "o = tanh(n)"))["∂o/∂o"] == "2"


def test_arrays_show_their_shape_and_range():
    x = Value(np.arange(12.0).reshape(3, 4), label="X")
    y = labelled(x.sum(), "y")
    y.backward()
    picture = draw(y)
    assert texts(card(picture, "X")) == {"shape": "3×4", "value": "0 to 11", "∂y/∂X": "all 1"}
    assert picture.sheet.edges[0].lines == ("∂y/∂X",)  # a whole matrix: symbols only
    assert short_data(np.array([1.0, -2.0])) == ("", "[1, −2]")
    assert short_data(np.zeros((0, 3))) == ("", "0×3 (empty)")


def points(op):
    """A point in the domain of an elementwise row, away from its kinks."""
    middle = [0.7, -0.4, 1.3]
    return [m if d == EVERYWHERE else d[0] + (0.3 + 0.1 * i) * (d[1] - d[0])
            for i, (m, d) in enumerate(zip(middle, intervals(op), strict=False))]  # fmt: skip


@pytest.mark.parametrize("op", SLOPES, ids=lambda op: op.name)
def test_local_derivatives_are_central_differences(op):
    xs, h = points(op), 1e-5
    edges = draw(op(*(Value(x, label=n) for x, n in zip(xs, "xyz", strict=False)))).sheet.edges
    assert len(edges) == len(xs)
    for i, edge in enumerate(edges):
        if op.vjps[i] is None:
            assert edge.lines == ("no derivative",)
            assert not edge.flows
            continue
        above, below = ([*xs[:i], xs[i] + s * h, *xs[i + 1 :]] for s in (1, -1))
        slope = (op.forward(*above) - op.forward(*below)) / (2 * h)
        assert edge.local == pytest.approx(slope, rel=1e-6, abs=1e-6)
        assert edge.lines[-1].split("= ")[-1] == number_text(edge.local)


@pytest.mark.parametrize("op", [op for op in SLOPES if op.local], ids=lambda op: op.name)
def test_the_formula_on_an_edge_gives_the_number_on_it(op):
    xs = points(op)
    edges = draw(op(*map(Value, xs))).sheet.edges
    operands = dict(zip("xy", xs, strict=False), out=op.forward(*xs))
    for code, edge in zip(op.local, edges, strict=True):
        if code is None:
            continue
        assert eval(code, {"__builtins__": {}}, {**NAMESPACE, **operands}) == pytest.approx(edge.local, rel=1e-9)


def test_a_formula_of_real_numbers_is_not_shown_for_complex_ones():
    """The derivative of |z| is the conjugate of its direction, and not sign(z)."""
    (real,), (complex_one,) = (draw(np.abs(Value(x))).sheet.edges for x in (-2.0, 3.0 + 4.0j))
    assert any("sign" in line for line in real.lines)
    assert not any("sign" in line for line in complex_one.lines)
    assert complex_one.local == pytest.approx(0.6 - 0.8j)


@settings(max_examples=3)
@pytest.mark.parametrize("op", rows(), ids=lambda op: op.name)
@given(st.data())
def test_every_row_of_the_table_can_be_drawn(op, data):
    call = data.draw(calls_of(op))
    with np.errstate(all="ignore"):  # 3 // 0 and its like are drawn too
        y = call.function(*map(Value, call.inputs))
    picture = draw(y)
    assert op.name in picture.dot or op.symbol in picture.dot or is_elementwise(op)
    assert [c.kind for c in picture.sheet.cards].count("output") == 1


# ---- names and formulas -------------------------------------------------------------------------


def test_formulas_are_written_in_the_names_of_the_operands():
    x, w = Value(3.0, label="x"), Value(-2.0, label="out w")

    def local(y):
        return " ".join(draw(labelled(y, "y")).sheet.edges[0].lines)

    assert local(x**3) == "∂y/∂x = 3 · x² = 27"
    assert local(x**2) == "∂y/∂x = 2 · x = 6"
    assert local(x * -4.0) == "∂y/∂x = (−4) = −4" or local(x * -4.0) == "∂y/∂x = −4"
    assert local(1.0 / w) == "∂y/∂out w = −y / (out w) = −0.25"
    assert local(np.hypot(x, 4.0)) == "∂y/∂x = x / y = 0.6"
    assert local(np.ones(3) * x) == "∂y/∂x = 1"  # an array has no name


def test_a_name_is_never_taken_for_part_of_a_formula():
    a = Value(3.0, label="z^(3 − 1)")
    assert "z^(3 − 1)" in draw(labelled(a * 2.0 * a, "y")).dot
    x = Value(3.0, label="sqrt-x")
    assert "(sqrt-x)" in " ".join(draw(labelled(np.sin(x), "out")).sheet.edges[0].lines)


@given(st.integers(0, 9))
def test_exponents_are_lowered(n):
    match = re.fullmatch(r"\^\(([0-9]+) − 1\)", f"^({n} − 1)")
    digits = {"": 1, "⁻¹": -1}.get(lowered(match))
    assert digits == n - 1 or lowered(match) == "⁰¹²³⁴⁵⁶⁷⁸⁹"[n - 1]


def test_an_operand_changed_after_use_is_said_so():
    w, x = Value(0.5, label="w"), Value(2.0, label="x")
    y = labelled(w * x, "y")
    w.data = 7.0
    edges = draw(y).sheet.edges
    assert all(e.lines[-1] == "an operand has changed since" and e.local is None for e in edges)


def test_final_numbers_become_subscripts():
    assert FINAL_NUMBER.search("w12")[0] == "12"
    assert FINAL_NUMBER.search("2024") is None


# ---- too many Values ----------------------------------------------------------------------------


def chain(n):
    x, w = Value(1.0, label="x"), Value(1.00001, label="w", role="parameter")
    y = x
    for i in range(n):
        y = y * w if i % 2 else y + x
    return labelled(y, "y")


def test_a_long_chain_is_summarised_at_the_default_recursion_limit():
    n = 100_000
    picture = draw(chain(n))
    sheet = picture.sheet
    assert sheet.count == n + 2
    assert len(sheet.cards) <= 60
    folded = sheet.cards[-1]
    assert folded.kind == "folded"
    shown = len(sheet.cards) - 1
    assert folded.title.replace("\xa0", "") == f"{sheet.count - shown} earlier Values"
    counts = [int(row.text.replace("\xa0", "").removesuffix(" ×")) for row in folded.rows]
    assert sum(counts) == sheet.count - shown
    assert {row.label for row in folded.rows} == {"add", "multiply"}
    assert {"x", "w"} <= {c.title for c in sheet.cards}
    assert picture.svg.count("<svg") == 1


@given(st.integers(2, 70), st.integers(60, 90), st.integers(0, 60))
def test_a_summary_keeps_its_limit_and_counts_what_it_folds(limit, operations, parameters):
    values = [Value(1.0, label=f"p{i}", role="parameter") for i in range(parameters)] or [Value(1.0)]
    y = values[0]
    for i in range(operations):
        y = y + values[i % len(values)]
    sheet = draw(y, limit=limit).sheet
    if sheet.count <= limit:
        assert len(sheet.cards) == sheet.count
        return
    assert len(sheet.cards) <= min(limit, CARDS)
    assert [c.kind for c in sheet.cards].count("output") == 1
    counts = [int(row.text.removesuffix(" ×")) for row in sheet.cards[-1].rows]
    assert sum(counts) == sheet.count - (len(sheet.cards) - 1)
    last = len(sheet.cards) - 1
    assert all(edge.tail != last or sheet.cards[edge.head].kind in ("operation", "output") for edge in sheet.edges)
    assert all(edge.head != last or sheet.cards[edge.tail].kind in ("input", "parameter") for edge in sheet.edges)


def test_a_summary_of_many_kinds_names_the_commonest():
    y = Value(0.5, label="x")
    for f in (np.sin, np.cos, np.tanh, np.arctan, np.exp, np.cbrt, np.square):
        for _ in range(4):
            y = f(y)
    rows = draw(y, limit=4).sheet.cards[-1].rows
    assert rows[-1].label == "of other kinds"
    assert sum(int(row.text.removesuffix(" ×")) for row in rows) == 26
