"""Ask every checker about every specimen, at the same points, each checker in a process of its own."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from importlib import import_module
from multiprocessing import get_context
from time import perf_counter

import numpy as np

from tinygrad_edu.testing.specimens import BROKEN, CORRECT, Specimen

from .contestant import Answer, Args, Asked, Checker, Outcome, Unfit

BROKEN_NAMES = frozenset(specimen.name for specimen in BROKEN)
SHOWN = 3
"""How many wrong answers of each are remembered."""


@dataclass
class Tally:
    """What a checker said of a specimen."""

    checker: str
    specimen: str
    counts: Counter[Outcome] = field(default_factory=Counter)
    unfit: str = ""  # why it was not asked
    wrong: list[tuple[int, str]] = field(default_factory=list)  # numbers of draws, and the checker's words
    seconds: float = 0.0

    @property
    def broken(self) -> bool:
        """Whether the specimen is."""
        return self.specimen in BROKEN_NAMES

    @property
    def asked(self) -> int:
        """At how many points."""
        return self.counts.total()

    @property
    def missed(self) -> Outcome:
        """The outcome that is wrong."""
        return Outcome.PASSED if self.broken else Outcome.ACCUSED


def everything(checkers: Sequence[Checker], draws: int, seed: int, processes: int) -> Iterator[list[Tally]]:
    """The tallies of each checker, all specimens in a fresh process."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        yield from pool.map(of_checker, checkers, [draws] * len(checkers), [seed] * len(checkers))


def of_checker(checker: Checker, draws: int, seed: int) -> list[Tally]:
    """One checker, every specimen."""
    return [of_specimen(checker, specimen, draws, seed) for specimen in (*BROKEN, *CORRECT)]


def of_specimen(checker: Checker, specimen: Specimen, draws: int, seed: int) -> Tally:
    """One checker, one specimen.  Functions are asked outside of their domain, which is nothing to warn about."""
    tally = Tally(checker.name, specimen.name)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ask = import_module(f".{checker.module}", __package__).asked(specimen, *checker.options)
        except Unfit as reason:
            tally.unfit = str(reason)
            return tally
        for k in range(draws):
            args = specimen.drawn(k, seed)
            np.random.seed(k)  # autograd draws its directions from this generator
            start = perf_counter()
            answer = guarded(ask, args)
            tally.seconds += perf_counter() - start
            note(tally, k, answer)
    return tally


def guarded(ask: Asked, args: Args) -> Answer:
    """The answer.  Whatever is raised instead counts as an accusation: the user sees a failing test."""
    try:
        return ask(args)
    except Exception as error:
        return Answer(Outcome.ACCUSED, f"{type(error).__name__}: {error}")


def note(tally: Tally, k: int, answer: Answer) -> None:
    """Count an answer."""
    tally.counts[answer.outcome] += 1
    if answer.outcome == tally.missed and len(tally.wrong) < SHOWN:
        tally.wrong.append((k, answer.words))
