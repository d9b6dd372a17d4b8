"""Complex numbers: what NumPy decides by looking at them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..kinds import is_complex
from ..ops.checking import settled
from ..ops.complex_numbers import real
from .spelling import spells


@spells(np.real_if_close, "a, tol=100")
def _real_if_close(a: Any, tol: float = 100) -> Any:
    """The real part where all imaginary parts are rounding errors, else `a` itself."""
    if not is_complex(a):
        return a
    instead = "use np.real(z), or leave it complex"
    return real(a) if settled("np.real_if_close", instead, _is_close, a, tol=tol) else a


def _is_close(a: Any, tol: float) -> bool:
    """whether all imaginary parts are rounding errors"""
    return bool(np.isrealobj(np.real_if_close(a, tol)))
