"""What a Value may hold, and what is refused: a Python float, or an array of floating point numbers.

A number met on its own is a Python float from door to door (a product of floats takes 11 ns, one of
0-dimensional arrays 230 ns); results of comparisons may be bools and integers.  Nothing here knows
about derivatives.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .notation import Notation


def plain(data: Any) -> Any:
    """A result as the engine keeps it: a Python number, or an array with at least one axis."""
    if type(data) is np.ndarray and data.dtype.kind in "fbiu" and data.ndim:
        return data
    if isinstance(data, (np.ndarray, np.generic)):
        refuse_lookalikes(data)
        if data.dtype.kind not in "fbiu":
            raise TypeError(f"a result of dtype {data.dtype} is not differentiated; use real numbers")
        return data if data.ndim else float(data) if data.dtype.kind == "f" else data.item()
    if isinstance(data, (float, int)) or hasattr(data, "__array_ufunc__"):
        return data
    raise TypeError(f"a {type(data).__name__} is not a number or an array")


def own(data: Any) -> Any:
    """A leaf's data: a float, or an array of floating point numbers that nobody else changes."""
    data = real(data)
    return data.copy() if isinstance(data, np.ndarray) else data


def real(data: Any) -> Any:
    """A float, or an array of floating point numbers, which may be the one given."""
    if type(data) is float or (type(data) is np.ndarray and data.dtype.kind == "f" and data.ndim):
        return data
    if isinstance(data, (float, int, np.floating, np.integer, np.bool)):
        return float(data)
    if isinstance(data, Notation):
        raise TypeError("this is a Value already; use it as it is, or Value(v.data) for a new leaf")
    refuse_lookalikes(data)
    if hasattr(data, "__array_ufunc__") and not isinstance(data, np.ndarray | np.generic):
        return data  # another library's array
    array = np.asarray(data)
    if array.dtype.kind not in "fbiu":
        raise TypeError(f"a Value holds real numbers, not {type(data).__name__} of dtype {array.dtype}")
    array = array if array.dtype.kind == "f" else array.astype(np.float64)
    return array if array.ndim else float(array)


def refuse_lookalikes(data: Any) -> None:
    """Raise for the kinds of array whose operators mean something else."""
    if isinstance(data, np.ma.MaskedArray | np.matrix):
        raise TypeError(f"a {type(data).__name__} is not differentiated; use np.asarray(...) and np.where")


class ReadOnly(np.ndarray[Any, Any]):
    """An array to be read, as `.data` of a Value gives it: a record relies on its numbers.

    It is a NumPy array in all but two things: an element cannot be assigned, and `a -= b` makes a new
    array, so that `w.data -= step` means `w.data = w.data - step`.  Copies are free to be changed."""

    def __setitem__(self, index: Any, value: Any) -> None:
        if not self.flags.writeable:
            raise ValueError(
                "the data of a Value are read-only, because a record may rely on them; "
                "change a copy, new = v.data.copy(), and assign it to a leaf: v.data = new"
            )
        super().__setitem__(index, value)

    # fmt: off
    def __iadd__(self, other: Any) -> Any: return self._changed(np.add, other)  # type: ignore[misc]
    def __isub__(self, other: Any) -> Any: return self._changed(np.subtract, other)  # type: ignore[misc]
    def __imul__(self, other: Any) -> Any: return self._changed(np.multiply, other)  # type: ignore[misc]
    def __itruediv__(self, other: Any) -> Any: return self._changed(np.divide, other)  # type: ignore[misc]
    def __ipow__(self, other: Any) -> Any: return self._changed(np.power, other)  # type: ignore[misc, override]
    # fmt: on

    def _changed(self, ufunc: np.ufunc, other: Any) -> Any:
        """The result of an assignment such as `-=`: in place only in a copy."""
        return ufunc(self, other, out=(self,)) if self.flags.writeable else ufunc(self, other)

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        """What is computed from it is an ordinary array."""
        return array[()] if return_scalar else np.asarray(array)

    def __repr__(self) -> str:
        return repr(np.asarray(self))


def readable(data: Any) -> Any:
    """`data` as a user gets it: an array cannot be changed through what this returns."""
    if not isinstance(data, np.ndarray):
        return data
    view = data.view(ReadOnly)
    view.flags.writeable = False
    return view


def describe(x: Any) -> str:
    """`float32[3,4]`, or the type's name: for error messages."""
    return f"{x.dtype}[{','.join(map(str, x.shape))}]" if hasattr(x, "dtype") else type(x).__name__
