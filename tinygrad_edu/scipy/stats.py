"""Densities and distribution functions under SciPy's names: `norm.logpdf(x, loc, scale)`.

A family is a small class that says what its standard member is; moving and stretching it, the outside of
its support and invalid parameters are one place, `Continuous`.  There is a derivative in everything but the
shape of a distribution function (the a of `gamma.cdf(x, a)`), which has no closed form and is refused.
Not here: frozen distributions (`norm(0, 1)`), random numbers, fitting and moments.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..bridge.creation import array
from ..engine import Value
from ..notation import LEAVE, refuse
from ..ops import special
from ..ops.checking import ensured
from ..ops.comparison import equal, floor, greater, greater_equal, less, logical_and, logical_or, where
from ..ops.elementary import exp, log, log1p
from ..ops.reduce import sum_

LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)

__all__ = ["beta", "chi2", "dirichlet", "gamma", "multivariate_normal", "norm", "poisson", "t"]


def arguments(called: str, names: tuple[str, ...], args: tuple[Any, ...], kwds: dict[str, Any]) -> list[Any]:
    """The parameters of a distribution in order: shapes, which are needed, then loc and scale."""
    if len(args) > len(names):
        raise TypeError(f"{called} takes x and at most {', '.join(names)}; {1 + len(args)} arguments were given")
    given = dict(zip(names, args, strict=False))
    for name, value in kwds.items():
        if name not in names or name in given:
            raise TypeError(f"{called} got {name}= twice" if name in given else f"{called} has no argument {name}=")
        given[name] = value
    given = {"loc": 0.0, "scale": 1.0} | given
    if missing := [name for name in names if name not in given]:
        raise TypeError(f"{called} needs {', '.join(missing)}")
    return [array(given[name]) for name in names]


def refuse_value(called: str, name: str, x: Any) -> None:
    """Raise for a Value where there is no derivative."""
    if type(x) is Value:
        raise TypeError(f"{called} has no derivative in {name}=, and got a Value there; {LEAVE}")


def log_of_one(p: Any, rest: Any) -> Any:
    """ln p, where p + rest = 1: from the smaller of the two, for the other is not exact near 1."""
    small = less(p, 0.5)
    return where(small, log(where(small, p, 0.5)), log1p(-where(small, 0.5, rest)))


# ---- densities on the real line ----------------------------------------------------------------------


class Continuous:
    """A family of densities on the real line, moved by `loc` and stretched by `scale`.

    A family gives the functions of its standard member, `_logpdf`, `_cdf`, `_sf`, `_ppf` and `_isf`, with
    special functions that are rows.  Its shapes are positive.  Outside of the support, and where a
    parameter is invalid, the value is SciPy's and the gradient 0."""

    name: str
    shapes: tuple[str, ...] = ()
    support: tuple[float, float] = (-math.inf, math.inf)
    inside = 0.0  # a place where all is finite, to compute at in the stead of those outside

    def pdf(self, x: Any, *args: Any, **kwds: Any) -> Any:
        """The density at `x`; then come the shapes, `loc` and `scale`, by position or keyword."""
        return exp(self._log_density("pdf", x, args, kwds))

    def logpdf(self, x: Any, *args: Any, **kwds: Any) -> Any:
        """The logarithm of the density at `x`; −∞ outside of the support."""
        return self._log_density("logpdf", x, args, kwds)

    def cdf(self, x: Any, *args: Any, **kwds: Any) -> Any:
        """The probability of at most `x`."""
        return self._probability("cdf", self._cdf, (0.0, 1.0), x, args, kwds)

    def sf(self, x: Any, *args: Any, **kwds: Any) -> Any:
        """The probability of more than `x`, exact where it is small."""
        return self._probability("sf", self._sf, (1.0, 0.0), x, args, kwds)

    def logcdf(self, x: Any, *args: Any, **kwds: Any) -> Any:
        """The logarithm of `cdf`."""
        return self._probability("logcdf", self._logcdf, (-math.inf, 0.0), x, args, kwds)

    def logsf(self, x: Any, *args: Any, **kwds: Any) -> Any:
        """The logarithm of `sf`."""
        return self._probability("logsf", self._logsf, (0.0, -math.inf), x, args, kwds)

    def ppf(self, q: Any, *args: Any, **kwds: Any) -> Any:
        """The quantile: where `cdf` is `q`."""
        return self._quantile("ppf", self._ppf, q, args, kwds)

    def isf(self, q: Any, *args: Any, **kwds: Any) -> Any:
        """Where `sf` is `q`."""
        return self._quantile("isf", self._isf, q, args, kwds)

    def _logpdf(self, x: Any, *shapes: Any) -> Any:
        raise NotImplementedError

    def _cdf(self, x: Any, *shapes: Any) -> Any:
        raise NotImplementedError

    def _sf(self, x: Any, *shapes: Any) -> Any:
        raise NotImplementedError

    def _ppf(self, q: Any, *shapes: Any) -> Any:
        raise NotImplementedError

    def _isf(self, q: Any, *shapes: Any) -> Any:
        raise NotImplementedError

    def _logcdf(self, x: Any, *shapes: Any) -> Any:
        return log_of_one(self._cdf(x, *shapes), self._sf(x, *shapes))

    def _logsf(self, x: Any, *shapes: Any) -> Any:
        return log_of_one(self._sf(x, *shapes), self._cdf(x, *shapes))

    def _parameters(self, method: str, args: Any, kwds: Any, constant: bool) -> tuple[list[Any], Any, Any, Any]:
        """Shapes, loc, scale, and whether they are valid; `constant` shapes are refused as Values."""
        called = f"{self.name}.{method}"
        *shapes, loc, scale = arguments(called, (*self.shapes, "loc", "scale"), args, kwds)
        valid = greater(scale, 0.0)
        for name, shape in zip(self.shapes, shapes, strict=True):
            if constant:
                refuse_value(called, name, shape)
            valid = logical_and(valid, greater(shape, 0.0))
        return shapes, loc, scale, valid

    @np.errstate(all="ignore")
    def _log_density(self, method: str, x: Any, args: Any, kwds: Any) -> Any:
        shapes, loc, scale, valid = self._parameters(method, args, kwds, constant=False)
        y, below, above = self._within((array(x) - loc) / scale)
        out = where(logical_or(below, above), -math.inf, self._logpdf(y, *shapes) - log(scale))
        return array(where(valid, out, math.nan))

    @np.errstate(all="ignore")
    def _probability(self, method: str, f: Any, ends: tuple[float, float], x: Any, args: Any, kwds: Any) -> Any:
        shapes, loc, scale, valid = self._parameters(method, args, kwds, constant=True)
        y, below, above = self._within((array(x) - loc) / scale)
        out = where(below, ends[0], where(above, ends[1], f(y, *shapes)))
        return array(where(valid, out, math.nan))

    @np.errstate(all="ignore")
    def _quantile(self, method: str, f: Any, q: Any, args: Any, kwds: Any) -> Any:
        shapes, loc, scale, valid = self._parameters(method, args, kwds, constant=True)
        return array(where(valid, loc + scale * f(array(q), *shapes), math.nan))

    def _within(self, y: Any) -> tuple[Any, Any, Any]:
        """`y` with what lies outside of the support replaced, and whether it lay below or above."""
        below, above = less(y, self.support[0]), greater(y, self.support[1])
        return where(logical_or(below, above), self.inside, y), below, above


class Normal(Continuous):
    """The normal distribution, of mean `loc` and standard deviation `scale`."""

    name = "norm"

    def _logpdf(self, x: Any) -> Any:
        return -0.5 * x * x - LOG_SQRT_2PI

    def _cdf(self, x: Any) -> Any:
        return special.ndtr(x)

    def _sf(self, x: Any) -> Any:
        return special.ndtr(-x)

    def _logcdf(self, x: Any) -> Any:
        return special.log_ndtr(x)

    def _logsf(self, x: Any) -> Any:
        return special.log_ndtr(-x)

    def _ppf(self, q: Any) -> Any:
        return special.ndtri(q)

    def _isf(self, q: Any) -> Any:
        return -special.ndtri(q)


class Beta(Continuous):
    """The beta distribution of shapes `a` and `b`, on [0, 1]."""

    name = "beta"
    shapes = ("a", "b")
    support = (0.0, 1.0)
    inside = 0.5

    def _logpdf(self, x: Any, a: Any, b: Any) -> Any:
        return special.xlog1py(b - 1.0, -x) + special.xlogy(a - 1.0, x) - special.betaln(a, b)

    def _cdf(self, x: Any, a: Any, b: Any) -> Any:
        return special.betainc(x, a=a, b=b)

    def _sf(self, x: Any, a: Any, b: Any) -> Any:
        return special.betaincc(x, a=a, b=b)

    def _ppf(self, q: Any, a: Any, b: Any) -> Any:
        return special.betaincinv(q, a=a, b=b)

    def _isf(self, q: Any, a: Any, b: Any) -> Any:
        return special.betainccinv(q, a=a, b=b)


class Gamma(Continuous):
    """The gamma distribution of shape `a`, on [0, ∞)."""

    name = "gamma"
    shapes = ("a",)
    support = (0.0, math.inf)
    inside = 1.0

    def _logpdf(self, x: Any, a: Any) -> Any:
        return special.xlogy(a - 1.0, x) - x - special.gammaln(a)

    def _cdf(self, x: Any, a: Any) -> Any:
        return special.gammainc(x, a=a)

    def _sf(self, x: Any, a: Any) -> Any:
        return special.gammaincc(x, a=a)

    def _ppf(self, q: Any, a: Any) -> Any:
        return special.gammaincinv(q, a=a)

    def _isf(self, q: Any, a: Any) -> Any:
        return special.gammainccinv(q, a=a)


class ChiSquared(Continuous):
    """The distribution of the sum of `df` squares of standard normal numbers: gamma of shape df / 2, twice as wide."""

    name = "chi2"
    shapes = ("df",)
    support = (0.0, math.inf)
    inside = 1.0

    def _logpdf(self, x: Any, df: Any) -> Any:
        return gamma._logpdf(0.5 * x, 0.5 * df) - math.log(2.0)

    def _cdf(self, x: Any, df: Any) -> Any:
        return gamma._cdf(0.5 * x, 0.5 * df)

    def _sf(self, x: Any, df: Any) -> Any:
        return gamma._sf(0.5 * x, 0.5 * df)

    def _ppf(self, q: Any, df: Any) -> Any:
        return 2.0 * gamma._ppf(q, 0.5 * df)

    def _isf(self, q: Any, df: Any) -> Any:
        return 2.0 * gamma._isf(q, 0.5 * df)


class StudentT(Continuous):
    """Student's t distribution with `df` degrees of freedom; the normal distribution where `df` is infinite."""

    name = "t"
    shapes = ("df",)

    def _logpdf(self, x: Any, df: Any) -> Any:
        limit = equal(df, math.inf)
        n = where(limit, 1.0, df)
        out = -special.betaln(0.5 * n, 0.5) - 0.5 * log(n) - 0.5 * (n + 1.0) * log1p(x * x / n)
        return where(limit, norm._logpdf(x), out)

    def _cdf(self, x: Any, df: Any) -> Any:
        return special.stdtr(x, df=df)

    def _sf(self, x: Any, df: Any) -> Any:
        return special.stdtr(-x, df=df)

    def _ppf(self, q: Any, df: Any) -> Any:
        return where(equal(q, 0.0), -math.inf, special.stdtrit(q, df=df))  # SciPy's stdtrit has +∞ there

    def _isf(self, q: Any, df: Any) -> Any:
        return -self._ppf(q, df)


# ---- counts ------------------------------------------------------------------------------------------


class Poisson:
    """The number of events where `mu` are expected, moved by `loc`; differentiated in `mu`."""

    def pmf(self, k: Any, mu: Any, loc: Any = 0) -> Any:
        """The probability of `k`; 0 unless `k` is a whole number, 0 or more."""
        return exp(self._log_mass("pmf", k, mu, loc))

    def logpmf(self, k: Any, mu: Any, loc: Any = 0) -> Any:
        """The logarithm of `pmf`."""
        return self._log_mass("logpmf", k, mu, loc)

    def cdf(self, k: Any, mu: Any, loc: Any = 0) -> Any:
        """The probability of at most `k`."""
        return self._probability("cdf", special.pdtr, 0.0, k, mu, loc)

    def sf(self, k: Any, mu: Any, loc: Any = 0) -> Any:
        """The probability of more than `k`."""
        return self._probability("sf", special.pdtrc, 1.0, k, mu, loc)

    def _count(self, method: str, k: Any, loc: Any) -> Any:
        """The count itself, which is constant: probabilities leap from one to the next."""
        for name, x in (("k", k), ("loc", loc)):
            refuse_value(f"poisson.{method}", name, x)
        return array(k) - array(loc)

    @np.errstate(all="ignore")
    def _log_mass(self, method: str, k: Any, mu: Any, loc: Any) -> Any:
        n, mu = self._count(method, k, loc), array(mu)
        possible = logical_and(greater_equal(n, 0.0), equal(n, floor(n)))
        n_or_0 = where(possible, n, 0.0)
        out = where(possible, special.xlogy(n_or_0, mu) - special.gammaln(n_or_0 + 1.0) - mu, -math.inf)
        return array(where(self._valid(n, mu), out, math.nan))

    @np.errstate(all="ignore")
    def _probability(self, method: str, f: Any, below: float, k: Any, mu: Any, loc: Any) -> Any:
        n, mu = self._count(method, k, loc), array(mu)
        negative = less(n, 0.0)
        out = where(negative, below, f(mu, k=where(negative, 0.0, n)))
        return array(where(self._valid(n, mu), out, math.nan))

    def _valid(self, n: Any, mu: Any) -> Any:
        return logical_and(greater_equal(mu, 0.0), equal(n, n))  # nan is not equal to itself


# ---- vectors -----------------------------------------------------------------------------------------


class Dirichlet:
    """The Dirichlet distribution of vectors of positive numbers that sum to 1; `alpha` has one number for each."""

    def pdf(self, x: Any, alpha: Any) -> Any:
        """The density at `x`, a vector, or the columns of a matrix; the last entry may be left out."""
        return exp(self.logpdf(x, alpha))

    @np.errstate(all="ignore")
    def logpdf(self, x: Any, alpha: Any) -> Any:
        """The logarithm of `pdf`.  Raises ValueError, as SciPy does, for an `x` that is not in the simplex."""
        x, alpha = array(x), array(alpha)
        if np.ndim(alpha) != 1:
            raise ValueError(f"alpha of shape {np.shape(alpha)}: the parameters are a vector of positive numbers")
        alpha = ensured(self._all_positive, alpha)
        size = np.shape(alpha)[0]
        if np.ndim(x) not in (1, 2) or np.shape(x)[0] not in (size, size - 1):
            raise ValueError(f"x of shape {np.shape(x)} for {size} parameters; its first axis has as many, or one less")
        if np.shape(x)[0] < size:
            x = np.concatenate([x, 1.0 - np.sum(x, axis=0, keepdims=True)])
        alpha = np.reshape(alpha, (size,) + (1,) * (np.ndim(x) - 1))
        x = ensured(self._in_the_simplex, x, alpha)
        constant = special.gammaln(sum_(alpha)) - sum_(special.gammaln(alpha))
        return array(np.squeeze(constant + sum_(special.xlogy(alpha - 1.0, x), axis=0)))

    @staticmethod
    def _all_positive(alpha: Any) -> None:
        if np.min(alpha) <= 0.0:
            raise ValueError(f"alpha={alpha}: the parameters are a vector of positive numbers")

    @staticmethod
    def _in_the_simplex(x: Any, alpha: Any) -> None:
        if np.any((x < 0.0) | (x > 1.0)) or np.any(np.abs(np.sum(x, axis=0) - 1.0) > 10e-10):
            raise ValueError(f"x={x} is not in the simplex: its entries are in [0, 1] and sum to 1")
        if np.any((x == 0.0) & (alpha < 1.0)):
            raise ValueError("the density is infinite where an entry of x is 0 and its alpha is less than 1")


class MultivariateNormal:
    """The normal distribution of vectors, of mean `mean` and covariance `cov`.

    `cov` is a symmetric positive definite matrix, the vector of its diagonal, or one number for a multiple
    of the unit matrix.  `x` has the components along its last axis."""

    def pdf(self, x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
        """The density at `x`."""
        return exp(self.logpdf(x, mean, cov, allow_singular))

    def logpdf(self, x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
        """The logarithm of the density.  Raises LinAlgError unless `cov` is positive definite."""
        if allow_singular:
            refuse("multivariate_normal.logpdf", "allow_singular", allow_singular)
        size, mean, cov = self._parameters(mean, cov)
        x = np.atleast_1d(array(x))
        if x.ndim == 1:
            x = np.reshape(x, (-1, 1) if size == 1 else (1, -1))
        if x.shape[-1] != size:
            raise ValueError(f"x of shape {x.shape}: its last axis has the {size} components")
        off = x - mean
        solved = np.reshape(np.linalg.solve(cov, np.reshape(off, (*off.shape, 1))), off.shape)
        spread = np.linalg.slogdet(cov)[1] + size * 2.0 * LOG_SQRT_2PI
        return array(np.squeeze(-0.5 * (spread + sum_(off * solved, axis=-1))))

    def entropy(self, mean: Any = None, cov: Any = 1) -> Any:
        """The differential entropy, in nats."""
        size, mean, cov = self._parameters(mean, cov)
        return 0.5 * (size * (2.0 * LOG_SQRT_2PI + 1.0) + np.linalg.slogdet(cov)[1])

    def _parameters(self, mean: Any, cov: Any) -> tuple[int, Any, Any]:
        """How many components; mean and covariance as a vector and a matrix, checked."""
        cov = array(cov)
        size = int(np.size(mean)) if mean is not None else np.shape(cov)[0] if np.ndim(cov) == 2 else 1
        mean = np.zeros(size) if mean is None else np.atleast_1d(array(mean))
        if np.ndim(cov) < 2:
            cov = cov * np.eye(size)
        if np.ndim(mean) != 1 or np.shape(cov) != (size, size):
            raise ValueError(f"a mean of shape {np.shape(mean)} and a covariance of shape {np.shape(cov)} do not agree")
        return size, mean, ensured(self._positive_definite, cov)

    @staticmethod
    def _positive_definite(cov: Any) -> None:
        if not np.allclose(cov, cov.T):
            raise ValueError("the covariance is not symmetric; use (cov + cov.T) / 2")
        np.linalg.cholesky(cov)  # raises LinAlgError unless it is


norm, beta, gamma, chi2, t = Normal(), Beta(), Gamma(), ChiSquared(), StudentT()
poisson, dirichlet, multivariate_normal = Poisson(), Dirichlet(), MultivariateNormal()
