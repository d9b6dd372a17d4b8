"""The scalar network behaves as micrograd's and trains as the same network written by hand in NumPy."""

import importlib
import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_edu import Value
from tinygrad_edu.data import moons
from tinygrad_edu.graph import history, scopes
from tinygrad_edu.nn import Module
from tinygrad_edu.nn.scalar import MLP, Layer, Neuron

ALPHA = 1e-4


def data():
    """Two moons with labels −1 and 1."""
    X, y = moons(40, noise=0.1, rng=0)
    return np.asarray(X, float), 2 * np.asarray(y, int) - 1


def demo(make_value, model, X, y, steps):
    """Micrograd's demo, with the loss and all weights of every step."""
    told = []
    for k in range(steps):
        inputs = [list(map(make_value, row)) for row in X]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * score).relu() for yi, score in zip(y, scores, strict=True)]
        data_loss = sum(losses) * (1.0 / len(losses))
        total_loss = data_loss + ALPHA * sum(p * p for p in model.parameters())
        model.zero_grad()
        total_loss.backward()
        learning_rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= learning_rate * p.grad
        told.append([total_loss.data, *(p.data for p in model.parameters())])
    return np.array(told)


def by_hand(weights, sizes, X, y, steps):
    """The same training in NumPy: forward, and backward written out layer by layer."""
    layers, weights = [], list(weights)
    for nin, nout in pairwise(sizes):
        rows = np.array(weights[: nout * (nin + 1)]).reshape(nout, nin + 1)
        del weights[: nout * (nin + 1)]
        layers.append(rows)  # a row a neuron: its weights, then its bias
    told = []
    for k in range(steps):
        inputs, h = [], X
        for i, rows in enumerate(layers):
            inputs.append(np.column_stack([h, np.ones(len(h))]))
            h = inputs[-1] @ rows.T
            h = h if i == len(layers) - 1 else np.maximum(h, 0.0)
        margin = 1.0 - y * h[:, 0]
        loss = np.mean(np.maximum(margin, 0.0)) + ALPHA * sum(np.sum(rows**2) for rows in layers)
        g = (-y * (margin > 0) / len(y))[:, None]
        for i in reversed(range(len(layers))):
            gradient = g.T @ inputs[i] + 2 * ALPHA * layers[i]
            if i:
                g = (g @ layers[i][:, :-1]) * (inputs[i][:, :-1] > 0)
            layers[i] = layers[i] - (1.0 - 0.9 * k / 100) * gradient
        told.append([loss, *np.concatenate([rows.ravel() for rows in layers])])
    return np.array(told)


# ---- training -----------------------------------------------------------------------------------


def test_it_trains_as_the_same_network_by_hand():
    X, y = data()
    model = MLP(2, [5, 4, 1], rng=random.Random(3))
    start = [p.data for p in model.parameters()]
    ours = demo(Value, model, X, y, steps=8)
    np.testing.assert_allclose(ours, by_hand(start, [2, 5, 4, 1], X, y, steps=8), rtol=1e-9, atol=1e-12)
    assert ours[-1, 0] < ours[0, 0]


def test_it_trains_as_micrograd_does():
    engine = pytest.importorskip("micrograd.engine")
    X, y = data()
    random.seed(1337)
    ours = demo(Value, MLP(2, [6, 5, 1]), X, y, steps=4)
    random.seed(1337)
    theirs = demo(engine.Value, importlib.import_module("micrograd.nn").MLP(2, [6, 5, 1]), X, y, steps=4)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


# ---- weights ------------------------------------------------------------------------------------


def test_weights_come_from_pythons_random_neuron_by_neuron():
    random.seed(1337)
    model = MLP(2, [3, 1])
    random.seed(1337)
    expected = []
    for nin, nout in ((2, 3), (3, 1)):
        for _ in range(nout):
            expected += [*(random.uniform(-1, 1) for _ in range(nin)), 0.0]
    assert [p.data for p in model.parameters()] == expected


@given(st.integers())
def test_a_source_of_its_own_leaves_the_global_one_alone(seed):
    random.seed(0)
    before = random.getstate()
    one, other = (MLP(2, [3, 1], rng=random.Random(seed)) for _ in range(2))
    assert random.getstate() == before
    assert [p.data for p in one.parameters()] == [p.data for p in other.parameters()]


# ---- behaviour ----------------------------------------------------------------------------------


def test_the_attributes_are_micrograds():
    net = MLP(2, [3, 1])
    assert [len(layer.neurons) for layer in net.layers] == [3, 1]
    neuron = net.layers[0].neurons[0]
    assert (len(neuron.w), neuron.b.data, neuron.nonlin) == (2, 0.0, True)
    assert net.layers[1].neurons[0].nonlin is False
    assert neuron.parameters() == [*neuron.w, neuron.b]
    assert len(net.parameters()) == 3 * 3 + 4
    assert all(isinstance(part, Module) for part in (net, net.layers[0], neuron))
    assert repr(neuron) == "ReLUNeuron(2)"
    assert repr(net) == f"MLP of [Layer of [{', '.join(['ReLUNeuron(2)'] * 3)}], Layer of [LinearNeuron(3)]]"


def test_one_output_comes_alone_and_several_in_a_list():
    assert type(Layer(2, 1)([1.0, 2.0])) is Value
    assert [type(v) for v in Layer(2, 2, nonlin=False)([1.0, 2.0])] == [Value, Value]
    assert type(MLP(2, [1, 1])([1.0, 2.0])) is Value


@given(st.lists(st.floats(-2, 2), min_size=1, max_size=4), st.booleans(), st.integers(0, 99))
def test_a_neuron_is_a_rectified_weighted_sum(x, nonlin, seed):
    neuron = Neuron(len(x), nonlin, rng=random.Random(seed))
    neuron.b.data = 0.25
    expected = 0.25
    for w, xi in zip(neuron.w, x, strict=True):
        expected += w.data * xi
    for given_as in (x, tuple(x), iter(x), np.array(x), list(map(Value, x)), Value(x)):
        assert neuron(given_as).data == (max(0.0, expected) if nonlin else expected)


def test_gradients_are_none_before_the_first_pass_and_after_zero_grad():
    net = MLP(2, [2, 1])
    assert [p.grad for p in net.parameters()] == [None] * 9
    net([1.0, -1.0]).backward()
    assert all(type(p.grad) is float for p in net.parameters())
    net.zero_grad()
    assert [p.grad for p in net.parameters()] == [None] * 9


@pytest.mark.parametrize("make", [Neuron, lambda nin: Layer(nin, 2), lambda nin: MLP(nin, [2, 1])])
def test_another_number_of_inputs_is_refused(make):
    with pytest.raises(ValueError, match="a neuron of 2 inputs was given 3"):
        make(2)([1.0, 2.0, 3.0])


def test_state_and_freezing_come_from_the_base_class():
    net, other = MLP(2, [2, 1]), MLP(2, [2, 1])
    other.load_state_dict(net.state_dict())
    x = [0.5, -0.5]
    assert other(x).data == net(x).data
    assert other.freeze().parameters() == []
    assert other([Value(0.5), Value(-0.5)]).data == net(x).data


# ---- pictures -----------------------------------------------------------------------------------


def test_weights_and_inputs_are_labelled_for_pictures():
    neuron = Neuron(2)
    x = [Value(1.0), Value(2.0)]
    labels = {v.label for v in history(neuron(x)) if v.label}
    assert labels == {"x1", "x2", "w1", "w2", "b"}
    assert [p.label for p in MLP(2, [2, 1]).parameters()] == ["w1", "w2", "b"] * 3


def test_labels_that_a_user_gave_are_kept():
    x = [Value(1.0, label="age"), Value(2.0)]
    MLP(2, [2, 1])(x)
    assert [v.label for v in x] == ["age", None]


def test_neurons_are_scopes():
    paths = set(scopes(history(MLP(2, [2, 1], rng=random.Random(1))([1.0, 2.0]))).values())
    assert ("MLP", "layers.0", "neurons.1") in paths
    assert ("MLP", "layers.1", "neurons.0") in paths
