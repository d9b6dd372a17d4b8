"""SciPy's special functions on Values: SciPy's spelling, edges, refusals, complex numbers.

That the rows obey the laws is tested with the other rows, in tests/engine."""

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import rules
from laws.calls import Call
from scipy import special

import tinygrad_edu as te
import tinygrad_edu.ops.special as chapter
from tinygrad_edu import Value
from tinygrad_edu.engine import Op
from tinygrad_edu.notation import BY_NUMPY
from tinygrad_edu.scipy import special as ours
from tinygrad_edu.testing.strategies import arrays, broadcastable, directions_like, reduced_axes, shapes

LATE_ROWS = [x for x in vars(chapter).values() if isinstance(x, Op) and x.forward.__module__ == chapter.__name__]


def law_abiding(call, data):
    """First derivatives in both modes are the slope; second orders agree."""
    u = data.draw(directions_like(call.oracle(*call.inputs)))
    ts = [data.draw(directions_like(x)) for x in call.inputs]
    rules.gradient_is_the_slope(call, u, ts)
    rules.modes_are_adjoint(call, u, ts)
    rules.second_orders_agree(call, u, 0.5 * u, ts, ts)


# ---- spelling -----------------------------------------------------------------------------------


@pytest.mark.parametrize("op", LATE_ROWS, ids=lambda op: op.name)
def test_every_row_is_found_by_scipys_ufunc(op):
    name = {"bessel_i0": "i0"}.get(op.name, op.name)
    assert name in ours.__all__
    if isinstance(ufunc := getattr(special, name), np.ufunc):
        assert BY_NUMPY[ufunc] is op or BY_NUMPY[ufunc].__name__ == "call"


@pytest.mark.parametrize("name", ["expit", "erf", "exp2", "expm1", "log1p", "cbrt"])
def test_what_the_core_has_is_the_same_under_scipys_name(name):
    x = Value([0.25, 0.5])
    np.testing.assert_allclose(getattr(special, name)(x).data, getattr(special, name)(x.data), rtol=1e-14)
    assert getattr(special, name)(x).op is te.notation.OPS[{"expit": "sigmoid"}.get(name, name)]


def test_all_names_are_scipys_and_work_on_plain_numbers():
    for name in ours.__all__:
        assert callable(getattr(special, name))
        assert callable(getattr(ours, name))
    assert ours.jv is special.jv


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda v: special.jv(v, 1.0), "jv has no derivative in v"),
        (lambda v: special.kn(v, Value(1.0)), "kn has no derivative in n"),
        (lambda v: special.gammainc(v, 1.0), "gammainc has no derivative in a"),
        (lambda v: special.betainc(1.0, v, 0.5), "betainc has no derivative in b"),
        (lambda v: special.hyp1f1(v, 2.0, 0.5), "hyp1f1 has no derivative in a"),
        (lambda v: ours.polygamma(v, 0.5), "polygamma has no derivative in n"),
        (lambda v: ours.zeta(v), "zeta has no derivative in x"),
        (lambda v: ours.zeta(v, 2.0), "zeta has no derivative in x"),
        (lambda v: ours.multigammaln(3.0, v), "multigammaln has no derivative in d"),
    ],
)
def test_a_value_where_there_is_no_derivative_is_refused_by_name(call, name):
    call(2.0)
    with pytest.raises(TypeError, match=name):
        call(Value(2.0))


def test_functions_that_scipy_does_not_hand_over_are_refused():
    for f in (special.logsumexp, special.softmax, special.zeta):
        with pytest.raises(TypeError):
            f(Value([2.0, 3.0]))


@pytest.mark.parametrize(
    "f", [special.gamma, special.digamma, special.gammaln, special.i0, special.spence, ours.logsumexp]
)
def test_complex_numbers_are_refused_where_the_rules_do_not_hold(f):
    with pytest.raises(TypeError):
        f(Value([1.0 + 1.0j]))


def test_an_order_may_be_a_list():
    x = Value(1.5)
    np.testing.assert_array_equal(special.jv([0, 1, 2], x).data, special.jv([0, 1, 2], 1.5))
    slopes = te.jacobian(lambda x: special.jv([0, 1, 2], x))(np.array([1.5]))
    np.testing.assert_allclose(slopes[:, 0], special.jvp([0, 1, 2], 1.5), rtol=1e-13)


def test_derivatives_of_bessel_functions_are_scipys():
    for f, derivative in ((special.jv, special.jvp), (special.yv, special.yvp), (special.iv, special.ivp)):
        once = te.grad(lambda x, f=f: f(1.5, x))
        np.testing.assert_allclose(once(0.75), derivative(1.5, 0.75), rtol=1e-13)
        np.testing.assert_allclose(te.grad(te.grad(once))(0.75), derivative(1.5, 0.75, 3), rtol=1e-12)


# ---- functions that are composites --------------------------------------------------------------


@given(data=st.data())
def test_logsumexp_with_weights(data):
    a, b = data.draw(broadcastable(2, min_side=1))
    shape = np.broadcast_shapes(a, b)
    axis, keepdims, sign = data.draw(reduced_axes(shape)), data.draw(st.booleans()), data.draw(st.booleans())
    inputs = data.draw(arrays(a)), data.draw(arrays(b, interval=(0.125, 2.0)))
    if shape == ():
        axis = None

    def written(f):
        def call(a, b):
            out = f(a, axis=axis, b=b, keepdims=keepdims, return_sign=sign)
            return out[0] if sign else out

        return call

    call = Call(None, written(ours.logsumexp), inputs, written(special.logsumexp))
    rules.forward_is_the_oracles(call)
    law_abiding(call, data)


def test_logsumexp_at_its_edges():
    cases = [
        ([1.0, 2.0], [1.0, -1.0]), ([1.0, 2.0], [0.0, 1.0]), ([np.inf, 2.0], [0.0, 1.0]), ([], []),
        ([1000.0, 999.0], [1.0, 2.0]), ([0.0, 2000.0], [1.0, 0.0]), ([1.0, 2.0], [0.0, 0.0]),
        ([-np.inf, -np.inf], [1.0, 1.0]),
    ]  # fmt: skip
    for a, b in cases:
        with np.errstate(all="ignore"):
            out, sign = ours.logsumexp(Value(a), b=b, return_sign=True)
            expected = special.logsumexp(np.array(a), b=b, return_sign=True)
        np.testing.assert_allclose(out.data, expected[0], rtol=1e-14)
        assert sign.data == (expected[1] if a else 0.0)  # the sum of nothing is 0; SciPy says -1
    assert ours.logsumexp(Value([0.0, 1.0]), return_sign=True)[1].data == 1.0
    weight = Value([0.0, 1.0])  # a weight of 0 has a slope all the same
    ours.logsumexp(np.array([1.0, 2.0]), b=weight).backward()
    np.testing.assert_allclose(weight.grad, [math.exp(-1.0), 1.0])


@given(data=st.data())
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_along_scipys_axes(name, data):
    shape = data.draw(shapes(1, min_side=1))
    axis = data.draw(reduced_axes(shape))
    x = data.draw(arrays(shape))
    call = Call(None, lambda x: getattr(ours, name)(x, axis=axis), (x,), lambda x: getattr(special, name)(x, axis=axis))
    rules.forward_is_the_oracles(call)
    law_abiding(call, data)


@given(data=st.data())
def test_polygamma_zeta_and_multigammaln(data):
    x = data.draw(arrays(data.draw(shapes()), interval=(2.0, 4.0)))
    d, n = data.draw(st.integers(1, 4)), data.draw(st.integers(0, 3))
    for name, written in (
        ("multigammaln", lambda f: lambda x: f(x, d)),
        ("polygamma", lambda f: lambda x: f(n, x)),
        ("zeta", lambda f: lambda x: f(n + 1.5, x)),
    ):
        call = Call(None, written(getattr(ours, name)), (x,), written(getattr(special, name)))
        rules.forward_is_the_oracles(call)
        law_abiding(call, data)


def test_multigammaln_refuses_what_scipy_refuses():
    for a, d in ((Value(1.0), 3), (Value(3.0), 1.5), (Value([3.0, 0.5]), 2)):
        with pytest.raises(ValueError, match=r"multigammaln|dimension"):
            ours.multigammaln(a, d)


# ---- edges --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "at", "gradient"),
    [
        (special.xlogy, (0.0, 2.0), (math.log(2.0), 0.0)),
        (special.xlogy, (0.0, 0.0), (-math.inf, 0.0)),
        (special.xlog1py, (0.0, -1.0), (-math.inf, 0.0)),
        (special.rel_entr, (0.0, 2.0), (-math.inf, 0.0)),
        (special.kl_div, (0.0, 2.0), (-math.inf, 1.0)),
        (special.entr, (0.0,), (math.inf,)),
        (special.logit, (0.0,), (math.inf,)),
        (special.logit, (1.0,), (math.inf,)),
        (special.rgamma, (0.0,), (1.0,)),
        (special.rgamma, (-2.0,), (2.0,)),
        (special.rgamma, (-3.0,), (-6.0,)),
        (special.gamma, (-1.0,), (math.nan,)),
        (special.erfinv, (1.0,), (math.inf,)),
        (special.ndtri, (0.0,), (math.inf,)),
        (special.boxcox, (2.0, 0.0), (0.5, 0.5 * math.log(2.0) ** 2)),
        (special.boxcox, (0.0, 2.0), (0.0, 0.25)),
        (special.inv_boxcox, (2.0, 0.0), (math.exp(2.0), -2.0 * math.exp(2.0))),
        (special.spence, (1.0,), (-1.0,)),
        (special.exprel, (0.0,), (0.5,)),
        (special.i0e, (0.0,), (0.0,)),
        (special.j1, (0.0,), (0.5,)),
        (special.huber, (1.0, -3.0), (2.0, -1.0)),
        (special.pseudo_huber, (2.0, 0.0), (0.0, 0.0)),
    ],
)  # fmt: skip
def test_values_and_gradients_at_edges(f, at, gradient):
    leaves = [Value(x) for x in at]
    out = f(*leaves)
    np.testing.assert_allclose(out.data, f(*at), rtol=1e-14)
    out.backward()
    np.testing.assert_allclose([x.grad for x in leaves], gradient, rtol=1e-13, atol=1e-15)
    tangents = [te.jvp(lambda x, i=i: f(*at[:i], x, *at[i + 1 :]), (x,), (1.0,))[1] for i, x in enumerate(at)]
    np.testing.assert_allclose(tangents, gradient, rtol=1e-13, atol=1e-15)


def test_second_derivatives_at_removable_singularities():
    mixed = te.grad(lambda x: te.grad(special.xlogy, 1)(x, 2.0))
    assert mixed(0.0) == 0.5 == te.grad(lambda y: te.grad(special.xlogy, 0)(0.0, y))(2.0)
    assert te.grad(te.grad(special.spence))(1.0) == pytest.approx(0.5)
    assert te.grad(te.grad(lambda y: special.boxcox(2.0, y)))(0.0) == pytest.approx(math.log(2.0) ** 3 / 3.0)
    assert te.grad(te.grad(special.rgamma))(0.0) == pytest.approx(2.0 * np.euler_gamma)


def test_log_ndtr_far_in_the_tail():
    """The slope of ln Φ is the inverse of Mills' ratio: −x − 1/x to leading order."""
    for x in (-10.0, -100.0, -1e4):
        assert te.grad(special.log_ndtr)(x) == pytest.approx(-x - 1.0 / x, rel=3.0 / x**4 + 1e-14)
    assert te.grad(special.log_ndtr)(100.0) == 0.0


def test_kummers_function_comes_to_an_end_where_scipys_does_not():
    """scipy.special.hyp1f1(2, 3, 1e100) never returns."""
    huge = np.array([1e100, np.inf])
    assert special.hyp1f1(2.0, 3.0, Value(huge)).tolist() == [np.inf, np.inf]
    assert special.hyp1f1(-1.0, 2.0, Value(huge)).tolist() == special.hyp1f1(-1.0, 2.0, huge).tolist()
    assert te.grad(special.exprel)(np.inf) == np.inf


def test_poles_are_scipys_values():
    poles = np.array([0.0, -1.0, -2.0])
    for f in (special.gamma, special.gammaln, special.digamma, special.rgamma, special.beta):
        more = (2.5,) if f is special.beta else ()
        np.testing.assert_array_equal(f(Value(poles), *more).data, f(poles, *more))


# ---- complex numbers ----------------------------------------------------------------------------

HOLOMORPHIC = {
    special.erfc: (-1.0, 1.0), special.erfi: (-1.0, 1.0), special.erfcx: (-0.5, 1.0), special.dawsn: (-1.0, 1.0),
    special.ndtr: (-1.0, 1.0), special.log_ndtr: (-1.0, 1.0), special.exp1: (0.5, 2.0),
}  # fmt: skip


@pytest.mark.parametrize("f", HOLOMORPHIC, ids=lambda f: f.__name__)
@given(data=st.data())
def test_holomorphic_functions_of_complex_numbers(f, data):
    z = data.draw(arrays(data.draw(shapes(max_dims=1)), interval=HOLOMORPHIC[f], imaginary=(-1.0, 1.0), dtype=complex))
    law_abiding(Call(f.__name__, f, (z,), f), data)


@pytest.mark.parametrize("f", [special.jv, special.yv, special.iv, special.kv, special.kve], ids=lambda f: f.__name__)
@given(data=st.data())
def test_bessel_functions_of_complex_numbers(f, data):
    z = data.draw(arrays((), interval=(1.0, 3.0), imaginary=(-1.0, 1.0), dtype=complex))
    v = data.draw(st.sampled_from([0, 1, 2.5]))
    law_abiding(Call(f.__name__, lambda z: f(v, z), (z,), lambda z: f(v, z)), data)


@pytest.mark.parametrize("f", [special.xlogy, special.xlog1py], ids=lambda f: f.__name__)
@given(data=st.data())
def test_logarithms_of_complex_numbers(f, data):
    x = data.draw(arrays((), dtype=complex))
    y = data.draw(arrays((), interval=(0.5, 2.0), imaginary=(-1.0, 1.0), dtype=complex))
    law_abiding(Call(f.__name__, f, (x, y), f), data)


# ---- without SciPy ------------------------------------------------------------------------------


def test_without_scipy_the_extra_is_named_and_the_core_works():
    program = """
import sys
sys.modules["scipy"] = None
import numpy as np
import tinygrad_edu as te
assert te.grad(np.exp)(0.0) == 1.0
try:
    np.spacing(te.Value(1.0))
except TypeError as refused:
    assert "no derivative" in str(refused)
try:
    import tinygrad_edu.scipy
except ImportError as error:
    assert "pip install tinygrad_edu[scipy]" in str(error)
else:
    raise AssertionError("imported without SciPy")
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_scipys_ufunc_loads_the_chapter_by_itself():
    program = """
from scipy import special
import tinygrad_edu as te
from tinygrad_edu.notation import OPS
assert "gammaln" not in OPS
assert te.grad(special.gammaln)(2.0) == special.digamma(2.0)
assert "gammaln" in OPS
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_sign_of_gamma_is_a_step():
    x = np.array([-1.5, 0.5])
    assert special.gammasgn(Value(x)).tolist() == [1.0, 1.0]
    assert te.grad(lambda x: np.sum(x * special.gammasgn(x)))(x).tolist() == [1.0, 1.0]
