"""A function, and what somebody claims about its derivative: the only thing that checks and laws ever see.

A `Subject` answers three questions about plain numbers and arrays: the value, the gradient that a cotangent
has, the change that a tangent causes.  Each adapter makes one out of a function of its engine.  The engine
of this package is one of them; nothing here knows it.

Arguments and results are numbers, arrays, or containers of them.  Their *variables* are the leaves in
floating point, real or complex; integers, booleans and strings are constants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..trees import leaves, rebuilt

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Subject:
    """A function with the derivatives that are claimed for it, on plain numbers and arrays.

    value(args)      the result of the function of the tuple `args`
    vjp(args, us)    a list: the gradient of each variable of `args`, from a cotangent for each variable of
                     the result; None if there is no reverse mode
    jvp(args, ts)    a list: the tangent of each variable of the result, from a tangent for each variable of
                     `args`; None if there is no forward mode
    pulled(us)       the Subject whose result is the list vjp(args, us), differentiated by the same engine;
                     None if there are no second derivatives
    reference(args)  what differences are taken of; as a rule the function itself, `value`
    spelled          how a reader writes this subject in Python, in code that reproduces a failure

    The pairing of cotangents and tangents is Re Σ u·t, without a conjugate, as in JAX and HIPS autograd.

    >>> double = Subject(
    ...     "double",
    ...     value=lambda args: 2.0 * args[0],
    ...     vjp=lambda args, us: [2.0 * us[0]],
    ...     jvp=lambda args, ts: [2.0 * ts[0]],
    ... )
    >>> double.vjp((np.ones(2),), [np.array([1.0, 0.0])])
    [array([2., 0.])]
    """

    name: str
    value: Callable[[tuple[Any, ...]], Any]
    vjp: Callable[[tuple[Any, ...], list[Any]], list[Any]] | None = None
    jvp: Callable[[tuple[Any, ...], list[Any]], list[Any]] | None = None
    pulled: Callable[[list[Any]], Subject] | None = None
    reference: Callable[[tuple[Any, ...]], Any] | None = None
    spelled: str = ""
    parameters: tuple[str, ...] = ()  # names of the arguments, where they are known


def is_variable(x: Any) -> bool:
    """Whether a leaf is differentiated: real or complex numbers and arrays in floating point.

    >>> is_variable(1.0), is_variable(np.ones(2, np.float32)), is_variable(2), is_variable("axis")
    (True, True, False, False)
    """
    if isinstance(x, np.ndarray | np.generic):
        return x.dtype.kind in "fc"
    return isinstance(x, float | complex)


def variables(tree: Any) -> list[Any]:
    """The leaves of `tree` that are differentiated, in order.

    >>> variables({"w": [1.0, 2], "b": 3.0})
    [1.0, 3.0]
    """
    return [x for x in leaves(tree) if is_variable(x)]


def with_variables(tree: Any, new: Iterable[Any]) -> Any:
    """`tree` with its variables replaced, in order, by `new`; its constants stay.

    >>> with_variables((1.0, 2, 3.0), ["a", "b"])
    ('a', 2, 'b')
    """
    following = iter(new)
    return rebuilt(tree, [next(following) if is_variable(x) else x for x in leaves(tree)])


def of_variables(f: Callable[..., Any], args: Sequence[Any]) -> Callable[..., Any]:
    """The function of the variables of `args` alone, the constants being as they are in `args`.

    >>> of_variables(lambda x, axis, y: (x, axis, y), (1.0, 0, 2.0))(3.0, 4.0)
    (3.0, 0, 4.0)
    """
    return lambda *xs: f(*with_variables(tuple(args), xs))


__all__ = ["Subject", "is_variable", "of_variables", "variables", "with_variables"]
