"""Products of arrays, written with matmul, einsum and cross: dot, inner, outer, kron, tensordot, trace, …"""

from __future__ import annotations

import operator
import string
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine import Value
from ..kinds import shape_of
from ..notation import BY_NUMPY, refuse
from ..ops.complex_numbers import conjugated
from ..ops.index import diagonal, getitem
from ..ops.products import COLUMN, FIRST_COLUMN, cross, einsum, matmul
from ..ops.shape import astype, concatenate, moveaxis, reshape, transpose
from .spelling import like, spells

ROW, FIRST_ROW = (..., None, slice(None)), (..., 0, slice(None))

# ---- sums of products --------------------------------------------------------------------------------


@spells(np.dot, "a, b, out")
def _dot(a: Any, b: Any) -> Any:
    m, n = len(shape_of(a)), len(shape_of(b))
    if m == 0 or n == 0:
        return a * b
    if m <= 2 and n <= 2:
        return matmul(a, b)
    return _tensordot(a, b, axes=([-1], [max(n - 2, 0)]))


@spells(np.inner, "a, b")
def _inner(a: Any, b: Any) -> Any:
    if not shape_of(a) or not shape_of(b):
        return a * b
    return _tensordot(a, b, axes=([-1], [-1]))


@spells(np.vdot, "a, b")
def _vdot(a: Any, b: Any) -> Any:
    return matmul(conjugated(reshape(a, shape=(-1,))), reshape(b, shape=(-1,)))


@spells(np.tensordot, "a, b, axes")
def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """A matrix product: the axes that are summed are moved next to each other and made one."""
    m, n = shape_of(a), shape_of(b)
    left, right = _summed_axes(len(m), len(n), axes)
    for i, j in zip(left, right, strict=True):
        if m[i] != n[j]:
            raise ValueError(f"axis {i} of shape {m} and axis {j} of shape {n} differ in length")
    kept_left = [i for i in range(len(m)) if i not in left]
    kept_right = [j for j in range(len(n)) if j not in right]
    size = int(np.prod([m[i] for i in left]))
    rows, columns = ([shape[i] for i in kept] for shape, kept in ((m, kept_left), (n, kept_right)))
    a = reshape(transpose(a, axes=(*kept_left, *left)), shape=(int(np.prod(rows)), size))
    b = reshape(transpose(b, axes=(*right, *kept_right)), shape=(size, int(np.prod(columns))))
    return reshape(matmul(a, b), shape=(*rows, *columns))


def _summed_axes(m: int, n: int, axes: Any) -> tuple[list[int], list[int]]:
    """The axes that tensordot sums over, of either array, counted from the front."""
    if not isinstance(axes, Sequence | np.ndarray):
        k = operator.index(axes)
        axes = (range(-k, 0), range(k))
    of_a, of_b = ([operator.index(i) for i in np.atleast_1d(part)] for part in axes)
    if len(of_a) != len(of_b):
        raise ValueError(f"tensordot sums {len(of_a)} axes of the first array over {len(of_b)} of the second")
    for i, ndim in (*((i, m) for i in of_a), *((j, n) for j in of_b)):
        if not -ndim <= i < ndim:
            raise np.exceptions.AxisError(i, ndim)
    return [i % m for i in of_a], [j % n for j in of_b]


@spells(np.trace, "a, offset=0, axis1=0, axis2=1, dtype, out")
def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Any:
    elements = diagonal(a, offset=offset, axis1=axis1, axis2=axis2)
    if dtype is not None:
        if np.dtype(dtype).kind not in "fc":
            refuse("np.trace", "dtype", dtype)
        elements = astype(elements, dtype=np.dtype(dtype))
    return np.sum(elements, axis=-1)


# ---- products of all pairs ---------------------------------------------------------------------------


@spells(np.outer, "a, b, out")
def _outer(a: Any, b: Any) -> Any:
    return reshape(a, shape=(-1, 1)) * reshape(b, shape=(1, -1))


@spells(np.kron, "a, b")
def _kron(a: Any, b: Any) -> Any:
    """Each element of `a` times the whole of `b`: axis by axis a block of `b` for each of them."""
    ndim = max(len(shape_of(a)), len(shape_of(b)))
    m, n = ((1,) * (ndim - len(shape_of(x))) + shape_of(x) for x in (a, b))
    blocks = reshape(a, shape=_interleaved(m, (1,) * ndim)) * reshape(b, shape=_interleaved((1,) * ndim, n))
    return reshape(blocks, shape=tuple(i * j for i, j in zip(m, n, strict=True)))


def _interleaved(m: tuple[int, ...], n: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(i for pair in zip(m, n, strict=True) for i in pair)


# ---- the vector product ------------------------------------------------------------------------------


@spells(np.cross, "a, b, axisa=-1, axisb=-1, axisc=-1, axis")
def _cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = _moved(a, axisa, -1), _moved(b, axisb, -1)
    sizes = shape_of(a)[-1], shape_of(b)[-1]
    if not set(sizes) <= {2, 3}:
        raise ValueError(f"np.cross takes vectors of two or three elements, not of {sizes[0]} and {sizes[1]}")
    if sizes == (2, 2):
        product = getitem(a, index=(..., slice(0, 1))) * getitem(b, index=(..., slice(1, 2)))
        product -= getitem(a, index=(..., slice(1, 2))) * getitem(b, index=(..., slice(0, 1)))
        return getitem(product, index=(..., 0))
    return _moved(cross(_in_space(a), _in_space(b)), -1, axisc)


def _moved(x: Any, source: int, destination: int) -> Any:
    """`x` with one axis in another place; itself if it is there."""
    return x if source == destination else moveaxis(x, source=source, destination=destination)


def _in_space(x: Any) -> Any:
    """Vectors of three elements, the last one 0 if there were two."""
    return x if shape_of(x)[-1] == 3 else concatenate(x, np.zeros((*shape_of(x)[:-1], 1), bool), axis=-1)


# ---- einsum ------------------------------------------------------------------------------------------

LABELS = string.ascii_uppercase + string.ascii_lowercase
"""The letters that NumPy writes for axes numbered 0, 1, 2, …"""


def _einsum(*operands: Any, optimize: Any = False, **keywords: Any) -> Any:
    for name, value in keywords.items():
        if value is not None and value != {"order": "K", "casting": "safe"}.get(name):
            refuse("np.einsum", name, value)
    subscripts, *xs = _in_letters(operands)
    return einsum(*xs, subscripts=subscripts, **({"optimize": optimize} if optimize else {}))


def _in_letters(operands: tuple[Any, ...]) -> tuple[Any, ...]:
    """The subscripts as text, and the arrays, of `("ij,j", x, y)` or `(x, [0, 1], y, [1])`."""
    if not operands or isinstance(operands[0], str):
        return operands or ("",)
    xs, terms = operands[: len(operands) // 2 * 2 : 2], operands[1::2]
    subscripts = ",".join(map(_term, terms))
    return (subscripts + "->" + _term(operands[-1]) if len(operands) % 2 else subscripts, *xs)


def _term(axes: Sequence[Any]) -> str:
    """The axes of one array, given by numbers, in letters."""
    return "".join("..." if axis is ... else LABELS[operator.index(axis)] for axis in axes)


def _einsum_path(*operands: Any, **keywords: Any) -> Any:
    """A question about the order of the work, answered with plain values."""
    return np.einsum_path(*(like(x) if type(x) is Value else x for x in operands), **keywords)


BY_NUMPY[np.einsum] = _einsum
BY_NUMPY[np.einsum_path] = _einsum_path


# ---- ufuncs of vectors and matrices ------------------------------------------------------------------


def _vecdot(x: Any, y: Any) -> Any:
    """Σ x̄ᵢ yᵢ along the last axis."""
    x, y = _vectors(x), _vectors(y)
    if shape_of(x)[-1:] != shape_of(y)[-1:]:
        raise ValueError(f"vecdot of shapes {shape_of(x)} and {shape_of(y)}: the last axes differ in length")
    return einsum(conjugated(x), y, subscripts="...i,...i->...")


def _matvec(x: Any, y: Any) -> Any:
    """Matrices times vectors."""
    return getitem(matmul(x, getitem(_vectors(y), index=COLUMN)), index=FIRST_COLUMN)


def _vecmat(x: Any, y: Any) -> Any:
    """Vectors, conjugated, times matrices."""
    return getitem(matmul(getitem(conjugated(_vectors(x)), index=ROW), y), index=FIRST_ROW)


def _vectors(x: Any) -> Any:
    """An array with at least one axis."""
    if not shape_of(x):
        raise ValueError("vecdot, matvec and vecmat take vectors, not a single number")
    return x if isinstance(x, Value) else np.asarray(x)


for _name, _product in (("vecdot", _vecdot), ("matvec", _matvec), ("vecmat", _vecmat)):
    if hasattr(np, _name):  # NumPy 2.0 has the first alone
        BY_NUMPY[getattr(np, _name)] = _product
