"""The testers are tested: each law catches the mistakes it is for, and accuses no correct rule."""

from types import SimpleNamespace

import numpy as np
import pytest
from laws import rules
from laws.calls import Call, row_call
from laws.registry import concatenated, gathered, united

import tinygrad_edu as te
from tinygrad_edu.engine import Op, Value
from tinygrad_edu.kinds import shape_of

X, T, U = np.array([0.5, -1.25, 2.0]), np.array([1.0, 0.25, -0.5]), np.array([0.75, -1.0, 0.5])
A, B = np.cos(np.arange(6.0)).reshape(2, 3), np.sin(np.arange(9.0)).reshape(3, 3)
UA, TA, TB = np.cos(3.0 + np.arange(6.0)).reshape(2, 3), np.sin(2.0 + np.arange(6.0)).reshape(2, 3), np.cos(7.0 * B)


def elementwise(rule, forward=np.tanh, **about):
    """An elementwise operation with one rule."""
    return Op("mine", forward, [rule], [rule], broadcasts=True, **about)


def tanh_call(op):
    """A call of an operation that should be tanh."""
    return row_call(op, [X], np.tanh)


def tanh_rule(g, out, x):
    """Right."""
    return g * (1.0 - out * out)


def matmul(left, right):
    """A matrix product with the given rules."""
    return Op("mine", np.matmul, [left, right])


def matmul_call(op):
    """A call of an operation that should be matmul."""
    return row_call(op, [A, B], np.matmul)


def swapped(x):
    """The transpose, of arrays and Values."""
    return te.ops.shape.swapaxes(x, axis1=-1, axis2=-2)


def sum_of_rows(x):
    """The sum along the first axis."""
    return np.sum(x, axis=0)


def repeated(x):
    """An index that picks an element twice."""
    return x[[0, 0, 1]]


LEFT, LEFT_NOT_TRANSPOSED = (lambda g, out, x, y: g @ swapped(y)), (lambda g, out, x, y: g @ y)
RIGHT, RIGHT_TRANSPOSED = (lambda g, out, x, y: swapped(x) @ g), (lambda g, out, x, y: swapped(swapped(x) @ g))
RIGHT_MATMUL = matmul(LEFT, RIGHT)
FORGETS_ITS_AXIS = Op("mine", sum_of_rows, [lambda g, out, x: np.sum(g) * np.ones(shape_of(x))])
MEAN_LIKE_A_SUM = Op("mine", np.mean, [lambda g, out, x: g * np.ones(shape_of(x))])
FORGETS_REPEATS = Op("mine", repeated, [lambda g, out, x: te.ops.index.put(g, x, index=(slice(3),))])


def first_order(call, u, ts):
    """The laws of the first derivative."""
    rules.gradient_is_the_slope(call, u, ts)
    rules.tangent_is_the_slope(call, ts)
    rules.modes_are_adjoint(call, u, ts)


def test_correct_rules_are_not_accused():
    right = elementwise(tanh_rule)
    first_order(tanh_call(right), U, [T])
    rules.second_orders_agree(tanh_call(right), U, T, [T], [U])
    first_order(matmul_call(RIGHT_MATMUL), UA, [TA, TB])
    rules.second_orders_agree(matmul_call(RIGHT_MATMUL), UA, TA, [TA, TB], [UA, B])


MISTAKES = {
    "off by 0.05 %": (tanh_call(elementwise(lambda g, out, x: 1.0005 * tanh_rule(g, out, x))), U, [T]),
    "off by −0.05 %": (tanh_call(elementwise(lambda g, out, x: 0.9995 * tanh_rule(g, out, x))), U, [T]),
    "a sign": (tanh_call(elementwise(lambda g, out, x: -tanh_rule(g, out, x))), U, [T]),
    "the input for the output": (tanh_call(elementwise(lambda g, out, x: g * (1.0 - x * x))), U, [T]),
    "the cotangent forgotten": (tanh_call(elementwise(lambda g, out, x: 1.0 - out * out)), U, [T]),
    "the cotangent squared": (tanh_call(elementwise(lambda g, out, x: g * g * (1.0 - out * out))), U, [T]),
    "zero": (tanh_call(elementwise(lambda g, out, x: 0.0 * g)), U, [T]),
    "nan": (tanh_call(elementwise(lambda g, out, x: g * np.nan)), U, [T]),
    "a matrix product, the left rule not transposed": (matmul_call(matmul(LEFT_NOT_TRANSPOSED, RIGHT)), UA, [TA, TB]),
    "a matrix product, the right rule transposed": (matmul_call(matmul(LEFT, RIGHT_TRANSPOSED)), UA, [TA, TB]),
    "an operand without a rule": (matmul_call(matmul(LEFT, None)), UA, [TA, TB]),
    "a sum that forgets its axis": (row_call(FORGETS_ITS_AXIS, [A], sum_of_rows), U, [TA]),
    "a mean that is a sum": (row_call(MEAN_LIKE_A_SUM, [X], np.mean), 1.0, [T]),
    "an index that forgets repeats": (row_call(FORGETS_REPEATS, [X], repeated), U, [T]),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_wrong_rule_is_caught(name):
    call, u, ts = MISTAKES[name]
    with pytest.raises(AssertionError):
        rules.gradient_is_the_slope(call, u, ts)
    with pytest.raises(AssertionError):
        first_order(call, u, ts)


def test_a_missing_accumulation_is_caught():
    """x · x with the second contribution lost."""
    square = Call("mine", lambda x: x * te.stop_gradient(x), (X,), lambda x: x * x)
    with pytest.raises(AssertionError):
        rules.gradient_is_the_slope(square, U, [T])


def test_a_wrong_tangent_rule_is_caught():
    wrong = Op("mine", np.tanh, [tanh_rule], [lambda t, out, x: 1.0005 * tanh_rule(t, out, x)], broadcasts=True)
    rules.gradient_is_the_slope(tanh_call(wrong), U, [T])
    with pytest.raises(AssertionError):
        rules.modes_are_adjoint(tanh_call(wrong), U, [T])
    with pytest.raises(AssertionError):
        rules.tangent_is_the_slope(tanh_call(wrong), [T])
    with pytest.raises(AssertionError):
        rules.tangent_rule_is_the_transpose(wrong, [X], {}, [T])


def test_a_rule_that_cannot_be_differentiated_is_caught_at_second_order():
    """Right to first order, and cut off from the record by `.data`."""

    def severed(g, out, x):
        out = out.data if isinstance(out, Value) else out
        return g * (1.0 - out * out)

    call = tanh_call(elementwise(severed))
    first_order(call, U, [T])
    with pytest.raises(AssertionError):
        rules.second_orders_agree(call, U, T, [T], [U])


def test_a_wrong_value_shape_and_dtype_are_caught():
    for wrong in (
        lambda x: np.tanh(x) * (1 + 1e-9),
        lambda x: np.tanh(x)[None],
        lambda x: np.tanh(x).astype(np.float32),
    ):
        with pytest.raises(AssertionError):
            rules.forward_is_the_oracles(tanh_call(elementwise(tanh_rule, wrong)))


def test_a_rule_that_changes_its_operands_is_caught():
    def changes(g, out, x):
        x += 1.0
        return tanh_rule(g, out, x)

    def changes_the_cotangent(g, out, x):
        g *= 2.0
        return g * (1.0 - out * out)

    for rule in (changes, changes_the_cotangent):
        with pytest.raises((AssertionError, ValueError)):
            rules.nothing_is_changed(tanh_call(elementwise(rule)), U)


def test_a_lost_gradient_is_caught():
    with pytest.raises((AssertionError, TypeError)):
        rules.gradient_is_the_slope(tanh_call(elementwise(None)), U, [T])


def test_a_gradient_in_another_precision_is_caught():
    call = tanh_call(elementwise(tanh_rule))
    rough = call.with_inputs(X.astype(np.float32))
    rules.precision_is_kept(rough, U, call)
    with pytest.raises(AssertionError):
        rules.precision_is_kept(rough, U, call.with_inputs(X + 0.01))


def test_two_areas_cannot_claim_the_same_row():
    one = SimpleNamespace(__name__="one", ROWS={"a": 1}, CANDIDATES={"axis": (0,)}, OUR_OWN={"a"})
    other = SimpleNamespace(__name__="other", ROWS={"b": 2}, CANDIDATES={"axis": (1,), "k": (2,)})
    assert gathered("ROWS", [one, other]) == {"a": 1, "b": 2}
    assert concatenated("CANDIDATES", [one, other]) == {"axis": (0, 1), "k": (2,)}
    assert united("OUR_OWN", [one, other]) == {"a"}
    with pytest.raises(ValueError, match=r"ROWS of one and of third both have 'a'"):
        gathered("ROWS", [one, other, SimpleNamespace(__name__="third", ROWS={"a": 3})])
