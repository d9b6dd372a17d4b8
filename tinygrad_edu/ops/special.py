"""The chapter of special functions: SciPy's, for those who have SciPy.  It is loaded when one meets a Value.

Every derivative is again a row, so there are higher orders.  What SciPy has in some arguments only (the
order of a Bessel function, the shape of an incomplete gamma function) is a setting in the others, and a
Value there is refused.  Sigmoid, erf, log1p and kin are rows of other chapters, tied to SciPy's names here.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from ..engine import Op, Value
from ..kinds import elementwise
from ..notation import BY_NUMPY, LEAVE
from .arithmetic import divide
from .comparison import equal, greater, less, logical_and, sign, where
from .complex_numbers import absolute
from .domains import AWAY_FROM_ZERO, POSITIVE
from .elementary import LN10, SLOPE_OF_ERF, cbrt, cos, erf, exp, exp2, expm1, log, log1p, power, sigmoid, sin, sqrt

PROBABILITY = (0.0625, 0.9375)
SLOPE_OF_NDTR = 1.0 / math.sqrt(2.0 * math.pi)


# ---- the kind of this chapter ------------------------------------------------------------------------


def scipys(numpy, *rules, constant="", computed=None, **about):
    """A row that acts on elements as SciPy's function does.

    `constant` names its first arguments if there is no derivative in them.  They are settings of the row:
    `special.jv(2, x)` means `jv(x, v=2)`.  `computed` computes it in the stead of SciPy's function."""
    names = tuple(filter(None, constant.split(", ")))

    def forward(*data, **settings):
        out = (computed or numpy)(*(settings[name] for name in names), *data)
        return out if np.ndim(out) else out.item()

    about.setdefault("complex", False)
    about.setdefault("name", numpy.__name__)
    op = elementwise(numpy, *rules, anything=forward, spelled=False, **about)
    if isinstance(numpy, np.ufunc):
        BY_NUMPY[numpy] = constants_first(op, names) if names else op
    return op


def constants_first(op: Op, names: tuple[str, ...]) -> Callable[..., Any]:
    """`op` as SciPy spells it: the settings `names` come first, by position."""

    def call(*given: Any) -> Any:
        settings = dict(zip(names, given, strict=False))
        for name, x in settings.items():
            if type(x) is Value:
                raise TypeError(f"scipy.special.{op.name} has no derivative in {name}, and got a Value there; {LEAVE}")
            if isinstance(x, list | tuple):
                settings[name] = np.asarray(x)
        return op(*given[len(names) :], **settings)

    return call


def kummer(a, b, x):
    """SciPy's hyp1f1, which does not come to an end for x far beyond the place where the result is infinite."""
    if np.iscomplexobj(x):
        return special.hyp1f1(a, b, x)
    polynomial = np.less_equal(a, 0) & np.equal(a, np.floor(a))
    x = np.asarray(x) * np.float32(1.0)  # half precision, in which 1e10 is no number, becomes single as at SciPy's
    return special.hyp1f1(a, b, np.where(np.greater(x, 1e10) & ~polynomial, np.float32(1e10), x))


# ---- pieces of rules ---------------------------------------------------------------------------------


def ratio(x, y):
    """x / y, and 0 where both are 0."""
    return divide(x, where(logical_and(equal(x, 0.0), equal(y, 0.0)), 1.0, y))


def slope_of_rgamma(x, out):
    """∂(1/Γ)/∂x.  Left of ½ by reflection, so that the poles of Γ are no special case."""
    left = less(x, 0.5)
    y, angle = 1.0 - where(left, x, 0.0), math.pi * where(left, x, 0.0)
    reflected = gamma(y) * (cos(angle) - sin(angle) * digamma(y) / math.pi)
    return where(left, reflected, -out * digamma(where(left, 1.0, x)))


def growth_of_box_cox(x, out, lmbda):
    """∂((xˡ − 1) / l)/∂l = ln²x · M(2, 3, l ln x) / 2, M Kummer's function: no division by l = 0."""
    at_zero = equal(x, 0.0)
    ln = log(where(at_zero, 1.0, x))
    smooth = 0.5 * ln * ln * hyp1f1(lmbda * ln, a=2.0, b=3.0)
    return where(at_zero, -divide(out, where(at_zero, lmbda, 1.0)), smooth)


def growth_of_inverse(y, lmbda):
    """∂ ln((1 + l y) ^ (1/l))/∂l = −½ y² F(2, 2; 3; −l y), F Gauss's function: no division by l = 0."""
    return -0.5 * y * y * hyp2f1(-lmbda * y, a=2.0, b=2.0, c=3.0)


def beta_density(x, a, b):
    """The slope of the regularised incomplete beta function."""
    return exp(xlogy(a - 1.0, x) + xlog1py(b - 1.0, -x) - special.betaln(a, b))


def gamma_density(x, a):
    """The slope of the regularised incomplete gamma function."""
    return exp(xlogy(a - 1.0, x) - x - special.gammaln(a))


def student_density(t, df):
    """The slope of Student's distribution function."""
    return exp(-0.5 * (df + 1.0) * log1p(t * t / df) - special.betaln(0.5 * df, 0.5)) / np.sqrt(df)


def poisson_mass(m, k):
    """The probability of k events where m are expected."""
    return exp(xlogy(np.floor(k), m) - m - special.gammaln(np.floor(k) + 1.0))


def huber_slopes(g, delta, r):
    """The gradients of Huber's loss in delta and r."""
    far = greater(absolute(r), delta)
    return where(far, absolute(r) - delta, 0.0) * g, where(far, delta * sign(r), r) * g


def steepness(delta, r):
    """√(1 + (r / delta)²)."""
    return sqrt(1.0 + divide(r, delta) * divide(r, delta))


def pseudo_huber_growth(delta, r):
    """∂(δ² (s − 1))/∂δ = 2 δ (s − 1) − r² / (δ s), with s = `steepness`; without the cancellation."""
    s, u = steepness(delta, r), divide(r, delta)
    return delta * u * u * u * u / (s * (1.0 + s) * (1.0 + s))


# fmt: off
# ---- gamma and beta functions ------------------------------------------------------------------------
gamma = scipys(special.gamma, lambda g, out, x: g * (out * digamma(x)),
    local=("out * digamma(x)",), domain=((0.25, 4.0),), doc="the gamma function Γ(x)")
gammaln = scipys(special.gammaln, lambda g, out, x: g * digamma(x),
    local=("digamma(x)",), domain=((0.25, 4.0),), doc="ln |Γ(x)|")
loggamma = scipys(special.loggamma, lambda g, out, x: g * digamma(x),
    local=("digamma(x)",), domain=((0.25, 4.0),), doc="ln Γ(x), the principal branch")
rgamma = scipys(special.rgamma, lambda g, out, x: g * slope_of_rgamma(x, out), doc="1 / Γ(x); smooth at the poles of Γ too")
digamma = scipys(special.digamma, lambda g, out, x: g * polygamma(x, n=1), name="digamma",
    local=("polygamma(1, x)",), domain=((0.5, 4.0),), doc="ψ(x), the slope of ln Γ(x)")
polygamma = scipys(special.polygamma, lambda g, out, x, n: g * polygamma(x, n=n + 1), constant="n",
    local=("polygamma(n + 1, x)",), domain=((1.0, 4.0),), doc="the n-th derivative of ψ(x)")
zeta = scipys(special.zeta, lambda g, out, q, x: -g * x * zeta(q, x=x + 1.0), constant="x",
    domain=((1.0, 4.0),), doc="Hurwitz's zeta function Σ (k + q)⁻ˣ over k = 0, 1, …")
gammasgn = scipys(special.gammasgn, None, doc="the sign of Γ(x)")
beta = scipys(special.beta,
    lambda g, out, x, y: g * (out * (digamma(x) - digamma(x + y))),
    lambda g, out, x, y: g * (out * (digamma(y) - digamma(x + y))),
    local=("out * (digamma(x) - digamma(x + y))", "out * (digamma(y) - digamma(x + y))"), domain=((0.5, 4.0), (0.5, 4.0)), doc="the beta function B(x, y) = Γ(x) Γ(y) / Γ(x + y)")
betaln = scipys(special.betaln,
    lambda g, out, x, y: g * (digamma(x) - digamma(x + y)),
    lambda g, out, x, y: g * (digamma(y) - digamma(x + y)),
    local=("digamma(x) - digamma(x + y)", "digamma(y) - digamma(x + y)"), domain=((0.5, 4.0), (0.5, 4.0)), doc="ln |B(x, y)|")
poch = scipys(special.poch,
    lambda g, out, x, y: g * (out * (digamma(x + y) - digamma(x))),
    lambda g, out, x, y: g * (out * digamma(x + y)),
    local=("out * (digamma(x + y) - digamma(x))", "out * digamma(x + y)"), domain=((1.0, 3.0), (0.25, 3.0)), doc="the rising factorial Γ(x + y) / Γ(x)")
binom = scipys(special.binom,
    lambda g, out, x, y: g * (out * (digamma(x + 1.0) - digamma(x - y + 1.0))),
    lambda g, out, x, y: g * (out * (digamma(x - y + 1.0) - digamma(y + 1.0))),
    local=("out * (digamma(x + 1) - digamma(x - y + 1))", "out * (digamma(x - y + 1) - digamma(y + 1))"), domain=((4.0, 6.0), (0.5, 3.5)), doc="the binomial coefficient, of real numbers too")

# ---- incomplete gamma and beta functions, and their inverses -----------------------------------------
gammainc = scipys(special.gammainc, lambda g, out, x, a: g * gamma_density(x, a), constant="a",
    local=("exp(-x) * x**(a - 1) / gamma(a)",), domain=(POSITIVE,), doc="the regularised lower incomplete gamma function of x")
gammaincc = scipys(special.gammaincc, lambda g, out, x, a: -g * gamma_density(x, a), constant="a",
    local=("-exp(-x) * x**(a - 1) / gamma(a)",), domain=(POSITIVE,), doc="the regularised upper incomplete gamma function of x")
gammaincinv = scipys(special.gammaincinv, lambda g, out, y, a: divide(g, gamma_density(out, a)), constant="a",
    local=("exp(out) * out**(1 - a) * gamma(a)",), domain=((0.25, 0.75),), doc="the x at which gammainc(a, x) is y")
gammainccinv = scipys(special.gammainccinv, lambda g, out, y, a: -divide(g, gamma_density(out, a)), constant="a",
    local=("-exp(out) * out**(1 - a) * gamma(a)",), domain=((0.25, 0.75),), doc="the x at which gammaincc(a, x) is y")
betainc = scipys(special.betainc, lambda g, out, x, a, b: g * beta_density(x, a, b), constant="a, b",
    local=("x**(a - 1) * (1 - x)**(b - 1) / beta(a, b)",), domain=(PROBABILITY,), doc="the regularised incomplete beta function of x")
betaincc = scipys(special.betaincc, lambda g, out, x, a, b: -g * beta_density(x, a, b), constant="a, b",
    local=("-x**(a - 1) * (1 - x)**(b - 1) / beta(a, b)",), domain=(PROBABILITY,), doc="1 − betainc(a, b, x)")
betaincinv = scipys(special.betaincinv, lambda g, out, y, a, b: divide(g, beta_density(out, a, b)), constant="a, b",
    local=("beta(a, b) * out**(1 - a) * (1 - out)**(1 - b)",), domain=((0.25, 0.75),), doc="the x at which betainc(a, b, x) is y")
betainccinv = scipys(special.betainccinv, lambda g, out, y, a, b: -divide(g, beta_density(out, a, b)), constant="a, b",
    local=("-beta(a, b) * out**(1 - a) * (1 - out)**(1 - b)",), domain=((0.25, 0.75),), doc="the x at which betaincc(a, b, x) is y")

# ---- error functions ---------------------------------------------------------------------------------
erfc = scipys(special.erfc, lambda g, out, x: -g * (SLOPE_OF_ERF * exp(-x * x)), complex=True,
    local=("-2 / sqrt(pi) * exp(-x**2)",), doc="1 − erf(x)")
erfi = scipys(special.erfi, lambda g, out, x: g * (SLOPE_OF_ERF * exp(x * x)), complex=True,
    local=("2 / sqrt(pi) * exp(x**2)",), domain=((-1.5, 1.5),), doc="−i erf(i x)")
erfcx = scipys(special.erfcx, lambda g, out, x: g * (2.0 * x * out - SLOPE_OF_ERF), complex=True,
    local=("2 * x * out - 2 / sqrt(pi)",), domain=((-1.0, 3.0),), doc="exp(x²) erfc(x)")
dawsn = scipys(special.dawsn, lambda g, out, x: g * (1.0 - 2.0 * x * out), complex=True,
    local=("1 - 2 * x * out",), doc="Dawson's integral exp(−x²) ∫ exp(t²) dt from 0 to x")
erfinv = scipys(special.erfinv, lambda g, out, x: divide(g, SLOPE_OF_ERF * exp(-out * out)),
    local=("sqrt(pi) / 2 * exp(out**2)",), domain=((-0.75, 0.75),), doc="the number whose erf is x")
erfcinv = scipys(special.erfcinv, lambda g, out, x: -divide(g, SLOPE_OF_ERF * exp(-out * out)),
    local=("-sqrt(pi) / 2 * exp(out**2)",), domain=((0.25, 1.75),), doc="the number whose erfc is x")
ndtr = scipys(special.ndtr, lambda g, out, x: g * (SLOPE_OF_NDTR * exp(-0.5 * x * x)), complex=True,
    local=("exp(-x**2 / 2) / sqrt(2 * pi)",), doc="Φ(x), the normal distribution function")
log_ndtr = scipys(special.log_ndtr, lambda g, out, x: divide(math.sqrt(2.0 / math.pi) * g, erfcx(-math.sqrt(0.5) * x)), complex=True,
    local=("sqrt(2 / pi) / erfcx(-x / sqrt(2))",), doc="ln Φ(x), far into the left tail")
ndtri = scipys(special.ndtri, lambda g, out, x: divide(g, SLOPE_OF_NDTR * exp(-0.5 * out * out)),
    local=("sqrt(2 * pi) * exp(out**2 / 2)",), domain=((0.125, 0.875),), doc="the number whose Φ is x")
stdtr = scipys(special.stdtr, lambda g, out, t, df: g * student_density(t, df), constant="df",
    local=("(1 + x**2 / df)**(-(df + 1) / 2) / (sqrt(df) * beta(df / 2, 0.5))",), doc="Student's distribution function with df degrees of freedom")
stdtrit = scipys(special.stdtrit, lambda g, out, p, df: divide(g, student_density(out, df)), constant="df",
    local=("(1 + out**2 / df)**((df + 1) / 2) * (sqrt(df) * beta(df / 2, 0.5))",), domain=((0.25, 0.75),), doc="the t at which stdtr(df, t) is p")
pdtr = scipys(special.pdtr, lambda g, out, m, k: -g * poisson_mass(m, k), constant="k",
    local=("-exp(-x) * x**floor(k) / gamma(floor(k) + 1)",), domain=(POSITIVE,), doc="Poisson's distribution function: at most k events where m are expected")
pdtrc = scipys(special.pdtrc, lambda g, out, m, k: g * poisson_mass(m, k), constant="k",
    local=("exp(-x) * x**floor(k) / gamma(floor(k) + 1)",), domain=(POSITIVE,), doc="1 − pdtr(k, m): more than k events where m are expected")

# ---- logarithms, exponentials and entropies ----------------------------------------------------------
xlogy = scipys(special.xlogy, lambda g, out, x, y: g * log(y), lambda g, out, x, y: g * ratio(x, y), complex=True,
    local=("log(y)", "x / y"), domain=(None, POSITIVE), doc="x ln y, which is 0 where x = 0")
xlog1py = scipys(special.xlog1py, lambda g, out, x, y: g * log1p(y), lambda g, out, x, y: g * ratio(x, 1.0 + y), complex=True,
    local=("log1p(y)", "x / (1 + y)"), domain=(None, (-0.75, 3.0)), doc="x ln(1 + y), which is 0 where x = 0")
entr = scipys(special.entr, lambda g, out, x: -g * (log(x) + 1.0),
    local=("-log(x) - 1",), domain=(POSITIVE,), doc="−x ln x, which is 0 at 0; −∞ for negative numbers")
rel_entr = scipys(special.rel_entr, lambda g, out, x, y: g * (log(divide(x, y)) + 1.0), lambda g, out, x, y: -g * ratio(x, y),
    local=("log(x / y) + 1", "-x / y"), domain=(POSITIVE, AWAY_FROM_ZERO), doc="x ln(x / y), which is 0 where x = 0")
kl_div = scipys(special.kl_div, lambda g, out, x, y: g * log(divide(x, y)), lambda g, out, x, y: g * (1.0 - ratio(x, y)),
    local=("log(x / y)", "1 - x / y"), domain=(POSITIVE, AWAY_FROM_ZERO), doc="x ln(x / y) − x + y")
logit = scipys(special.logit, lambda g, out, x: divide(g, x * (1.0 - x)),
    local=("1 / (x * (1 - x))",), domain=((0.125, 0.875),), doc="ln(x / (1 − x)), the inverse of the logistic function")
log_expit = scipys(special.log_expit, lambda g, out, x: g * sigmoid(-x),
    local=("expit(-x)",), doc="ln(1 / (1 + e⁻ˣ)) without overflow")
exp10 = scipys(special.exp10, lambda g, out, x: g * (LN10 * out),
    local=("log(10) * out",), domain=((-1.0, 1.0),), doc="10ˣ")
exprel = scipys(special.exprel, lambda g, out, x: g * (0.5 * hyp1f1(x, a=2.0, b=3.0)),
    local=("hyp1f1(2, 3, x) / 2",), doc="(eˣ − 1) / x, which is 1 at 0")
cosm1 = scipys(special.cosm1, lambda g, out, x: -g * sin(x), local=("-sin(x)",), doc="cos x − 1 without cancellation")
expi = scipys(special.expi, lambda g, out, x: divide(g * exp(x), x),
    local=("exp(x) / x",), domain=(AWAY_FROM_ZERO,), doc="the exponential integral Ei(x)")
exp1 = scipys(special.exp1, lambda g, out, x: -divide(g * exp(-x), x), complex=True,
    local=("-exp(-x) / x",), domain=(AWAY_FROM_ZERO,), doc="the exponential integral E₁(x)")
spence = scipys(special.spence, lambda g, out, x: -g * hyp2f1(1.0 - x, a=1.0, b=1.0, c=2.0),
    local=("-hyp2f1(1, 1, 2, 1 - x)",), domain=((0.25, 3.0),), doc="the dilogarithm of 1 − x: ∫ ln t / (1 − t) dt from 1 to x")

# ---- transformations and losses ----------------------------------------------------------------------
boxcox = scipys(special.boxcox,
    lambda g, out, x, y: g * power(x, y - 1.0),
    lambda g, out, x, y: g * growth_of_box_cox(x, out, y),
    local=("x**(y - 1)", "log(x)**2 * hyp1f1(2, 3, y * log(x)) / 2"), domain=(POSITIVE, (-2.0, 2.0)), doc="(xʸ − 1) / y, which is ln x where y = 0")
boxcox1p = scipys(special.boxcox1p,
    lambda g, out, x, y: g * power(1.0 + x, y - 1.0),
    lambda g, out, x, y: g * growth_of_box_cox(1.0 + x, out, y),
    local=("(1 + x)**(y - 1)", "log1p(x)**2 * hyp1f1(2, 3, y * log1p(x)) / 2"), domain=((-0.75, 3.0), (-2.0, 2.0)), doc="((1 + x)ʸ − 1) / y, which is ln(1 + x) where y = 0")
inv_boxcox = scipys(special.inv_boxcox,
    lambda g, out, x, y: divide(g * out, 1.0 + x * y),
    lambda g, out, x, y: g * (out * growth_of_inverse(x, y)),
    local=("out / (1 + x * y)", "-out * x**2 / 2 * hyp2f1(2, 2, 3, -x * y)"), domain=((-0.75, 1.0), (-0.75, 1.0)), doc="the number whose boxcox is x")
inv_boxcox1p = scipys(special.inv_boxcox1p,
    lambda g, out, x, y: divide(g * (1.0 + out), 1.0 + x * y),
    lambda g, out, x, y: g * ((1.0 + out) * growth_of_inverse(x, y)),
    local=("(1 + out) / (1 + x * y)", "-(1 + out) * x**2 / 2 * hyp2f1(2, 2, 3, -x * y)"), domain=((-0.75, 1.0), (-0.75, 1.0)), doc="the number whose boxcox1p is x")
huber = scipys(special.huber,
    lambda g, out, x, y: huber_slopes(g, x, y)[0],
    lambda g, out, x, y: huber_slopes(g, x, y)[1],
    local=("where(abs(y) > x, abs(y) - x, 0)", "where(abs(y) > x, x * sign(y), y)"), domain=((1.01, 1.3), None), doc="Huber's loss: y² / 2 up to |y| = x, x (|y| − x / 2) beyond")
pseudo_huber = scipys(special.pseudo_huber,
    lambda g, out, x, y: g * pseudo_huber_growth(x, y),
    lambda g, out, x, y: g * divide(y, steepness(x, y)),
    local=("2 * out / x - y**2 / (x * sqrt(1 + (y / x)**2))", "y / sqrt(1 + (y / x)**2)"), domain=((0.5, 3.0), None), doc="a smooth relative of Huber's loss: x² (√(1 + (y / x)²) − 1)")

# ---- hypergeometric functions ------------------------------------------------------------------------
hyp0f1 = scipys(special.hyp0f1, lambda g, out, z, v: g * divide(1.0, v) * hyp0f1(z, v=v + 1.0), constant="v",
    local=("hyp0f1(v + 1, x) / v",), doc="the confluent hypergeometric limit function of z")
hyp1f1 = scipys(special.hyp1f1, lambda g, out, x, a, b: g * divide(a, b) * hyp1f1(x, a=a + 1.0, b=b + 1.0), constant="a, b", computed=kummer,
    local=("a / b * hyp1f1(a + 1, b + 1, x)",), doc="Kummer's confluent hypergeometric function of x")
hyp2f1 = scipys(special.hyp2f1, lambda g, out, z, a, b, c: g * divide(a * b, c) * hyp2f1(z, a=a + 1.0, b=b + 1.0, c=c + 1.0), constant="a, b, c",
    local=("a * b / c * hyp2f1(a + 1, b + 1, c + 1, x)",), domain=((-3.0, 0.5),), doc="Gauss's hypergeometric function of z")
ellipk = scipys(special.ellipk, lambda g, out, m: g * (math.pi / 8.0 * hyp2f1(m, a=1.5, b=1.5, c=2.0)),
    local=("pi / 8 * hyp2f1(1.5, 1.5, 2, x)",), domain=((-3.0, 0.5),), doc="the complete elliptic integral of the first kind")
ellipe = scipys(special.ellipe, lambda g, out, m: -g * (math.pi / 8.0 * hyp2f1(m, a=0.5, b=1.5, c=2.0)),
    local=("-pi / 8 * hyp2f1(0.5, 1.5, 2, x)",), domain=((-3.0, 0.5),), doc="the complete elliptic integral of the second kind")

# ---- Bessel functions --------------------------------------------------------------------------------
jv = scipys(special.jv, lambda g, out, z, v: g * (0.5 * (jv(z, v=v - 1) - jv(z, v=v + 1))), constant="v", complex=True,
    local=("(jv(v - 1, x) - jv(v + 1, x)) / 2",), domain=(AWAY_FROM_ZERO,), doc="the Bessel function of the first kind of order v")
yv = scipys(special.yv, lambda g, out, z, v: g * (0.5 * (yv(z, v=v - 1) - yv(z, v=v + 1))), constant="v", complex=True,
    local=("(yv(v - 1, x) - yv(v + 1, x)) / 2",), domain=((1.0, 4.0),), doc="the Bessel function of the second kind of order v")
iv = scipys(special.iv, lambda g, out, z, v: g * (0.5 * (iv(z, v=v - 1) + iv(z, v=v + 1))), constant="v", complex=True,
    local=("(iv(v - 1, x) + iv(v + 1, x)) / 2",), domain=(AWAY_FROM_ZERO,), doc="the modified Bessel function of the first kind of order v")
kv = scipys(special.kv, lambda g, out, z, v: -g * (0.5 * (kv(z, v=v - 1) + kv(z, v=v + 1))), constant="v", complex=True,
    local=("-(kv(v - 1, x) + kv(v + 1, x)) / 2",), domain=((1.0, 4.0),), doc="the modified Bessel function of the second kind of order v")
ive = scipys(special.ive, lambda g, out, z, v: g * (0.5 * (ive(z, v=v - 1) + ive(z, v=v + 1)) - sign(z) * out), constant="v",
    local=("(ive(v - 1, x) + ive(v + 1, x)) / 2 - sign(x) * out",), domain=(AWAY_FROM_ZERO,), doc="iv(v, z) exp(−|z|)")
kve = scipys(special.kve, lambda g, out, z, v: g * (out - 0.5 * (kve(z, v=v - 1) + kve(z, v=v + 1))), constant="v", complex=True,
    local=("out - (kve(v - 1, x) + kve(v + 1, x)) / 2",), domain=((1.0, 4.0),), doc="kv(v, z) exp(z)")
yn = scipys(special.yn, lambda g, out, x, n: g * (0.5 * (yv(x, v=np.trunc(n) - 1.0) - yv(x, v=np.trunc(n) + 1.0))), constant="n",
    local=("(yv(n - 1, x) - yv(n + 1, x)) / 2",), domain=((1.0, 4.0),), doc="yv of a whole order n; SciPy cuts off what is behind the point")
kn = scipys(special.kn, lambda g, out, x, n: -g * (0.5 * (kv(x, v=np.trunc(n) - 1.0) + kv(x, v=np.trunc(n) + 1.0))), constant="n",
    local=("-(kv(n - 1, x) + kv(n + 1, x)) / 2",), domain=((1.0, 4.0),), doc="kv of a whole order n; SciPy cuts off what is behind the point")
j0  = scipys(special.j0,  lambda g, out, x: -g * j1(x), local=("-j1(x)",), doc="the Bessel function of the first kind of order 0")
j1  = scipys(special.j1,  lambda g, out, x: g * (0.5 * (j0(x) - jv(x, v=2))), local=("(j0(x) - jv(2, x)) / 2",), doc="the Bessel function of the first kind of order 1")
y0  = scipys(special.y0,  lambda g, out, x: -g * y1(x), local=("-y1(x)",), domain=((1.0, 4.0),), doc="the Bessel function of the second kind of order 0")
y1  = scipys(special.y1,  lambda g, out, x: g * (0.5 * (y0(x) - yv(x, v=2))), local=("(y0(x) - yv(2, x)) / 2",), domain=((1.0, 4.0),), doc="the Bessel function of the second kind of order 1")
i0  = scipys(special.i0,  lambda g, out, x: g * i1(x), name="bessel_i0",
    local=("i1(x)",), doc="the modified Bessel function of the first kind of order 0, in the precision of x")
i1  = scipys(special.i1,  lambda g, out, x: g * (0.5 * (i0(x) + iv(x, v=2))), local=("(i0(x) + iv(2, x)) / 2",), doc="the modified Bessel function of the first kind of order 1")
k0  = scipys(special.k0,  lambda g, out, x: -g * k1(x), local=("-k1(x)",), domain=((1.0, 4.0),), doc="the modified Bessel function of the second kind of order 0")
k1  = scipys(special.k1,  lambda g, out, x: -g * (0.5 * (k0(x) + kv(x, v=2))), local=("-(k0(x) + kv(2, x)) / 2",), domain=((1.0, 4.0),), doc="the modified Bessel function of the second kind of order 1")
i0e = scipys(special.i0e, lambda g, out, x: g * (i1e(x) - sign(x) * out), local=("i1e(x) - sign(x) * out",), domain=(AWAY_FROM_ZERO,), doc="i0(x) exp(−|x|)")
i1e = scipys(special.i1e, lambda g, out, x: g * (0.5 * (i0e(x) + ive(x, v=2)) - sign(x) * out), local=("(i0e(x) + ive(2, x)) / 2 - sign(x) * out",), domain=(AWAY_FROM_ZERO,), doc="i1(x) exp(−|x|)")
k0e = scipys(special.k0e, lambda g, out, x: g * (out - k1e(x)), local=("out - k1e(x)",), domain=((1.0, 4.0),), doc="k0(x) exp(x)")
k1e = scipys(special.k1e, lambda g, out, x: g * (out - 0.5 * (k0e(x) + kve(x, v=2))), local=("out - (k0e(x) + kve(2, x)) / 2",), domain=((1.0, 4.0),), doc="k1(x) exp(x)")
# fmt: on


BY_NUMPY.update(
    {
        special.expit: sigmoid,
        special.erf: erf,
        special.exp2: exp2,
        special.expm1: expm1,
        special.log1p: log1p,
        special.cbrt: cbrt,
    }
)
