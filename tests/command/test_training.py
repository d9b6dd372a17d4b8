"""Laws of the training loop, of its scores, and of a model that is saved and restored."""

import csv
import io
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import tinygrad_edu as te
from tinygrad_edu import nn, optim
from tinygrad_edu.data import Dataset, moons, standardise
from tinygrad_edu.training import (
    History,
    Row,
    Scaling,
    Score,
    Standardised,
    accuracy,
    evaluate,
    fit,
    restored,
)

few = settings(max_examples=20, deadline=None)
seeds = st.integers(0, 2**32)


def trained(seed=0, *, epochs=3, batch_size=7, lr=0.01, **kwargs):
    model = nn.MLP([2, 4, 2], "tanh", rng=seed)
    optimiser = optim.Adam(model.parameters(), lr=lr)
    rng = np.random.default_rng(seed)
    history = fit(
        model,
        optimiser,
        nn.cross_entropy,
        moons(30),
        epochs=epochs,
        batch_size=batch_size,
        rng=rng,
        **kwargs,
    )
    return model, history, optimiser


def alike(one, other):
    there = other.state_dict()
    return all(np.array_equal(array, there[name]) for name, array in one.state_dict().items())


# ---- scores --------------------------------------------------------------------------------------


@given(st.data(), st.integers(1, 20), st.integers(1, 5))
def test_accuracy_counts_the_rows_whose_largest_logit_is_right(data, rows, classes):
    logits = data.draw(arrays(float, (rows, classes), elements=st.floats(-9, 9)))
    labels = data.draw(arrays(int, rows, elements=st.integers(0, classes - 1)))
    right = sum(list(row).index(max(row)) == label for row, label in zip(logits, labels, strict=True))
    assert accuracy(logits, labels) == right / rows
    order = data.draw(st.permutations(range(rows)))
    assert accuracy(logits[order], labels[order]) == accuracy(logits, labels)


@pytest.mark.parametrize(("logits", "labels"), [([[1.0]], [0, 0]), ([1.0], [0]), (np.zeros((0, 2)), [])])
def test_accuracy_refuses_shapes_that_do_not_go_together(logits, labels):
    with pytest.raises(ValueError, match="shape"):
        accuracy(logits, labels)


@few
@given(seeds, st.integers(1, 40))
def test_a_score_does_not_depend_on_the_rows_taken_at_a_time(seed, rows):
    model, data = nn.MLP([2, 4, 2], "tanh", rng=seed), moons(31)
    score, whole = (
        evaluate(model, nn.cross_entropy, data, rows=rows),
        evaluate(model, nn.cross_entropy, data),
    )
    assert score.loss == pytest.approx(whole.loss, rel=1e-5)
    assert score.accuracy == pytest.approx(whole.accuracy, abs=1 / 31 + 1e-9)  # a tie may be rounded apart


def test_evaluating_changes_nothing():
    model = nn.MLP([2, 4, 2], rng=0)
    before = model.state_dict()
    evaluate(model, nn.cross_entropy, moons())
    assert all(np.array_equal(before[name], now) for name, now in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())


# ---- the loop ------------------------------------------------------------------------------------


@few
@given(seeds, st.integers(1, 4), st.integers(1, 40))
def test_every_epoch_is_reported_and_every_batch_is_a_step(seed, epochs, batch_size):
    told = []
    _, history, _ = trained(seed, epochs=epochs, batch_size=batch_size, report=told.append)
    assert told == history.rows
    assert [row.epoch for row in told] == list(range(1, epochs + 1))
    assert history.steps == epochs * math.ceil(30 / batch_size)


@few
@given(seeds)
def test_the_same_seed_gives_the_same_network_and_nothing_is_learnt_from_what_is_held_out(seed):
    alone, history, _ = trained(seed)
    watched, seen, _ = trained(seed, held_out=moons(20, rng=1))
    assert alike(alone, watched)
    assert [row.train for row in seen.rows] == [row.train for row in history.rows]


def test_the_rows_score_the_network_as_it_was_then():
    held_out, scores = moons(20, rng=1), []
    model = nn.MLP([2, 4, 2], rng=0)
    history = fit(
        model, optim.SGD(model.parameters(), lr=0.1), nn.cross_entropy, moons(30),
        epochs=3, batch_size=10, rng=np.random.default_rng(0), held_out=held_out,
        report=lambda row: scores.append(evaluate(model, nn.cross_entropy, held_out, rows=10)),
    )  # fmt: skip
    assert [row.held_out for row in history.rows] == scores


def test_a_straight_line_is_found():
    x = np.linspace(-1, 1, 20, dtype=np.float32)[:, None]
    model = nn.MLP([1, 1], rng=0)
    history = fit(
        model, optim.SGD(model.parameters(), lr=0.5), nn.mse_loss, Dataset(x, 2 * x + 1),
        epochs=20, batch_size=5, rng=np.random.default_rng(0),
    )  # fmt: skip
    assert [p.item() for p in model.parameters()] == pytest.approx([2, 1], abs=1e-3)
    assert history.rows[-1].train.loss < 1e-6


@few
@given(seeds, st.integers(3, 31))
def test_compiled_training_gives_the_same_numbers_to_the_last_bit(seed, batch_size):
    eager, compiled = (trained(seed, batch_size=batch_size, held_out=moons(20), compile=c) for c in (False, True))
    assert eager[1].rows == compiled[1].rows
    assert eager[1].steps == compiled[1].steps
    assert alike(eager[0], compiled[0])
    assert alike(eager[2], compiled[2])


def test_a_smaller_last_batch_is_a_second_program_and_scoring_makes_none(monkeypatch):
    made = []
    monkeypatch.setattr("tinygrad_edu.training.compiled", lambda f: made.append(te.compile(f)) or made[-1])
    trained(batch_size=20, epochs=3, held_out=moons(20), compile=True)
    trained(batch_size=15, epochs=3, held_out=moons(20), compile=True)
    assert [len(step.reasons) for step in made] == [2, 1]


def test_scoring_leaves_a_model_in_the_state_in_which_it_was():
    model = nn.Sequential(nn.Linear(2, 2, rng=0), nn.Dropout(0.5, rng=0))
    before = [dict(vars(module)) for _, module in model.modules()]
    evaluate(model, nn.cross_entropy, moons())
    assert [dict(vars(module)) for _, module in model.modules()] == before
    model.layers[1].eval()
    evaluate(model, nn.cross_entropy, moons())
    assert [module.training for _, module in model.modules()] == [True, True, False]


def test_a_model_that_decides_by_numbers_is_not_compiled():
    model = nn.Sequential(nn.Linear(2, 2, rng=0), lambda x: x if (x > 0).all() else -x)
    with pytest.raises(TypeError, match=r"inside a compiled function.*np\.where"):
        fit(
            model, optim.SGD(model.parameters(), lr=0.1), nn.cross_entropy, moons(),
            epochs=1, batch_size=10, rng=np.random.default_rng(0), compile=True,
        )  # fmt: skip


def test_the_learning_rate_falls_to_0_and_is_put_back():
    rates = []

    class Watched(optim.SGD):
        def step(self):
            rates.append(self.lr)
            super().step()

    model = nn.MLP([2, 2], rng=0)
    optimiser = Watched(model.parameters(), lr=0.8)
    fit(
        model,
        optimiser,
        nn.cross_entropy,
        moons(30),
        epochs=2,
        batch_size=15,
        rng=np.random.default_rng(0),
    )
    assert rates == pytest.approx([0.8, 0.6, 0.4, 0.2])
    assert optimiser.lr == 0.8


def test_inputs_are_varied_in_training_and_not_in_scoring():
    seen = []

    def augment(inputs, rng):
        seen.append(len(inputs))
        return inputs + 100.0

    data, model = moons(30), nn.MLP([2, 2], rng=0)
    history = fit(
        model, optim.SGD(model.parameters(), lr=0.0), nn.cross_entropy, data,
        epochs=2, batch_size=20, rng=np.random.default_rng(0), augment=augment,
    )  # fmt: skip
    assert seen == [20, 10, 20, 10]
    assert history.rows[-1].train == evaluate(model, nn.cross_entropy, data, rows=20)


@pytest.mark.parametrize("epochs", [0, -1, 1.5])
def test_a_number_of_epochs_that_is_none_is_refused(epochs):
    with pytest.raises((ValueError, TypeError), match="epochs"):
        trained(epochs=epochs)


@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize("lr", [1e38, 1e300])
def test_a_loss_that_is_not_finite_stops_the_training(lr, compile):
    model = nn.MLP([1, 4, 1], rng=0)
    optimiser = optim.SGD(model.parameters(), lr=lr)
    line = Dataset(np.arange(8.0, dtype=np.float32)[:, None], np.arange(8.0, dtype=np.float32)[:, None])
    with pytest.raises(FloatingPointError, match="smaller learning rate"):
        fit(
            model,
            optimiser,
            nn.mse_loss,
            line,
            epochs=50,
            batch_size=2,
            rng=np.random.default_rng(0),
            compile=compile,
        )
    assert optimiser.lr == lr


# ---- the history as a table ----------------------------------------------------------------------

losses = st.floats(0, 1e30)
shares = st.floats(0, 1)


@given(st.lists(st.tuples(losses, shares, losses, shares)), st.booleans(), st.booleans())
def test_a_history_is_read_back_from_csv_to_the_last_digit(numbers, classes, held_out):
    def score(loss, share):
        return Score(loss, share if classes else None)

    rows = [Row(i, score(a, b), score(c, d) if held_out else None) for i, (a, b, c, d) in enumerate(numbers, 1)]
    table = list(csv.DictReader(io.StringIO(History(rows).to_csv())))
    assert len(table) == len(rows)
    for row, line in zip(rows, table, strict=True):
        wanted = {"epoch": row.epoch, "train_loss": row.train.loss}
        if classes:
            wanted["train_accuracy"] = row.train.accuracy
        if held_out:
            wanted["held_out_loss"] = row.held_out.loss
        if classes and held_out:
            wanted["held_out_accuracy"] = row.held_out.accuracy
        assert {name: float(text) for name, text in line.items()} == wanted


# ---- units ---------------------------------------------------------------------------------------

tables = arrays(
    float,
    st.tuples(st.integers(1, 12), st.integers(1, 4)),
    elements=st.floats(-1e6, 1e6).map(lambda x: round(x, 3)),
)


@given(tables)
def test_scaling_is_what_standardise_does(values):
    found = Scaling.of(values)
    (wanted,) = standardise(Dataset(values, np.zeros(len(values))))
    assert found.apply(values) == pytest.approx(wanted.inputs, rel=1e-5, abs=1e-4)
    assert found.apply(values).dtype == np.float32
    assert (found.scale > 0).all()


@given(tables, st.integers(0, 3))
def test_a_constant_column_becomes_0(values, which):
    values[:, which % values.shape[1]] = 7.0
    assert (Scaling.of(values).apply(values)[:, which % values.shape[1]] == 0).all()


def test_a_small_spread_far_from_0_is_kept():
    values = 1e6 + np.linspace(0, 1e-3, 5)[:, None]
    assert Scaling.of(values).apply(values).std() == pytest.approx(1.0, rel=1e-5)


@few
@given(seeds, st.lists(st.integers(1, 5), min_size=0, max_size=12), st.booleans())
def test_a_restored_model_is_the_same_function(seed, hidden, regression):
    rng = np.random.default_rng(seed)
    inputs, targets = rng.normal(5, 3, (9, 3)), rng.normal(-7, 2, (9, 2))
    network = nn.MLP([3, *hidden, 2], "tanh", rng=rng)
    model = Standardised(network, Scaling.of(inputs), Scaling.of(targets) if regression else None)
    state = model.state_dict()
    shuffled = {name: state[name] for name in sorted(state, reverse=True)}  # a file has an order of its own
    again = restored(shuffled)
    assert np.array_equal(again(inputs).data, model(inputs).data)
    assert again.network.describe() == network.describe()


def test_a_regression_answers_in_the_units_of_the_target():
    inputs, targets = np.array([[1.0], [3.0]]), np.array([[1000.0], [3000.0]])
    model = Standardised(nn.MLP([1, 1], rng=0), Scaling.of(inputs), Scaling.of(targets))
    model.network.layers[0].weight.data = [[1.0]]
    assert model(inputs).data == pytest.approx(targets)


@pytest.mark.parametrize(
    "state",
    [{}, {"w": np.ones(2)}, nn.MLP([2, 2], rng=0).state_dict(), Scaling.blank(2).state_dict()],
)
def test_another_kind_of_state_is_refused(state):
    with pytest.raises(ValueError, match="no model saved by train"):
        restored(state)


def test_a_damaged_state_is_refused():
    state = Standardised(nn.MLP([2, 3, 2], "tanh", rng=0), Scaling.blank(2)).state_dict()
    with pytest.raises(ValueError, match=r"inputs\.scale"):
        restored({**state, "inputs.scale": np.ones(5)})
