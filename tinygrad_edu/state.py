"""What is saved of a model or an optimiser: a dict from dotted names to arrays.

This module checks such a state against what is needed before anything is changed, so loading is
all or nothing.  How a state is collected is in `module` and `optim`; files are in `checkpoint`.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

import numpy as np

from .engine import Value

State = dict[str, np.ndarray[Any, Any]]


def as_array(data: Any) -> np.ndarray[Any, Any]:
    """A copy of a number, an array or the data of a Value; a number has shape ()."""
    return np.array(data._data if type(data) is Value else data)


def matched(expected: State, given: Any, whose: str, *, infinite: Container[str] = ()) -> State:
    """The arrays of `given` in the dtypes of `expected`, once their names, shapes and kinds agree.

    Numbers must be finite; under the names in `infinite` they may be ±∞, but not nan.

    >>> matched({"w": np.zeros(2, np.float32)}, {"w": np.array([1, 2])}, "the layer")
    {'w': array([1., 2.], dtype=float32)}

    Raises TypeError if `given` is not a mapping, and one ValueError that lists every problem.
    """
    if not isinstance(given, Mapping):
        raise TypeError(
            f"the state of {whose} is a dict of arrays by name, as state_dict() returns; "
            f"this is a {type(given).__name__}"
        )
    found, problems = {}, []
    for name, like in expected.items():
        if name not in given:
            problems.append(f"{name}: missing; shape {like.shape} is needed")
            continue
        array = as_array(given[name])
        if problem := mismatch(array, like):
            problems.append(f"{name}: {problem}")
            continue
        with np.errstate(over="ignore"):  # too large for the dtype is found below
            found[name] = array.astype(like.dtype)
        if like.dtype.kind == "f" and not acceptable(found[name], name in infinite):
            problems.append(f"{name}: holds nan, or numbers that {like.dtype} cannot hold")
    problems += [f"{name}: unknown name" for name in given if name not in expected]
    if problems:
        raise ValueError(f"this state does not fit {whose}; nothing was changed:\n  " + "\n  ".join(problems))
    return found


def mismatch(array: np.ndarray[Any, Any], like: np.ndarray[Any, Any]) -> str:
    """Why `array` cannot stand where `like` stands, or nothing."""
    if array.shape != like.shape:
        return f"shape {array.shape} where {like.shape} is needed"
    if not np.can_cast(array.dtype, like.dtype, "same_kind"):
        return f"dtype {array.dtype} where {like.dtype} is needed"
    return ""


def acceptable(array: np.ndarray[Any, Any], infinite: bool) -> bool:
    """Whether all numbers are finite; or, where they may be infinite, none is nan."""
    return not np.isnan(array).any() if infinite else bool(np.isfinite(array).all())
