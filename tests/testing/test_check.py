"""`check_gradients`: what is right passes, what is wrong fails and is named, and the rest is said to be undecided."""

from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_edu as te
from tinygrad_edu.testing import Subject, assert_gradients, by_hand, check_gradients
from tinygrad_edu.testing.measure.report import Mark, Verdict

X = np.array([0.5, -1.25, 2.0])
A = np.cos(np.arange(6.0)).reshape(2, 3)

FUNCTIONS = {
    "of numbers": (lambda x, y: x * np.sin(y), (0.5, -2.0)),
    "of arrays": (lambda x, y: np.tanh(x) @ y, (A, X)),
    "with broadcasting": (lambda x, y: x * y, (A, X)),
    "of containers": (lambda net: {"out": net["w"] @ net["x"], "size": [np.sum(net["w"])]}, ({"w": A, "x": X},)),
    "with constants": (lambda x, axis, power: np.sum(x**power, axis=axis), (A, 0, 2)),
    "of complex numbers": (lambda z: np.exp(1j * z) * np.abs(z), (np.array([0.5 + 1j, -1.0, 2j]),)),
    "complex out of real": (lambda x: np.fft.fft(x), (X,)),
    "in single precision": (lambda x: np.exp(x) / np.sum(np.exp(x)), (X.astype(np.float32),)),
    "of size 0": (lambda x: x * 2.0, (np.zeros((0, 3)),)),
    "that is constant": (lambda x: x * 0.0 + 3.0, (X,)),
    "that is linear": (lambda x: x[::-1], (X,)),
    "with two results": (lambda x: (np.sum(x), x * x), (X,)),
}


def tanh_rule(g, x):
    return g * (1.0 - np.tanh(x) ** 2)


# ---- what is right ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("complex_step", [True, False])
def test_what_is_right_passes_in_both_modes_and_orders(name, complex_step):
    f, args = FUNCTIONS[name]
    report = check_gradients(f, *args, order=2, complex_step=complex_step)
    assert report.verdict is Verdict.PASS, str(report)
    assert [(part.order, part.mode) for part in report.comparisons] == [
        (1, "reverse"),
        (1, "forward"),
        (2, "reverse"),
        (2, "forward"),
    ]
    assert report.ratio <= 1.0


@given(st.floats(-6.0, 6.0), st.sampled_from([np.sin, np.exp, np.tanh, np.arctan, np.square]), st.booleans())
def test_the_scale_of_the_numbers_does_not_matter(exponent, f, negative):
    x = 10.0**exponent * (-1.0 if negative else 1.0)
    with np.errstate(all="ignore"):
        if np.isfinite(f(x)):
            assert check_gradients(f, np.array([x, 0.5])).verdict is not Verdict.FAIL


def test_the_jacobian_can_be_taken_by_name():
    report = check_gradients(lambda w, x: w @ x, A, X)
    claimed, numeric = report.comparisons[0].block("f", "w")
    assert claimed.shape == numeric.shape == (2, 2, 3)
    np.testing.assert_allclose(claimed[0, 0], X)
    np.testing.assert_allclose(numeric, claimed, atol=1e-9)
    assert not report.comparisons[0].verdicts("f", "x").any()
    with pytest.raises(ValueError, match="there is no 'b' here"):
        report.comparisons[0].block("f", "b")


# ---- what is wrong ---------------------------------------------------------------------------------------

WRONG = {
    "a sign": lambda g, x: -tanh_rule(g, x),
    "half a thousandth": lambda g, x: 1.0005 * tanh_rule(g, x),
    "zero": lambda g, x: 0.0 * g,
    "the input for the result": lambda g, x: g * (1.0 - x * x),
    "one index": lambda g, x: tanh_rule(g, x) * np.where(np.arange(3) == 1, 1.01, 1.0),
    "nan": lambda g, x: g * np.nan,
    "one nan": lambda g, x: tanh_rule(g, x) * np.array([1.0, np.nan, 1.0]),
    "infinite": lambda g, x: tanh_rule(g, x) / 0.0,
    "the cotangent forgotten": lambda g, x: tanh_rule(np.ones(3), x),
    "the cotangent squared": lambda g, x: g * tanh_rule(g, x),
    "None": lambda g, x: None,
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_fails(name):
    with np.errstate(all="ignore"):
        report = check_gradients(by_hand(np.tanh, WRONG[name]), X)
    assert report.verdict is Verdict.FAIL
    assert report.ratio > 1.0
    assert report.diagnosis, "there should be words for it"


@given(st.integers(0, 2), st.sampled_from([1.0005, -1.0, 0.0, 2.0]))
def test_the_worst_entry_is_the_wrong_one(k, factor):
    report = check_gradients(by_hand(np.tanh, lambda g, x: tanh_rule(g, x) * np.where(np.arange(3) == k, factor, 1)), X)
    entry = report.comparisons[0].worst
    assert (entry.input, entry.output, entry.verdict) == (f"x[{k}]", f"tanh[{k}]", Verdict.FAIL)
    assert np.sum(report.comparisons[0].marks == Mark.FAIL) == 1
    np.testing.assert_allclose(entry.numeric, 1.0 - np.tanh(X[k]) ** 2, rtol=1e-8)


def test_a_wrong_forward_mode_fails_beside_a_right_reverse_mode():
    report = check_gradients(by_hand(np.tanh, tanh_rule, lambda t, x: 2.0 * tanh_rule(t, x)), X)
    assert [part.verdict for part in report.comparisons] == [Verdict.PASS, Verdict.FAIL]


def test_a_zero_gradient_of_a_tiny_function_fails():
    assert check_gradients(by_hand(lambda x: 1e-9 * x * x, lambda g, x: 0.0 * g), X).verdict is Verdict.FAIL


def test_a_gradient_cut_off_from_the_record_fails_in_second_order_only():
    cut = te.op(lambda g, out, x: g * np.cos(te.stop_gradient(x)), name="cut")(np.sin)
    assert check_gradients(cut, X).verdict is Verdict.PASS
    assert check_gradients(cut, X, order=2).verdict is Verdict.FAIL


def test_a_result_is_never_summed_up():
    """The sum of a softmax is constant, so a gradient of zeros would look right."""
    wrong = by_hand(te.softmax, lambda g, x: 0.0 * g)
    assert check_gradients(wrong, X).verdict is Verdict.FAIL


# ---- faults that no number shows ----------------------------------------------------------------------------


def problems_of(f, vjp, *args):
    report = check_gradients(by_hand(f, vjp), *args)
    assert report.verdict is Verdict.FAIL
    assert report.ratio == np.inf
    return "\n".join(report.problems)


def test_a_wrong_shape_is_named():
    said = problems_of(lambda x, b: x + b, lambda g, x, b: (g, g), A, X)
    assert "the gradient of b has the shape (2, 3), but b has (3,): sum it" in said
    said = problems_of(lambda x: np.sum(x, axis=1), lambda g, x: np.ones((3, 2)), A)
    assert "has the shape (3, 2), but x has (2, 3)" in said


def test_a_wrong_dtype_is_named():
    said = problems_of(np.tanh, lambda g, x: tanh_rule(g, x).astype(float), X.astype(np.float32))
    assert "has the dtype float64, but x has float32" in said


def test_a_rule_that_writes_into_what_it_is_given_is_named():
    def into_the_cotangent(g, x):
        g *= 1.0 - np.tanh(x) ** 2
        return g

    def into_the_input(g, x):
        x[:] = tanh_rule(g, x)
        return x

    assert "changes the cotangent" in problems_of(np.tanh, into_the_cotangent, X)
    kept = X.copy()
    assert "changes its argument x" in problems_of(np.tanh, into_the_input, X)
    np.testing.assert_array_equal(X, kept)


def test_a_function_that_changes_its_argument_is_named():
    def doubled(x):
        x *= 2.0
        return x.copy()

    assert "the function changes its argument x" in problems_of(doubled, lambda g, x: 2.0 * g, X)


def test_a_rule_that_is_not_linear_is_named():
    assert "not linear in the cotangent" in problems_of(lambda x: 1.0 * x, lambda g, x: g * g, X)


def test_a_rule_that_depends_on_chance_is_named():
    rng = np.random.default_rng(0)
    said = problems_of(lambda x: 1.0 * x, lambda g, x: g * (1.0 + 1e-9 * rng.random()), X)
    assert "other numbers when it is asked again" in said


def test_a_rule_that_remembers_an_earlier_call_is_named():
    seen = []

    def relu(x):
        seen.append(x > 0.0)
        return np.maximum(x, 0.0)

    said = problems_of(relu, lambda g, x: g * seen[-1], X)
    assert "other numbers when it is asked again" in said


# ---- what cannot be told ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x"), [(np.floor, 2.0), (np.sqrt, 0.0), (lambda x: np.sin(1e12 * x), 1.0), (np.abs, 0.0), (te.relu, 0.0)]
)
def test_what_cannot_be_measured_is_inconclusive(f, x):
    report = check_gradients(f, x)
    assert report.verdict is Verdict.INCONCLUSIVE, str(report)
    with pytest.raises(AssertionError, match="inconclusive"):
        assert_gradients(f, x, strict=True)
    assert assert_gradients(f, x).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("f", "share"), [(te.relu, 0.0), (np.abs, 0.5), (lambda x: np.maximum(x, 0.0), 0.5), (lambda x: -te.relu(-x), 1.0)]
)
def test_a_kink_is_held_to_a_convention(f, share):
    at = np.array([0.0, 1.0])
    assert check_gradients(f, at, kinks="interval").verdict is Verdict.PASS
    assert check_gradients(f, at, kinks=share).verdict is Verdict.PASS
    other = check_gradients(f, at, kinks=1.0 - share if share != 0.5 else 0.0)
    assert other.verdict is Verdict.FAIL
    assert other.comparisons[0].worst.kink is not None


def test_outside_of_the_interval_a_slope_at_a_kink_is_wrong():
    wrong = by_hand(np.abs, lambda g, x: g * np.where(x == 0.0, 1.5, np.sign(x)))
    assert check_gradients(wrong, np.zeros(2)).verdict is Verdict.INCONCLUSIVE
    assert check_gradients(wrong, np.zeros(2), kinks="interval").verdict is Verdict.FAIL


def test_a_function_that_computes_in_single_precision_is_judged_by_it():
    def single(x):
        return np.tanh(np.float32(x))

    right = by_hand(single, lambda g, x: (g * (1 - np.tanh(x) ** 2)).astype(x.dtype))
    wrong = by_hand(single, lambda g, x: (1.01 * g * (1 - np.tanh(x) ** 2)).astype(x.dtype))
    x = X.astype(np.float32)
    assert check_gradients(right, x).verdict is not Verdict.FAIL
    assert check_gradients(wrong, x).verdict is Verdict.FAIL


def test_a_tie_that_is_counted_twice_is_wrong_though_each_of_its_kinks_is_unsure():
    twice = by_hand(np.max, lambda g, x: g * (x == x.max()))
    assert check_gradients(np.max, np.array([2.0, 1.0, 2.0])).verdict is Verdict.INCONCLUSIVE
    report = check_gradients(twice, np.array([2.0, 1.0, 2.0]))
    assert report.verdict is Verdict.FAIL
    assert report.comparisons[1].worst.input == "(a[0] + a[2] moved together)"


# ---- projections --------------------------------------------------------------------------------------------

WIDE = np.cos(np.arange(90.0 * 70.0)).reshape(70, 90)


@given(st.integers(0, 89), st.sampled_from([1.0005, 0.0, -1.0]))
def test_in_a_large_jacobian_the_wrong_column_is_found(k, factor):
    def rule(g, x):
        return (WIDE.T @ g) * np.where(np.arange(90) == k, factor, 1.0)

    x = np.sin(1.0 + np.arange(90.0))
    assert check_gradients(by_hand(lambda x: WIDE @ x, lambda g, x: WIDE.T @ g), x).verdict is Verdict.PASS
    report = check_gradients(by_hand(lambda x: WIDE @ x, rule), x)
    assert report.verdict is Verdict.FAIL
    assert not report.comparisons[0].full
    assert report.comparisons[0].worst.input == f"x[{k}]"
    with pytest.raises(ValueError, match="larger full="):
        report.comparisons[0].block("f", "x")


def test_a_large_jacobian_in_forward_mode_is_traced_too():
    wrong = by_hand(
        lambda x: WIDE @ x, jvp=lambda t, x: WIDE @ (t * np.where(np.arange(90) == 7, 1.01, 1.0)), name="product"
    )
    report = check_gradients(wrong, np.sin(1.0 + np.arange(90.0)))
    assert report.verdict is Verdict.FAIL
    assert report.comparisons[0].worst.input == "x[7]"


@given(st.integers(0, 1), st.integers(0, 2))
def test_given_directions_are_compared_alone(i, j):
    u, t = np.zeros(2), np.zeros(3)
    u[i] = t[j] = 1.0
    wrong = by_hand(lambda x: A @ x, lambda g, x: A.T @ g + np.array([0.0, 1e-3, 0.0]) * g[0])
    report = check_gradients(wrong, X, cotangent=u, tangents=(t,))
    assert report.verdict is (Verdict.FAIL if (i, j) == (0, 1) else Verdict.PASS)
    assert report.comparisons[0].worst.numeric == pytest.approx(A[i, j])
    assert report.comparisons[0].worst.input == f"x[{j}]"


def test_directions_must_fit():
    with pytest.raises(ValueError, match=r"the cotangent must be like the result, with the shapes \[\(2,\)\]"):
        check_gradients(lambda x: A @ x, X, cotangent=np.ones(3), tangents=(X,))


# ---- what is not offered, and mistakes ------------------------------------------------------------------------


def test_a_mode_that_is_not_there_is_noted():
    report = check_gradients(by_hand(np.tanh, tanh_rule), X, order=2)
    assert report.verdict is Verdict.PASS
    assert set(report.notes) == {"there is no forward mode to check", "there are no higher derivatives to check"}


def test_a_mode_that_is_refused_is_noted():
    def refused(args, us):
        raise NotImplementedError("no such rule")

    subject = Subject("refusing", value=lambda args: 2.0 * args[0], vjp=refused, jvp=lambda args, ts: [2.0 * ts[0]])
    report = check_gradients(subject, X)
    assert report.verdict is Verdict.PASS
    assert report.notes == ("reverse mode is not offered: no such rule",)


def test_with_nothing_to_check_the_verdict_is_inconclusive():
    assert check_gradients(by_hand(np.tanh), X).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("f", "args", "options", "error", "match"),
    [
        (np.tanh, (2,), {}, TypeError, "write 2.0 for 2"),
        (np.tanh, (), {}, TypeError, "no argument to differentiate"),
        (lambda x: 3, (X,), {}, TypeError, "returns int, which has no derivative"),
        (lambda x: None, (X,), {}, TypeError, "returned None"),
        (np.tanh, (np.array([1.0, np.nan]),), {}, ValueError, r"at x.?\[1\] = nan"),
        (np.tanh, (X,), {"modes": ("sideways",)}, ValueError, "say some of"),
        (np.tanh, (X,), {"order": 0}, ValueError, "order 1"),
        (np.tanh, (X,), {"kinks": "ignore"}, ValueError, "not a way to treat kinks"),
        (np.tanh, (X,), {"kinks": 1.5}, ValueError, "not a way to treat kinks"),
    ],
)
def test_mistakes_are_told(f, args, options, error, match):
    with pytest.raises(error, match=match):
        check_gradients(f, *args, **options)


def test_errors_of_the_function_and_its_rule_pass_through():
    def fails(g, x):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        check_gradients(by_hand(np.tanh, fails), X)


def test_the_report_is_repeatable():
    calls = count()

    def wrong(g, x):
        next(calls)
        return 1.01 * tanh_rule(g, x)

    assert str(check_gradients(by_hand(np.tanh, wrong), X)) == str(check_gradients(by_hand(np.tanh, wrong), X))
