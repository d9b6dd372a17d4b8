"""The chapter of elementary functions: powers, exponentials, logarithms, trigonometry, sigmoids.

The two functions that NumPy has beyond these, sinc and i0, close it: their derivatives of all orders are
rows of their own, so that none of them divides by 0 at 0."""

import math
import operator
from functools import partial

import numpy as np

from ..kinds import elementwise, ieee, is_complex
from .arithmetic import divide, reciprocal
from .comparison import equal, isfinite, logical_and, of_reals, where
from .complex_numbers import imag, real
from .domains import ABOVE_ONE, AWAY_FROM_ZERO, INSIDE_ONE, MODERATE, POSITIVE

LN2, LN10 = math.log(2.0), math.log(10.0)
SLOPE_OF_ERF = 2.0 / math.sqrt(math.pi)


def power_slope(x, y):
    """∂(x ** y)/∂x = y · x ** (y − 1), which is 0 where y = 0, even at x = 0."""
    if type(y) in (float, int) and y:
        return y * power(x, y - 1)
    return y * power(x, where(logical_and(equal(x, 0.0), equal(y, 0.0)), 1.0, y - 1.0))


def power_growth(out, x):
    """∂(x ** y)/∂y = x ** y · log x, which is 0 where x = 0 and y ≥ 0."""
    x = where(equal(x, 0.0), 1.0, x)
    return out * log(x + 0j if is_complex(out) else x)  # a negative base has a logarithm then


def inverse_root(x):
    """1 / √x."""
    return reciprocal(sqrt(x))


def sigmoid_of(x):
    """1 / (1 + exp(−x)) without overflow, and exact in the left tail too."""
    e = np.exp(-np.abs(of_reals(x)))
    return np.where(np.less(x, 0.0), e, 1.0) / (1.0 + e)


def sigmoid_of_float(x):
    """The same for a float."""
    e = math.exp(-abs(x))
    return (e if x < 0.0 else 1.0) / (1.0 + e)


def erf_of(x, out=None):
    """The error function of an array; written into `out` if that is given, which may be `x` itself.

    Single and half precision are computed by `erf_of_singles`, the rest by the C library, element by element."""
    x = np.asarray(of_reals(x))
    if is_short(x):
        return in_pieces(erf_of_singles, x, out)
    if out is None:
        out = np.empty_like(x, dtype=x.dtype if x.dtype.kind == "f" else float)
    exact = np.fromiter(map(math.erf, x.ravel().tolist()), float, x.size)
    np.copyto(out, exact.reshape(x.shape), casting="same_kind")
    return out


def is_short(x):
    """Whether an array has single or half precision."""
    return x.dtype in (np.float32, np.float16)


def in_pieces(compute, x, out):
    """`compute(x, out)` for pieces of two arrays: contiguous, of float32, and small enough to stay in a cache."""
    if out is None:
        out = np.empty_like(x)
    pairs = np.nditer(
        (x, out),
        flags=("external_loop", "buffered", "copy_if_overlap", "zerosize_ok"),
        op_flags=(("readonly", "contig", "overlap_assume_elementwise"), ("writeonly", "contig")),
        op_dtypes=(np.float32, np.float32),
        casting="same_kind",
        buffersize=1 << 14,
    )
    with pairs:
        for pair in pairs:
            compute(*pair)
    return out


# erf x = v / √(s + v²) if v = erf x · √(s / (1 − erf² x)). An error of v counts the less, the nearer erf x is to 1, and
# no result is above 1. Roundings of numbers below 1 are finer, so s < 1; but s > π / 4, so that R > 0 in
# v = x + x R(x²): that keeps the sign of −0. R is small near 0, where v is rounded but once.
# R has degree 9. It was fitted on 0 ≤ x ≤ 4 by least squares, with weights changed until the largest relative error of
# erf x was smallest, 1.2e-8. The coefficients were rounded to float32 one by one, the lowest first, and those left
# fitted anew each time.
# NumPy is fastest with numbers that are arrays already, and at clip, where maximum would do too.
CONSTANTS = (0.0, math.inf, 13 / 16, 13 / 32, math.sqrt(0.5), 16.0)  # beyond 16, v² may overflow
ZERO, INFINITE, S, HALF_S, ROOT_HALF, FAR = (np.array(c, np.float32) for c in CONSTANTS)
R = [
    np.array(c, np.float32)
    for c in (
        0.017107224,
        0.30847552,
        0.07252134,
        0.011410999,
        0.0012365655,
        0.00013644753,
        3.9451174e-06,
        2.1928865e-06,
        -1.5795062e-07,
        1.3602747e-08,
    )
]


def steep(x, v, z):
    """Write the v of a vector into `v`, and s + v² into `z`.

    Here and in what follows are only + − × ÷ √ and comparisons, which round one way on every machine: equal
    elements have equal results, wherever they are."""
    np.multiply(x, x, out=z)
    np.multiply(z, R[-1], out=v)
    for c in R[-2:0:-1]:
        v += c
        v *= z
    v += R[0]
    v *= x
    v += x
    np.multiply(v, v, out=z)
    z += S


def erf_of_singles(x, out):
    """The error function of a vector of float32, to 3 units in the last place, written into `out`."""
    near, z = np.empty((2, x.size), np.float32)
    steep(np.clip(x, -FAR, FAR, out=near), out, z)
    out /= np.sqrt(z, out=z)


def gelu_of(x, out=None):
    """x · Φ(x), by the error function; written into `out` if that is given, which may be `x` itself."""
    x = np.asarray(of_reals(x))
    if is_short(x):
        return in_pieces(gelu_of_singles, x, out)
    return np.multiply(0.5 * x, 1.0 + erf_of(math.sqrt(0.5) * x), out=out)


def gelu_of_singles(x, out):
    """max(x, 0) − |x| Φ(−|x|), where Φ(−√2 t) = (1 − erf t) / 2 = ½ s / (s + v² + v √(s + v²)): nothing cancels."""
    size, t, v, z = np.empty((4, x.size), np.float32)
    np.abs(np.clip(x, -FAR, FAR, out=size), out=size)
    steep(np.multiply(size, ROOT_HALF, out=t), v, z)
    v *= np.sqrt(z, out=t)
    z += v
    size *= np.divide(HALF_S, z, out=z)
    np.clip(x, ZERO, INFINITE, out=out)
    out += ZERO  # NumPy may have left −0, or not
    out -= size


def silu_of(x):
    """x · sigmoid(x)."""
    return x * sigmoid_of(x)


def share(x, total, exponential):
    """exp(x − total), to the base of `exponential`: the part of a sum of exponentials that is due to x; 0 where x = −∞."""
    return exponential(where(equal(x, -math.inf), -math.inf, x - total))


def sinc_derivative_of(x, order):
    """The derivative of sinc of some order, for the first five to about 1e-14 of its largest value.

    With z = πx and s = sin z / z: far from 0 from z s⁽ⁿ⁾ + n s⁽ⁿ⁻¹⁾ = sin⁽ⁿ⁾ z, which is z s = sin z
    differentiated n times; near 0, where that would cancel, from the power series."""
    x = np.asarray(x)
    z = np.multiply(math.pi, x, dtype=np.result_type(x, np.float64))
    near = np.abs(z) < order + 1.0
    far = np.where(near, 1.0, z)
    out = np.sin(far) / far
    for n in range(1, order + 1):
        out = (np.sin(far + n * (math.pi / 2.0)) - n * out) / far
    out = math.pi**order * np.where(near, sine_series(np.where(near, z, 0.0), order), out)
    return out.astype(x.dtype)[()]


def sine_series(z, order):
    """The derivative of sin z / z = Σ (−1)ᵏ z²ᵏ / (2k + 1)! of some order, for |z| < order + 1."""
    out = np.zeros_like(z)
    for k in range(2 * order + 14, (order - 1) // 2, -1):  # Horner's rule, the smallest term first
        out = out * z * z + (-1.0) ** k / (math.factorial(2 * k - order) * (2 * k + 1))
    return out * z if order % 2 else out


def bessel_i_of(x, order):
    """Iₙ(x) to about 1e-15 of itself: I₀(x) times the ratios Iₖ / Iₖ₋₁.

    A ratio follows from the next one, r(k) = x / (2k + x r(k + 1)), where nothing cancels; started far
    enough up, from r = 0, it forgets its start (Miller's algorithm; DLMF 3.6.iii and 10.29.1)."""
    x = np.asarray(of_reals(x))
    wide = np.clip(x.astype(float), -1000.0, 1000.0)  # from 714 on I₀(x) is infinite
    largest = float(np.max(np.abs(wide), initial=0.0, where=np.isfinite(wide)))
    ratio, product = np.zeros_like(wide), np.i0(x.astype(float))
    for k in range(order + 20 + int(math.sqrt(80.0 * largest)), 0, -1):
        ratio = wide / (2.0 * k + wide * ratio)
        if k <= order:
            product = product * ratio
    return product.astype(x.dtype)[()]


def bessel_slope(x, order):
    """Iₙ′ = (Iₙ₋₁ + Iₙ₊₁) / 2."""
    below = i0(x) if order == 1 else bessel_i(x, order=order - 1)
    return 0.5 * (below + bessel_i(x, order=order + 1))


def kept_where_finite(g, x):
    """`g` where `x` was not replaced, 0 elsewhere; of a complex number each part on its own."""
    if not is_complex(x):
        return where(isfinite(x), g, 0.0)
    return where(isfinite(real(x)), real(g), 0.0) + 1j * where(isfinite(imag(x)), imag(g), 0.0)


# fmt: off
# ---- powers ------------------------------------------------------------------------------------------
power = elementwise(np.power,
    lambda g, out, x, y: g * power_slope(x, y),
    lambda g, out, x, y: g * power_growth(out, x),
    python=operator.pow, symbol="**", local=("y * x**(y - 1)", "out * log(x)"), domain=(POSITIVE, MODERATE), doc="x ** y")
float_power = elementwise(np.float_power,
    lambda g, out, x, y: g * power_slope(x, y),
    lambda g, out, x, y: g * power_growth(out, x),
    python=operator.pow, local=("y * x**(y - 1)", "out * log(x)"), domain=(POSITIVE, MODERATE), doc="x ** y in double precision")
sqrt  = elementwise(np.sqrt,  lambda g, out, x: divide(0.5 * g, out),
    python=math.sqrt, local=("1 / (2 * out)",), domain=(POSITIVE,), doc="√x")
cbrt  = elementwise(np.cbrt,  lambda g, out, x: divide(g, 3.0 * out * out),
    python=math.cbrt, local=("1 / (3 * out**2)",), domain=(AWAY_FROM_ZERO,), doc="the cube root of x")
hypot = elementwise(np.hypot,
    lambda g, out, x, y: g * divide(x, where(equal(out, 0.0), math.inf, out)),
    lambda g, out, x, y: g * divide(y, where(equal(out, 0.0), math.inf, out)),
    python=math.hypot, local=("x / out", "y / out"), domain=(AWAY_FROM_ZERO, AWAY_FROM_ZERO), doc="√(x² + y²)")

# ---- exponentials and logarithms ---------------------------------------------------------------------
exp   = elementwise(np.exp,   lambda g, out, x: g * out,            python=math.exp,   local=("out",), doc="eˣ")
exp2  = elementwise(np.exp2,  lambda g, out, x: g * (LN2 * out),    python=math.exp2,  local=("log(2) * out",), doc="2ˣ")
expm1 = elementwise(np.expm1, lambda g, out, x: g * (out + 1.0),    python=math.expm1, local=("out + 1",), doc="eˣ − 1")
log   = elementwise(np.log,   lambda g, out, x: divide(g, x),       python=math.log,   local=("1 / x",), domain=(POSITIVE,), doc="ln x")
log2  = elementwise(np.log2,  lambda g, out, x: divide(g, LN2 * x), python=math.log2,  local=("1 / (log(2) * x)",), domain=(POSITIVE,), doc="log₂ x")
log10 = elementwise(np.log10, lambda g, out, x: divide(g, LN10 * x), python=math.log10, local=("1 / (log(10) * x)",), domain=(POSITIVE,), doc="log₁₀ x")
log1p = elementwise(np.log1p, lambda g, out, x: divide(g, 1.0 + x), python=math.log1p, local=("1 / (1 + x)",), domain=(POSITIVE,), doc="ln(1 + x)")
logaddexp = elementwise(np.logaddexp,
    lambda g, out, x, y: g * share(x, out, exp),
    lambda g, out, x, y: g * share(y, out, exp),
    python=partial(ieee, np.logaddexp), local=("exp(x - out)", "exp(y - out)"), doc="ln(eˣ + eʸ)")
logaddexp2 = elementwise(np.logaddexp2,
    lambda g, out, x, y: g * share(x, out, exp2),
    lambda g, out, x, y: g * share(y, out, exp2),
    python=partial(ieee, np.logaddexp2), local=("exp2(x - out)", "exp2(y - out)"), doc="log₂(2ˣ + 2ʸ)")

# ---- trigonometric -----------------------------------------------------------------------------------
sin = elementwise(np.sin, lambda g, out, x: g * cos(x),            python=math.sin, local=("cos(x)",), doc="sin x, in radians")
cos = elementwise(np.cos, lambda g, out, x: -g * sin(x),           python=math.cos, local=("-sin(x)",), doc="cos x, in radians")
tan = elementwise(np.tan, lambda g, out, x: g * (1.0 + out * out), python=math.tan, local=("1 + out**2",), domain=((-1.25, 1.25),), doc="tan x, in radians")
arcsin  = elementwise(np.arcsin,  lambda g, out, x: g * inverse_root(1.0 - x * x),  python=math.asin, local=("1 / sqrt(1 - x**2)",), domain=(INSIDE_ONE,), doc="the angle whose sine is x")
arccos  = elementwise(np.arccos,  lambda g, out, x: -g * inverse_root(1.0 - x * x), python=math.acos, local=("-1 / sqrt(1 - x**2)",), domain=(INSIDE_ONE,), doc="the angle whose cosine is x")
arctan  = elementwise(np.arctan,  lambda g, out, x: divide(g, 1.0 + x * x),         python=math.atan, local=("1 / (1 + x**2)",), doc="the angle whose tangent is x")
arctan2 = elementwise(np.arctan2,
    lambda g, out, x, y: g * divide(y, x * x + y * y),
    lambda g, out, x, y: -g * divide(x, x * x + y * y),
    python=math.atan2, local=("y / (x**2 + y**2)", "-x / (x**2 + y**2)"), domain=(AWAY_FROM_ZERO, AWAY_FROM_ZERO), doc="the angle of the point (y, x)")

# ---- hyperbolic --------------------------------------------------------------------------------------
sinh = elementwise(np.sinh, lambda g, out, x: g * cosh(x),           python=math.sinh, local=("cosh(x)",), doc="hyperbolic sine")
cosh = elementwise(np.cosh, lambda g, out, x: g * sinh(x),           python=math.cosh, local=("sinh(x)",), doc="hyperbolic cosine")
tanh = elementwise(np.tanh, lambda g, out, x: g * (1.0 - out * out), python=math.tanh, local=("1 - out**2",), doc="hyperbolic tangent")
arcsinh = elementwise(np.arcsinh, lambda g, out, x: g * inverse_root(x * x + 1.0), python=math.asinh, local=("1 / sqrt(x**2 + 1)",), doc="inverse of sinh")
arccosh = elementwise(np.arccosh, lambda g, out, x: g * (inverse_root(x - 1.0) * inverse_root(x + 1.0)), python=math.acosh, local=("1 / (sqrt(x - 1) * sqrt(x + 1))",), domain=(ABOVE_ONE,), doc="inverse of cosh")
arctanh = elementwise(np.arctanh, lambda g, out, x: divide(g, 1.0 - x * x),        python=math.atanh, local=("1 / (1 - x**2)",), domain=(INSIDE_ONE,), doc="inverse of tanh")

# ---- sigmoids and other smooth steps -----------------------------------------------------------------
sigmoid = elementwise(sigmoid_of, lambda g, out, x: g * (out * (1.0 - out)), name="sigmoid",
    python=sigmoid_of_float, local=("out * (1 - out)",), doc="1 / (1 + e⁻ˣ): the logistic function")
softplus = elementwise(lambda x: np.logaddexp(0.0, of_reals(x)), lambda g, out, x: g * sigmoid(x), name="softplus",
    python=lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))), local=("1 / (1 + exp(-x))",), doc="ln(1 + eˣ): a smooth rectifier")
silu = elementwise(silu_of, lambda g, out, x: g * (sigmoid(x) + out * (1.0 - sigmoid(x))), name="silu",
    python=partial(ieee, silu_of), doc="x · sigmoid(x), also called swish (Elfwing et al. 2017)")
erf = elementwise(erf_of, lambda g, out, x: g * (SLOPE_OF_ERF * exp(-x * x)), name="erf",
    python=math.erf, into=erf_of, local=("2 / sqrt(pi) * exp(-x**2)",), doc="the error function")
gelu = elementwise(gelu_of,
    lambda g, out, x: g * (0.5 * (1.0 + erf(math.sqrt(0.5) * x)) + x * (SLOPE_OF_ERF * math.sqrt(0.125) * exp(-0.5 * x * x))),
    name="gelu", python=partial(ieee, gelu_of), into=gelu_of, doc="x · Φ(x), Φ the normal distribution function (Hendrycks & Gimpel 2016)")

# ---- angles ------------------------------------------------------------------------------------------
deg2rad = elementwise(np.deg2rad, lambda g, out, x: g * (math.pi / 180.0), python=math.radians, local=("pi / 180",), singular=False, doc="degrees to radians")
rad2deg = elementwise(np.rad2deg, lambda g, out, x: g * (180.0 / math.pi), python=math.degrees, local=("180 / pi",), singular=False, doc="radians to degrees")

# ---- functions with a family of derivatives ----------------------------------------------------------
sinc = elementwise(np.sinc, lambda g, out, x: g * sinc_derivative(x, order=1), complex=True, arguments="x",
    python=partial(ieee, np.sinc), doc="sin(πx) / (πx), and 1 at 0")
sinc_derivative = elementwise(sinc_derivative_of, lambda g, out, x, order: g * sinc_derivative(x, order=order + 1),
    name="sinc_derivative", complex=True, doc="a derivative of sinc")
i0 = elementwise(np.i0, lambda g, out, x: g * bessel_i(x, order=1), arguments="x",
    python=partial(ieee, np.i0), doc="the modified Bessel function of order 0")
bessel_i = elementwise(bessel_i_of, lambda g, out, x, order: g * bessel_slope(x, order), name="bessel_i",
    doc="the modified Bessel function of order 1, 2, 3, …")

# ---- repair ------------------------------------------------------------------------------------------
nan_to_num = elementwise(np.nan_to_num, lambda g, out, x, **replacements: kept_where_finite(g, x),
    arguments="x, copy=True, nan=0.0, posinf, neginf",
    anything=lambda x, nan=0.0, posinf=None, neginf=None: np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf),
    selects=True, singular=False, complex=True, local=("isfinite(x)",), doc="nan and ±∞ replaced by numbers")
# fmt: on
