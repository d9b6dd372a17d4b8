"""Changes without changing: `te.at(x)[i].set(v)` is a new array, with other elements in some places.

A Value cannot be changed in place, because its record needs the old numbers.  The spelling is that of
JAX's `x.at[i].set(v)`; the two rows behind it are in `ops.index`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine import Value
from ..kinds import shape_of
from ..ops.checking import ensured
from ..ops.index import add_at, getitem, may_repeat, refuse_masks, replace, split
from .selection import in_the_dtype


def at(x: Any) -> Places:
    """The places of an array, to make a new array with other elements in some of them.

    `x` is a Value or a plain array (or what `np.asarray` makes one of), which is left as it is.  An index is
    anything that NumPy takes, and may hold Values of integers or booleans:

    - `at(x)[index].set(v)`: `x`, after `x[index] = v`;
    - `at(x)[index].add(v)`: after `np.add.at(x, index, v)`, so a place named twice gets both;
    - `at(x)[index].multiply(v)`: after `x[index] *= v`;
    - `at(x)[index].get()`: just `x[index]`.

    `v` is a Value, a number or an array, and broadcasts to the shape of `x[index]`.  The result is a Value if
    any of the three holds one.  It has the shape and the dtype of `x`, as after an assignment.  The gradient
    of `x` is that of the result, with 0 where elements were set; the gradient of `v` is what is found at the
    index.  Where `set` names a place several times, only the last counts, in C order.

    >>> import numpy as np
    >>> x, v = Value([1.0, 2.0, 3.0]), Value(5.0)
    >>> y = at(x)[1:].set(v * v)
    >>> y.tolist()
    [1.0, 25.0, 25.0]
    >>> y.sum().backward()
    >>> x.grad.tolist(), v.grad
    ([1.0, 0.0, 0.0], 20.0)
    >>> at(np.zeros(2))[[0, 0, 1]].add([1.0, 2.0, 3.0]).tolist()
    [3.0, 3.0]

    Raises IndexError for an index out of bounds, ValueError if `v` does not broadcast to the selection or
    `multiply` names a place twice, TypeError if `x` cannot hold `v`: complex numbers in a real array.
    """
    return Places(x if type(x) is Value else np.asarray(x))


class Places:
    """The places of an array; see `at`."""

    __slots__ = ("x",)

    def __init__(self, x: Any) -> None:
        self.x = x

    def __getitem__(self, index: Any) -> Selection:
        return Selection(self.x, index)

    def __setitem__(self, index: Any, v: Any) -> None:
        raise TypeError("te.at(x)[i] = v would change x in place; write y = te.at(x)[i].set(v)")


class Selection:
    """Some places of an array; see `at`."""

    __slots__ = ("arrays", "settled", "x")

    def __init__(self, x: Any, index: Any) -> None:
        self.x = x
        self.settled, self.arrays = split(index)

    def get(self) -> Any:
        """The elements in these places: `x[index]`."""
        refuse_masks(self.arrays, "te.at(x)[mask].get()")
        return getitem(self.x, *self.arrays, index=self.settled)

    def set(self, v: Any) -> Any:
        """The array with `v` in these places."""
        return replace(self.x, self.fitting(v, "set"), *self.arrays, index=self.settled)

    def add(self, v: Any) -> Any:
        """The array with `v` added in these places, several times where the index says so."""
        return add_at(self.x, self.fitting(v, "add"), *self.arrays, index=self.settled)

    def multiply(self, v: Any) -> Any:
        """The array multiplied by `v` in these places, each of which must be named once."""
        if may_repeat(self.arrays):
            first, *others = self.arrays
            first = ensured(named_once, first, *others, shape=shape_of(self.x), index=self.settled)
            self.arrays = [first, *others]
        return self.set(self.get() * self.fitting(v, "multiply"))

    def fitting(self, v: Any, method: str) -> Any:
        """`v` as the array can hold it."""
        v = np.asarray(v) if isinstance(v, list | tuple) else v
        if shape_of(v):
            refuse_masks(self.arrays, f"te.at(x)[mask].{method}(v), where v is an array,")
        return in_the_dtype(v, self.x, f"te.at(x)[index].{method}(v)")


def named_once(*arrays: Any, shape: tuple[int, ...], index: Any) -> None:
    """Raise if an element is selected several times."""
    if np.any(add_at(np.zeros(shape, int), 1, *arrays, index=index) > 1):
        raise ValueError(
            "te.at(x)[index].multiply(v): the index names an element twice; multiply one after the other, "
            "y = te.at(x)[i].multiply(v) and te.at(y)[j].multiply(w)"
        )
