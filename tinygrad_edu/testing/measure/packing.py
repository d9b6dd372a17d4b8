"""Several numbers and arrays as one vector of real numbers, and back.

So that the rest of the kit is plain linear algebra: a function has n coordinates, a result has m, and a
derivative is an m × n matrix.  A complex element has two coordinates, its real and its imaginary part.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...trees import is_dataclass, numbers_of
from ..subject import Array, is_variable


class Space:
    """The variables of arguments, or of a result: their names, shapes and dtypes, laid out one after another.

    >>> space = Space([np.zeros((2, 2)), 1.0], ["w", "b"])
    >>> space.size, space.where(2), space.where(4)
    (5, 'w[1, 0]', 'b')
    >>> space.pack([np.ones((2, 2)), 3.0])
    array([1., 1., 1., 1., 3.])
    """

    def __init__(self, like: Sequence[Any], names: Sequence[str]) -> None:
        self.names = list(names)
        arrays = [np.asarray(x) for x in like]
        self.single = [not isinstance(x, np.ndarray) for x in like]
        self.shapes = [x.shape for x in arrays]
        self.dtypes = [x.dtype for x in arrays]
        self.sizes = [x.size * (2 if x.dtype.kind == "c" else 1) for x in arrays]
        self.starts = [0, *np.cumsum(self.sizes).tolist()]
        self.size = self.starts[-1]

    def pack(self, parts: Sequence[Any]) -> Array:
        """Values or tangents as one vector in double precision.  Each must have its shape."""
        vectors = []
        for part, shape, dtype in zip(parts, self.shapes, self.dtypes, strict=True):
            array = np.asarray(part)
            if array.shape != shape:
                raise ValueError(f"an array of shape {shape} was expected, not {array.shape}")
            array = array.ravel()
            if dtype.kind == "c":
                array = np.stack([array.real, array.imag], axis=-1).ravel()
            vectors.append(np.real(array).astype(float))
        return np.concatenate(vectors) if vectors else np.zeros(0)

    def unpack(self, vector: Array, *, precise: bool = False) -> list[Any]:
        """The reverse of `pack`, in the dtypes of the variables; with `precise`, in double precision."""
        found = []
        for k, (shape, dtype, single) in enumerate(zip(self.shapes, self.dtypes, self.single, strict=True)):
            part = vector[self.starts[k] : self.starts[k + 1]]
            wanted = np.result_type(dtype, np.float64) if precise else dtype
            if dtype.kind == "c":
                part = part[0::2] + 1j * part[1::2]
            array = part.astype(wanted).reshape(shape)
            found.append(self._as_given(array, dtype) if single else array)
        return found

    @staticmethod
    def _as_given(array: Array, dtype: Any) -> Any:
        """A Python number for one in double precision, otherwise NumPy's number of that dtype."""
        return array.item() if dtype in (np.float64, np.complex128) else array[()]

    def pack_dual(self, parts: Sequence[Any]) -> Array:
        """Cotangents as one vector: such that its inner product with a packed tangent is Re Σ u·t."""
        return self.pack([np.conj(part) for part in parts])

    def unpack_dual(self, vector: Array) -> list[Any]:
        """The reverse of `pack_dual`, in the dtypes of the variables."""
        return [part.conjugate() for part in self.unpack(vector)]

    def variable(self, coordinate: int) -> int:
        """Which variable a coordinate belongs to."""
        return int(np.searchsorted(self.starts, coordinate, side="right")) - 1

    def where(self, coordinate: int) -> str:
        """A coordinate in words: `w[1, 0]`, or `Im z[2]`."""
        k = self.variable(coordinate)
        offset, part = coordinate - self.starts[k], ""
        if self.dtypes[k].kind == "c":
            offset, part = offset // 2, ("Re ", "Im ")[offset % 2]
        index = ", ".join(map(str, np.unravel_index(offset, self.shapes[k]))) if self.shapes[k] else ""
        return f"{part}{self.names[k]}{f'[{index}]' if index else ''}"

    def eps(self, coordinate: int | None = None) -> float:
        """The rounding unit of a coordinate's dtype, or the largest of all."""
        if coordinate is not None:
            return float(np.finfo(self.dtypes[self.variable(coordinate)]).eps)
        return max((float(np.finfo(dtype).eps) for dtype in self.dtypes), default=float(np.finfo(float).eps))


def named_variables(tree: Any, name: str) -> list[tuple[str, Any]]:
    """The variables of a container, each with the expression that leads to it.

    >>> named_variables({"w": [1.0, 2.0], "n": 3}, "net")
    [("net['w'][0]", 1.0), ("net['w'][1]", 2.0)]
    """
    if isinstance(tree, dict):
        return [found for key, part in tree.items() for found in named_variables(part, f"{name}[{key!r}]")]
    if isinstance(tree, list | tuple):
        return [found for i, part in enumerate(tree) for found in named_variables(part, f"{name}[{i}]")]
    if is_dataclass(tree):
        return [found for key, part in numbers_of(tree).items() for found in named_variables(part, f"{name}.{key}")]
    return [(name, tree)] if is_variable(tree) else []


__all__ = ["Space", "named_variables"]
