"""Laws of modules: what belongs to the tree, its names, its state, and freezing."""

from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.graph import history, scopes
from tinygrad_edu.nn import MLP, Linear, Module, Sequential, parameter


class Box(Module):
    """A module that holds whatever it is given."""

    def __init__(self, **parts):
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x):
        return x


def chain(depth, innermost):
    """Modules in modules in modules, put together by appending to lists."""
    outer = inner = Box(parts=[])
    for _ in range(depth):
        inner.parts.append(Box(parts=[]))
        inner = inner.parts[0]
    inner.last = innermost
    return outer


def cross_out(state):
    """The same state with other numbers in it."""
    return {name: array + 1.0 for name, array in state.items()}


def assert_same_state(one, other):
    assert one.keys() == other.keys()
    for name, array in one.items():
        assert array.dtype == other[name].dtype
        np.testing.assert_array_equal(array, other[name])


def random_tree(rng, depth):
    """A tree of modules, containers, numbers and arrays of any float dtype, with shared parts."""
    shared = parameter(rng.normal(size=2), "shared")

    def array():
        shape = tuple(rng.integers(0, 3, size=rng.integers(0, 3)))
        return np.asarray(rng.normal(size=shape), rng.choice(["f4", "f8"]))

    def part(depth):
        kind = rng.integers(8 if depth else 5)
        if kind == 0:
            return shared
        if kind == 1:
            return parameter(array())
        if kind == 2:
            return array()
        if kind == 3:
            return parameter(float(rng.normal()))
        if kind == 4:
            return rng.choice(["text", "other"])
        parts = [part(depth - 1) for _ in range(rng.integers(3))]
        return [parts, tuple(parts), Box(**{f"p{i}": p for i, p in enumerate(parts)})][kind - 5]

    return Box(**{name: part(depth) for name in "abc"}, d={"key": part(depth)})


trees = st.integers(0, 2**32).map(lambda seed: random_tree(np.random.default_rng(seed), 3))


# ---- the tree -----------------------------------------------------------------------------------


def test_leaf_values_are_parameters_arrays_are_buffers_and_the_rest_is_neither():
    w, shared = parameter([[1.0]]), parameter(2.0)
    box = Box(w=w, again=w, nothing=None, number=3.0, result=w * 2.0, text="text", mask=np.ones(2))
    box.nested = {"one": [shared, (Box(b=shared), Box(c=parameter([1.0])))]}
    assert [name for name, _ in box.named_parameters()] == ["w", "nested.one.0", "nested.one.1.1.c"]
    assert [name for name, _ in box.named_buffers()] == ["mask"]
    assert [name for name, _ in box.modules()] == ["", "nested.one.1.0", "nested.one.1.1"]
    assert box.parameters()[0] is w
    assert box.parameters()[1] is shared
    assert box.parameter_count() == 3


def test_a_part_may_be_shared_without_being_a_loop():
    inner, parts = Box(w=parameter(1.0)), [parameter(2.0)]
    box = Box(one=inner, other=inner, list=parts, again=[parts])
    assert [name for name, _ in box.named_parameters()] == ["one.w", "list.0"]
    for _ in range(200):  # 2²⁰⁰ ways down to the same parameter
        parts = [parts, parts]
    assert Box(parts=parts).parameter_count() == 1


@given(trees)
def test_every_parameter_comes_once_and_keeps_its_place(tree):
    parameters = tree.parameters()
    assert len({id(p) for p in parameters}) == len(parameters)
    assert parameters == tree.parameters()
    assert tree.state_dict().keys() == dict(tree.named_parameters()).keys() | dict(tree.named_buffers()).keys()


def test_a_subclass_needs_no_call_of_the_base_constructor():
    assert Box().parameters() == []
    assert Box().training


def test_a_module_that_contains_itself_is_refused_and_not_changed():
    box = Box(w=parameter(1.0))
    with pytest.raises(ValueError, match=r"Box contains itself, at 'me\.0'"):
        box.me = [box]
    assert not hasattr(box, "me")
    parent = Box(child=box)
    with pytest.raises(ValueError, match="contains itself"):
        box.parent = parent


def test_a_loop_made_behind_the_modules_back_is_found_too():
    parts = []
    box = Box(parts=parts)
    parts.append(box)
    with pytest.raises(ValueError, match=r"Box contains itself, at 'parts\.0'"):
        box.parameters()
    parts[:] = [parts]
    for ask in (box.parameters, box.state_dict, box.freeze, box.eval, lambda: repr(box)):
        with pytest.raises(ValueError, match="list contains itself"):
            ask()


def test_depth_is_not_limited_by_recursion():
    p = parameter(1.0)
    tree = chain(1200, p)
    assert tree.parameters() == [p]
    tree.load_state_dict(cross_out(tree.state_dict()))
    assert p.data == 2.0
    assert tree.freeze().parameters() == []
    assert tree.unfreeze().parameters() == [p]


def test_equal_names_are_refused_when_they_would_collide():
    box = Box(a={"b.c": parameter(1.0), "b": {"c": parameter(2.0)}})
    with pytest.raises(ValueError, match=r"named 'a\.b\.c'"):
        box.state_dict()


# ---- names in pictures --------------------------------------------------------------------------


def test_parameters_are_called_after_their_place_unless_they_have_a_label():
    layer = Linear(2, 2, rng=0)
    mine = parameter(1.0, "mine")
    assert layer.weight.label == "weight"
    net = Sequential(layer, Box(m=mine))
    assert layer.weight.label == "layers.0.weight"
    Box(body=net)
    assert layer.weight.label == "body.layers.0.weight"
    assert mine.label == "mine"
    layer.weight.label = "W"
    Box(body=net)
    assert layer.weight.label == "W"


def test_a_leaf_in_a_module_plays_the_part_of_a_parameter():
    assert Box(w=Value(1.0)).w.role == "parameter"


def test_the_operations_of_a_module_are_scoped_by_its_name():
    net = MLP([2, 3, 1], "tanh", rng=0)
    y = net(np.ones((4, 2), np.float32)).sum()
    paths = {}
    for v, path in scopes(history(y)).items():
        if v.op is not None:
            paths.setdefault(v.op.name, []).append(path)
    assert paths["matmul"] == [("MLP", "layers.0"), ("MLP", "layers.1")]
    assert paths["tanh"] == [("MLP",)]
    assert paths["sum"] == [()]


# ---- state --------------------------------------------------------------------------------------


@given(trees)
def test_loading_what_was_saved_brings_all_numbers_back(tree):
    state = tree.state_dict()
    kept = {name: array.copy() for name, array in state.items()}
    tree.load_state_dict(cross_out(state))
    assert_same_state(tree.state_dict(), cross_out(kept))
    tree.load_state_dict(kept)
    assert_same_state(tree.state_dict(), kept)
    assert_same_state(state, kept)


@given(trees)
def test_a_state_is_a_copy(tree):
    before = tree.state_dict()
    for array in tree.state_dict().values():
        array[...] = 7.0
    assert_same_state(tree.state_dict(), before)


def test_loading_converts_to_the_dtype_of_the_parameter_and_takes_values():
    box = Box(w=parameter(np.zeros(2, np.float32)), b=parameter(1.0), n=np.zeros(2, int))
    box.load_state_dict({"w": [1.0, 2.0], "b": Value(3.0), "n": [1, 2]})
    assert box.w.data.dtype == np.float32
    assert (box.w.tolist(), box.b.data, box.n.tolist()) == ([1.0, 2.0], 3.0, [1, 2])


def test_a_bad_state_lists_every_problem_and_changes_nothing():
    box = Box(a=parameter(np.zeros(2, np.float32)), b=parameter(1.0), c=parameter([1.0]), n=np.array([1]))
    box.m, box.e, box.f = parameter(0.0), parameter(np.zeros(1, np.float32)), parameter([0.0])
    before = box.state_dict()
    bad = {"a": np.zeros(3), "b": np.nan, "c": ["text"], "n": [0.5], "e": [1e300], "f": [1j], "x": 1.0}
    with pytest.raises(ValueError, match="this state does not fit Box; nothing was changed") as caught:
        box.load_state_dict(bad)
    lines = str(caught.value).splitlines()[1:]
    assert len(lines) == 8
    for line, what in zip(
        lines,
        [
            r"a: shape (3,) where (2,)",
            "b: holds nan",
            "c: dtype <U4",
            "n: dtype float64 where int64",
            "m: missing; shape ()",
            "e: holds nan, or numbers that float32 cannot hold",
            "f: dtype complex128",
            "x: unknown",
        ],
        strict=True,
    ):
        assert what in line
    assert_same_state(box.state_dict(), before)


def test_buffers_may_hold_infinities_but_not_nan():
    box = Box(mask=np.array([0.0, -np.inf]))
    box.load_state_dict(box.state_dict())
    with pytest.raises(ValueError, match="mask: holds nan"):
        box.load_state_dict({"mask": [0.0, np.nan]})


def test_a_read_only_buffer_is_found_before_anything_changes():
    fixed = np.ones(1)
    fixed.flags.writeable = False
    box = Box(w=parameter(1.0), fixed=fixed)
    with pytest.raises(ValueError, match="read-only: fixed"):
        box.load_state_dict({"w": 2.0, "fixed": [3.0]})
    assert box.w.data == 1.0


@pytest.mark.parametrize("state", [None, [1.0], "text"])
def test_what_is_no_state_is_refused(state):
    with pytest.raises(TypeError, match="dict of arrays by name"):
        Box(w=parameter(1.0)).load_state_dict(state)


def test_loading_makes_older_records_out_of_date():
    box = Box(w=parameter(2.0))
    y = box.w * box.w
    box.load_state_dict({"w": 3.0})
    with pytest.raises(RuntimeError, match="changed after it was used"):
        y.backward()


def test_a_copy_is_independent():
    net = MLP([2, 3, 1], rng=0)
    before = net.state_dict()
    copy = deepcopy(net)
    assert_same_state(copy.state_dict(), before)
    copy.load_state_dict(cross_out(before))
    assert_same_state(net.state_dict(), before)


# ---- freezing, training, gradients --------------------------------------------------------------


@given(trees)
def test_freezing_keeps_the_state_and_unfreezing_the_values(tree):
    parameters, state, text = tree.parameters(), tree.state_dict(), repr(tree)
    assert tree.freeze() is tree
    assert tree.parameters() == []
    assert tree.parameter_count() == sum(p.size for p in parameters)
    assert_same_state(tree.state_dict(), state)
    assert [name for name, _ in tree.named_buffers()] == [n for n in state if n in dict(tree.named_buffers())]
    tree.freeze()
    tree.load_state_dict(cross_out(state))
    assert tree.unfreeze() is tree
    assert len(tree.parameters()) == len(parameters)
    assert all(a is b for a, b in zip(tree.parameters(), parameters, strict=True))
    assert_same_state(tree.state_dict(), cross_out(state))
    assert repr(tree) == text


def test_frozen_layers_are_constants():
    net = MLP([2, 3, 1], rng=0)
    x = np.ones((4, 2), np.float32)
    before = net(x).data
    first = net.layers[0]
    weight = first.weight
    first.freeze()
    assert type(first.weight) is np.ndarray
    with pytest.raises(ValueError, match="read-only"):
        first.weight[0] = 1.0
    np.testing.assert_array_equal(net(x).data, before)
    net(x).sum().backward()
    assert weight.grad is None
    assert net.layers[1].weight.grad is not None
    assert [name for name, _ in net.named_parameters()] == ["layers.1.weight", "layers.1.bias"]
    assert "weight 2×3 frozen" in repr(net)
    assert net.parameter_count() == 13


def test_a_frozen_model_takes_new_numbers():
    box = Box(number=parameter(1.0), array=parameter([1.0]), parts=[parameter(2.0)]).freeze()
    box.load_state_dict({"number": 5.0, "array": [6.0], "parts.0": 7.0})
    assert (box.number, box.array.tolist(), box.parts) == (5.0, [6.0], [7.0])


def test_an_attribute_that_is_assigned_anew_is_no_longer_frozen():
    box = Box(w=parameter(1.0), v=parameter(1.0)).freeze()
    box.w = fresh = parameter(3.0)
    del box.v
    box.unfreeze()
    assert box.parameters() == [fresh]


def test_what_is_frozen_in_one_place_is_learnt_in_another():
    w = parameter(2.0)
    box = Box(fixed=Box(w=w), free=Box(w=w))
    box.fixed.freeze()
    assert box.parameters() == [w]


def test_training_is_set_in_the_whole_tree():
    tree = Box(parts=[Box(inner=Box())])
    assert tree.eval() is tree
    assert [m.training for _, m in tree.modules()] == [False] * 3
    tree.parts[0].train()
    assert [m.training for _, m in tree.modules()] == [False, True, True]


def test_zero_grad_forgets_gradients():
    net = MLP([2, 1], rng=0)
    net(np.ones((1, 2), np.float32)).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


def test_a_module_without_forward_says_so():
    with pytest.raises(NotImplementedError, match="Module has no forward"):
        Module()(1.0)


# ---- in words -----------------------------------------------------------------------------------


def test_the_repr_is_a_tree_with_shapes_and_counts():
    net = Box(body=Sequential(Linear(3, 2, rng=0), te.relu), mean=np.zeros(3))
    net.w, net.scale = [parameter(1.0), parameter(2.0)], parameter(3.0)
    lines = repr(net).splitlines()
    assert lines[0] == (
        "Box (mean 3 buffer, w.0 number, w.1 number, scale number): 11 parameters = 8 synapses + 3 biases"
    )
    assert lines[1:] == [
        "  body: Sequential of Linear 3→2, relu",
        "    body.layers.0: Linear 3→2 (weight 3×2, bias 2)",
    ]


def test_a_long_list_of_parameters_is_cut_in_the_repr():
    box = Box(w=[parameter(1.0) for _ in range(10)])
    assert "w.5 number, and 4 more): 10 parameters = 10 synapses + 0 biases" in repr(box)


@given(trees)
def test_counts_add_up(tree):
    counts = repr(tree).splitlines()[0].rpartition(": ")[2].replace(",", "").split()
    whole, synapses, biases = int(counts[0]), int(counts[3]), int(counts[6])
    assert whole == synapses + biases == sum(p.size for p in tree.parameters())
