"""`te.op`: an operation of one's own has a gradient, a tangent, higher orders and a place in pictures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import rules
from laws.calls import row_call

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.notation import OPS
from tinygrad_edu.testing.strategies import arrays, broadcastable, directions, shapes


@te.op(lambda g, out, x: g / (1.0 + abs(x)) ** 2, elementwise=True, local=("1 / (1 + abs(x))**2",))
def softsign(x):
    """x / (1 + |x|)

    More text."""
    return x / (1.0 + abs(x))


@te.op(
    lambda g, out, a, x, y: np.sum(g * x),
    lambda g, out, a, x, y: a * g,
    lambda g, out, a, x, y: g,
    name="axpy",
    symbol="⊕",
)
def a_x_plus_y(a, x, y):
    """a · x + y for a number and two arrays of one shape."""
    return a * x + y


@te.op(lambda g, out, x, *, power: g * power * x ** (power - 1), elementwise=True)
def to_the(x, *, power):
    """x ** power, a setting."""
    return x**power


@te.op(lambda g, out, x, y: g * y, None, elementwise=True)
def scaled(x, y):
    """x · y, with y a constant."""
    return x * y


def oracle(op):
    """An operation's own forward, which is NumPy's already."""
    return lambda *xs, **settings: op.forward(*xs, **settings)


@given(st.data())
def test_an_elementwise_operation_obeys_the_laws(data):
    x = data.draw(arrays(data.draw(shapes()), interval=(0.25, 2.0)))
    check(row_call(softsign, [x], oracle(softsign)), data)
    check(row_call(to_the, [x], oracle(to_the), power=3.0), data)


@given(st.data())
def test_a_general_operation_obeys_the_laws(data):
    shape = data.draw(shapes())
    xs = [data.draw(arrays(())), data.draw(arrays(shape)), data.draw(arrays(shape))]
    check(row_call(a_x_plus_y, xs, oracle(a_x_plus_y)), data)


@given(st.data())
def test_inputs_of_an_elementwise_operation_broadcast(data):
    first, second = data.draw(broadcastable(2))
    times = te.op(lambda g, out, x, y: g * y, lambda g, out, x, y: g * x, elementwise=True)(multiply)
    check(row_call(times, [data.draw(arrays(first)), data.draw(arrays(second))], multiply), data)


@given(st.data())
def test_rules_may_leave_broadcasting_to_the_engine_even_if_the_operation_is_not_elementwise(data):
    """The engine undoes broadcasting for every rule, in both modes."""
    first, second = data.draw(broadcastable(2))
    times = te.op(lambda g, out, x, y: g * y, lambda g, out, x, y: g * x)(multiply)
    check(row_call(times, [data.draw(arrays(first)), data.draw(arrays(second))], multiply), data)


@pytest.mark.parametrize("x", [2.0, np.array([2.0]), np.array([2.0, -1.0, 0.5])])
def test_broadcasting_left_to_the_engine_is_undone_in_derived_tangents_too(x):
    """The sum of cumsum(g) is ⟨g, (3, 2, 1)⟩; the rule's own shape is that of the result."""
    weights = np.array([3.0, 2.0, 1.0])
    rule = (lambda g, out, x: np.cumsum(g)) if np.size(x) == 1 else (lambda g, out, x: g * weights)
    weighted = te.op(rule)(lambda x: x * weights)
    call = row_call(weighted, [x], lambda x: x * weights)
    u, t = np.array([1.0, -0.5, 0.25]), (np.ones_like(x) if np.shape(x) else 1.0)
    rules.gradient_is_the_slope(call, u, [t])
    rules.tangent_is_the_slope(call, [t])
    rules.modes_are_adjoint(call, u, [t])
    rules.second_orders_agree(call, u, u, [t], [t])


def multiply(x, y):
    """x · y"""
    return x * y


def check(call, data):
    """Every law that a row of the table obeys."""
    u = data.draw(directions(np.shape(call.oracle(*call.inputs))))
    ts = [data.draw(directions(np.shape(x))) for x in call.inputs]
    rules.forward_is_the_oracles(call)
    rules.gradient_is_the_slope(call, u, ts)
    rules.modes_are_adjoint(call, u, ts)
    rules.second_orders_agree(call, u, u, ts, ts)
    rules.gradients_are_like_inputs(call, u)


def test_an_operation_has_a_name_a_doc_and_a_place_in_pictures():
    assert (softsign.name, softsign.doc, a_x_plus_y.name, a_x_plus_y.symbol) == (
        "softsign",
        "x / (1 + |x|)",
        "axpy",
        "⊕",
    )
    assert "softsign" not in OPS
    x = Value(3.0, label="x")
    assert "∂v1/∂x = 1 × 0.0625 = 0.0625" in str(te.steps(softsign(x)))
    assert softsign(3.0) == 0.75


def test_an_input_without_a_rule_is_a_constant():
    x, y = Value(2.0), Value(3.0)
    scaled(x, y).backward()
    assert (x.grad, y.grad) == (3.0, None)
    assert te.jvp(scaled, (2.0, 3.0), (1.0, 1.0)) == (6.0, 3.0)
    rounded = te.op(None)(np.round)
    assert te.grad(rounded)(2.6) == 0.0


def test_an_operation_of_the_linear_algebra_of_ones_own():
    @te.op(lambda g, out, a: -out.T @ g @ out.T)
    def inverse(a):
        """a⁻¹"""
        return np.linalg.inv(a)

    a = np.array([[2.0, 1.0], [0.5, 3.0]])
    call = row_call(inverse, [a], np.linalg.inv)
    u, t, s = np.array([[0.3, -1.0], [0.7, 0.2]]), np.array([[1.0, 0.5], [-0.5, 0.1]]), np.eye(2)
    rules.gradient_is_the_slope(call, u, [t])
    rules.modes_are_adjoint(call, u, [t])
    rules.second_orders_agree(call, u, u, [t], [s])


# ---- misuse -------------------------------------------------------------------------------------


def test_the_number_of_rules_is_checked():
    with pytest.raises(TypeError, match=r"f takes 2 data arguments and got 1 gradient rules.*keyword-only"):

        @te.op(lambda g, out, x: g)
        def f(x, y):
            return x * y

    with pytest.raises(TypeError, match=r"takes 1 data arguments and got 0"):
        te.op()(lambda x: x)


def test_the_decorator_wants_brackets():
    def f(x):
        return x * x

    with pytest.raises(TypeError, match=r"te\.op\(|rule"):
        te.op(f)(Value(2.0))


@pytest.mark.parametrize("rule", [1.0, "g", (lambda g, out, x: g,)])
def test_a_rule_is_a_function_or_none(rule):
    with pytest.raises(TypeError, match=r"rule"):
        te.op(rule)(lambda x: x)


def test_a_setting_with_a_default_need_not_be_given():
    @te.op(lambda g, out, x, *, scale=2.0: g * scale)
    def f(x, *, scale=2.0):
        return x * scale

    assert te.grad(f)(1.0) == 2.0
    assert te.grad(lambda x: f(x, scale=5.0))(1.0) == 5.0


def test_a_result_that_is_not_numbers_is_refused_by_name():
    for wrong in ("text", None, 1j, [1.0], (1.0, 2.0), {"a": 1.0}, np.array([None])):
        f = constant_op(wrong)
        with pytest.raises(TypeError, match=r"is not (a|differentiated)") as caught:
            f(Value(1.0))
        assert any("odd" in line for line in caught.value.__notes__)


def constant_op(result):
    """An operation that gives `result`, whatever it gets."""

    @te.op(lambda g, out, x: g, name="odd")
    def odd(x):
        return result

    return odd


def test_a_rule_with_a_gradient_of_another_shape_is_an_error_not_a_number():
    """A wrong shape that does not broadcast to the input's raises; it is not reshaped silently."""
    f = te.op(lambda g, out, x: np.ones(5))(lambda x: x * 2.0)
    x = Value(np.ones(3))
    with pytest.raises((ValueError, RuntimeError)):
        f(x).backward(np.ones(3))
    assert x.grad is None


def test_an_error_in_a_rule_names_the_operation():
    @te.op(lambda g, out, x: g @ np.ones((7, 7)))
    def faulty(x):
        return x * 2.0

    with pytest.raises(ValueError, match="matmul") as caught:
        faulty(Value(np.ones(3))).backward(np.ones(3))
    assert any("faulty" in line for line in getattr(caught.value, "__notes__", []))
