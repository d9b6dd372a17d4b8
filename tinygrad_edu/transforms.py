"""Functions of functions: grad, vjp, jvp, jacobian, hessian and what they compose to.

Each runs `f` on fresh leaves and walks the record.  The walk is itself recorded only if someone
else's Value took part, as an argument or through a closure; so transforms nest to any order, in any
mix, without a stack of active traces.  If no such Value took part, the results are plain numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from operator import index
from typing import Any

import numpy as np

from .engine import Value, apart, fitted, history, leaf, new_birth, pullback, pushforward
from .kinds import shape_of
from .ops.shape import identity, stack
from .payload import real
from .trees import leaves, matching, rebuilt

Function = Callable[..., Any]


class Record:
    """A function run once on fresh leaves, ready to be walked."""

    def __init__(self, f: Function, args: Sequence[Any], argnums: Sequence[int], kwargs: dict[str, Any]) -> None:
        self.f, self.trees = f, [args[n] for n in argnums]
        self.since = new_birth()  # nothing older can depend on the leaves
        self.leaves = [opened(x) for tree in self.trees for x in leaves(tree)]
        following = iter(self.leaves)
        inputs = list(args)
        for n, tree in zip(argnums, self.trees, strict=True):
            inputs[n] = rebuilt(tree, following)
        self.out = f(*inputs, **kwargs)
        self.outputs = [x if type(x) is Value else constant(x, f) for x in leaves(self.out)]
        self.order = history(*self.outputs, since=self.since)
        seen = [*self.outputs, *(x for v in self.order for x in v.inputs)]
        self.nested = any(type(x) is Value and x.birth < self.since for x in seen)

    def pulled(self, cotangents: Sequence[Any], record: bool) -> list[Any]:
        """Cotangents of the leaves from those of the outputs."""
        seeds: dict[Value, Any] = {}
        for out, ct in zip(self.outputs, cotangents, strict=True):
            seeds[out] = seeds[out] + ct if out in seeds else ct
        found = pullback(seeds, since=self.since, record=record)
        taken = set(map(id, cotangents))
        return [apart(found[x], taken) if x in found else zeros(x) for x in self.leaves]

    def pushed(self, tangents: Sequence[Any], record: bool) -> list[Any]:
        """Tangents of the outputs from those of the leaves."""
        found = pushforward(self.order, dict(zip(self.leaves, tangents, strict=True)), record=record)
        taken = set(map(id, tangents))
        return [apart(found[y], taken) if y in found else zeros(y) for y in self.outputs]

    def results(self, record: bool) -> Any:
        """The outputs as the caller gets them: Values if someone can differentiate them, else data."""
        if record:
            return rebuilt(self.out, self.outputs)
        taken = {id(x._data) for x in self.leaves}
        return rebuilt(self.out, [apart(y._data, taken) for y in self.outputs])

    def split(self, found: Iterable[Any]) -> list[Any]:
        """One tree for each argument, of what was found for each leaf."""
        following = iter(found)
        return [rebuilt(tree, following) for tree in self.trees]


def opened(x: Any) -> Value:
    """A fresh Value to differentiate with respect to, in place of an argument."""
    return identity(x) if type(x) is Value else leaf(x)


def kept(trees: Any) -> Any:
    """Copies of the arrays, for a record that outlives the call."""
    return rebuilt(trees, [x.copy() if isinstance(x, np.ndarray) else x for x in leaves(trees)])


def constant(x: Any, f: Function) -> Value:
    """An output that does not depend on any leaf."""
    try:
        return leaf(x)
    except TypeError as error:
        error.add_note(f"{name_of(f)} must return numbers, arrays or containers of them")
        raise


def zeros(x: Value) -> Any:
    """The derivative of, or with respect to, what is independent."""
    return np.zeros_like(x._data) if shape_of(x) else 0.0


def checked(given: Any, like: Value, what: str) -> Any:
    """A cotangent or tangent in the shape of `like`."""
    given = given if type(given) is Value else real(given)
    if shape_of(given) != shape_of(like):
        raise ValueError(f"a {what} of shape {shape_of(given)} for a value of shape {shape_of(like)}; they must agree")
    return fitted(given, like)


def name_of(f: Function) -> str:
    """The name of a function, for messages."""
    return getattr(f, "__name__", type(f).__name__)


def several(argnums: int | Sequence[int]) -> tuple[int, ...]:
    """Argument positions as a tuple."""
    return tuple(map(index, argnums)) if isinstance(argnums, Sequence) else (index(argnums),)


def recorded(f: Function, args: Sequence[Any], argnums: int | Sequence[int], kwargs: dict[str, Any]) -> Record:
    """`f` run on fresh leaves in the places `argnums`."""
    which = []
    for n in several(argnums):
        if not -len(args) <= n < len(args):
            raise TypeError(f"{name_of(f)} got {len(args)} positional arguments, so there is no argument {n}")
        if n % len(args) in which:
            raise ValueError(f"argnums={argnums!r} names argument {n % len(args)} twice")
        which.append(n % len(args))
    return Record(f, args, which, kwargs)


# ---- gradients ---------------------------------------------------------------------------------------


def value_and_grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function x → (f(x), ∂f/∂x), for an `f` that returns one number.

    Arguments may be floats, arrays, and dicts, lists or tuples of them; a gradient has the structure,
    shapes and dtypes of its argument.  `argnums` says which positional argument to differentiate; for
    a sequence of positions the gradients come as a tuple.

    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    >>> value_and_grad(lambda p: p["w"] * 2.0 + p["b"])({"w": 3.0, "b": 1.0})
    (7.0, {'w': 2.0, 'b': 1.0})

    Raises TypeError if `f` returns anything but one number, or an argument is not numbers.
    """

    @wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        record = recorded(f, args, argnums, kwargs)
        if isinstance(record.out, dict | list | tuple) or record.out is None or shape_of(record.out):
            raise TypeError(
                f"grad needs one number out of {name_of(f)}, not {kind_of(record.out)}; "
                "reduce it with .sum() or .mean(), or use vjp or jacobian"
            )
        found = record.split(record.pulled([1.0], record.nested))
        return record.results(record.nested), tuple(found) if isinstance(argnums, Sequence) else found[0]

    return wrapped


def kind_of(out: Any) -> str:
    """What a function returned, for messages."""
    if out is None:
        return "None (is a return missing?)"
    if isinstance(out, dict | list | tuple):
        return f"a {type(out).__name__} of {len(out)}"
    return f"an array of shape {shape_of(out)}"


def grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function x → ∂f/∂x; see `value_and_grad`.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    """
    both = value_and_grad(f, argnums)

    @wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return gradient


# ---- products with the Jacobian ----------------------------------------------------------------------


def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """`f(*primals)` and its pullback: from a cotangent of the result to one cotangent a primal.

    The record is kept, so the pullback may be called many times, and differentiated.

    >>> y, back = vjp(lambda x, w: x * w, 3.0, 4.0)
    >>> y, back(1.0)
    (12.0, (4.0, 3.0))

    Raises ValueError if a cotangent's shape is not the result's.
    """
    record = recorded(f, kept(primals), range(len(primals)), {})

    def back(cotangent: Any) -> tuple[Any, ...]:
        given = matching(cotangent, record.out)
        given = [checked(ct, y, "cotangent") for ct, y in zip(given, record.outputs, strict=True)]
        return tuple(record.split(record.pulled(given, record.nested)))

    return record.results(record.nested), back


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """`f(*primals)` and its derivative along `tangents`: J·t, in one forward sweep.

    >>> jvp(lambda x, w: x * w, (3.0, 4.0), (1.0, 0.5))
    (12.0, 5.5)

    Raises ValueError if primals and tangents differ in number or shape.
    """
    if not isinstance(primals, tuple | list) or not isinstance(tangents, tuple | list):
        raise TypeError("jvp takes primals and tangents as tuples, with one entry for each argument of f")
    given = matching(tuple(tangents), tuple(primals))
    record = recorded(f, primals, range(len(primals)), {})
    given = [checked(t, x, "tangent") for t, x in zip(given, record.leaves, strict=True)]
    return record.results(record.nested), rebuilt(record.out, record.pushed(given, record.nested))


def hvp(f: Function, x: Any, v: Any) -> Any:
    """The Hessian of `f` at `x` times `v`, without the Hessian: forward over reverse mode (Pearlmutter 1994).

    >>> hvp(lambda x: x**3, 2.0, 1.0)
    12.0
    """
    return jvp(grad(f), (x,), (v,))[1]


# ---- whole matrices ----------------------------------------------------------------------------------


def jacobian(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function x → ∂f/∂x with all its entries, of shape `f(x).shape + x.shape`; row by row.

    For containers: the structure of the result, each leaf of it holding the structure of the argument.

    >>> import numpy as np
    >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0])).tolist()
    [[2.0, 0.0], [0.0, 4.0]]
    """

    @wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        record = recorded(f, args, argnums, kwargs)
        blocks = []
        for k, out in enumerate(record.outputs):
            rows = [record.pulled(seeds_at(record.outputs, k, i), record.nested) for i in range(out.size)]
            by_leaf = [[row[j] for row in rows] for j in range(len(record.leaves))]
            trees = record.split(piled(g, shape_of(out), x) for g, x in zip(by_leaf, record.leaves, strict=True))
            blocks.append(tuple(trees) if isinstance(argnums, Sequence) else trees[0])
        return rebuilt(record.out, blocks)

    return wrapped


def seeds_at(outputs: Sequence[Value], k: int, i: int) -> list[Any]:
    """Cotangents that pick element i of output k."""
    seeds = [zeros(y) for y in outputs]
    if shape_of(outputs[k]):
        seeds[k].flat[i] = 1.0
    else:
        seeds[k] = 1.0
    return seeds


def piled(rows: list[Any], shape: tuple[int, ...], x: Value) -> Any:
    """The rows of a Jacobian block as one array, `shape` of the output before that of the input."""
    if not shape:
        return rows[0]
    if not rows:
        return np.zeros(shape + shape_of(x), x.dtype)
    whole = stack(*rows) if any(type(r) is Value for r in rows) else np.array(rows, dtype=x.dtype)
    return whole.reshape(shape + shape_of(x))


def hessian(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function x → ∂²f/∂x², of shape `x.shape + x.shape`, for an `f` that returns one number.

    >>> import numpy as np
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0])).tolist()
    [[6.0, 2.0], [2.0, 0.0]]
    """
    return jacobian(grad(f, argnums), argnums)


__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]
