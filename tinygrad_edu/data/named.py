"""Small data sets that are always at hand: digits, moons, spirals and xor.

The digits are real handwriting, stored with the package (`digits.txt` has their source and
licence). The others are drawn afresh from an explicit seed, in two dimensions, so that a decision
boundary can be plotted.
"""

from importlib.resources import files

import numpy as np

from ..checks import Rng, count, deviation, generator
from .dataset import Array, Dataset


def digits() -> Dataset:
    """The 1,797 handwritten digits of the UCI test set, 8 by 8 pixels.

    The inputs are float32, shape (1797, 64), row by row from the top left: 0 is white paper and 1
    is full ink. The labels are the digits themselves.

    Source: E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine
    Learning Repository, https://doi.org/10.24432/C50P49, licence CC BY 4.0.

    >>> data = digits()
    >>> data
    Dataset('digits': 1797 rows, 64 features, 10 classes)
    >>> for row in data.inputs[0].reshape(8, 8):
    ...     print("".join(" .:*#"[int(4 * ink)] for ink in row).rstrip())
      .*:
      **:*.
      *  ::
     .*  ::
     .:  ::
     .:  *.
      *.:*
      .*:
    """
    with files("tinygrad_edu.data").joinpath("digits.npz").open("rb") as file:
        archive = np.load(file, allow_pickle=False)
        pixels, labels = archive["pixels"], archive["labels"]
    return Dataset(
        inputs=pixels.astype(np.float32) / 16,  # the largest count of points in a block
        targets=labels,
        names=tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8)),
        classes=tuple("0123456789"),
        name="digits",
    )


def moons(n_samples: int = 100, noise: float = 0.1, rng: Rng = 0) -> Dataset:
    """Two half circles that hook into each other: no straight line parts the classes.

    Class 0 lies on (cos t, sin t) and class 1 on (1 - cos t, 1/2 - sin t), t from 0 to pi. The
    rows are shuffled. The geometry and the first two arguments are those of scikit-learn's
    `make_moons`, and the result unpacks as it does; the random draws differ.

    Args:
        n_samples: the number of rows, 2 or more; half of them, rounded down, are of class 0.
        noise: the standard deviation of the Gaussian noise added to each coordinate.
        rng: a generator, or an integer seed.

    Raises:
        TypeError: `n_samples` is not an integer, or `rng` is of another type.
        ValueError: `n_samples` is too small, or `noise` is negative or not finite.

    >>> X, y = moons(n_samples=100, noise=0.1)
    >>> X.shape, np.bincount(y)
    ((100, 2), array([50, 50]))
    """
    n_samples = count(n_samples, "n_samples", least=2)
    outer, inner = (np.linspace(0, np.pi, rows) for rows in (n_samples // 2, -(-n_samples // 2)))
    points = [
        np.column_stack([np.cos(outer), np.sin(outer)]),
        np.column_stack([1 - np.cos(inner), 0.5 - np.sin(inner)]),
    ]
    return _scattered(points, noise, rng, classes=("outer", "inner"), name="moons")


def spirals(n_samples: int = 300, classes: int = 3, noise: float = 0.02, turns: float = 1.0, rng: Rng = 0) -> Dataset:
    """Spiral arms around the origin, one a class: far from linear, and clear to the eye.

    Arm k runs from near the origin out to radius 1. At radius r it is at the angle
    2 pi (turns * r + k / classes). The rows are shuffled.

    Args:
        n_samples: the number of rows in all, at least one a class; shared out evenly.
        classes: the number of arms, 1 or more.
        noise: the standard deviation of the Gaussian noise added to each coordinate.
        turns: how often an arm goes round; negative turns clockwise.
        rng: a generator, or an integer seed.

    Raises:
        TypeError: `n_samples` or `classes` is not an integer, or `rng` is of another type.
        ValueError: a number is too small, or `noise` or `turns` is not finite.

    >>> X, y = spirals(n_samples=300, classes=3)
    >>> X.shape, np.bincount(y)
    ((300, 2), array([100, 100, 100]))
    """
    classes = count(classes, "classes", least=1)
    n_samples = count(n_samples, "n_samples", least=classes)
    if not np.isfinite(turns):
        raise ValueError(f"turns={turns} is not a finite number.")
    arms = []
    for arm in range(classes):
        rows = n_samples // classes + (arm < n_samples % classes)
        radius = np.arange(1, rows + 1) / rows  # not from 0, where all the arms would meet
        angle = 2 * np.pi * (turns * radius + arm / classes)
        arms.append(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]))
    names = tuple(f"arm {arm}" for arm in range(classes))
    return _scattered(arms, noise, rng, classes=names, name="spirals")


def xor() -> Dataset:
    """The four rows of exclusive or, the smallest task that one neuron cannot learn.

    Source: M. Minsky and S. Papert, Perceptrons, MIT Press, 1969.

    >>> X, y = xor()
    >>> X.tolist(), y.tolist()
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0])
    """
    inputs = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return Dataset(inputs, np.array([0, 1, 1, 0]), ("a", "b"), ("0", "1"), name="xor")


def _scattered(points: list[Array], noise: float, rng: Rng, classes: tuple[str, ...], name: str) -> Dataset:
    """Join the points of each class, add the noise, and shuffle the rows."""
    chance = generator(rng)
    inputs = np.concatenate(points)
    inputs += chance.normal(scale=deviation(noise, "noise"), size=inputs.shape)
    labels = np.repeat(np.arange(len(points)), [len(rows) for rows in points])
    order = chance.permutation(len(inputs))
    return Dataset(inputs[order], labels[order], ("x", "y"), classes, name)
