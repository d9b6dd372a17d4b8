"""NumPy's `linalg`, written with the rows of `ops.linalg`: norms, powers, condition, and results in several parts.

Results in several parts come as NumPy's own named tuples, which hold Values.  A norm that is the largest or
the smallest of something shares its gradient among those that tie.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from ..kinds import parts, shape_of
from ..notation import BY_NUMPY, NOT_GIVEN
from ..ops import linalg
from ..ops.arithmetic import divide
from ..ops.checking import settled
from ..ops.comparison import isnan, logical_and, logical_not, not_equal, where
from ..ops.complex_numbers import absolute
from ..ops.products import matmul
from ..ops.reduce import any_, max_, min_, sum_
from ..ops.shape import copy, moveaxis, reshape, transpose
from ..tracing import STATIC
from .spelling import asking, dtype_of, spells

EighResult: Any = type(np.linalg.eigh(np.eye(1)))
EigResult: Any = type(np.linalg.eig(np.eye(1)))
SVDResult: Any = type(np.linalg.svd(np.eye(1)))
QRResult: Any = type(np.linalg.qr(np.eye(1)))
SlogdetResult: Any = type(np.linalg.slogdet(np.eye(1)))


def _square(a: Any) -> int:
    """The side of a square matrix."""
    shape = shape_of(a)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise np.linalg.LinAlgError(f"the last two axes must be of one length, and the shape is {shape}")
    return shape[-1]


# ---- norms -------------------------------------------------------------------------------------------


@spells(np.linalg.norm, "x, ord, axis, keepdims")
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The norm of a vector, or of a matrix, as the number of axes says."""
    if axis is None and ord is None:
        return linalg.norm(x, keepdims=keepdims)
    axes = tuple(range(len(shape_of(x)))) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if len(axes) == 1:
        return _vector_norm(x, axis=axis, keepdims=keepdims, ord=ord)
    if len(axes) == 2:
        return _norm_of_matrices(x, ord, axes, keepdims)
    raise ValueError(f"a norm is that of a vector or of a matrix; {len(axes)} axes are neither")


@spells(np.linalg.vector_norm, "x, axis, keepdims, ord=2")
def _vector_norm(x: Any, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    if isinstance(ord, str):
        raise ValueError(f"ord={ord!r} is no norm of a vector; give a number")
    over: dict[str, Any] = {"axis": axis, "keepdims": keepdims}
    if ord is None or ord == 2:
        return linalg.norm(x, **over)
    if ord == 0:
        one = np.abs(dtype_of(x).type(1))
        return sum_(where(not_equal(x, 0.0), one, 0.0 * one), **over)
    if ord == math.inf:
        return _largest(absolute(x), **over)
    if ord == -math.inf:
        return min_(absolute(x), **over)
    return sum_(absolute(x), **over) if ord == 1 else linalg.power_norm(x, ord=ord, **over)


@spells(np.linalg.matrix_norm, "x, keepdims, ord='fro'")
def _matrix_norm(x: Any, keepdims: bool = False, ord: Any = "fro") -> Any:
    return _norm(x, ord=ord, axis=(-2, -1), keepdims=keepdims)


def _largest(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The maximum of lengths; 0 if there are none."""
    return (max_ if math.prod(shape_of(x)) else sum_)(x, axis=axis, keepdims=keepdims)


OF_SUMS: dict[Any, tuple[int, Any]] = {1: (0, _largest), -1: (0, min_), math.inf: (1, _largest), -math.inf: (1, min_)}
"""Norms of a matrix that are the largest or smallest sum over its rows (0) or columns (1)."""

OF_SINGULAR_VALUES: dict[Any, Any] = {2: _largest, -2: min_, "nuc": sum_}


def _norm_of_matrices(x: Any, ord: Any, axes: Any, keepdims: bool) -> Any:
    """The norm of the matrices that lie in two axes."""
    shape = shape_of(x)
    row, column = (operator.index(axis) for axis in axes)
    if not all(-len(shape) <= axis < len(shape) for axis in (row, column)):
        raise np.exceptions.AxisError(f"axes {axes} of an array of shape {shape}")
    pair = (row % len(shape), column % len(shape))
    if pair[0] == pair[1]:
        raise ValueError(f"axis={axes} names one axis twice")
    if ord in (None, "fro", "f"):
        return linalg.norm(x, axis=pair, keepdims=keepdims)
    if ord in OF_SUMS:
        summed, choose = OF_SUMS[ord]
        return choose(sum_(absolute(x), axis=pair[summed], keepdims=True), axis=pair, keepdims=keepdims)
    if ord not in OF_SINGULAR_VALUES:
        raise ValueError(f"ord={ord!r} is no norm of a matrix; there are 1, -1, 2, -2, inf, -inf, 'fro' and 'nuc'")
    found = OF_SINGULAR_VALUES[ord](linalg.svdvals(moveaxis(x, source=pair, destination=(-2, -1))), axis=-1)
    return reshape(found, shape=tuple(1 if i in pair else n for i, n in enumerate(shape))) if keepdims else found


@spells(np.linalg.cond, "x, p")
def _cond(x: Any, p: Any = None) -> Any:
    """How far relative errors can grow; infinite where a matrix is singular."""
    if 0 in shape_of(x)[-2:]:
        raise np.linalg.LinAlgError("cond is not defined on empty arrays")
    if p is None or p in (2, -2):
        s = linalg.svdvals(x)
        found = s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    else:
        _square(x)
        found = _norm(x, p, axis=(-2, -1)) * _norm(linalg.inv(x), p, axis=(-2, -1))
    unknown = logical_and(isnan(found), logical_not(any_(isnan(x), axis=(-2, -1))))
    return where(unknown, math.inf, found)


# ---- results in several parts ------------------------------------------------------------------------


@spells(np.linalg.slogdet, "a")
def _slogdet(a: Any) -> Any:
    return SlogdetResult(*parts(linalg.slogdet(a)))


@spells(np.linalg.eigh, "a, UPLO='L'")
def _eigh(a: Any, UPLO: str = "L") -> Any:
    return EighResult(*parts(linalg.eigh(a, UPLO=UPLO)))


@spells(np.linalg.eig, "a")
def _eig(a: Any) -> Any:
    return EigResult(*_eigenvalues_and_vectors(a))


@spells(np.linalg.eigvals, "a")
def _eigvals(a: Any) -> Any:
    """In the order of `eig`, whose vectors the gradient needs."""
    return _eigenvalues_and_vectors(a)[0]


def _eigenvalues_and_vectors(a: Any) -> tuple[Any, ...]:
    """Those of a real matrix are real or complex, as the numbers say."""
    found = parts(linalg.eig(a))
    settled("np.linalg.eig", "use np.linalg.eig(a + 0j), or eigh if a is symmetric", name_of_dtype, found[0])
    return found


def name_of_dtype(x: Any) -> str:
    """whether the result is real or complex"""
    return str(x.dtype)


@spells(np.linalg.svd, "a, full_matrices=True, compute_uv=True, hermitian=False")
def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    if hermitian:
        return _svd_by_eigenvalues(a, compute_uv)
    if not compute_uv:
        return linalg.svdvals(a)
    rows, columns = shape_of(a)[-2:]
    return SVDResult(*parts(linalg.svd(a, full_matrices=bool(full_matrices and rows != columns))))


def _svd_by_eigenvalues(a: Any, compute_uv: bool) -> Any:
    """Singular values of a Hermitian matrix: its eigenvalues, made positive and sorted anew."""
    w, v = parts(linalg.eigh(a)) if compute_uv else (linalg.eigvalsh(a), None)
    order = np.argsort(absolute(w), axis=-1)[..., ::-1]
    batch = tuple(at[..., None] for at in np.ogrid[tuple(map(slice, shape_of(w)[:-1]))]) if len(shape_of(w)) > 1 else ()
    w = w[(*batch, order)]
    if v is None:
        return absolute(w)
    u = np.matrix_transpose(np.matrix_transpose(v)[(*batch, order)])
    return SVDResult(u, absolute(w), linalg.adjoint(u * linalg.across(np.sign(w))))


@spells(np.linalg.qr, "a, mode='reduced'")
def _qr(a: Any, mode: str = "reduced") -> Any:
    """The columns that `complete` adds to q are any that fit, so they have no derivative."""
    rows, columns = shape_of(a)[-2:]
    if mode not in ("reduced", "r") and not (mode == "complete" and rows <= columns):
        raise TypeError(
            f"np.linalg.qr(mode={mode!r}) is not differentiated for shape {shape_of(a)}; use mode='reduced'"
        )
    q, r = parts(linalg.qr(a))
    return r if mode == "r" else QRResult(q, r)


@spells(np.linalg.lstsq, "a, b, rcond")
def _lstsq(a: Any, b: Any, rcond: float | None = None) -> Any:
    """Solution, squared length of what is left, rank (a plain integer) and singular values."""
    eps = float(np.finfo(float).eps)
    cutoff = eps * max(shape_of(a)) if rcond is None else eps if rcond < 0 else rcond
    x, residuals, rank, s = parts(linalg.lstsq(a, b, rcond=cutoff))
    if settled("np.linalg.lstsq", OF_FULL_RANK, _drops, s, cutoff=cutoff):
        x = matmul(_pinv_of_part(a, cutoff, hermitian=False), b)
    return x, residuals, settled("np.linalg.lstsq", OF_FULL_RANK, _rank, rank), s


OF_FULL_RANK = "add a small multiple of the unit matrix, so that the rank is always full"


def _rank(rank: int) -> int:
    """the rank of the matrix"""
    return rank


@spells(np.linalg.pinv, "a, rcond, hermitian=False, rtol=<no value>")
def _pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = NOT_GIVEN) -> Any:
    """The row, unless a cutoff drops singular values that are not 0: then what is inverted is not `a`."""
    cutoff = rtol if rcond is None else rcond
    if cutoff is None or cutoff is NOT_GIVEN or not (rcond is None or rtol is NOT_GIVEN):
        drops = False
    else:
        drops = settled("np.linalg.pinv", OF_FULL_RANK, _drops_some, a, cutoff=cutoff, hermitian=hermitian)
    if drops:
        return _pinv_of_part(a, cutoff, hermitian)
    return linalg.pinv(a, rcond=rcond, hermitian=hermitian, rtol=rtol)


def _kept(s: Any, cutoff: Any) -> Any:
    """Which singular values are above the cutoff, relative to the largest."""
    return s > np.asarray(cutoff)[..., None] * np.max(s, axis=-1, keepdims=True, initial=0.0)


def _drops(s: Any, cutoff: Any) -> bool:
    """whether a cutoff drops singular values that are more than rounding"""
    return bool(np.any(~_kept(s, cutoff) & ~linalg.negligible(s)))


def _drops_some(a: Any, cutoff: Any, hermitian: bool) -> bool:
    """whether a cutoff drops singular values that are more than rounding"""
    return _drops(np.linalg.svd(a, compute_uv=False, hermitian=hermitian), cutoff)


def _pinv_of_part(a: Any, cutoff: Any, hermitian: bool) -> Any:
    """The pseudo-inverse of the part of a matrix that belongs to its large singular values."""
    u, s, vh = _svd(a, full_matrices=False, hermitian=hermitian)
    kept = _kept(s, cutoff)
    inverse = where(kept, divide(1.0, where(kept, s, 1.0)), 0.0)
    return matmul(linalg.adjoint(vh) * linalg.across(inverse), linalg.adjoint(u))


# ---- powers and chains -------------------------------------------------------------------------------


@spells(np.linalg.matrix_power, "a, n")
def _matrix_power(a: Any, n: int) -> Any:
    """By repeated squaring, in the order in which NumPy multiplies."""
    side, n = _square(a), operator.index(n)
    if n == 0:
        return where(False, a, np.eye(side, dtype=dtype_of(a)))
    if n < 0:
        a, n = linalg.inv(a), -n
    if n == 1:
        return copy(a)
    if n == 3:
        return matmul(matmul(a, a), a)
    result, square = None, a
    while n:
        n, odd = divmod(n, 2)
        if odd:
            result = square if result is None else matmul(result, square)
        if n:
            square = matmul(square, square)
    return result


@spells(np.linalg.multi_dot, "arrays, out")
def _multi_dot(arrays: Sequence[Any]) -> Any:
    """The product of several matrices in the cheapest order; the first and the last may be vectors."""
    if len(arrays) < 2:
        raise ValueError(f"np.linalg.multi_dot takes two arrays or more; {len(arrays)} were given")
    dims = [len(shape_of(x)) for x in arrays]
    if dims[0] not in (1, 2) or dims[-1] not in (1, 2) or any(d != 2 for d in dims[1:-1]):
        raise np.linalg.LinAlgError(f"np.linalg.multi_dot takes matrices, and vectors at its ends, not {dims} axes")
    chain = list(arrays)
    if dims[0] == 1:
        chain[0] = reshape(chain[0], shape=(1, -1))
    if dims[-1] == 1:
        chain[-1] = reshape(chain[-1], shape=(-1, 1))
    sides = [shape_of(chain[0])[0], *(shape_of(x)[1] for x in chain)]
    cut = _cheapest(tuple(sides))

    def product(i: int, j: int) -> Any:
        return chain[i] if i == j else matmul(product(i, cut(i, j)), product(cut(i, j) + 1, j))

    found = product(0, len(chain) - 1)
    kept = ((sides[0],) if dims[0] == 2 else ()) + ((sides[-1],) if dims[-1] == 2 else ())
    return found if len(kept) == 2 else reshape(found, shape=kept)


def _cheapest(sides: tuple[int, ...]) -> Callable[[int, int], int]:
    """Where to cut a chain of matrices, of which the i-th is sides[i] × sides[i + 1], for the fewest products of
    numbers (T. Cormen et al., "Introduction to Algorithms", 15.2)."""

    def through(i: int, j: int, k: int) -> int:
        return cost(i, k) + cost(k + 1, j) + sides[i] * sides[k + 1] * sides[j + 1]

    @cache
    def cost(i: int, j: int) -> int:
        return min((through(i, j, k) for k in range(i, j)), default=0)

    return lambda i, j: min(range(i, j), key=lambda k: through(i, j, k))


# ---- tensors as matrices -----------------------------------------------------------------------------


@spells(np.linalg.tensorsolve, "a, b, axes")
def _tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    ndim = len(shape_of(a))
    if axes is not None:
        order = [i for i in range(ndim) if i not in axes]
        a = transpose(a, axes=(*order, *axes))
    shape = shape_of(a)[len(shape_of(b)) - ndim :] if ndim > len(shape_of(b)) else ()
    side = math.prod(shape)
    if math.prod(shape_of(a)) != side * side:
        raise np.linalg.LinAlgError(f"a of shape {shape_of(a)} is no square system for b of shape {shape_of(b)}")
    return reshape(linalg.solve(reshape(a, shape=(side, side)), reshape(b, shape=(-1,))), shape=shape)


@spells(np.linalg.tensorinv, "a, ind=2")
def _tensorinv(a: Any, ind: int = 2) -> Any:
    if ind <= 0:
        raise ValueError(f"ind={ind} must be positive")
    first, last = shape_of(a)[:ind], shape_of(a)[ind:]
    return reshape(linalg.inv(reshape(a, shape=(math.prod(last), -1))), shape=(*last, *first))


# ---- what NumPy has elsewhere too --------------------------------------------------------------------


@spells(np.linalg.cross, "x1, x2, axis=-1")
def _cross(x1: Any, x2: Any, axis: int = -1) -> Any:
    if not isinstance(axis, int | np.integer):
        raise TypeError(f"np.linalg.cross(axis={axis!r}): the axis of the vectors is one integer")
    if shape_of(x1)[axis] != 3 or shape_of(x2)[axis] != 3:
        raise ValueError(f"vectors of length 3 along axis {axis}, not of shapes {shape_of(x1)} and {shape_of(x2)}")
    return np.cross(x1, x2, axis=axis)


@spells(np.linalg.outer, "x1, x2")
def _outer(x1: Any, x2: Any) -> Any:
    if len(shape_of(x1)) != 1 or len(shape_of(x2)) != 1:
        raise ValueError(f"np.linalg.outer takes two vectors, not shapes {shape_of(x1)} and {shape_of(x2)}")
    return np.outer(x1, x2)


@spells(np.linalg.diagonal, "x, offset=0")
def _diagonal(x: Any, offset: int = 0) -> Any:
    return np.diagonal(x, offset, axis1=-2, axis2=-1)


@spells(np.linalg.trace, "x, offset=0, dtype")
def _trace(x: Any, offset: int = 0) -> Any:
    return np.trace(x, offset, axis1=-2, axis2=-1)


@spells(np.linalg.matrix_transpose, "x")
def _matrix_transpose(x: Any) -> Any:
    return np.matrix_transpose(x)


@spells(np.linalg.matmul, "x1, x2")
def _matmul(x1: Any, x2: Any) -> Any:
    return matmul(x1, x2)


@spells(np.linalg.tensordot, "x1, x2, axes=2")
def _tensordot(x1: Any, x2: Any, axes: Any = 2) -> Any:
    return np.tensordot(x1, x2, axes=axes)


@spells(np.linalg.vecdot, "x1, x2, axis=-1")
def _vecdot(x1: Any, x2: Any, axis: int = -1) -> Any:
    last = operator.index(axis)
    return np.vecdot(moveaxis(x1, source=last, destination=-1), moveaxis(x2, source=last, destination=-1))


BY_NUMPY[np.linalg.matrix_rank] = asking(np.linalg.matrix_rank, f"ask before; or {STATIC}")
