"""`train DATA`: a network for a data set of the user's own, from the rows to a saved model.

The network sees columns of mean 0 and deviation 1.  What that took is saved with its weights, so
the saved model takes rows as they are in the file: see `training.restored`.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from .. import nn, optim
from ..data import Dataset, load
from ..nn.module import counts
from ..saving import save
from ..training import ACTIVATION, History, Scaling, Score, Standardised, fit
from .errors import UserError, as_user_error
from .output import staged
from .progress import percent, progress, step_text
from .report import save_curves

FILES = ("loss.svg", "history.csv", "model.safetensors", "model.json")

STEPS = 2000  # about as many are made if --epochs is not given,
LEAST_EPOCHS, MOST_EPOCHS = 10, 500  # within these bounds
TEST_SHARE = 0.2
FEW = 10  # rows: of fewer, none is held out unless --test-share is given
MOST_PARAMETERS = 50_000_000  # 200 MB; with the gradient and what Adam keeps, 800 MB

NOTHING_LEARNT = "So it knows no more than that guess: try another --lr, more --epochs, or more rows."


def run(arguments: argparse.Namespace) -> None:
    """Carry out `python -m tinygrad_edu train`."""
    with as_user_error(OSError, ValueError):
        data = load(
            arguments.data, arguments.target,
            task=arguments.task, ignore=arguments.ignore, delimiter=arguments.delimiter,
        )  # fmt: skip
    refuse_hopeless(data, arguments)
    refuse_to_overwrite(arguments)
    for_split, for_weights, for_order = np.random.default_rng(arguments.seed).spawn(3)
    train, test = parts(data, arguments, for_split)
    with as_user_error(ValueError, MemoryError):
        model = model_for(train, arguments.hidden, for_weights)
        train_scaled = scaled(train, model)
        test_scaled = None if test is None else scaled(test, model)
    with staged(arguments.out, FILES) as folder:
        describe(data, train, test, model)
        history = learn(model, train_scaled, test_scaled, arguments, for_order)
        show_result(data, model, train_scaled, test_scaled, history)
        save_curves(history, folder / "loss.svg", f"Learning {data.name}")
        (folder / "history.csv").write_text(history.to_csv(), encoding="utf-8", newline="")
        (folder / "model.json").write_text(legend(data, arguments.target), encoding="utf-8", newline="")
        save(folder / "model.safetensors", model)
    show_files(arguments.out)


# ---- the data ------------------------------------------------------------------------------------


def refuse_hopeless(data: Dataset, arguments: argparse.Namespace) -> None:
    """Raise where there is nothing to learn, or more to learn than fits into memory."""
    if bool((data.targets == data.targets[0]).all()):
        raise UserError(f"the target of {data.name} is the same in every row, so there is nothing to learn")
    sizes = sizes_for(data, arguments.hidden)
    weights = sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(sizes))
    if weights > MOST_PARAMETERS:
        raise UserError(f"this network would have {weights:,} parameters, above {MOST_PARAMETERS:,}; use less --hidden")


def refuse_to_overwrite(arguments: argparse.Namespace) -> None:
    """Raise if the data are in one of the files that will be written."""
    source = Path(arguments.data).resolve()
    if source in [(arguments.out / name).resolve() for name in FILES] and source.exists():
        raise UserError(f"{arguments.data} would be overwritten; choose another --out")


def parts(data: Dataset, arguments: argparse.Namespace, rng: np.random.Generator) -> tuple[Dataset, Dataset | None]:
    """The rows to learn from, and those held out, if any."""
    share = arguments.test_share
    if share is None:
        share = 0.0 if len(data) < FEW else TEST_SHARE
    return data.split(1.0 - share, rng=rng) if share else (data, None)


def sizes_for(data: Dataset, hidden: tuple[int, ...]) -> list[int]:
    """The layers: the columns, the hidden ones, and a logit a class or the number to predict."""
    return [len(data.names), *hidden, 1 if data.classes is None else len(data.classes)]


def model_for(train: Dataset, hidden: tuple[int, ...], rng: np.random.Generator) -> Standardised:
    """An untrained network that knows the units of the training rows."""
    network = nn.MLP(sizes_for(train, hidden), ACTIVATION, rng=rng)
    return Standardised(network, Scaling.of(train.inputs), Scaling.of(column(train)) if train.classes is None else None)


def scaled(data: Dataset, model: Standardised) -> Dataset:
    """The rows as the network sees them; the targets of a regression too."""
    inputs = model.inputs.apply(data.inputs)
    if model.targets is None:
        return replace(data, inputs=inputs)
    return replace(data, inputs=inputs, targets=model.targets.apply(column(data)))


def column(data: Dataset) -> np.ndarray[tuple[int, ...], np.dtype[np.floating]]:
    """The targets of a regression in the shape of the network's outputs, (rows, 1)."""
    return data.targets.reshape(len(data), -1)


# ---- training ------------------------------------------------------------------------------------


def learn(
    model: Standardised,
    train: Dataset,
    test: Dataset | None,
    arguments: argparse.Namespace,
    rng: np.random.Generator,
) -> History:
    """Train the network on scaled rows."""
    steps = math.ceil(len(train) / arguments.batch_size)
    epochs = arguments.epochs or min(max(math.ceil(STEPS / steps), LEAST_EPOCHS), MOST_EPOCHS)
    optimiser = optim.Adam(model.network.parameters(), lr=arguments.lr)
    loss = nn.mse_loss if train.classes is None else nn.cross_entropy
    try:
        with progress(epochs) as report:
            history = fit(
                model.network, optimiser, loss, train,
                epochs=epochs, batch_size=arguments.batch_size, rng=rng,
                held_out=test, report=report, compile=True,
            )  # fmt: skip
    except FloatingPointError as error:
        raise UserError(f"{error} (--lr was {arguments.lr:g}; nothing was written)") from error
    except MemoryError as error:
        raise UserError("there is not enough memory; use less --hidden or a smaller --batch-size") from error
    print(f"{history.steps:,} steps, {step_text(history)}")
    return history


# ---- words ---------------------------------------------------------------------------------------


def describe(data: Dataset, train: Dataset, test: Dataset | None, model: Standardised) -> None:
    """Print what is learnt, from what, by what."""
    task = "a number to predict"
    if data.classes is not None:
        task = f"{len(data.classes)} classes: {listed(data.classes)}"
    kept = "none" if test is None else f"{len(test):,}"
    print(f"{data.name}: {len(data):,} rows of {listed(data.names)}; {task}")
    print(f"{len(train):,} rows to learn from, {kept} held out for a test")
    print(f"{model.network.describe()}: {counts(model.network)}", flush=True)


def listed(names: tuple[str, ...], most: int = 6) -> str:
    """The names, of a long list only the first and the number.

    >>> listed(tuple("abcdefgh"))
    'a, b, c, d, e, f, … (8)'
    """
    return ", ".join(names[:most]) + (f", … ({len(names)})" if len(names) > most else "")


def show_result(data: Dataset, model: Standardised, train: Dataset, test: Dataset | None, history: History) -> None:
    """Print how good the network is, against the best guess that does not look at the row."""
    last = history.rows[-1]
    rows, score, where = train, last.train, "the rows it learnt from"
    if test is not None and last.held_out is not None:
        rows, score, where = test, last.held_out, "the test rows, which it has never seen"
    if data.classes is None:
        show_error(model, rows, score, where)
        return
    commonest = np.bincount(train.targets).argmax()
    guess = float(np.mean(rows.targets == commonest))
    right = round((score.accuracy or 0.0) * len(rows))
    print(f"Right in {percent(score.accuracy or 0.0)} of {where}: {right} of {len(rows)}")
    print(f"(always guessing {data.classes[commonest]!r} would be right in {percent(guess)})")
    if (score.accuracy or 0.0) <= guess:
        print(NOTHING_LEARNT)


def show_error(model: Standardised, rows: Dataset, score: Score, where: str) -> None:
    """Print the root mean square error of a regression in the units of the target."""
    unit = 1.0 if model.targets is None else float(model.targets.scale[0])
    guess = float(np.sqrt(np.mean(np.square(rows.targets, dtype=np.float64))))
    print(f"Off by {math.sqrt(score.loss) * unit:.4g} (root mean square) on {where}")
    print(f"(always guessing the mean would be off by {guess * unit:.4g})")
    if math.sqrt(score.loss) >= guess:
        print(NOTHING_LEARNT)


def legend(data: Dataset, target: str | None) -> str:
    """What the numbers in the saved model stand for, as JSON."""
    told = {
        "data": data.name,
        "inputs": data.names,
        "target": target,
        "classes": data.classes,
        "activation": ACTIVATION,
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def show_files(folder: Path) -> None:
    """Print where everything is, and how to use the model again."""
    print(f"""
Written to {folder.resolve()}
  loss.svg           open this first, in a browser: how the loss fell
  history.csv        the same as numbers
  model.safetensors  the network, with the means and deviations of its columns
  model.json         the names of the columns, and of the classes, in the network's order
To use it again, in Python:
  import tinygrad_edu as te
  from tinygrad_edu.training import restored
  model = restored(te.load({str(folder / "model.safetensors")!r}))
  model(rows)  # rows of such columns, as they are in the file""")


__all__ = ["run"]
