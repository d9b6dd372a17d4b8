"""How many examples gradient tests draw, from which seed, and what came of it in this process.

One place for the profiles "dev", "ci" and "deep".  What is typed for pytest arrives from its plugin, if it is
there; otherwise Hypothesis's own profile and a fresh seed serve.
"""

from __future__ import annotations

import secrets
import sys
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, settings

PATIENT: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}
"""A slow machine is no bug."""

PROFILES: dict[str, dict[str, Any]] = {
    "dev": {"max_examples": 30},
    "ci": {"max_examples": 100, "derandomize": True, "database": None, "print_blob": True},
    "deep": {"max_examples": 2000},
}
"""Draws for each test: few while one works; the same ones on every machine; many, before a release."""

PLUGIN = "tinygrad_edu.testing.pytest_plugin"


def profile(name: str, **changes: Any) -> settings:
    """Hypothesis's settings of that name: "dev", "ci" or "deep", with changes such as `max_examples=6`.

    >>> profile("dev").max_examples, profile("ci", max_examples=14).derandomize
    (30, True)

    In "ci" draws are the same each time, and none is remembered.  Raises ValueError for another name.
    """
    if name not in PROFILES:
        raise ValueError(f"there is no profile {name!r}, only {', '.join(PROFILES)}")
    return settings(settings.get_profile("default"), **{**PATIENT, **PROFILES[name], **changes})


# ---- what was chosen ---------------------------------------------------------------------------------------


@dataclass
class Chosen:
    """What the plugin says of this session, of the test that runs, and of the session before."""

    seed: int = field(default_factory=lambda: secrets.randbelow(10**6))
    explicit: bool = False  # whether somebody asked for the seed
    profile: str = ""
    test: str = ""
    failed: dict[str, int] = field(default_factory=dict)  # tests that failed last time, and from which seed


WITHOUT_PLUGIN = Chosen()


def chosen() -> Chosen:
    """What the plugin says, if there is one."""
    plugin = sys.modules.get(PLUGIN)
    return WITHOUT_PLUGIN if plugin is None or plugin.CHOSEN is None else Chosen(**plugin.CHOSEN)


def drawn_with(examples: int | settings | None, seed: int | None, session: Chosen) -> tuple[settings, int]:
    """Hypothesis's settings, and the seed, of one test that has these options.

    The settings are its own, or those of the profile that was typed, or Hypothesis's.  There is no database: draws
    depend on the seed alone, so that a seed is all that repeats a run.  The seed is the test's own, or the one that
    was typed, or 0 if nothing is to be random, or the one with which the test failed last time, or a new one."""
    base = profile(session.profile) if session.profile else settings.default
    base = examples if isinstance(examples, settings) else base
    assert base is not None
    alone = settings(
        base,
        max_examples=examples if isinstance(examples, int) else base.max_examples,
        deadline=PATIENT["deadline"],
        database=None,
        derandomize=False,  # the seed says it all
        print_blob=False,
        report_multiple_bugs=False,
        phases=[phase for phase in base.phases if phase not in (Phase.reuse, Phase.explicit, Phase.explain)],
        # What it would say, the failure says itself.
        verbosity=Verbosity.quiet if base.verbosity is Verbosity.normal else base.verbosity,
        suppress_health_check=[*base.suppress_health_check, *PATIENT["suppress_health_check"]],
    )
    if seed is None and not session.explicit:
        seed = 0 if base.derandomize else session.failed.get(session.test)
    return alone, session.seed if seed is None else seed


# ---- what came of it ---------------------------------------------------------------------------------------


@dataclass
class Tally:
    """What gradient tests did in this process, for the plugin's summary."""

    draws: dict[str, list[int]] = field(default_factory=dict)  # function → draws, inconclusive ones
    failed: dict[str, int] = field(default_factory=dict)  # test → seed
    seeds: set[int] = field(default_factory=set)  # those that no test chose for itself

    def add(self, function: str, draws: int, undecided: int) -> None:
        """Count the draws of a test."""
        counts = self.draws.setdefault(function, [0, 0])
        counts[0] += draws
        counts[1] += undecided


TALLY = Tally()

__all__ = ["PROFILES", "TALLY", "Chosen", "chosen", "drawn_with", "profile"]
