"""Files of weights: what is saved comes back, whole or not at all, and says what is wrong otherwise."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_edu as te
from tinygrad_edu import saving
from tinygrad_edu.nn import MLP, Module, parameter, scalar
from tinygrad_edu.optim import Adam

DTYPES = ["f2", "f4", "f8", "i1", "i4", "i8", "u1", "u8", "?", ">f4", ">i8"]

states = st.dictionaries(
    st.text(st.characters(codec="utf-8"), max_size=5),
    st.sampled_from(DTYPES).flatmap(
        lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
    ),
    min_size=1,
    max_size=4,
)


def assert_same_state(one, other):
    assert one.keys() == other.keys()
    for name, array in one.items():
        assert array.dtype == other[name].dtype.newbyteorder("=")
        assert array.shape == other[name].shape
        np.testing.assert_array_equal(array, other[name])


class Small(Module):
    """A matrix, a number and a buffer."""

    def __init__(self):
        self.weight = parameter(np.arange(6, dtype=np.float32).reshape(2, 3))
        self.gain = parameter(2.5)
        self.mean = np.zeros(3)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "weights.safetensors"


# ---- what is saved comes back -------------------------------------------------------------------


@given(states)
def test_arrays_come_back_as_they_were(tmp_path_factory, state):
    path = tmp_path_factory.mktemp("states") / "state"
    te.save(path, state)
    found = te.load(path)
    assert_same_state(found, state)
    for array in found.values():
        array[...] = 1  # they are the caller's own


@given(states, st.randoms())
def test_the_same_state_gives_the_same_bytes(tmp_path_factory, state, order):
    folder = tmp_path_factory.mktemp("states")
    names = list(state)
    order.shuffle(names)
    te.save(folder / "one", state)
    te.save(folder / "other", {name: state[name].copy(order="F") for name in names})
    assert (folder / "one").read_bytes() == (folder / "other").read_bytes()


def test_views_in_any_order_of_memory_are_saved_as_they_read(path):
    array = np.arange(24.0).reshape(2, 3, 4)
    te.save(path, {"T": array.T, "strided": array[:, ::-1, ::2], "stretched": np.broadcast_to(array[0], (2, 3, 4))})
    found = te.load(path)
    np.testing.assert_array_equal(found["T"], array.T)
    np.testing.assert_array_equal(found["strided"], array[:, ::-1, ::2])
    np.testing.assert_array_equal(found["stretched"], np.broadcast_to(array[0], (2, 3, 4)))


def test_a_model_comes_back_into_another(path):
    model, other = MLP([3, 4, 2], rng=0), MLP([3, 4, 2], rng=1)
    te.save(path, model)
    assert te.load(path, into=other) is other
    assert_same_state(other.state_dict(), model.state_dict())
    x = np.ones((1, 3), np.float32)
    np.testing.assert_array_equal(other(x).data, model(x).data)


def test_numbers_and_buffers_are_saved_too(path):
    model, other = Small(), Small()
    model.gain.data, model.mean[:] = 7.0, 3.0
    te.save(str(path), model)
    te.load(path, other)
    assert (other.gain.data, other.mean.tolist()) == (7.0, [3.0] * 3)
    assert type(other.gain.data) is float


def test_a_scalar_network_and_a_dict_of_values_are_saved(path):
    model = scalar.MLP(2, [2, 1])
    te.save(path, model)
    assert {array.shape for array in te.load(path).values()} == {()}
    te.save(path, {"v": te.Value([1.0, 2.0]), "n": 3.0})
    assert_same_state(te.load(path), {"v": np.array([1.0, 2.0]), "n": np.array(3.0)})


def test_an_optimiser_comes_back(path):
    model = MLP([3, 2], rng=0)
    optimizer = Adam(model.parameters(), lr=0.5, betas=(0.5, 0.75))
    model(np.ones((1, 3), np.float32)).sum().backward()
    optimizer.step()
    te.save(path, optimizer)
    other = te.load(path, into=Adam(MLP([3, 2], rng=1).parameters()))
    assert (other.lr, other.betas) == (0.5, (0.5, 0.75))
    assert_same_state(other.state_dict(), optimizer.state_dict())


# ---- whole or not at all ------------------------------------------------------------------------


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_failure_while_writing_leaves_what_was_there(path, monkeypatch, failing):
    te.save(path, {"old": np.ones(2)})
    before = path.read_bytes()

    def fail(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(*((os, "fsync", fail) if failing == "fsync" else (saving.Path, "replace", fail)))
    with pytest.raises(OSError, match="the disk is full"):
        te.save(path, {"new": np.ones(3)})
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_link_is_followed(path):
    path.write_bytes(b"old")
    link = path.with_name("latest")
    link.symlink_to(path)
    te.save(link, {"w": np.ones(1)})
    assert link.is_symlink()
    assert te.load(path)["w"].tolist() == [1.0]


def test_a_state_that_does_not_fit_changes_nothing_and_names_every_problem(path):
    model = Small()
    te.save(path, {"weight": np.ones((3, 2), np.float32), "gain": np.nan, "extra": np.ones(1)})
    before = model.state_dict()
    with pytest.raises(ValueError, match=r"weight: shape \(3, 2\) where \(2, 3\)") as caught:
        te.load(path, into=model)
    for problem in ("gain: holds nan", "mean: missing", "extra: unknown"):
        assert problem in str(caught.value)
    assert caught.value.__notes__ == [f"while loading {path}"]
    assert_same_state(model.state_dict(), before)


# ---- refusals -----------------------------------------------------------------------------------


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no such file.*nowhere"):
        te.load(tmp_path / "nowhere")
    with pytest.raises(IsADirectoryError, match="this is a folder"):
        te.load(tmp_path)
    with pytest.raises(IsADirectoryError, match="this is a folder"):
        te.save(tmp_path, {"w": 1.0})
    with pytest.raises(FileNotFoundError, match=r"no such folder; make it first.*nowhere"):
        te.save(tmp_path / "nowhere" / "file", {"w": 1.0})


@pytest.mark.parametrize(
    "damage", [lambda b: b"", lambda b: b"text", lambda b: b[:-1], lambda b: b + b"x", lambda b: b[8:]]
)
def test_a_damaged_file_is_not_read(path, damage):
    te.save(path, {"w": np.ones(3)})
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=r"weights\.safetensors is not a safetensors file"):
        te.load(path)


def test_a_dtype_that_numpy_lacks_is_refused(path):
    header = b'{"w":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}'
    path.write_bytes(len(header).to_bytes(8, "little") + header + b"\0\0")
    with pytest.raises(ValueError, match="not a safetensors file of numbers"):
        te.load(path)


@pytest.mark.parametrize(
    ("state", "kind", "message"),
    [
        ({}, ValueError, "nothing to save"),
        (Module(), ValueError, "nothing to save"),
        ([1.0], TypeError, "a list has no state to save"),
        (np.ones(2), TypeError, "a ndarray has no state to save"),
        ({1: np.ones(2)}, TypeError, "1 cannot be the name"),
        ({"__metadata__": np.ones(2)}, TypeError, "'__metadata__' cannot be the name"),
        ({"w": "text"}, TypeError, "w is of dtype <U4"),
        ({"w": [object()]}, TypeError, "w is of dtype object"),
        ({"w": 1j}, TypeError, "w is of dtype complex128"),
        ({"w": {"b": 1.0}}, TypeError, "w is of dtype object"),
    ],
)
def test_what_cannot_be_saved_is_refused_and_no_file_is_made(path, state, kind, message):
    with pytest.raises(kind, match=message):
        te.save(path, state)
    assert not path.exists()


def test_nothing_is_loaded_into_what_has_no_state(path):
    te.save(path, {"w": 1.0})
    with pytest.raises(TypeError, match="nothing can be loaded into a dict"):
        te.load(path, into={})


def test_without_safetensors_the_remedy_is_named():
    code = "import sys; sys.modules['safetensors'] = None; import tinygrad_edu as te; te.nn, te.optim; te.save"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pip install tinygrad_edu[checkpoint]" in ended.stderr.splitlines()[-1]
    assert ended.stderr.splitlines()[-1].startswith("ImportError: ")
