"""Rules written by hand as Subjects: a function of plain numbers and arrays, and its vjp, its jvp, or both.

Nothing is differentiated here, so what is checked is the rule itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...trees import CONTAINERS, is_container, is_dataclass, numbers_of, shown
from ..subject import Subject, variables, with_variables
from .means import name_of, parameters_of, spelling_of

Function = Callable[..., Any]


def by_hand(
    f: Function,
    vjp: Function | None = None,
    jvp: Function | None = None,
    vjp_of_vjp: Function | None = None,
    *,
    name: str = "",
) -> Subject:
    """The Subject of `f(*args)` with the derivatives that these rules claim.

    vjp(g, *args)            the gradient, from a cotangent `g` of the result; if several arguments are in
                             floating point, a tuple with one for each of them
    jvp(t, *args)            the tangent of the result, from a tangent `t`, or from a tuple of them likewise
    vjp_of_vjp(v, g, *args)  the vjp of `args` ↦ vjp(g, *args): for second derivatives

    Gradients, cotangents and tangents have the structure of what they belong to.  None stands for no
    dependence.  With constants among the arguments, a tuple may also have an entry for every argument.
    A missing mode is None in the Subject.

    >>> product = by_hand(lambda x, y: x * y, vjp=lambda g, x, y: (g * y, g * x))
    >>> product.vjp((2.0, 3.0), [1.0])
    [3.0, 2.0]

    The products raise ValueError where a rule returns too few or too many gradients, or another structure.
    """
    name = name or name_of(f)
    reverse, forward, again = vjp or missing, jvp or missing, vjp_of_vjp or missing
    run = Remembering(f)

    def pull(args: tuple[Any, ...], us: list[Any]) -> list[Any]:
        g = with_variables(run.like(args, us), us)
        return split(reverse(g, *args), args, f"the vjp of {name}")

    def push(args: tuple[Any, ...], ts: list[Any]) -> list[Any]:
        t = joined(args, ts)
        return per_variable(forward(t, *args), f(*args), f"the jvp of {name}")

    def pulled(us: list[Any]) -> Subject:
        def pull_again(args: tuple[Any, ...], vs: list[Any]) -> list[Any]:
            v, g = joined(args, vs), with_variables(run.like(args, us), us)
            return split(again(v, g, *args), args, f"the vjp of the vjp of {name}")

        return Subject(f"the gradient of {name}", lambda args: pull(args, us), pull_again, parameters=parameters_of(f))

    return Subject(
        name,
        run,
        vjp=pull if vjp else None,
        jvp=push if jvp else None,
        pulled=pulled if vjp and vjp_of_vjp else None,
        spelled=spelled(f, vjp=vjp, jvp=jvp, vjp_of_vjp=vjp_of_vjp),
        parameters=parameters_of(f),
    )


class Remembering:
    """A function, which remembers what its results are like.

    A rule is asked without calling the function first, because that would hide one that relies on what was
    left behind by the last call, wherever that was."""

    def __init__(self, f: Function) -> None:
        self.f, self.last = f, None

    def __call__(self, args: tuple[Any, ...]) -> Any:
        self.last = self.f(*args)
        return self.last

    def like(self, args: tuple[Any, ...], us: list[Any]) -> Any:
        """A result that has the structure of f(*args), with as many variables as there are cotangents."""
        return self.last if len(variables(self.last)) == len(us) else self(args)


def missing(*args: Any) -> Any:
    """In place of a rule that was not given."""
    raise NotImplementedError("there is no such rule")


def spelled(f: Function, **rules: Function | None) -> str:
    """How these rules are put together in Python."""
    given = [f"{key}={spelling_of(rule)}" for key, rule in rules.items() if rule]
    return f"by_hand({', '.join([spelling_of(f), *given])})"


def differentiable(args: tuple[Any, ...]) -> list[Any]:
    """The arguments that hold something in floating point."""
    return [arg for arg in args if variables(arg)]


def joined(args: tuple[Any, ...], vectors: list[Any]) -> Any:
    """Tangents of the variables, in the structure of the arguments: of one, or a tuple of several."""
    parts = tuple(differentiable(with_variables(args, vectors)))
    return parts[0] if len(parts) == 1 else parts


def split(given: Any, args: tuple[Any, ...], whose: str) -> list[Any]:
    """One gradient for each variable, from what a rule returned for the arguments."""
    wanted = differentiable(args)
    if len(wanted) == 1 and not (isinstance(given, tuple) and not isinstance(wanted[0], tuple)):
        return per_variable(given, wanted[0], whose)
    if not isinstance(given, tuple) or len(given) not in (len(wanted), len(args)):
        raise ValueError(
            f"{whose} returned {described(given)}, where a tuple of {len(wanted)} was expected: "
            "a gradient for each argument in floating point, or None where there is no dependence"
        )
    arguments = wanted if len(given) == len(wanted) else args
    return [g for part, arg in zip(given, arguments, strict=True) for g in per_variable(part, arg, whose)]


def per_variable(given: Any, like: Any, whose: str) -> list[Any]:
    """One entry for each variable of `like`, from a container of that structure; zeros for None."""
    if given is None:
        return [np.zeros_like(x)[()] for x in variables(like)]
    if not variables(like):
        return []  # what stands in the place of a constant does not matter
    if not is_container(like):
        if is_container(given):
            raise ValueError(f"{whose} returned {shown(given)} for {described(like)}")
        return [given]
    inner, found = parts_of(like), parts_of(given) if is_container(given) else {}
    missing = [key for key, part in inner.items() if variables(part) and key not in found]
    if missing or (isinstance(like, list | tuple) and len(found) != len(inner)):
        raise ValueError(
            f"{whose} returned {described(given)} for {shown(like)}; it must have the same structure: {CONTAINERS}"
        )
    return [g for key, part in inner.items() for g in per_variable(found.get(key), part, whose)]


def parts_of(tree: Any) -> dict[Any, Any]:
    """What a container holds, by key, position or name."""
    if isinstance(tree, dict):
        return tree
    return numbers_of(tree) if is_dataclass(tree) else dict(enumerate(tree))


def described(given: Any) -> str:
    """What a rule returned, in a few words."""
    if given is None:
        return "None (is a return missing?)"
    if is_container(given):
        return shown(given)
    return f"an array of shape {np.shape(given)}" if np.shape(given) else "one number"


__all__ = ["by_hand"]
