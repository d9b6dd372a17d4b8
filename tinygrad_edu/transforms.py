"""Functions of functions: grad, vjp, jvp, jacobian, hessian and what they compose to.

Each runs `f` on fresh leaves and walks the record.  The walk is itself recorded only if someone
else's Value took part, as an argument or through a closure; so transforms nest to any order, in any
mix, without a stack of active traces.  If no such Value took part, the results are plain numbers.

Arguments and results may be dicts, lists, tuples, named tuples and dataclasses of numbers and arrays,
see `trees`.  With `has_aux=True`, `f` returns a pair, of its result and of anything else, and the
something else is passed on.  How an operation is differentiated is not said here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import wraps
from operator import index
from typing import Any

import numpy as np

from .births import new_birth
from .engine import Value, apart, checked, history, leaf, pullback, pushforward
from .kinds import is_complex, shape_of
from .ops.shape import identity
from .payload import describe, numeric
from .stacks import STACKS
from .trees import CONTAINERS, is_container, leaves, matching, rebuilt

Function = Callable[..., Any]

AT_ONCE = 1 << 20
"""How many numbers of one Value a stack of cotangents or tangents may have; a larger one is cut."""


class Record:
    """A function run once on fresh leaves, ready to be walked."""

    def __init__(
        self, f: Function, args: Sequence[Any], argnums: Sequence[int], kwargs: dict[str, Any], has_aux: bool = False
    ) -> None:
        self.f, self.trees = f, [args[n] for n in argnums]
        self.since = new_birth()  # nothing older can depend on the leaves
        self.leaves = [opened(x) for tree in self.trees for x in leaves(tree)]
        following = iter(self.leaves)
        inputs = list(args)
        for n, tree in zip(argnums, self.trees, strict=True):
            inputs[n] = rebuilt(tree, following)
        out = f(*inputs, **kwargs)
        self.out: Any
        self.aux: Any
        self.out, self.aux = pair_of(out, f) if has_aux else (out, None)
        self.outputs = [x if type(x) is Value else constant(x, f) for x in leaves(self.out)]
        self.order = history(*self.outputs, since=self.since)
        self.nested = reaches_beyond(self.order, self.outputs, self.since)

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

    def extra(self) -> Any:
        """What `f` returned beside its result, likewise."""
        given = leaves(self.aux)
        values = [x for x in given if type(x) is Value]
        if reaches_beyond(history(*values, since=self.since), values, self.since):
            return self.aux
        taken = {id(x._data) for x in self.leaves}
        return rebuilt(self.aux, [apart(x._data, taken) if type(x) is Value else x for x in given])

    def split(self, found: Iterable[Any], argnums: Any) -> Any:
        """What was found for each leaf, in the structure of the arguments: of one, or of a tuple of them."""
        following = iter(found)
        trees = tuple(rebuilt(tree, following) for tree in self.trees)
        return trees if isinstance(argnums, Sequence) else trees[0]


def reaches_beyond(order: Sequence[Value], outputs: Sequence[Value], since: int) -> bool:
    """Whether a Value born before `since` is among the outputs or took part in them."""
    for v in order:
        for x in v.inputs:
            if type(x) is Value and x.birth < since:
                return True
    return any(type(y) is Value and y.birth < since for y in outputs)


def pair_of(out: Any, f: Function) -> tuple[Any, Any]:
    """The result and the rest, of a function that returns both."""
    if not isinstance(out, tuple) or len(out) != 2:
        raise TypeError(f"with has_aux=True, {name_of(f)} must return a pair (result, aux), not {kind_of(out)}")
    return out


def opened(x: Any) -> Value:
    """A fresh Value to differentiate with respect to, in place of an argument."""
    if type(x) is Value:
        new: Value = identity(x)
        return new
    try:
        return leaf(x)
    except TypeError as error:
        error.add_note(
            f"an argument to differentiate is a number, an array or a Value, or made of them: {CONTAINERS}; "
            'mark a field that is a setting with field(metadata={"static": True}), '
            "and name the other arguments with argnums"
        )
        raise


def kept(trees: Any) -> Any:
    """Copies of the arrays, for a record that outlives the call."""
    return rebuilt(trees, [x.copy() if isinstance(x, np.ndarray) else x for x in leaves(trees)])


def constant(x: Any, f: Function) -> Value:
    """An output that does not depend on any leaf."""
    try:
        return leaf(x)
    except TypeError as error:
        error.add_note(
            f"{name_of(f)} must return numbers, arrays or containers of them: {CONTAINERS}; "
            "what else it has to say can be passed on with has_aux=True"
        )
        raise


def as_number(x: Any) -> Any:
    """A cotangent or tangent as the engine takes it."""
    return x if type(x) is Value else numeric(x)


def zeros(x: Value) -> Any:
    """The derivative of, or with respect to, what is independent."""
    return np.zeros_like(x._data) if shape_of(x) else 0j if is_complex(x) else 0.0


def name_of(f: Function) -> str:
    """The name of a function, for messages."""
    return getattr(f, "__name__", type(f).__name__)


def several(argnums: int | Sequence[int]) -> tuple[int, ...]:
    """Argument positions as a tuple."""
    if type(argnums) is int:  # soon told, where the question whether it is a Sequence takes a while
        return (argnums,)
    return tuple(map(index, argnums)) if isinstance(argnums, Sequence) else (index(argnums),)


def recorded(
    f: Function, args: Sequence[Any], argnums: int | Sequence[int], kwargs: dict[str, Any], has_aux: bool = False
) -> Record:
    """`f` run on fresh leaves in the places `argnums`."""
    which = []
    for n in several(argnums):
        if not -len(args) <= n < len(args):
            raise TypeError(f"{name_of(f)} got {len(args)} positional arguments, so there is no argument {n}")
        if n % len(args) in which:
            raise ValueError(f"argnums={argnums!r} names argument {n % len(args)} twice")
        which.append(n % len(args))
    return Record(f, args, which, kwargs, has_aux)


# ---- gradients ---------------------------------------------------------------------------------------


def value_and_grad(
    f: Function, argnums: int | Sequence[int] = 0, has_aux: bool = False, holomorphic: bool = False
) -> Function:
    """The function x → (f(x), ∂f/∂x), for an `f` that returns one number.

    Arguments may be floats, arrays, and containers of them; a gradient has the structure, shapes and
    dtypes of its argument.  `argnums` says which positional argument to differentiate; for a sequence
    of positions the gradients come as a tuple.  With `has_aux`, `f` returns (result, aux), and the
    answer is ((result, aux), gradient).

    The number must be real; its gradient in a complex x + iy is ∂f/∂x − i ∂f/∂y.  With `holomorphic`,
    arguments and result are complex, and the answer is the complex derivative f′.

    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    >>> value_and_grad(lambda p: p["w"] * 2.0 + p["b"])({"w": 3.0, "b": 1.0})
    (7.0, {'w': 2.0, 'b': 1.0})
    >>> value_and_grad(lambda x: (x * x, "aux"), has_aux=True)(3.0)
    ((9.0, 'aux'), 6.0)

    Raises TypeError if `f` returns anything but one number, or an argument is not numbers.
    """

    @wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        record = recorded(f, args, argnums, kwargs, has_aux)
        if is_container(record.out) or record.out is None or shape_of(record.out):
            raise TypeError(
                f"grad needs one number out of {name_of(f)}, not {kind_of(record.out)}; "
                "reduce it with .sum() or .mean(), or use vjp or jacobian"
            )
        require_real_or_holomorphic(record, holomorphic)
        found = record.split(record.pulled([1.0], record.nested), argnums)
        value = record.results(record.nested)
        return (value, record.extra()) if has_aux else value, found

    return wrapped


def kind_of(out: Any) -> str:
    """What a function returned, for messages."""
    if out is None:
        return "None (is a return missing?)"
    if isinstance(out, dict | list | tuple):
        return f"a {type(out).__name__} of {len(out)}"
    if is_container(out) or isinstance(out, str):
        return f"a {type(out).__name__}"
    return f"an array of shape {shape_of(out)}" if shape_of(out) else "one number"


def require_real_or_holomorphic(record: Record, holomorphic: bool) -> None:
    """Raise if the result is complex, or, where a complex derivative is asked for, anything is not."""
    name = name_of(record.f)
    if not holomorphic:
        if any(map(is_complex, record.outputs)):
            raise TypeError(
                f"grad needs a real number out of {name}, not a complex one; make it real with np.real, np.imag "
                "or np.abs, use vjp, or say holomorphic=True if the function has a complex derivative"
            )
        return
    for what, values in (("arguments", record.leaves), ("results", record.outputs)):
        for x in values:
            if not is_complex(x):
                raise TypeError(
                    f"holomorphic=True is for complex {what}, and {name} has one of {describe(x._data)}; "
                    "leave holomorphic= out, or make it complex: z + 0j"
                )


def grad(f: Function, argnums: int | Sequence[int] = 0, has_aux: bool = False, holomorphic: bool = False) -> Function:
    """The function x → ∂f/∂x, or x → (∂f/∂x, aux) with `has_aux`; see `value_and_grad`.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    >>> grad(lambda z: z * z, holomorphic=True)(1.0 + 2.0j)
    (2+4j)
    """
    both = value_and_grad(f, argnums, has_aux, holomorphic)

    @wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, found = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def elementwise_grad(f: Function, argnums: int | Sequence[int] = 0, holomorphic: bool = False) -> Function:
    """The function x → f′(x), element by element, for an `f` that acts on each element alone.

    It is the gradient of the sum of f(x), so it means what it says only if element i of the result
    depends on element i of the argument and on no other.

    >>> import numpy as np
    >>> elementwise_grad(np.square)(np.array([1.0, 2.0])).tolist()
    [2.0, 4.0]

    Raises ValueError if the result has not the argument's shape, TypeError for containers.
    """

    @wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        record = recorded(f, args, argnums, kwargs)
        for tree in (record.out, *record.trees):
            if is_container(tree) or tree is None:
                raise TypeError(
                    f"elementwise_grad takes a number or an array to one of the same shape, and {name_of(f)} "
                    f"has {kind_of(tree)}; use grad, vjp or jacobian"
                )
        require_real_or_holomorphic(record, holomorphic)
        shape = shape_of(record.out)
        for x in record.leaves:
            if shape_of(x) != shape:
                raise ValueError(
                    f"{name_of(f)} does not act on each element alone: it took shape {shape_of(x)} to {shape}; "
                    "use jacobian, or np.broadcast_to before the call"
                )
        found = record.pulled([np.ones_like(record.outputs[0]._data) if shape else 1.0], record.nested)
        return record.split(found, argnums)

    return wrapped


# ---- products with the Jacobian ----------------------------------------------------------------------


def vjp(f: Function, *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """`f(*primals)` and its pullback: from a cotangent of the result to one cotangent a primal.

    The record is kept, so the pullback may be called many times, and differentiated.  With `has_aux`,
    `f` returns (result, aux), and the answer is (result, pullback, aux).

    >>> y, back = vjp(lambda x, w: x * w, 3.0, 4.0)
    >>> y, back(1.0)
    (12.0, (4.0, 3.0))

    Raises ValueError if a cotangent's shape is not the result's.
    """
    record = recorded(f, kept(primals), range(len(primals)), {}, has_aux)

    def back(cotangent: Any) -> tuple[Any, ...]:
        given = matching(cotangent, record.out)
        given = [checked(as_number(ct), y, "cotangent") for ct, y in zip(given, record.outputs, strict=True)]
        found: tuple[Any, ...] = record.split(record.pulled(given, record.nested), ())
        return found

    return kept(record.results(record.nested)), back, *([kept(record.extra())] if has_aux else [])


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False) -> tuple[Any, ...]:
    """`f(*primals)` and its derivative along `tangents`: J·t, in one forward sweep.

    With `has_aux`, `f` returns (result, aux), and the answer is (result, tangent, aux).

    >>> jvp(lambda x, w: x * w, (3.0, 4.0), (1.0, 0.5))
    (12.0, 5.5)

    Raises ValueError if primals and tangents differ in number or shape.
    """
    if not isinstance(primals, tuple | list) or not isinstance(tangents, tuple | list):
        raise TypeError("jvp takes primals and tangents as tuples, with one entry for each argument of f")
    record = recorded(f, primals, range(len(primals)), {}, has_aux)
    along = pushed_along(record, tuple(tangents))
    return record.results(record.nested), along, *([record.extra()] if has_aux else [])


def linearize(f: Function, *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """`f(*primals)` and its tangent map: from one tangent a primal to the tangent of the result, J·t.

    `f` runs once; the record is kept, so the map may be called many times, and differentiated.  With
    `has_aux`, `f` returns (result, aux), and the answer is (result, map, aux).

    >>> y, along = linearize(lambda x, w: x * w, 3.0, 4.0)
    >>> y, along(1.0, 0.0), along(0.0, 1.0)
    (12.0, 4.0, 3.0)

    Raises ValueError if tangents differ from the primals in number or shape.
    """
    record = recorded(f, kept(primals), range(len(primals)), {}, has_aux)

    def along(*tangents: Any) -> Any:
        return pushed_along(record, tangents)

    return kept(record.results(record.nested)), along, *([kept(record.extra())] if has_aux else [])


def pushed_along(record: Record, tangents: tuple[Any, ...]) -> Any:
    """The tangent of the result from one tangent an argument, checked."""
    given = matching(tangents, tuple(record.trees))
    given = [checked(as_number(t), x, "tangent") for t, x in zip(given, record.leaves, strict=True)]
    return rebuilt(record.out, record.pushed(given, record.nested))


def hvp(f: Function, x: Any, v: Any) -> Any:
    """The Hessian of `f` at `x` times `v`, without the Hessian: forward over reverse mode (Pearlmutter 1994).

    >>> hvp(lambda x: x**3, 2.0, 1.0)
    12.0
    """
    return jvp(grad(f), (x,), (v,))[1]


# ---- whole matrices ----------------------------------------------------------------------------------


def jacobian(
    f: Function,
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    mode: str | None = None,
    holomorphic: bool = False,
) -> Function:
    """The function x → ∂f/∂x with all its entries, of shape `f(x).shape + x.shape`.

    `mode` is "reverse" (one pullback for each element of the result), "forward" (one pushforward for
    each element of the arguments), or None for whichever has fewer.  All passes are done at once, as
    far as the operations allow.  For containers: the structure of the result, each leaf of it holding
    the structure of the argument.  With `has_aux`, `f` returns (result, aux), and the answer is
    (Jacobian, aux).

    For a real result of complex arguments x + iy it is ∂f/∂x − i ∂f/∂y (reverse mode only), for a
    complex result of real ones ∂f/∂x (forward mode only).  If both are complex, say `holomorphic=True`.

    >>> import numpy as np
    >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0])).tolist()
    [[2.0, 0.0], [0.0, 4.0]]

    Raises TypeError for complex numbers that the mode or `f` does not allow, ValueError for another mode.
    """
    if mode not in (None, "reverse", "forward"):
        raise ValueError(f'mode={mode!r}: a Jacobian is computed in mode "reverse" or "forward", or None for either')

    @wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        record = recorded(f, args, argnums, kwargs, has_aux)
        blocks = rows(record) if mode_for(record, mode, holomorphic) == "reverse" else columns(record)
        found = rebuilt(record.out, [record.split(row, argnums) for row in blocks])
        return (found, record.extra()) if has_aux else found

    return wrapped


def mode_for(record: Record, mode: str | None, holomorphic: bool) -> str:
    """The mode in which a Jacobian is computed: the one asked for, if it can be, or the one of fewer passes."""
    name, possible = name_of(record.f), ["reverse", "forward"]
    into, out_of = (any(map(is_complex, values)) for values in (record.leaves, record.outputs))
    if holomorphic:
        require_real_or_holomorphic(record, holomorphic)
    elif into and out_of:
        raise TypeError(
            f"{name} takes complex numbers to complex numbers, which needs two real Jacobians in general; "
            "say holomorphic=True if it has a complex derivative, or take np.real and np.imag of its result"
        )
    elif into or out_of:
        possible = ["reverse"] if into else ["forward"]
    if mode is None:
        passes = {"reverse": sum(y.size for y in record.outputs), "forward": sum(x.size for x in record.leaves)}
        return min(possible, key=passes.__getitem__)
    if mode not in possible:
        way = "of complex arguments" if into else "with a complex result"
        raise TypeError(f'the Jacobian of {name}, a function {way}, needs mode="{possible[0]}", not {mode!r}')
    return mode


def rows(record: Record) -> list[list[Any]]:
    """The blocks of a Jacobian by reverse mode: for each output one for each leaf."""
    table = []
    for y in record.outputs:
        one = y.size == 1
        walks = [
            pullback({y: e}, since=record.since, record=record.nested, stacked=None if one else STACKS)
            for e in units(y, dependent(record))
        ]
        taken: set[int] = set()
        table.append([block(walks, x, y, taken) for x in record.leaves])
    return table


def columns(record: Record) -> list[list[Any]]:
    """The same by forward mode."""
    table: list[list[Any]] = [[] for _ in record.outputs]
    for x in record.leaves:
        one, axes = x.size == 1, range(x.ndim)
        walks = [
            pushforward(record.order, {x: e}, record=record.nested, stacked=None if one else STACKS)
            for e in units(x, dependent(record))
        ]
        taken: set[int] = set()
        for row, y in zip(table, record.outputs, strict=True):
            found = block(walks, y, x, taken)
            if x.shape and y.shape:
                found = np.transpose(found, (*range(x.ndim, x.ndim + y.ndim), *axes))
            if not is_complex(y) and np.result_type(found if type(found) is not Value else found._data) != x.dtype:
                found = found.astype(x.dtype)
            row.append(found)
    return table


def dependent(record: Record) -> list[Value]:
    """The Values of a record that depend on its leaves: those that have cotangents or tangents worth stacking."""
    reached = set(record.leaves)
    for v in reversed(record.order):
        if v.op is not None and not reached.isdisjoint(x for x in v.inputs if type(x) is Value):
            reached.add(v)
    return list(reached)


def units(y: Value, order: Sequence[Value]) -> Iterator[Any]:
    """For each element of `y` the array that is 1 there and 0 elsewhere: in stacks that fit into memory.

    A single element needs no stack."""
    if y.size == 1:
        yield np.ones_like(y._data) if y.shape else 1.0
        return
    height = max(1, AT_ONCE // max(1, *map(numbers_in, (y, *order))))
    for start in range(0, y.size, height):
        n = min(height, y.size - start)
        yield np.eye(n, y.size, start, y.dtype).reshape((n, *y.shape))


def numbers_in(v: Value) -> int:
    """How many numbers a Value holds."""
    return sum(map(np.size, v._data)) if type(v._data) is tuple else v.size


def block(walks: Sequence[dict[Value, Any]], found_for: Value, of: Value, taken: set[int]) -> Any:
    """What walks from the elements of one Value found for another, as one array; 0 if they did not meet."""
    shape = (*of.shape, *found_for.shape)
    found = [walk[found_for] for walk in walks if found_for in walk]
    if not found:
        return np.zeros(shape, found_for.dtype) if shape else zeros(found_for)
    whole = apart(found[0], taken) if len(found) == 1 else np.concatenate(found)
    return whole if shape_of(whole) == shape else np.reshape(whole, shape)


def hessian(
    f: Function, argnums: int | Sequence[int] = 0, has_aux: bool = False, holomorphic: bool = False
) -> Function:
    """The function x → ∂²f/∂x², of shape `x.shape + x.shape`, for an `f` that returns one number.

    With `has_aux`, `f` returns (result, aux), and the answer is (Hessian, aux).  `holomorphic` as in
    `value_and_grad`.

    >>> import numpy as np
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0])).tolist()
    [[6.0, 2.0], [2.0, 0.0]]
    """
    return jacobian(grad(f, argnums, has_aux, holomorphic), argnums, has_aux, holomorphic=holomorphic)


__all__ = [
    "elementwise_grad", "grad", "hessian", "hvp", "jacobian", "jvp", "linearize", "value_and_grad", "vjp",
]  # fmt: skip
