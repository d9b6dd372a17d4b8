"""Questions about an array (`np.shape`, `np.isclose`): answered with plain values, outside the record."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..notation import BY_NUMPY, LOOK
from ..tracing import STATIC
from .spelling import asking

SHAPES_AND_DTYPES = (
    np.shape, np.ndim, np.size, np.result_type, np.iscomplexobj, np.isrealobj, np.can_cast,
    np.zeros_like, np.ones_like, np.empty_like,
)  # fmt: skip

LOOKS: dict[Any, str] = {
    np.array_equal: f"use np.all(np.equal(x, y)), which is a Value; or {STATIC}",
    np.allclose: f"use np.all(np.abs(x - y) <= tolerance), which is a Value; or {STATIC}",
    np.isclose: f"use np.abs(x - y) <= tolerance, which is a Value; or {STATIC}",
    np.count_nonzero: f"use np.sum(np.not_equal(x, 0)), which is a Value; or {STATIC}",
    np.min_scalar_type: f"say which dtype it is to be; or {STATIC}",
    **dict.fromkeys((np.array_repr, np.array_str, np.array2string, np.shares_memory, np.may_share_memory), LOOK),
}
"""Those that look at the numbers -> what to do instead while a function is traced."""

for _question in SHAPES_AND_DTYPES:
    BY_NUMPY[_question] = asking(_question)
for _question, _instead in LOOKS.items():
    BY_NUMPY[_question] = asking(_question, _instead)
