"""Clipping: gradients that are too long together are shortened together, keeping their direction."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..engine import Op, Value
from ..kinds import parts
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
    names = tuple(name for name, _ in found)
    norm, *clipped = parts(shortened(*(p.grad for _, p in found), max_norm=float(max_norm), names=names))
    for (_, p), g in zip(found, clipped, strict=True):
        p.grad = g
    return norm  # type: ignore[no-any-return]


def together(*gradients: Any, max_norm: float, names: Sequence[str]) -> tuple[Any, ...]:
    """The common length of some gradients, and each of them by one factor shorter if that is too long."""
    lengths = list(map(length, gradients))
    for name, one in zip(names, lengths, strict=True):
        if not math.isfinite(one):
            raise FloatingPointError(f"the gradient of {name} is not finite; no gradient was changed")
    norm = math.hypot(*lengths)
    if norm > max_norm:
        gradients = tuple(g * (max_norm / norm) for g in gradients)  # new arrays: others may share the old ones
    return norm, *gradients


shortened = Op("shortened", together, [], doc="gradients that are too long together, shortened together")
"""One operation, so that a compiled step measures and clips anew; it is not differentiated."""


def length(g: Any) -> float:
    """The Euclidean norm; in float64 where float32 would overflow."""
    flat = np.ravel(g)
    norm = math.sqrt(np.vdot(flat, flat))
    return norm if math.isfinite(norm) else float(np.linalg.norm(flat.astype(np.float64)))
