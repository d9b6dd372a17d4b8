"""Rules with a bug: each states a derivative that its function does not have, at every point that it draws.

Most are bugs that people make when they write an engine, or a rule by hand.  In a measurement a checker that
passes one of them has missed it.  The functions themselves are right.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .points import at_least, complex_normal, distinct, mixed, normal, sized, uniform
from .specimen import Specimen

MAP = np.array([[2.0, -1.0, 0.5], [0.3, 1.5, -0.7], [1.1, 0.4, -2.0]])
"""A linear map that is not symmetric."""

TIMES, PLACES = [0, 2, 2, 1], [2, 0, 3]
"""Indices to gather from, one of them twice, and indices to scatter to."""


# ---- formulas ----------------------------------------------------------------------------------------

FORMULAS = (
    Specimen(
        "sign",
        "formula",
        "The slope of cos x is said to be sin x, without the minus sign.",
        sized(0.2, 2.0, (3,)),
        f=np.cos,
        vjp=lambda g, x: g * np.sin(x),
    ),
    Specimen(
        "factor of a square",
        "formula",
        "The factor 2 of x² is missing.",
        sized(0.2, 2.0, (3,)),
        f=lambda x: x**2,
        vjp=lambda g, x: g * x,
    ),
    Specimen(
        "mean as a sum",
        "formula",
        "The 1/n of a mean is missing.",
        normal((4,)),
        f=np.mean,
        vjp=lambda g, x: g * np.ones_like(x),
    ),
    Specimen(
        "base of the logarithm",
        "formula",
        "log₁₀ has the rule of the natural logarithm.",
        uniform(0.2, 3.0, (3,)),
        f=np.log10,
        vjp=lambda g, x: g / x,
    ),
    Specimen(
        "degrees",
        "formula",
        "The sine of an angle in degrees lacks the factor π/180.",
        uniform(-80.0, 80.0, (3,)),
        f=lambda x: np.sin(x * (np.pi / 180.0)),
        vjp=lambda g, x: g * np.cos(x * (np.pi / 180.0)),
    ),
    Specimen(
        "quotient",
        "formula",
        "The denominator of a/b is not squared in its own gradient.",
        mixed(sized(0.5, 2.0, (3,)), uniform(2.0, 4.0, (3,))),
        f=lambda a, b: a / b,
        vjp=lambda g, a, b: (g / b, -g * a / b),
    ),
    Specimen(
        "slope of tanh from x",
        "formula",
        "1 − out² is the rule of tanh, and x is put in for out.",
        sized(0.3, 2.0, (3,)),
        f=np.tanh,
        vjp=lambda g, x: g * (1.0 - x**2),
    ),
    Specimen(
        "degrees of freedom",
        "formula",
        "The standard deviation divides by n, its rule by n − 1.",
        distinct(4),
        f=lambda x: _std(x),
        vjp=lambda g, x: g * (x - x.mean()) / ((x.size - 1) * _std(x)),
    ),
    Specimen(
        "norm",
        "formula",
        "The gradient of a norm is not divided by the norm.",
        at_least(0.8, normal((3,), scale=2.0)),
        f=lambda x: np.sqrt(np.sum(x * x)),
        vjp=lambda g, x: g * x,
    ),
    Specimen(
        "half of a fraction",
        "formula",
        "The slope of √x is said to be 1/√x: the ½ is missing.",
        uniform(0.5, 4.0, (3,)),
        f=np.sqrt,
        vjp=lambda g, x: g / np.sqrt(x),
    ),
)


def _std(x: Any) -> Any:
    return np.sqrt(np.mean((x - x.mean()) ** 2))


# ---- a term that is missing --------------------------------------------------------------------------


def _softmax(x: Any, axis: int = -1) -> Any:
    z = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return z / z.sum(axis=axis, keepdims=True)


def _cross_entropy(x: Any) -> Any:
    """Of the class 1."""
    top = np.max(x)
    return top + np.log(np.sum(np.exp(x - top))) - x[1]


def _normalised(x: Any, axis: int) -> Any:
    d = x - x.mean(axis=axis, keepdims=True)
    return d / np.sqrt(np.mean(d**2, axis=axis, keepdims=True) + 1e-5)


def _deviation(x: Any, axis: int) -> Any:
    return np.sqrt(x.var(axis=axis, keepdims=True) + 1e-5)


def _batch_norm_rule(g: Any, x: Any) -> Any:
    out = _normalised(x, 0)
    return (g - out * np.mean(g * out, axis=0, keepdims=True)) / _deviation(x, 0)


def _layer_norm_rule(g: Any, x: Any) -> Any:
    return (g - g.mean(axis=1, keepdims=True)) / _deviation(x, 1)


MISSING = (
    Specimen(
        "used twice",
        "missing term",
        "x · tanh x uses x twice, and only the first use is counted.",
        sized(0.2, 2.0, (3,)),
        f=lambda x: x * np.tanh(x),
        vjp=lambda g, x: g * np.tanh(x),
    ),
    Specimen(
        "quadratic form",
        "missing term",
        "The gradient of xᵀWx is said to be Wx: the Wᵀx is missing.",
        normal((3,)),
        f=lambda x: x @ MAP @ x,
        vjp=lambda g, x: g * (MAP @ x),
    ),
    Specimen(
        "residual",
        "missing term",
        "In x + tanh(Wx) the path around the layer is forgotten.",
        normal((3,)),
        f=lambda x: x + np.tanh(MAP @ x),
        vjp=lambda g, x: MAP.T @ (g * (1.0 - np.tanh(MAP @ x) ** 2)),
    ),
    Specimen(
        "detached branch",
        "missing term",
        "In x · sigmoid(x) the gate is treated as a constant.",
        sized(0.2, 3.0, (3,)),
        f=lambda x: x / (1.0 + np.exp(-x)),
        vjp=lambda g, x: g / (1.0 + np.exp(-x)),
    ),
    Specimen(
        "exponent",
        "missing term",
        "The exponent of a power gets no gradient.",
        uniform(1.2, 2.5, (3,), (3,)),
        f=lambda x, y: x**y,
        vjp=lambda g, x, y: (g * y * x ** (y - 1.0), np.zeros_like(y)),
    ),
    Specimen(
        "softmax by element",
        "missing term",
        "Softmax has the rule of a sigmoid: only the diagonal of its Jacobian.",
        normal((4,)),
        f=_softmax,
        vjp=lambda g, x: g * _softmax(x) * (1.0 - _softmax(x)),
    ),
    Specimen(
        "cross-entropy",
        "missing term",
        "The gradient is the softmax, and the 1 of the right class is not subtracted.",
        normal((4,)),
        f=_cross_entropy,
        vjp=lambda g, x: g * _softmax(x),
    ),
    Specimen(
        "normalisation without projection",
        "missing term",
        "x/‖x‖ is said to have the slope 1/‖x‖, as if the norm were a constant.",
        at_least(0.2, normal((3,))),
        f=lambda x: x / np.sqrt(np.sum(x * x)),
        vjp=lambda g, x: g / np.sqrt(np.sum(x * x)),
    ),
    Specimen(
        "mean of a batch norm",
        "missing term",
        "Batch normalisation ignores that the mean depends on the batch.",
        normal((4, 2)),
        f=lambda x: _normalised(x, 0),
        vjp=_batch_norm_rule,
    ),
    Specimen(
        "variance of a layer norm",
        "missing term",
        "Layer normalisation ignores that the variance depends on the layer.",
        normal((2, 4)),
        f=lambda x: _normalised(x, 1),
        vjp=_layer_norm_rule,
    ),
    Specimen(
        "second result",
        "missing term",
        "Of two results, the cotangent of the second is dropped.",
        sized(0.2, 1.4, (3,)),
        f=lambda x: (np.sin(x), np.cos(x)),
        vjp=lambda g, x: g[0] * np.cos(x),
    ),
)


# ---- transposes --------------------------------------------------------------------------------------


def _solve_rule(g: Any, a: Any, b: Any) -> Any:
    back = np.linalg.solve(a.T, g)
    return -np.outer(np.linalg.solve(a, b), back), back


def _system(rng: np.random.Generator) -> tuple[Any, ...]:
    return 3.0 * np.eye(3) + 0.5 * rng.normal(size=(3, 3)), rng.normal(size=3)


TRANSPOSED = (
    Specimen(
        "transposed map",
        "transposed",
        "The gradient of Wx is Wᵀg; the rule says Wg.",
        normal((3,)),
        f=lambda x: MAP @ x,
        vjp=lambda g, x: MAP @ g,
    ),
    Specimen(
        "left factor of a product",
        "transposed",
        "The gradient of A in AB is gBᵀ; the rule says gB.",
        normal((3, 3), (3, 3)),
        f=lambda a, b: a @ b,
        vjp=lambda g, a, b: (g @ b, a.T @ g),
    ),
    Specimen(
        "right factor of a product",
        "transposed",
        "The gradient of B in AB is Aᵀg; the rule says Ag.",
        normal((3, 3), (3, 3)),
        f=lambda a, b: a @ b,
        vjp=lambda g, a, b: (g @ b.T, a @ g),
    ),
    Specimen(
        "operands of einsum",
        "transposed",
        "In a batch of products Ax, the gradient of A is x ⊗ g instead of g ⊗ x.",
        normal((2, 3, 3), (2, 3)),
        f=lambda a, x: np.einsum("bij,bj->bi", a, x),
        vjp=lambda g, a, x: (np.einsum("bi,bj->bij", x, g), np.einsum("bij,bi->bj", a, g)),
    ),
    Specimen(
        "linear system",
        "transposed",
        "The gradient of A in the solution of Ax = b is transposed.",
        _system,
        f=np.linalg.solve,
        vjp=_solve_rule,
    ),
    Specimen(
        "determinant",
        "transposed",
        "The gradient of det A is det A · A⁻¹, without the transpose.",
        lambda rng: _system(rng)[:1],
        f=np.linalg.det,
        vjp=lambda g, a: g * np.linalg.det(a) * np.linalg.inv(a),
    ),
    Specimen(
        "kernel of a convolution",
        "transposed",
        "The kernel is not flipped on the way back to the signal.",
        normal((6,), (3,)),
        f=lambda x, k: np.convolve(x, k, "valid"),
        vjp=lambda g, x, k: (np.convolve(g, k), np.convolve(x, g[::-1], "valid")[::-1]),
    ),
    Specimen(
        "axes of a transpose",
        "transposed",
        "The axes (2, 0, 1) are undone with (2, 0, 1) again, not with (1, 2, 0).",
        normal((2, 2, 2)),
        f=lambda x: np.transpose(x, (2, 0, 1)),
        vjp=lambda g, x: np.transpose(g, (2, 0, 1)),
    ),
)


# ---- shapes and broadcasting -------------------------------------------------------------------------


def _unit_rows(x: Any) -> Any:
    return x / np.sqrt(np.sum(x * x, axis=-1, keepdims=True))


def _unit_rows_rule(g: Any, x: Any) -> Any:
    size = np.sqrt(np.sum(x * x, axis=-1, keepdims=True))
    if x.shape[-1] == 1:
        return g / size
    return (g - _unit_rows(x) * np.sum(g * _unit_rows(x), axis=-1, keepdims=True)) / size


def _softmax_of_the_other_axis(g: Any, x: Any) -> Any:
    out = _softmax(x, axis=0)
    return out * (g - np.sum(g * out, axis=1, keepdims=True))


SHAPES = (
    Specimen(
        "bias not summed",
        "shape",
        "The gradient of a bias has the shape of the batch: nobody summed over its rows.",
        normal((4, 3), (3,)),
        f=lambda x, b: x + b,
        vjp=lambda g, x, b: (g, g),
    ),
    Specimen(
        "bias of the first row",
        "shape",
        "The gradient of a bias is that of the first row of the batch; the shape is right.",
        normal((4, 3), (3,)),
        f=lambda x, b: x + b,
        vjp=lambda g, x, b: (g, g[0]),
    ),
    Specimen(
        "bias averaged",
        "shape",
        "The gradient of a bias is the mean over the batch instead of the sum.",
        normal((4, 3), (3,)),
        f=lambda x, b: x + b,
        vjp=lambda g, x, b: (g, g.mean(axis=0)),
    ),
    Specimen(
        "keepdims",
        "shape",
        "The cotangent of a mean over rows is spread along the wrong axis; the matrix is square, so it fits.",
        normal((3, 3)),
        f=lambda x: x.mean(axis=1),
        vjp=lambda g, x: np.broadcast_to(g, x.shape) / x.shape[1],
    ),
    Specimen(
        "axis of a softmax",
        "shape",
        "Softmax along one axis, its rule along the other; the matrix is square, so it fits.",
        normal((3, 3)),
        f=lambda x: _softmax(x, axis=0),
        vjp=_softmax_of_the_other_axis,
    ),
    Specimen(
        "column for a vector",
        "shape",
        "The gradient of a vector (n,) is a column (n, 1).",
        normal((3,)),
        f=lambda x: np.sum(x**2),
        vjp=lambda g, x: (2.0 * g * x)[:, None],
    ),
    Specimen(
        "axis of size 1 kept wide",
        "shape",
        "Broadcasting along an axis of size 1 is not undone; only missing axes are.",
        normal((3, 1), (3, 4)),
        f=lambda a, b: a * b,
        vjp=lambda g, a, b: (g * b, g * a),
    ),
    Specimen(
        "rows of one element",
        "shape",
        "Rows are scaled to length 1. The rule is right, except for rows of one element.",
        at_least(0.2, normal((3, 1))),
        f=_unit_rows,
        vjp=_unit_rows_rule,
    ),
    Specimen(
        "number not summed",
        "shape",
        "The gradient of a number that scales an array is an array.",
        normal((), (3,)),
        f=lambda a, x: a * x,
        vjp=lambda g, a, x: (g * x, g * a),
    ),
)


# ---- indices -----------------------------------------------------------------------------------------


def _gathered_back(g: Any, x: Any) -> Any:
    back = np.zeros_like(x)
    back[TIMES] = g
    return back


def _scattered(x: Any) -> Any:
    out = np.zeros(4, x.dtype)
    out[PLACES] = x
    return out


def _pooled_back(g: Any, x: Any) -> Any:
    back = np.zeros_like(x)
    np.add.at(back, x.reshape(3, 2).argmax(axis=1), g)
    return back


def _differences_back(g: Any, x: Any) -> Any:
    back = np.zeros_like(x)
    back[1:-1] = g[:-1] - g[1:]
    back[0] = -g[0]
    return back


INDICES = (
    Specimen(
        "index taken twice",
        "index",
        "x[[0, 2, 2, 1]] takes an element twice; on the way back the last one overwrites the other.",
        normal((4,)),
        f=lambda x: x[TIMES],
        vjp=_gathered_back,
    ),
    Specimen(
        "scatter",
        "index",
        "Elements are written to the places 2, 0, 3, and fetched back in the order 0, 2, 3.",
        normal((3,)),
        f=_scattered,
        vjp=lambda g, x: g[np.sort(PLACES)],
    ),
    Specimen(
        "offsets of a concatenation",
        "index",
        "The two parts of a concatenation get each other's gradient.",
        normal((3,), (3,)),
        f=lambda a, b: np.concatenate([a, b]),
        vjp=lambda g, a, b: (g[3:], g[:3]),
    ),
    Specimen(
        "running sum",
        "index",
        "The gradient of a running sum runs forwards instead of backwards.",
        normal((4,)),
        f=np.cumsum,
        vjp=lambda g, x: np.cumsum(g),
    ),
    Specimen(
        "sorting",
        "index",
        "The permutation that sorts is applied once more, not undone.",
        lambda rng: (np.roll(np.sort(distinct(4)(rng)[0]), 1),),
        f=np.sort,
        vjp=lambda g, x: g[np.argsort(x)],
    ),
    Specimen(
        "roll",
        "index",
        "A roll by one to the right is undone by a roll to the right.",
        normal((4,)),
        f=lambda x: np.roll(x, 1),
        vjp=lambda g, x: np.roll(g, 1),
    ),
    Specimen(
        "windows of a pooling",
        "index",
        "The largest of each window gets the gradient, at its place in the window, not in the array.",
        distinct(6),
        f=lambda x: x.reshape(3, 2).max(axis=1),
        vjp=_pooled_back,
    ),
    Specimen(
        "last element",
        "index",
        "The differences of neighbours: right everywhere, except that the last element gets nothing.",
        normal((5,)),
        f=np.diff,
        vjp=_differences_back,
    ),
)


# ---- branches ----------------------------------------------------------------------------------------

BRANCHES = (
    Specimen(
        "branches swapped",
        "branch",
        "where(x > 0, x², −x) with the slopes of the other branch each.",
        sized(0.3, 2.0, (4,)),
        f=lambda x: np.where(x > 0, x**2, -x),
        vjp=lambda g, x: g * np.where(x > 0, -1.0, 2.0 * x),
    ),
    Specimen(
        "maximum to all",
        "branch",
        "Every element gets the gradient of the largest.",
        distinct(4),
        f=np.max,
        vjp=lambda g, x: g * np.ones_like(x),
    ),
    Specimen(
        "tie counted twice",
        "branch",
        "Two elements share the maximum, and each gets all of it: moved together, they count twice.",
        lambda rng: (np.sort(rng.normal(size=4))[[0, 3, 1, 3]],),
        f=np.max,
        vjp=lambda g, x: g * (x == x.max()),
    ),
    Specimen(
        "clip",
        "branch",
        "clip(x, −1, 1) passes the gradient outside of its bounds.",
        sized(1.2, 5.0, (3,)),
        f=lambda x: np.clip(x, -1.0, 1.0),
        vjp=lambda g, x: g,
    ),
    Specimen(
        "negative side",
        "branch",
        "A leaky relu without the leak: wrong for negative x only.",
        lambda rng: (rng.permutation([-1.0, 1.0, 1.0]) * rng.uniform(0.1, 2.0, size=3),),
        f=lambda x: np.where(x > 0, x, 0.01 * x),
        vjp=lambda g, x: g * (x > 0),
    ),
    Specimen(
        "Huber's outer branch",
        "branch",
        "A Huber loss of width ½: its outer slope is said to be ±1, not ±½.",
        sized(0.6, 3.0, (3,)),
        f=lambda x: np.where(np.abs(x) < 0.5, 0.5 * x**2, 0.5 * (np.abs(x) - 0.25)),
        vjp=lambda g, x: g * np.where(np.abs(x) < 0.5, x, np.sign(x)),
    ),
    Specimen(
        "clipped in the rule",
        "branch",
        "A gradient clipping is hidden in the rule of x³: wrong for large |x| only.",
        sized(8.0, 20.0, (3,)),
        f=lambda x: x**3,
        vjp=lambda g, x: g * np.minimum(3.0 * x**2, 100.0),
    ),
)


# ---- memory ------------------------------------------------------------------------------------------


class _KeptMask:
    """A relu that makes its mask once for each shape, and was called before."""

    def __init__(self) -> None:
        self.masks: dict[Any, Any] = {}
        self.vjp(0.0, np.ones(4))

    def f(self, x: Any) -> Any:
        return np.maximum(x, 0.0)

    def vjp(self, g: Any, x: Any) -> Any:
        return g * self.masks.setdefault(x.shape, x > 0)


class _NewMask:
    """Dropout that keeps its mask for the function, and draws another one for each gradient."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)
        self.kept = self.drawn()

    def drawn(self) -> Any:
        return 2.0 * (self.rng.random(8) < 0.5)

    def f(self, x: Any) -> Any:
        return x * self.kept

    def vjp(self, g: Any, _x: Any) -> Any:
        return g * self.drawn()


def _writes_into_the_cotangent(g: Any, x: Any) -> Any:
    g *= 2.0 * x
    return g


def _writes_into_the_input(g: Any, x: Any) -> Any:
    x *= 2.0
    return g * x


def _centred_in_place(x: Any) -> Any:
    x -= x.mean()
    return x**2


def _centred_rule(g: Any, x: Any) -> Any:
    back = 2.0 * g * (x - x.mean())
    return back - back.mean()


MEMORY = (
    Specimen(
        "mask of an earlier call",
        "memory",
        "A relu keeps the mask of the first array of that shape that it saw.",
        lambda rng: (rng.permutation([-1.0, -1.0, 1.0, 1.0]) * rng.uniform(0.2, 2.0, size=4),),
        f=_KeptMask.f,
        vjp=_KeptMask.vjp,
        state=_KeptMask,
    ),
    Specimen(
        "mask drawn anew",
        "memory",
        "Dropout draws another mask for each gradient.",
        normal((8,)),
        f=_NewMask.f,
        vjp=_NewMask.vjp,
        state=_NewMask,
    ),
    Specimen(
        "writes into its cotangent",
        "memory",
        "The gradient is right, and the cotangent that the rule was given is overwritten.",
        sized(0.2, 2.0, (3,)),
        f=lambda x: x**2,
        vjp=_writes_into_the_cotangent,
    ),
    Specimen(
        "writes into its input",
        "memory",
        "The gradient is right the first time, and the input is twice as large afterwards.",
        sized(0.2, 2.0, (3,)),
        f=lambda x: x**2,
        vjp=_writes_into_the_input,
    ),
    Specimen(
        "function that changes its input",
        "memory",
        "The function subtracts the mean in place: the caller's array is changed.",
        normal((4,), centre=1.0),
        f=_centred_in_place,
        vjp=_centred_rule,
    ),
)


# ---- cotangents --------------------------------------------------------------------------------------

COTANGENTS = (
    Specimen(
        "cotangent ignored",
        "cotangent",
        "The gradient of a single number does not depend on its cotangent: right for 1.",
        normal((3,)),
        f=lambda x: np.sum(np.sin(x)),
        vjp=lambda g, x: np.cos(x),
    ),
    Specimen(
        "cotangent squared",
        "cotangent",
        "g² in the place of g: right wherever g is 0 or 1.",
        sized(0.2, 1.2, (3,)),
        f=np.sin,
        vjp=lambda g, x: g**2 * np.cos(x),
    ),
    Specimen(
        "size of the cotangent",
        "cotangent",
        "|g| in the place of g: right wherever g is not negative.",
        sized(0.2, 1.2, (3,)),
        f=np.sin,
        vjp=lambda g, x: np.abs(g) * np.cos(x),
    ),
    Specimen(
        "mean of the cotangent",
        "cotangent",
        "Every element gets the mean cotangent: right where the cotangent is all ones.",
        sized(0.2, 1.2, (3,)),
        f=np.sin,
        vjp=lambda g, x: np.mean(g) * np.cos(x),
    ),
    Specimen(
        "weight decay in the rule",
        "cotangent",
        "0.01 x is added to every gradient, whatever the cotangent.",
        sized(0.5, 2.0, (3,)),
        f=np.sin,
        vjp=lambda g, x: g * np.cos(x) + 0.01 * x,
    ),
)


# ---- precision, and what is not finite ---------------------------------------------------------------


def _log_sum_exp(x: Any) -> Any:
    top = np.max(x)
    return top + np.log(np.sum(np.exp(x - top)))


def _sinc(x: Any) -> Any:
    return np.where(x == 0.0, 1.0, np.sin(x) / np.where(x == 0.0, 1.0, x))


def _centred_in_single(g: Any, x: Any) -> Any:
    short = x.astype(np.float32)
    return 2.0 * g * (short - short.mean()).astype(np.float64)


WEIGHTS = np.array([1e6, 1e-3])
"""Of a sum whose terms have very different sizes."""

PRECISION = (
    Specimen(
        "0.05 % too large",
        "precision",
        "The slope of the sine is 0.05 % too large.",
        sized(0.2, 1.2, (3,)),
        f=np.sin,
        vjp=lambda g, x: 1.0005 * g * np.cos(x),
    ),
    Specimen(
        "tiny function",
        "precision",
        "10⁻⁹ x² is said to have the slope 0.",
        sized(0.2, 2.0, (3,)),
        f=lambda x: 1e-9 * x**2,
        vjp=lambda g, x: np.zeros_like(x),
    ),
    Specimen(
        "small beside large",
        "precision",
        "One slope is near 10⁶ and right, the other near 10⁻³ and has the wrong sign.",
        sized(0.5, 2.0, (2,)),
        f=lambda x: WEIGHTS * x**2,
        vjp=lambda g, x: g * np.array([2e6, -2e-3]) * x,
    ),
    Specimen(
        "gradient in single precision",
        "precision",
        "For an array in float64 the gradient comes back in float32.",
        sized(0.2, 1.2, (3,)),
        f=np.sin,
        vjp=lambda g, x: (g * np.cos(x)).astype(np.float32),
    ),
    Specimen(
        "mean taken in single precision",
        "precision",
        "A sum of squared deviations from a mean of 10⁴: the rule subtracts in float32.",
        normal((4,), centre=12345.6),
        f=lambda x: np.sum((x - x.mean()) ** 2),
        vjp=_centred_in_single,
    ),
    Specimen(
        "rule that overflows",
        "not finite",
        "log Σ exp x is computed with a shift, its gradient without: nan near 800.",
        normal((3,), centre=800.0),
        f=_log_sum_exp,
        vjp=lambda g, x: g * np.exp(x) / np.sum(np.exp(x)),
    ),
    Specimen(
        "nan at 0",
        "not finite",
        "sin x / x is smooth at 0, and its rule divides by 0 there.",
        lambda rng: (np.append(0.0, rng.uniform(0.5, 2.0, size=2)),),
        f=_sinc,
        vjp=lambda g, x: g * (np.cos(x) / x - np.sin(x) / x**2),
    ),
    Specimen(
        "nan from the branch not taken",
        "not finite",
        "where(x > 0, √x, 0): the slope of √x is multiplied by 0 for negative x, and 0 · nan is nan.",
        lambda rng: (rng.permutation([-1.0, 1.0, 1.0]) * rng.uniform(0.5, 2.0, size=3),),
        f=lambda x: np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), 0.0),
        vjp=lambda g, x: g * (x > 0) * 0.5 / np.sqrt(x),
    ),
)


# ---- complex numbers ---------------------------------------------------------------------------------

COMPLEX = (
    Specimen(
        "conjugate too many",
        "complex",
        "The gradient of z² is conjugated; in the pairing Re Σ u·t it is 2 z g.",
        complex_normal((3,)),
        f=lambda z: z**2,
        vjp=lambda g, z: g * np.conj(2.0 * z),
    ),
    Specimen(
        "conjugate too few",
        "complex",
        "The gradient of |z|² is not conjugated; in the pairing Re Σ u·t it is 2 z̄ g.",
        complex_normal((3,)),
        f=lambda z: z.real**2 + z.imag**2,
        vjp=lambda g, z: 2.0 * g * z,
    ),
    Specimen(
        "imaginary part lost",
        "complex",
        "Of the gradient of exp z only the real part comes back.",
        complex_normal((3,)),
        f=np.exp,
        vjp=lambda g, z: (g * np.exp(z)).real.astype(z.dtype),
    ),
)


# ---- second order, and forward mode ------------------------------------------------------------------

ORDERS = (
    Specimen(
        "second derivative of a cube",
        "order and mode",
        "The slope of x³ is right, and the slope of that slope lacks a factor 2.",
        sized(0.3, 2.0, (3,)),
        f=lambda x: x**3,
        vjp=lambda g, x: 3.0 * g * x**2,
        jvp=lambda t, x: 3.0 * t * x**2,
        second=lambda v, g, x: 3.0 * v * g * x,
    ),
    Specimen(
        "result taken for a constant",
        "order and mode",
        "1 − out² is the slope of tanh; differentiated again, out is taken for a constant.",
        sized(0.3, 1.5, (3,)),
        f=np.tanh,
        vjp=lambda g, x: g * (1.0 - np.tanh(x) ** 2),
        jvp=lambda t, x: t * (1.0 - np.tanh(x) ** 2),
        second=lambda v, g, x: np.zeros_like(x),
    ),
    Specimen(
        "mixed second derivative",
        "order and mode",
        "The gradient of x y² is right; that of y's gradient with respect to x is missing.",
        sized(0.3, 2.0, (2,), (2,)),
        f=lambda x, y: x * y**2,
        vjp=lambda g, x, y: (g * y**2, 2.0 * g * x * y),
        jvp=lambda t, x, y: t[0] * y**2 + 2.0 * x * y * t[1],
        second=lambda v, g, x, y: (np.zeros_like(x), 2.0 * g * (v[0] * y + v[1] * x)),
    ),
    Specimen(
        "forward mode of a product",
        "order and mode",
        "The gradient of x y is right; forwards the tangent of y is dropped.",
        sized(0.3, 2.0, (3,), (3,)),
        f=lambda x, y: x * y,
        vjp=lambda g, x, y: (g * y, g * x),
        jvp=lambda t, x, y: t[0] * y,
    ),
    Specimen(
        "forward mode of a map",
        "order and mode",
        "The gradient of Wx is right; forwards the map is transposed.",
        normal((3,)),
        f=lambda x: MAP @ x,
        vjp=lambda g, x: MAP.T @ g,
        jvp=lambda t, x: MAP.T @ t,
    ),
)


BROKEN = (
    *FORMULAS, *MISSING, *TRANSPOSED, *SHAPES, *INDICES, *BRANCHES, *MEMORY, *COTANGENTS, *PRECISION, *COMPLEX,
    *ORDERS,
)  # fmt: skip
"""All of them."""

__all__ = ["BROKEN"]
