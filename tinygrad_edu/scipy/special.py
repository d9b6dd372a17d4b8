"""Special functions: SciPy's ufuncs, which work on Values as they are, and its Python functions as composites.

So `from tinygrad_edu.scipy.special import gammaln, logsumexp` serves for Values and for plain arrays.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special as _special
from scipy.special import (
    beta,
    betainc,
    betaincc,
    betainccinv,
    betaincinv,
    betaln,
    binom,
    boxcox,
    boxcox1p,
    cbrt,
    cosm1,
    dawsn,
    digamma,
    ellipe,
    ellipk,
    entr,
    erf,
    erfc,
    erfcinv,
    erfcx,
    erfi,
    erfinv,
    exp1,
    exp2,
    exp10,
    expi,
    expit,
    expm1,
    exprel,
    gamma,
    gammainc,
    gammaincc,
    gammainccinv,
    gammaincinv,
    gammaln,
    gammasgn,
    huber,
    hyp0f1,
    hyp1f1,
    hyp2f1,
    i0,
    i0e,
    i1,
    i1e,
    inv_boxcox,
    inv_boxcox1p,
    iv,
    ive,
    j0,
    j1,
    jn,
    jv,
    k0,
    k0e,
    k1,
    k1e,
    kl_div,
    kn,
    kv,
    kve,
    log1p,
    log_expit,
    log_ndtr,
    loggamma,
    logit,
    ndtr,
    ndtri,
    pdtr,
    pdtrc,
    poch,
    pseudo_huber,
    psi,
    rel_entr,
    rgamma,
    sinc,
    spence,
    stdtr,
    stdtrit,
    xlog1py,
    xlogy,
    y0,
    y1,
    yn,
    yv,
)

from ..bridge.creation import array
from ..engine import Value
from ..notation import LEAVE
from ..ops import reduce as rows
from ..ops import special as chapter
from ..ops.checking import ensured
from ..ops.comparison import equal, isfinite, logical_and, sign, where
from ..ops.complex_numbers import absolute
from ..ops.elementary import exp, log
from ..ops.shape import stop_gradient

__all__ = [
    "beta", "betainc", "betaincc", "betainccinv", "betaincinv", "betaln", "binom", "boxcox", "boxcox1p", "cbrt",
    "cosm1", "dawsn", "digamma", "ellipe", "ellipk", "entr", "erf", "erfc", "erfcinv", "erfcx", "erfi", "erfinv",
    "exp1", "exp10", "exp2", "expi", "expit", "expm1", "exprel", "gamma", "gammainc", "gammaincc", "gammainccinv",
    "gammaincinv", "gammaln", "gammasgn", "huber", "hyp0f1", "hyp1f1", "hyp2f1", "i0", "i0e", "i1", "i1e",
    "inv_boxcox", "inv_boxcox1p", "iv", "ive", "j0", "j1", "jn", "jv", "k0", "k0e", "k1", "k1e", "kl_div", "kn",
    "kv", "kve", "log1p", "log_expit", "log_ndtr", "log_softmax", "loggamma", "logit", "logsumexp", "multigammaln",
    "ndtr", "ndtri", "pdtr", "pdtrc", "poch", "polygamma", "pseudo_huber", "psi", "rel_entr", "rgamma", "sinc",
    "softmax", "spence", "stdtr", "stdtrit", "xlog1py", "xlogy", "y0", "y1", "yn", "yv", "zeta",
]  # fmt: skip


# ---- sums of exponentials ----------------------------------------------------------------------------


def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False) -> Any:
    """ln Σ b eᵃ along `axis` without overflow, as `scipy.special.logsumexp` computes it.

    `b` are weights, in a shape that broadcasts with `a`; both are differentiated.  With `return_sign` the
    result is a pair: ln |Σ b eᵃ|, and the sign of the sum.  Real numbers only.

    >>> from tinygrad_edu import Value
    >>> logsumexp(Value([0.0, 0.0]), b=[1.0, 3.0]).data == math.log(4.0)
    True

    Raises TypeError for complex numbers.
    """
    a = np.atleast_1d(array(a))
    if b is None:
        out = rows.logsumexp(a, axis=axis, keepdims=keepdims)
        return (out, where(equal(out, -math.inf), 0.0, 1.0)) if return_sign else out
    b = array(b)
    weighty = where(equal(b, 0.0), -math.inf, a)
    top = rows.max_(weighty, axis=axis, keepdims=True) if weighty.size else 0.0
    top = stop_gradient(where(isfinite(top), top, 0.0))  # it cancels in the end
    each = exp(a - top)
    total = rows.sum_(where(logical_and(equal(b, 0.0), equal(each, math.inf)), 0.0, b * each), axis=axis, keepdims=True)
    out, signs = log(absolute(total) if return_sign else total) + top, sign(total)
    if not keepdims:
        dropped = tuple(range(out.ndim)) if axis is None else axis
        out, signs = np.squeeze(out, axis=dropped), np.squeeze(signs, axis=dropped)
    return (out, signs) if return_sign else out


def softmax(x: Any, axis: Any = None) -> Any:
    """eˣ / Σ eˣ along `axis`, of all elements for None, as `scipy.special.softmax` computes it.

    >>> softmax(np.zeros(4)).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    return rows.softmax(array(x), axis=axis)


def log_softmax(x: Any, axis: Any = None) -> Any:
    """ln softmax(x) without overflow, as `scipy.special.log_softmax` computes it.

    >>> bool(log_softmax(np.zeros(2))[0] == -math.log(2.0))
    True
    """
    return rows.log_softmax(array(x), axis=axis)


# ---- relatives of the gamma function -----------------------------------------------------------------


def polygamma(n: Any, x: Any) -> Any:
    """The `n`-th derivative of ψ at `x`, as `scipy.special.polygamma` computes it; `n` is constant.

    >>> from tinygrad_edu import grad
    >>> grad(digamma)(2.0) == polygamma(1, 2.0)
    True

    Raises TypeError if `n` is a Value.
    """
    return chapter.constants_first(chapter.polygamma, ("n",))(n, array(x))


def zeta(x: Any, q: Any = None) -> Any:
    """Hurwitz's zeta function Σ (k + q)⁻ˣ over k = 0, 1, …; Riemann's of `x` alone, as `scipy.special.zeta`.

    There is a derivative in `q` only.

    >>> bool(np.isclose(zeta(2.0, 1.0), zeta(2.0)))
    True

    Raises TypeError if `x` is a Value.
    """
    if q is None and type(x) is not Value:
        return _special.zeta(x)
    return chapter.constants_first(chapter.zeta, ("x",))(x, q if q is None else array(q))


def multigammaln(a: Any, d: Any) -> Any:
    """The logarithm of the multivariate gamma function of dimension `d`, as `scipy.special.multigammaln`.

    >>> bool(multigammaln(2.5, 1) == gammaln(2.5))
    True

    Raises ValueError unless a > (d − 1) / 2 everywhere and `d` is a whole number; TypeError if `d` is a Value.
    """
    if type(d) is Value:
        raise TypeError(f"scipy.special.multigammaln has no derivative in d, and got a Value there; {LEAVE}")
    if np.ndim(d) or np.floor(d) != d:
        raise ValueError(f"d={d!r}: the dimension is a positive whole number")
    a = array(a)
    a = ensured(_in_domain, a, d=d)
    return d * (d - 1) * 0.25 * math.log(math.pi) + sum(chapter.gammaln(a - 0.5 * j) for j in range(int(d)))


def _in_domain(a: Any, d: Any) -> None:
    if np.any(np.less_equal(a, 0.5 * (d - 1))):
        raise ValueError(f"multigammaln of dimension {d} needs a > {0.5 * (d - 1)}; a is {a}")
