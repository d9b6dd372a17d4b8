"""Data to learn from: ready-made sets, your own CSV and NPZ files, and mini-batches.

A `Dataset` is two NumPy arrays and the names that explain them; `X, y = moons()` unpacks it. All
of it depends on NumPy alone, and all randomness comes from an explicit `rng`. There is no
downloading, no streaming from disk and no image decoding here.

>>> train, test = digits().split(0.8, rng=0)
>>> for inputs, targets in batches(train, 32, rng=0):
...     break
>>> inputs.shape, inputs.dtype, targets.shape
((32, 64), dtype('float32'), (32,))
"""

from .catalogue import load
from .dataset import Dataset, column_scales, standardise
from .loader import Batches, batches
from .named import digits, moons, spirals, xor
from .table import read_table

__all__ = [
    "Batches",
    "Dataset",
    "batches",
    "column_scales",
    "digits",
    "load",
    "moons",
    "read_table",
    "spirals",
    "standardise",
    "xor",
]
