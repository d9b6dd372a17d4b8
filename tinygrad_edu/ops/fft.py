"""The chapter of Fourier transforms and convolutions: linear operations that are their own transposes.

The matrix of a Fourier transform is symmetric, so its transpose is the same transform; cutting an axis
to a length is the transpose of continuing it with zeros.  A convolution is transposed by a convolution
with the other operand flipped.  What NumPy computes from these, it is written with in `bridge.fft`.
"""

from typing import Any

import numpy as np

from ..kinds import linear, shape_of
from .complex_numbers import conjugate
from .index import flip, getitem, put
from .shape import along

# ---- Fourier transforms ------------------------------------------------------------------------------

OTHER_WAY = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}
"""For a `norm` the one that gives the inverse transform the same factor: 1, 1/√n or 1/n."""


def resized(x, n, axis):
    """`x` cut to the length `n` along an axis, or continued with zeros: as `n=` of a transform means it."""
    shape = list(shape_of(x))
    kept = along(axis, slice(min(n, shape[axis])))
    if n <= shape[axis]:
        return x if n == shape[axis] else getitem(x, index=kept)
    shape[axis] = n
    return put(x, np.broadcast_to(0.0, shape), index=kept)


def occurrences(n, x, axis):
    """How often each frequency of the half spectrum `x` occurs in the whole one, of n: once or twice.

    Frequency k comes with its conjugate, −k, unless it is its own: 0, and n/2 where that is one."""
    shape = [1] * len(shape_of(x))
    shape[axis] = -1
    return np.array([1 if 2 * k % n == 0 else 2 for k in range(n // 2 + 1)], np.int8).reshape(shape)


def transform(numpy, vjp, doc):
    """A row for one of NumPy's transforms along one axis."""
    return linear(
        lambda a, n=None, axis=-1, norm=None: numpy(a, n, axis, norm),
        vjp, name=numpy.__name__, numpy=numpy, arguments="a, n, axis=-1, norm, out", doc=doc,
    )  # fmt: skip


def _fft_vjp(g, out, a, n=None, axis=-1, norm=None):
    return resized(fft(g, axis=axis, norm=norm), shape_of(a)[axis], axis)


def _ifft_vjp(g, out, a, n=None, axis=-1, norm=None):
    return resized(ifft(g, axis=axis, norm=norm), shape_of(a)[axis], axis)


def _rfft_vjp(g, out, a, n=None, axis=-1, norm=None):
    """Re Σₖ gₖ e⁻ⁱᵏʲ over half the spectrum; `irfft` sums over all of it, with e⁺ⁱᵏʲ."""
    length = shape_of(a)[axis]
    n = length if n is None else n
    half = conjugate(g) / occurrences(n, g, axis)
    return resized(irfft(half, n=n, axis=axis, norm=OTHER_WAY[norm]), length, axis)


def _irfft_vjp(g, out, a, n=None, axis=-1, norm=None):
    """The same the other way round."""
    half = conjugate(rfft(g, axis=axis, norm=OTHER_WAY[norm]))
    return resized(half * occurrences(shape_of(g)[axis], half, axis), shape_of(a)[axis], axis)


fft = transform(np.fft.fft, _fft_vjp, "the discrete Fourier transform: Σⱼ xⱼ e^(−2πijk/n)")
ifft = transform(np.fft.ifft, _ifft_vjp, "the inverse of fft: Σₖ xₖ e^(2πijk/n) / n")
rfft = transform(np.fft.rfft, _rfft_vjp, "the fft of real numbers, without the half that mirrors the other")
irfft = transform(np.fft.irfft, _irfft_vjp, "the inverse of rfft: real numbers of half a spectrum")


# ---- convolutions ------------------------------------------------------------------------------------

FULL, VALID = "full", "valid"


def flipped(x: Any) -> Any:
    """`x` with the order of its elements reversed along all axes."""
    return flip(x, axis=None)


def _convolve(x, y, mode=FULL):
    """Σⱼ x[k − j] y[j]: where they overlap at all (full), or where all of `y` lies inside `x` (valid)."""
    if x.ndim == 1:
        return np.convolve(x, y, mode)
    if mode == FULL:
        x = np.pad(x, [(m - 1, m - 1) for m in y.shape])
    kernel, places = list(range(x.ndim)), list(range(x.ndim, 2 * x.ndim))
    windows = np.lib.stride_tricks.sliding_window_view(x, y.shape)
    return np.einsum(windows, places + kernel, np.flip(y), kernel, places)


def _convolve_first(g, out, x, y, mode=FULL):
    """Each x met each y once, so the cotangent is correlated with y: at every place where they met."""
    return convolve(g, flipped(y), mode=VALID if mode == FULL else FULL)


def _convolve_second(g, out, x, y, mode=FULL):
    return convolve(g, flipped(x), mode=VALID) if mode == FULL else flipped(convolve(x, flipped(g), mode=VALID))


convolve = linear(
    _convolve, _convolve_first, _convolve_second,
    name="convolve", doc="the convolution of two arrays, over all their axes",
)  # fmt: skip
