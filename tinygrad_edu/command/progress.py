"""Progress of a training: a bar on a terminal, a line now and then anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

from ..training import History, Row, Score

LINES = 8
"""About how many lines a training prints where there is no terminal."""


@contextmanager
def progress(epochs: int) -> Iterator[Callable[[Row], None]]:
    """What `fit` calls after every epoch; the bar is taken down when the block ends."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda row: print_now_and_then(row, epochs)
        return
    with tqdm(total=epochs, unit="epoch", file=sys.stderr, dynamic_ncols=True) as bar:

        def advance(row: Row) -> None:
            bar.set_postfix_str(row_text(row), refresh=False)
            bar.update()

        yield advance


def print_now_and_then(row: Row, epochs: int) -> None:
    """A line for the first epoch, the last, and some between."""
    if row.epoch in (1, epochs) or row.epoch % -(-epochs // LINES) == 0:
        print(f"  epoch {row.epoch:>{len(str(epochs))}} of {epochs}   {row_text(row)}", flush=True)


def row_text(row: Row) -> str:
    """`training: loss 0.1234, 97.0 % right   test: …`."""
    test = "" if row.held_out is None else f"   test: {score_text(row.held_out)}"
    return f"training: {score_text(row.train)}{test}"


def score_text(score: Score) -> str:
    """`loss 0.1234, 97.0 % right`.

    >>> score_text(Score(0.25)), score_text(Score(0.25, 0.875))
    ('loss 0.25', 'loss 0.25, 87.5 % right')
    """
    return f"loss {score.loss:.4g}" + ("" if score.accuracy is None else f", {percent(score.accuracy)} right")


def step_text(history: History) -> str:
    """What a step took: `250 µs each: forward, backward and Adam`."""
    return f"{1e6 * history.seconds / history.steps:,.0f} µs each: forward, backward and Adam"


def percent(part: float) -> str:
    """A share as a percentage.

    >>> percent(0.9861)
    '98.6 %'
    """
    return f"{100 * part:.1f} %"


__all__ = ["percent", "progress", "row_text", "score_text", "step_text"]
