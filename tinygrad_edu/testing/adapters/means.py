"""How a function written for an engine becomes a `Subject`: told once, for every engine.

An engine says by what `Means` it runs a function, walks it backward and walks it forward, each on a list
of variables.  The rest is the same for all: arguments in containers, constants, a look at what came out,
and second derivatives, which are the walk backward walked once more.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...trees import CONTAINERS, leaves, rebuilt
from ..subject import Subject, is_variable, variables, with_variables

Run = Callable[[Sequence[Any]], list[Any]]
"""A function of variables alone: from a list of them to the list of the variables of its result."""

Call = Callable[[tuple[Any, ...], Sequence[Any]], Any]
"""A function of arguments, of which the variables stand beside: `call(args, xs)`."""


def as_it_is(x: Any) -> Any:
    """`x`, for engines that take what NumPy has."""
    return x


def is_varying(x: Any) -> bool:
    """Whether a leaf is in floating point, in any engine whose dtypes are NumPy's."""
    return is_variable(x) or getattr(getattr(x, "dtype", None), "kind", "") in ("f", "c")


def plain_number(x: Any) -> Any:
    """A copy of a number or an array as NumPy has it; without axes, it is a number.  Text stays.

    >>> plain_number(np.array(2.0)), plain_number([1, 2])
    (2.0, array([1, 2]))
    """
    if isinstance(x, str | bytes | bool | int | float | complex):
        return x
    array = np.array(x)
    if array.ndim:
        return array
    return array.item() if array.dtype in (np.float64, np.complex128) else array[()]


@dataclass(frozen=True)
class Means:
    """What an engine does with functions of variables.

    `xs`, `us` and `ts` are plain numbers and arrays; but where `run` is itself a walk backward, the `xs` that
    it is given are the engine's.  A walk that the engine does not offer raises NotImplementedError.

    value(run, xs)        the variables of the result
    reverse(run, xs, us)  a gradient for each of `xs`
    forward(run, xs, ts)  a tangent for each variable of the result; None if there is no forward mode
    again                 whether `reverse` can be differentiated
    plain                 from a leaf of a result to a copy of it as NumPy has it
    varies                whether a leaf of a result is in floating point
    constant              from a constant among the arguments to what the function takes
    within                a context in which all of this happens
    """

    value: Callable[[Run, list[Any]], Sequence[Any]]
    reverse: Callable[[Run, list[Any], list[Any]], Sequence[Any]]
    forward: Callable[[Run, list[Any], list[Any]], Sequence[Any]] | None = None
    again: bool = True
    plain: Callable[[Any], Any] = plain_number
    varies: Callable[[Any], bool] = is_varying
    constant: Callable[[Any], Any] = as_it_is
    within: Callable[[], AbstractContextManager[Any]] = nullcontext


class Ran:
    """The function of the variables of `args` alone.  It remembers its last result, with the constants in it."""

    def __init__(self, call: Call, args: tuple[Any, ...], means: Means, name: str) -> None:
        self.call, self.args, self.means, self.name = call, args, means, name
        self.result: Any = None

    def __call__(self, xs: Sequence[Any]) -> list[Any]:
        self.result = self.call(self.args, xs)
        found = leaves(self.result)
        for x in [self.result] if self.result is None else found:
            if not self.means.varies(x):
                require_constant(x, self.name)
        return [x for x in found if self.means.varies(x)]


def subject_of(f: Callable[..., Any], means: Means, adapter: str) -> Subject:
    """The `Subject` of a function of the engine; `adapter` is what a reader calls to make it, as "in_torch"."""

    def call(args: tuple[Any, ...], xs: Sequence[Any]) -> Any:
        constants = [x if is_variable(x) else means.constant(x) for x in leaves(args)]
        return f(*with_variables(rebuilt(args, constants), xs))

    return subject_of_call(call, means, name_of(f), f"{adapter}({spelling_of(f)})", parameters_of(f))


def subject_of_call(call: Call, means: Means, name: str, spelled: str, parameters: tuple[str, ...]) -> Subject:
    """The same for a function whose variables stand beside its arguments."""
    forward = means.forward

    def value(args: tuple[Any, ...]) -> Any:
        with means.within():
            run = Ran(call, args, means, name)
            found = iter(means.value(run, variables(args)))
            kept = [next(found) if means.varies(x) else x for x in leaves(run.result)]
            return rebuilt(run.result, map(means.plain, kept))

    def vjp(args: tuple[Any, ...], us: list[Any]) -> list[Any]:
        with means.within():
            return [means.plain(x) for x in means.reverse(Ran(call, args, means, name), variables(args), us)]

    def jvp(args: tuple[Any, ...], ts: list[Any]) -> list[Any]:
        if forward is None:
            raise NotImplementedError(f"{name} has no forward mode")
        with means.within():
            return [means.plain(x) for x in forward(Ran(call, args, means, name), variables(args), ts)]

    def pulled(us: list[Any]) -> Subject:
        def gradient(args: tuple[Any, ...], xs: Sequence[Any]) -> list[Any]:
            return list(means.reverse(Ran(call, args, means, name), list(xs), us))

        return subject_of_call(gradient, means, f"the gradient of {name}", "", parameters)

    return Subject(
        name,
        value,
        vjp=vjp,
        jvp=jvp if forward else None,
        pulled=pulled if means.again else None,
        spelled=spelled,
        parameters=parameters,
    )


def require_constant(x: Any, name: str) -> None:
    """Raise TypeError for a leaf of a result that is neither in floating point nor a constant."""
    hint = f"it must return numbers, arrays of its engine, or containers of them: {CONTAINERS}"
    if x is None:
        raise TypeError(f"{name} returned None (is a return missing?); {hint}")
    dtype = None if isinstance(x, str | bytes | bool | int) else getattr(x, "dtype", np.dtype(object))
    if getattr(dtype, "kind", "") == "O":
        raise TypeError(f"{name} returned a {type(x).__name__}; {hint}")


# ---- what a function is called ------------------------------------------------------------------------


def name_of(f: Callable[..., Any]) -> str:
    """The name of a function, or of what a bound class method such as `Square.apply` belongs to.

    >>> name_of(np.sin), name_of(lambda x: x)
    ('sin', 'f')
    """
    inner = getattr(f, "func", f)  # of functools.partial
    if inspect.ismethod(inner) and inspect.isclass(inner.__self__):
        return inner.__self__.__name__
    name = getattr(inner, "__name__", None) or getattr(inner, "name", None) or type(inner).__name__
    return "f" if name == "<lambda>" else str(name)


def spelling_of(f: Callable[..., Any]) -> str:
    """How a function is written where it was defined: `f`, `Layer.forward`, `Square.apply`."""
    if inspect.ismethod(f) and inspect.isclass(f.__self__):
        return f"{f.__self__.__qualname__}.{f.__name__}".rpartition("<locals>.")[2]
    name = getattr(f, "__qualname__", name_of(f)).rpartition("<locals>.")[2]
    return "f" if name == "<lambda>" else str(name)


def parameters_of(f: Callable[..., Any]) -> tuple[str, ...]:
    """The names of the positional arguments; none where there may be any number of them.

    >>> parameters_of(lambda x, axis=0: x), parameters_of(lambda *xs: xs)
    (('x', 'axis'), ())
    """
    try:
        found = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):  # of a function written in C
        return ()
    if any(p.kind is p.VAR_POSITIONAL for p in found):
        return ()
    return tuple(p.name for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD))


__all__ = [
    "Means", "Run", "as_it_is", "is_varying", "name_of", "parameters_of", "plain_number", "spelling_of", "subject_of",
]  # fmt: skip
