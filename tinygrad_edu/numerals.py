"""Numbers as people read them: four significant digits, a true minus sign, superscript exponents.

Used wherever a number or a formula is shown, in steps and in pictures alike.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

SUPERSCRIPTS = str.maketrans("0123456789-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")


def number_text(x: float, digits: int = 4) -> str:
    """A number in at most `digits` significant digits.

    >>> number_text(0.55912), number_text(-2.0), number_text(1234567.0), number_text(-1.2345e-05)
    ('0.5591', '−2', '1.235e+06', '−1.234e−05')
    """
    if not math.isfinite(x):
        return "nan" if x != x else "∞" if x > 0 else "−∞"
    mantissa, e, exponent = f"{float(x):.{digits}g}".partition("e")
    return (mantissa + (e and "e" + exponent)).replace("e-", "e−").replace("-", "−")


def scalar_text(x: Any) -> str:
    """A real or complex number on its own.

    >>> scalar_text(1.5 - 2.0j)
    '1.5 − 2i'
    """
    if not isinstance(x, complex | np.complexfloating):
        return number_text(float(x))
    sign = "−" if math.copysign(1.0, x.imag) < 0.0 else "+"
    return f"{number_text(float(x.real))} {sign} {number_text(abs(float(x.imag)))}i"


def factor_text(x: Any) -> str:
    """A number as a factor of a product: negative ones in brackets."""
    text = data_text(x)
    return f"({text})" if text.startswith("−") or text.endswith("i") else text


def data_text(data: Any, most: int = 4) -> str:
    """A number, a short array in full, or the shape and range of a longer one.

    >>> data_text(np.array([1.0, -0.5])), data_text(np.zeros((64, 32)))
    ('[1, −0.5]', '64×32 from 0 to 0')
    """
    if isinstance(data, bool | np.bool):
        return "true" if data else "false"
    if isinstance(data, tuple):  # of an operation with several results
        return "; ".join("–" if part is None else data_text(part, most) for part in data)
    if np.ndim(data) == 0:
        return scalar_text(data)
    array = np.asarray(data)
    if array.ndim == 1 and array.size <= most:
        return "[" + ", ".join(map(scalar_text, array)) + "]"
    shape = "×".join(map(str, array.shape))
    if not array.size:
        return f"{shape} (empty)"
    if array.dtype.kind == "c":
        return f"{shape} up to {number_text(float(np.abs(array).max()))} in size"
    return f"{shape} from {number_text(float(array.min()))} to {number_text(float(array.max()))}"


def formula_text(code: str) -> str:
    """A formula written in Python as one writes it by hand.

    >>> formula_text("1 - out**2"), formula_text("y * x**(y - 1)"), formula_text("1 / (2 * out)")
    ('1 − out²', 'y · x^(y − 1)', '1 / (2 · out)')
    """
    code = re.sub(r"\*\*(-?\d+)", lambda m: m[1].translate(SUPERSCRIPTS), code)
    return code.replace("**", "^").replace(" * ", " · ").replace("-", "−").replace("sqrt", "√")
