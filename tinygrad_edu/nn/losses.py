"""Losses: how wrong a prediction is, as one number, the mean over all its elements or rows.

Shapes must agree exactly, because (n,) against (n, 1) would silently broadcast to (n, n).  Each loss
takes logits where it can, and stays finite for extreme ones.  Arguments are Values, arrays or numbers;
the result is a Value if one of them is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine import Value
from ..kinds import op, shape_of
from ..ops.arithmetic import square
from ..ops.checking import checked, ensured
from ..ops.comparison import equal, relu
from ..ops.elementary import exp, log, softplus
from ..ops.reduce import below_max, mean, softmax, sum_
from ..ops.shape import astype, reshape


def mse_loss(prediction: Any, target: Any) -> Any:
    """The mean of (prediction − target)² over all elements.

    >>> mse_loss(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    2.0

    Raises ValueError if the shapes differ or there are no elements.
    """
    prediction, target = alike(prediction, target)
    return number(mean(square(prediction - target)))


def cross_entropy(logits: Any, labels: Any) -> Any:
    """The mean over rows of −log softmax(logits)[label]: how surprising the right classes are, in nats.

    `logits` has the shape (n, classes), and `labels` holds n integers from 0 to classes − 1; or one
    row of shape (classes,) goes with one label.

    >>> round(cross_entropy(np.zeros((2, 4)), [0, 3]), 4)  # four equal chances: ln 4
    1.3863

    Raises TypeError if labels are not integers, ValueError if they are out of range, their number is
    not that of the rows, or there are none.
    """
    logits, labels = as_data(logits), as_data(labels)
    shape = shape_of(logits)
    check_labels(shape, labels)
    if len(shape) == 1:
        logits, labels = reshape(logits, shape=(1, -1)), reshape(labels, shape=(1,))
    right = equal(labels[:, None], np.arange(shape[-1]))
    return number(surprise(logits, right))


def check_labels(shape: tuple[int, ...], labels: Any) -> None:
    """Raise unless `labels` can belong to logits of that shape; see `cross_entropy`."""
    if labels.dtype.kind not in "iu":
        raise TypeError(
            f"labels are class numbers, of an integer dtype, not {labels.dtype}; use labels.astype(int), "
            "or labels.argmax(axis=-1) for one-hot rows"
        )
    if len(shape) not in (1, 2) or labels.shape != shape[:-1] or not labels.size:
        raise ValueError(
            f"logits of shape {shape} and labels of shape {labels.shape}; give logits of shape (n, classes) "
            "and n labels, n at least 1, or one row of shape (classes,) and one label"
        )


def binary_cross_entropy_with_logits(logits: Any, targets: Any) -> Any:
    """The mean of −t · log σ(x) − (1 − t) · log(1 − σ(x)) for logits x and targets t in [0, 1].

    Written as softplus(x) − t · x, which does not overflow (Goodfellow, Bengio & Courville 2016, section
    6.2.2.2).

    >>> binary_cross_entropy_with_logits(np.array([-1000.0, 1000.0]), np.array([0.0, 1.0]))
    0.0

    Raises ValueError if the shapes differ, there are no elements or a target is outside [0, 1].
    """
    logits, targets = alike(logits, targets)
    targets = ensured(probabilities, targets)
    return number(mean(softplus(logits) - targets * logits))


def probabilities(t: Any) -> None:
    """Raise unless all targets are in [0, 1]."""
    if not np.all((t >= 0) & (t <= 1)):
        raise ValueError("targets of a binary cross-entropy are probabilities in [0, 1]; some are outside")


def hinge_loss(scores: Any, targets: Any) -> Any:
    """The mean of max(0, 1 − t · s) for scores s and targets t, each −1 or +1 (Cortes & Vapnik 1995).

    >>> hinge_loss(np.array([2.0, 0.5]), np.array([1, -1]))
    0.75

    Raises ValueError if the shapes differ, there are no elements or a target is neither −1 nor +1.
    """
    scores, targets = alike(scores, targets)
    targets = ensured(signs, targets)
    return number(mean(relu(1.0 - targets * scores)))


def signs(t: Any) -> None:
    """Raise unless all targets are −1 or +1."""
    if not np.all(np.abs(t) == 1):
        raise ValueError("targets of a hinge loss are -1 or +1; for labels 0 and 1 use 2 * labels - 1")


# ---- cross-entropy as one operation ------------------------------------------------------------------


@op(
    lambda g, out, logits, right: (g * (1.0 / len(right))) * (softmax(logits) - right),
    None,
    name="cross_entropy",
    composite=True,
)
def surprise(logits: Any, right: Any) -> Any:
    """The mean over rows of −log softmax(logits) where the mask `right` is True, once in each row.

    One operation, since its gradient is as simple as that of any part of it: the predicted
    probabilities minus the right ones.  The check is in here so that a replay checks new labels too."""
    right = checked(right, check=one_in_each_row)
    below = below_max(logits, axis=-1)
    total = log(sum_(exp(below), axis=-1, keepdims=True))
    each = reshape(total, shape=(-1,)) - below[right]  # −log_softmax(logits), of what is right only
    # As an array to the end: a number on its own has the precision of its dtype here, and a float's in a program.
    return reshape(sum_(each, keepdims=True) / len(right), shape=())


def one_in_each_row(right: Any) -> None:
    """Raise unless one class is right in each row."""
    if np.count_nonzero(right) != len(right):
        row = int(np.argmin(right.any(axis=1)))
        raise ValueError(f"the label of row {row} is none of the class numbers from 0 to {right.shape[1] - 1}")


# ---- arguments ---------------------------------------------------------------------------------------


def as_data(x: Any) -> Any:
    """`x` as a Value or an array."""
    return x if type(x) is Value else np.asarray(x)


def alike(x: Any, y: Any) -> tuple[Any, Any]:
    """Predictions and targets as data of one shape; whole-number targets in the predictions' dtype."""
    x, y = as_data(x), as_data(y)
    if shape_of(x) != shape_of(y):
        raise ValueError(
            f"predictions of shape {shape_of(x)} and targets of shape {shape_of(y)} must have one shape; "
            "reshape one of them, for (n,) against (n, 1) would broadcast to (n, n)"
        )
    if 0 in shape_of(x):
        raise ValueError(f"predictions and targets of shape {shape_of(x)} hold nothing, so they have no mean")
    if y.dtype.kind in "biu" and x.dtype.kind == "f":
        y = astype(y, dtype=x.dtype)
    return x, y


def number(out: Any) -> Any:
    """A Value as it is, anything else as a Python float."""
    return out if type(out) is Value else float(out)
