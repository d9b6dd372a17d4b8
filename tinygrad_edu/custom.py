"""Functions whose derivative is found in another way than by their record.

`checkpoint` forgets what was computed inside a function and computes it again on the way back, to save
memory.  `custom_vjp` gives a whole function, with containers and closures, a gradient of one's own; a
single operation on arrays is better written with `kinds.op`.  Either way a call is one operation in
the record: its inputs are bundled, and one rule serves them all.

Where a function is traced, what is checkpointed is recorded like any other function, since a program
forgets by itself; one's own functions stay single operations, which a program runs on plain arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import update_wrapper, wraps
from typing import Any

import numpy as np

from .births import new_birth
from .engine import Op, Parts, Value, fitted, history, pullback, pushforward
from .kinds import bundle, parts, shape_of
from .ops.checking import settled
from .ops.shape import identity
from .payload import describe
from .stacks import STACKS
from .tracing import traced, tracing
from .transforms import as_number, constant, name_of, vjp, zeros
from .trees import leaves, matching, rebuilt, shown

Function = Callable[..., Any]


def as_one(name: str, data: tuple[Any, ...], inputs: Sequence[Any], vjp: Any, jvp: Any = None, **about: Any) -> Any:
    """The results `data`, which were computed from `inputs`, recorded as one operation: a Value for each.

    Its rules turn the cotangents of all results, as `Parts`, into those of all inputs, or tangents
    likewise."""
    return parts(computed_as_one(name, lambda _: data, inputs, vjp, jvp, **about))


def computed_as_one(
    name: str, compute: Function, inputs: Sequence[Any], vjp: Any, jvp: Any = None, **about: Any
) -> Value:
    """The same where `compute(numbers)` makes the results from the data of the inputs: a Value of all of them."""
    op = Op(name, untraced(compute), [vjp], jvp and [jvp], complex=True, **about)
    whole: Value = op(bundle(*inputs))
    settled(name, "compile it once for each", described, whole)
    return whole


def untraced(compute: Function) -> Function:
    """A function that runs on plain numbers, as it does where no function is traced around it."""

    def run(*data: Any) -> Any:
        with traced(None):
            return compute(*data)

    return run


def described(results: tuple[Any, ...]) -> list[str]:
    """the types and shapes of its results"""
    return list(map(describe, results))


# ---- less memory for more time -----------------------------------------------------------------------


def checkpoint(f: Function) -> Function:
    """`f` with the same values and derivatives, that remembers its inputs only.

    What `f` computes inside is forgotten, and computed again when a derivative is asked for.  A chain of
    n steps, cut into √n pieces that are checkpointed, so remembers about 2√n results instead of n, for
    the time of one more forward pass (Chen et al. 2016, "Training deep nets with sublinear memory
    cost"); pieces within pieces remember fewer still (Griewank & Walther 2000, "revolve").

    Arguments and results are as for `f`: whatever Values are among the positional arguments or are
    reached through a closure, such as the weights of a layer, get their gradients, to any order.

    >>> import numpy as np
    >>> from tinygrad_edu.engine import history
    >>> def piece(x):
    ...     for _ in range(10):
    ...         x = np.sin(x)
    ...     return x
    >>> def chain(x, piece):
    ...     for _ in range(10):
    ...         x = piece(x)
    ...     return x
    >>> x, z = Value(1.0), Value(1.0)
    >>> plain, sparing = chain(x, piece), chain(z, checkpoint(piece))
    >>> len(history(plain)), len(history(sparing))
    (101, 31)
    >>> plain.backward(), sparing.backward()
    (None, None)
    >>> x.grad == z.grad
    True

    `f` runs twice, so it must do the same both times: what it draws at random must come from a seed
    among its arguments, and what it prints or counts happens twice.  RuntimeError is raised, when the
    derivative is asked for, if the second run gave something else.
    """

    @wraps(f)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if tracing():
            return f(*args, **kwargs)
        given = [x for x in leaves((args, kwargs)) if type(x) is Value]
        call = Rerun(f, (args, kwargs))
        first = Run(call, [x._data for x in given])
        call.outer = first.outer()
        if not given and not call.outer:
            return rebuilt(first.out, [x._data if type(x) is Value else x for x in leaves(first.out)])
        if not first.outputs:
            return first.out
        data = tuple(x._data for x in first.outputs)
        selects = any(v.op.selects for v in first.order if v.op is not None)
        inputs = [*given, *call.outer]
        results = iter(as_one(f"checkpoint {name_of(f)}", data, inputs, call.vjp, call.jvp,
                              walks=True, stacks=True, selects=selects))  # fmt: skip
        return rebuilt(first.out, [next(results) if type(x) is Value else x for x in leaves(first.out)])

    return wrapped


class Rerun:
    """A checkpointed call: how to run it again, and how to differentiate it then."""

    def __init__(self, f: Function, given: Any) -> None:
        self.f, self.given = f, given
        self.outer: list[Value] = []  # Values that `f` reaches through a closure

    def vjp(self, g: Parts, out: Any, whole: Any, selected: bool = False) -> Parts:
        """The cotangents of arguments and closure from those of the results."""
        run = self.again(out, whole)
        several = any(ct is not None and len(shape_of(ct)) > y.ndim for ct, y in zip(g, run.outputs, strict=True))
        seeds: dict[Value, Any] = {}
        for y, ct in zip(run.outputs, g, strict=True):
            if ct is not None:
                seeds[y] = seeds[y] + ct if y in seeds else ct
        found = pullback(
            seeds, since=run.since, beyond=frozenset(self.outer),
            record=type(whole) is Value, stacked=STACKS if several else None, selected=selected,
        )  # fmt: skip
        return Parts(found.get(x) for x in (*run.leaves, *self.outer))

    def jvp(self, t: Parts, out: Any, whole: Any, selected: bool = False) -> Parts:
        """The tangents of the results from those of arguments and closure."""
        run = self.again(out, whole)
        tangents = {x: tx for x, tx in zip((*run.leaves, *self.outer), t, strict=True) if tx is not None}
        several = any(len(shape_of(tx)) > x.ndim for x, tx in tangents.items())
        found = pushforward(
            run.order, tangents, record=type(whole) is Value, stacked=STACKS if several else None, selected=selected
        )
        return Parts(map(found.get, run.outputs))

    def again(self, out: Any, whole: Any) -> Run:
        """The call once more, on the same inputs: Values if the walk is recorded."""
        inputs = parts(whole)
        run = Run(self, inputs[: len(inputs) - len(self.outer)])
        data = out._data if type(out) is Value else out
        same = len(data) == len(run.outputs) and all(map(alike, data, (y._data for y in run.outputs)))
        if not same or not {*run.outer()} <= {*self.outer}:
            raise RuntimeError(
                f"{name_of(self.f)} is checkpointed, so it runs again for its derivative, and did not do the same; "
                "what it depends on must not change, and random numbers must come from a seed given to it"
            )
        return run


class Run:
    """One run of a checkpointed call on fresh leaves."""

    def __init__(self, call: Rerun, data: Sequence[Any]) -> None:
        self.since = new_birth()
        self.leaves = [identity(x) if type(x) is Value else fresh(x) for x in data]
        following = iter(self.leaves)
        args, kwargs = rebuilt(call.given, [next(following) if type(x) is Value else x for x in leaves(call.given)])
        self.out = call.f(*args, **kwargs)
        self.outputs = [x for x in leaves(self.out) if type(x) is Value]
        self.order = history(*self.outputs, since=self.since)

    def outer(self) -> list[Value]:
        """The Values of others that took part, oldest first."""
        own = {*self.leaves}
        seen = {x for v in self.order if v not in own for x in v.inputs if type(x) is Value}
        return sorted((x for x in {*seen, *self.outputs} if x.birth < self.since), key=lambda x: x.birth)


def fresh(data: Any) -> Value:
    """A new leaf of the data of another Value, be they numbers, a mask or positions."""
    value = Value(0.0)
    value._data = data
    return value


def alike(a: Any, b: Any) -> bool:
    """Whether two results are the same but for rounding: to half the digits that they have."""
    if np.shape(a) != np.shape(b):
        return False
    kind = np.result_type(a)
    digits = float(np.finfo(kind).eps) ** 0.5 if kind.kind in "fc" else 0.0
    with np.errstate(all="ignore"):
        largest = float(np.max(np.abs(a), initial=0.0, where=np.isfinite(a)))
        return np.allclose(a, b, rtol=digits, atol=digits * largest, equal_nan=True)


# ---- a gradient of one's own -------------------------------------------------------------------------


class CustomVjp:
    """A function with a gradient of its own; see `custom_vjp`, which makes it."""

    def __init__(self, f: Function) -> None:
        update_wrapper(self, f)
        self.f = f
        self.forward: Function | None = None
        self.backward: Function | None = None

    def defvjp(self, forward: Function, backward: Function) -> None:
        """Say how to differentiate: `forward(*args)` returns the result and what `backward` needs."""
        if not callable(forward) or not callable(backward):
            raise TypeError(f"{name_of(self.f)}.defvjp takes two functions: forward(*args) and backward(residuals, g)")
        self.forward, self.backward = forward, backward

    def __call__(self, *args: Any, **settings: Any) -> Any:
        """The result, recorded as one operation if a Value is among the arguments."""
        name = name_of(self.f)
        if any(type(x) is Value for x in leaves(settings)):
            raise TypeError(f"{name} got a Value by keyword; data are given by position, settings by keyword")
        given = [x for x in leaves(args) if type(x) is Value]
        if not given:
            out = self.f(*args, **settings)
            self.refuse_closures(out)
            return out
        if self.forward is None:
            raise TypeError(f"{name} has no gradient yet; call {name}.defvjp(forward, backward) after its definition")
        call = Call(self, args, settings)
        whole = computed_as_one(name, call.results, given, call.vjp)
        return rebuilt(whole._data[-1].out, parts(whole))

    def run(self, values: Sequence[Any], args: Any, settings: dict[str, Any]) -> tuple[Any, Any]:
        """`forward` with `values` in the places of the Values among its arguments."""
        following = iter(values)
        inputs = rebuilt(args, [next(following) if type(x) is Value else x for x in leaves(args)])
        assert self.forward is not None
        try:
            pair = self.forward(*inputs, **settings)
        except TypeError as error:
            if any(type(x) is Value for x in values):
                error.add_note(f"a second derivative of {name_of(self.f)} runs its forward on Values: "
                               f"write that with NumPy, or with {name_of(self.f)} itself")  # fmt: skip
            raise
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError(f"forward of {name_of(self.f)} must return a pair (result, residuals), not {shown(pair)}")
        return pair

    def refuse_closures(self, found: Any) -> None:
        """Raise if plain arguments led to a Value: it came from elsewhere, where no gradient would arrive."""
        if any(type(x) is Value for x in leaves(found)):
            raise TypeError(
                f"{name_of(self.f)} depends on a Value that is not among its arguments, so the gradient of that "
                "Value would be lost; make it an argument"
            )

    def cotangents(self, found: Any, args: tuple[Any, ...]) -> Parts:
        """What `backward` returned, checked: a cotangent for each Value among the arguments."""
        backward = f"backward of {name_of(self.f)}"
        if not isinstance(found, tuple | list) or len(found) != len(args):
            raise ValueError(
                f"{backward} must return a tuple of {len(args)} cotangents, one for each argument "
                f"(None for zero), not {shown(found)}"
            )
        each: list[Any] = []
        for n, (ct, arg) in enumerate(zip(found, args, strict=True)):
            inside = leaves(arg)
            if not any(type(x) is Value for x in inside):
                continue
            try:
                given = [None] * len(inside) if ct is None else matching(ct, arg)
            except ValueError as error:
                raise ValueError(f"{backward}, cotangent of argument {n}: {error}") from None
            for g, x in zip(given, inside, strict=True):
                if type(x) is Value:
                    each.append(None if g is None else shaped(g, x, f"{backward} gave argument {n}"))
        return Parts(each)


class Rest:
    """What `forward` returned beside numbers: the structure of its result, and what `backward` needs.

    It goes with the numbers, as the last result of the operation."""

    __slots__ = ("out", "residuals")
    __array_ufunc__ = None  # as for other libraries' arrays: a Value may hold it

    def __init__(self, out: Any, residuals: Any) -> None:
        self.out, self.residuals = out, residuals


class Call:
    """A call of a function with a gradient of its own, as one operation: what it computes, and its rule."""

    def __init__(self, f: CustomVjp, args: tuple[Any, ...], settings: dict[str, Any]) -> None:
        self.f, self.settings = f, settings
        self.args = rebuilt(args, [fresh(x._data) if type(x) is Value else x for x in leaves(args)])
        self.values = [x for x in leaves(self.args) if type(x) is Value]

    def run(self, numbers: Sequence[Any]) -> tuple[Any, Any]:
        """What `forward` returns for these numbers."""
        return self.f.run(numbers, self.args, self.settings)

    def results(self, numbers: Sequence[Any]) -> tuple[Any, ...]:
        """The numbers of the result, and the rest."""
        out, residuals = self.run(numbers)
        self.f.refuse_closures((out, residuals))
        return *(constant(x, self.f.forward or self.f.f)._data for x in leaves(out)), Rest(out, residuals)

    def cotangents(self, rest: Rest, residuals: Any, g: Sequence[Any]) -> Parts:
        """What `backward` makes of the cotangents of the result."""
        assert self.f.backward is not None
        return self.f.cotangents(self.f.backward(residuals, rebuilt(rest.out, g)), self.args)

    def vjp(self, g: Parts, out: Any, whole: Any) -> Parts:
        """The cotangents of the arguments from those of the result; of Values if they are to be differentiated."""
        *data, rest = out._data if type(out) is Value else out
        full = [zeros(fresh(y)) if ct is None else ct for ct, y in zip(g, data, strict=False)]
        if type(whole) is not Value:
            return self.cotangents(rest, rest.residuals, full)
        return self.recorded(full, out, whole) if tracing() else self.again(full, rest, parts(whole))

    def again(self, g: Sequence[Any], rest: Rest, numbers: Sequence[Any]) -> Parts:
        """The same with residuals that remember what they came from."""
        return self.cotangents(rest, self.run(numbers)[1], g)

    def recorded(self, g: Sequence[Any], out: Value, whole: Value) -> Parts:
        """The same as one operation, for a program: `backward` gets plain arrays there too."""
        n, rest = len(self.values), out._data[-1]

        def compute(given: tuple[Any, ...], results: tuple[Any, ...]) -> tuple[Any, ...]:
            found = self.cotangents(results[-1], results[-1].residuals, given[n:])
            return self.without_gaps(found)

        def rule(gg: Parts, _out: Any, given: Any, _results: Any) -> Parts:
            xs = parts(given)
            _, back = vjp(lambda *xs: self.without_gaps(self.again(xs[n:], rest, xs[:n])), *xs)
            cotangents = (zeros(x) if ct is None else ct for ct, x in zip(gg, self.values, strict=True))
            return Parts(ct if is_floating(x) else None for ct, x in zip(back(tuple(cotangents)), xs, strict=True))

        op = Op(f"backward of {name_of(self.f.f)}", untraced(compute), [rule, None], complex=True)
        found = parts(op(bundle(*parts(whole), *g), out))
        return Parts(ct if is_floating(x) else None for ct, x in zip(found, self.values, strict=True))

    def without_gaps(self, found: Parts) -> tuple[Any, ...]:
        """The cotangents with zeros for None."""
        return tuple(zeros(x) if ct is None else ct for ct, x in zip(found, self.values, strict=True))


def is_floating(x: Any) -> bool:
    """Whether it has a derivative, and is not a mask or a count."""
    return np.result_type(x._data if type(x) is Value else x).kind in "fc"


def shaped(g: Any, x: Value, given: str) -> Any:
    """A cotangent in the shape and dtype of its Value; what broadcasting stretched is the writer's to add up."""
    g = as_number(g)
    if shape_of(g) != x.shape:
        raise ValueError(f"{given}, of shape {x.shape}, a cotangent of shape {shape_of(g)}; they must agree")
    return fitted(g, x)


def custom_vjp(f: Function) -> CustomVjp:
    """`f` with a gradient of one's own: a decorator; `f.defvjp(forward, backward)` then says how.

    `forward(*args)` computes what `f` does and returns (result, residuals); `backward(residuals, g)`
    turns the cotangent of the result into a tuple with one cotangent for each positional argument, in
    its structure and shape; None means zero.  Arguments and results may be containers.  Keywords are
    settings, and go to `forward` too.

    >>> import numpy as np
    >>> @custom_vjp
    ... def log1pexp(x):
    ...     return np.log1p(np.exp(x))
    >>> def forward(x):
    ...     return log1pexp(x), x
    >>> def backward(x, g):  # the derivative that is written out does not overflow
    ...     return (g / (1.0 + np.exp(-x)),)
    >>> log1pexp.defvjp(forward, backward)
    >>> x = Value(0.0)
    >>> log1pexp(x).backward()
    >>> x.grad
    0.5

    `forward` and `backward` get plain numbers and arrays.  For a second derivative both run on Values, so
    that residuals remember what they came from: write them with NumPy's functions, and compute in
    `forward` by `f` itself what only `f` can.  Forward mode follows from `backward`, which must be linear
    in g for that.

    Raises TypeError if `f` depends on a Value that is not an argument, as its gradient would be lost;
    ValueError if a cotangent has another structure or shape than its argument.
    """
    return CustomVjp(f)


__all__ = ["checkpoint", "custom_vjp"]
