"""NumPy's `fft` over several axes, and its convolutions: written with the transforms of one axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..kinds import shape_of
from ..ops.complex_numbers import conjugate, conjugated
from ..ops.fft import FULL, OTHER_WAY, VALID, convolve, fft, flipped, ifft, irfft, rfft
from ..ops.index import getitem, roll
from ..ops.shape import reshape
from .spelling import spells

SAME = "same"

# ---- Fourier transforms ------------------------------------------------------------------------------


def _lengths(s: Any, a: Any, axes: Any) -> list[tuple[int | None, int]]:
    """The length to transform each axis in, and the axis; −1 is the length it has."""
    shape = shape_of(a)
    if axes is None:
        axes = range(-len(shape if s is None else s), 0)
    if s is not None and len(s) != len(axes):
        raise ValueError(f"s={s!r} and axes={axes!r} differ in length")
    lengths = [shape[axis] for axis in axes] if s is None else s
    return [(shape[axis] if n == -1 else n, axis) for n, axis in zip(lengths, axes, strict=True)]


def _in_turn(row: Callable[..., Any], a: Any, lengths: Sequence[tuple[int | None, int]], norm: Any) -> Any:
    """A transform along one axis after another, the last first."""
    for n, axis in reversed(lengths):
        a = row(a, n=n, axis=axis, norm=norm)
    return a


@spells(np.fft.fftn, "a, s, axes, norm, out")
def _fftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    return _in_turn(fft, a, _lengths(s, a, axes), norm)


@spells(np.fft.ifftn, "a, s, axes, norm, out")
def _ifftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    return _in_turn(ifft, a, _lengths(s, a, axes), norm)


@spells(np.fft.rfftn, "a, s, axes, norm, out")
def _rfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    *others, (n, axis) = _lengths(s, a, axes)
    return _in_turn(fft, rfft(a, n=n, axis=axis, norm=norm), others, norm)


@spells(np.fft.irfftn, "a, s, axes, norm, out")
def _irfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    *others, (n, axis) = _lengths(s, a, axes)
    return irfft(_in_turn(ifft, a, others[::-1], norm), n=None if s is None else n, axis=axis, norm=norm)


@spells(np.fft.fft2, "a, s, axes=(-2,-1), norm, out")
def _fft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return _fftn(a, s, axes, norm)


@spells(np.fft.ifft2, "a, s, axes=(-2,-1), norm, out")
def _ifft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return _ifftn(a, s, axes, norm)


@spells(np.fft.rfft2, "a, s, axes=(-2,-1), norm, out")
def _rfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return _rfftn(a, s, axes, norm)


@spells(np.fft.irfft2, "a, s, axes=(-2,-1), norm, out")
def _irfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return _irfftn(a, s, axes, norm)


@spells(np.fft.hfft, "a, n, axis=-1, norm, out")
def _hfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    """The spectrum, which is real, of a signal that mirrors itself, given by half of it."""
    return irfft(conjugated(a), n=n, axis=axis, norm=_other_way(norm))


@spells(np.fft.ihfft, "a, n, axis=-1, norm, out")
def _ihfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    return conjugate(rfft(a, n=n, axis=axis, norm=_other_way(norm)))


def _other_way(norm: Any) -> str:
    if norm not in OTHER_WAY:
        raise ValueError(f'norm={norm!r}: it is "backward", "ortho" or "forward"')
    return OTHER_WAY[norm]


def _shifted(x: Any, axes: Any, shift: Callable[[int], int]) -> Any:
    """`x` moved round along `axes` (all by default), by `shift` of each length."""
    shape = shape_of(x)
    axes = tuple(range(len(shape))) if axes is None else (axes,) if np.ndim(axes) == 0 else tuple(axes)
    return roll(x, shift=tuple(shift(shape[axis]) for axis in axes), axis=axes)


@spells(np.fft.fftshift, "x, axes")
def _fftshift(x: Any, axes: Any = None) -> Any:
    return _shifted(x, axes, lambda n: n // 2)


@spells(np.fft.ifftshift, "x, axes")
def _ifftshift(x: Any, axes: Any = None) -> Any:
    return _shifted(x, axes, lambda n: -(n // 2))


# ---- convolutions ------------------------------------------------------------------------------------


def middle(full: Any, start: Sequence[int], shape: Sequence[int]) -> Any:
    """The part of `full` of a shape that begins at `start`."""
    index = tuple(slice(at, at + n) for at, n in zip(start, shape, strict=True))
    return full if tuple(shape) == shape_of(full) else getitem(full, index=index)


def _overlap(a: Any, v: Any, mode: str, late: bool) -> Any:
    """The convolution in one of NumPy's modes.  With `late`, the middle of the full one leans to the end."""
    for x in (a, v):
        if len(shape_of(x)) != 1 or shape_of(x) == (0,):
            raise ValueError(f"an array of shape {shape_of(x)} is not a vector with at least one element")
    if mode not in (FULL, SAME, VALID):
        raise (ValueError if isinstance(mode, str) else TypeError)(f'mode={mode!r}: it is "full", "same" or "valid"')
    (m,), (n,) = shape_of(a), shape_of(v)
    if mode != SAME:
        return convolve(v, a, mode=mode) if n > m else convolve(a, v, mode=mode)
    short = min(m, n)
    return middle(convolve(a, v), [short // 2 if late else (short - 1) // 2], [max(m, n)])


@spells(np.convolve, "a, v, mode='full'")
def _convolve(a: Any, v: Any, mode: str = FULL) -> Any:
    a, v = (x if shape_of(x) else reshape(x, shape=(1,)) for x in (a, v))
    return _overlap(a, v, mode, late=False)


@spells(np.correlate, "a, v, mode='valid'")
def _correlate(a: Any, v: Any, mode: str = VALID) -> Any:
    return _overlap(a, flipped(conjugated(v)), mode, late=shape_of(v) > shape_of(a))
