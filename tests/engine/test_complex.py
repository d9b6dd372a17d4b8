"""Complex numbers: every row and every function of NumPy's is right on them, or refuses them.

The convention is HIPS autograd's and JAX's.  A real result has in z = x + iy the gradient ∂/∂x − i ∂/∂y,
so a holomorphic function is differentiated as a real one is.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from laws import FEW, rules
from laws.calls import Call, row_call
from laws.registry import OUR_OWN, WRITTEN, calls_of, intervals, rows

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.engine import Op
from tinygrad_edu.payload import REAL_OR_COMPLEX
from tinygrad_edu.testing.strategies import EVERYWHERE, arrays, directions_like, real_or_complex, shapes

Z = np.array([[1.5 - 0.5j, -0.75 + 2.0j, 0.25 + 0.125j], [0.5j, -1.0 + 1.0j, 2.0 - 0.25j]])
W = np.array([[0.5 + 1.0j, 1.25 - 0.75j, -1.0j], [2.0 + 0.5j, -0.5 - 0.5j, 1.0 + 0.25j]])
X = np.array([0.5, -1.25, 2.0])
POINT, OTHER = 1.25 - 0.75j, -0.5 + 2.0j


# ---- every row, every function: right or refused ------------------------------------------------

REAL_ON_PURPOSE = {"fit"}
"""What flows into a real number is made real by this row."""

LOOKED_AT = {np.real_if_close}
"""Whether its result is real depends on the numbers: tested by itself, below."""


def imaginary_parts(shape=()):
    """All above the real line, or all below it, from 0.155 to 0.795 in size.

    In steps of 0.01 at least, and not where decimals are rounded.  They are so small that a domain on the real
    line stays one, with no branch point near, and keep away from the kink of |z|."""
    steps, sign = arrays(shape, interval=(-32.0, 32.0)), st.sampled_from([1.0, -1.0])
    return st.tuples(steps, sign).map(lambda drawn: drawn[1] * (0.475 + 0.01 * drawn[0]))


def turned_complex(data, call):
    """The same call with at least one of its real inputs made complex."""
    real = [i for i, x in enumerate(call.inputs) if np.result_type(x).kind == "f"]
    chosen = data.draw(st.sets(st.sampled_from(real), min_size=1) if real else st.just(set()), label="made complex")
    inputs = list(call.inputs)
    for i in chosen:
        inputs[i] = inputs[i] + 1j * data.draw(imaginary_parts(np.shape(inputs[i])), label="imaginary")
    return call.with_inputs(*inputs)


def refuses(f, inputs, error=TypeError):
    """Whether `f` raises for these inputs."""
    with np.errstate(all="ignore"):
        try:
            f(*inputs)
        except error:
            return True
    return False


def numpy_refuses(call):
    """Whether NumPy has no answer, or only by dropping the imaginary part (which it warns of)."""
    return refuses(call.oracle, call.inputs, (TypeError, np.exceptions.ComplexWarning))


def right_or_refused(data, call, op=None):
    """Whether a call on complex numbers (of the row named `op`) is refused; if not, it obeys the laws."""
    if refuses(call.function, map(Value, call.inputs)):
        return True
    if op in OUR_OWN and numpy_refuses(call):  # its definition is for real numbers: the row defines itself
        call = replace(call, oracle=call.function)
    assert not numpy_refuses(call), "NumPy refuses it"
    expected, found = call.oracle(*call.inputs), call.function(*map(Value, call.inputs))
    rules.forward_is_the_oracles(call)
    if found.op is not None and found.op.constant:
        return False
    u, w = (data.draw(directions_like(expected)) for _ in "uw")
    ts, ss = ([data.draw(directions_like(x)) for x in call.inputs] for _ in "ts")
    rules.gradient_is_the_slope(call, u, ts)
    rules.modes_are_adjoint(call, u, ts)
    rules.gradients_are_like_inputs(call, u)
    rules.second_orders_agree(call, u, w, ts, ss)
    return False


@pytest.mark.parametrize("op", [op for op in rows() if op.name not in REAL_ON_PURPOSE], ids=lambda op: op.name)
@given(data=st.data())
def test_a_row_is_right_or_refuses(op, data):
    call = turned_complex(data, data.draw(calls_of(op)))
    refused = right_or_refused(data, call, op.name)
    if op.kept is REAL_OR_COMPLEX and not op.constant:
        assert not refused or numpy_refuses(call), "it says that it takes complex numbers"


@pytest.mark.filterwarnings("ignore:numpy.fix is deprecated:DeprecationWarning")
@pytest.mark.parametrize("f", [f for f in WRITTEN if f not in LOOKED_AT], ids=lambda f: f.__name__)
@given(data=st.data())
def test_a_function_is_right_or_refuses(f, data):
    right_or_refused(data, turned_complex(data, data.draw(WRITTEN[f])))


FORGOTTEN = {
    "a conjugate, of abs": (np.abs, lambda g, out, z: g * z / out),
    "a conjugate, of conj": (np.conj, lambda g, out, z: g),
    "the sign of i, of imag": (np.imag, lambda g, out, z: 1j * g),
    "a conjugate too many, of exp": (np.exp, lambda g, out, z: g * np.conj(out)),
}


@pytest.mark.parametrize("name", FORGOTTEN)
def test_the_laws_catch_what_is_forgotten(name):
    forward, rule = FORGOTTEN[name]
    wrong = row_call(Op("mine", forward, [rule], [rule], broadcasts=True, complex=True), [Z], forward)
    u = np.sin(np.arange(6.0)).reshape(Z.shape) * (1.0 if forward in (np.abs, np.imag) else 1.0 - 2.0j)
    with pytest.raises(AssertionError):
        rules.gradient_is_the_slope(wrong, u, [W])


# ---- holomorphic functions ----------------------------------------------------------------------


def holomorphic_rows():
    """Rows of one input whose ufunc takes complex numbers to complex numbers, and is not the conjugate."""
    for op in rows(differentiable=True, elementwise=True):
        if "D->D" in getattr(getattr(np, op.name, None), "types", ()) and op.name != "conjugate":
            yield pytest.param(getattr(np, op.name), intervals(op)[0], id=op.name)


HOLOMORPHIC = [
    *holomorphic_rows(),
    pytest.param(lambda z: z**3 - 2.0 * z + 1.0, EVERYWHERE, id="polynomial"),
    pytest.param(lambda z: z ** (1.5 - 0.5j), (0.25, 3.0), id="complex power"),
    pytest.param(lambda z: (2.0 + 1.0j) ** z, EVERYWHERE, id="complex base"),
    pytest.param(lambda z: np.sin(z) / (z * z + 10.0), EVERYWHERE, id="quotient"),
    pytest.param(lambda z: np.exp(1j * np.log(z)), (0.25, 3.0), id="composition"),
]


@pytest.mark.parametrize(("f", "interval"), HOLOMORPHIC)
@given(data=st.data())
def test_the_gradient_of_a_holomorphic_function_is_its_derivative(f, interval, data):
    z = data.draw(arrays((), interval=interval)) + 1j * data.draw(imaginary_parts())
    derivative = complex(rules.slope(f, [z], [1.0]))
    scale = rules.size_of(derivative)
    rules.close(rules.slope(f, [z], [1j]), 1j * derivative, rules.NUMERIC, scale)  # Cauchy and Riemann
    rules.close(te.grad(lambda z: np.real(f(z)))(z), derivative, rules.NUMERIC, scale)
    rules.close(te.grad(lambda z: np.imag(f(z)))(z), -1j * derivative, rules.NUMERIC, scale)
    rules.close(te.jvp(f, (z,), (1j,))[1], 1j * derivative, rules.NUMERIC, scale)


@pytest.mark.parametrize(("f", "interval"), HOLOMORPHIC)
@FEW
@given(data=st.data())
def test_a_number_is_an_array_of_one(f, interval, data):
    z = data.draw(arrays((), interval=interval)) + 1j * data.draw(imaginary_parts())
    number, array = Value(z), Value([z])
    f(number).backward(1.0 - 2.0j)
    f(array).backward(np.array([1.0 - 2.0j]))
    assert type(number.grad) is complex
    np.testing.assert_allclose(array.grad, [number.grad], rtol=1e-13)


# ---- the convention, by hand --------------------------------------------------------------------

BY_HAND = {
    "real": (np.real, lambda z: 1.0),
    "imag": (np.imag, lambda z: -1j),
    "abs": (np.abs, lambda z: np.conj(z) / abs(z)),
    "abs²": (lambda z: np.abs(z) ** 2, lambda z: 2.0 * np.conj(z)),
    "z times its conjugate": (lambda z: np.real(z * np.conj(z)), lambda z: 2.0 * np.conj(z)),
    "x² + y²": (lambda z: np.real(z) ** 2 + np.imag(z) ** 2, lambda z: 2.0 * np.conj(z)),
    "angle": (np.angle, lambda z: -1j / z),
    "angle in degrees": (lambda z: np.angle(z, deg=True), lambda z: -1j / z * 180.0 / math.pi),
    "the real part of z²": (lambda z: np.real(z**2), lambda z: 2.0 * z),
    "the real part of the square of its conjugate": (lambda z: np.real(np.conj(z) ** 2), lambda z: 2.0 * z),
    "the imaginary part of the square of its conjugate": (lambda z: np.imag(np.conj(z) ** 2), lambda z: 2j * z),
    "the real part of a constant times z": (lambda z: np.real(OTHER * z), lambda z: OTHER),
    "an attribute": (lambda z: z.real * z.imag, lambda z: z.imag - 1j * z.real),
    "a method": (lambda z: z.conj().imag, lambda z: 1j),
    "log of abs": (lambda z: np.log(np.abs(z)), lambda z: 1.0 / z),
}


@pytest.mark.parametrize("name", BY_HAND)
@pytest.mark.parametrize("z", [POINT, OTHER, 1j, -2.0 + 0j, np.complex128(3.0 - 4.0j)])
def test_the_gradient_is_the_formula(name, z):
    f, formula = BY_HAND[name]
    found = te.grad(f)(z)
    assert type(found) is complex
    np.testing.assert_allclose(found, formula(complex(z)), rtol=1e-13, atol=1e-15)


OF_ARRAYS = {
    "norm": (np.linalg.norm, lambda z: np.conj(z) / np.linalg.norm(z)),
    "variance": (np.var, lambda z: 2.0 * np.conj(z - z.mean()) / z.size),
    "deviation": (np.std, lambda z: np.conj(z - z.mean()) / z.size / z.std()),
    "vdot with itself": (lambda z: np.real(np.vdot(z, z)), lambda z: 2.0 * np.conj(z)),
    "vdot, first": (lambda z: np.real(np.vdot(z, W)), lambda z: np.conj(W)),
    "vdot, second": (lambda z: np.real(np.vdot(W, z)), lambda z: np.conj(W)),
    "dot": (lambda z: np.real(np.sum(np.dot(W, z.T))), lambda z: np.tile(W.sum(0), (2, 1))),
    "sum": (lambda z: np.imag(np.sum(z)), lambda z: -1j * np.ones_like(z)),
    "product": (lambda z: np.real(np.prod(z)), lambda z: np.prod(z) / z),
    "energy of the spectrum": (lambda z: np.sum(np.abs(np.fft.fft(z)) ** 2), lambda z: 2.0 * z.shape[-1] * np.conj(z)),
}


@pytest.mark.parametrize("name", OF_ARRAYS)
def test_the_gradient_in_an_array_is_the_formula(name):
    f, formula = OF_ARRAYS[name]
    np.testing.assert_allclose(te.grad(f)(Z), formula(Z), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("f", [np.abs, np.linalg.norm, lambda z: np.std(z)])
def test_a_length_of_zero_has_gradient_zero(f):
    assert not np.any(te.grad(lambda z: np.sum(f(z)))(np.zeros(3, complex)))
    assert te.grad(np.abs)(0j) == 0.0


# ---- dtypes -------------------------------------------------------------------------------------

THROUGH_COMPLEX = {
    "a phase": lambda x: np.abs(np.sum(np.exp(1j * x) + x)),
    "a spectrum": lambda x: np.sum(np.abs(np.fft.fft(x)) ** 2),
    "half a spectrum": lambda x: np.sum(np.abs(np.fft.rfft(x, 5)) ** 2),
    "a power": lambda x: np.sum(np.imag((x + 0.5j) ** 3)),
    "a constant": lambda x: np.real(np.sum(x * np.array([1.0, 1j, 2.0], np.complex64))),
    "a choice": lambda x: np.sum(np.abs(np.where(x > 0.0, x, 1j * x * x))),
    "joined": lambda x: np.sum(np.abs(np.concatenate([x, 1j * x])) ** 2),
    "stacked": lambda x: np.sum(np.abs(np.stack([x, 1j * x * x])) ** 2),
}


@pytest.mark.parametrize("name", THROUGH_COMPLEX)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128])
def test_the_gradient_has_the_dtype_of_the_input(name, dtype):
    f = THROUGH_COMPLEX[name]
    if name == "half a spectrum" and np.issubdtype(dtype, np.complexfloating):
        with pytest.raises(TypeError, match="rfft"):
            f(Value(X.astype(dtype)))
        return
    if name == "a choice" and np.issubdtype(dtype, np.complexfloating):
        return  # complex numbers have no order
    x = X.astype(dtype)
    found = te.grad(f)(x)
    assert found.dtype == dtype
    _, along = te.jvp(f, (x,), (np.ones_like(x),))
    assert type(along) is float
    np.testing.assert_allclose(along, np.sum(found).real, rtol=1e-4 if np.finfo(dtype).eps > 1e-10 else 1e-12)
    np.testing.assert_allclose(found, te.grad(f)(x.astype(complex if x.dtype.kind == "c" else float)), rtol=1e-4)


def test_a_real_number_keeps_a_real_gradient():
    x, z = Value(0.5), Value(POINT)
    y = np.abs(z * np.exp(1j * x) + x)
    y.backward()
    assert type(x.grad) is float
    assert type(z.grad) is complex
    f = lambda x: abs(POINT * np.exp(1j * x) + x)
    rules.close(x.grad, rules.slope(f, [0.5], [1.0]), rules.NUMERIC)


def test_single_precision_stays():
    z = Value(Z.astype(np.complex64))
    for f in (np.exp, np.abs, np.angle, lambda z: z * 2.0, lambda z: 1j * z, lambda z: z @ z.T, np.conj, np.sum):
        out = f(z)
        if out.shape:  # a number is a Python number
            assert out.dtype == f(Z.astype(np.complex64)).dtype
        z.grad = None
        out.backward(np.ones(out.shape) if out.shape else 1.0)
        assert z.grad.dtype == np.complex64


# ---- transforms ---------------------------------------------------------------------------------


def test_grad_of_a_complex_result_is_refused():
    for f, x in ((np.exp, POINT), (lambda x: np.exp(1j * x), 0.5), (np.sum, Z)):
        with pytest.raises(TypeError, match=r"grad needs a real number.*np\.real"):
            te.grad(f)(x)
    with pytest.raises(TypeError, match="real"):
        te.hvp(lambda z: np.sum(z * z), Z, Z)


def test_backward_of_a_complex_number_needs_a_seed():
    z = Value(POINT)
    with pytest.raises(ValueError, match=r"seed.*np\.real"):
        (z * z).backward()
    (z * z).backward(1.0)
    assert z.grad == 2.0 * POINT


def test_a_complex_seed_of_a_real_result_is_refused():
    z, x = Value(Z), Value(X)
    with pytest.raises(TypeError, match="complex seed"):
        np.abs(z).backward(1j * np.ones(Z.shape))
    with pytest.raises(TypeError, match="complex seed"):
        np.sum(x * x).backward(1j)
    with pytest.raises(TypeError, match="complex cotangent"):
        te.vjp(np.abs, POINT)[1](1j)
    with pytest.raises(TypeError, match="complex tangent"):
        te.jvp(np.exp, (X,), (1j * X,))
    with pytest.raises(TypeError, match="complex data"):
        x.data = 1j * X


def test_vjp_and_jvp_are_adjoint_between_real_and_complex():
    def f(x, z):
        return {"wave": np.exp(1j * x) * z, "length": np.abs(z) * x}

    x, z, dx, dz = X, Z[0], np.cos(X), W[1]
    out, back = te.vjp(f, x, z)
    _, dots = te.jvp(f, (x, z), (dx, dz))
    u = {"wave": W[0], "length": np.sin(X)}
    assert (out["wave"].dtype, out["length"].dtype) == (np.complex128, np.float64)
    assert (dots["wave"].dtype, dots["length"].dtype) == (np.complex128, np.float64)
    gx, gz = back(u)
    assert (gx.dtype, gz.dtype) == (np.float64, np.complex128)
    rules.close(sum(rules.dot(u[k], dots[k]) for k in u), rules.dot(gx, dx) + rules.dot(gz, dz), rules.EXACT)


def test_the_jacobian_of_a_holomorphic_function_is_its_matrix():
    matrix = te.jacobian(lambda z: W @ z, holomorphic=True)(Z[0])
    np.testing.assert_allclose(matrix, W, rtol=1e-14)
    np.testing.assert_allclose(te.jacobian(np.exp, holomorphic=True)(Z[0]), np.diag(np.exp(Z[0])), rtol=1e-14)
    assert te.jacobian(lambda z: np.abs(z) ** 2)(POINT) == pytest.approx(2.0 * POINT.conjugate())


@given(st.data())
def test_a_hessian_vector_product_is_the_slope_of_the_gradient(data):
    z = data.draw(arrays((3,), dtype=complex))
    v = data.draw(directions_like(z))

    def f(z):
        return np.sum(np.abs(z) ** 4) + np.real(np.sum(z**3))

    rules.close(te.hvp(f, z, v), rules.slope(te.grad(f), [z], [v]), rules.NUMERIC, 100.0)


# ---- nesting ------------------------------------------------------------------------------------


def test_derivatives_of_a_real_number_through_complex_ones():
    """|2 + eⁱˣ|² = 5 + 4 cos x."""

    def f(x):
        return np.abs(2.0 + np.exp(1j * x)) ** 2

    derivatives = [lambda x: -4.0 * math.sin(x), lambda x: -4.0 * math.cos(x), lambda x: 4.0 * math.sin(x)]
    for derivative in derivatives:
        f = te.grad(f)
        found = f(0.7)
        assert type(found) is float
        assert found == pytest.approx(derivative(0.7), rel=1e-12)


def test_derivatives_of_a_complex_number_inside_each_other():
    """Re (zʷ) has the derivative w zʷ⁻¹ in z, whose derivative in w is zʷ⁻¹ (1 + w log z)."""

    def inner(z, w):
        return te.grad(lambda z: np.real(z**w))(z)

    z, w = POINT, OTHER
    assert inner(z, w) == pytest.approx(w * z ** (w - 1.0))
    found = te.grad(lambda w: np.real(inner(z, w)))(w)
    assert found == pytest.approx(z ** (w - 1.0) * (1.0 + w * np.log(z)))
    both = te.jvp(lambda w: inner(z, w), (w,), (1j,))[1]
    assert both == pytest.approx(1j * found)


def test_a_perturbation_of_a_real_number_inside_a_complex_one():
    """∂/∂x of the gradient in z of Re (z² eⁱˣ), 2 z eⁱˣ."""

    def along(x):
        return te.grad(lambda z: np.real(z * z * np.exp(1j * x)))(POINT)

    _, found = te.jvp(along, (0.3,), (1.0,))
    assert found == pytest.approx(2j * POINT * np.exp(0.3j))


# ---- programs -----------------------------------------------------------------------------------

STEPS = {
    "square": lambda z: z * z,
    "exp": lambda z: np.exp(0.25 * z),
    "sin": np.sin,
    "conj": np.conj,
    "turn": lambda z: 1j * z,
    "abs": lambda z: np.abs(z + 5.0),
    "real": lambda z: np.real(z) + 0.5 * z,
    "ratio": lambda z: z / (10.0 + np.conj(z) * z),
    "fft": lambda z: np.fft.fft(z, norm="ortho"),
    "mean": lambda z: z - np.mean(z),
    "flip": lambda z: z[::-1] + z,
}


@given(st.data())
def test_chains_of_real_and_complex_steps_obey_the_laws(data):
    names = data.draw(st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=4))

    def chain(z):
        for name in names:
            z = STEPS[name](z)
        return z

    z = data.draw(arrays((3,), interval=(-1.0, 1.0), imaginary=(-1.0, 1.0), dtype=real_or_complex()))
    call = Call(None, chain, (z,), chain)
    expected = chain(z)
    assume(np.abs(expected).max() < 1e3)
    u, t = data.draw(directions_like(expected)), data.draw(directions_like(z))
    rules.forward_is_the_oracles(call)
    rules.gradient_is_the_slope(call, u, [t])
    rules.tangent_is_the_slope(call, [t])
    rules.modes_are_adjoint(call, u, [t])
    rules.gradients_are_like_inputs(call, u)
    rules.backward_adds_up(call, u)
    rules.nothing_is_changed(call, u)
    rules.second_orders_agree(call, u, 0.5 * u, [t], [t])


@given(st.data())
def test_real_if_close_is_real_where_nothing_is_lost(data):
    x = data.draw(arrays(data.draw(shapes(1))))
    z = Value(x + 0j)
    out = np.real_if_close(z)
    assert out.dtype == np.float64
    out.backward(np.ones(x.shape))
    np.testing.assert_array_equal(z.grad, np.ones(x.shape, complex))
    away = Value(x + 1j)
    assert np.real_if_close(away).dtype == (np.complex128 if x.size else np.float64)
