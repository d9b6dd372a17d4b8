"""The curves of a training as a picture: the same history gives the same bytes.

Matplotlib is used through its objects alone, without pyplot, so nothing global is changed.
"""

from __future__ import annotations

from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..training import History

STYLES = {
    "train": ("#0072b2", "-", "training"),
    "held_out": ("#d55e00", "--", "test, never learnt from"),
}
"""Colour, dash and name of each curve; the colours suit the colour-blind (Wong 2011)."""


def save_curves(history: History, path: Path, title: str) -> None:
    """Write the loss after each epoch, and the accuracy where there is one, as an SVG file."""
    shown = [name for name in ("loss", "accuracy") if getattr(history.rows[0].train, name) is not None]
    # Ids in the file depend on the picture alone; letters are shapes, the same on every machine.
    with rc_context({"svg.hashsalt": "tinygrad_edu", "svg.fonttype": "path"}):
        figure = Figure(figsize=(5.2 * len(shown), 3.8), layout="constrained")
        figure.suptitle(title)
        for i, name in enumerate(shown):
            axes = figure.add_subplot(1, len(shown), i + 1)
            plot(axes, history, name)
        figure.savefig(path, format="svg", metadata={"Date": None})


def plot(axes: Axes, history: History, name: str) -> None:
    """One score of the training part, and of the held-out part if there is one, over the epochs."""
    epochs = [row.epoch for row in history.rows]
    for part, (colour, dash, label) in STYLES.items():
        scores = [getattr(row, part) for row in history.rows]
        if scores[0] is not None:
            axes.plot(epochs, [getattr(score, name) for score in scores], dash, color=colour, label=label)
            axes.plot(epochs[-1:], [getattr(scores[-1], name)], "o", color=colour, markersize=4)
    if name == "loss":
        axes.set_yscale("log")
    axes.set_title(f"{name} after each epoch")
    axes.set_xlabel("epoch (a pass over the training rows)")
    axes.set_ylabel("mean loss a row, logarithmic" if name == "loss" else "share of rows that are right")
    axes.set_xlim(0, 1.03 * len(epochs))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)


__all__ = ["save_curves"]
