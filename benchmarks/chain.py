"""A long chain of scalar operations: does the time of an operation stay the same, and what is kept?

`y = y * a + b`, again and again, then `backward`: ten thousand operations and a million.  The longer
chain does not fit the processor's caches, and Python's cyclic garbage collector looks through it again
and again as it grows; with the collector off, too, so that one can tell the two apart.  The result and
both gradients are checked against a plain Python loop over floats, with its derivative by hand.

The memory of the record is what `tracemalloc` counts as allocated by the forward pass and still held.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from tinygrad_edu import Value

from .harness import OURS, Figure, Report, Row, measured, ratio_of

SHORT, LONG = 10_000, 1_000_000
TIME_BAR = 1.5  # an operation of the long chain against one of the short
BYTES_BAR = 500.0
START, FACTOR, TERM = 0.5, 0.999, 0.001


def forward(operations: int) -> tuple[Value, Value, Value]:
    """The result of the chain, and its two parameters."""
    y, a, b = Value(START), Value(FACTOR), Value(TERM)
    for _ in range(operations // 2):
        y = y * a + b
    return y, a, b


def forward_and_backward(operations: int) -> tuple[float, float, float]:
    """The result and its derivatives in the two parameters."""
    y, a, b = forward(operations)
    y.backward()
    return y.data, a.grad, b.grad


def by_hand(operations: int) -> tuple[float, float, float]:
    """The same, in floats: the derivatives of y·a + b follow y."""
    y, da, db = START, 0.0, 0.0
    for _ in range(operations // 2):
        y, da, db = y * FACTOR + TERM, da * FACTOR + y, db * FACTOR + 1.0
    return y, da, db


def bytes_an_operation(operations: int) -> float:
    """What the record of the chain holds."""
    gc.collect()
    tracemalloc.start()
    kept = forward(operations)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return held / operations


def without_collector(program: Callable[[], Any]) -> None:
    """Run with Python's cyclic garbage collector off: a record has no cycles, so nothing piles up."""
    gc.disable()
    try:
        program()
    finally:
        gc.enable()


def add_rows(
    report: Report,
    how: str,
    lengths: Sequence[int],
    programs: Sequence[Callable[[], Any]],
    rounds: int,
    bar: float | None,
) -> None:
    """A row for each length, and the ratio of the longer to the shorter."""
    times = measured({f"{n:,} operations{how}": p for n, p in zip(lengths, programs, strict=True)}, rounds)
    short, long = ([t / n for t in taken] for n, taken in zip(lengths, times.values(), strict=True))
    first, second = times
    report.rows += [
        Row(first, OURS, [t * 1e9 for t in short], "ns"),
        Row(second, OURS, [t * 1e9 for t in long], "ns", {"long ÷ short": Figure(ratio_of(long, short), bar)}),
    ]


def run(quick: bool) -> Report:
    long = 10 * SHORT if quick else LONG
    report = Report(
        title=f"A chain of {SHORT:,} and of {long:,} scalar operations",
        about="Forward and backward, time an operation; the ratio is that of the long chain to the short. "
        "Then the memory that the record holds, an operation.",
    )
    lengths = (SHORT, long)
    rounds = 2 if quick else 9
    for n in lengths:
        report.check(f"{n:,} operations: y, ∂y/∂a, ∂y/∂b", {OURS: forward_and_backward(n), "by hand": by_hand(n)})
    programs = [partial(forward_and_backward, n) for n in lengths]
    add_rows(report, "", lengths, programs, rounds, TIME_BAR)
    add_rows(report, ", collector off", lengths, [partial(without_collector, p) for p in programs], rounds, None)
    for n in lengths:
        held = bytes_an_operation(n)
        report.rows.append(Row(f"record of {n:,}", OURS, [held], "bytes", {"held": Figure(held, BYTES_BAR)}))
    return report
