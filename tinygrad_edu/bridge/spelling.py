"""How a NumPy function that is not a row itself is tied to the composite of rows that it means.

A composite has NumPy's argument names and takes those it can do right; `numpy_spelling` refuses the
others by name.  No function is spelled here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine import Value
from ..notation import numpy_spelling, spelled
from ..tracing import refuse_while_tracing


def spells(function: Callable[..., Any], arguments: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let NumPy's `function` mean the decorated one when it meets a Value."""

    def register(ours: Callable[..., Any]) -> Callable[..., Any]:
        numpy_spelling(function, ours, arguments)
        return ours

    return register


# ---- arguments without a record ----------------------------------------------------------------------


def data_of(x: Any) -> Any:
    """The bare data of an argument, to ask for a shape or a dtype: of a Value, of lists and tuples of them."""
    if isinstance(x, list | tuple):
        return type(x)(map(data_of, x))
    return x._data if type(x) is Value else x


def unwrapped(x: Any, called: str, remedy: str) -> Any:
    """The same to look at the numbers, which `called` does; refused while a function is traced, if there is a Value."""
    if isinstance(x, list | tuple):
        return type(x)(unwrapped(part, called, remedy) for part in x)
    if type(x) is Value:
        refuse_while_tracing(called, remedy)
    return data_of(x)


def result_type_of(*xs: Any) -> np.dtype[Any]:
    """NumPy's `result_type` of Values and plain data, which does not depend on the numbers."""
    return np.result_type(*map(kind_of, xs))


def dtype_of(x: Any) -> np.dtype[Any]:
    """The dtype of a Value or of plain data."""
    return result_type_of(x)


def kind_of(x: Any) -> Any:
    """What stands for an argument where dtypes are promoted: a dtype, or a Python number, which has a weak one."""
    x = np.asarray(x) if isinstance(x, list | tuple) else x._data if type(x) is Value else x
    return x.dtype if hasattr(x, "dtype") else type(x)(0) if isinstance(x, float | complex | int) else x


def like(x: Any) -> Any:
    """An array in the shape and dtype of an argument, for what asks for these alone; all its elements are 0."""
    return np.broadcast_to(dtype_of(x).type(0), np.shape(data_of(x)))


def asking(function: Callable[..., Any], instead: str | None = None) -> Callable[..., Any]:
    """`function` answered with plain values, outside the record.

    With `instead`, which says what to do while a function is traced, it looks at the numbers."""

    def plain(x: Any) -> Any:
        return data_of(x) if instead is None else unwrapped(x, f"{spelled(function)}(…)", instead)

    def asks(*args: Any, **kwargs: Any) -> Any:
        return function(*map(plain, args), **{name: plain(x) for name, x in kwargs.items()})

    return asks
