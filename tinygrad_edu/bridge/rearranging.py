"""Axes and elements moved, and arrays padded: what is not a row in `ops.index` or `ops.shape`.

Padding repeats elements of the array itself, so where each came from is found by padding an array of
their positions.  The modes that compute with the edges (`linear_ramp`, `mean`, …) are not here.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from ..engine import Value
from ..kinds import shape_of
from ..notation import BY_NUMPY, KEYWORDS, LEAVE
from ..ops.comparison import where
from ..ops.index import diag, flip, gather
from ..ops.shape import broadcast_to, moveaxis, reshape, swapaxes
from .spelling import spells

# ---- axes --------------------------------------------------------------------------------------------


@spells(np.matrix_transpose, "x")
def _matrix_transpose(x: Any) -> Any:
    if len(shape_of(x)) < 2:
        raise ValueError(f"matrix_transpose needs at least 2 axes; the shape is {shape_of(x)}")
    return swapaxes(x, axis1=-1, axis2=-2)


@spells(np.rollaxis, "a, axis, start=0")
def _rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    ndim = len(shape_of(a))
    if not -ndim <= axis < ndim or not -ndim <= start <= ndim:
        raise np.exceptions.AxisError(f"rollaxis: axis={axis}, start={start} for an array of {ndim} axes")
    axis, start = axis % ndim, start if start >= 0 else start + ndim
    return moveaxis(a, source=axis, destination=start - 1 if axis < start else start)


@spells(np.fliplr, "m")
def _fliplr(m: Any) -> Any:
    return flip(m, axis=1)


@spells(np.flipud, "m")
def _flipud(m: Any) -> Any:
    return flip(m, axis=0)


@spells(np.diagflat, "v, k=0")
def _diagflat(v: Any, k: int = 0) -> Any:
    return diag(reshape(v, shape=(-1,)), k=operator.index(k))


def _broadcast_arrays(*args: Any, subok: bool = False) -> Any:
    if subok:
        raise TypeError(f"np.broadcast_arrays(subok=True) is not differentiated; leave subok= out, or {LEAVE}")
    shape = np.broadcast_shapes(*map(shape_of, args))
    return tuple(broadcast_to(x, shape=shape) for x in args)


BY_NUMPY[np.broadcast_arrays] = _broadcast_arrays


def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    if copy is not True:
        raise TypeError(f"np.meshgrid(copy={copy!r}): what is computed of Values is never a view; leave copy= out")
    if indexing not in ("xy", "ij"):
        raise ValueError(f"np.meshgrid(indexing={indexing!r}): valid are 'xy' and 'ij'")
    n = len(xi)
    along = [1, 0, *range(2, n)] if indexing == "xy" and n > 1 else list(range(n))
    grids = [
        reshape(x, shape=tuple(-1 if i == axis else 1 for i in range(n))) for x, axis in zip(xi, along, strict=True)
    ]
    return tuple(grids) if sparse else _broadcast_arrays(*grids)


BY_NUMPY[np.meshgrid] = _meshgrid


# ---- padding -----------------------------------------------------------------------------------------

MOVING = ("edge", "reflect", "symmetric", "wrap")
"""The modes of `np.pad` that fill with elements of the array itself."""


def _pad(array: Any, pad_width: Any, mode: Any = "constant", **settings: Any) -> Any:
    for name, value in settings.items():
        if (mode, name) not in (
            ("constant", "constant_values"),
            ("reflect", "reflect_type"),
            ("symmetric", "reflect_type"),
        ):
            raise TypeError(f"np.pad(mode={mode!r}) has no argument {name}=")
        if name == "reflect_type" and value != "even":
            raise TypeError(
                f"np.pad(reflect_type={value!r}) is not differentiated; leave reflect_type= out, or {LEAVE}"
            )
    if mode != "constant" and mode not in MOVING:
        raise TypeError(f"np.pad(mode={mode!r}) is not differentiated; use one of {('constant', *MOVING)}, or {LEAVE}")
    shape = shape_of(array)
    positions = np.arange(1, math.prod(shape) + 1).reshape(shape)
    origin = np.pad(positions, pad_width, mode=mode)
    filled = gather(array, origin=origin)
    constants = settings.get("constant_values", 0)
    if type(constants) is Value and constants.shape:
        raise TypeError("np.pad(constant_values=…) takes a Value that is one number; join arrays with np.concatenate")
    if type(constants) is Value:
        return where(origin == 0, constants, filled)
    if mode != "constant" or not np.any(constants):
        return filled
    outside = np.pad(np.zeros(shape), pad_width, mode="constant", constant_values=constants)
    return filled + outside.astype(filled.dtype)


BY_NUMPY[np.pad] = _pad
KEYWORDS[np.pad] = ("array", "pad_width", "mode", "constant_values", "reflect_type"), ()
