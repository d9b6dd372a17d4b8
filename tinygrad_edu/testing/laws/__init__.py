"""Laws that hold for every right derivative, and need no step size.

Each law takes a `Subject` (or a function for the engine of this package), arguments, and directions: `us`
has a cotangent for each variable of the result, `ts` a tangent for each variable of the arguments.  It
returns None if it holds, and raises AssertionError, with what was compared, if it does not.  A law that
needs a mode, or second derivatives, which the Subject does not have raises TypeError.  That the derivative is
one of the right function is asked by `taylor_remainder` and by `check_gradients` alone.

Of complex numbers the pairing is Re Σ u·t, without a conjugate.  A direction of zeros tests nothing, and
every law holds for it.  What is not finite on both sides is not compared; what is so on one side only is a
fault.  `tolerance` is the share of what is added up by which two ways may differ: by default 1e-9 in double,
1e-4 in single and 5e-2 in half precision, whichever is the lowest among arguments and results, and never less
than the rounding errors that are measured (see `agreement`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...trees import leaves, matching
from ..adapters import as_subject
from ..measure.packing import Space
from ..subject import Array, is_variable, variables, with_variables
from .agreement import Sides, Told, bits, exact, require_agreement
from .place import Function, Place, alike, needed, packed, total
from .taylor import TaylorTest, taylor_remainder

# ---- two modes -------------------------------------------------------------------------------------------


def adjoint_identity(
    f: Function, args: Sequence[Any], us: Sequence[Any], ts: Sequence[Any], *, tolerance: float | None = None
) -> None:
    """⟨u, J t⟩ by forward mode is ⟨Jᵀ u, t⟩ by reverse mode: the dot-product test (Claerbout 1992).

    >>> adjoint_identity(lambda x: x * x, (3.0,), [1.0], [0.5])
    """
    at = Place(f, args, "the adjoint identity")

    def law(args: Any, us: Any, ts: Any) -> Sides:
        return total(at.packed_cotangent(us) * at.ahead(args, ts), at.back(args, us) * at.packed_tangent(ts))

    one, other = "⟨u, J t⟩ by forward mode", "⟨Jᵀ u, t⟩ by reverse mode"
    at.require(law, (us, ts), one, other, share=tolerance, natural=lambda: at.natural(ts, us=us))


# ---- linear maps -----------------------------------------------------------------------------------------


def linear_in_the_cotangent(
    f: Function, args: Sequence[Any], us: Sequence[Any], ws: Sequence[Any], a: float = 2.0, b: float = -0.5,
    *, tolerance: float | None = None,
) -> None:  # fmt: skip
    """The gradient that a u + b w has is a times that of u plus b times that of w, for real a and b.

    >>> linear_in_the_cotangent(lambda x: x * x, (3.0,), [1.0], [0.25])
    """
    at = Place(f, args, "linearity in the cotangent")
    at.require(linear(at.back, a, b), (us, ws), f"Jᵀ({a} u + {b} w)", f"{a} Jᵀu + {b} Jᵀw", at.inputs, tolerance,
               lambda: abs(a) * at.natural_gradient(us) + abs(b) * at.natural_gradient(ws))  # fmt: skip


def linear_in_the_tangent(
    f: Function, args: Sequence[Any], ts: Sequence[Any], ss: Sequence[Any], a: float = 2.0, b: float = -0.5,
    *, tolerance: float | None = None,
) -> None:  # fmt: skip
    """The tangent of the result along a t + b s is a times that along t plus b times that along s.

    >>> linear_in_the_tangent(lambda x: x * x, (3.0,), [1.0], [0.25])
    """
    at = Place(f, args, "linearity in the tangent")
    at.require(linear(at.ahead, a, b), (ts, ss), f"J({a} t + {b} s)", f"{a} J t + {b} J s", at.outputs, tolerance,
               lambda: abs(a) * at.natural(ts) + abs(b) * at.natural(ss))  # fmt: skip


def linear(walk: Callable[..., Array], a: float, b: float) -> Callable[..., Sides]:
    """The law that a walk is linear in its direction."""

    def law(args: Any, us: Any, ws: Any) -> Sides:
        one, other = a * walk(args, us), b * walk(args, ws)
        mixed = walk(args, [a * u + b * w for u, w in zip(us, ws, strict=True)])
        return alike(mixed, one + other, one, other)

    return law


# ---- second derivatives ----------------------------------------------------------------------------------


def hessian_symmetric(
    f: Function, args: Sequence[Any], us: Sequence[Any], ts: Sequence[Any], ss: Sequence[Any],
    *, tolerance: float | None = None,
) -> None:  # fmt: skip
    """⟨H t, s⟩ = ⟨H s, t⟩, where H is the second derivative of ⟨u, f⟩.

    Where H t is found by reverse over reverse and by forward over reverse mode, the two must agree as well.

    >>> hessian_symmetric(lambda x, y: x * x * y, (3.0, 2.0), [1.0], [1.0, 0.0], [0.5, 1.0])
    """
    at = Place(f, args, "the symmetry of the second derivative")
    pulled = needed(at.subject.pulled, "second derivatives", at)
    modes = [mode for mode in ("vjp", "jvp") if getattr(pulled(list(us)), mode) is not None]
    first = needed(modes or None, "second derivatives", at)[0]

    def product(mode: str, args: Any, us: Any, ts: Any) -> Array:
        found = getattr(pulled(list(us)), mode)(args, list(ts))
        return packed(found, at.inputs, "second derivative", at, dual=True)

    def symmetric(args: Any, us: Any, ts: Any, ss: Any) -> Sides:
        one, other = product(first, args, us, ts), product(first, args, us, ss)
        return total(one * at.packed_tangent(ss), other * at.packed_tangent(ts))

    def same(args: Any, us: Any, ts: Any) -> Sides:
        return alike(product("jvp", args, us, ts), product("vjp", args, us, ts))

    at.require(symmetric, (us, ts, ss), "⟨H t, s⟩", "⟨H s, t⟩", share=tolerance,
               natural=lambda: at.natural(ts, ss, us=us))  # fmt: skip
    if len(modes) == 2:
        at.require(same, (us, ts), "H t by forward over reverse mode", "by reverse over reverse mode", at.inputs,
                   tolerance, lambda: at.natural_gradient(us, ts))  # fmt: skip


# ---- functions made of functions -------------------------------------------------------------------------


def chain_rule(
    composed: Function, outer: Function, inner: Function, args: Sequence[Any], us: Sequence[Any],
    ts: Sequence[Any] | None = None, *, tolerance: float | None = None,
) -> None:  # fmt: skip
    """The derivative of x → outer(inner(x)) is that of `outer` after that of `inner`.

    `composed` is the composition as the engine itself makes it.  `outer` takes one argument, the result of
    `inner`.  With `ts`, tangents are compared too.

    >>> chain_rule(lambda x: np.sin(x * x), np.sin, lambda x: x * x, (3.0,), [1.0], [0.5])
    """
    at, second = Place(composed, args, "the chain rule"), as_subject(outer)
    first = Place(inner, args, at.law)

    def back(args: Any, us: Any) -> Sides:
        pull = needed(second.vjp, "reverse mode", at)
        middle = list(pull((first.subject.value(args),), list(us)))
        packed(middle, first.outputs, "gradient", first)
        return alike(at.back(args, us), first.back(args, middle))

    def ahead(args: Any, ts: Any) -> Sides:
        push = needed(second.jvp, "forward mode", at)
        middle = list(needed(first.subject.jvp, "forward mode", first)(args, list(ts)))
        packed(middle, first.outputs, "tangent", first)
        found = push((first.subject.value(args),), middle)
        return alike(at.ahead(args, ts), packed(found, at.outputs, "tangent", at))

    at.require(back, (us,), "the gradient of the composition", "the gradient by way of the inner result", at.inputs,
               tolerance, lambda: at.natural_gradient(us))  # fmt: skip
    if ts is not None:
        at.require(ahead, (ts,), "the tangent of the composition", "the tangent by way of the inner result", at.outputs,
                   tolerance, lambda: at.natural(ts))  # fmt: skip


def uses_add_up(
    shared: Function, separate: Function, args: Sequence[Any], us: Sequence[Any], *, tolerance: float | None = None
) -> None:
    """A variable that is used in two places has the sum of the gradients that it has in each.

    `separate` is a function of 2n arguments, and `shared(*args)` is `separate(*args, *args)`.

    >>> uses_add_up(lambda x: x * np.sin(x), lambda x, y: x * np.sin(y), (3.0,), [1.0])
    """
    at = Place(shared, args, "adding up over all uses")
    both = Place(separate, (*at.args, *at.args), at.law)
    if both.outputs.shapes != at.outputs.shapes:
        raise AssertionError(f"{at.law}: the functions give {at.outputs.shapes} and {both.outputs.shapes}")

    def values(args: Any) -> Sides:
        return alike(at.value(args), both.value((*args, *args)))

    def law(args: Any, us: Any) -> Sides:
        first, second = np.split(both.back((*args, *args), us), 2)
        return alike(at.back(args, us), first + second, first, second)

    at.require(values, (), "the value", "that of the separate uses", at.outputs, tolerance)
    at.require(law, (us,), "the gradient", "the sum over both uses", at.inputs, tolerance,
               lambda: at.natural_gradient(us))  # fmt: skip


def broadcasting(f: Function, args: Sequence[Any], us: Sequence[Any], *, tolerance: float | None = None) -> None:
    """The gradient of what is broadcast is the gradient of an expanded copy, summed over the copies.

    `f` broadcasts its arguments, as elementwise functions do; each is a number or an array.

    >>> broadcasting(lambda x, y: x * y, (np.array([1.0, 2.0]), 3.0), [np.array([1.0, 0.5])])

    Raises AssertionError too if the value changes when the arguments are expanded beforehand.
    """
    at = Place(f, args, "broadcasting")
    shape = np.broadcast_shapes(*at.inputs.shapes)
    wide = Place(at.subject, expanded(at.args, shape), at.law)
    if wide.outputs.shapes != at.outputs.shapes:
        raise AssertionError(f"{at.law}: expanded, it gives {wide.outputs.shapes}, not {at.outputs.shapes}")

    def values(args: Any) -> Sides:
        return alike(at.value(args), wide.value(expanded(args, shape)))

    def law(args: Any, us: Any) -> Sides:
        copies = wide.back(expanded(args, shape), us)
        summed, size = (
            at.inputs.pack([folded(g, like) for g, like in zip(parts, at.inputs.shapes, strict=True)])
            for parts in (wide.inputs.unpack(part, precise=True) for part in (copies, np.abs(copies)))
        )
        return alike(at.back(args, us), summed, size)

    at.require(values, (), "the value", "the value for expanded copies", at.outputs, tolerance)
    at.require(law, (us,), "the gradient", "the sum over the copies", at.inputs, tolerance,
               lambda: at.natural_gradient(us))  # fmt: skip


def expanded(args: tuple[Any, ...], shape: tuple[int, ...]) -> tuple[Any, ...]:
    """The arguments with their variables broadcast to one shape: copies that may be written to."""
    new: tuple[Any, ...] = with_variables(args, [np.broadcast_to(x, shape).copy() for x in variables(args)])
    return new


def folded(g: Array, shape: tuple[int, ...]) -> Array:
    """`g` summed over the axes along which an array of `shape` was repeated."""
    lengths = (*(1,) * (g.ndim - len(shape)), *shape)
    axes = tuple(i for i, (n, k) in enumerate(zip(lengths, g.shape, strict=True)) if n == 1 and k != 1)
    found: Array = g.sum(axis=axes).reshape(shape)
    return found


# ---- the same again --------------------------------------------------------------------------------------


def second_backward_is_the_same(f: Function, args: Sequence[Any], us: Sequence[Any]) -> None:
    """Asked twice, with another question in between, reverse mode gives the same to the last bit.

    >>> second_backward_is_the_same(lambda x: x * x, (3.0,), [1.0])
    """
    at = Place(f, args, "the same gradient again")
    first = list(map(bits, at.gradients(us)))
    at.gradients([-0.5 * u for u in us])
    second = list(map(bits, at.gradients(us)))
    for name, one, other in zip(at.inputs.names, first, second, strict=True):
        if one != other:
            raise AssertionError(f"{at.law}: the gradient of {name} is another when it is asked for again: "
                                 "it depends on chance, or on what was computed before")  # fmt: skip


def nothing_is_changed(
    f: Function, args: Sequence[Any], us: Sequence[Any] | None = None, ts: Sequence[Any] | None = None
) -> None:
    """No walk changes an argument, the directions it was given, or what was returned before.

    Reverse mode is tried with cotangents `us`, forward mode with tangents `ts`; without them, it is not.

    >>> nothing_is_changed(lambda x: x * x, (3.0,), [1.0], [0.5])
    """
    subject, args = as_subject(f), tuple(args)
    law = f"nothing is changed by {subject.name}"
    watched: dict[str, Any] = {"an argument": args, "a cotangent": us, "a tangent": ts}
    before = {what: list(map(bits, leaves(tree))) for what, tree in watched.items()}

    def watch(what: str, tree: Any) -> None:
        watched[what], before[what] = tree, list(map(bits, leaves(tree)))

    def look(who: str) -> None:
        for what, tree in watched.items():
            if list(map(bits, leaves(tree))) != before[what]:
                raise AssertionError(f"{law}: {who} changes {what}: compute a new array, do not write into it")

    watch("its value", subject.value(args))
    look("the function")
    for name, walk, directions in (("reverse mode", subject.vjp, us), ("forward mode", subject.jvp, ts)):
        if directions is None:
            continue
        if walk is None:
            raise TypeError(f"{subject.name} has no {name}")
        watch(f"a result of {name}", walk(args, list(directions)))
        look(name)
        walk(args, [-0.5 * d for d in directions])
        subject.value(args)
        look(f"{name}, asked again,")


def gradients_are_like_inputs(f: Function, args: Sequence[Any], us: Sequence[Any]) -> None:
    """There is a gradient for each variable of the arguments, of its shape and dtype.

    >>> gradients_are_like_inputs(lambda x: x * x, (np.ones(2, np.float32),), [np.ones(2, np.float32)])
    """
    at = Place(f, args, "a gradient like its argument")
    at.packed_cotangent(us)
    require_dtypes(at.gradients(us), at.inputs, "gradient", at)


def tangents_are_like_results(f: Function, args: Sequence[Any], ts: Sequence[Any]) -> None:
    """There is a tangent for each variable of the result, of its shape and dtype.

    >>> tangents_are_like_results(lambda x: x * x, (np.ones(2, np.float32),), [np.ones(2, np.float32)])
    """
    at = Place(f, args, "a tangent like its result")
    at.packed_tangent(ts)
    require_dtypes(at.tangents(ts), at.outputs, "tangent", at)


def require_dtypes(found: list[Any], space: Space, what: str, place: Place) -> None:
    """Raise AssertionError if what was found is not in the shapes and dtypes of `space`."""
    packed(found, space, what, place)
    for part, name, dtype in zip(found, space.names, space.dtypes, strict=True):
        if part is not None and np.asarray(part).dtype != dtype:
            raise AssertionError(f"{place.law}: the {what} of {name} is of {np.asarray(part).dtype}, not {dtype}")


def same_results(
    one: Function, other: Function, args: Sequence[Any], us: Sequence[Any] | None = None,
    ts: Sequence[Any] | None = None, *, tolerance: float = 0.0,
) -> None:  # fmt: skip
    """Two ways to run one function give the same: value, gradients of `us` and tangents along `ts`.

    Such as a function and what a compiler makes of it.  With a `tolerance` of 0 they agree to the last bit,
    where −0 is not 0, and any nan is like any other; otherwise in structure, shapes and dtypes, and in numbers
    to that share of their size.

    >>> same_results(lambda x: 2.0 * x, lambda x: x + x, (3.0,), [1.0])
    """
    a, b = (Place(f, args, "the same results") for f in (one, other))

    def compare(what: str, x: Any, y: Any, walk: Callable[..., Array], given: tuple[Any, ...], space: Space) -> None:
        require_like(x, y, what, a, exactly=not tolerance)
        if tolerance:
            a.require(lambda args, *given: alike(walk(a, args, *given), walk(b, args, *given)), given,
                      what, f"that of {b.subject.name}", space, tolerance)  # fmt: skip

    compare("the value", a.result, b.result, Place.value, (), a.outputs)
    if us is not None:
        compare("the gradient", a.gradients(us), b.gradients(us), Place.back, (us,), a.inputs)
    if ts is not None:
        compare("the tangent", a.tangents(ts), b.tangents(ts), Place.ahead, (ts,), a.outputs)


def require_like(found: Any, expected: Any, what: str, place: Place, *, exactly: bool = False) -> None:
    """Raise AssertionError if two trees differ in structure, shapes, dtypes or constants; or in any bit."""
    try:
        pairs = list(zip(matching(found, expected), leaves(expected), strict=True))
    except ValueError as error:
        raise AssertionError(f"{place.law}: {what} has another structure: {error}") from None
    for k, (x, y) in enumerate(pairs):
        which = what if len(pairs) == 1 else f"{what}, part {k},"
        if np.shape(x) != np.shape(y) or kind(x) != kind(y):
            raise AssertionError(
                f"{place.law}: {which} is {kind(x)} of shape {np.shape(x)}, not {kind(y)} of shape {np.shape(y)}"
            )
        if (exactly or not is_variable(x)) and bits(x) != bits(y):
            raise AssertionError(f"{place.law}: {which} is {x!r}, not {y!r}, in all bits")


def kind(x: Any) -> str:
    """The dtype of a number or an array, or the type of anything else."""
    known = isinstance(x, np.ndarray | np.generic | int | float | complex)
    return str(np.result_type(x)) if known else type(x).__name__


# ---- values and precision --------------------------------------------------------------------------------


def value_is(f: Function, oracle: Callable[..., Any], args: Sequence[Any], *, tolerance: float | None = None) -> None:
    """The value of `f` is that of `oracle(*args)`: in structure, shapes and dtypes, and in its numbers.

    These may differ by the share `tolerance` of their size, by default 64 rounding units; nan and infinities
    must be in the same places.

    >>> value_is(np.square, lambda x: x * x, (np.array([1.0, 2.0]),))
    """
    at = Place(f, args, "the value")
    expected = oracle(*at.args)
    require_like(at.result, expected, "the value", at)
    for name, x, y in zip(at.outputs.names, variables(at.result), variables(expected), strict=True):
        strange = ~np.isfinite(y)
        if not np.array_equal(strange, ~np.isfinite(x)) or not np.array_equal(
            np.asarray(x)[strange], np.asarray(y)[strange], equal_nan=True
        ):
            raise AssertionError(f"{at.law}: {name} is {x!r}, not {y!r}: nan and infinities are in other places")

    def law(args: Any) -> Sides:
        return alike(at.value(args), at.outputs.pack(variables(oracle(*args))))

    eps = at.outputs.eps()
    told = Told(at.law, "it", "the oracle")
    require_agreement(law, (at.args,), told, eps, at.outputs, 64.0 * eps if tolerance is None else tolerance)


def precision_is_kept(f: Function, args: Sequence[Any], precise: Sequence[Any], us: Sequence[Any]) -> None:
    """In lower precision, the gradient is that in double precision, to the precision that there is.

    `args` and `precise` are the same numbers in two precisions, and `us` are cotangents of f(*args).  200 rounding
    units are allowed, of numbers as large as those that are added up.

    >>> precision_is_kept(np.sin, (np.ones(2, np.float32),), (np.ones(2),), [np.ones(2, np.float32)])
    """
    at, exactly = Place(f, args, "the precision"), Place(f, precise, "the precision")
    right = exactly.back(exactly.args, exactly.outputs.unpack_dual(exactly.packed_cotangent(us)))
    share = min(200.0 * at.eps, exact(at.eps))
    told = f"the gradient in {', '.join(sorted({str(d) for d in at.inputs.dtypes}))}"

    def law(args: Any) -> Sides:
        return alike(at.back(args, us), right)

    at.require(law, (), told, "that in double precision", at.inputs, share, lambda: at.natural_gradient(us))


__all__ = [
    "TaylorTest", "adjoint_identity", "broadcasting", "chain_rule", "gradients_are_like_inputs", "hessian_symmetric",
    "linear_in_the_cotangent", "linear_in_the_tangent", "nothing_is_changed", "precision_is_kept",
    "same_results", "second_backward_is_the_same", "tangents_are_like_results", "taylor_remainder", "uses_add_up",
    "value_is",
]  # fmt: skip
