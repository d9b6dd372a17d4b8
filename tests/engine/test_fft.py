"""Fourier transforms and convolutions beyond the laws: what is refused, and SciPy's convolutions."""

import warnings
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import rules
from laws.calls import Call
from scipy import signal

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.ops.fft import resized
from tinygrad_edu.scipy import signal as ours
from tinygrad_edu.testing.strategies import arrays, directions_like, real_or_complex, several_axes, shapes

A, V = np.cos(np.arange(1.0, 7.0)).reshape(2, 3), np.array([0.3, -0.7, 1.1])
MODES, UNIT = st.sampled_from(["full", "same", "valid"]), (-1.0, 1.0)

# ---- Fourier transforms -------------------------------------------------------------------------


@pytest.mark.parametrize("f", [np.fft.rfft, np.fft.ihfft, np.fft.rfft2, np.fft.rfftn])
def test_a_transform_of_real_numbers_refuses_complex_ones_as_numpys_does(f):
    for x in (1j * A, Value(1j * A)):
        with pytest.raises(TypeError, match="rfft"):
            f(x)


@pytest.mark.parametrize("f", [np.fft.fft, np.fft.fft2, np.fft.fftn, np.fft.rfft, np.fft.hfft, np.fft.irfftn])
def test_out_is_refused_by_name(f):
    with pytest.raises(TypeError, match="out="):
        f(Value(A), out=np.empty((2, 3), complex))


@pytest.mark.parametrize("attempt", [
    lambda x: np.fft.fft(x, n=0),
    lambda x: np.fft.fft(x, norm="orthonormal"),
    lambda x: np.fft.hfft(x, norm="orthonormal"),
    lambda x: np.fft.fft(x, axis=2),
    lambda x: np.fft.fftn(x, s=(2,), axes=(0, 1)),
    lambda x: np.fft.irfft(x[:, :1]),
    lambda x: np.fft.fft(x[:, :0]),
    lambda x: np.fft.fft2(x[0]),
    lambda x: np.fft.fft(np.sum(x)),
    lambda x: np.convolve(x, x),
    lambda x: np.convolve(x[0], x[0, :0]),
    lambda x: np.correlate(x[0, :0], x[0]),
    lambda x: np.correlate(x[0], np.sum(x)),
    lambda x: np.convolve(x[0], x[0], "valid or same"),
])  # fmt: skip
def test_what_numpy_refuses_is_refused(attempt):
    for x in (A, Value(A)):
        with pytest.raises((ValueError, IndexError)):
            attempt(x)


def test_a_mode_by_number_is_refused_by_name():
    for f in (np.convolve, np.correlate):
        with pytest.raises(TypeError, match="mode="):
            f(Value(V), V, 2)


def test_an_axis_transformed_twice_is_numpys():
    x, axes = Value(A), (1, 0, 1)
    found = np.fft.fftn(x, axes=axes)
    np.testing.assert_array_equal(found.data, np.fft.fftn(A, axes=axes))
    call = Call(None, lambda x: np.fft.ifftn(x, axes=axes), (A,), lambda x: np.fft.ifftn(x, axes=axes))
    rules.modes_are_adjoint(call, (1.0 + 2.0j) * A, [A])


def test_lengths_without_axes_are_those_of_the_last_axes():
    """NumPy warns that this will change; what it does now is what is differentiated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        expected = np.fft.fftn(A, s=(4,)), np.fft.irfftn(A, s=(2, None), axes=(0, 1))
    found = np.fft.fftn(Value(A), s=(4,)), np.fft.irfftn(Value(A), s=(2, None), axes=(0, 1))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.data, other)


@given(st.data())
def test_cutting_and_continuing_with_zeros_are_transposes_of_each_other(data):
    shape = data.draw(shapes(1, min_side=1))
    axis, n = data.draw(st.integers(-len(shape), len(shape) - 1)), data.draw(st.integers(1, 5))
    x = data.draw(arrays(shape, dtype=real_or_complex()))
    y = resized(x, n, axis)
    other = data.draw(directions_like(y))
    rules.close(rules.dot(y, other), rules.dot(x, resized(other, shape[axis], axis)), rules.EXACT, rules.size_of(x))


def test_a_transform_and_its_inverse_leave_nothing_behind():
    for there, back in ((np.fft.fft, np.fft.ifft), (np.fft.fftn, np.fft.ifftn), (np.fft.fftshift, np.fft.ifftshift)):
        matrix = te.jacobian(lambda x, there=there, back=back: np.real(back(there(x))))(A)
        np.testing.assert_allclose(matrix.reshape(6, 6), np.eye(6), atol=1e-14)
    matrix = te.jacobian(lambda x: np.fft.irfft(np.fft.rfft(x), 3))(V)
    np.testing.assert_allclose(matrix, np.eye(3), atol=1e-14)


def test_the_jacobian_of_the_transform_is_its_matrix():
    k = np.arange(5)
    matrix = np.exp(-2j * np.pi * np.outer(k, k) / 5)
    x = np.sin(k) + 0j
    np.testing.assert_allclose(te.jacobian(np.fft.fft, holomorphic=True)(x), matrix, atol=1e-14)


# ---- convolutions -------------------------------------------------------------------------------


@st.composite
def pairs(draw, mode):
    """Two arrays with as many axes; for the mode "valid" one fits in the other."""
    first = draw(shapes(1, 2, min_side=1, max_side=4))
    second = tuple(draw(st.integers(1, n if mode == "valid" else 3)) for n in first)
    both = [draw(arrays(shape, interval=UNIT, dtype=real_or_complex())) for shape in (first, second)]
    return both[::-1] if draw(st.booleans()) else both


def obeys_the_laws(data, f, oracle, inputs):
    """The laws, for a function of SciPy's that has ours beside it."""
    call = Call(None, f, tuple(inputs), oracle)
    expected = oracle(*inputs)
    u, ts = data.draw(directions_like(expected)), [data.draw(directions_like(x)) for x in inputs]
    out = f(*map(Value, inputs))
    assert (out.shape, out.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_allclose(out.data, expected, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(f(*inputs), expected, rtol=1e-13, atol=1e-13)
    rules.gradient_is_the_slope(call, u, ts)
    rules.modes_are_adjoint(call, u, ts)
    rules.gradients_are_like_inputs(call, u)
    rules.second_orders_agree(call, u, 0.5 * u, ts, ts)


@pytest.mark.parametrize("name", ["convolve", "correlate"])
@pytest.mark.parametrize("method", ["direct", "fft", "auto"])
@given(data=st.data())
def test_scipys_convolutions_obey_the_laws(name, method, data):
    mode = data.draw(MODES)
    f, oracle = (partial(getattr(m, name), mode=mode, method=method) for m in (ours, signal))
    obeys_the_laws(data, f, oracle, data.draw(pairs(mode)))


@given(st.data())
def test_scipys_fftconvolve_obeys_the_laws(data):
    mode = data.draw(MODES)
    one, other = data.draw(pairs(mode))
    settings = {"mode": mode}
    if data.draw(st.booleans()):
        axes = data.draw(several_axes(one.shape, 1))
        settings["axes"] = axes[0] if len(axes) == 1 and data.draw(st.booleans()) else axes
        kept = [a for a in range(one.ndim) if a not in {b % one.ndim for b in axes}]
        other = np.moveaxis(np.moveaxis(other, kept, range(len(kept)))[(slice(1),) * len(kept)], range(len(kept)), kept)
    f, oracle = (partial(m.fftconvolve, **settings) for m in (ours, signal))
    obeys_the_laws(data, f, oracle, [one, other])


@pytest.mark.parametrize("method", ["direct", "fft", "auto"])
@pytest.mark.parametrize("dtype", [np.float32, np.complex64])
def test_precision_is_scipys(method, dtype):
    x = A.astype(dtype)
    out = ours.convolve(Value(x), V[None].astype(dtype), method=method)
    assert out.dtype == signal.convolve(x, V[None].astype(dtype), method=method).dtype == dtype


def test_numbers_are_multiplied():
    for f in (ours.convolve, ours.correlate, ours.fftconvolve):
        assert f(Value(2.0), 3.0).data == 6.0
    assert ours.correlate(Value(2.0), 3.0j).data == -6.0j


REFUSED = {
    "axes": (lambda f, x: f(x, V), "as many axes"),
    "mode": (lambda f, x: f(x, A, mode="middle"), "mode="),
    "empty": (lambda f, x: f(x, A[:0]), "empty"),
    "neither fits": (lambda f, x: f(x, A.T, mode="valid"), "neither fits"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("f", [ours.convolve, ours.correlate, ours.fftconvolve])
def test_what_has_no_convolution_is_refused(f, name):
    attempt, told = REFUSED[name]
    with pytest.raises(ValueError, match=told):
        attempt(f, Value(A))


def test_other_methods_and_axes_are_refused():
    for method in ("fast", None):
        with pytest.raises(ValueError, match="method="):
            ours.convolve(Value(A), A, method=method)
    for axes in ((), (0, 0), (0, -2), 2, (-3,)):
        with pytest.raises(ValueError, match="axes="):
            ours.fftconvolve(Value(A), A, axes=axes)
    with pytest.raises(ValueError, match="broadcast"):
        ours.fftconvolve(Value(A), np.ones((3, 3)), axes=1)
