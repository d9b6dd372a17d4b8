"""Measure how often checkers accuse a correct rule and pass a broken one; print a summary, and write a page."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from time import perf_counter

from ..rivals import installed
from .contestant import CHECKERS, Outcome
from .measuring import Tally, everything
from .page import page, share

DRAWS, QUICK = 100, 4


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.checkers", description=__doc__)
    parser.add_argument("checkers", nargs="*", metavar="CHECKER", help=f"of {', '.join(c.name for c in CHECKERS)}")
    parser.add_argument("--draws", type=int, default=DRAWS, help="points for each specimen (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the generator of points (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} points for each specimen")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="how many at a time")
    parser.add_argument("--output", type=Path, metavar="FILE.md", help="write the page to this file")
    given = parser.parse_args()
    if unknown := set(given.checkers) - {c.name for c in CHECKERS}:
        parser.error(f"no checker is called {', '.join(sorted(unknown))}")
    chosen = [c for c in CHECKERS if c.name in (given.checkers or [c.name]) and installed(c.package)]
    draws = QUICK if given.quick else given.draws
    start, tallies = perf_counter(), []
    for found in everything(chosen, draws, given.seed, given.processes):
        print(summary(found), flush=True)
        tallies += found
    text = page(tallies, draws, given.seed, perf_counter() - start)
    if given.output:
        given.output.write_text(text, encoding="utf-8")
    return 0


def summary(tallies: list[Tally]) -> str:
    """What one checker got wrong, with the numbers of draws: `specimen.drawn(number)` is the point."""
    lines = [f"## {tallies[0].checker}"]
    for title, broken in (("false alarms", False), ("misses", True)):
        wrong, undecided, asked = share(t for t in tallies if t.broken is broken)
        lines.append(f"{title}: {wrong} of {asked}; undecided: {undecided}")
        own = [t for t in tallies if t.broken is broken]
        lines += [f"  {shown(t)}" for t in own if t.counts[t.missed] or t.counts[Outcome.UNDECIDED]]
    return "\n".join(lines) + "\n"


def shown(t: Tally) -> str:
    """A specimen that was not judged rightly everywhere."""
    at = f" (draws {', '.join(str(k) for k, _ in t.wrong)})" if t.wrong else ""
    return f"{t.specimen}: {t.counts[t.missed]} wrong{at}, {t.counts[Outcome.UNDECIDED]} undecided, of {t.asked}"


if __name__ == "__main__":
    sys.exit(main())
