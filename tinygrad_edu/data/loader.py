"""Mini-batches: walk through the rows of some arrays in groups, in a new random order each pass.

Everything fits in memory, so this is one permutation and some slices. There are no worker
processes and no global random state.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..checks import Rng, count, generator
from .dataset import Array, Dataset


@dataclass(frozen=True, repr=False, eq=False)
class Batches:
    """What `batches` returns: loop over it once an epoch; `len` is the number of batches."""

    arrays: tuple[Array, ...]
    batch_size: int
    rng: np.random.Generator | None
    drop_last: bool

    def __len__(self) -> int:
        """The number of batches in a pass."""
        whole, left = divmod(len(self.arrays[0]), self.batch_size)
        return whole + (left > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[tuple[Array, ...]]:
        """Draw the order of a new pass, then yield its batches; the arrays are copies."""
        rows = len(self.arrays[0])
        order = np.arange(rows) if self.rng is None else self.rng.permutation(rows)
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            chosen = order[start : start + self.batch_size]
            yield tuple(array[chosen] for array in self.arrays)

    def __repr__(self) -> str:
        """The number and size of the batches."""
        kind = "in order" if self.rng is None else "shuffled"
        return f"Batches({len(self)} of {self.batch_size} rows, {kind})"


def batches(
    data: Dataset | Array | tuple[Array, ...],
    batch_size: int,
    rng: Rng | None = None,
    *,
    shuffle: bool = True,
    drop_last: bool = False,
) -> Batches:
    """Divide rows into mini-batches. Every row comes exactly once a pass.

    Each loop over the result is one pass and draws its own order from `rng`, so looping again
    continues the random stream. The last batch is shorter if the rows do not divide evenly.

    Args:
        data: a `Dataset`, which gives pairs (inputs, targets); a tuple of arrays with the same
            number of rows, which gives tuples of as many arrays; or one array, which gives
            tuples of one.
        batch_size: rows in a batch. If there are fewer rows than that, there is one batch.
        rng: a generator, or an integer seed. Needed to shuffle, and not used otherwise.
        shuffle: False keeps the order of the rows.
        drop_last: True leaves out a last batch that is shorter than the others.

    Raises:
        TypeError: `data` is something else, `batch_size` is not an integer, or `rng` is of another
            type.
        ValueError: shuffling without `rng`, `batch_size` below 1, no rows, different numbers of
            rows, or `drop_last` would leave out everything.

    >>> X, y = np.arange(5.0), np.arange(5)
    >>> for inputs, targets in batches((X, y), 2, shuffle=False):
    ...     print(inputs, targets)
    [0. 1.] [0 1]
    [2. 3.] [2 3]
    [4.] [4]
    >>> loader = batches((X, y), 2, rng=0)
    >>> len(loader), sorted(int(t) for _, targets in loader for t in targets)
    (3, [0, 1, 2, 3, 4])
    """
    if shuffle and rng is None:
        raise ValueError(
            "Shuffling needs a source of randomness: pass rng=0 (a seed) or a "
            "numpy.random.Generator, or pass shuffle=False to keep the order of the rows."
        )
    arrays = _arrays(data)
    batch_size = count(batch_size, "batch_size", least=1)
    chance = generator(rng) if shuffle and rng is not None else None
    result = Batches(arrays, batch_size, chance, drop_last)
    if len(result) == 0:
        raise ValueError(
            f"drop_last=True would leave out all {len(arrays[0])} rows, because a batch takes "
            f"{batch_size}; choose a smaller batch_size."
        )
    return result


def _arrays(data: Dataset | Array | tuple[Array, ...]) -> tuple[Array, ...]:
    """The arrays to slice, checked to have the same number of rows."""
    if isinstance(data, Dataset):
        return data.inputs, data.targets
    arrays = data if isinstance(data, tuple) else (data,)
    if not arrays or not all(isinstance(array, np.ndarray) for array in arrays):
        kinds = ", ".join(type(array).__name__ for array in arrays) or "nothing"
        raise TypeError(
            f"batches takes a Dataset, a NumPy array or a tuple of NumPy arrays, not {kinds}; "
            f"convert lists with numpy.array."
        )
    shapes = [array.shape for array in arrays]
    if () in shapes or len({shape[0] for shape in shapes}) != 1:
        raise ValueError(f"The arrays must have the same number of rows, but have shapes {shapes}.")
    if shapes[0][0] == 0:
        raise ValueError(f"There are no rows to make batches of; the shapes are {shapes}.")
    return arrays
