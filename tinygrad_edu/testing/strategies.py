"""Hypothesis strategies for shapes, arrays, the domains of functions, matrices and directions.

Elements lie on a grid of some fifty points that begins with 0, 1, −1, 2 and ends with the finest fractions.  That
is exact in every dtype, makes ties and zeros as common as they are in practice, and shrinks to numbers that one
can calculate with.  One byte is drawn for each element, so an array costs hardly more than a number.

Every strategy of arrays takes the shape as a tuple, as one number (of elements), or as a strategy such as
`shapes()`, and the dtype as a dtype or a strategy such as `float_dtypes()`.  Of the shape () comes a Python number
in double precision, and NumPy's number in any other dtype.  `values` (a module of its own, since it needs the
engine) makes Values of what is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from random import Random
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from .subject import Array, variables, with_variables

Shape = tuple[int, ...]
Interval = tuple[float, float]
Drawn = SearchStrategy[Any]
Table = Callable[[Any], Array]

EVERYWHERE: Interval = (-3.0, 3.0)
"""Where elements lie if nothing else is said: large enough to bend every function, small enough for cosh."""

STEPS = 32
"""An interval has this many steps at least, and less than twice as many: so ties are common."""

BYTES, BLOCK = 256, 32
A_BLOCK = st.binary(min_size=BLOCK, max_size=BLOCK)

SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, np.inf, -np.inf, np.nan, 1e308, -1e308, 1e-308, -1e-308)
"""The floats at which IEEE arithmetic has something to say."""


def simplest(strategy: SearchStrategy[Any], condition: Callable[[Any], bool] = lambda x: True) -> Any:
    """What a failing test would show: the simplest example that satisfies the condition.

    >>> simplest(arrays((2, 2)), lambda x: x[1, 0] > 0.0)
    array([[0., 0.],
           [1., 0.]])

    Raises hypothesis.errors.NoSuchExample if none is found among ten thousand.
    """
    phases = (Phase.generate, Phase.shrink)
    quietly = settings(
        max_examples=10_000, database=None, deadline=None, phases=phases, suppress_health_check=list(HealthCheck)
    )
    return find(strategy, condition, settings=quietly, random=Random(0))


# ---- what everything is made of --------------------------------------------------------------------------


def small_integers(n: int) -> SearchStrategy[Array]:
    """`n` integers from 0 to 255 as one array, which costs hardly more than one integer; each shrinks to 0.

    They are the bytes of blocks of one size, of which the last may be too long: so Hypothesis can put any block in
    the place of any other, and can shrink a shape with the elements kept.  A block is read from its end, because
    shrinking moves what is not 0 there, and a small array has only the first elements.

    >>> simplest(small_integers(4), lambda x: x.any()), simplest(small_integers(4), lambda x: x[2] > 0)
    (array([1, 0, 0, 0], dtype=uint8), array([0, 0, 1, 0], dtype=uint8))
    """
    blocks = A_BLOCK if n <= BLOCK else st.tuples(*[A_BLOCK] * -(-n // BLOCK)).map(_joined)
    return blocks.map(lambda drawn: np.frombuffer(drawn[::-1], np.uint8)[:n])


def _joined(blocks: Sequence[bytes]) -> bytes:
    return b"".join(reversed(blocks))


# ---- shapes and axes -------------------------------------------------------------------------------------


def shapes(min_dims: int = 0, max_dims: int = 3, min_side: int = 0, max_side: int = 3) -> SearchStrategy[Shape]:
    """Shapes of small arrays, `()` and size 0 included.

    They shrink to fewer and shorter axes, and to a length of 0 only if 1 will not do: an array of one element says
    more than an empty one.

    >>> simplest(shapes(), lambda shape: 3 in shape), simplest(shapes(1)), simplest(shapes(), lambda shape: 0 in shape)
    ((3,), (1,), (0,))

    Raises ValueError if there are no such shapes.
    """
    if not 0 <= min_dims <= max_dims:
        raise ValueError(f"shapes of {min_dims} to {max_dims} axes: there are none")
    sides = _sides(min_side, max_side)
    return small_integers(1 + max_dims).map(lambda drawn: _shape(drawn[::-1].tolist(), min_dims, sides))


def _sides(least: int, most: int) -> list[int]:
    """The lengths that an axis may have, simplest first."""
    if not 0 <= least <= most:
        raise ValueError(f"sides of lengths {least} to {most}: there are none")
    return [*range(max(least, 1), most + 1), *range(least, 1)]


def _shape(drawn: Sequence[int], min_dims: int, sides: Sequence[int]) -> Shape:
    """The shape that integers stand for: how many axes there are, and the last of as many sides as there may be.

    They are given in the reverse of the order drawn, in which the first shrinks with the greatest zeal."""
    ndim = min_dims + drawn[0] % (len(drawn) - min_dims)
    return tuple([sides[k % len(sides)] for k in drawn[len(drawn) - ndim :]])


ANY_SHAPE = shapes()


def broadcastable(
    n: int, *, max_dims: int = 3, min_side: int = 0, max_side: int = 3
) -> SearchStrategy[tuple[Shape, ...]]:
    """`n` shapes that broadcast together: the same one, of which some lack leading axes or have sides of 1.

    A side of 1 may stand in for any, whatever `min_side` is.  They shrink to one shape for all.

    >>> simplest(broadcastable(2), lambda pair: pair[0] != pair[1])
    ((), (1,))
    """
    sides = _sides(min_side, max_side)

    def shaped(drawn: Array) -> tuple[Shape, ...]:
        shape = _shape(drawn[n:][::-1].tolist(), 0, sides)
        return tuple([_stretchable(shape, way) for way in drawn[:n].tolist()])

    return small_integers(n + 1 + max_dims).map(shaped)


def _stretchable(whole: Shape, way: int) -> Shape:
    """A shape that broadcasts to `whole`: that itself, for half of all ways."""
    ones, lacking = divmod(max(way - 127, 0) % ((len(whole) + 1) << len(whole)), len(whole) + 1)
    return tuple([1 if ones >> i & 1 else side for i, side in enumerate(whole)][lacking:])


def some_axis(shape: Sequence[int]) -> SearchStrategy[int]:
    """One axis of a shape that has one, counted from either end; shrinks to 0."""
    return st.integers(-len(shape), len(shape) - 1)


@st.composite
def several_axes(
    draw: st.DrawFn, shape: Sequence[int], min_size: int = 0, max_size: int | None = None
) -> tuple[int, ...]:
    """A tuple of different axes, each counted from either end; shrinks to few, in order."""
    ndim = len(shape)
    if not ndim:
        return ()
    axes = draw(st.lists(st.integers(0, ndim - 1), unique=True, min_size=min_size, max_size=max_size))
    return tuple(a - ndim if draw(st.booleans()) else a for a in axes)


def reduced_axes(shape: Sequence[int]) -> SearchStrategy[int | tuple[int, ...] | None]:
    """An `axis=` of a reduction: None, one axis, or several.

    >>> simplest(reduced_axes((2, 3)), lambda axis: axis is not None)
    0
    """
    return st.none() | some_axis(shape) | several_axes(shape) if shape else st.none()


# ---- dtypes ----------------------------------------------------------------------------------------------


def float_dtypes(*, half: bool = True) -> SearchStrategy[Any]:
    """Double, single and (unless `half` is false) half precision; shrinks to double."""
    return st.sampled_from([np.float64, np.float32, *[np.float16] * half])


def complex_dtypes() -> SearchStrategy[Any]:
    """Complex numbers in double and single precision; shrinks to double."""
    return st.sampled_from([np.complex128, np.complex64])


def real_or_complex() -> SearchStrategy[Any]:
    """Double precision, real or complex; shrinks to real."""
    return st.sampled_from([np.float64, np.complex128])


# ---- one byte an element ---------------------------------------------------------------------------------


def _arrays(shape: Any, dtype: Any, table: Table, imaginary: Table) -> Drawn:
    """Arrays whose elements a table gives, made for the dtype; `imaginary` gives imaginary parts."""
    if isinstance(shape, SearchStrategy):
        return shape.flatmap(lambda drawn: _arrays(drawn, dtype, table, imaginary))
    if isinstance(dtype, SearchStrategy):
        return dtype.flatmap(lambda drawn: _arrays(shape, drawn, table, imaginary))
    shape, dtype = _as_shape(shape), np.dtype(dtype)
    if dtype.kind not in "fc":
        raise TypeError(f"the dtype {dtype} has no derivatives: use one in floating point, real or complex")
    part = np.zeros(0, dtype).real.dtype
    tables = [table(part), imaginary(part)][: 1 if dtype.kind == "f" else 2]
    return small_integers(math.prod(shape) * len(tables)).map(partial(_looked_up, shape, dtype, tables))


def _looked_up(shape: Shape, dtype: Any, tables: list[Array], places: Array) -> Any:
    """The elements that bytes stand for; real and imaginary parts take turns."""
    n = len(tables)
    parts = [table[places[k::n].reshape(shape)] for k, table in enumerate(tables)]
    drawn = parts[0] if n == 1 else (parts[0] + 1j * parts[1]).astype(dtype)
    return drawn if shape or dtype not in (np.float64, np.complex128) else drawn.item()


def _as_shape(shape: int | Sequence[int]) -> Shape:
    return (shape,) if isinstance(shape, int | np.integer) else tuple(shape)


def _table(points: Sequence[float], dtype: Any, favoured: Sequence[float] = (), every: int = 4) -> Array:
    """A point for each byte: first all, simplest first, since bytes shrink to 0; then once more, and so on.

    Of these repetitions, one in `every` is one of the favoured points."""
    rest = np.arange(BYTES - len(points))
    again, often = np.resize(points, rest.size), np.resize(favoured or points[:8], -(-rest.size // every))
    return np.concatenate([points, np.where(rest % every == 0, often[rest // every], again)]).astype(dtype)


def _plainness(x: float) -> tuple[int, float, bool]:
    """The order of points: whole numbers, halves, quarters; among these the small ones, and plus before minus."""
    return float(x).as_integer_ratio()[1], abs(x), x < 0.0


def _within(points: Sequence[float], interval: Interval, dtype: Any) -> list[float]:
    """Points as they are in a dtype, those in the interval, each once, simplest first."""
    low, high = interval
    with np.errstate(over="ignore"):
        there = np.asarray(points, float).astype(dtype).astype(float)
    return sorted({x + 0.0 for x in there.tolist() if low <= x <= high}, key=_plainness)


@lru_cache(maxsize=1024)
def _grid(interval: Interval, dtype: Any) -> tuple[float, ...]:
    """Multiples of a power of 2 in an interval, its ends, and 0, 1 and −1 if they are inside."""
    low, high = interval
    if not (low <= high and math.isfinite(high - low)):
        raise ValueError(f"the interval ({low}, {high}) has no finite width: give (low, high) with low <= high")
    step = 2.0 ** math.floor(math.log2((high - low) / STEPS)) if high > low else 1.0
    multiples = step * np.arange(math.ceil(low / step), math.floor(high / step) + 1)
    found = _within([low, high, 0.0, 1.0, -1.0, *multiples], interval, dtype)
    if not found:
        raise ValueError(f"no number of the dtype {dtype} lies between {low} and {high}: widen the interval")
    return tuple(found)


@lru_cache(maxsize=1024)
def _between(interval: Interval, dtype: Any) -> Array:
    return _table(_grid(interval, dtype), dtype)


def _ends(interval: Interval) -> Interval:
    low, high = interval
    return float(low), float(high)


# ---- arrays and the domains of functions -----------------------------------------------------------------


def arrays(
    shape: Any = ANY_SHAPE,
    *,
    interval: Interval = EVERYWHERE,
    dtype: Any = np.float64,
    imaginary: Interval = EVERYWHERE,
) -> Drawn:
    """Arrays with elements in an interval, its ends included; a number for the shape ().

    shape      a tuple, a number of elements, or a strategy of them
    interval   of the elements, or of their real parts
    dtype      a dtype in floating point, real or complex, or a strategy of them
    imaginary  the interval of the imaginary parts, if the dtype is complex

    Elements are multiples of a power of 2 where the interval is wide enough for 32 to 64 of them, so they are
    exact in float16 too.  They shrink to 0 or to 1 if one of these will do, otherwise towards −1, 2 and other whole
    numbers, though not always all the way.  Zeros, ties and other special points occur often: use `away_from`
    where a function has a kink.

    >>> simplest(arrays(), lambda x: np.size(x) > 2 and x.any())
    array([1., 0., 0.])
    >>> simplest(arrays((), dtype=np.complex64))
    np.complex64(0j)

    Raises ValueError for an interval without a number of that dtype, TypeError for a dtype of integers.
    """
    return _arrays(shape, dtype, partial(_between, _ends(interval)), partial(_between, _ends(imaginary)))


def mixed(*given: Any, interval: Interval = EVERYWHERE, dtype: Any = None) -> Drawn:
    """A tuple of arrays of the given shapes, each in a precision of its own (`float_dtypes()`, or `dtype`).

    >>> simplest(mixed((1,), ()), lambda xs: xs[0].dtype == np.float32)
    (array([0.], dtype=float32), 0.0)
    """
    kinds = float_dtypes() if dtype is None else dtype
    return st.tuples(*(arrays(shape, interval=interval, dtype=kinds) for shape in given))


def positive(
    shape: Any = ANY_SHAPE, *, smallest: float = 0.125, largest: float = 3.0, dtype: Any = np.float64
) -> Drawn:
    """Arrays of positive numbers, for log, sqrt and powers; shrinks to 1.

    Of complex numbers the real part is positive, so they are off the branch cuts of these functions.
    """
    if not smallest > 0.0:
        raise ValueError(f"smallest={smallest} is not positive: use arrays(interval=({smallest}, {largest}))")
    return arrays(shape, interval=(smallest, largest), dtype=dtype)


@lru_cache(maxsize=1024)
def _wide_table(smallest: float, largest: float, dtype: Any) -> Array:
    magnitudes = [float(f"{x:.1e}") for x in np.geomspace(smallest, largest, BYTES // 2 - 1)]
    info = np.finfo(dtype)
    kept = [x for x in magnitudes if float(info.smallest_normal) <= x <= float(info.max)]
    if not kept:
        raise ValueError(f"the dtype {dtype} has no numbers from {smallest} to {largest}")
    near_one_first = sorted(kept, key=lambda x: abs(math.log10(x)))
    return _table([sign * x for x in near_one_first for sign in (1.0, -1.0)], dtype)


def wide(shape: Any = ANY_SHAPE, *, smallest: float = 1e-6, largest: float = 1e6, dtype: Any = np.float64) -> Drawn:
    """Arrays of numbers of both signs whose magnitudes are spread evenly over the exponents; shrinks to 1.

    Two decimal digits, and only magnitudes that the dtype has at full precision.  Such numbers find formulas
    that overflow, cancel, or add a constant that nothing scales.

    >>> simplest(wide(2), lambda x: abs(x[0]) > 9e5)
    array([1.e+06, 1.e+00])
    """
    if not 0.0 < smallest <= largest:
        raise ValueError(f"magnitudes from {smallest} to {largest}: they must be positive, and in this order")
    table = partial(_wide_table, float(smallest), float(largest))
    return _arrays(shape, dtype, table, table)


@lru_cache(maxsize=1024)
def _away_table(points: tuple[float, ...], gap: float, interval: Interval, dtype: Any) -> Array:
    kept = [x for x in _grid(interval, dtype) if all(abs(x - p) >= gap for p in points)]
    if not kept:
        raise ValueError(f"nothing in {interval} is {gap} away from {points}: take a smaller gap or a wider interval")
    return _table(kept, dtype)


def away_from(
    *points: float, shape: Any = ANY_SHAPE, gap: float = 0.125, interval: Interval = EVERYWHERE, dtype: Any = np.float64
) -> Drawn:
    """Arrays whose elements keep a gap from the points: off the kinks of a function, or its poles.

    >>> simplest(away_from(0.0, shape=2))
    array([1., 1.])

    Of complex numbers the real parts keep it.  Raises ValueError if nothing in the interval does.
    """
    table = partial(_away_table, tuple(map(float, points)), float(gap), _ends(interval))
    return _arrays(shape, dtype, table, partial(_between, EVERYWHERE))


@lru_cache(maxsize=1024)
def _near(points: tuple[float, ...], dtype: Any) -> tuple[float, ...]:
    """The points, and numbers at four distances on both sides: the closest is a neighbour, or nearly."""
    digits = np.finfo(dtype).nmant
    steps = [0.0, *(sign * 2.0 ** -(digits * k // 4) for k in (1, 2, 3, 4) for sign in (1.0, -1.0))]
    close = [p + step * (2.0 ** (math.frexp(p)[1] - 1) if p else 1.0) for step in steps for p in points]
    return tuple(dict.fromkeys(np.array(close).astype(dtype).astype(float).tolist()))


@lru_cache(maxsize=1024)
def _near_table(points: tuple[float, ...], dtype: Any) -> Array:
    return _table(_near(points, dtype)[:BYTES], dtype, favoured=points, every=2)


@lru_cache(maxsize=1024)
def _aimed_table(points: tuple[float, ...], interval: Interval, dtype: Any) -> Array:
    close = _near(points, dtype)
    return _table([*dict.fromkeys([*close, *_grid(interval, dtype)])][:BYTES], dtype, favoured=close, every=2)


def _given(points: tuple[float, ...]) -> tuple[float, ...]:
    if not points:
        raise ValueError("no point was given: say where the function has a kink, such as near(0.0)")
    return tuple(map(float, points))


def near(*points: float, shape: Any = ANY_SHAPE, dtype: Any = np.float64) -> Drawn:
    """Arrays whose elements are at the points or very near, on both sides; shrinks to the first point.

    More than half of them are exactly there.  The distances are powers of the dtype's rounding unit, from its fourth
    root to itself, in units of the point (or of 1, at 0).

    >>> simplest(near(1.0, shape=2), lambda x: x[0] != 1.0)
    array([1.00012207, 1.        ])

    Imaginary parts of complex numbers are near 0.
    """
    return _arrays(shape, dtype, partial(_near_table, _given(points)), partial(_near_table, (0.0,)))


def aimed(*points: float, shape: Any = ANY_SHAPE, interval: Interval = EVERYWHERE, dtype: Any = np.float64) -> Drawn:
    """Arrays with about as many elements `near` the points as anywhere in the interval.

    So kinks, and the branches on both sides of them, are met in one array.  Shrinks to the first point.
    """
    table = partial(_aimed_table, _given(points), _ends(interval))
    return _arrays(shape, dtype, table, partial(_between, EVERYWHERE))


@st.composite
def distinct(draw: st.DrawFn, shape: Any = ANY_SHAPE, gap: float = 0.5, *, dtype: Any = np.float64) -> Any:
    """An array in any order no two elements of which are closer than `gap` / 4: no ties for max, sort or median.

    Elements lie around 0.  It shrinks to equal steps of `gap`, in ascending order.

    >>> simplest(distinct(4))
    array([-1. , -0.5,  0. ,  0.5])
    """
    shape = _as_shape(draw(shape) if isinstance(shape, SearchStrategy) else shape)
    dtype = np.dtype(draw(dtype) if isinstance(dtype, SearchStrategy) else dtype)
    size = math.prod(shape)
    if size < 2:
        return draw(arrays(shape, dtype=dtype))
    order = draw(permutations(size)).reshape(shape) - float(size // 2)
    moved = draw(arrays(shape, interval=(-0.375 * gap, 0.375 * gap)))
    return (gap * order + moved).astype(dtype)


@st.composite
def permutations(draw: st.DrawFn, n: int) -> Array:
    """The integers from 0 to n − 1 in any order, as an array; shrinks to ascending order.

    >>> simplest(permutations(3), lambda p: p[0] == 2)
    array([2, 0, 1])
    """
    high, low = draw(small_integers(2 * n)).astype(int).reshape(n, 2).T
    return np.argsort(256 * high + low, kind="stable")  # of two bytes an element, so ties are rare


@st.composite
def simplex(draw: st.DrawFn, shape: Any, *, dtype: Any = np.float64) -> Array:
    """Probabilities: positive numbers, along the last axis of which the sum is 1; shrinks to equal ones.

    The largest is 16 times the smallest at most.

    >>> simplest(simplex((2, 4)))
    array([[0.25, 0.25, 0.25, 0.25],
           [0.25, 0.25, 0.25, 0.25]])
    """
    shape = _as_shape(draw(shape) if isinstance(shape, SearchStrategy) else shape)
    dtype = np.dtype(draw(dtype) if isinstance(dtype, SearchStrategy) else dtype)
    if not shape or not shape[-1]:
        raise ValueError(f"the shape {shape} has no last axis with an element: probabilities need one")
    weights = 1.0 + draw(small_integers(math.prod(shape))).reshape(shape) % 16
    found: Array = (weights / weights.sum(axis=-1, keepdims=True)).astype(dtype)
    return found


# ---- matrices --------------------------------------------------------------------------------------------


def _unitary(vectors: Array) -> Array:
    """The product of the reflections at the planes across vectors (Householder's); a vector of 0 reflects nothing."""
    n = vectors.shape[-1]
    product = np.broadcast_to(np.eye(n, dtype=vectors.dtype), vectors.shape)
    for k in range(n):
        v = vectors[..., k, :, None]
        square = np.sum(np.abs(v) ** 2, axis=-2, keepdims=True)
        product = product - 2.0 * (product @ v) @ v.conj().swapaxes(-1, -2) / np.where(square == 0.0, 1.0, square)
    return product


def _spread(shape: Shape, condition: float) -> Drawn:
    """Positive numbers around 1 on a logarithmic scale, whose ratios are `condition` at most."""
    if not condition >= 1.0:
        raise ValueError(f"condition={condition}: a condition number is 1 or more")
    return arrays(shape, interval=(-0.5, 0.5)).map(lambda power: np.asarray(condition**power))


def _doubles(dtype: Any) -> Any:
    return np.complex128 if np.dtype(dtype).kind == "c" else np.float64


@st.composite
def spd_matrices(
    draw: st.DrawFn, n: int, *, condition: float = 100.0, batch: Sequence[int] = (), dtype: Any = np.float64
) -> Array:
    """Symmetric (or Hermitian) positive definite matrices of shape (*batch, n, n); shrinks to the identity.

    Made of eigenvalues whose largest ratio is `condition`, up to rounding to the dtype, and of a product of n
    reflections, which reaches every rotation.

    >>> simplest(spd_matrices(2), lambda a: a[0, 0] > 2.0)
    array([[10.,  0.],
           [ 0.,  1.]])
    """
    vectors = draw(_directions((*batch, n, n), _doubles(dtype)))
    q, scale = _unitary(vectors), draw(_spread((*batch, n), condition))
    product = (q * scale[..., None, :]) @ q.conj().swapaxes(-1, -2)
    found: Array = (0.5 * (product + product.conj().swapaxes(-1, -2))).astype(dtype)
    return found


@st.composite
def well_conditioned(
    draw: st.DrawFn,
    n: int,
    m: int | None = None,
    *,
    condition: float = 10.0,
    batch: Sequence[int] = (),
    dtype: Any = np.float64,
) -> Array:
    """Matrices of shape (*batch, n, m), square by default, of full rank; shrinks to the identity.

    Their singular values lie around 1; the ratio of the largest to the smallest is `condition` at most, up to
    rounding to the dtype.

    >>> simplest(well_conditioned(2, 3))
    array([[1., 0., 0.],
           [0., 1., 0.]])
    """
    m = n if m is None else m
    left, right = (_unitary(draw(_directions((*batch, k, k), _doubles(dtype)))) for k in (n, m))
    scale, k = draw(_spread((*batch, min(n, m)), condition)), min(n, m)
    found: Array = ((left[..., :, :k] * scale[..., None, :]) @ right[..., :k, :]).astype(dtype)
    return found


# ---- directions ------------------------------------------------------------------------------------------

UNIT: Interval = (-1.0, 1.0)


def _directions(shape: Any, dtype: Any) -> Drawn:
    return arrays(shape, interval=UNIT, dtype=dtype, imaginary=UNIT)


def directions(shape: Any = (), *, dtype: Any = np.float64) -> Drawn:
    """A cotangent or tangent: elements between −1 and 1, hardly any of which are 0.

    If one entry is to blame, it shrinks to the unit vector of that entry, so a failing test shows a single row
    or column of the Jacobian.

    >>> simplest(directions((2, 3)), lambda u: abs(u[1, 1]) > 0.25)
    array([[0., 0., 0.],
           [0., 1., 0.]])
    """
    return _directions(shape, dtype)


def directions_like(x: Any) -> Drawn:
    """A direction for each variable of `x`: of its shape and dtype, complex where it is.

    `x` is a number, an array, or a container of them.  Numbers and arrays that are no variables, such as
    integers, have directions in double precision if `x` itself is one; in a container they stay as they are.

    >>> simplest(directions_like({"w": np.zeros(2), "n": 3}), lambda t: t["w"].any())
    {'w': array([1., 0.]), 'n': 3}
    """
    found = variables(x)
    if isinstance(x, np.ndarray | np.generic | int | float | complex):
        return _directions(np.shape(x), np.asarray(x).dtype if found else np.float64)
    parts = [_directions(np.shape(part), np.asarray(part).dtype) for part in found]
    return st.tuples(*parts).map(lambda new: with_variables(x, new))


__all__ = [
    "EVERYWHERE",
    "SPECIAL",
    "aimed",
    "arrays",
    "away_from",
    "broadcastable",
    "complex_dtypes",
    "directions",
    "directions_like",
    "distinct",
    "float_dtypes",
    "mixed",
    "near",
    "permutations",
    "positive",
    "real_or_complex",
    "reduced_axes",
    "several_axes",
    "shapes",
    "simplest",
    "simplex",
    "small_integers",
    "some_axis",
    "spd_matrices",
    "well_conditioned",
    "wide",
]
