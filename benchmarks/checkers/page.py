"""What a measurement looks like on paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tinygrad_edu.testing.specimens import BROKEN, CORRECT, Specimen

from ..tables import machine
from .contestant import CHECKERS, Checker, Outcome
from .measuring import Tally

INTRODUCTION = """\
# How often checkers of gradients are right

Specimens are functions with a rule for their gradient whose answer is known: {broken} are broken and {correct} are
correct (`te.testing.specimens`). The correct ones are chosen because they are hard on differences of values, and the
broken ones because people write such bugs. So a rate below is no rate of everyday use. It says how a checker fares
with these cases, and the tables by family say where it stumbles.

One thing speaks for the checker of this package: specimens and checker were written side by side, and where it erred
it was mended. Nobody mended the others, and some promise less: PyTorch's is documented for double precision only.

Every checker is asked about the same {points} points: {draws} for each specimen, from a generator with the seed
{seed}."""

COUNTING = """\
## What counts as what

- *False alarm*: a correct rule is accused. *Miss*: a broken rule passes.
- Whatever a checker raises counts as an accusation, its own error or another: the user sees a failing test. Of a broken
  rule that is a find.
- *Undecided* is neither: only the checker of this package says so. It is right to say so where the function itself is
  too rough to tell, or where a slope at a kink is a matter of convention. Such a rule has not been confirmed.
- *Not asked*: the checker is not made for such a function, and no point is counted. The reasons are below.
- A checker is asked for second derivatives and for forward mode where the specimen claims any.
- Where an engine makes a fault good by itself, its checker is not asked about it.
- Times are of one call, on one core, with the specimen wrapped for the engine beforehand; they are rough.

To measure again: `python -m pip install -e ".[bench,test]"`, then
`python -m benchmarks.checkers --output docs/testing-rates.md`."""


class Share(NamedTuple):
    """Of all answers, those that are wrong, and those that are none."""

    wrong: int
    undecided: int
    asked: int


def share(tallies: Iterable[Tally]) -> Share:
    """Summed up."""
    found = [(t.counts[t.missed], t.counts[Outcome.UNDECIDED], t.asked) for t in tallies]
    return Share(*(sum(column) for column in zip(*found, strict=True))) if found else Share(0, 0, 0)


def page(tallies: Sequence[Tally], draws: int, seed: int, seconds: float) -> str:
    """The whole page, in Markdown."""
    checkers = [checker for checker in CHECKERS if any(t.checker == checker.name for t in tallies)]
    count = len(BROKEN) + len(CORRECT)
    parts = [
        INTRODUCTION.format(
            broken=len(BROKEN), correct=len(CORRECT), draws=draws, points=f"{count * draws:,}", seed=seed
        ),
        f"Measured in {seconds:.0f} s on {machine()}.",
        "## In all",
        in_all(checkers, tallies),
        COUNTING,
        "## How each checker is used",
        "\n".join(f"- **{checker.name}**: {checker.used}." for checker in checkers),
    ]
    for title, wrong, specimens in (("Correct", "false alarms", CORRECT), ("Broken", "misses", BROKEN)):
        parts += [
            f"## {title} rules, by family",
            f"The share of points with {wrong}; in brackets the share that was undecided; a dot: not asked.",
            by_family(checkers, tallies, specimens),
            f"## {title} rules, one by one",
            one_by_one(checkers, tallies, specimens),
        ]
    return "\n\n".join([*parts, "## Not asked, and why", reasons(checkers, tallies)]) + "\n"


def in_all(checkers: Sequence[Checker], tallies: Sequence[Tally]) -> str:
    """One line for each checker."""
    rows = []
    for checker in checkers:
        own = [t for t in tallies if t.checker == checker.name]
        correct, broken = ([t for t in own if t.broken is wanted] for wanted in (False, True))
        rows.append([
            checker.name,
            *(cell for part in (correct, broken) for cell in counted(share(part))),
            *(str(sum(bool(t.unfit) for t in part)) for part in (correct, broken)),
            f"{1e3 * sum(t.seconds for t in own) / max(1, sum(t.asked for t in own)):.1f}",
        ])  # fmt: skip
    heads = ["", "false alarms", "undecided (correct)", "misses", "undecided (broken)"]
    return table([*heads, "not asked, correct", "not asked, broken", "ms a point"], rows)


def counted(found: Share) -> tuple[str, str]:
    """Both numbers, of how many, and in per cent."""
    wrong, undecided, asked = found
    return f"{wrong:,} of {asked:,} ({percent(wrong, asked)})", f"{undecided:,} ({percent(undecided, asked)})"


def by_family(checkers: Sequence[Checker], tallies: Sequence[Tally], specimens: Sequence[Specimen]) -> str:
    """A line for each family, a column for each checker."""
    families: dict[str, list[str]] = {}
    for specimen in specimens:
        families.setdefault(specimen.family, []).append(specimen.name)
    rows = [
        [f"{family} ({len(names)})", *(cell(share(of(tallies, checker, names))) for checker in checkers)]
        for family, names in families.items()
    ]
    return table(["family", *(checker.name for checker in checkers)], rows)


def one_by_one(checkers: Sequence[Checker], tallies: Sequence[Tally], specimens: Sequence[Specimen]) -> str:
    """A line for each specimen, a column for each checker."""
    rows = [
        [s.name, s.description.replace("|", "\\|"), *(cell(share(of(tallies, c, [s.name]))) for c in checkers)]
        for s in specimens
    ]
    return table(["specimen", "what it is", *(checker.name for checker in checkers)], rows)


def of(tallies: Sequence[Tally], checker: Checker, names: Sequence[str]) -> list[Tally]:
    """What one checker said of some specimens."""
    return [t for t in tallies if t.checker == checker.name and t.specimen in names]


def cell(found: Share) -> str:
    """A share as text."""
    if not found.asked:
        return "·"
    undecided = f" ({percent(found.undecided, found.asked)})" if found.undecided else ""
    return f"{percent(found.wrong, found.asked)}{undecided}"


def reasons(checkers: Sequence[Checker], tallies: Sequence[Tally]) -> str:
    """Who was not asked about what."""
    found: dict[tuple[str, str], list[str]] = {}
    for t in tallies:
        if t.unfit:
            found.setdefault((t.checker, t.unfit), []).append(t.specimen)
    known = [checker.name for checker in checkers]
    lines = [f"- **{who}**: {why} ({', '.join(names)})." for (who, why), names in found.items() if who in known]
    return "\n".join(lines) or "Everybody was asked about everything."


def percent(part: int, whole: int) -> str:
    """A share that is 0 % only if it is none, and 100 % only if it is all."""
    if part in (0, whole):
        return "100 %" if part else "0 %"
    return f"{min(max(100.0 * part / whole, 0.1), 99.0):.2g} %"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
