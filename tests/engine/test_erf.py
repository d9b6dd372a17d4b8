"""The error function, and gelu, in single and half precision; in double precision they are the C library's."""

import itertools
import math

import numpy as np
import pytest
from scipy import special

import tinygrad_edu as te
from tinygrad_edu.ops.elementary import erf_of, gelu_of

INF, NAN = math.inf, math.nan
MANY = 300_007  # more than a piece, and no multiple of one
SHORT = [np.float16, np.float32]
BOTH = pytest.mark.parametrize("f", [erf_of, gelu_of])


def sweep():
    """Positive numbers of every exponent, the subnormal ones too, and many where erf bends."""
    everywhere = np.arange(1, np.float32(INF).view(np.int32), 1499, dtype=np.int32).view(np.float32)
    return np.concatenate([everywhere, np.linspace(1e-3, 5.0, 3_000_001, dtype=np.float32)])


def bits(x):
    return x.view(f"u{x.itemsize}")


def normals(n=MANY, dtype=np.float32):
    return (3.0 * np.random.default_rng(0).normal(size=n)).astype(dtype)


def test_erf_is_right_to_3_units_in_the_last_place():
    x = sweep()
    exact = special.erf(x.astype(float))
    unit = np.spacing(np.nextafter(exact.astype(np.float32), np.float32(0.0)))  # the finer one at a power of 2
    assert np.max(np.abs(erf_of(x) - exact) / unit) < 3.0


def test_erf_is_right_for_every_number_of_half_precision():
    x = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    x = x[np.isfinite(x)]
    exact = special.erf(x.astype(float))
    y = erf_of(x)
    assert y.dtype == np.float16
    assert np.max(np.abs(y - exact) / np.spacing(np.abs(exact).astype(np.float16))) < 0.51


def test_erf_is_odd_and_never_above_1():
    x = np.concatenate([sweep(), np.zeros(1, np.float32)])
    y = erf_of(x)
    assert np.array_equal(bits(erf_of(-x)), bits(-y))
    assert y.max() == 1.0
    assert (y[x > 4.0] == 1.0).all()
    assert (y[x < 3.8] < 1.0).all()


@pytest.mark.parametrize("dtype", [*SHORT, np.float64, np.longdouble])
def test_ends_of_erf(dtype):
    with np.errstate(all="raise", under="ignore"):
        y = erf_of(np.array([0.0, -0.0, INF, -INF, NAN], dtype))
    assert y.dtype == dtype
    assert y[:4].tolist() == [0.0, 0.0, 1.0, -1.0]
    assert np.signbit(y[:4]).tolist() == [False, True, False, True]
    assert np.isnan(y[4])


@pytest.mark.parametrize("dtype", SHORT)
def test_ends_of_gelu(dtype):
    with np.errstate(all="raise", under="ignore"):
        y = gelu_of(np.array([0.0, -0.0, INF, -INF, -1e4, 1e4, NAN], dtype))
    assert y.dtype == dtype
    assert y[:6].astype(float) == pytest.approx([0.0, 0.0, INF, 0.0, 0.0, dtype(1e4)], abs=1e-20)
    assert np.isnan(y[6])


def test_gelu_is_right_where_1_plus_erf_would_cancel():
    x = np.linspace(-12.0, 12.0, 2_000_001, dtype=np.float32)
    exact = x * special.ndtr(x.astype(float))
    assert np.max(np.abs(gelu_of(x) - exact)[x < -3.0]) < 2.5e-8
    assert np.max(np.abs(gelu_of(x) - exact) / np.maximum(np.abs(x), 0.5)) < 1e-7


@BOTH
@pytest.mark.parametrize("dtype", SHORT)
def test_an_element_has_the_same_bits_wherever_it_is(f, dtype):
    x = normals(dtype=dtype)
    x[:4] = 0.0, -0.0, NAN, INF
    whole = bits(f(x))
    for start, size in itertools.product([0, 1, 3, 16_381], [1, 2, 7, 15, 16_385]):
        assert np.array_equal(bits(f(x[start : start + size])), whole[start : start + size])
    for step in (2, 3, -1, -5):
        assert np.array_equal(bits(f(x[::step])), whole[::step])
    table = x[:300_000].reshape(500, 600)
    expected = whole[:300_000].reshape(500, 600)
    for view in (np.s_[:, ::-2], np.s_[3::7, 5:8], np.s_[:0]):
        assert np.array_equal(bits(f(table[view])), expected[view])
    assert np.array_equal(bits(f(table.T)), expected.T)
    assert np.array_equal(bits(f(np.asfortranarray(table))), expected)
    assert bits(f(x[5])) == whole[5]


@BOTH
@pytest.mark.parametrize("dtype", [*SHORT, np.float64])
def test_results_are_written_where_it_is_said(f, dtype):
    x = normals(dtype=dtype)
    expected = f(x)
    out = np.empty_like(x)
    assert f(x, out=out) is out
    assert np.array_equal(out, expected)
    apart = np.empty((MANY, 2), dtype)[:, 1]
    f(x, out=apart)
    assert np.array_equal(apart, expected)
    same = x.copy()
    assert f(same, out=same) is same
    assert np.array_equal(same, expected)


@BOTH
@pytest.mark.parametrize("dtype", SHORT)
def test_results_may_overlap_their_arguments(f, dtype):
    x = normals(dtype=dtype)
    expected = f(x[:-1])
    f(x[:-1], out=x[1:])
    assert np.array_equal(x[1:], expected)
    backwards = normals(dtype=dtype)
    f(backwards, out=backwards[::-1])
    assert np.array_equal(backwards[::-1], f(normals(dtype=dtype)))


@BOTH
def test_an_array_that_cannot_hold_the_results_is_refused(f):
    with pytest.raises(TypeError, match=r"[Cc]ast"):
        f(normals(8), out=np.empty(8, int))
    with pytest.raises(ValueError, match=r"shape|broadcast"):
        f(normals(8), out=np.empty(7, np.float32))


@pytest.mark.parametrize("f", [te.erf, te.gelu])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_compiled_function_computes_the_same_bits(f, dtype):
    def loss(x):
        return np.sum(f(2.0 * x) * x)

    step = te.compile(te.value_and_grad(loss))
    for n in (0, 1, 2):
        x = normals(40_000, dtype) + dtype(n)
        for ours, plain in zip(step(x), te.value_and_grad(loss)(x), strict=True):
            assert np.array_equal(ours, plain)
