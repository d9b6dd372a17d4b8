"""Every example runs without a warning, says something, and does what it teaches."""

import random
import re
import runpy
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

import tinygrad_edu as te
from tinygrad_edu import nn
from tinygrad_edu.data import digits, moons
from tinygrad_edu.nn.scalar import MLP

EXAMPLES = Path(__file__).parents[2] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))


def example(number):
    """What the example of that number defines."""
    (script,) = EXAMPLES.glob(f"{number:02}_*.py")
    return runpy.run_path(str(script))


# ---- all of them -------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_it_runs_on_its_own_without_a_warning(script, tmp_path):
    run = subprocess.run([sys.executable, "-W", "error", script], capture_output=True, text=True, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert run.stdout
    assert not run.stderr
    assert not list(tmp_path.iterdir()), "an example writes files only where it is told to"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_it_is_short_and_says_how_to_run_it(script):
    text = script.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 60
    assert f"python examples/{script.name}" in text


def test_the_index_lists_them_all_in_order():
    index = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\((\w+\.py)\)", index) == [script.name for script in SCRIPTS]


# ---- one by one --------------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [-3.0, 0.0, 0.5, 2.0])
def test_01_three_ways_to_the_same_slope(x):
    found = example(1)
    assert found["slope_by_going_back"](x) == pytest.approx(found["slope_by_hand"](x), abs=1e-12)
    assert found["slope_by_going_back"](x) == pytest.approx(found["slope_by_trying"](x), abs=1e-8)


def test_02_each_step_makes_the_error_smaller():
    found = example(2)
    parts = found["make"]()
    errors = [found["one_step"](*parts, target=-0.5) for _ in range(8)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < errors[0] / 100


def test_02_saves_its_picture_where_it_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["02_neuron.py", str(tmp_path / "neuron.svg")])
    example(2)["main"]()
    assert (tmp_path / "neuron.svg").read_text(encoding="utf-8").startswith("<svg")
    assert "∂o/∂w1 +=" in capsys.readouterr().out


def test_03_the_textbook_and_the_engine_agree():
    found = example(3)
    by_hand, by_engine = found["by_hand"](), found["by_engine"]()
    assert by_hand.keys() == by_engine.keys() == {"V", "c", "W", "b"}
    for name in by_hand:
        assert np.abs(by_hand[name]).max() > 1e-3
        np.testing.assert_allclose(by_engine[name], by_hand[name], rtol=0, atol=1e-12)


def test_04_a_hidden_layer_learns_what_one_neuron_cannot():
    found = example(4)
    line, network = nn.Linear(2, 1, rng=1), nn.MLP([2, 4, 1], "tanh", rng=0)
    assert found["train"](line) > 0.99 * np.log(2)
    assert found["train"](network) < 0.05
    assert found["probabilities"](network).round().tolist() == [0, 1, 1, 0]


def test_05_neurons_of_single_numbers_learn_two_moons():
    found = example(5)
    course = found["train"](MLP(2, [8, 8, 1], rng=random.Random(1)), steps=30)
    assert course[-1][0] < 0.6 * course[0][0]
    assert course[-1][1] > 0.8


def test_06_unseen_digits_are_read():
    found = example(6)
    seen, unseen = digits().split(0.8, rng=3)
    network = nn.MLP([64, 32, 10], rng=1)
    losses = list(found["train"](network, seen, epochs=6))
    assert losses == sorted(losses, reverse=True)
    assert found["accuracy"](network, unseen) > 0.93


@pytest.mark.parametrize("x", [-2.0, 0.0, 0.3, 1.5])
def test_07_one_rule_gives_both_modes_and_both_orders(x):
    found = example(7)
    wave, central = found["wave"], found["central"]
    slope = te.grad(wave)
    assert slope(x) == pytest.approx(central(wave, x), abs=1e-8)
    assert te.jvp(wave, (x,), (1.0,))[1] == pytest.approx(slope(x), abs=1e-12)
    assert te.grad(slope)(x) == pytest.approx(central(slope, x), abs=1e-8)


def test_07_the_solution_of_a_system_is_differentiated_in_both_inputs():
    found = example(7)
    solve, central = found["solve"], found["central"]
    rng = np.random.default_rng(5)
    A, b, dA, db = (
        rng.normal(size=(4, 4)) + 4 * np.eye(4),
        rng.normal(size=4),
        rng.normal(size=(4, 4)),
        rng.normal(size=4),
    )
    _, along = te.jvp(solve, (A, b), (dA, db))
    np.testing.assert_allclose(along, central(lambda t: np.linalg.solve(A + t * dA, b + t * db), 0.0), atol=1e-8)
    u = rng.normal(size=4)
    gA, gb = te.vjp(solve, A, b)[1](u)
    assert (gA * dA).sum() + gb @ db == pytest.approx(u @ along, rel=1e-10)


def test_08_gradients_vanish_over_time_unless_steps_add_to_the_state():
    found = example(8)
    lengths = {}
    for name, spread, skip in found["CELLS"]:
        rng = np.random.default_rng(1)
        reader = found["Reader"](found["Cell"](24, spread, skip, rng=rng))
        lengths[name] = found["reach"](reader, rng.normal(size=20).tolist(), rng.normal(size=24))
    faded = {name: run[0] / run[-1] for name, run in lengths.items()}
    assert faded["small weights"] < 1e-6
    assert faded["small weights"] < faded["larger weights"] < 1
    assert 0.1 < faded["with a skip"] < 100


def test_09_exact_gradients_serve_the_optimiser():
    found = example(9)
    ways = found["rosenbrock_three_ways"](np.full(4, -1.0))
    for way in ways.values():
        np.testing.assert_allclose(way.x, 1.0, atol=1e-3)
    assert ways["BFGS, exact gradients"].nfev < ways["BFGS, differences"].nfev


def test_09_the_logistic_regression_rests_where_its_gradient_is_zero():
    found = example(9)
    X, y = moons(100, noise=0.15, rng=2)
    F = found["features"](X)
    best = found["fit_logistic"](F, y)
    assert np.abs(te.grad(found["logistic"])(best.x, F, y)).max() < 1e-4
    assert np.mean((F @ best.x > 0) == (y == 1)) > 0.9


def test_10_the_evidence_is_the_density_of_the_data_and_the_settings_are_found():
    from_scipy = pytest.importorskip("scipy.stats")
    optimize = pytest.importorskip("scipy.optimize")
    found = example(10)
    rng = np.random.default_rng(3)
    X = rng.uniform(-3.0, 3.0, 30)
    y = np.sin(2.0 * X) + 0.1 * rng.standard_normal(30)
    settings = np.array([0.1, -0.2, -1.0])
    covariance = found["kernel"](X, X, settings) + np.exp(2.0 * settings[2]) * np.eye(30)
    density = from_scipy.multivariate_normal.logpdf(y, np.zeros(30), covariance)
    assert found["minus_log_evidence"](settings, X, y) == pytest.approx(-density)
    slope = optimize.approx_fprime(settings, found["minus_log_evidence"], 1e-7, X, y)
    np.testing.assert_allclose(te.grad(found["minus_log_evidence"])(settings, X, y), slope, rtol=1e-4)
    best = optimize.minimize(te.value_and_grad(found["minus_log_evidence"]), np.zeros(3), args=(X, y), jac=True).x
    assert np.exp(best[2]) == pytest.approx(0.1, rel=0.5)
    mean, deviation = found["predicted"](np.array([0.3, 30.0]), X, y, best)
    assert abs(mean[0] - np.sin(0.6)) < 4.0 * deviation[0] < 1.0
    assert deviation[1] == pytest.approx(np.exp(best[0]), rel=1e-3)  # far away nothing is known


def test_11_the_rates_come_back_from_counts_without_noise():
    optimize = pytest.importorskip("scipy.optimize")
    found = example(11)
    counts = found["simulated"](found["RATES"])
    guess = np.log([0.8, 0.6, 0.7, 0.4])
    slope = optimize.approx_fprime(guess, found["misfit"], 1e-7, counts)
    np.testing.assert_allclose(te.grad(found["misfit"])(guess, counts), slope, rtol=1e-4, atol=1e-6)
    best = optimize.minimize(te.value_and_grad(found["misfit"]), guess, args=(counts,), jac=True)
    np.testing.assert_allclose(np.exp(best.x), found["RATES"], rtol=1e-3)


def test_12_the_best_weights_have_no_slope_and_the_error_bars_shrink_with_the_data():
    found = example(12)
    few, many = (found["observed"](n, np.random.default_rng(4)) for n in (100, 1600))
    best, deviation = found["fit"](*many)
    np.testing.assert_allclose(te.grad(found["minus_log_posterior"])(best, *many), 0.0, atol=1e-8)
    assert np.all(np.abs(best - found["TRUE"]) < 4.0 * deviation)
    np.testing.assert_allclose(found["fit"](*few)[1] / deviation, 4.0, rtol=0.5)  # √(1600 / 100)
    F, y = many
    p = 1.0 / (1.0 + np.exp(-F @ best))
    by_hand = (F.T * (p * (1.0 - p))) @ F + np.eye(4) / found["PRIOR"] ** 2
    np.testing.assert_allclose(te.hessian(found["minus_log_posterior"])(best, F, y), by_hand, rtol=1e-9)


def test_13_a_search_ends_with_what_is_wrong_or_with_nothing():
    pytest.importorskip("autograd")
    found = example(13)
    assert found["search"](*found["SEARCHES"]["np.cumsum(x, axis)"]) is None
    if version("autograd") != "1.9.1":
        pytest.skip(f"the example is about autograd 1.9.1, and {version('autograd')} is installed")
    arguments, worst = found["search"](*found["SEARCHES"]["np.sum(x, where=mask)"])
    assert "x = np.array([0.0, 0.0])" in arguments
    assert "claimed 1, measured 0" in worst
