"""The table of conventions is computed row by row, so what it says is what the engine does."""

import re
from math import inf, nan, pi
from pathlib import Path

import numpy as np
import pytest
from scipy import special

import tinygrad_edu as te
import tinygrad_edu.ops.special

PAGE = (Path(__file__).parents[2] / "docs" / "conventions.md").read_text(encoding="utf-8")
WORDS = {"np": np, "te": te, "special": special, "inf": inf, "nan": nan, "pi": pi}


def rows():
    """(operation, formula, place, value, gradient) of every row of the table."""
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) in (5, 7) and cells[2].startswith("`"):
            yield cells[0], *(cell.strip("`") for cell in cells[1:5])


def evaluated(place, value, gradient):
    """The three cells as numbers: the inputs, the value and one derivative an input."""
    inputs = {k: np.array(v) if isinstance(v, list) else v for k, v in eval(f"dict({place})", WORDS).items()}
    slopes = eval(f"[{gradient}]", WORDS)
    return inputs, eval(value, WORDS), [np.array(s) if isinstance(s, list) else s for s in slopes]


def function(formula, names):
    return eval(f"lambda {', '.join(names)}: {formula}", WORDS)


CASES = [pytest.param(*row[1:], id=f"{row[1]} at {row[2]}") for row in rows()]


@pytest.mark.parametrize(("formula", "place", "value", "gradient"), CASES)
def test_reverse_mode_answers_as_the_table_says(formula, place, value, gradient):
    inputs, value, slopes = evaluated(place, value, gradient)
    leaves = [te.Value(x) for x in inputs.values()]
    out = function(formula, inputs)(*leaves)
    out.backward()
    np.testing.assert_array_equal(out.data, value)
    for x, slope in zip(leaves, slopes, strict=True):
        np.testing.assert_array_equal(x.grad, slope)


@pytest.mark.parametrize(("formula", "place", "value", "gradient"), CASES)
def test_forward_mode_answers_the_same(formula, place, value, gradient):
    inputs, _, slopes = evaluated(place, value, gradient)
    f = function(formula, inputs)
    for name, slope in zip(inputs, slopes, strict=True):

        def along(x, name=name):
            return f(**{**inputs, name: x})

        for direction, part in zip(directions(inputs[name]), np.ravel(slope), strict=True):
            np.testing.assert_array_equal(te.jvp(along, (inputs[name],), (direction,))[1], part)


def directions(x):
    """A tangent for each element of `x`."""
    return list(np.eye(x.size).reshape(-1, *x.shape)) if np.ndim(x) else [1.0]


def test_the_table_names_operations_that_exist_and_uses_them():
    table = list(rows())
    assert len(table) > 30
    for operation, formula, place, *_ in table:
        inputs, *_ = evaluated(place, "0", "0")
        out = function(formula, inputs)(*map(te.Value, inputs.values()))
        written = any(hasattr(module, operation) for module in (np, np.linalg, np.ufunc)) and operation in formula
        assert written or operation in operations(out), operation


def operations(v):
    """The names of the operations in the record of `v`."""
    found, stack = set(), [v]
    while stack:
        v = stack.pop()
        if isinstance(v, te.Value) and v.op is not None:
            found.add(v.op.name)
            stack.extend(v.inputs)
    return found
