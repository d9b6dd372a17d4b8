"""The training loop: batches in, smaller losses out, and a history of how it went.

One step is: predict, measure the loss, go backward, let the optimiser move the parameters.  `fit`
repeats it and tells a callback after every epoch; nothing is printed here.  `Standardised` is a
network that takes and gives numbers in the units of the data, so a saved model can be used again.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from .checks import count
from .compiler import compile as compiled
from .data import Dataset, batches, column_scales
from .engine import Value
from .nn import MLP, Module
from .ops.checking import ensured
from .optim import Optimizer
from .state import State

Array = np.ndarray[Any, Any]
Loss = Callable[[Any, Any], Any]
Augment = Callable[[Array, np.random.Generator], Array]
Step = Callable[[Array, Array, float], None]

ACTIVATION = "tanh"
"""Between the layers of the networks that `python -m tinygrad_edu train` makes."""


# ---- how good a model is -------------------------------------------------------------------------


class Score(NamedTuple):
    """The mean loss of a model on some rows, and for classes the share that it gets right."""

    loss: float
    accuracy: float | None = None


def accuracy(logits: Any, labels: Any) -> float:
    """The share of rows, from 0 to 1, in which the largest logit is that of the right class.

    `logits` has shape (n, classes) and `labels` shape (n,).

    >>> accuracy([[2.0, 1.0], [0.0, 3.0], [1.0, 0.0]], [0, 1, 1]) == 2 / 3
    True

    Raises ValueError if the shapes do not go together or there are no rows.
    """
    logits, labels = np.asarray(bare(logits)), np.asarray(labels)
    if logits.ndim != 2 or labels.shape != logits.shape[:1] or not labels.size:
        raise ValueError(
            f"logits of shape {logits.shape} and labels of shape {labels.shape}; give logits of "
            "shape (n, classes) and n labels, n at least 1"
        )
    return float(np.mean(logits.argmax(axis=1) == labels))


def evaluate(model: Callable[[Any], Any], loss: Loss, data: Dataset, *, rows: int = 1024) -> Score:
    """The score of `model` on all of `data`, computed `rows` rows at a time to bound the memory.

    A model that is a `Module` is in the state for use meanwhile, as after `eval()`.

    >>> line = Dataset([[1.0], [2.0]], [[2.0], [5.0]])
    >>> evaluate(lambda x: 2.0 * x, lambda y, t: np.mean((y - t) ** 2), line)
    Score(loss=0.5, accuracy=None)
    """
    with in_use(model), np.errstate(over="ignore", invalid="ignore"):  # it may have diverged: the score tells
        outputs = np.concatenate([bare(model(part)) for (part,) in batches(data.inputs, rows, shuffle=False)])
        value = float(bare(loss(outputs, data.targets)))
    return Score(value, None if data.classes is None else accuracy(outputs, data.targets))


@contextmanager
def in_use(model: Callable[[Any], Any]) -> Iterator[None]:
    """A context in which no module of the model is being trained; afterwards each is as it was."""
    parts = [vars(module) for _, module in model.modules()] if isinstance(model, Module) else []
    before = [{name: part[name] for name in ("training",) if name in part} for part in parts]
    try:
        for part in parts:
            part["training"] = False
        yield
    finally:
        for part, training in zip(parts, before, strict=True):
            del part["training"]
            part.update(training)


def bare(x: Any) -> Any:
    """The data of a Value, or `x` itself."""
    return x.data if isinstance(x, Value) else x


# ---- how it went ---------------------------------------------------------------------------------


class Row(NamedTuple):
    """The scores of the network as it was after an epoch; None for what was not held out."""

    epoch: int
    train: Score
    held_out: Score | None = None


@dataclass
class History:
    """One row an epoch, and what the steps took in time (varying the inputs and evaluating are not counted)."""

    rows: list[Row] = field(default_factory=list)
    steps: int = 0
    seconds: float = 0.0

    def to_csv(self) -> str:
        """The rows as CSV text: losses, and accuracies from 0 to 1; empty columns are left out.

        >>> print(History([Row(1, Score(0.5, 0.75))]).to_csv(), end="")
        epoch,train_loss,train_accuracy
        1,0.5,0.75
        """
        names = [f"{part}_{score}" for part in ("train", "held_out") for score in Score._fields]
        table = [[*row.train, *(row.held_out or (None, None))] for row in self.rows]
        shown = [i for i in range(len(names)) if any(line[i] is not None for line in table)]
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["epoch", *(names[i] for i in shown)])
        writer.writerows([row.epoch, *(line[i] for i in shown)] for row, line in zip(self.rows, table, strict=True))
        return text.getvalue()


# ---- the loop ------------------------------------------------------------------------------------


def fit(
    model: Callable[[Any], Any],
    optimiser: Optimizer,
    loss: Loss,
    train: Dataset,
    *,
    epochs: int,
    batch_size: int,
    rng: np.random.Generator,
    held_out: Dataset | None = None,
    augment: Augment | None = None,
    report: Callable[[Row], None] | None = None,
    compile: bool = False,
) -> History:
    """Train `model` on `train` for `epochs` passes, and score it after each.

    `loss(model(inputs), targets)` is one number.  The learning rate falls linearly to 0 over the
    whole training, so that the last steps settle what the first ones found; it is put back at the
    end.  `augment(inputs, rng)` may vary the inputs of a batch.  `held_out` is scored and never
    learnt from.  `report` is told each row as it comes.  With `compile`, a whole step (forward, backward
    and update) is made a program that is replayed, which is faster and gives the same numbers; see
    `te.compile` for what the model and the loss may then do.

    >>> from tinygrad_edu import nn, optim
    >>> from tinygrad_edu.data import moons
    >>> model = nn.MLP([2, 16, 2], "tanh", rng=0)
    >>> history = fit(
    ...     model, optim.Adam(model.parameters(), lr=0.05), nn.cross_entropy, moons(),
    ...     epochs=100, batch_size=20, rng=np.random.default_rng(0),
    ... )
    >>> len(history.rows), history.steps, history.rows[-1].train.accuracy > 0.95
    (100, 500, True)

    Raises FloatingPointError when the loss or a gradient is no longer finite; ValueError or
    TypeError for no epochs, and as `batches` and `loss` do.
    """
    history, epochs = History(), count(epochs, "epochs", least=1)
    step = step_of(model, optimiser, loss)
    step = compiled(step) if compile else step
    loader = batches(train, batch_size, rng)
    rate, total = optimiser.lr, epochs * len(loader)
    try:
        for epoch in range(1, epochs + 1):
            for inputs, targets in loader:
                optimiser.lr = rate * (1.0 - history.steps / total)
                inputs = inputs if augment is None else augment(inputs, rng)
                start = perf_counter()
                with np.errstate(over="ignore", invalid="ignore"):  # the step tells, and better
                    step(inputs, targets, float(epoch))
                history.seconds += perf_counter() - start
                history.steps += 1
            # In parts as large as the batches: no more memory, and numbers that do not depend on
            # how a BLAS shares large products among cores, if those of the training do not.
            unseen = None if held_out is None else evaluate(model, loss, held_out, rows=batch_size)
            row = Row(epoch, evaluate(model, loss, train, rows=batch_size), unseen)
            refuse_nonfinite(row.train.loss, epoch)
            history.rows.append(row)
            if report is not None:
                report(row)
    finally:
        optimiser.lr = rate
    return history


def step_of(model: Callable[[Any], Any], optimiser: Optimizer, loss: Loss) -> Step:
    """One step of training as a function: predict, measure, go backward, move.

    The epoch is for messages, and a float, so that each is data to a compiled step."""

    def step(inputs: Array, targets: Array, epoch: float) -> None:
        optimiser.zero_grad()
        error = loss(model(inputs), targets)
        error = ensured(refuse_nonfinite, error, epoch)
        error.backward()
        optimiser.step()

    return step


def refuse_nonfinite(loss: float, epoch: float) -> None:
    """Raise if a loss is nan or infinite: no later step could mend that."""
    if not math.isfinite(loss):
        raise FloatingPointError(
            f"training diverged: the loss became {loss} in epoch {epoch:.0f}; use a smaller learning rate"
        )


# ---- a network in the units of the data ----------------------------------------------------------


class Scaling(Module):
    """Shift and scale: x ↦ (x − mean) / scale, column by column."""

    def __init__(self, mean: Array, scale: Array) -> None:
        self.mean, self.scale = mean, scale

    @classmethod
    def of(cls, values: Array) -> Scaling:
        """What `data.standardise` does to `values`, of shape (rows, columns)."""
        return cls(*column_scales(values))

    @classmethod
    def blank(cls, columns: int) -> Scaling:
        """One that changes nothing, to load another into."""
        return cls(np.zeros(columns), np.ones(columns))

    def apply(self, values: Array) -> Array:
        """(values − mean) / scale, in float32 for the network."""
        with np.errstate(over="ignore"):  # too large for float32 is infinite
            scaled: Array = ((values - self.mean) / self.scale).astype(np.float32)
        return scaled


class Standardised(Module):
    """A network with the units of the data around it.

    Inputs are shifted and scaled as the training rows were; for a regression the outputs are
    shifted and scaled back.  The four arrays are buffers, saved with the weights as `inputs.mean`,
    `inputs.scale`, `targets.mean` and `targets.scale`.

    >>> inputs, targets = np.array([[10.0], [30.0]]), np.array([[5.0], [7.0]])
    >>> model = Standardised(MLP([1, 4, 1], "tanh", rng=0), Scaling.of(inputs), Scaling.of(targets))
    >>> model(inputs).shape, sorted(model.state_dict())[:2]
    ((2, 1), ['inputs.mean', 'inputs.scale'])
    """

    def __init__(self, network: MLP, inputs: Scaling, targets: Scaling | None = None) -> None:
        self.inputs, self.targets, self.network = inputs, targets, network

    def forward(self, x: Any) -> Any:
        """Logits, or predictions in the units of the target, for rows in the units of the data."""
        out = self.network(self.inputs.apply(x))
        return out if self.targets is None else out * self.targets.scale + self.targets.mean


def restored(state: State, activation: str = ACTIVATION) -> Standardised:
    """The model that `python -m tinygrad_edu train` saved, from `te.load(path)`.

    `model(rows)` then takes rows in the units of the file it was trained on, with the columns in
    the same order and without the target.

    >>> inputs = np.array([[1.0, 2.0], [3.0, 5.0]])
    >>> model = Standardised(MLP([2, 8, 3], "tanh", rng=0), Scaling.of(inputs))
    >>> again = restored(model.state_dict())
    >>> np.array_equal(again(inputs).data, model(inputs).data)
    True

    Raises ValueError if the state is that of another kind of model.
    """
    names = [f"network.layers.{i}.weight" for i in range(len(state))]
    shapes = [np.shape(state[name]) for name in names if name in state]
    if not shapes or not {"inputs.mean", "inputs.scale"} <= state.keys():
        raise ValueError(f"this is no model saved by train: it holds {', '.join(state) or 'nothing'}")
    network = MLP([shapes[0][0], *(shape[-1] for shape in shapes)], activation, rng=0)
    targets = Scaling.blank(shapes[-1][-1]) if "targets.mean" in state else None
    return Standardised(network, Scaling.blank(shapes[0][0]), targets).load_state_dict(state)


__all__ = [
    "History",
    "Row",
    "Scaling",
    "Score",
    "Standardised",
    "accuracy",
    "evaluate",
    "fit",
    "restored",
]
