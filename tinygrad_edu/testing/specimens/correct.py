"""Rules without a fault, at points where a naive checker finds one.

A difference of values is spoilt by large and small scales, by kinks and jumps nearby, by cancellation, by
rounding in low precision, by noise.  None of that is the rule's fault.  In a measurement a checker that fails
one of them has raised a false alarm.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .points import at_least, cast, complex_normal, mixed, normal, sized, small, spread, uniform
from .specimen import Specimen


def _softmax(x: Any) -> Any:
    z = np.exp(x - np.max(x))
    return z / z.sum()


def _softmax_rule(g: Any, x: Any) -> Any:
    out = _softmax(x)
    return out * (g - np.sum(g * out))


# ---- scales ------------------------------------------------------------------------------------------

SCALES = (
    Specimen(
        "squares of millions",
        "scale",
        "x² near 10⁶: the value, 10¹², is rounded to 10⁻⁴.",
        sized(1e5, 1e7, (3,)),
        f=lambda x: x**2,
        vjp=lambda g, x: 2.0 * g * x,
    ),
    Specimen(
        "sum of squares of millions",
        "scale",
        "As above, summed: every slope drowns in the rounding of the whole.",
        sized(1e5, 1e7, (4,)),
        f=lambda x: np.sum(x * x),
        vjp=lambda g, x: 2.0 * g * x,
    ),
    Specimen(
        "cubes of millionths",
        "scale",
        "x³ near 10⁻⁶: a step of 10⁻⁶ leaves the place where it looks.",
        sized(1e-7, 1e-5, (3,)),
        f=lambda x: x**3,
        vjp=lambda g, x: 3.0 * g * x**2,
    ),
    Specimen(
        "millionths under a unit curve",
        "scale",
        "10⁶ times the sine of 10⁶ x, for x near 10⁻⁶: it turns within a step of 10⁻⁶.",
        sized(1e-7, 3e-6, (3,)),
        f=lambda x: 1e6 * np.sin(1e6 * x),
        vjp=lambda g, x: 1e12 * g * np.cos(1e6 * x),
    ),
    Specimen(
        "tiny results",
        "scale",
        "exp(−x) near x = 40: the result is 10⁻¹⁷, far below any absolute tolerance.",
        uniform(30.0, 50.0, (3,)),
        f=lambda x: np.exp(-x),
        vjp=lambda g, x: -g * np.exp(-x),
    ),
    Specimen(
        "millionths beside millions",
        "scale",
        "The square of each element, some near 10⁻⁶ and some near 10⁶: one step does not fit all.",
        spread(sized(1e-7, 1e-5, (2,)), sized(1e5, 1e7, (2,))),
        f=lambda x: x**2,
        vjp=lambda g, x: 2.0 * g * x,
    ),
    Specimen(
        "millionths plus millions",
        "scale",
        "A sum of squares near 10⁻¹² and 10¹²: the small ones are lost in the sum.",
        spread(sized(1e-7, 1e-5, (2,)), sized(1e5, 1e7, (2,))),
        f=lambda x: np.sum(x * x),
        vjp=lambda g, x: 2.0 * g * x,
    ),
    Specimen(
        "ratio of units",
        "scale",
        "Metres over nanometres: the two slopes are 10⁹ and 10¹⁸.",
        mixed(sized(0.1, 10.0, (2,)), sized(1e-10, 1e-8, (2,))),
        f=lambda a, b: a / b,
        vjp=lambda g, a, b: (g / b, -g * a / b**2),
    ),
)


# ---- near a kink, and at one -------------------------------------------------------------------------


def _sorted_back(g: Any, x: Any) -> Any:
    back = np.zeros_like(x)
    back[np.argsort(x)] = g
    return back


def _median_back(g: Any, x: Any) -> Any:
    back = np.zeros_like(x)
    back[np.argsort(x)[2]] = g
    return back


def _close_pair(rng: np.random.Generator) -> tuple[Any, ...]:
    (x,), (gap,) = normal((3,))(rng), sized(1e-9, 1e-4, (3,))(rng)
    return x, x + gap


def _close_rivals(rng: np.random.Generator) -> tuple[Any, ...]:
    x = rng.normal(size=5)
    x[1] = x[3] + float(sized(1e-8, 1e-4, ())(rng)[0])
    return (x,)


KINKS = (
    Specimen(
        "absolute value beside 0",
        "near a kink",
        "|x| at 10⁻⁹ … 10⁻⁴ from its kink: a step of 10⁻⁶ often reaches over it.",
        sized(1e-9, 1e-4, (4,)),
        f=np.abs,
        vjp=lambda g, x: g * np.sign(x),
    ),
    Specimen(
        "relu beside 0",
        "near a kink",
        "max(x, 0) at 10⁻⁹ … 10⁻⁴ from its kink.",
        sized(1e-9, 1e-4, (4,)),
        f=lambda x: np.maximum(x, 0.0),
        vjp=lambda g, x: g * (x > 0),
    ),
    Specimen(
        "leaky relu beside 0",
        "near a kink",
        "The same with a slope of 0.1 on the left.",
        sized(1e-9, 1e-4, (4,)),
        f=lambda x: np.where(x > 0, x, 0.1 * x),
        vjp=lambda g, x: g * np.where(x > 0, 1.0, 0.1),
    ),
    Specimen(
        "nearly equal",
        "near a kink",
        "The larger of two numbers that differ by 10⁻⁹ … 10⁻⁴.",
        _close_pair,
        f=np.maximum,
        vjp=lambda g, a, b: (g * (a > b), g * (b > a)),
    ),
    Specimen(
        "clip beside its bounds",
        "near a kink",
        "clip(x, −1, 1), just inside or outside of 1.",
        sized(1e-9, 1e-4, (4,), centre=1.0),
        f=lambda x: np.clip(x, -1.0, 1.0),
        vjp=lambda g, x: g * (np.abs(x) <= 1.0),
    ),
    Specimen(
        "sorting rivals",
        "near a kink",
        "Two elements are nearly equal, and swap their places when one of them moves.",
        _close_rivals,
        f=np.sort,
        vjp=_sorted_back,
    ),
    Specimen(
        "median of rivals",
        "near a kink",
        "The median of five, two of which are nearly equal.",
        _close_rivals,
        f=lambda x: np.sort(x)[2],
        vjp=_median_back,
    ),
    Specimen(
        "norm beside 0",
        "near a kink",
        "√(x·x) at 10⁻⁸ … 10⁻⁶ from the origin: smooth, and bent within that distance.",
        sized(1e-8, 1e-6, (3,)),
        f=lambda x: np.sqrt(np.sum(x * x)),
        vjp=lambda g, x: g * x / np.sqrt(np.sum(x * x)),
    ),
    Specimen(
        "relu at 0",
        "at a kink",
        "max(x, 0) with some x = 0, where its slope is taken to be 0.",
        lambda rng: (np.append(rng.normal(size=3), 0.0),),
        f=lambda x: np.maximum(x, 0.0),
        vjp=lambda g, x: g * (x > 0),
    ),
    Specimen(
        "absolute value at 0",
        "at a kink",
        "|x| with some x = 0, where its slope is taken to be 0.",
        lambda rng: (np.append(rng.normal(size=3), 0.0),),
        f=np.abs,
        vjp=lambda g, x: g * np.sign(x),
    ),
    Specimen(
        "tie of a maximum",
        "at a kink",
        "Two elements share the maximum, and half of the gradient each.",
        lambda rng: (np.sort(rng.normal(size=4))[[0, 3, 1, 3]],),
        f=np.max,
        vjp=lambda g, x: g * (x == x.max()) / np.sum(x == x.max()),
    ),
    Specimen(
        "clip at its bounds",
        "at a kink",
        "clip(x, −1, 1) at x = ±1, which count as inside.",
        lambda rng: (np.append(rng.choice([-1.0, 1.0], size=2), rng.normal(size=2)),),
        f=lambda x: np.clip(x, -1.0, 1.0),
        vjp=lambda g, x: g * (np.abs(x) <= 1.0),
    ),
)


# ---- cancellation ------------------------------------------------------------------------------------


def _naive_variance(x: Any) -> Any:
    return np.mean(x * x) - np.mean(x) ** 2


def _certain(rng: np.random.Generator) -> tuple[Any, ...]:
    x = rng.normal(size=4)
    x[1] += rng.uniform(15.0, 30.0)
    return (x,)


def _softmax_cross_entropy(x: Any) -> Any:
    """Of the class 1."""
    top = np.max(x)
    return top + np.log(np.sum(np.exp(x - top))) - x[1]


def _softmax_cross_entropy_rule(g: Any, x: Any) -> Any:
    back = _softmax(x)
    back[1] = -(back[0] + back[2] + back[3])  # without the cancellation of back[1] − 1
    return g * back


SIGNS = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])

CANCELLATION = (
    Specimen(
        "there and back",
        "cancellation",
        "(x + 10⁸) − 10⁸: what is left of x has eight digits.",
        normal((3,)),
        f=lambda x: (x + 1e8) - 1e8,
        vjp=lambda g, x: g,
    ),
    Specimen(
        "versine",
        "cancellation",
        "1 − cos x near 0: the result has lost most of its digits, the gradient none.",
        sized(1e-5, 1e-2, (3,)),
        f=lambda x: 1.0 - np.cos(x),
        vjp=lambda g, x: g * np.sin(x),
    ),
    Specimen(
        "naive expm1",
        "cancellation",
        "eˣ − 1 near 0, as it is written.",
        sized(1e-10, 1e-4, (3,)),
        f=lambda x: np.exp(x) - 1.0,
        vjp=lambda g, x: g * np.exp(x),
    ),
    Specimen(
        "naive log1p",
        "cancellation",
        "log(1 + x) near 0, as it is written.",
        sized(1e-10, 1e-4, (3,)),
        f=lambda x: np.log(1.0 + x),
        vjp=lambda g, x: g / (1.0 + x),
    ),
    Specimen(
        "naive variance",
        "cancellation",
        "mean(x²) − mean(x)² of numbers near 10⁴: eight digits cancel.",
        normal((4,), centre=1e4),
        f=_naive_variance,
        vjp=lambda g, x: 2.0 * g * (x - x.mean()) / x.size,
    ),
    Specimen(
        "certain classifier",
        "cancellation",
        "Cross-entropy of a class with probability 1 − 10⁻⁸: every slope is tiny, one as a difference.",
        _certain,
        f=_softmax_cross_entropy,
        vjp=_softmax_cross_entropy_rule,
    ),
    Specimen(
        "alternating sum",
        "cancellation",
        "A sum of ± x² whose terms near 10⁸ nearly cancel.",
        normal((6,), centre=1e4),
        f=lambda x: np.sum(SIGNS * x**2),
        vjp=lambda g, x: 2.0 * g * SIGNS * x,
    ),
    Specimen(
        "difference of squares",
        "cancellation",
        "a² − b² for a and b near 10⁴ that agree in eight digits.",
        lambda rng: (x := 1e4 + rng.normal(size=3), x + 1e-4 * rng.normal(size=3)),
        f=lambda a, b: a * a - b * b,
        vjp=lambda g, a, b: (2.0 * g * a, -2.0 * g * b),
    ),
)


# ---- low precision -----------------------------------------------------------------------------------

LAYER = np.array([[0.5, -0.3, 0.2], [0.1, 0.4, -0.6], [-0.2, 0.3, 0.7]], np.float32)
"""Weights in single precision."""


def _layer_rule(g: Any, x: Any) -> Any:
    return LAYER.T @ (g * (1.0 - np.tanh(LAYER @ x) ** 2))


def _single(x: Any) -> Any:
    return np.tanh(x.astype(np.float32) ** 2).astype(np.float64)


def _polynomial_rule(g: Any, x: Any) -> Any:
    return (g.astype(np.float64) * (1.0 + 0.5 * x.astype(np.float64))).astype(np.float16)


PRECISION = (
    Specimen(
        "layer in float32",
        "low precision",
        "tanh(Wx) in single precision: a step of 10⁻⁶ is lost in the rounding of x.",
        cast(normal((3,)), np.float32),
        f=lambda x: np.tanh(LAYER @ x),
        vjp=_layer_rule,
    ),
    Specimen(
        "sum in float32",
        "low precision",
        "Twenty squares added up in single precision.",
        cast(normal((20,)), np.float32),
        f=lambda x: np.sum(x * x),
        vjp=lambda g, x: np.float32(2.0) * g * x,
    ),
    Specimen(
        "float32 inside",
        "low precision",
        "Takes and gives float64 and computes in float32: a staircase with steps of 10⁻⁷.",
        sized(0.2, 1.2, (3,)),
        f=_single,
        vjp=lambda g, x: g * 2.0 * x * (1.0 - np.tanh(x**2) ** 2),
    ),
    Specimen(
        "polynomial in float16",
        "low precision",
        "x + x²/4 in half precision: three digits.",
        cast(uniform(0.5, 2.0, (3,)), np.float16),
        f=lambda x: x + x * x / 4,
        vjp=_polynomial_rule,
    ),
    Specimen(
        "large numbers in float32",
        "low precision",
        "1/x for x near 10⁴ in single precision: the slope is 10⁻⁸.",
        cast(sized(1e3, 1e5, (3,)), np.float32),
        f=lambda x: 1 / x,
        vjp=lambda g, x: -g / (x * x),
    ),
)


# ---- pieces ------------------------------------------------------------------------------------------

KNOTS, HEIGHTS = np.array([-2.0, -1.0, 0.0, 1.0, 2.0]), np.array([0.0, 1.0, -1.0, 0.5, 2.0])
"""A curve through five points, straight between them."""


def _piece(x: Any) -> Any:
    return np.clip(np.searchsorted(KNOTS, x, side="right") - 1, 0, len(KNOTS) - 2)


def _slope(x: Any) -> Any:
    return (np.diff(HEIGHTS) / np.diff(KNOTS))[_piece(x)]


def _interpolated(x: Any) -> Any:
    return HEIGHTS[_piece(x)] + _slope(x) * (x - KNOTS[_piece(x)])


def _three_branches(x: Any) -> Any:
    return np.where(x < -1.0, np.exp(x), np.where(x < 1.0, x**2, 3.0 - np.cos(x)))


def _three_branches_rule(g: Any, x: Any) -> Any:
    return g * np.where(x < -1.0, np.exp(x), np.where(x < 1.0, 2.0 * x, np.sin(x)))


HALVES = (-1.5, -0.5, 0.5, 1.5, 2.5)
THIRDS = tuple(np.arange(-12, 13) / 4.0)

PIECES = (
    Specimen(
        "sawtooth",
        "pieces",
        "x − ⌊x⌋, at least 10⁻³ away from its jumps.",
        at_least(1e-3, uniform(-3.0, 3.0, (4,)), range(-4, 5)),
        f=lambda x: x - np.floor(x.real),
        vjp=lambda g, x: g,
    ),
    Specimen(
        "steps on a parabola",
        "pieces",
        "⌊4x⌋ + x², at least 10⁻³ away from its jumps: the steps have no slope.",
        at_least(1e-3, uniform(-2.0, 2.0, (4,)), THIRDS),
        f=lambda x: np.floor(4.0 * x.real) + x**2,
        vjp=lambda g, x: 2.0 * g * x,
    ),
    Specimen(
        "rounding",
        "pieces",
        "The nearest integer, away from the halves: its slope is 0.",
        at_least(1e-3, uniform(-2.0, 3.0, (4,)), HALVES),
        f=lambda x: np.round(x),
        vjp=lambda g, x: np.zeros_like(x),
    ),
    Specimen(
        "Huber",
        "pieces",
        "A Huber loss on both sides of where it becomes straight.",
        normal((4,)),
        f=lambda x: np.where(np.abs(x) < 0.5, 0.5 * x**2, 0.5 * (np.abs(x) - 0.25)),
        vjp=lambda g, x: g * np.where(np.abs(x) < 0.5, x, 0.5 * np.sign(x)),
    ),
    Specimen(
        "three branches",
        "pieces",
        "eˣ, x² and 3 − cos x, with jumps between them.",
        at_least(1e-3, normal((4,), scale=1.5), (-1.0, 1.0)),
        f=_three_branches,
        vjp=_three_branches_rule,
    ),
    Specimen(
        "table",
        "pieces",
        "Straight lines between five points, at least 10⁻⁴ away from them.",
        at_least(1e-4, uniform(-2.0, 2.0, (4,)), KNOTS.tolist()),
        f=_interpolated,
        vjp=lambda g, x: g * _slope(x),
    ),
)


# ---- saturation --------------------------------------------------------------------------------------


_erf = np.vectorize(math.erf, otypes=[float])


def _tanh_slope(x: Any) -> Any:
    return 4.0 / (np.exp(x) + np.exp(-x)) ** 2  # 1 − tanh² x would be rounded to 0


SATURATION = (
    Specimen(
        "tanh at ±20",
        "saturation",
        "The slope is 10⁻¹⁷, and the value is 1 in all its digits.",
        sized(15.0, 22.0, (3,)),
        f=np.tanh,
        vjp=lambda g, x: g * _tanh_slope(x),
    ),
    Specimen(
        "sigmoid at 40",
        "saturation",
        "The same on the right of a sigmoid.",
        uniform(35.0, 45.0, (3,)),
        f=lambda x: 1.0 / (1.0 + np.exp(-x)),
        vjp=lambda g, x: g * np.exp(-x) / (1.0 + np.exp(-x)) ** 2,
    ),
    Specimen(
        "softmax of large logits",
        "saturation",
        "Logits of a hundred: all slopes are nearly 0.",
        normal((4,), scale=100.0),
        f=_softmax,
        vjp=_softmax_rule,
    ),
    Specimen(
        "error function",
        "saturation",
        "erf x out to 5, where its slope is 10⁻¹¹; it takes no complex numbers.",
        sized(0.1, 5.0, (3,)),
        f=_erf,
        vjp=lambda g, x: g * 2.0 / np.sqrt(np.pi) * np.exp(-(x**2)),
    ),
    Specimen(
        "dead units",
        "saturation",
        "A relu of negative numbers only: every slope is 0, exactly.",
        uniform(-3.0, -0.1, (4,)),
        f=lambda x: np.maximum(x, 0.0),
        vjp=lambda g, x: np.zeros_like(x),
    ),
    Specimen(
        "input without effect",
        "saturation",
        "One of two inputs does not matter, and gets zeros.",
        normal((3,), (3,)),
        f=lambda a, b: np.sin(a) + 0.0 * b,
        vjp=lambda g, a, b: (g * np.cos(a), np.zeros_like(b)),
    ),
)


# ---- steep and rough ---------------------------------------------------------------------------------

WAVES = np.random.default_rng(7).uniform(0.5, 30.0, size=(3, 40))
"""Amplitudes, frequencies and phases."""


def _arguments(x: Any) -> Any:
    return x[..., None] * WAVES[1] + WAVES[2]


STEEP = (
    Specimen(
        "high frequency",
        "steep",
        "sin(1000 x): within a step of 10⁻⁴ it turns by 0.1.",
        normal((3,)),
        f=lambda x: np.sin(1000.0 * x),
        vjp=lambda g, x: 1000.0 * g * np.cos(1000.0 * x),
    ),
    Specimen(
        "steep exponential",
        "steep",
        "exp(50 x): slopes up to 10²³.",
        uniform(-1.0, 1.0, (3,)),
        f=lambda x: np.exp(50.0 * x),
        vjp=lambda g, x: 50.0 * g * np.exp(50.0 * x),
    ),
    Specimen(
        "root near 0",
        "steep",
        "√x at 10⁻⁹ … 10⁻⁵: steep, and not defined on the left of 0.",
        small(1e-9, 1e-5, (3,)),
        f=np.sqrt,
        vjp=lambda g, x: 0.5 * g / np.sqrt(x),
    ),
    Specimen(
        "logarithm near 0",
        "steep",
        "log x at 10⁻⁹ … 10⁻⁵.",
        small(1e-9, 1e-5, (3,)),
        f=np.log,
        vjp=lambda g, x: g / x,
    ),
    Specimen(
        "reciprocal near 0",
        "steep",
        "1/x at 10⁻⁷ … 10⁻⁴ on both sides of its pole.",
        sized(1e-7, 1e-4, (3,)),
        f=lambda x: 1.0 / x,
        vjp=lambda g, x: -g / x**2,
    ),
    Specimen(
        "arc sine near 1",
        "steep",
        "arcsin x at 10⁻⁸ … 10⁻⁴ from the end of its domain.",
        lambda rng: (1.0 - small(1e-8, 1e-4, (3,))(rng)[0],),
        f=np.arcsin,
        vjp=lambda g, x: g / np.sqrt((1.0 - x) * (1.0 + x)),
    ),
    Specimen(
        "angle beside the cut",
        "steep",
        "arctan2(y, x) for negative x and tiny y: it jumps by 2π at y = 0.",
        mixed(sized(1e-7, 1e-4, (3,)), uniform(-2.0, -0.5, (3,))),
        f=np.arctan2,
        vjp=lambda g, y, x: (g * x / (x**2 + y**2), -g * y / (x**2 + y**2)),
    ),
    Specimen(
        "tangent beside its pole",
        "steep",
        "tan x at 10⁻⁵ … 10⁻² from ½π.",
        sized(1e-5, 1e-2, (3,), centre=np.pi / 2),
        f=np.tan,
        vjp=lambda g, x: g / np.cos(x) ** 2,
    ),
    Specimen(
        "many waves",
        "steep",
        "A sum of forty sines that looks like noise, and is smooth.",
        normal((3,)),
        f=lambda x: np.sum(WAVES[0] * np.sin(_arguments(x)), axis=-1),
        vjp=lambda g, x: g * np.sum(WAVES[0] * WAVES[1] * np.cos(_arguments(x)), axis=-1),
    ),
)


# ---- linear algebra and products ---------------------------------------------------------------------


def _ill_conditioned(rng: np.random.Generator) -> tuple[Any, ...]:
    left, right = (np.linalg.qr(rng.normal(size=(3, 3)))[0] for _ in range(2))
    return left * np.array([1.0, 1e-3, 1e-6]) @ right, rng.normal(size=3)


def _solve_rule(g: Any, a: Any, b: Any) -> Any:
    back = np.linalg.solve(a.T, g)
    return -np.outer(back, np.linalg.solve(a, b)), back


def _others(x: Any) -> Any:
    """For each element the product of all the others."""
    return np.array([np.prod(np.delete(x, i)) for i in range(x.size)])


def _running_products_rule(g: Any, x: Any) -> Any:
    back = np.zeros_like(x)
    for k in range(x.size):
        back[: k + 1] += g[k] * _others(x[: k + 1])
    return back


PRODUCTS = (
    Specimen(
        "ill-conditioned system",
        "products",
        "The solution of Ax = b, where A has the condition number 10⁶.",
        _ill_conditioned,
        f=np.linalg.solve,
        vjp=_solve_rule,
    ),
    Specimen(
        "long product",
        "products",
        "The product of twenty numbers.",
        at_least(0.05, normal((20,), scale=2.0)),
        f=np.prod,
        vjp=lambda g, x: g * _others(x),
    ),
    Specimen(
        "running product with zeros",
        "products",
        "The running product of numbers, one of which is 0: dividing by it is no way to a gradient.",
        lambda rng: (rng.permutation(np.append(rng.normal(size=4), 0.0)),),
        f=np.cumprod,
        vjp=_running_products_rule,
    ),
)


# ---- noise -------------------------------------------------------------------------------------------


def _fixed_point(x: Any) -> Any:
    """y = x + ½ sin y, repeated until y moves by less than 10⁻¹⁰."""
    y, step = x, 1.0
    while np.max(np.abs(step)) > 1e-10:
        step = x + 0.5 * np.sin(y) - y
        y = y + step
    return y


def _bisected(x: Any) -> Any:
    """The root of y³ + y = x, by halving [−3, 3] until it is known to 10⁻¹⁰."""
    low, high = np.full_like(x, -3.0), np.full_like(x, 3.0)
    while np.max(high - low) > 2e-10:
        middle = 0.5 * (low + high)
        right = middle**3 + middle > x
        low, high = np.where(right, low, middle), np.where(right, middle, high)
    return 0.5 * (low + high)


NOISE = (
    Specimen(
        "fixed point",
        "noise",
        "y = x + ½ sin y, iterated until it moves by less than 10⁻¹⁰; the rule is that of the exact solution.",
        normal((3,)),
        f=_fixed_point,
        vjp=lambda g, x: g / (1.0 - 0.5 * np.cos(_fixed_point(x))),
    ),
    Specimen(
        "bisection",
        "noise",
        "The root of y³ + y = x to 10⁻¹⁰: a staircase whose steps cannot be seen.",
        normal((3,)),
        f=_bisected,
        vjp=lambda g, x: g / (1.0 + 3.0 * _bisected(x) ** 2),
    ),
)


# ---- manners -----------------------------------------------------------------------------------------


class _KeptMask:
    """Dropout with one mask, for the function and for its gradient."""

    def __init__(self) -> None:
        self.kept = 2.0 * (np.random.default_rng(1).random(8) < 0.5)

    def f(self, x: Any) -> Any:
        return x * self.kept

    def vjp(self, g: Any, _x: Any) -> Any:
        return g * self.kept


class _Remembers:
    """A rule that keeps the exponentials of the arrays that it has seen, each under its bytes."""

    def __init__(self) -> None:
        self.known: dict[bytes, Any] = {}

    def f(self, x: Any) -> Any:
        return self.known.setdefault(x.tobytes() + str(x.dtype).encode(), np.exp(x)).copy()

    def vjp(self, g: Any, x: Any) -> Any:
        return g * self.f(x)


MANNERS = (
    Specimen(
        "cotangent handed on",
        "manners",
        "The gradient of a sum of two arrays is the cotangent itself, for both of them.",
        normal((3,), (3,)),
        f=lambda a, b: a + b,
        vjp=lambda g, a, b: (g, g),
    ),
    Specimen(
        "gradient that cannot be written to",
        "manners",
        "The gradient of a sum is a read-only view of one number.",
        normal((3, 2)),
        f=np.sum,
        vjp=lambda g, x: np.broadcast_to(g, x.shape),
    ),
    Specimen(
        "view of the input",
        "manners",
        "The result of the function is a view of its input.",
        normal((2, 3)),
        f=lambda x: x.T,
        vjp=lambda g, x: g.T,
    ),
    Specimen(
        "same mask",
        "manners",
        "Dropout with one mask for the function and its gradient.",
        normal((8,)),
        f=_KeptMask.f,
        vjp=_KeptMask.vjp,
        state=_KeptMask,
    ),
    Specimen(
        "rule with a memory",
        "manners",
        "Results are remembered, under all that they depend on.",
        normal((3,)),
        f=_Remembers.f,
        vjp=_Remembers.vjp,
        state=_Remembers,
    ),
)


# ---- shapes ------------------------------------------------------------------------------------------


SHAPES = (
    Specimen(
        "no elements",
        "shape",
        "The sine of an array of shape (0, 3): there is nothing to compare.",
        normal((0, 3)),
        f=np.sin,
        vjp=lambda g, x: g * np.cos(x),
    ),
    Specimen(
        "array without axes",
        "shape",
        "An array of shape (), which is no number and no vector.",
        normal(()),
        f=lambda x: np.asarray(np.sin(x)),
        vjp=lambda g, x: np.asarray(g * np.cos(x)),
    ),
    Specimen(
        "numbers",
        "shape",
        "A function of two floats.",
        lambda rng: (float(rng.normal()), float(rng.uniform(0.5, 2.0))),
        f=lambda a, b: a / b + a,
        vjp=lambda g, a, b: (g / b + g, -g * a / b**2),
    ),
    Specimen(
        "outer broadcast",
        "shape",
        "A column times a row, each gradient summed along the other's axis.",
        normal((3, 1), (4,)),
        f=lambda a, b: a * b,
        vjp=lambda g, a, b: (np.sum(g * b, axis=1, keepdims=True), np.sum(g * a, axis=0)),
    ),
    Specimen(
        "two results",
        "shape",
        "A function with two results of different shapes.",
        normal((3,)),
        f=lambda x: (np.sin(x), np.sum(x**2)),
        vjp=lambda g, x: g[0] * np.cos(x) + 2.0 * g[1] * x,
    ),
    Specimen(
        "every other element",
        "shape",
        "The input is a view with gaps between its elements.",
        lambda rng: (rng.normal(size=(6, 2))[::2].T,),
        f=lambda x: x**2,
        vjp=lambda g, x: 2.0 * g * x,
    ),
    Specimen(
        "two hundred elements",
        "shape",
        "The Jacobian has forty thousand entries.",
        normal((200,)),
        f=lambda x: np.cumsum(np.sin(x)),
        vjp=lambda g, x: np.cumsum(g[::-1])[::-1] * np.cos(x),
    ),
)


# ---- complex numbers ---------------------------------------------------------------------------------

COMPLEX = (
    Specimen(
        "holomorphic",
        "complex",
        "z² eᶻ: one complex slope.",
        complex_normal((3,)),
        f=lambda z: z**2 * np.exp(z),
        vjp=lambda g, z: g * (2.0 * z + z**2) * np.exp(z),
    ),
    Specimen(
        "squared modulus",
        "complex",
        "|z|², which is real: there is no complex slope.",
        complex_normal((3,)),
        f=lambda z: z.real**2 + z.imag**2,
        vjp=lambda g, z: 2.0 * g * np.conj(z),
    ),
    Specimen(
        "conjugate",
        "complex",
        "z̄ w: linear in the real and the imaginary part, not in z.",
        complex_normal((3,), (3,)),
        f=lambda z, w: np.conj(z) * w,
        vjp=lambda g, z, w: (np.conj(g * w), g * np.conj(z)),
    ),
    Specimen(
        "into the plane",
        "complex",
        "exp(i x) of a real x: the result is complex, the gradient real.",
        normal((3,)),
        f=lambda x: np.exp(1j * x),
        vjp=lambda g, x: np.real(1j * g * np.exp(1j * x)),
    ),
)


# ---- second order, and forward mode ------------------------------------------------------------------


def _tanh_twice(v: Any, g: Any, x: Any) -> Any:
    out = np.tanh(x)
    return -2.0 * v * g * out * (1.0 - out**2)


ORDERS = (
    Specimen(
        "tanh twice",
        "order and mode",
        "Slope and curvature of tanh, in both modes.",
        normal((3,)),
        f=np.tanh,
        vjp=lambda g, x: g * (1.0 - np.tanh(x) ** 2),
        jvp=lambda t, x: t * (1.0 - np.tanh(x) ** 2),
        second=_tanh_twice,
    ),
    Specimen(
        "mixed product",
        "order and mode",
        "x y², with all its second derivatives.",
        normal((2,), (2,)),
        f=lambda x, y: x * y**2,
        vjp=lambda g, x, y: (g * y**2, 2.0 * g * x * y),
        jvp=lambda t, x, y: t[0] * y**2 + 2.0 * x * y * t[1],
        second=lambda v, g, x, y: (2.0 * g * v[1] * y, 2.0 * g * (v[0] * y + v[1] * x)),
    ),
    Specimen(
        "linear twice",
        "order and mode",
        "3x: its slope is a constant, whose slope is 0.",
        normal((3,)),
        f=lambda x: 3.0 * x,
        vjp=lambda g, x: 3.0 * g,
        jvp=lambda t, x: 3.0 * t,
        second=lambda v, g, x: np.zeros_like(x),
    ),
)


CORRECT = (
    *SCALES, *KINKS, *CANCELLATION, *PRECISION, *PIECES, *SATURATION, *STEEP, *PRODUCTS, *NOISE, *MANNERS, *SHAPES,
    *COMPLEX, *ORDERS,
)  # fmt: skip
"""All of them."""

__all__ = ["CORRECT"]
