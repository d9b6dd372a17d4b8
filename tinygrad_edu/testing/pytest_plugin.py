"""What pytest knows of gradient tests: two options, a line at the end, and how to run a failure again.

pytest loads it in every run where the package is installed.  The tests read `CHOSEN`; what they did is in
`profiles`, if any ran.  Hypothesis is not imported here, so that a run without gradient tests pays little, and
one without Hypothesis nothing.
"""

from __future__ import annotations

import os
import secrets
import shlex
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

NAMES = ("dev", "ci", "deep")
REMEMBERED = "gradients/failed"
"""Where pytest's cache keeps from which seeds tests failed: with these they are run until they pass."""

CHOSEN: dict[str, Any] = {}
"""The fields of `tinygrad_edu.testing.profiles.Chosen`, as long as pytest runs."""

PASSED: set[str] = set()
"""Tests that failed last time, and passed in this process."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --gradient-profile and --gradient-seed."""
    group = parser.getgroup("gradients", "gradient tests (tinygrad_edu.testing.gradient_test)")
    group.addoption(
        "--gradient-profile", choices=NAMES,
        help="how much they draw: dev 30 examples, ci 100 that are the same each time, deep 2,000 "
        "(default: what Hypothesis's own profile says)",
    )  # fmt: skip
    group.addoption(
        "--gradient-seed", type=int, metavar="N",
        help="draw what was drawn from this seed (default: a new one each time, and one that failed again)",
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    """Choose a seed for the session, or take the one of the process that distributes it."""
    seed = config.getoption("--gradient-seed")
    CHOSEN.update(
        seed=secrets.randbelow(10**6) if seed is None else seed,
        explicit=seed is not None,
        profile=config.getoption("--gradient-profile") or "",
        test="",
        failed=dict(remembered(config)),
    )
    CHOSEN.update(getattr(config, "workerinput", {}).get("gradients", {}))


def pytest_unconfigure() -> None:
    """Forget what was chosen."""
    CHOSEN.clear()
    PASSED.clear()


def remembered(config: pytest.Config) -> dict[str, int]:
    """Which tests failed, and from which seeds."""
    cache = getattr(config, "cache", None)
    return {} if cache is None else cache.get(REMEMBERED, {})


def pytest_report_header() -> str | None:
    """Say what was typed."""
    said = [f"profile {CHOSEN['profile']}"] * bool(CHOSEN["profile"]) + [f"seed {CHOSEN['seed']}"] * CHOSEN["explicit"]
    return f"gradients: {', '.join(said)}" if said else None


def tally() -> Any:
    """What gradient tests did in this process; None if nobody has loaded them."""
    loaded = sys.modules.get("tinygrad_edu.testing.profiles")
    return None if loaded is None else loaded.TALLY


# ---- each test ---------------------------------------------------------------------------------------------


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Say which test runs."""
    CHOSEN["test"] = item.nodeid


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Add to a failure how to run it again."""
    report = yield
    done = tally()
    if report.passed and report.when == "call" and done is not None:
        done.failed.pop(item.nodeid, None)  # the test expected it
        PASSED.update({item.nodeid} & CHOSEN["failed"].keys())
    if report.failed and report.when == "call" and done is not None and item.nodeid in done.failed:
        words = ["python", "-m", "pytest", from_here(item), f"--gradient-seed={done.failed[item.nodeid]}"]
        words += [f"--gradient-profile={CHOSEN['profile']}"] if CHOSEN["profile"] else []
        report.sections.append(("run it again", shlex.join(words)))
    return report


def from_here(item: pytest.Item) -> str:
    """The id of a test as one types it where pytest was started."""
    file, colons, name = str(item.nodeid).partition("::")
    path = os.path.relpath(item.config.rootpath / file, item.config.invocation_params.dir)
    return Path(path).as_posix() + colons + name


# ---- the whole session -------------------------------------------------------------------------------------


class Sums:
    """What all processes together did."""

    def __init__(self) -> None:
        self.draws: dict[str, list[int]] = {}
        self.failed: dict[str, int] = {}
        self.passed: set[str] = set()
        self.seeds: set[int] = set()

    def add(self, draws: dict[str, list[int]], failed: dict[str, int], passed: list[str], seeds: list[int]) -> None:
        """Add what one process did."""
        for function, counts in draws.items():
            before = self.draws.get(function, [0, 0])
            self.draws[function] = [a + b for a, b in zip(before, counts, strict=True)]
        self.failed |= failed
        self.passed |= set(passed)
        self.seeds |= set(seeds)


SUMS = pytest.StashKey[Sums]()


def sums_of(config: pytest.Config) -> Sums:
    """The sums of this session."""
    return config.stash.setdefault(SUMS, Sums())


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send what this process did to the one that distributes tests, or add it up and remember failures."""
    done, config = tally(), session.config
    sent = {} if done is None else {
        "draws": done.draws, "failed": done.failed, "passed": sorted(PASSED), "seeds": sorted(done.seeds)
    }  # fmt: skip
    if hasattr(config, "workeroutput"):
        config.workeroutput["gradients"] = sent
        return
    sums = sums_of(config)
    if sent:
        sums.add(**sent)
    failed = {test: seed for test, seed in CHOSEN["failed"].items() if test not in sums.passed} | sums.failed
    if failed != CHOSEN["failed"] and getattr(config, "cache", None) is not None:
        config.cache.set(REMEMBERED, failed)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist what was chosen."""
    node.workerinput["gradients"] = dict(CHOSEN)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add what a worker of pytest-xdist did."""
    sent = getattr(node, "workeroutput", {}).get("gradients")
    if sent:
        sums_of(node.config).add(**sent)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say how much was drawn, how much of it was not decided, and from which seed."""
    sums = sums_of(config)
    draws, undecided = (sum(counts[k] for counts in sums.draws.values()) for k in (0, 1))
    if sums.draws:
        said = [f"{len(sums.draws)} function{'s' if len(sums.draws) > 1 else ''}", f"{draws:,} draws"]
        said += [f"{100.0 * undecided / max(draws, 1):.1f} % inconclusive"]
        seeds = ", ".join(map(str, sorted(sums.seeds)))
        said += [f"seed{'s' if len(sums.seeds) > 1 else ''} {seeds}"] * bool(seeds)
        terminalreporter.write_line(f"gradients: {', '.join(said)}")
