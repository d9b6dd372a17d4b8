"""Errors of the backward pass name the user's own line, where it was asked to be known."""

import sys

import numpy as np
import pytest

import tinygrad_edu as te
from tinygrad_edu import Value


@te.op(lambda g, out, x: [][0], name="broken")
def broken(x):
    return 2.0 * x


def helper(x):
    return np.tanh(x) * 2.0


def line_number():
    return sys._getframe(1).f_lineno


def test_every_value_knows_its_line():
    x = Value(0.5)
    with te.located() as lines:
        y, first = x * 3.0, line_number()
        z, second = helper(y) + 1.0, line_number()
    assert lines.of(y) == f"test_lines.py:{first}: y, first = x * 3.0, line_number()"
    assert lines.of(z).startswith(f"test_lines.py:{second}: z, second = helper(y)")
    assert lines.of(z.inputs[0]).endswith("return np.tanh(x) * 2.0")
    assert lines.of(x) == "", "made before"


def test_an_error_of_a_gradient_rule_names_the_line_the_operation_and_the_shapes():
    with te.located():
        y = broken(Value(np.ones((2, 3)))).sum()
        with pytest.raises(IndexError) as caught:
            y.backward()
    (note,) = caught.value.__notes__
    assert "broken(float64[2,3]) for input 0" in note
    assert "y = broken(Value(np.ones((2, 3)))).sum()" in note


def test_without_it_the_note_says_how_to_know():
    y = broken(Value(1.0))
    with pytest.raises(IndexError) as caught:
        y.backward()
    assert "te.located()" in caught.value.__notes__[0]


def test_tracing_ends_with_the_context_even_by_an_error():
    before = sys.gettrace()
    with pytest.raises(ZeroDivisionError), te.located():
        raise ZeroDivisionError
    assert sys.gettrace() is before


def test_it_nests():
    with te.located() as outer:
        a = Value(1.0) + 1.0
        with te.located() as inner:
            b = a + 1.0
        c = b + 1.0
    assert inner.of(b).endswith("b = a + 1.0")
    assert outer.of(a).endswith("a = Value(1.0) + 1.0")
    assert outer.of(c).endswith("c = b + 1.0")
