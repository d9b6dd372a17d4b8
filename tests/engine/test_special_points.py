"""NumPy's elementary functions, products and polynomials where a formula is delicate: at 0, nan, knots and ends."""

import math
import warnings

import numpy as np
import pytest
from laws.rules import slope
from scipy import special

import tinygrad_edu as te
from tinygrad_edu import Value, grad

INF, NAN = math.inf, math.nan


def nth(f, n):
    """The derivative of order `n`."""
    return f if n == 0 else nth(grad(f), n - 1)


# ---- families of derivatives ---------------------------------------------------------------------------

AROUND_ZERO = (0.0, 1e-300, 1e-9, -1e-4, 0.3, -0.7, 1.3, 25.3)


@pytest.mark.parametrize("n", range(5))
@pytest.mark.parametrize("x", AROUND_ZERO)
def test_sinc_has_derivatives_of_all_orders_near_zero(x, n):
    """The oracle is sinc x = ∫ cos(πxt) dt over [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(120)
    t = 0.5 * (nodes + 1.0)
    exact = 0.5 * weights @ ((math.pi * t) ** n * np.cos(math.pi * x * t + n * math.pi / 2.0))
    assert nth(np.sinc, n)(x) == pytest.approx(exact, rel=1e-12, abs=1e-13 * math.pi**n)


@pytest.mark.parametrize("n", range(5))
@pytest.mark.parametrize("x", [*AROUND_ZERO, -8.0, 8.0, 300.0])
def test_i0_has_derivatives_of_all_orders_near_zero(x, n):
    assert nth(np.i0, n)(x) == pytest.approx(special.ivp(0, x, n), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("x", [0.0, 1e-5, 2.0])
def test_power_series_of_sinc_and_i0_in_the_complex_plane(x):
    z = x + 0.5j
    step = 1e-3
    numeric = (np.sinc(z + step) - np.sinc(z - step)) / (2.0 * step)
    assert grad(np.sinc, holomorphic=True)(z) == pytest.approx(numeric, rel=1e-5)
    with pytest.raises(TypeError, match="complex"):
        np.i0(Value(z))


# ---- nan, infinity and the branches of complex functions ----------------------------------------------


@pytest.mark.parametrize(("f", "smaller"), [(np.fmax, -1.0), (np.fmin, 3.0)])
def test_extremes_that_leave_nan_out(f, smaller):
    for pair, slopes in {
        (2.0, smaller): (1.0, 0.0),
        (smaller, 2.0): (0.0, 1.0),
        (2.0, NAN): (1.0, 0.0),
        (NAN, 2.0): (0.0, 1.0),
        (2.0, 2.0): (0.5, 0.5),
    }.items():
        assert f(Value(pair[0]), pair[1]).data == f(*pair)
        assert grad(f, (0, 1))(*pair) == slopes


def test_nan_to_num_repairs_and_passes_nothing_back_there():
    x = np.array([1.0, NAN, INF, -INF])
    for settings in ({}, {"nan": 7.0}, {"nan": 1.0, "posinf": 2.0, "neginf": -3.0}):
        np.testing.assert_array_equal(np.nan_to_num(Value(x), **settings).data, np.nan_to_num(x, **settings))
    assert grad(lambda x: np.nan_to_num(x).sum())(x).tolist() == [1.0, 0.0, 0.0, 0.0]
    z = np.array([complex(1.0, NAN), complex(INF, 2.0), 3.0 + 4.0j])
    v = Value(z)
    out = np.nan_to_num(v)
    np.testing.assert_array_equal(out.data, np.nan_to_num(z))
    out.backward(np.full(3, 1.0 - 2.0j))
    assert v.grad.tolist() == [1.0, -2.0j, 1.0 - 2.0j]
    with pytest.raises(TypeError, match="copy="):
        np.nan_to_num(v, copy=False)


@pytest.mark.parametrize("z", [2.0 + 1.0j, -2.0 + 1.0j, -2.0 - 1.0j, 0.3 - 0.5j])
@pytest.mark.parametrize("f", [np.arccosh, np.arccos, np.arcsin, np.arcsinh, np.arctanh, np.sqrt, np.log])
def test_inverse_functions_are_differentiated_on_their_own_branch(f, z):
    assert grad(f, holomorphic=True)(z) == pytest.approx(complex(slope(f, [np.array(z)], [1.0])), rel=1e-6)


@pytest.mark.parametrize("f", [te.relu, te.leaky_relu, te.sigmoid, te.softplus, te.silu, te.erf, te.gelu])
def test_functions_of_real_numbers_refuse_complex_ones(f):
    for z in (1.0 + 1.0j, np.array([1.0 + 1.0j])):
        for given in (z, Value(z)):
            with pytest.raises(TypeError, match=r"real numbers.*np\.real"):
                f(given)


@pytest.mark.parametrize("x", [0.0, -0.0, 1.5, -2.0, -2.5, 5e-324, 1e308, INF, -INF, NAN])
def test_ufuncs_with_two_results_at_every_float(x):
    for one in (x, np.array([x])):
        for f in (np.modf, np.frexp, lambda x: np.divmod(x, 0.75), lambda x: divmod(x, 0.75)):
            with np.errstate(all="ignore"):
                found, expected = f(Value(one)), f(np.asarray(one) if np.shape(one) else np.float64(one))
            assert isinstance(found, tuple)
            for a, b in zip(found, expected, strict=True):
                np.testing.assert_array_equal(a.data, b)
                np.testing.assert_array_equal(np.signbit(a.data), np.signbit(b))


def test_ufuncs_of_bits_are_for_bools():
    x, mask = Value([1.0, -1.0, 2.0]), np.array([True, True, False])
    assert (mask & (x > 0.0)).tolist() == [True, False, False]
    assert np.bitwise_or(x > 0.0, mask).tolist() == [True, True, True]
    assert np.bitwise_xor(x > 0.0, mask).tolist() == [False, True, True]
    assert np.invert(x > 0.0).tolist() == [False, True, False]
    for attempt in (lambda: np.bitwise_and(x, mask), lambda: np.invert(np.argsort(x)), lambda: mask & x):
        with pytest.raises(TypeError, match="bools"):
            attempt()


# ---- interpolation -------------------------------------------------------------------------------------


def test_interp_at_its_knots_and_ends():
    xp, fp = np.array([0.0, 1.0, 3.0]), np.array([2.0, 4.0, 3.0])
    at = np.array([-1.0, 0.0, 1.0, 2.0, 3.0, 4.0])
    assert grad(lambda x: np.interp(x, xp, fp).sum())(at).tolist() == [0.0, 2.0, -0.5, -0.5, 0.0, 0.0]
    np.testing.assert_array_equal(np.interp(Value(at), xp, fp).data, np.interp(at, xp, fp))
    x = np.array([NAN, INF, -INF])
    np.testing.assert_array_equal(np.interp(Value(x), xp, fp).data, np.interp(x, xp, fp))
    repeated = np.array([0.0, 0.0, 1.0, 1.0])
    levels = np.array([1.0, 2.0, 3.0, 4.0])
    for x in (0.0, 0.5, 1.0):
        assert np.interp(Value(x), repeated, levels).data == np.interp(x, repeated, levels)


def test_interp_takes_lists_that_hold_values():
    x, y = Value(0.25), Value(3.0)
    out = np.interp(x, [0.0, 1.0], [y, x])
    out.backward()
    assert (out.data, x.grad, y.grad) == (2.3125, 0.25 - 2.75, 0.75)


def test_interp_computes_in_double_precision():
    x = np.linspace(0.0, 1.0, 4).astype(np.float32)
    out = np.interp(Value(x), x, x)
    assert out.dtype == np.float64
    for bad in (([], []), ([0.0, 1.0], [1.0]), ([[0.0]], [[1.0]])):
        with pytest.raises(ValueError, match="vectors of one length"):
            np.interp(Value(x), *map(np.array, bad))
    with pytest.raises(ValueError, match="period"):
        np.interp(Value(x), x, x, period=0.0)


# ---- products ------------------------------------------------------------------------------------------


def test_tensordot_refuses_axes_that_are_not_there():
    x = np.ones((2, 2))
    for axes, error in ((3, IndexError), ([2], TypeError), (([0], [0, 1]), ValueError), (([0, 0], [0, 1]), ValueError)):
        with pytest.raises((error, np.exceptions.AxisError, ValueError)):
            np.tensordot(Value(x), x, axes=axes)
    np.testing.assert_array_equal(np.tensordot(Value(x), x, axes=np.int64(1)).data, np.tensordot(x, x, axes=1))


def test_products_of_float32_stay_in_float32():
    x = np.ones(3, np.float32)
    for out in (np.cross(Value(x), x), np.kron(Value(x), x), np.outer(Value(x), x), np.convolve(Value(x), x)):
        assert out.dtype == np.float32


# ---- polynomials ---------------------------------------------------------------------------------------


def test_polymul_leaves_zeros_out_of_the_product_alone():
    a, b = np.array([0.0, 2.0, 1.0]), np.array([1.0, 1.0])
    assert np.polymul(Value(a), b).tolist() == np.polymul(a, b).tolist() == [2.0, 3.0, 1.0]
    found = te.jacobian(lambda a: np.polymul(a, b))(a)
    assert found.tolist() == [[1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0]]


def test_roots_at_zero_and_coefficients_of_zero_in_front():
    p = np.array([0.0, 1.0, -3.0, 2.0, 0.0])  # x³ − 3x² + 2x = x (x − 1) (x − 2)
    for root in range(3):
        which = int(np.argmin(np.abs(np.roots(p) - root)))
        slopes = -(float(root) ** np.arange(4, -1, -1)) / (3.0 * root**2 - 6.0 * root + 2.0)
        np.testing.assert_allclose(grad(lambda p, k=which: np.real(np.roots(p))[k])(p), slopes, rtol=1e-12, atol=1e-12)
    assert np.roots(Value([0.0, 0.0])).shape == (0,)


def test_polyfit_is_as_exact_as_numpys():
    """Degree 9 on 40 points: the normal equations would have lost eight digits."""
    x = np.linspace(-1.0, 1.0, 40)
    y = np.exp(x)
    found = grad(lambda y: np.polyfit(x, y, 9)[-1])(y)
    exact = np.linalg.pinv(np.vander(x, 10))[-1]
    np.testing.assert_allclose(found, exact, rtol=1e-9, atol=1e-11)
    with pytest.warns(np.exceptions.RankWarning):
        np.polyfit(Value([1.0, 1.0, 1.0]), Value([1.0, 2.0, 3.0]), 1)


def test_polynomials_that_numpy_gives_other_types_for():
    p = Value([1.0, 2.0])
    assert np.polyadd(np.poly1d([1.0, 0.0, 0.0]), p).tolist() == [1.0, 1.0, 2.0]
    assert np.polyval(np.poly1d([2.0, 1.0]), Value(3.0)).data == 7.0
    assert np.polyadd([p[1], 1.0], p).tolist() == [3.0, 3.0]
    attempts = [
        lambda: np.polyval(p, np.poly1d([1.0, 1.0])),
        lambda: np.poly(Value(np.eye(2))),
        lambda: np.polyder(Value(1.0)),
        lambda: np.polyint(Value(1.0)),
    ]
    for attempt in attempts:
        with pytest.raises(TypeError, match=r"np\.|te\.array"):
            attempt()
    single = np.array([1.0, 2.0], np.float32)
    for f in (np.polyder, np.polyint, np.poly, np.vander, lambda p: np.polyval(p, single), lambda p: np.polymul(p, p)):
        assert f(Value(single)).dtype == f(single).dtype
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.polydiv(Value([1.0, 2.0, 1.0]), p)[0].tolist() == [1.0, 0.0]
