"""Losses: the formulas, their derivatives to second order, extreme logits, and refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from laws.calls import Call
from laws.rules import gradient_is_the_slope, gradients_are_like_inputs, modes_are_adjoint, second_orders_agree
from scipy.special import log_softmax, xlog1py, xlogy

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.nn import binary_cross_entropy_with_logits, cross_entropy, hinge_loss, mse_loss
from tinygrad_edu.testing.strategies import arrays, directions

OFF_THE_KINK = 0.035  # the hinge bends where t · s = 1, on the grid of `arrays`


def cross_entropy_oracle(x, labels):
    rows = np.atleast_2d(log_softmax(x, axis=-1))
    return -np.mean(rows[np.arange(len(rows)), labels])


def binary_oracle(x, t):
    p = 1.0 / (1.0 + np.exp(-x))
    return np.mean(-xlogy(t, p) - xlog1py(1.0 - t, -p))


@st.composite
def calls(draw):
    """A loss of what it differentiates, its oracle, and data for it."""
    kind = draw(st.sampled_from(["mse", "cross", "binary", "hinge"]))
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=2, max_side=3))
    if kind == "mse":
        inputs = draw(arrays(shape)), draw(arrays(shape))
        return Call(kind, mse_loss, inputs, lambda x, t: np.mean((x - t) ** 2))
    if kind == "cross":
        classes = draw(st.integers(1, 4))
        rows = draw(st.sampled_from([(), (1,), (3,)]))
        labels = draw(hnp.arrays(draw(st.sampled_from(["u1", "i4", "i8"])), rows, elements=st.integers(0, classes - 1)))
        x = draw(arrays((*rows, classes)))
        return Call(kind, lambda x: cross_entropy(x, labels), (x,), lambda x: cross_entropy_oracle(x, labels))
    if kind == "binary":
        x, t = draw(arrays(shape)), draw(arrays(shape, interval=(0.25, 0.75)))
        if draw(st.booleans()):
            return Call(kind, binary_cross_entropy_with_logits, (x, t), binary_oracle)
        hard = np.round(t)
        return Call(kind, lambda x: binary_cross_entropy_with_logits(x, hard), (x,), lambda x: binary_oracle(x, hard))
    targets = np.where(draw(arrays(shape)) > 0, 1, -1)
    x = draw(arrays(shape)) + OFF_THE_KINK
    return Call(kind, lambda x: hinge_loss(x, targets), (x,), lambda x: np.mean(np.maximum(0.0, 1.0 - targets * x)))


# ---- formulas and derivatives -------------------------------------------------------------------


@given(calls())
def test_a_loss_is_its_formula_for_arrays_and_values_alike(call):
    expected = call.oracle(*call.inputs)
    plain, recorded = call.function(*call.inputs), call.function(*map(Value, call.inputs))
    assert type(plain) is float
    assert type(recorded) is Value
    assert recorded.data == pytest.approx(plain, rel=1e-15, abs=1e-15)
    assert plain == pytest.approx(expected, rel=1e-12, abs=1e-12)


@given(st.data(), calls())
def test_gradients_are_slopes_in_both_modes(data, call):
    ts = [data.draw(directions(np.shape(x))) for x in call.inputs]
    gradient_is_the_slope(call, 1.0, ts)
    modes_are_adjoint(call, 1.0, ts)
    gradients_are_like_inputs(call, 1.0)


@given(st.data(), calls())
def test_second_derivatives_agree_in_every_mode(data, call):
    ts, ss = ([data.draw(directions(np.shape(x))) for x in call.inputs] for _ in range(2))
    second_orders_agree(call, 0.75, 0.5, ts, ss)


def test_cross_entropy_is_one_operation():
    x = Value(np.zeros((2, 3)))
    assert cross_entropy(x, [0, 1]).inputs[0] is x


@given(st.data())
def test_labels_that_are_computed_from_values_are_labels_too(data):
    x = data.draw(arrays((3, 4)))
    fixed, computed = Value(x), Value(x)
    cross_entropy(fixed, x.argmax(axis=1)).backward()
    cross_entropy(computed, np.argmax(computed, axis=1)).backward()
    np.testing.assert_array_equal(fixed.grad, computed.grad)
    hessian = te.hessian(lambda x: cross_entropy(x, np.argmax(x, axis=1)))(x)
    np.testing.assert_allclose(hessian, te.hessian(lambda x: cross_entropy(x, fixed.data.argmax(axis=1)))(x))


# ---- extremes -----------------------------------------------------------------------------------

EXTREME = np.array([[1000.0, -1000.0], [-1000.0, 1000.0], [0.0, 1000.0]], np.float32)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (lambda x: cross_entropy(x, [0, 0, 1]), 2000 / 3),
        (lambda x: binary_cross_entropy_with_logits(x, [[1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]), (2000 + np.log(2)) / 6),
        (lambda x: hinge_loss(x, [[1, 1], [-1, 1], [1, -1]]), (1001 + 1 + 1001) / 6),
        (lambda x: mse_loss(x, np.zeros((3, 2))), 5e6 / 6),
    ],
)
def test_extreme_logits_give_finite_numbers(loss, expected):
    x = Value(EXTREME)
    y = loss(x)
    assert y.data == pytest.approx(expected, rel=1e-6)
    y.backward()
    assert x.grad.dtype == np.float32
    assert np.isfinite(x.grad).all()
    assert np.isfinite(te.grad(lambda x: (te.grad(loss)(x) * EXTREME).sum())(EXTREME)).all()


def test_gradients_of_sure_predictions():
    x = Value(EXTREME[:2])
    cross_entropy(x, [0, 0]).backward()
    assert x.grad.tolist() == [[0.0, 0.0], [-0.5, 0.5]]


def test_a_class_that_is_masked_out_costs_nothing():
    x = Value(np.array([[0.0, -np.inf, 0.0]]))
    y = cross_entropy(x, [0])
    y.backward()
    assert y.data == pytest.approx(np.log(2))
    np.testing.assert_allclose(x.grad, [[-0.5, 0.0, 0.5]])


def test_whole_number_targets_do_not_widen_float32():
    x = Value(np.ones(3, np.float32))
    for loss in (mse_loss, hinge_loss, binary_cross_entropy_with_logits):
        y = loss(x, np.ones(3, int))
        widths = {v.data.dtype for v in te.graph.history(y) if v.shape}
        assert widths <= {np.dtype(np.float32)}


# ---- refusals -----------------------------------------------------------------------------------

ELEMENTWISE = [mse_loss, binary_cross_entropy_with_logits, hinge_loss]


@pytest.mark.parametrize("loss", ELEMENTWISE)
@pytest.mark.parametrize("wrap", [np.asarray, Value])
def test_shapes_must_agree_exactly(loss, wrap):
    with pytest.raises(ValueError, match=r"shape \(3,\) and targets of shape \(3, 1\)"):
        loss(wrap(np.ones(3)), np.ones((3, 1)))
    with pytest.raises(ValueError, match=r"shape \(3,\) and targets of shape \(\)"):
        loss(wrap(np.ones(3)), 1.0)
    with pytest.raises(ValueError, match=r"shape \(0,\) hold nothing"):
        loss(wrap(np.ones(0)), np.ones(0))


@pytest.mark.parametrize("target", [-0.1, 1.1, np.nan])
def test_probabilities_are_probabilities(target):
    for wrap in (float, Value):
        with pytest.raises(ValueError, match=r"\[0, 1\]"):
            binary_cross_entropy_with_logits(Value(0.0), wrap(target))


@pytest.mark.parametrize("target", [0.0, 0.5, np.nan])
def test_hinge_targets_are_signs(target):
    with pytest.raises(ValueError, match="2 \\* labels - 1"):
        hinge_loss(Value(0.0), target)


@pytest.mark.parametrize(
    ("shape", "labels", "kind", "message"),
    [
        ((2, 3), [0, 3], ValueError, "row 1 is none of the class numbers from 0 to 2"),
        ((2, 3), [-1, 0], ValueError, "row 0 is none"),
        ((3,), 3, ValueError, "row 0 is none"),
        ((2, 3), [0, 1, 2], ValueError, r"shape \(2, 3\) and labels of shape \(3,\)"),
        ((2, 3), [[0], [1]], ValueError, r"labels of shape \(2, 1\)"),
        ((3,), [1], ValueError, r"shape \(3,\) and labels of shape \(1,\)"),
        ((2, 3), 1, ValueError, r"labels of shape \(\)"),
        ((2, 2, 3), [[0, 0], [0, 0]], ValueError, r"shape \(2, 2, 3\)"),
        ((), 0, ValueError, r"logits of shape \(\)"),
        ((0, 3), np.zeros(0, int), ValueError, r"shape \(0, 3\)"),
        ((2, 0), [0, 0], ValueError, "row 0 is none"),
        ((2, 3), [0.0, 1.0], TypeError, "float64"),
        ((2, 3), [True, False], TypeError, "bool"),
        ((2, 3), np.eye(3)[:2], TypeError, r"argmax\(axis=-1\) for one-hot rows"),
        ((2, 3), ["a", "b"], TypeError, "integer dtype"),
    ],
)
@pytest.mark.parametrize("wrap", [np.asarray, Value])
def test_labels_must_be_class_numbers_of_the_rows(shape, labels, kind, message, wrap):
    with pytest.raises(kind, match=message):
        cross_entropy(wrap(np.zeros(shape)), labels)
