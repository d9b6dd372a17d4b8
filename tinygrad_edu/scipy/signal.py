"""Convolution over any number of axes: `scipy.signal`'s, for Values.

`convolve` and `correlate` sum the products themselves or go by Fourier transforms, as SciPy does;
`fftconvolve` always does the latter.  Filters and spectra are not here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.fft import next_fast_len
from scipy.signal import choose_conv_method

from ..bridge.fft import SAME, middle
from ..bridge.spelling import dtype_of, like, result_type_of
from ..engine import Value
from ..kinds import is_complex, shape_of
from ..ops import fft
from ..ops.complex_numbers import conjugated
from ..ops.fft import FULL, VALID, flipped
from ..ops.shape import astype

Axes = int | Sequence[int] | None


def convolve(in1: Any, in2: Any, mode: str = FULL, method: str = "auto") -> Any:
    """The convolution of two arrays over all their axes, of which they have the same number.

    The result has `mode="full"` where the two overlap at all, `"valid"` where one lies inside the other,
    and `"same"` in the middle of the full one, in the shape of `in1`.  `method` is "direct" (sums of
    products), "fft" or "auto" (what SciPy takes to be faster); the result is the same to rounding.
    Real and complex numbers of any precision; that of the result is NumPy's for a product.

    >>> convolve(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 0.5])).tolist()
    [0.0, 1.0, 2.5, 4.0, 1.5]

    Raises ValueError for arrays of different numbers of axes, for empty ones, for another mode or
    method, and if neither array fits inside the other in mode "valid".
    """
    in1, in2 = operands(in1, in2, mode)
    if method not in ("auto", "direct", "fft"):
        raise ValueError(f'method={method!r}: it is "auto", "direct" or "fft"')
    if not shape_of(in1):
        return in1 * in2
    axes = list(range(len(shape_of(in1))))
    if mode == VALID and swapped(in1, in2, axes):
        in1, in2 = in2, in1
    if method == "auto":
        method = choose_conv_method(*(like(x) if type(x) is Value else x for x in (in1, in2)), mode=mode)
    if method == "fft":
        dtype = result_type_of(in1, in2)
        out = fftconvolve(in1, in2, mode)
        return out if dtype_of(out) == dtype else astype(out, dtype=dtype)
    if mode == VALID:
        return fft.convolve(in1, in2, mode=VALID)
    return cut(fft.convolve(in1, in2), in1, in2, axes, mode)


def correlate(in1: Any, in2: Any, mode: str = FULL, method: str = "auto") -> Any:
    """The cross-correlation of two arrays: the convolution with the conjugate of `in2` back to front.

    Arguments and errors are those of `convolve`.

    >>> correlate(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 0.5])).tolist()
    [0.5, 2.0, 3.5, 3.0, 0.0]
    """
    in1, in2 = operands(in1, in2, mode)
    return convolve(in1, flipped(conjugated(in2)) if shape_of(in2) else conjugated(in2), mode, method)


def fftconvolve(in1: Any, in2: Any, mode: str = FULL, axes: Axes = None) -> Any:
    """The convolution of two arrays by Fourier transforms, over all axes or those named.

    Along other axes the arrays broadcast.  Fast where both arrays are long: n log n steps, not n².

    >>> fftconvolve(np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.5])).round(12).tolist()
    [1.0, 2.5, 4.0, 1.5]

    Raises ValueError as `convolve` does, and for axes that are empty, repeated or out of range.
    """
    in1, in2 = operands(in1, in2, mode)
    if not shape_of(in1):
        return in1 * in2
    chosen = transformed(in1, in2, axes)
    if mode == VALID and swapped(in1, in2, chosen):
        in1, in2 = in2, in1
    if not chosen:
        return cut(in1 * in2, in1, in2, chosen, mode)
    complex_ = is_complex(in1) or is_complex(in2)
    there, back = (np.fft.fftn, np.fft.ifftn) if complex_ else (np.fft.rfftn, np.fft.irfftn)
    lengths = [shape_of(in1)[a] + shape_of(in2)[a] - 1 for a in chosen]
    fast = [next_fast_len(n, not complex_) for n in lengths]
    whole = back(there(in1, s=fast, axes=chosen) * there(in2, s=fast, axes=chosen), s=fast, axes=chosen)
    shape = list(shape_of(whole))
    for a, n in zip(chosen, lengths, strict=True):
        shape[a] = n
    return cut(middle(whole, [0] * len(shape), shape), in1, in2, chosen, mode)


def operands(in1: Any, in2: Any, mode: str) -> tuple[Any, Any]:
    """The two arrays, checked."""
    one, other = (x if hasattr(x, "shape") else np.asarray(x) for x in (in1, in2))
    if len(shape_of(one)) != len(shape_of(other)):
        raise ValueError(f"arrays of shapes {shape_of(one)} and {shape_of(other)}; both need as many axes")
    if 0 in shape_of(one) + shape_of(other):
        raise ValueError(f"arrays of shapes {shape_of(one)} and {shape_of(other)}; neither may be empty")
    if mode not in (FULL, SAME, VALID):
        raise ValueError(f'mode={mode!r}: it is "full", "same" or "valid"')
    return one, other


def transformed(in1: Any, in2: Any, axes: Axes) -> list[int]:
    """The axes to transform: a length of 1 needs no transform, it broadcasts."""
    s1, s2 = shape_of(in1), shape_of(in2)
    ndim = len(s1)
    named = list(range(ndim)) if axes is None else [axes] if isinstance(axes, int) else list(axes)
    if not named or not all(-ndim <= a < ndim for a in named) or len({a % ndim for a in named}) < len(named):
        raise ValueError(f"axes={axes!r} of arrays with {ndim} axes; name one or more, each once")
    chosen = [a % ndim for a in named if s1[a] != 1 and s2[a] != 1]
    if any(1 != s1[a] != s2[a] != 1 for a in range(ndim) if a not in chosen):
        raise ValueError(f"arrays of shapes {s1} and {s2} do not broadcast along the axes other than {axes!r}")
    return chosen


def swapped(in1: Any, in2: Any, axes: Sequence[int]) -> bool:
    """Whether `in1` lies inside `in2` along `axes`, and not the other way round."""
    pairs = [(shape_of(in1)[a], shape_of(in2)[a]) for a in axes]
    if all(m >= n for m, n in pairs):
        return False
    if all(m <= n for m, n in pairs):
        return True
    raise ValueError(f'mode="valid": of arrays of shapes {shape_of(in1)} and {shape_of(in2)} neither fits in the other')


def cut(full: Any, in1: Any, in2: Any, axes: Sequence[int], mode: str) -> Any:
    """The middle of a full convolution that a mode asks for."""
    shape = list(shape_of(full))
    if mode == SAME:
        shape = list(shape_of(in1))
    elif mode == VALID:
        for a in axes:
            shape[a] = shape_of(in1)[a] - shape_of(in2)[a] + 1
    return middle(full, [(n - m) // 2 for n, m in zip(shape_of(full), shape, strict=True)], shape)


__all__ = ["convolve", "correlate", "fftconvolve"]
