"""The demo: a neuron in a picture, a network that reads digits, and a check of its gradient.

How the settings were chosen: by the accuracy on a validation part (a fifth of the training digits)
over 24 seeds, and never on test digits.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from .. import __version__, nn, optim
from ..compiler import compile
from ..data import Dataset, digits
from ..engine import Value
from ..graph import steps
from ..nn.module import counts
from ..picture import draw
from ..saving import save
from ..training import Array, History, evaluate, fit, step_of
from .errors import as_user_error
from .gradient_check import gradient_check
from .output import staged
from .progress import percent, progress, step_text
from .report import save_curves

FILES = ("neuron.svg", "loss.svg", "history.csv", "model.safetensors")

SIZES = (64, 128, 64, 10)  # pixels, two hidden layers, digits
ACTIVATION = "silu"  # smooth, so the gradient can be checked anywhere
LEARNING_RATE = 0.005
BATCH_SIZE = 32
TRAIN_SHARE = 0.8
SHIFT = 0.5  # pixels
NOISE = 0.1  # where 1 is full ink
TIMED = 50  # steps, each in both ways


def run(arguments: argparse.Namespace) -> None:
    """Carry out `python -m tinygrad_edu demo`."""
    with staged(arguments.out, FILES) as folder:
        print(f"tinygrad_edu {__version__}: a network learns to read handwritten digits\n")
        show_neuron(folder / "neuron.svg")
        chance = np.random.default_rng(arguments.seed)
        for_split, for_weights, for_order, for_check = chance.spawn(4)
        train, test = digits().split(TRAIN_SHARE, rng=for_split)
        model = nn.MLP(SIZES, ACTIVATION, rng=for_weights)
        history = learn(model, train, test, arguments.epochs, for_order)
        show_accuracy(model, test)
        show_check(model, train, for_check)
        save_curves(history, folder / "loss.svg", "Learning to read handwritten digits")
        (folder / "history.csv").write_text(history.to_csv(), encoding="utf-8", newline="")
        save(folder / "model.safetensors", model)
    show_files(arguments.out)


# ---- 1: one neuron -------------------------------------------------------------------------------


def neuron() -> Value:
    """tanh(w1·x1 + w2·x2 + b) with numbers in it, after its backward pass."""
    x1, x2 = Value(0.5, label="x1"), Value(-1.0, label="x2")
    w1 = Value(0.8, label="w1", role="parameter")
    w2 = Value(0.3, label="w2", role="parameter")
    b = Value(0.1, label="b", role="parameter")
    p = w1 * x1
    p.label = "p"
    q = w2 * x2
    q.label = "q"
    n = p + q + b
    n.label = "n"
    out = n.tanh()
    out.label = "out"
    out.backward()
    return out


def show_neuron(path: Path) -> None:
    """Draw the neuron, and print the chain rule on the way from its output to a weight."""
    out = neuron()
    with as_user_error(RuntimeError, TimeoutError):  # no program to lay it out, or a slow one
        draw(out).save(path)
    told = steps(out)
    lines = [told.line(event) for event in told if event.target.label in ("n", "w1")]
    print("1. The chain rule, on one neuron: out = tanh(n), n = p + q + b, p = w1·x1, q = w2·x2")
    print("   A gradient is the one before it times a local derivative, added to what is there:")
    print("".join(f"     {line}\n" for line in lines))


# ---- 2 and 3: a network --------------------------------------------------------------------------


def learn(model: nn.MLP, train: Dataset, test: Dataset, epochs: int, rng: np.random.Generator) -> History:
    """Train the model, saying what is learnt from what and how long a step takes."""
    print(f"2. Training on {len(train):,} digits of 8 by 8 pixels; {len(test):,} more are kept for the test")
    print(f"   {model.describe()}: {counts(model)}", flush=True)
    optimiser = optim.Adam(model.parameters(), lr=LEARNING_RATE)
    with progress(epochs) as report:
        history = fit(
            model, optimiser, nn.cross_entropy, train,
            epochs=epochs, batch_size=BATCH_SIZE, rng=rng,
            held_out=test, augment=varied, report=report, compile=True,
        )  # fmt: skip
    print(f"   {history.steps:,} steps of {BATCH_SIZE} digits, {step_text(history)}")
    show_speed(model, train)
    return history


def show_speed(model: nn.MLP, train: Dataset) -> None:
    """Time a step of a copy of the network: as Python runs it, and as the program that is made of it."""
    twin = nn.MLP(SIZES, ACTIVATION, rng=0).load_state_dict(model.state_dict())
    step = step_of(twin, optim.Adam(twin.parameters(), lr=LEARNING_RATE), nn.cross_entropy)
    batch = train.inputs[:BATCH_SIZE], train.targets[:BATCH_SIZE], 1.0
    program = compile(step)
    making = seconds(lambda: program(*batch))
    rounds = [(seconds(lambda: step(*batch)), seconds(lambda: program(*batch))) for _ in range(TIMED)]
    eager, compiled = np.median(rounds, axis=0)
    print(f"   Each was a program of NumPy calls, which te.compile made from one step in {1e3 * making:.0f} ms.")
    print(f"   Timed alone, it takes {1e6 * compiled:,.0f} µs; the same step not compiled takes {1e6 * eager:,.0f} µs:")
    print(f"   {eager / compiled:.1f} times as long\n")


def seconds(run: Callable[[], Any]) -> float:
    """How long something takes."""
    start = perf_counter()
    run()
    return perf_counter() - start


def varied(images: Array, rng: np.random.Generator) -> Array:
    """The images moved by up to half a pixel, with some noise: no image is seen twice.

    A shift by a part of a pixel mixes each pixel with its neighbour.

    >>> varied(np.zeros((32, 64), np.float32), np.random.default_rng(0)).dtype
    dtype('float32')
    """
    grid = images.reshape(-1, 8, 8)
    for axis in (1, 2):
        shift = rng.uniform(-SHIFT, SHIFT, (len(grid), 1, 1)).astype(np.float32)
        neighbour = np.where(shift > 0, moved(grid, 1, axis), moved(grid, -1, axis))
        grid = (1 - abs(shift)) * grid + abs(shift) * neighbour
    return grid.reshape(images.shape) + NOISE * rng.standard_normal(images.shape, dtype=np.float32)


def moved(grid: Array, by: int, axis: int) -> Array:
    """The images moved by one pixel; what leaves at one edge does not come back at the other."""
    whole = np.roll(grid, by, axis)
    edge: list[slice | int] = [slice(None)] * grid.ndim
    edge[axis] = 0 if by > 0 else -1
    whole[tuple(edge)] = 0.0
    return whole


def show_accuracy(model: nn.MLP, test: Dataset) -> None:
    """Print the accuracy on the test digits."""
    share = evaluate(model, nn.cross_entropy, test).accuracy or 0.0
    right = round(share * len(test))
    print(f"3. Test accuracy {percent(share)}: {right} of {len(test)} digits never seen before\n")


# ---- 4: the gradient -----------------------------------------------------------------------------


def show_check(model: nn.MLP, train: Dataset, rng: np.random.Generator) -> None:
    """Compare the trained network's gradient with differences of its loss, in float64."""
    twin = nn.MLP(SIZES, ACTIVATION, rng=0, dtype=np.float64).load_state_dict(model.state_dict())
    images, labels = train.inputs[:BATCH_SIZE], train.targets[:BATCH_SIZE]
    inputs = varied(images, rng).astype(np.float64)
    found = gradient_check(lambda: nn.cross_entropy(twin(inputs), labels), twin.parameters(), rng)
    agree = math.floor(-math.log10(max(found.worst, 1e-15)))
    print("4. Is its gradient right? Compared, in float64, with differences of the loss of")
    print(f"   {BATCH_SIZE} digits, along {found.directions} random directions and for {found.weights} single weights:")
    print(f"   largest relative error {found.worst:.1e}. ", end="")
    if found.worst < 1e-5:
        print(f"They agree to {agree} digits or more; a wrong rule would differ in the first.\n")
    else:
        print("That is too much: some derivative is wrong. Please report it.\n")


# ---- 5: the files --------------------------------------------------------------------------------


def show_files(folder: Path) -> None:
    """Print where everything is and what to look at first."""
    model = f"nn.MLP({list(SIZES)}, {ACTIVATION!r}, rng=0)"
    print(f"""5. Written to {folder.resolve()}
   neuron.svg         open this first, in a browser: the neuron of 1. with every value, every
                      gradient, and the local derivatives on the lines between them
   loss.svg           loss and accuracy of training and test digits, epoch by epoch
   history.csv        the same as numbers
   model.safetensors  the network: te.load(path, into={model})""")


__all__ = ["run"]
