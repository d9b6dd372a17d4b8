"""Random programs: they are what they print, on arrays, on Values and in other namespaces; and they shrink."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_edu import Value
from tinygrad_edu.testing.program import (
    LARGEST,
    MOST_ELEMENTS,
    TEMPLATES,
    Program,
    arithmetic,
    next_line,
    offered_by,
    programs,
    programs_with_directions,
)
from tinygrad_edu.testing.strategies import arrays, float_dtypes, mixed, shapes, simplest

OPERANDS = {
    "number": 0.5,
    "v": np.array([0.25, -1.0, 0.75]),
    "m": np.cos(np.arange(1.0, 7.0)).reshape(2, 3),
    "square": np.cos(np.arange(2.0, 11.0)).reshape(3, 3),
    "stack": np.cos(np.arange(3.0, 15.0)).reshape(2, 2, 3),
    "other": np.array([1.0, 0.5]),
}
"""Shapes of which every template fits some."""


def ran(program):
    """The result of the printed code, run as it is."""
    names = {}
    exec(str(program), names)
    return names["f"](*(names[x] for x in program.inputs))


# ---- what a program is ----------------------------------------------------------------------------------


@given(programs(kinks=True) | programs(one_number=False))
def test_the_code_that_is_printed_runs_and_gives_the_same(program):
    found, expected = ran(program), program(*program.arguments)
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_array_equal(found, expected)


@given(programs(inputs=mixed(shapes(min_side=1), 2, dtype=float_dtypes() | st.just(np.complex64))))
def test_the_code_has_the_dtypes_of_the_inputs(program):
    names = {}
    exec(str(program), names)
    for name, x in program.inputs.items():
        assert np.result_type(names[name]) == np.result_type(x)
        np.testing.assert_array_equal(names[name], x)


@given(programs(kinks=True))
def test_a_program_of_values_has_the_value_of_the_program(program):
    y = program(*map(Value, program.arguments))
    np.testing.assert_allclose(y.data, program(*program.arguments), rtol=1e-12)


@given(programs(8, kinks=True))
def test_numbers_stay_moderate_and_few(program):
    names = dict(program.inputs)
    for i, line in enumerate(program.lines[:-1], 1):
        names[line.name] = Program(program.inputs, program.lines[:i])(*program.arguments)
        assert np.all(np.abs(names[line.name]) <= LARGEST)
        assert 0 < np.size(names[line.name]) <= MOST_ELEMENTS
    assert np.isfinite(program(*program.arguments))


@given(programs(4, kinks=True))
def test_there_is_nothing_that_the_result_does_not_need(program):
    assert len(program.lines) <= 4 + 1
    used = {x for line in program.lines for x in line.operands}
    assert {line.name for line in program.lines[:-1]} <= used


@given(programs(), programs(one_number=False))
def test_the_result_is_one_number_unless_it_need_not_be(one, other):
    assert np.ndim(one(*one.arguments)) == 0
    assert np.size(other(*other.arguments)) >= 1


@given(st.data())
def test_inputs_are_those_that_are_given(data):
    given_inputs = data.draw(mixed((2,), (2,), ()))
    program = data.draw(programs(inputs=st.just(given_inputs)))
    assert all(any(x is y for y in given_inputs) for x in program.arguments)


@given(programs_with_directions(kinks=True))
def test_directions_are_like_the_inputs(drawn):
    program, ts = drawn
    assert list(map(np.shape, ts)) == list(map(np.shape, program.arguments))


# ---- the table ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.text)
def test_a_template_makes_lines_that_are_right_on_values(template):
    lines = []
    for operands in range(0, 256, 7):
        line = next_line("y", [template], [1, operands, 11 * operands % 256], {**OPERANDS})
        lines += [line] if line is not None and line not in lines else []
    assert lines, "it fits nothing"
    for line in lines[:12]:
        program = Program(OPERANDS, (line,))
        expected = program(*OPERANDS.values())
        found = program(*map(Value, OPERANDS.values()))
        np.testing.assert_allclose(found.data, expected, rtol=1e-12, atol=1e-15)
        np.testing.assert_array_equal(ran(program), expected)


def test_operands_are_used_twice_and_lines_again():
    assert simplest(programs(), lambda program: any(line.operands == ("x0", "x0") for line in program.lines))
    again = simplest(programs(), lambda program: sum("v0" in line.operands for line in program.lines) == 2)
    assert len(again.lines) >= 2


def test_inputs_that_nothing_uses_stay_now_and_then():
    def unused(program):
        return set(program.inputs) - {x for line in program.lines for x in line.operands}

    assert len(simplest(programs(), unused).inputs) == 2


@given(programs())
def test_there_is_no_kink_unless_it_is_asked_for(program):
    kinked = {template.text for template in TEMPLATES if template.kinked}
    assert not kinked & {line.template for line in program.lines}


# ---- other engines --------------------------------------------------------------------------------------


@given(programs(inputs=st.tuples(arrays(()), arrays(())), allow=arithmetic))
def test_a_program_of_arithmetic_needs_no_namespace(program):
    assert "np." not in "".join(line.text for line in program.lines)
    assert type(program(*program.arguments, np=None)) is float


@given(programs(allow=offered_by(np, without=["@", "einsum", "dot"])))
def test_what_is_not_allowed_is_not_there(program):
    assert not any(part in str(program) for part in ("@", "einsum", "dot"))


@given(programs(allow=lambda text: False))
def test_without_templates_a_program_is_a_sum(program):
    assert len(program.lines) == 1
    assert program.lines[0].template in {"{0}", "np.sum({0})"}


class Counting:
    """NumPy, which counts what is asked of it."""

    def __init__(self):
        self.asked = []

    def __getattr__(self, name):
        self.asked.append(name)
        return getattr(np, name)


@given(programs(kinks=True))
def test_a_program_takes_its_functions_from_the_namespace_given(program):
    namespace = Counting()
    np.testing.assert_array_equal(program(*program.arguments, np=namespace), program(*program.arguments))
    asked = sum(line.text.count("np.") for line in program.lines)
    assert len(namespace.asked) == asked


# ---- shrinking ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "template", ["np.arctan({0})", "{0} * {1}", "np.cumsum({0}, axis={line})", "np.stack([{0}, {1}])"]
)
def test_a_program_shrinks_to_the_line_to_blame_and_a_sum(template):
    found = simplest(programs(), lambda program: any(line.template == template for line in program.lines))
    assert len(found.lines) <= 2
    assert len(found.inputs) == 1
    assert found.lines[0].template == template
    assert not any(np.any(x) for x in found.arguments)


def test_a_product_shrinks_to_itself_too():
    found = simplest(programs(inputs=st.tuples(arrays((2, 2)))), lambda program: "@" in str(program))
    assert len(found.lines) == 2
    assert "@" in found.lines[0].template
    assert found.lines[0].operands == ("x0",)


def test_a_program_shrinks_with_the_numbers_that_matter():
    found = simplest(programs(kinks=True), lambda program: program(*program.arguments) > 0.5)
    assert len(found.lines) == len(found.inputs) == 1
    assert np.ravel(found.arguments[0]) in ([0.0], [1.0])
