"""Values of this engine out of a strategy of arrays: apart from `strategies`, which serves every engine."""

from __future__ import annotations

from typing import Any

from hypothesis.strategies import SearchStrategy

from ..engine import Value
from .subject import variables, with_variables


def values(strategy: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """What a strategy draws, with each number and array in floating point made a Value.

    >>> from tinygrad_edu.testing.strategies import arrays, simplest
    >>> simplest(values(arrays(2)), lambda x: x.data[0] > 0.0).data
    array([1., 0.])

    Containers keep their structure, and constants such as integers stay as they are.
    """
    return strategy.map(lambda drawn: with_variables(drawn, map(Value, variables(drawn))))


__all__ = ["values"]
