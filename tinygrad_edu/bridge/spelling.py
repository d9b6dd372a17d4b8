"""How a NumPy function that is not a row itself is tied to the composite of rows that it means.

A composite has NumPy's argument names and takes those it can do right; `numpy_spelling` refuses the
others by name.  No function is spelled here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..engine import Value
from ..notation import numpy_spelling


def spells(function: Callable[..., Any], arguments: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let NumPy's `function` mean the decorated one when it meets a Value."""

    def register(ours: Callable[..., Any]) -> Callable[..., Any]:
        numpy_spelling(function, ours, arguments)
        return ours

    return register


def unwrapped(x: Any) -> Any:
    """The bare data of an argument: of a Value, of lists and tuples of them."""
    if isinstance(x, list | tuple):
        return type(x)(map(unwrapped, x))
    return x._data if type(x) is Value else x
