"""NumPy functions that are not rows themselves: each is written with rows, under NumPy's signature.

One file an area.  Importing this package registers them all.
"""

from . import (
    choosing,
    complex_numbers,
    creation,
    differences,
    elementwise,
    fft,
    joining,
    linalg,
    polynomials,
    products,
    questions,
    rearranging,
    reductions,
    selection,
    shape,
    statistics,
    ufuncs,
    updates,
)
from .creation import array

AREAS = (
    choosing, complex_numbers, creation, differences, elementwise, fft, joining, linalg, polynomials, products,
    questions, rearranging, reductions, selection, shape, statistics, ufuncs, updates,
)  # fmt: skip
"""The files, in no particular order."""

__all__ = ["AREAS", "array"]
