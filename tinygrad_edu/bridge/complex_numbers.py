"""Complex numbers: what NumPy decides by looking at them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..kinds import is_complex
from ..ops.complex_numbers import real
from .spelling import spells, unwrapped


@spells(np.real_if_close, "a, tol=100")
def _real_if_close(a: Any, tol: float = 100) -> Any:
    """The real part where all imaginary parts are rounding errors, else `a` itself."""
    return real(a) if is_complex(a) and np.isrealobj(np.real_if_close(unwrapped(a), tol)) else a
