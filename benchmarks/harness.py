"""How contestants are timed and compared: in rounds, in turns, and only after they agree.

A noisy machine slows everybody down for a while.  So the contestants take turns (A B C A B C …), the
ratio of two of them is taken within each round, and the median over the rounds is reported.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

OURS, COMPILED = "tinygrad_edu", "tinygrad_edu, compiled"
"""This library among the contestants: as it runs, and with `te.compile`."""

COMPARED = {OURS: f"{OURS} ÷ this", COMPILED: "compiled ÷ this"}
"""Whose times are divided by everybody else's, and the column with those ratios."""

Bars = Mapping[str, Mapping[str, float]]
"""For each of `COMPARED`, what its ratio to some rivals should not exceed."""

TOLERANCE = 1e-4
"""How far the results of two engines may be apart, relative to the larger of them and 1."""

UNITS = {"ms": 1e3, "µs": 1e6, "ns": 1e9}
"""How many of them make a second."""


class Figure(NamedTuple):
    """A number with a bar: what it should not exceed."""

    value: float
    bar: float | None = None

    @property
    def met(self) -> bool:
        """Whether it is within the bar."""
        return self.bar is None or self.value <= self.bar


@dataclass
class Row:
    """One contestant in one case: its samples, and figures under the names of their columns."""

    case: str
    who: str
    samples: list[float]  # one a round
    unit: str
    figures: dict[str, Figure] = field(default_factory=dict)


@dataclass
class Report:
    """What a workload found out."""

    title: str
    about: str  # what is compared, in a sentence or two
    rows: list[Row] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)  # each engine's result, as text
    disagreements: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)  # rivals that are not installed

    def check(self, case: str, results: Mapping[str, Any], tolerance: float = TOLERANCE) -> None:
        """Note everybody's result, and who differs from the first of them."""
        first, *others = results
        for who in others:
            if apart(results[first], results[who]) > tolerance:
                self.disagreements.append(
                    f"{case}: {who} differs from {first}: {results[who]} against {results[first]}"
                )
        self.checks.append(f"{case}: " + ", ".join(f"{who} {shown(found)}" for who, found in results.items()))

    def add(self, case: str, times: Mapping[str, Sequence[float]], unit: str, bars: Bars | None = None) -> None:
        """A row for each contestant, from its times in seconds (or whatever it is, if `unit` is none of
        `UNITS`), with its ratios."""
        for who, taken in times.items():
            samples = [t * UNITS.get(unit, 1.0) for t in taken]
            self.rows.append(Row(case, who, samples, unit, ratios(who, times, bars or {})))


def ratios(who: str, times: Mapping[str, Sequence[float]], bars: Bars) -> dict[str, Figure]:
    """How this library's contestants compare with `who`."""
    return {
        column: Figure(ratio_of(times[ours], times[who]), bars.get(ours, {}).get(who))
        for ours, column in COMPARED.items()
        if ours in times and ours != who and (who, ours) != (COMPILED, OURS)
    }


def apart(a: Any, b: Any) -> float:
    """The largest difference of two results, relative to their size where that is above 1."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        return math.inf
    difference = np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), 1.0)
    return float(np.max(difference, initial=0.0)) if np.all(np.isfinite(difference)) else math.inf


def shown(found: Any) -> str:
    """A result in a line: a number, or the first and last element of an array."""
    numbers = np.ravel(np.asarray(found, dtype=float))
    return " … ".join(f"{x:.7g}" for x in (numbers if numbers.size == 1 else numbers[[0, -1]]))


def ratio_of(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median over the rounds of ours ÷ theirs."""
    return median(a / b for a, b in zip(ours, theirs, strict=True))


def measured(contestants: Mapping[str, Callable[[], Any]], rounds: int, sample: float = 0.01) -> dict[str, list[float]]:
    """Seconds a call of each contestant, one figure a round.

    A figure is the mean over as many calls as take about `sample` seconds."""
    return in_turns({who: partial(timed, run, calls_in(run, sample)) for who, run in contestants.items()}, rounds)


def in_turns(samples: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """One sample of each, round after round."""
    times: dict[str, list[float]] = {who: [] for who in samples}
    for _ in range(rounds):
        for who, sample in samples.items():
            times[who].append(sample())
    return times


def timed(run: Callable[[], Any], calls: int) -> float:
    """The mean time of `calls` calls, in seconds.

    Garbage is collected before, so nobody pays for another's; the collector itself stays on, as users
    have it."""
    gc.collect()
    start = perf_counter()
    for _ in range(calls):
        run()
    return (perf_counter() - start) / calls


def calls_in(run: Callable[[], Any], sample: float) -> int:
    """How many calls of `run` take about `sample` seconds; it also warms up."""
    run()
    calls = 1
    while calls * (each := timed(run, calls)) < sample / 2:
        calls *= 2
    return max(1, round(sample / each))
