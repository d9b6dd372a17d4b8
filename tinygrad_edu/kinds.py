"""Kinds of operation: how one line of the table becomes a full row.

A kind supplies what all its operations share: where the tangent rule comes from (a diagonal Jacobian
is its own transpose; a linear operation is its own tangent; anything else is transposed by the
engine), how NumPy spells it, and how floats stay floats.  No operation is defined here but the pair
that undoes broadcasting, which every other row relies on.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from .engine import EachInput, Op, Parts, Value
from .notation import BY_NUMPY, OPS, numpy_spelling

Rule = Callable[..., Any] | None
REAL = (float, int)


def row(op: Op, numpy: Any = None, arguments: str = "") -> Op:
    """Enter `op` into the table, spelled as NumPy spells `numpy`; `arguments` as in `numpy_spelling`."""
    if op.name in OPS:
        raise ValueError(f"there is an operation named {op.name} already")
    OPS[op.name] = op
    if isinstance(numpy, np.ufunc):
        BY_NUMPY[numpy] = op
    elif arguments:
        numpy_spelling(numpy, op, arguments)
    return op


def elementwise(
    numpy: Callable[..., Any],
    *rules: Rule,
    python: Callable[..., Any] | None = None,
    anything: Callable[..., Any] | None = None,
    **about: Any,
) -> Op:
    """Acts on each element alone.  Its Jacobian is diagonal, and a diagonal matrix is its own
    transpose: one rule an input serves reverse mode and forward mode alike.

    `numpy` computes arrays, `python` floats (math.exp is five times as fast as np.exp on a float);
    `anything` computes both, as `operator.mul` does."""
    name = about.pop("name", numpy.__name__)
    about.setdefault("singular", any(rules))
    about.setdefault("stacks", True)
    about.setdefault("complex", any("D" in types for types in getattr(numpy, "types", ())))  # NumPy's ufunc knows
    forward = anything or (on_floats(python, numpy, len(rules)) if python else numpy)
    arguments = about.pop("arguments", "")
    spelled = about.pop("spelled", isinstance(numpy, np.ufunc) or bool(arguments))
    if spelled and isinstance(numpy, np.ufunc):
        about.setdefault("into", numpy)
    return row(Op(name, forward, rules, rules, broadcasts=True, **about), numpy if spelled else None, arguments)


def linear(forward: Callable[..., Any], *transposes: Any, numpy: Any = None, arguments: str = "", **about: Any) -> Op:
    """Linear in each input on its own, as a product is: a tangent goes through the operation itself,
    in the place of its input; only transposes are written.

    A single `EachInput` stands for the rules of an operation with any number of inputs."""
    rules = each_or_all(transposes)

    def jvp(i: int) -> Rule:
        def through(t: Any, _out: Any, *xs: Any, **params: Any) -> Any:
            return op(*xs[:i], t, *xs[i + 1 :], **params)

        return None if rules[i] is None else through

    jvps = EachInput(jvp) if isinstance(rules, EachInput) else [jvp(i) for i in range(len(rules))]
    about.setdefault("complex", True)  # what is linear over the reals here is linear over complex numbers
    op = Op(about.pop("name", forward.__name__), forward, rules, jvps, **about)
    return row(op, numpy, arguments)


def general(forward: Callable[..., Any], *vjps: Any, numpy: Any = None, arguments: str = "", **about: Any) -> Op:
    """Anything else: only gradient rules are written; the engine transposes them for forward mode.

    A single `EachInput` stands for the rules of an operation with any number of inputs."""
    return row(Op(about.pop("name", forward.__name__), forward, each_or_all(vjps), **about), numpy, arguments)


def each_or_all(rules: tuple[Any, ...]) -> Any:
    """The rules as `Op` takes them: one an input, or one `EachInput` for all."""
    return rules[0] if rules and isinstance(rules[0], EachInput) else rules


def rearrangement(numpy: Callable[..., Any], arguments: str, **about: Any) -> Op:
    """Moves, repeats or drops elements (flip, roll, tile, tril, …) without looking at them.

    Done to the numbers 1, 2, 3, … instead of to the data, it tells where each element came from, with
    0 for a filled-in zero; the transpose sends every cotangent back there."""

    def vjp(g: Any, _out: Any, x: Any, **params: Any) -> Any:
        shape = shape_of(x)
        origin = numpy(np.arange(1, math.prod(shape) + 1).reshape(shape), **params)
        return OPS["scatter"](g, x, origin=origin)

    settings = arguments.split(", ")[1:]
    op = linear(lambda x, **params: numpy(x, **params), vjp, name=numpy.__name__, **about)
    numpy_spelling(numpy, op, arguments, settings)
    return op


def op(
    *vjps: Rule,
    name: str | None = None,
    symbol: str | None = None,
    local: tuple[str | None, ...] = (),
    elementwise: bool = False,
    complex: bool = False,
    composite: bool = False,
) -> Callable[[Callable[..., Any]], Op]:
    """Make an operation of your own out of a function, with one gradient rule for each input.

    The decorated function computes on bare floats and arrays; its positional arguments are data, its
    keyword-only arguments settings.  Rule i, `vjp(g, out, *inputs, **settings)`, returns the cotangent
    of input i from that of the output, `g`; None means no derivative.  Rules are written with
    operators and NumPy functions, so they can be differentiated in turn: the operation has higher
    orders, forward mode and a picture at once.  `elementwise` says that it acts on each element alone
    (then its rules serve forward mode directly, and inputs may broadcast).  `complex` says that the
    rules hold for complex numbers too; without it, a complex result is refused.  `composite` says that the
    function is itself written with operations that take Values, so that a compiled program can take it apart
    and share what its parts have in common with others.

    >>> import numpy as np
    >>> @op(lambda g, out, x: g / (1.0 + abs(x)) ** 2, elementwise=True)
    ... def softsign(x):
    ...     return x / (1.0 + abs(x))
    >>> x = Value(3.0)
    >>> y = softsign(x)
    >>> y.backward()
    >>> y.data, x.grad
    (0.75, 0.0625)

    Raises TypeError if the number of rules is not the number of data arguments.
    """

    if not all(rule is None or callable(rule) for rule in vjps):
        raise TypeError("te.op takes gradient rules, one an input: functions vjp(g, out, *inputs), or None")

    def make(forward: Callable[..., Any]) -> Op:
        if not callable(forward):
            raise TypeError("te.op is called with the gradient rules before it decorates: @te.op(rule, …)")
        written = isinstance(forward, FunctionType)  # a ufunc knows how many it takes; other C functions do not tell
        data = forward.__code__.co_argcount if written else getattr(forward, "nin", len(vjps))
        if data != len(vjps):
            raise TypeError(
                f"{forward.__name__} takes {data} data arguments and got {len(vjps)} gradient rules; "
                "give one rule an input (None for no derivative), and make settings keyword-only"
            )
        doc = (forward.__doc__ or "").strip().partition("\n")[0]
        return Op(
            name or forward.__name__, forward, vjps, vjps if elementwise else None,
            symbol=symbol, local=local, doc=doc, several=False, complex=complex, composite=composite,
            broadcasts=elementwise, singular=elementwise, stacks=elementwise,
        )  # fmt: skip

    return make


def on_floats(python: Callable[..., Any], numpy: Callable[..., Any], inputs: int) -> Callable[..., Any]:
    """`python` for floats, `numpy` for arrays.

    Where Python raises (1/0, log(-1), exp(1000)) or leaves the reals, IEEE arithmetic has an answer;
    NumPy knows it."""

    def unary(x: Any) -> Any:
        if type(x) is float:
            try:
                return python(x)
            except (ArithmeticError, ValueError):
                return ieee(numpy, x)
        return numpy(x)

    def binary(x: Any, y: Any) -> Any:
        if type(x) in REAL and type(y) in REAL:
            try:
                if type(out := python(x, y)) is float:
                    return out
            except (ArithmeticError, ValueError):
                pass
            return ieee(numpy, float(x), float(y))
        return numpy(x, y)

    return unary if inputs == 1 else binary


def ieee(numpy: Callable[..., Any], *numbers: float) -> Any:
    """What IEEE arithmetic says, without a warning."""
    with np.errstate(all="ignore"):
        return numpy(*numbers).item()


# ---- broadcasting and its transpose ------------------------------------------------------------------


def _fit(x: Any, like: Any) -> Any:
    """`x` in the shape and dtype of `like`: stretched axes of `like` added up, missing ones repeated."""
    if type(like) is float:
        return float(total(np.real(x) if np.iscomplexobj(x) else x))
    if type(like) is complex:
        return complex(total(x))
    dtype = getattr(like, "dtype", None)
    if dtype is None or dtype.kind not in "fc":
        return x  # a mask or a count: its gradient is nobody's
    x = x if hasattr(x, "dtype") else np.asarray(x)
    if x.dtype is not dtype and dtype.kind == "f" and x.dtype.kind == "c":
        x = x.real  # a real input moves along the real line only
    shape, wanted = x.shape, like.shape
    if (new := len(shape) - len(wanted)) > 0:
        x = np.add.reduce(x, axis=tuple(range(new)))  # np.sum, less its overhead
        shape = shape[new:]
    if shape != wanted:
        if len(shape) == len(wanted):
            stretched = tuple(i for i, n in enumerate(wanted) if n == 1 != shape[i])
            x = np.add.reduce(x, axis=stretched, keepdims=True)
        if x.shape != wanted:
            x = np.broadcast_to(x, wanted) if shape else np.full_like(like, x)
    return x if x.dtype is dtype else x.astype(dtype, copy=False)


def total(x: Any) -> Any:
    """The sum of all elements; a number stays as it is, where NumPy's sum would make 0 of −0."""
    return np.add.reduce(x, axis=None) if np.ndim(x) else x


fit: Op = linear(
    _fit,
    lambda g, out, x, like: fit(g, x),
    None,
    name="fit",
    template=1,
    doc="`x` in the shape and dtype of `like`: sums what broadcasting stretched, repeats what it would stretch.",
)


# ---- operations with several results -----------------------------------------------------------------


def _part_vjp(g: Any, _out: Any, whole: Any, index: int) -> Any:
    """The cotangent of one result, among None for the others."""
    return Parts(g if k == index else None for k in range(len(whole._data if type(whole) is Value else whole)))


part: Op = linear(
    lambda whole, index: whole[index], _part_vjp, name="part", doc="one of several results of an operation"
)

bundle: Op = general(
    lambda *xs: xs,
    EachInput(lambda i: lambda g, out, *xs: g[i]),
    name="bundle",
    complex=True,
    doc="several inputs as one, for an operation that has one rule for all of them",
)


def parts(whole: Any) -> tuple[Any, ...]:
    """The results of an operation that has several: each a Value, or all plain.

    >>> parts((1.0, 2.0))
    (1.0, 2.0)
    """
    return tuple(part(whole, index=k) for k in range(len(whole._data))) if type(whole) is Value else whole


def is_complex(x: Any) -> bool:
    """Whether a number, an array or a Value is complex."""
    return np.iscomplexobj(x._data if type(x) is Value else x)


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of a number, an array or a Value; `()` for a number."""
    if type(x) is Value:
        return x.shape
    return x.shape if isinstance(x, np.ndarray) else np.shape(x)
