"""A data set is two arrays with the same number of rows, and the names that explain them.

It is checked once, when it is made, and never changes afterwards, so every function that receives
a `Dataset` may trust it. Reading files is in `table`, ready-made sets are in `named`.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..checks import Rng, generator

Array = NDArray[Any]


@dataclass(frozen=True, repr=False, eq=False)
class Dataset:
    """Rows of numbers, and the answer to each row.

    Anything `numpy.array` accepts may be given. It is copied, and the copies are read-only.

    `classes` decides the task. With class names the targets are labels, the positions of those
    names. Without, the task is regression and the targets become floating point.

    Attributes:
        inputs: shape (rows, features), float32 if it came so, else float64.
        targets: class labels, shape (rows,), int64; or for regression floats, shape (rows,) or
            (rows, outputs).
        names: one name a feature; "x0", "x1", … if none are given.
        classes: the class names in the order of their labels, or None for regression.
        name: what to call the data set.

    Raises:
        TypeError: inputs or targets are not numbers, labels are not integers, or a name is not
            text.
        ValueError: no rows, a wrong shape, different lengths, NaN or infinity, repeated names, or
            a label without a class name.

    >>> fruit = Dataset([[120.0, 7.0], [90.0, 6.5]], [0, 1], ("weight", "width"), ("apple", "plum"))
    >>> fruit
    Dataset('data': 2 rows, 2 features, 2 classes)
    >>> X, y = fruit
    >>> X.shape, y
    ((2, 2), array([0, 1]))
    """

    inputs: Array
    targets: Array
    names: tuple[str, ...] = ()
    classes: tuple[str, ...] | None = None
    name: str = "data"

    def __post_init__(self) -> None:
        """Check everything, and replace what was given by read-only arrays and tuples."""
        inputs = _floats(self.inputs, "inputs")
        if inputs.ndim != 2:
            raise ValueError(f"inputs must have the shape (rows, features), not {inputs.shape}.")
        rows, features = inputs.shape
        if rows == 0 or features == 0:
            raise ValueError(
                f"inputs of shape {inputs.shape} hold no data; at least one row and one feature are needed."
            )
        names = _texts(self.names, "names") or tuple(f"x{i}" for i in range(features))
        if len(names) != features:
            raise ValueError(f"{len(names)} names were given for {features} features.")
        classes = None if self.classes is None else _texts(self.classes, "classes")
        targets = _floats(self.targets, "targets") if classes is None else _labels(self.targets, len(classes))
        if targets.ndim not in (1, 2) or len(targets) != rows:
            raise ValueError(
                f"targets of shape {targets.shape} do not go with inputs of shape {inputs.shape}; "
                f"one target a row is needed."
            )
        _refuse_nonfinite(inputs, "inputs", names)
        _refuse_nonfinite(targets, "targets")
        for array in (inputs, targets):
            array.flags.writeable = False
        # A frozen dataclass leaves this as the one way to store what was worked out here.
        for field, value in (
            ("inputs", inputs), ("targets", targets), ("names", names), ("classes", classes),
        ):  # fmt: skip
            object.__setattr__(self, field, value)

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.inputs)

    def __iter__(self) -> Iterator[Array]:
        """Yield the inputs, then the targets, so that `X, y = dataset` unpacks it.

        Both are copies which you may change; the data set's own arrays are read-only.
        """
        yield self.inputs.copy()
        yield self.targets.copy()

    def __repr__(self) -> str:
        """The name and the sizes; the arrays themselves would fill the screen."""
        task = "regression" if self.classes is None else _counted(len(self.classes), "class")
        sizes = f"{_counted(len(self), 'row')}, {_counted(len(self.names), 'feature')}"
        return f"Dataset({self.name!r}: {sizes}, {task})"

    def split(self, fraction: float, rng: Rng = 0) -> tuple["Dataset", "Dataset"]:
        """Divide the rows at random into a part to train on and a part to test on.

        With classes the split is stratified: the training part holds `fraction` of each class, to
        within one row. Both parts keep the order of the rows, and each has at least one.

        Args:
            fraction: the share of the rows to train on, between 0 and 1.
            rng: a generator, or an integer seed.

        Raises:
            ValueError: `fraction` is not between 0 and 1, or there is only one row.

        >>> line = Dataset(np.arange(10.0).reshape(10, 1), np.arange(10.0))
        >>> train, test = line.split(0.8, rng=0)
        >>> len(train), len(test)
        (8, 2)
        """
        if not 0 < fraction < 1:
            raise ValueError(
                f"fraction={fraction} is the share of rows to train on; give a number between 0 and 1, such as 0.8."
            )
        if len(self) < 2:
            raise ValueError("One row cannot be split into a training part and a test part.")
        chance = generator(rng)
        strata = np.zeros(len(self), dtype=np.int64) if self.classes is None else self.targets
        labels, counts = np.unique(strata, return_counts=True)
        in_train = np.zeros(len(self), dtype=bool)
        for label, share in zip(labels, _shares(counts, fraction), strict=True):
            in_train[chance.permutation(np.flatnonzero(strata == label))[:share]] = True
        return self._rows(in_train), self._rows(~in_train)

    def _rows(self, chosen: NDArray[np.bool_]) -> "Dataset":
        return replace(self, inputs=self.inputs[chosen], targets=self.targets[chosen])


def standardise(train: Dataset, *others: Dataset) -> tuple[Dataset, ...]:
    """Shift and scale every feature so that it has mean 0 and standard deviation 1 in `train`.

    The other data sets, such as the test part, are shifted and scaled by the same amounts. Their
    own means are not used: a model in use sees one row at a time and has no mean to take. All are
    passed in one call because standardising `train` first would lose its mean and deviation.

    A feature that is constant in `train` becomes 0 there. Targets are left as they are.

    Returns:
        As many data sets as were given, in the same order.

    Raises:
        ValueError: different features, or numbers so far apart that they overflow.

    >>> train = Dataset([[1.0, 5.0], [3.0, 5.0]], [10.0, 20.0])
    >>> test = Dataset([[2.0, 6.0]], [15.0])
    >>> train, test = standardise(train, test)
    >>> train.inputs.tolist(), test.inputs.tolist()
    ([[-1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0]])
    """
    for other in others:
        if other.names != train.names:
            raise ValueError(
                f"The features differ: {train.name!r} has {train.names}, {other.name!r} has {other.names}."
            )
    mean, deviation = column_scales(train.inputs)
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = [((part.inputs - mean) / deviation).astype(part.inputs.dtype) for part in (train, *others)]
    if not all(np.isfinite(values).all() for values in scaled):
        raise ValueError("The numbers of a feature lie too far apart to standardise; rescale them.")
    return tuple(replace(dataset, inputs=values) for dataset, values in zip((train, *others), scaled, strict=True))


def column_scales(values: Array) -> tuple[Array, Array]:
    """The mean and the standard deviation of each column, in float64; a constant one gets deviation 1.

    >>> mean, deviation = column_scales(np.array([[1.0, 5.0], [3.0, 5.0]]))
    >>> mean.tolist(), deviation.tolist()
    ([2.0, 5.0], [1.0, 1.0])

    Raises:
        ValueError: numbers so far apart that they overflow.
    """
    values = values.astype(np.float64)
    low = values.min(axis=0)
    # First to 0…1, which a mean and a deviation can be taken of without overflow or underflow.
    with np.errstate(over="ignore", invalid="ignore"):
        span = values.max(axis=0) - low
        span[span == 0] = 1
        unit = (values - low) / span
        mean, deviation = low + span * unit.mean(axis=0), span * unit.std(axis=0)
    deviation[deviation == 0] = 1
    if not (np.isfinite(mean).all() and np.isfinite(deviation).all()):
        raise ValueError("The numbers of a feature lie too far apart to standardise; rescale them.")
    return mean, deviation


def _floats(values: ArrayLike, what: str) -> Array:
    """Copy `values` to a new float32 or float64 array."""
    array = _numbers(values, what)
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)


def _labels(values: ArrayLike, classes: int) -> Array:
    """Copy `values` to a new int64 array of labels below `classes`."""
    array = _numbers(values, "targets")
    if array.dtype.kind not in "iub":
        raise TypeError(
            f"targets of dtype {array.dtype} are not class labels; give integers, or leave out classes for regression."
        )
    if array.ndim != 1:
        raise ValueError(f"Class labels must have the shape (rows,), not {array.shape}.")
    if array.size and not 0 <= array.min() <= array.max() < classes:
        raise ValueError(
            f"targets run from {array.min()} to {array.max()}; with {classes} class names the "
            f"labels are 0 to {classes - 1}."
        )
    return array.astype(np.int64)


def _numbers(values: ArrayLike, what: str) -> Array:
    """Copy `values` to a new array of real numbers."""
    if isinstance(values, np.ma.MaskedArray):
        raise TypeError(f"{what} are a masked array; take out the masked rows, or fill them in.")
    try:
        array = np.array(values)
    except ValueError as error:
        raise ValueError(f"{what} do not form an array: {error}") from error
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{what} of dtype {array.dtype} are not real numbers.")
    return array


def _texts(values: tuple[str, ...], what: str) -> tuple[str, ...]:
    """Copy `values` to a tuple of different texts."""
    texts = () if isinstance(values, str) else tuple(values)
    if isinstance(values, str) or not all(isinstance(text, str) for text in texts):
        raise TypeError(f"{what} must be a tuple of texts, not {values!r}.")
    repeated = [text for text, times in Counter(texts).items() if times > 1]
    if repeated:
        raise ValueError(f"{what} must differ, but {repeated[0]!r} appears more than once.")
    return texts


def _refuse_nonfinite(array: Array, what: str, names: tuple[str, ...] = ()) -> None:
    """Raise if `array` holds NaN or infinity, saying where the first one is."""
    places = np.argwhere(~np.isfinite(array))
    if len(places):
        place = tuple(int(i) for i in places[0])
        column = f", column {names[place[1]]!r}" if names else ""
        raise ValueError(
            f"{what} hold {array[place]} in row {place[0]} (counted from 0){column}; every number must be finite."
        )


def _shares(counts: NDArray[np.int64], fraction: float) -> NDArray[np.int64]:
    """How many rows of each class to train on: largest remainders (Hamilton's apportionment).

    Rounding each class by itself could leave the whole far from `fraction`, or a part empty.
    """
    rows = int(counts.sum())
    total = min(max(round(fraction * rows), 1), rows - 1)
    quotas = fraction * counts
    shares: NDArray[np.int64] = np.floor(quotas).astype(np.int64)
    neediest = np.argsort(shares - quotas, kind="stable")[: total - shares.sum()]
    shares[neediest] += 1
    return shares


def _counted(number: int, noun: str) -> str:
    plural = noun + ("es" if noun.endswith("s") else "s")
    return f"{number} {noun if number == 1 else plural}"
