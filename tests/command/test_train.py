"""`train`: the data of the user's own, from wrong files to a model that is used again."""

import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_edu as te
from tinygrad_edu.command import train
from tinygrad_edu.data import load
from tinygrad_edu.training import evaluate, restored

QUICK = ("--epochs", "3", "--hidden", "8", "--out", "out")


@pytest.fixture
def fruit(tmp_path):
    """A CSV file with two classes, in units far from 0 and 1."""
    rng = np.random.default_rng(0)
    kinds = rng.integers(0, 2, 60)
    weights = np.where(kinds == 1, 120.0, 90.0) + rng.normal(0, 5, 60)
    lines = [f"{w:.2f},{w / 15:.3f},{('plum', 'apple')[k]}" for w, k in zip(weights, kinds, strict=True)]
    return csv_file(tmp_path / "fruit.csv", "weight,width,kind", lines)


@pytest.fixture
def houses(tmp_path):
    """A CSV file with a price to predict."""
    rng = np.random.default_rng(0)
    areas, rooms = rng.uniform(40, 200, 80), rng.integers(1, 7, 80)
    lines = [f"{a:.1f},{r},{3000 * a + 20000 * r:.0f}.5" for a, r in zip(areas, rooms, strict=True)]
    return csv_file(tmp_path / "houses.csv", "area,rooms,price", lines)


def csv_file(path, header, lines):
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


# ---- a model that is used again ------------------------------------------------------------------


def test_a_classifier_is_saved_with_its_units_and_its_names(run, fruit, tmp_path):
    ran = run(
        "train",
        fruit,
        "--target",
        "kind",
        "--epochs",
        60,
        "--hidden",
        "8",
        "--out",
        "out",
        "--seed",
        3,
    )
    assert (ran.code, ran.err) == (0, "")
    model, names = saved(tmp_path / "out")
    assert names == {
        "data": "fruit", "inputs": ["weight", "width"], "target": "kind",
        "classes": ["apple", "plum"], "activation": "tanh",
    }  # fmt: skip
    chosen = model(np.array([[120.0, 8.0], [90.0, 6.0]])).data.argmax(axis=1)
    assert [names["classes"][i] for i in chosen] == ["apple", "plum"]
    _, test = load(fruit, "kind").split(0.8, rng=np.random.default_rng(3).spawn(3)[0])
    score = evaluate(model, te.nn.cross_entropy, test)
    assert f"Right in {100 * score.accuracy:.1f} % of the test rows" in ran.out


def test_a_regression_predicts_in_its_own_units(run, houses, tmp_path):
    ran = run(
        "train",
        houses,
        "--target",
        "price",
        "--epochs",
        200,
        "--hidden",
        "8",
        "--lr",
        0.02,
        "--out",
        "out",
    )
    assert (ran.code, ran.err) == (0, "")
    model, names = saved(tmp_path / "out")
    assert (names["classes"], names["target"]) == (None, "price")
    assert model(np.array([[100.0, 3.0]])).data == pytest.approx(360000, rel=0.1)
    data = load(houses, "price")
    _, test = data.split(0.8, rng=np.random.default_rng(0).spawn(3)[0])
    off = np.sqrt(np.mean((model(test.inputs).data[:, 0] - test.targets) ** 2))
    printed, guess = map(float, re.findall(r"off by (\S+?)[ )]", ran.out, flags=re.IGNORECASE))
    assert printed == pytest.approx(off, rel=1e-3)
    assert off < 0.2 * guess
    mean = data.split(0.8, rng=np.random.default_rng(0).spawn(3)[0])[0].targets.mean()
    assert guess == pytest.approx(np.sqrt(np.mean((test.targets - mean) ** 2)), rel=1e-3)


def test_the_printed_recipe_works_as_it_stands(run, fruit, tmp_path):
    ran = run("train", fruit, "--target", "kind", *QUICK)
    recipe = ran.out.partition("in Python:\n")[2]
    names = {"rows": np.array([[100.0, 7.0]])}
    exec("\n".join(line.strip() for line in recipe.splitlines()), names)
    assert names["model"](names["rows"]).shape == (1, 2)


def test_an_npz_file_is_read_too(run, tmp_path):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "mine.npz", X=rng.normal(size=(20, 3)), y=rng.integers(0, 2, 20))
    ran = run("train", "mine.npz", "--target", "y", *QUICK)
    assert (ran.code, ran.err) == (0, "")
    assert saved(tmp_path / "out")[1]["inputs"] == ["X[0]", "X[1]", "X[2]"]


def saved(folder):
    names = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    return restored(te.load(folder / "model.safetensors")), names


# ---- choices -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["digits", "moons", "spirals", "xor"])
def test_every_ready_made_data_set_is_learnt(run, tmp_path, name):
    ran = run("train", name, *QUICK)
    assert (ran.code, ran.err) == (0, "")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(train.FILES)
    assert ("none held out for a test" in ran.out) == (name == "xor")


def test_xor_is_learnt_entirely_by_the_defaults(run):
    assert "Right in 100.0 % of the rows it learnt from: 4 of 4" in run("train", "xor").out


@pytest.mark.parametrize(("share", "rows"), [("0", 100), ("0.5", 50), ("0.25", 75)])
def test_the_share_held_out_is_as_asked(run, share, rows):
    assert f"{rows} rows to learn from" in run("train", "moons", "--test-share", share, *QUICK).out


def test_nothing_held_out_leaves_no_trace_in_the_history(run, tmp_path):
    assert run("train", "moons", "--test-share", 0, *QUICK).code == 0
    assert (tmp_path / "out" / "history.csv").read_text().startswith("epoch,train_loss,train_accuracy\n")


@pytest.mark.parametrize(("batch_size", "steps"), [(1, 240), (32, 9), (1000, 3)])
def test_the_batch_size_decides_the_number_of_steps(run, batch_size, steps):
    assert f"\n{steps} steps, " in run("train", "moons", "--batch-size", batch_size, *QUICK).out


def test_the_hidden_layers_are_as_asked(run):
    assert "MLP 2→5→4→3→2 (tanh)" in run("train", "moons", *QUICK, "--hidden", "5,4,3").out


def test_a_column_is_ignored_and_a_task_is_overruled(run, tmp_path):
    csv_file(tmp_path / "a.csv", "id;a;y", [f"no {i};{i}.5;{i % 2}" for i in range(20)])
    words = ("train", "a.csv", "--target", "y", "--ignore", "id", "--delimiter", ";", *QUICK)
    assert "2 classes: 0, 1" in run(*words).out
    assert "a number to predict" in run(*words, "--task", "regress").out


def test_the_same_seed_gives_the_same_bytes(run, houses, tmp_path):
    outs = [tmp_path / name for name in ("one", "two", "other")]
    for out, seed in zip(outs, (5, 5, 6), strict=True):
        assert run("train", houses, "--target", "price", *QUICK, "--out", out, "--seed", seed).code == 0
    for name in train.FILES:
        assert (outs[0] / name).read_bytes() == (outs[1] / name).read_bytes(), name
    assert (outs[0] / "history.csv").read_bytes() != (outs[2] / "history.csv").read_bytes()


def test_a_network_that_learnt_nothing_is_not_praised(run, houses):
    assert train.NOTHING_LEARNT in run("train", houses, "--target", "price", "--lr", "1e-9", *QUICK).out
    assert train.NOTHING_LEARNT not in run("train", "moons", "--epochs", 30, "--out", "out").out


@given(st.lists(st.text(max_size=5), max_size=30).map(tuple))
def test_a_list_of_names_is_cut_with_its_length(names):
    told = train.listed(names)
    assert all(name in told for name in names[:6])
    assert told.endswith(f"… ({len(names)})") == (len(names) > 6)


# ---- wrong data ----------------------------------------------------------------------------------

WRONG_TABLES = {
    "a hole": ("a,b,y\n1,2,3\n4,,6\n", "line 3, column 'b' is empty"),
    "nan": ("a,b,y\n1,nan,3\n4,5,6\n", "line 2, column 'b'"),
    "infinite": ("a,b,y\n1,inf,3\n4,5,6\n", "not a finite number"),
    "text": ("a,b,y\n1,red,3\n4,5,6\n", "'red' is not a number"),
    "no target": ("a,b\n1,2\n3,4\n", "no column 'y'"),
    "no rows": ("a,b,y\n", "no rows"),
    "nothing": ("", "is empty"),
    "one row": ("a,b,y\n1,2,3\n", "nothing to learn"),
    "one class": ("a,b,y\n1,2,red\n3,4,red\n", "nothing to learn"),
    "a short line": ("a,b,y\n1,2,3\n4,5\n", "line 3"),
    "semicolons": ("a;b;y\n1;2;3\n", "semicolons"),
    "far apart": ("a,y\n-1e308,1\n1e308,2\n5,3\n", "too far apart"),
    "only the target": ("y\n1\n2\n", "at least one other column"),
    "latin-1": (b"a,y\n\xe9,1\n", "UTF-8"),
}


@pytest.mark.parametrize(("text", "message"), WRONG_TABLES.values(), ids=WRONG_TABLES)
def test_a_wrong_table_is_refused(refused, tmp_path, text, message):
    (tmp_path / "a.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert message in refused("train", "a.csv", "--target", "y", *QUICK)


def test_the_columns_are_listed_where_no_target_is_named(refused, fruit):
    assert "'weight', 'width', 'kind'" in refused("train", fruit)


def test_what_is_no_table_is_refused(refused, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "a.txt").write_text("hello")
    (tmp_path / "a.npz").write_text("hello")
    assert "moons" in refused("train", "nowhere.csv")
    assert "folder" in refused("train", "folder", "--target", "y")
    assert ".csv nor a .npz" in refused("train", "a.txt", "--target", "y")
    assert "not an NPZ archive" in refused("train", "a.npz", "--target", "y")
    assert "has its own target" in refused("train", "moons", "--target", "y")


def test_a_file_that_may_not_be_read_is_refused(refused, fruit, monkeypatch):
    def load(*args, **kwargs):
        raise PermissionError(13, "Permission denied", "fruit.csv")

    monkeypatch.setattr(train, "load", load)
    assert "fruit.csv: Permission denied" in refused("train", fruit, "--target", "kind")


def test_the_data_are_never_overwritten(refused, tmp_path):
    csv_file(tmp_path / "history.csv", "a,y", [f"{i},{i}.5" for i in range(20)])
    message = refused("train", "history.csv", "--target", "y", *QUICK[:-1], ".")
    assert "history.csv would be overwritten" in message


# ---- training that fails -------------------------------------------------------------------------


@pytest.mark.parametrize("lr", ["1e38", "1e300"])
def test_a_training_that_diverges_is_told_and_leaves_what_was_there(run, tmp_path, contents, houses, lr):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "model.safetensors").write_text("precious")
    before = contents(tmp_path)
    ran = run("train", houses, "--target", "price", *QUICK, "--lr", lr)
    assert ran.code == 2
    assert re.fullmatch(r"error: .*smaller learning rate.*nothing was written\)\n", ran.err)
    assert contents(tmp_path) == before


def test_a_network_that_is_too_large_is_refused(refused):
    assert "parameters" in refused("train", "moons", "--hidden", "1000000,1000000")


def test_memory_that_runs_out_is_told(refused, monkeypatch):
    def fit(*args, **kwargs):
        raise MemoryError

    monkeypatch.setattr(train, "fit", fit)
    assert "not enough memory" in refused("train", "moons", *QUICK)


def test_a_test_row_beyond_all_bounds_is_told(refused, tmp_path):
    csv_file(tmp_path / "a.csv", "a,y", [f"{1e300 if i == 3 else 1},{i}.5" for i in range(20)])
    assert "finite" in refused("train", "a.csv", "--target", "y", "--test-share", 0.9, *QUICK)
