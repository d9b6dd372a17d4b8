"""Every row of the table obeys every law, on inputs, shapes and settings that Hypothesis draws."""

import math

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from laws import FEW, rules
from laws.calls import Call, rounded, row_call
from laws.registry import (
    CALLS,
    HIDES_DATA,
    NO_HALF,
    SETTINGS,
    SEVERAL,
    calls_of,
    intervals,
    is_elementwise,
    oracle_of,
    rows,
)
from scipy import special

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.notation import OPS
from tinygrad_edu.payload import REAL_OR_COMPLEX
from tinygrad_edu.testing import check_gradients
from tinygrad_edu.testing.measure.report import Verdict
from tinygrad_edu.testing.strategies import SPECIAL, arrays, broadcastable, directions_like, real_or_complex

ALL, SMOOTH, STEPWISE = rows(), rows(differentiable=True), rows(differentiable=False)
ELEMENTWISE = rows(elementwise=True)
FLOATS = (np.float16, np.float32, np.float64)


def each(ops):
    """One test for each row, named after it."""
    return pytest.mark.parametrize("op", ops, ids=lambda op: op.name)


def drawn_directions(data, call):
    """A cotangent of the result and a tangent of each input."""
    u = data.draw(directions_like(call.oracle(*call.inputs)), label="u")
    return u, [data.draw(directions_like(x), label="t") for x in call.inputs]


# ---- the table ----------------------------------------------------------------------------------


def test_every_row_can_be_called_by_these_tests():
    missing = [op.name for op in ALL if not is_elementwise(op) and op.name not in CALLS]
    assert not missing, f"add these rows to ROWS of a module in tests/laws/areas: {missing}"
    assert set(CALLS) <= {op.name for op in ALL}, "ROWS of an area has rows that the table has not"


@each(ALL)
def test_a_row_says_what_it_is(op):
    assert OPS[op.name] is op
    assert op.doc, "a row needs a doc"
    assert op.doc == op.doc.strip()
    assert repr(op) == f"<op {op.name}>"


@each(ELEMENTWISE)
def test_a_row_has_an_interval_and_a_local_text_for_each_input(op):
    assert len(intervals(op)) == len(op.vjps)
    assert len(op.local) in (0, len(op.vjps))
    assert callable(oracle_of(op))


# ---- laws ---------------------------------------------------------------------------------------


@each(ALL)
@given(data=st.data())
def test_forward_is_numpys(op, data):
    rules.forward_is_the_oracles(data.draw(calls_of(op)))


@each(ALL)
@FEW
@given(data=st.data())
def test_plain_data_stay_plain(op, data):
    call = data.draw(calls_of(op))
    with np.errstate(all="ignore"):
        out, expected = call.function(*call.inputs), call.oracle(*call.inputs)
    assert not isinstance(out, Value)
    np.testing.assert_allclose(out, expected, rtol=1e-13, atol=1e-13)


@each(SMOOTH)
@given(data=st.data())
def test_reverse_mode_is_the_slope(op, data):
    call = data.draw(calls_of(op))
    rules.gradient_is_the_slope(call, *drawn_directions(data, call))


@each(SMOOTH)
@FEW
@given(data=st.data())
def test_forward_mode_is_the_slope(op, data):
    call = data.draw(calls_of(op))
    rules.tangent_is_the_slope(call, drawn_directions(data, call)[1])


@each(SMOOTH)
@given(data=st.data())
def test_modes_are_adjoint(op, data):
    call = data.draw(calls_of(op))
    rules.modes_are_adjoint(call, *drawn_directions(data, call))


WITH_CONSTANTS = {"where", "fit", "getitem", "put", "scatter", "gather"} | HIDES_DATA  # their calls hide data


@each([op for op in SMOOTH if op.name not in WITH_CONSTANTS | SEVERAL])
@FEW
@given(data=st.data())
def test_tangent_rules_are_transposed_gradient_rules(op, data):
    call = data.draw(calls_of(op))
    rules.tangent_rule_is_the_transpose(op, call.inputs, call.settings, drawn_directions(data, call)[1])


@each(SMOOTH)
@given(data=st.data())
def test_second_orders_agree(op, data):
    call = data.draw(calls_of(op))
    u, ts = drawn_directions(data, call)
    w, ss = drawn_directions(data, call)
    rules.second_orders_agree(call, u, w, ts, ss)


@each([op for op in SMOOTH if op.name not in SEVERAL])
@FEW
@given(data=st.data())
def test_the_whole_jacobian_is_right_in_both_modes_and_orders(op, data):
    """Entry by entry, as `check_gradients` looks at anybody's function."""
    call = data.draw(calls_of(op))
    if all(np.isfinite(x).all() for x in call.inputs):
        report = check_gradients(rules.by_vjp(call), *call.inputs, order=2)
        assert report.verdict is not Verdict.FAIL, str(report)


OF_COMPLEX = [op for op in SMOOTH if is_elementwise(op) and op.kept == REAL_OR_COMPLEX and op.name not in CALLS]


@each(OF_COMPLEX)
@FEW
@given(data=st.data())
def test_a_row_that_takes_complex_numbers_is_right_for_them(op, data):
    """In a strip around its interval, which no branch cut comes near."""
    first, *others = zip(data.draw(broadcastable(len(op.vjps))), intervals(op), strict=True)
    strip = (-0.75, 0.75)
    kinds = [st.just(complex), *(real_or_complex() for _ in others)]
    xs = [
        data.draw(arrays(shape, interval=interval, imaginary=strip, dtype=kind))
        for (shape, interval), kind in zip([first, *others], kinds, strict=True)
    ]
    call = row_call(op, xs, oracle_of(op), **data.draw(SETTINGS.get(op.name, st.just({}))))
    rules.forward_is_the_oracles(call)
    u, ts = drawn_directions(data, call)
    rules.gradient_is_the_slope(call, u, ts)
    rules.modes_are_adjoint(call, u, ts)
    rules.second_orders_agree(call, u, 0.5 * u, ts, ts)


@each(SMOOTH)
@given(data=st.data())
def test_gradients_have_the_shapes_and_dtypes_of_inputs(op, data):
    call = data.draw(calls_of(op))
    floats = FLOATS[1:] if op.name in NO_HALF else FLOATS
    kinds = [data.draw(st.sampled_from(floats), label="dtype") for _ in call.inputs]
    rough = call.with_inputs(*map(rounded, call.inputs, kinds))
    u, _ = drawn_directions(data, call)
    rules.gradients_are_like_inputs(rough, u)
    if op.name not in {"astype", "fit"}:  # their dtype is the one asked for
        rules.forward_is_the_oracles(rough)
    if np.float16 not in kinds:
        rules.precision_is_kept(rough, u, call)


@each(SMOOTH)
@FEW
@given(data=st.data())
def test_a_second_backward_adds_up(op, data):
    call = data.draw(calls_of(op))
    rules.backward_adds_up(call, drawn_directions(data, call)[0])


@each(SMOOTH)
@FEW
@given(data=st.data())
def test_nothing_is_changed(op, data):
    call = data.draw(calls_of(op))
    rules.nothing_is_changed(call, drawn_directions(data, call)[0])


@each(STEPWISE)
@FEW
@given(data=st.data())
def test_a_row_without_derivative_has_derivative_zero(op, data):
    call = data.draw(calls_of(op))
    x = call.inputs[0]
    tangents = tuple(np.ones_like(x) if np.shape(x) else 1.0 for x in call.inputs)
    with np.errstate(all="ignore"):  # ⌊x / 0⌋
        found = te.grad(lambda x: np.sum(x * x) + np.sum(1.0 * call.function(x, *call.inputs[1:])))(x)
        along = te.jvp(call.function, call.inputs, tangents)[1]
    np.testing.assert_array_equal(found, 2.0 * x)
    assert not np.any(along)


# ---- one number, written in three ways ----------------------------------------------------------


@each([op for op in SMOOTH if op.name in {"sum", "mean", "max", "min", "prod", "var", "std", "norm", "logsumexp"}])
@given(data=st.data())
def test_reducing_a_number_is_reducing_an_array_of_one(op, data):
    x = data.draw(arrays((), interval=(0.125, 3.0)))
    number, array = (rules_of_one(row_call(op, [data], oracle_of, axis=None)) for data in (x, np.array([x])))
    np.testing.assert_allclose(number, array, rtol=1e-14)


def rules_of_one(call):
    """Value and gradient of a function of one number."""
    x = Value(call.inputs[0])
    out = call.function(x)
    out.backward()
    return float(out.data), float(np.sum(x.grad))


def value_and_gradients(op, xs, shape, seed, settings):
    """An elementwise row's value, gradients and tangents at numbers, as floats or arrays of one."""
    # A mask stays a mask, and an integer an integer.
    xs = [np.full(shape, x) if shape else x for x in xs]
    leaves = [Value(x) if np.result_type(x).kind == "f" else x for x in xs]
    with np.errstate(all="ignore"):
        out = op(*leaves, **settings)
        found = [out.data]
        if not op.constant:
            out.backward(np.full(shape, seed) if shape else seed)
            found += [x.grad for x in leaves if isinstance(x, Value)]
    return [math.nan if v is None else float(np.sum(v)) for v in found]


def special_inputs(op):
    """Each input one of the floats at which IEEE arithmetic matters, or what the row takes instead."""
    others = {("where", 0): st.booleans(), ("ldexp", 1): st.integers(-2000, 2000)}
    floats = st.sampled_from(SPECIAL) | st.floats()
    return st.tuples(*(others.get((op.name, i), floats) for i in range(len(op.vjps))))


def of_numbers(settings):
    """Whether no setting is an array, so that a number stays one."""
    return not any(map(np.ndim, settings.values()))


@each(ELEMENTWISE)
@given(data=st.data())
def test_contract_2_a_float_is_an_array_of_one_at_every_float(op, data):
    xs = data.draw(special_inputs(op))
    seed = data.draw(st.sampled_from([1.0, -2.0, 0.0]))
    settings = data.draw(SETTINGS.get(op.name, st.just({})).filter(of_numbers))
    number = value_and_gradients(op, xs, (), seed, settings)
    array = value_and_gradients(op, xs, (1,), seed, settings)
    np.testing.assert_allclose(number, array, rtol=1e-9, atol=1e-300, err_msg=f"{op.name}{xs}, seed {seed}, {settings}")


# ---- local derivatives as text ------------------------------------------------------------------


@each([op for op in ELEMENTWISE if any(op.local) and op.name not in HIDES_DATA])
@given(data=st.data())
def test_the_local_derivative_as_text_is_the_rule(op, data):
    call = data.draw(calls_of(op))
    assume(all(np.shape(x) == () for x in call.inputs) or data.draw(st.booleans()))
    assume(not any(map(np.iscomplexobj, call.inputs)))  # it is told of real numbers
    out = op(*call.inputs, **call.settings)
    names = {**vars(special), **vars(np), "out": out, **dict(zip("xyz", call.inputs, strict=False)), **call.settings}
    one = np.ones_like(out) if np.shape(out) else 1.0
    for text, rule in zip(op.local, op.vjps, strict=True):
        if text is not None:
            told = eval(text, {"__builtins__": {}}, names) * one
            np.testing.assert_allclose(
                told, rule(one, out, *call.inputs, **call.settings) * one, rtol=1e-12, atol=1e-12
            )


CHOICES = {"where", "clip", "maximum", "minimum", "fmax", "fmin"}
WITHOUT_A_TEXT = {"silu", "gelu", "leaky_relu", "hypot", "rgamma", "zeta"}  # too long to read in a picture
WITHOUT_A_TEXT |= {"conjugate", "real", "imag", "angle"}  # no factor does it for real and complex numbers
WITHOUT_A_TEXT |= {"sinc", "sinc_derivative", "i0", "bessel_i"}  # a function that has no name in NumPy


@each([op for op in ELEMENTWISE if not op.constant and op.name not in CHOICES])
def test_a_smooth_elementwise_row_tells_its_local_derivative(op):
    if op.name in WITHOUT_A_TEXT:
        assert all(text is None or text for text in op.local)
    else:
        assert [bool(text) for text in op.local] == [rule is not None for rule in op.vjps]


# ---- what broadcasting must not do --------------------------------------------------------------


@given(st.data())
def test_gradients_of_a_chain_of_broadcasts_have_their_own_shapes(data):
    small = data.draw(hnp.array_shapes(min_dims=0, max_dims=2, min_side=1, max_side=3))
    large = data.draw(hnp.broadcastable_shapes(small, max_dims=3, max_side=3))
    x = data.draw(arrays(small, interval=(0.5, 2.0)))
    y = data.draw(arrays(large, interval=(0.5, 2.0)))
    call = Call("multiply", lambda x, y: x * (x + y) / y, (x, y), lambda x, y: x * (x + y) / y)
    u, ts = drawn_directions(data, call)
    rules.gradient_is_the_slope(call, u, ts)
    rules.modes_are_adjoint(call, u, ts)
    rules.gradients_are_like_inputs(call, u)


@example(0.0)
@given(arrays((), interval=(-700.0, 700.0)))
def test_sigmoid_keeps_its_relative_precision(x):
    """In the left tail 1 − tanh is all rounding error; e⁻ˣ is not."""
    exact = math.exp(-abs(x)) / (1.0 + math.exp(-abs(x))) if x < 0 else 1.0 / (1.0 + math.exp(-x))
    assert te.sigmoid(Value(x)).data == pytest.approx(exact, rel=1e-14, abs=0.0)
    assert te.sigmoid(Value([x])).data[0] == pytest.approx(exact, rel=1e-14, abs=0.0)
