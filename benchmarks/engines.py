"""Engines as contestants: what each needs, how its program is made, and the contest itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from .apart import Apart, all_apart, measured_apart
from .harness import Bars, Report
from .rivals import installed


class Engine(NamedTuple):
    """The package that an engine needs, the function that makes its program, and what that is told."""

    package: str
    make: str
    arguments: tuple[Any, ...] = ()


Engines = Mapping[str, Engine]


def present(engines: Engines, report: Report) -> dict[str, Engine]:
    """Those whose package is installed; the others are noted as missing."""
    absent = {engine.package for engine in engines.values() if not installed(engine.package)}
    report.missing += sorted(absent - set(report.missing))
    return {who: engine for who, engine in engines.items() if engine.package not in absent}


@contextmanager
def contest(
    report: Report,
    case: str,
    engines: Engines,
    question: Callable[[Any], Any],
    unchecked: Collection[str] = (),
) -> Iterator[dict[str, Apart]]:
    """A process for each engine that is present, once they all agree about `question(their program)`.

    Those `unchecked` compute something else, and are not asked."""
    makers = {who: (engine.make, *engine.arguments) for who, engine in present(engines, report).items()}
    with all_apart(makers) as processes:
        report.check(case, {who: p.ask(question) for who, p in processes.items() if who not in unchecked})
        yield processes


def compete(
    report: Report,
    case: str,
    processes: Mapping[str, Apart],
    unit: str,
    bars: Bars,
    rounds: int,
    sample: float = 0.01,
) -> dict[str, list[float]]:
    """Time them all, in turns, and put the rows into the report; the times are in seconds."""
    times = measured_apart(processes, rounds, sample)
    report.add(case, times, unit, bars)
    return times
