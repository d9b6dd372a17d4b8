"""The plugin, as pytest has it in other people's projects: each run is a process of its own in an empty folder."""

import os
import re
import shlex
import subprocess
import sys
from importlib.metadata import entry_points

import pytest
from hypothesis import settings

from tinygrad_edu.testing.profiles import PROFILES, Chosen, drawn_with, profile

TESTS = """
import numpy as np
import pytest
import tinygrad_edu as te
from hypothesis import strategies as st
from tinygrad_edu.testing import gradient_test
from tinygrad_edu.testing.strategies import arrays

test_sine = gradient_test(np.sin, x=arrays(), examples=20)
test_relu = gradient_test(te.relu, x=st.sampled_from([0.0, 1.0]), examples=40)

@pytest.mark.parametrize("f", [np.cos, np.sin])
def test_several(f):
    gradient_test(f, x=arrays(), examples=5)()
"""

RARE = """
import numpy as np
from tinygrad_edu.testing import by_hand, gradient_test
from tinygrad_edu.testing.strategies import arrays

rare = by_hand(np.square, vjp=lambda g, x: g * np.where(x == 2.5, 4.0, 2.0 * x))
test_rare = gradient_test(rare, x=arrays(3), examples=200)
"""


@pytest.fixture
def run(tmp_path):
    """Run a command in an empty folder; what it prints."""

    def call(*words, **files):
        for name, text in files.items():
            (tmp_path / f"{name}.py").write_text(text)
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "HYPOTHESIS", "CI"))}
        command = [sys.executable, "-m", "pytest", *words]
        return subprocess.run(command, cwd=tmp_path, env=kept, capture_output=True, text=True, check=False).stdout

    return call


def summary(output):
    """The plugin's line."""
    (line,) = re.findall(r"^gradients: .*inconclusive.*$", output, re.MULTILINE)
    return line


def test_pytest_finds_the_plugin():
    (found,) = entry_points(group="pytest11", name="tinygrad_edu")
    assert found.value == "tinygrad_edu.testing.pytest_plugin"


# ---- the line at the end -----------------------------------------------------------------------------------


@pytest.mark.parametrize("processes", [(), ("-n", "2")], ids=["one process", "two workers"])
def test_the_summary_adds_up_functions_draws_and_what_was_not_decided(run, processes):
    output = run("--gradient-seed=7", *processes, test_it=TESTS)
    assert "4 passed" in output
    assert "\ngradients: seed 7\n" in output
    line = summary(output)
    assert line.startswith("gradients: 3 functions, 70 draws, ")
    assert line.endswith(" % inconclusive, seed 7")
    assert 0.0 < float(re.search(r"([\d.]+) %", line)[1]) < 50.0


def test_a_new_seed_is_chosen_each_time_and_told_and_the_same_for_all_workers(run):
    lines = [summary(run(*processes, test_it=TESTS)) for processes in ((), ("-n", "2"))]
    seeds = [re.search(r", seed (\d+)$", line)[1] for line in lines]
    assert seeds[0] != seeds[1]


def test_in_the_profile_ci_the_draws_are_the_same_each_time(run):
    lines = [summary(run("--gradient-profile=ci", test_it=TESTS)) for _ in range(2)]
    assert lines[0] == lines[1]
    assert lines[0].endswith("seed 0")


# ---- a failure again ---------------------------------------------------------------------------------------


def test_a_failure_is_repeated_by_the_line_that_it_prints_and_by_the_next_run_until_it_is_mended(run, tmp_path):
    failures, seed = [], 0
    while not failures:
        output = run(f"--gradient-seed={seed}", "-p", "no:cacheprovider", test_it=RARE)
        failures, seed = re.findall(r"^python -m pytest (.*)$", output, re.MULTILINE), seed + 1
    code = output.partition("To reproduce it:")[2].partition("All traceback")[0]
    assert "x = np.array([" in code
    again = run(*shlex.split(failures[0]))  # what was printed, and remembered now
    assert code in again
    remembered = run()
    assert code in remembered
    assert summary(remembered).endswith(f"seed {seed - 1}")
    assert "1 passed" in run(test_it=RARE.replace("4.0", "5.0"))
    assert not summary(run()).endswith(f"seed {seed - 1}")


def test_the_line_to_repeat_a_failure_holds_where_pytest_was_started(run, tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "test_it.py").write_text(RARE.replace("x == 2.5", "x != 0.0"))
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    output = run("--rootdir=..", "-k", "rare", "inner")
    assert "python -m pytest inner/test_it.py::test_rare --gradient-seed=" in output


# ---- who has no gradient tests -----------------------------------------------------------------------------

PLAIN = """
import sys

def test_nothing_but_the_plugin_was_loaded():
    assert not [name for name in sys.modules if name.startswith("tinygrad_edu.testing.") and "plugin" not in name]
"""

WITHOUT_HYPOTHESIS = """
import sys
sys.modules["hypothesis"] = None
"""


def test_a_run_without_gradient_tests_loads_no_strategies_and_says_nothing(run):
    output = run("-p", "no:hypothesispytest", test_it=PLAIN, conftest=WITHOUT_HYPOTHESIS)
    assert "1 passed" in output
    assert "gradients: " not in output


def test_a_wrong_option_is_refused(run):
    assert "1 passed" not in run("--gradient-profile=fast", test_it=PLAIN)
    assert "1 passed" not in run("--gradient-seed=x", test_it=PLAIN)


# ---- profiles ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_is_patient_and_can_be_changed(name):
    assert profile(name).deadline is None
    assert profile(name, max_examples=3).max_examples == 3
    assert profile(name).derandomize == (name == "ci")


def test_there_are_no_other_profiles():
    with pytest.raises(ValueError, match="no profile 'fast', only dev, ci, deep"):
        profile("fast")


SESSION = Chosen(seed=5, failed={"t": 9}, test="t")


@pytest.mark.parametrize(
    ("examples", "seed", "session", "expected"),
    [
        (settings(), 3, SESSION, 3),
        (settings(), 3, Chosen(seed=5, explicit=True), 3),
        (settings(derandomize=False), None, SESSION, 9),
        (settings(derandomize=False), None, Chosen(seed=5, failed={"t": 9}, test="other"), 5),
        (settings(derandomize=True, database=None), None, SESSION, 0),
        (None, None, Chosen(seed=5, explicit=True, profile="ci"), 5),
        (7, None, Chosen(seed=5, profile="ci"), 0),
    ],
)
def test_a_seed_is_the_tests_own_or_typed_or_0_or_the_one_that_failed_or_new(examples, seed, session, expected):
    how, start = drawn_with(examples, seed, session)
    assert start == expected
    assert how.database is None
    assert how.max_examples == (7 if examples == 7 else how.max_examples)
