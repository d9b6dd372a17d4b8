"""Functions of MyGrad as Subjects (https://github.com/rsokl/MyGrad): real numbers, reverse mode, first order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import mygrad

from ..subject import Subject
from .engine import Engine
from .means import spelling_of
from .tensors import in_tensors


def in_mygrad(f: Callable[..., Any]) -> Subject:
    """The Subject of a function of `mygrad.Tensor`.

    >>> in_mygrad(lambda x: x * x).vjp((3.0,), [1.0])
    [6.0]
    """
    return replace(in_tensors(f, mygrad.tensor), spelled=f"in_mygrad({spelling_of(f)})")


ENGINE = Engine("mygrad", in_mygrad, mygrad, modes=("reverse",), orders=(1,), complex=False)

__all__ = ["ENGINE", "in_mygrad"]
