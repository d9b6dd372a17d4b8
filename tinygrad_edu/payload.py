"""What a Value may hold, and what is refused: a Python number, or an array of real or complex numbers.

A number met on its own is a Python float from door to door, or a complex (a product of floats takes
11 ns, one of 0-dimensional arrays 230 ns); results of comparisons may be bools and integers, and an
operation with several results keeps them as a tuple.  Nothing here knows about derivatives.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .notation import Notation

REAL = "?bBhHiIlLqQpPefd"
"""The dtypes of real results, as NumPy's characters.  The `longdouble` is not among them: as a number
on its own it would lose its extra digits without a sign."""

REAL_OR_COMPLEX = REAL + "FD"


def plain(data: Any, kept: str = REAL_OR_COMPLEX) -> Any:
    """A result as the engine keeps it: a Python number, an array with at least one axis, or a tuple."""
    if type(data) is np.ndarray and data.dtype.char in kept and data.ndim:
        return data
    if type(data) is tuple:
        return tuple(plain(part, kept) for part in data)
    if isinstance(data, (np.ndarray, np.generic)):
        refuse_lookalikes(data)
        if data.dtype.char not in kept:
            raise TypeError(f"a result of dtype {data.dtype} is not differentiated here; {instead_of(data.dtype)}")
        return data if data.ndim else float(data) if data.dtype.kind == "f" else data.item()
    if isinstance(data, (float, int)) or hasattr(data, "__array_ufunc__"):
        return data
    if isinstance(data, complex):
        return plain(np.complex128(data), kept) if kept is REAL else data
    raise TypeError(f"a {type(data).__name__} is not a number or an array")


def instead_of(dtype: np.dtype[Any]) -> str:
    """What to use instead of numbers of a dtype that is refused."""
    if dtype.char in "gG":
        return "use float64 or complex128: x.astype(np.float64)"
    if dtype.kind == "c":
        return "take np.real(x), np.imag(x) or np.abs(x) first"
    return "use real or complex numbers"


def own(data: Any) -> Any:
    """A leaf's data: a number, or an array of floating point numbers that nobody else changes."""
    data = numeric(data)
    return data.copy("K") if type(data) is np.ndarray else data  # as it lies in memory


def numeric(data: Any) -> Any:
    """A float or complex, or an array of real or complex floating point numbers, which may be the one given."""
    if type(data) is float or (type(data) is np.ndarray and data.dtype.char in "efdFD" and data.ndim):
        return data
    if isinstance(data, np.generic) and data.dtype.char in "gG":
        raise TypeError(f"a Value does not hold numbers of dtype {data.dtype}; {instead_of(data.dtype)}")
    if isinstance(data, (float, int, np.floating, np.integer, np.bool)):
        return float(data)
    if isinstance(data, complex | np.complexfloating):
        return complex(data)
    if isinstance(data, Notation):
        raise TypeError("this is a Value already; use it as it is, or Value(v.data) for a new leaf")
    refuse_lookalikes(data)
    if hasattr(data, "__array_ufunc__") and not isinstance(data, np.ndarray | np.generic):
        return data  # another library's array
    array = np.asarray(data)
    if array.dtype.char not in REAL_OR_COMPLEX:
        raise TypeError(
            f"a Value holds numbers, not {type(data).__name__} of dtype {array.dtype}; {instead_of(array.dtype)}"
        )
    array = array if array.dtype.kind in "fc" else array.astype(np.float64)
    return array if array.ndim else array.item()


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
