"""A subject at one point, as linear algebra: packed value, rows and columns of the claimed Jacobian.

Every call gets copies of the arguments, and is watched: a rule that changes what it was given, or answers in
another shape or dtype, is noted in `problems`.  Nothing is measured or judged here.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...trees import leaves
from ..subject import Array, Subject, variables, with_variables
from .packing import Space, named_variables


class Point:
    """`subject` at `args`, packed."""

    def __init__(self, subject: Subject, args: Sequence[Any]) -> None:
        self.subject, self.args = subject, tuple(args)
        self.reference = subject.reference or subject.value
        self.problems: list[str] = []
        self.xs = variables(self.args)
        self.inputs = Space(self.xs, names_of_arguments(subject, self.args))
        self.x = self.inputs.pack(self.xs)
        self._check_arguments()
        self.result = self._watched(subject.value, "the function")
        self.ys = variables(self.result)
        self.outputs = Space(self.ys, [name for name, _ in named_variables(self.result, subject.name)])
        if not self.ys:
            kinds = sorted({type(y).__name__ for y in leaves(self.result)}) or ["nothing"]
            raise TypeError(f"{subject.name} returns {', '.join(kinds)}, which has no derivative; "
                            "it must return numbers in floating point, or containers of them")  # fmt: skip
        self.y = self.outputs.pack(self.ys)
        self.precise = self._can_be_precise()
        self.eps = max(self.inputs.eps(), self.outputs.eps())

    def _check_arguments(self) -> None:
        if not self.xs:
            raise TypeError(
                f"{self.subject.name} has no argument to differentiate: only numbers and arrays in floating point "
                f"are, not {', '.join(map(kind_of, leaves(self.args))) or 'nothing'}; write 2.0 for 2"
            )
        bad = np.flatnonzero(~np.isfinite(self.x))
        if bad.size:
            where = self.inputs.where(int(bad[0]))
            raise ValueError(f"there is no derivative at {where} = {self.x[bad[0]]}: give finite arguments")

    # ---- values ------------------------------------------------------------------------------------------

    def value(self, x: Array) -> Array:
        """The packed value at a packed point: what differences are taken of."""
        args = with_variables(self.args, self.inputs.unpack(x, precise=self.precise))
        return self.outputs.pack(variables(self.reference(args)))

    def run(self, x: Array) -> None:
        """Call the function at a packed point, for what it may remember of it."""
        try:
            with np.errstate(all="ignore"):
                self.subject.value(with_variables(self.args, self.inputs.unpack(x)))
        except Exception:  # outside of what the function takes, whatever it says there
            pass

    def moved_to(self, x: Array) -> Point:
        """The same subject at another packed point."""
        return Point(self.subject, with_variables(self.args, self.inputs.unpack(x)))

    def complex_value(self, z: Array) -> Array:
        """The same at a complex point, for functions that take one; whatever the function raises passes."""
        parts = [part.reshape(shape) for part, shape in zip(np.split(z, self.inputs.starts[1:-1]), self.inputs.shapes,
                                                             strict=True)]  # fmt: skip
        args = with_variables(self.args, [part[()] if single else part for part, single in
                                          zip(parts, self.inputs.single, strict=True)])  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a function that drops imaginary parts must not answer
            found = variables(self.reference(args))
        return np.concatenate([np.ravel(part) for part in found])

    def takes_complex_steps(self) -> bool:
        """Whether complex steps make sense at all: all is real, and in double precision."""
        kinds = {dtype.str[1:] for dtype in (*self.inputs.dtypes, *self.outputs.dtypes)}
        return kinds == {"f8"}

    def _can_be_precise(self) -> bool:
        """Whether a function of lower precision can be measured in double precision: it then answers in it."""
        if self.inputs.eps() <= np.finfo(float).eps:
            return False
        args = with_variables(self.args, self.inputs.unpack(self.x, precise=True))
        found = variables(self.reference(args))
        if [np.shape(y) for y in found] != self.outputs.shapes:
            return False
        if any(np.finfo(np.asarray(y).dtype).eps > np.finfo(float).eps for y in found):
            return False
        close = 1e3 * max(self.inputs.eps(), self.outputs.eps())
        exact = self.outputs.pack(found)
        finite = np.isfinite(exact)
        largest = np.max(np.abs(exact), initial=0.0, where=finite)
        with np.errstate(all="ignore"):
            near = np.abs(exact - self.y) <= close * (np.abs(exact) + largest)
        return bool(np.all(np.where(finite, near, ~np.isfinite(self.y))))

    # ---- what is claimed ---------------------------------------------------------------------------------

    def pulled(self, u: Array) -> Array | None:
        """The claimed gradient, packed, that the packed cotangent `u` has; None if it has a wrong shape."""
        assert self.subject.vjp is not None
        us = self.outputs.unpack_dual(u)
        found = self._watched(self.subject.vjp, "the vjp", us)
        return self._packed(found, self.inputs, "gradient", dual=True)

    def pushed(self, t: Array) -> Array | None:
        """The claimed tangent of the result, packed, that `t` causes; None if it has a wrong shape."""
        assert self.subject.jvp is not None
        ts = self.inputs.unpack(t)
        found = self._watched(self.subject.jvp, "the jvp", ts)
        return self._packed(found, self.outputs, "tangent", dual=False)

    def jacobian(self, mode: str) -> Array | None:
        """The claimed Jacobian of shape (m, n), a row or a column at a time; None if any has a wrong shape."""
        m, n = self.outputs.size, self.inputs.size
        lines = [self.pulled(u) for u in np.eye(m)] if mode == "reverse" else [self.pushed(t) for t in np.eye(n)]
        good = [line for line in lines if line is not None]
        if len(good) < len(lines):
            return None
        if mode == "reverse":
            return np.array(good).reshape(m, n)
        return np.array(good).reshape(n, m).T

    # ---- watching ----------------------------------------------------------------------------------------

    def _watched(self, call: Any, who: str, directions: list[Any] | None = None) -> Any:
        """What `call` gives for copies of the arguments; a problem is noted if it changes these or the directions."""
        copies = [np.copy(x) if isinstance(x, np.ndarray) else x for x in self.xs]
        args = with_variables(self.args, copies)
        if directions is None:
            found = call(args)
        else:
            given = [np.copy(d) if isinstance(d, np.ndarray) else d for d in directions]
            found = call(args, given)
            kind = "cotangent" if who == "the vjp" else "tangent"
            for d, before in zip(given, directions, strict=True):
                if not same(d, before):
                    self.note(f"{who} changes the {kind} that it is given: compute a new array instead of "
                              "writing into it")  # fmt: skip
        for name, x, before in zip(self.inputs.names, copies, self.xs, strict=True):
            if not same(x, before):
                self.note(f"{who} changes its argument {name}: compute a new array instead of writing into it")
        return found

    def _packed(self, found: Any, space: Space, what: str, dual: bool) -> Array | None:
        """What came back as one vector, if it has the shapes of `space`."""
        found = list(found)
        if len(found) != len(space.shapes):
            self.note(f"{len(found)} {what}s came back where {len(space.shapes)} belong: one for each of {space.names}")
            return None
        parts, good = [], True
        for k, (part, name) in enumerate(zip(found, space.names, strict=True)):
            part = np.zeros(space.shapes[k], space.dtypes[k]) if part is None else np.asarray(part)
            if part.shape != space.shapes[k]:
                self.note(wrong_shape(what, name, part.shape, space.shapes[k]))
                good = False
            elif part.dtype != space.dtypes[k]:
                self.note(f"the {what} of {name} has the dtype {part.dtype}, but {name} has {space.dtypes[k]}")
            parts.append(part)
        if not good:
            return None
        return space.pack_dual(parts) if dual else space.pack(parts)

    def note(self, problem: str) -> None:
        """Remember a problem, once."""
        if problem not in self.problems:
            self.problems.append(problem)


def kind_of(x: Any) -> str:
    """What a leaf is: its type, and the dtype of an array."""
    return f"an array of {x.dtype}" if isinstance(x, np.ndarray) else type(x).__name__


def names_of_arguments(subject: Subject, args: tuple[Any, ...]) -> list[str]:
    """Names of the variables of the arguments: those that the function itself uses, where they are known."""
    names = [*subject.parameters, *(f"x{i}" for i in range(len(subject.parameters), len(args)))]
    return [name for given, x in zip(names, args, strict=False) for name, _ in named_variables(x, given)]


def wrong_shape(what: str, name: str, found: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    """What to say of a gradient or tangent in another shape, with the likely reason."""
    said = f"the {what} of {name} has the shape {found}, but {name} has {wanted}"
    try:
        broad = np.broadcast_shapes(found, wanted)
    except ValueError:
        broad = ()
    if what == "gradient" and broad == found and len(found) >= len(wanted):
        return said + ": sum it over the axes along which broadcasting repeated it"
    if int(np.prod(found)) == int(np.prod(wanted)):
        return said + ": reshape it, or keep the axes (keepdims) of what was reduced"
    return said


def same(a: Any, b: Any) -> bool:
    """Whether two numbers or arrays have the same bits."""
    return not isinstance(a, np.ndarray) or a.tobytes() == np.asarray(b).tobytes()


__all__ = ["Point"]
