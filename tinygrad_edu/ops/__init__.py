"""The table of operations, one file a chapter: rows, no machinery.

To add an operation, write a row in its chapter; it arrives with a gradient, a tangent, higher
orders, NumPy's spelling, a picture, an entry in the documentation and its tests.
"""

from . import (
    arithmetic,
    checking,
    comparison,
    complex_numbers,
    elementary,
    fft,
    index,
    linalg,
    polynomials,
    products,
    random,
    reduce,
    shape,
    sorting,
)

CHAPTERS = (
    arithmetic, comparison, complex_numbers, elementary, shape, reduce, index, sorting, products, linalg, polynomials, fft,
    random, checking,
)  # fmt: skip
