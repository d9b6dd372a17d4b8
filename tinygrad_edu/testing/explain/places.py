"""Where a derivative is wrong: what the elements that are wrong have in common, and no other has.

A wrong branch shows so: right where x > 0, wrong where x < 0.  Functions as in `mistakes`, but they take the
evidence of the whole Jacobian.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ...numerals import number_text
from ..measure.packing import Space
from ..subject import Array
from .evidence import Evidence, listed, share_text, spoilt, wrong_part

Masks = Iterator[tuple[str, Array]]
"""What coordinates may have in common: words, and for each whether it has it."""


@dataclass(frozen=True)
class Elements:
    """The coordinates of the one input or result that has something wrong.

    shape, complex   of the variable
    values           of its coordinates
    bad, alive       which of them have something wrong, and which could have
    """

    name: str
    shape: tuple[int, ...]
    complex: bool
    values: Array
    bad: Array
    alive: Array

    @property
    def count(self) -> str:
        """How many are wrong, at the beginning of a sentence."""
        return f"What is wrong belongs to {int(self.bad.sum())} of {int(self.alive.sum())} elements of {self.name}"

    def matches(self, mask: Array) -> bool:
        """Whether those in a mask are the wrong ones."""
        return bool((mask == self.bad)[self.alive].all())


def condition_on_inputs(e: Evidence) -> str | None:
    """All that is wrong belongs to elements of one input that have something in common."""
    return _in_common(_of_input(wrong_part(e)), iter(()))


def condition_on_results(e: Evidence) -> str | None:
    """All that is wrong belongs to elements of one result that have something in common."""
    part = wrong_part(e)
    return _in_common(_of_result(e, part), _comparisons(e, part.outputs.shapes[0]))


def one_entry(e: Evidence) -> str | None:
    """A single entry of several."""
    if e.wrong.sum() != 1 or e.alive.sum() < 2:
        return None
    i, j = np.argwhere(e.wrong)[0].tolist()
    return f"What is wrong is {share_text(e)}: `{e.outputs.where(i)}` by `{e.inputs.where(j)}`."


def one_element(e: Evidence) -> str | None:
    """All that is wrong belongs to a single element."""
    part = wrong_part(e)
    for space, elements in ((part.inputs, _of_input(part)), (part.outputs, _of_result(e, part))):
        if elements and elements.bad.sum() == 1 < elements.alive.sum():
            return f"{elements.count}: `{space.where(int(np.argmax(elements.bad)))}` alone."
    return None


def _of_input(part: Evidence) -> Elements | None:
    return _elements(part, part.inputs, part.x, f"`{part.inputs.names[0]}`", axis=0)


def _of_result(whole: Evidence, part: Evidence) -> Elements | None:
    name = f"`{part.outputs.names[0]}`" if len(whole.outputs.names) > 1 else "the result"
    return _elements(part, part.outputs, part.y, name, axis=1)


def _elements(part: Evidence, space: Space, values: Array, name: str, axis: int) -> Elements | None:
    """The columns (axis 0) or rows (axis 1) of what is wrong, if they are of one variable."""
    if len(space.names) != 1:
        return None
    bad, alive = np.any(part.wrong, axis=axis), np.any(part.wrong | part.alive, axis=axis)
    return Elements(name, space.shapes[0], space.dtypes[0].kind == "c", values, bad, alive)


def _in_common(v: Elements | None, compared: Masks) -> str | None:
    """What the elements that are wrong have in common, and no other has; in two ways if both are so."""
    if v is None or v.bad[v.alive].all():
        return None
    kinds = [compared, _parts(v), _indices(v)] if v.complex else [compared, _signs(v), _indices(v), _ranks(v)]
    matches = [next((words for words, mask in masks if v.matches(mask)), "") for masks in kinds]
    fitting = [words for words in matches if words] or [words for words, mask in _limits(v) if v.matches(mask)]
    return f"{v.count}: exactly {', or: '.join(fitting[:2])}." if fitting else None


def _parts(v: Elements) -> Masks:
    yield "the imaginary parts", np.arange(v.bad.size) % 2 == 1
    yield "the real parts", np.arange(v.bad.size) % 2 == 0


def _signs(v: Elements) -> Masks:
    x, name = v.values, v.name
    yield f"those where {name} < 0", x < 0.0
    yield f"those where {name} > 0", x > 0.0
    yield f"those where {name} = 0", x == 0.0
    yield f"those where {name} ≤ 0", x <= 0.0
    yield f"those where {name} ≥ 0", x >= 0.0
    if v.alive.sum() < 3:
        return
    yield f"those where |{name}| > 1", np.abs(x) > 1.0
    yield f"those where |{name}| ≤ 1", np.abs(x) <= 1.0


def _ranks(v: Elements) -> Masks:
    """The largest or the smallest elements, and those that occur more than once."""
    if v.alive.sum() < 3:
        return
    x = v.values.reshape(v.shape)
    for axis in (None, *range(x.ndim)) if x.ndim > 1 else (None,):
        along = "" if axis is None else f" along axis {axis}"
        for words, extreme in (("largest", np.max), ("smallest", np.min)):
            top = x == extreme(x, axis=axis, keepdims=True)
            tie = top & (top.sum(axis, keepdims=True) > 1)
            yield f"those that tie for the {words} of {v.name}{along}", tie.ravel()
            yield f"the {words} of {v.name}{along}", top.ravel()
    _, place, count = np.unique(v.values, return_inverse=True, return_counts=True)
    yield f"those whose value occurs more than once in {v.name}", count[place.ravel()] > 1


def _indices(v: Elements) -> Masks:
    if v.alive.sum() < 3:
        return
    for axis, length in enumerate(v.shape):
        index = np.repeat(np.indices(v.shape)[axis].ravel(), 2 if v.complex else 1)
        along = f" along axis {axis}" if len(v.shape) > 1 else ""
        yield f"the first{along}", index == 0
        yield f"the last{along}", index == length - 1
        yield f"all but the first{along}", index > 0
        yield f"all but the last{along}", index < length - 1


def _comparisons(e: Evidence, shape: tuple[int, ...]) -> Masks:
    """How two inputs of the shape of the result compare at each of its elements."""
    space = e.inputs
    fitting = [k for k in range(len(space.names)) if space.shapes[k] == shape and space.dtypes[k].kind == "f"]
    for i, k in combinations(fitting, 2):
        a, b = (e.x[space.starts[j] : space.starts[j + 1]] for j in (i, k))
        for sign, mask in (("<", a < b), (">", a > b), ("=", a == b)):
            yield f"those where `{space.names[i]}` {sign} `{space.names[k]}`", mask


def _limits(v: Elements) -> Masks:
    """A limit between the wrong and the right elements, if that is hardly chance (one in twenty)."""
    if v.complex or math.comb(int(v.alive.sum()), int(v.bad.sum())) < 20:
        return
    for words, x in ((v.name, v.values), (f"|{v.name}|", np.abs(v.values))):
        yield f"those where {words} ≥ {number_text(x[v.bad].min())}", x >= x[v.bad].min()
        yield f"those where {words} ≤ {number_text(x[v.bad].max())}", x <= x[v.bad].max()


def some_inputs_only(e: Evidence) -> str | None:
    """The inputs that have something wrong, if others have not."""
    bad = [e.inputs.names[k] for k in spoilt(e.inputs, e.wrong)]
    rest = [name for name in e.inputs.names if name not in bad]
    if not rest:
        return None
    return f"Only the derivative by {listed(bad)} is wrong, not that by {listed(rest)}."
