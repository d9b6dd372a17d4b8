"""Polynomials as arrays of coefficients, the highest first: polyval, polyfit and the arithmetic of `np.poly…`.

A plain `np.poly1d` stands for its coefficients.  The newer `np.polynomial` is not here, because NumPy
hands it no Value.
"""

from __future__ import annotations

import operator
import warnings
from typing import Any

import numpy as np

from ..engine import Value
from ..kinds import is_complex, shape_of
from ..ops.checking import settled
from ..ops.complex_numbers import real
from ..ops.elementary import power, sqrt
from ..ops.index import getitem
from ..ops.polynomials import roots
from ..ops.shape import concatenate, copy, expand_dims, reshape
from .creation import array
from .spelling import dtype_of, spells


def _coefficients(p: Any) -> Any:
    """An array with one axis or more: of a Value, a list that may hold some, a number, a poly1d."""
    if isinstance(p, list | tuple) and any(isinstance(c, Value) for c in p):
        p = array(p)
    p = p if isinstance(p, Value) else np.asarray(p)
    return p if shape_of(p) else reshape(p, shape=(1,))


def _floating(p: Any) -> Any:
    """The same, of floating point numbers."""
    p = _coefficients(p)
    return p if isinstance(p, Value) else p + 0.0


def _in_dtype(x: Any, dtype: Any) -> Any:
    return x if x.dtype == dtype else x.astype(dtype)


def _zeros(n: int, like: Any) -> Any:
    """`n` zeros in the dtype of `like`."""
    return np.zeros(n, like.dtype)


def _stretch(p: Any, start: int | None, stop: int | None) -> Any:
    """The coefficients from one place up to another."""
    return getitem(p, index=(slice(start, stop),))


# ---- values and roots --------------------------------------------------------------------------------


@spells(np.polyval, "p, x")
def _polyval(p: Any, x: Any) -> Any:
    """Horner's rule."""
    if isinstance(x, np.poly1d):
        raise TypeError("np.polyval at a poly1d is a polynomial of a polynomial, and not differentiated; give numbers")
    p = _coefficients(p)
    x = x if isinstance(x, Value) else np.asarray(x)
    if shape_of(x) and len(shape_of(p)) == 1:  # a single coefficient is a Python number, and would not widen x
        x = _in_dtype(x, np.result_type(x.dtype, p.dtype))
    out: Any = np.zeros(shape_of(x), dtype_of(x))
    for k in range(shape_of(p)[0]):
        out = out * x + getitem(p, index=(k,))
    return out


@spells(np.poly, "seq_of_zeros")
def _poly(seq_of_zeros: Any) -> Any:
    """The product of the x − root, one after the other."""
    zeros = _coefficients(seq_of_zeros)
    if len(shape_of(zeros)) != 1:
        raise TypeError("np.poly of a matrix is not differentiated; np.poly(np.linalg.eigvals(a)) is the same")
    if shape_of(zeros) == (0,):
        return 1.0
    p: Any = np.ones(1, zeros.dtype)
    for k in range(shape_of(zeros)[0]):
        root = _stretch(zeros, k, k + 1)
        p = concatenate(p, _zeros(1, p)) - root * concatenate(_zeros(1, p), p)
    if is_complex(p):
        instead = "multiply the factors by np.convolve, which leaves them complex"
        p = real(p) if settled("np.poly", instead, _in_pairs, zeros) else p
    return p


def _in_pairs(zeros: Any) -> bool:
    """whether the roots are pairs of conjugates"""
    data = np.sort(zeros)
    return bool(np.all(data == np.sort(data.conj())))


@spells(np.roots, "p")
def _roots(p: Any) -> Any:
    found = roots(_coefficients(p))
    settled("np.roots", "use np.linalg.eigvals of the companion matrix, + 0j", _kind_of_roots, found)
    return found


def _kind_of_roots(found: Any) -> tuple[int, str]:
    """how many roots there are, and whether they are complex"""
    return len(found), found.dtype.name


# ---- arithmetic --------------------------------------------------------------------------------------


def _aligned(a: Any, b: Any) -> tuple[Any, Any]:
    """Two polynomials with as many coefficients, zeros in front."""
    a, b = _coefficients(a), _coefficients(b)
    m, n = shape_of(a)[0], shape_of(b)[0]
    return (
        concatenate(_zeros(n - m, a), a) if m < n else a,
        concatenate(_zeros(m - n, b), b) if n < m else b,
    )


@spells(np.polyadd, "a1, a2")
def _polyadd(a1: Any, a2: Any) -> Any:
    a, b = _aligned(a1, a2)
    return a + b


@spells(np.polysub, "a1, a2")
def _polysub(a1: Any, a2: Any) -> Any:
    a, b = _aligned(a1, a2)
    return a - b


@spells(np.polymul, "a1, a2")
def _polymul(a1: Any, a2: Any) -> Any:
    """NumPy leaves zeros in front of a factor out.  They are left out of the product instead, so that what is kept
    still depends on them."""
    a, b = _coefficients(a1), _coefficients(a2)
    instead = "use np.convolve, which keeps zeros in front"
    left_out = sum(settled("np.polymul", instead, _zeros_in_front, p) for p in (a, b))
    return _stretch(np.convolve(a, b), left_out, None)


def _zeros_in_front(p: Any) -> int:
    """the number of zeros in front of a polynomial"""
    nonzero = np.flatnonzero(p)
    return int(nonzero[0]) if nonzero.size else len(p) - 1  # one coefficient stays in any case


@spells(np.polydiv, "u, v")
def _polydiv(u: Any, v: Any) -> tuple[Any, Any]:
    """Long division; zeros in front of the remainder are left out, as NumPy does it."""
    u, v = _floating(u), _floating(v)
    m, n = shape_of(u)[0] - 1, shape_of(v)[0] - 1
    lead, rest = 1.0 / _stretch(v, 0, 1), _in_dtype(u, np.result_type(u.dtype, v.dtype))
    quotient = []
    for k in range(m - n + 1):
        digit = lead * _stretch(rest, k, k + 1)
        quotient.append(_in_dtype(digit, rest.dtype))
        middle = _stretch(rest, k, k + n + 1) - digit * v
        rest = concatenate(_stretch(rest, 0, k), middle, _stretch(rest, k + n + 1, None))
    instead = "give the function numbers of one kind, or divide in steps of your own"
    small = settled("np.polydiv", instead, _nothing_in_front, rest, most=m)
    return concatenate(*quotient) if quotient else 0.0 * _stretch(rest, 0, 1), _stretch(rest, small, None)


def _nothing_in_front(rest: Any, most: int) -> int:
    """the degree of the remainder"""
    return next((k for k in range(most) if not np.allclose(rest[k], 0.0, rtol=1e-14)), most)


# ---- calculus ----------------------------------------------------------------------------------------


@spells(np.polyder, "p, m=1")
def _polyder(p: Any, m: int = 1) -> Any:
    if (m := _order(p, m, "polyder")) == 0:
        return copy(p)
    for _ in range(m):
        n = shape_of(p)[0] - 1
        p = _stretch(p, 0, max(n, 0)) * np.arange(n, 0, -1)
    return p


@spells(np.polyint, "p, m=1, k")
def _polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    constants = _coefficients(0.0 if k is None else k)
    m = _order(p, m, "polyint")
    one = shape_of(constants) == (1,)
    if len(shape_of(constants)) != 1 or (shape_of(constants)[0] < m and not one):
        raise ValueError(f"np.polyint takes one constant of integration or {m}, not an array of {shape_of(constants)}")
    if m == 0:
        return copy(p)
    for i in range(m):
        constant = constants if one else _stretch(constants, i, i + 1)
        p = concatenate(p / np.arange(shape_of(p)[0], 0, -1), constant)
    return p


def _order(p: Any, m: Any, called: str) -> int:
    """How often to differentiate or integrate."""
    if not shape_of(p):
        raise TypeError(f"np.{called} takes an array of coefficients, not a single number")
    if (order := operator.index(m)) < 0:
        raise ValueError(f"np.{called} takes an order of 0 or more, not {order}")
    return order


# ---- fitting -----------------------------------------------------------------------------------------


@spells(np.vander, "x, N, increasing=False")
def _vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    if len(shape_of(x)) != 1:
        raise ValueError(f"np.vander takes one vector, not an array of shape {shape_of(x)}")
    exponents = np.arange(shape_of(x)[0] if N is None else operator.index(N))
    return power(expand_dims(x, axis=1), exponents if increasing else exponents[::-1])


@spells(np.polyfit, "x, y, deg, rcond, full=False, w, cov=False")
def _polyfit(x: Any, y: Any, deg: int, rcond: float | None = None, w: Any = None) -> Any:
    """Least squares with the powers of `x`, each scaled to length 1."""
    x, y = _floating(x), _floating(y)
    count, dims = shape_of(x)[0], len(shape_of(y))
    if len(shape_of(x)) != 1 or count == 0 or dims > 2 or shape_of(y)[0] != count:
        raise TypeError(f"np.polyfit takes as many points x as values y, not shapes {shape_of(x)} and {shape_of(y)}")
    if (order := operator.index(deg) + 1) < 1:
        raise ValueError(f"np.polyfit takes a degree of 0 or more, not {deg}")
    powers = np.vander(x, order)
    if w is not None:
        w = _floating(w)
        if shape_of(w) != (count,) or is_complex(w):
            raise TypeError(f"np.polyfit takes a real weight for each of {count} points, not {w.dtype}{[*shape_of(w)]}")
        powers, y = powers * expand_dims(w, axis=1), y * (expand_dims(w, axis=1) if dims == 2 else w)
    scale = sqrt(np.sum(powers * powers, axis=0))
    cutoff = count * float(np.finfo(x.dtype).eps) if rcond is None else rcond
    found, _, rank, _ = np.linalg.lstsq(powers / scale, y, cutoff)
    if rank != order:
        warnings.warn("Polyfit may be poorly conditioned", np.exceptions.RankWarning, stacklevel=4)
    return found / (expand_dims(scale, axis=1) if dims == 2 else scale)
