"""Numbers and arrays as Python that makes them again: for programs, and for code that reproduces a failure."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

import numpy as np

from ..trees import is_container


def spelled(x: Any, numpy: str = "np") -> str:
    """A number, an array or a container of them as Python that makes the same, to the last digit and in its dtype.

    `numpy` is the name that NumPy has there.  Dataclasses and named tuples are spelled by the name of their class,
    and anything else as its `repr`.

    >>> spelled(0.1), spelled(np.float32(0.1)), spelled({"b": [1j, np.array([[1.0, np.inf]])]})
    ('0.1', 'np.float32(0.1)', "{'b': [1j, np.array([[1.0, np.inf]])]}")
    >>> spelled((np.ones(2, np.float32), np.zeros((0, 2))))
    '(np.array([1.0, 1.0], dtype=np.float32), np.zeros((0, 2)))'
    """
    if isinstance(x, np.ndarray):
        return _array(x, numpy)
    if type(x) is dict:
        return f"{{{', '.join(f'{key!r}: {spelled(part, numpy)}' for key, part in x.items())}}}"
    if type(x) in (list, tuple):
        parts = ", ".join(spelled(part, numpy) for part in x)
        return f"[{parts}]" if type(x) is list else f"({parts}{',' * (len(x) == 1)})"
    if is_container(x) and not isinstance(x, dict | list):
        given = ", ".join(f"{key}={spelled(getattr(x, key), numpy)}" for key in _names_of(x))
        return f"{type(x).__qualname__}({given})"
    if isinstance(x, np.generic):
        kind, number = f"{numpy}.{type(x).__name__}", repr(x.item())
        return f"{kind}({_number(x, numpy) if x.dtype.kind in 'fc' else number})"
    return _number(x, numpy) if isinstance(x, float | complex) else repr(x)


def _names_of(x: Any) -> list[str]:
    """What the class of a named tuple or a dataclass is called with."""
    return list(getattr(x, "_fields", ())) if isinstance(x, tuple) else [f.name for f in fields(x) if f.init]


def _array(x: np.ndarray[Any, Any], numpy: str) -> str:
    dtype = "" if x.dtype in (np.float64, np.int64, np.bool, np.complex128) else f", dtype={numpy}.{x.dtype}"
    if not x.size:
        dtype = dtype if x.dtype in (np.float64, np.float32, np.float16) else f", dtype={numpy}.{x.dtype}"
        return f"{numpy}.zeros({x.shape}{dtype})"
    return f"{numpy}.array({_numbers(x, numpy)}{dtype})"


def _numbers(x: np.ndarray[Any, Any], numpy: str) -> str:
    """Nested lists of numbers, with the digits that their own precision has."""
    if x.ndim:
        return f"[{', '.join(_numbers(part, numpy) for part in x)}]"
    return _number(x[()], numpy) if x.dtype.kind in "fc" else repr(x.item())


def _number(x: Any, numpy: str) -> str:
    """A real or complex number as Python that makes it again, with the signs of its zeros.

    Python adds the parts of `1-0j`, which loses signs; and NumPy's numbers of lower precision have fewer digits.
    """
    parts = [x.real, x.imag] if isinstance(x, complex | np.complexfloating) else [x]
    texts = [_named(str(part), numpy) for part in parts]
    if len(texts) == 1:
        return texts[0]
    plain = np.isfinite(x) and not np.signbit(x.imag if x.real else [x.real, x.imag]).any()
    if plain or (x.real and x.imag and np.isfinite(x)):
        return str(x)
    return f"complex({', '.join(texts)})"


def _named(number: str, numpy: str) -> str:
    """The text of a number, in which inf and nan are NumPy's."""
    return re.sub(r"(?<![\w.'])(inf|nan)\b", rf"{numpy}.\1", number)


__all__ = ["spelled"]
