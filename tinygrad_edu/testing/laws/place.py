"""A subject at some arguments, as a law sees it: its walks, with what they give looked at and packed.

In contrast to `point`, which watches and notes, the first thing that is wrong is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..adapters import as_subject
from ..measure.packing import Space, named_variables
from ..measure.point import names_of_arguments, wrong_shape
from ..subject import Array, Subject, variables
from .agreement import Sides, Told, require_agreement

Function = Subject | Callable[..., Any]


class Place:
    """A subject at some arguments, and its walks, of which the results are checked and packed."""

    def __init__(self, f: Function, args: Sequence[Any], law: str) -> None:
        self.subject, self.args = as_subject(f), tuple(args)
        self.law = f"{law} of {self.subject.name}"
        self.inputs = Space(variables(self.args), names_of_arguments(self.subject, self.args))
        self.result = self.subject.value(self.args)
        named = named_variables(self.result, self.subject.name)
        self.outputs = Space([y for _, y in named], [name for name, _ in named])
        self.eps = max(self.inputs.eps(), self.outputs.eps())

    def value(self, args: tuple[Any, ...]) -> Array:
        """The value, packed."""
        return self.outputs.pack(variables(self.subject.value(args)))

    def back(self, args: tuple[Any, ...], us: Sequence[Any]) -> Array:
        """The gradient of the variables of `args`, packed so that its product with a packed tangent is the pairing."""
        vjp = needed(self.subject.vjp, "reverse mode", self)
        self.packed_cotangent(us)
        return packed(vjp(args, list(us)), self.inputs, "gradient", self, dual=True)

    def ahead(self, args: tuple[Any, ...], ts: Sequence[Any]) -> Array:
        """The tangent of the result, packed."""
        jvp = needed(self.subject.jvp, "forward mode", self)
        self.packed_tangent(ts)
        return packed(jvp(args, list(ts)), self.outputs, "tangent", self)

    def gradients(self, us: Sequence[Any]) -> list[Any]:
        """The gradients at the arguments, as they come."""
        return list(needed(self.subject.vjp, "reverse mode", self)(self.args, list(us)))

    def tangents(self, ts: Sequence[Any]) -> list[Any]:
        """The tangents of the result at the arguments, as they come."""
        return list(needed(self.subject.jvp, "forward mode", self)(self.args, list(ts)))

    def packed_cotangent(self, us: Sequence[Any]) -> Array:
        """Cotangents of the result, packed; ValueError if they do not fit it."""
        return given(us, self.outputs, "cotangent", "result", dual=True)

    def packed_tangent(self, ts: Sequence[Any]) -> Array:
        """Tangents of the arguments, packed; ValueError if they do not fit them."""
        return given(ts, self.inputs, "tangent", "arguments")

    def sizes(self) -> Array:
        """The sizes of the variables, packed; of a zero it is the largest number of the variable, or 1."""
        sizes = np.abs(self.inputs.pack(variables(self.args)))
        for part in np.split(sizes, self.inputs.starts[1:-1]):
            part[part == 0.0] = np.max(part, initial=0.0) or 1.0
        return sizes

    def natural(self, *ts: Sequence[Any], us: Sequence[Any] | None = None) -> Array:
        """The size that a derivative along `ts` has for no particular reason: |f|·|t| / |x|, and |u| times that.

        Of each coordinate of the result, or with cotangents `us` in total."""
        moved = [np.max(np.abs(self.packed_tangent(t)) / self.sizes(), initial=0.0) for t in ts]
        values = np.abs(self.outputs.pack(variables(self.result)))
        size = values if us is None else np.atleast_1d(np.abs(self.packed_cotangent(us)) @ values)
        found: Array = size * np.prod(moved)
        return found

    def natural_gradient(self, us: Sequence[Any], *ts: Sequence[Any]) -> Array:
        """The same for each coordinate of a gradient that `us` have: |u|·|f| / |x|; or of its derivative along `ts`."""
        return self.natural(*ts, us=us) / self.sizes()

    def require(
        self,
        law: Callable[..., Sides],
        directions: Iterable[Sequence[Any]],
        one: str,
        other: str,
        where: Space | None = None,
        share: float | None = None,
        natural: Callable[[], Array | float] = lambda: 0.0,
    ) -> None:
        """Raise AssertionError if the sides of `law(args, *directions)` differ by more than rounding explains."""
        told = Told(self.law, one, other)
        require_agreement(law, (self.args, *directions), told, self.eps, where, share, natural)


def needed(walk: Any, what: str, place: Place) -> Any:
    """A walk that the law cannot do without."""
    if walk is None:
        raise TypeError(f"{place.subject.name} has no {what}, which {place.law} needs")
    return walk


def given(directions: Sequence[Any], space: Space, what: str, whose: str, *, dual: bool = False) -> Array:
    """Directions that a caller gave, packed; ValueError if they are not like the variables of `space`."""
    found, wanted = [np.shape(d) for d in directions], space.shapes
    if found != wanted:
        raise ValueError(f"a {what} is needed for each variable of the {whose}, of shapes {wanted}, not {found}")
    return space.pack_dual(directions) if dual else space.pack(directions)


def packed(found: Iterable[Any], space: Space, what: str, place: Place, *, dual: bool = False) -> Array:
    """What a walk found, packed; None is zero.  AssertionError if it does not have the shapes of `space`."""
    parts = list(found)
    if len(parts) != len(space.shapes):
        raise AssertionError(f"{place.law}: there are {len(parts)} {what}s, not one for each of {space.names}")
    parts = [np.zeros(shape) if part is None else part for part, shape in zip(parts, space.shapes, strict=True)]
    for part, name, shape in zip(parts, space.names, space.shapes, strict=True):
        if np.shape(part) != shape:
            raise AssertionError(f"{place.law}: {wrong_shape(what, name, np.shape(part), shape)}")
        if np.asarray(part).dtype.kind not in "fciub":
            raise AssertionError(f"{place.law}: the {what} of {name} is no number: {part!r}")
    return space.pack_dual(parts) if dual else space.pack(parts)


def total(one: Array, other: Array) -> Sides:
    """Two inner products, of which the terms are given."""
    size = np.abs(one).sum() + np.abs(other).sum()
    return Sides(np.array([one.sum()]), np.array([other.sum()]), np.array([size]))


def alike(one: Array, other: Array, *parts: Array) -> Sides:
    """Two vectors, of which the second was added up of `parts`."""
    return Sides(one, other, sum(map(np.abs, parts or (other,)), start=np.abs(one)))


__all__ = ["Function", "Place", "alike", "given", "needed", "packed", "total"]
