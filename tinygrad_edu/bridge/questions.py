"""Questions about an array (`np.shape`, `np.isclose`): answered with plain values, outside the record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..notation import BY_NUMPY
from .spelling import unwrapped


def _asks(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **kwargs: function(*map(unwrapped, args), **{k: unwrapped(v) for k, v in kwargs.items()})


for _question in (
    np.shape, np.ndim, np.size, np.result_type, np.iscomplexobj, np.isrealobj, np.can_cast, np.min_scalar_type,
    np.zeros_like, np.ones_like, np.empty_like, np.array_equal, np.allclose, np.isclose, np.count_nonzero,
    np.array_repr, np.array_str, np.array2string, np.shares_memory, np.may_share_memory,
):  # fmt: skip
    BY_NUMPY[_question] = _asks(_question)
