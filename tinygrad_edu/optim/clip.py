"""Clipping: gradients that are too long together are shortened together, keeping their direction."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..engine import Value
from .flat import parameter_list
from .optimizer import name_of


def clip_gradients(parameters: Iterable[Value], max_norm: float) -> float:
    """Scale all gradients by one factor so that their common length is at most `max_norm`.

    The length is the Euclidean norm of all gradients together (Pascanu, Mikolov & Bengio 2013).
    Parameters without a gradient count as nothing.  Returns the norm before clipping.

    >>> w, b = Value([3.0, 0.0]), Value(4.0)
    >>> w.grad, b.grad = np.array([3.0, 0.0]), 4.0
    >>> clip_gradients([w, b], max_norm=1.0)
    5.0
    >>> w.grad.round(6).tolist(), round(b.grad, 6)
    ([0.6, 0.0], 0.8)

    Raises ValueError if `max_norm` is not positive, FloatingPointError for a gradient that is not
    finite (before any is changed), and TypeError for what is not a parameter.
    """
    if not max_norm > 0:
        raise ValueError(f"max_norm={max_norm} must be positive")
    found = [(name_of(p, i), p) for i, p in enumerate(parameter_list(parameters)) if p.grad is not None]
    norms = [(name, length(p.grad)) for name, p in found]
    for name, one in norms:
        if not math.isfinite(one):
            raise FloatingPointError(f"the gradient of {name} is not finite; no gradient was changed")
    norm = math.hypot(*(one for _, one in norms))
    if norm > max_norm:
        for _, p in found:
            p.grad = p.grad * (max_norm / norm)  # a new array: others may share the old one
    return norm


def length(g: Any) -> float:
    """The Euclidean norm; in float64 where float32 would overflow."""
    flat = np.ravel(g)
    norm = math.sqrt(np.vdot(flat, flat))
    return norm if math.isfinite(norm) else float(np.linalg.norm(flat.astype(np.float64)))
