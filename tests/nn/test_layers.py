"""Layers compute what they say, refuse what does not fit, and draw their weights from a given source."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.calls import Call
from laws.rules import close, gradient_is_the_slope, modes_are_adjoint

import tinygrad_edu as te
from tinygrad_edu.nn import ACTIVATIONS, MLP, Linear, Sequential, init
from tinygrad_edu.testing.strategies import arrays, directions

sizes = st.integers(1, 4)
seeds = st.integers(0, 2**32)


# ---- what is computed ---------------------------------------------------------------------------


@given(st.data(), sizes, sizes, st.lists(st.integers(0, 3), max_size=2).map(tuple), st.booleans(), seeds)
def test_linear_is_a_product_and_a_sum(data, fan_in, fan_out, rows, bias, seed):
    layer = Linear(fan_in, fan_out, bias, rng=seed, dtype=np.float64)
    x = data.draw(arrays((*rows, fan_in)))
    expected = x @ layer.weight.data
    if bias:
        layer.bias.data = data.draw(arrays((fan_out,)))
        expected = expected + layer.bias.data
    close(layer(x).data, expected, 1e-12)
    u = data.draw(directions((*rows, fan_out)))
    call = Call("linear", layer, (x,), lambda x: x @ layer.weight.data + (layer.bias.data if bias else 0.0))
    if expected.size:
        gradient_is_the_slope(call, u, [data.draw(directions(x.shape))])


@given(st.data(), st.lists(sizes, min_size=2, max_size=4), st.sampled_from(["tanh", "sigmoid", "softplus"]), seeds)
def test_an_mlp_is_its_layers_in_turn(data, widths, activation, seed):
    net = MLP(widths, activation, rng=seed, dtype=np.float64)
    x = data.draw(arrays((3, widths[0])))
    weights = [p.data for p in net.parameters()]

    def oracle(x, *weights):
        for i in range(0, len(weights), 2):
            x = x @ weights[i] + weights[i + 1]
            if i + 2 < len(weights):
                x = np.asarray(ACTIVATIONS[activation](x))
        return x

    def run(x, *weights):
        for layer, w, b in zip(net.layers, weights[::2], weights[1::2], strict=True):
            layer.weight, layer.bias = w, b
        return net(x)

    np.testing.assert_allclose(net(x).data, oracle(x, *weights), rtol=1e-12, atol=1e-12)
    call = Call("mlp", run, (x, *weights), oracle)
    ts = [data.draw(directions(part.shape)) for part in call.inputs]
    u = data.draw(directions((3, widths[-1])))
    gradient_is_the_slope(call, u, ts)
    modes_are_adjoint(call, u, ts)


@given(seeds)
def test_sequential_is_its_layers_in_turn(seed):
    first, second = Linear(3, 4, rng=seed), Linear(4, 2, rng=seed)
    net = Sequential(first, te.relu, lambda h: h * 2.0, second)
    x = np.random.default_rng(seed).normal(size=(5, 3)).astype(np.float32)
    np.testing.assert_array_equal(net(x).data, second(te.relu(first(x)) * 2.0).data)
    assert (len(net), list(net), net[0], net[-1]) == (4, net.layers, first, second)
    np.testing.assert_array_equal(net[2:](net[:2](x)).data, net(x).data)
    assert first.weight.label == "layers.0.weight"
    assert second.weight.label == "layers.3.weight"


def test_layers_keep_float32():
    net = MLP([3, 4, 2], rng=0)
    out = net(np.ones((5, 3), np.float32))
    assert out.data.dtype == np.float32
    out.sum().backward()
    assert {p.grad.dtype for p in net.parameters()} == {np.dtype(np.float32)}


def test_an_empty_sequence_is_the_identity():
    assert Sequential()(3.0) == 3.0


def test_activations_go_by_name_or_as_functions():
    x = np.linspace(-1.0, 1.0, 6, dtype=np.float32).reshape(2, 3)
    for name, function in ACTIVATIONS.items():
        np.testing.assert_array_equal(MLP([3, 4, 2], name, rng=0)(x).data, MLP([3, 4, 2], function, rng=0)(x).data)
        assert getattr(te.nn, name) is function


# ---- what is refused ----------------------------------------------------------------------------


def test_inputs_of_another_width_are_refused_with_both_shapes_and_the_layer():
    net = MLP([3, 4, 2], rng=0)
    message = r"layers\.0 \(Linear 3→4\) .* \(3, 4\) .* \(\.\.\., 3\); these have shape \(5, 2\)"
    with pytest.raises(ValueError, match=message):
        net(np.ones((5, 2)))
    with pytest.raises(ValueError, match=r"Linear 3→4 has .* these have shape \(\)"):
        Linear(3, 4, rng=0)(1.0)


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: Linear(0, 1, rng=0), ValueError, "fan_in=0"),
        (lambda: Linear(1, -1, rng=0), ValueError, "fan_out=-1"),
        (lambda: Linear(1.5, 1, rng=0), TypeError, "fan_in must be an integer"),
        (lambda: Linear(1, 1), TypeError, "rng"),
        (lambda: Linear(1, 1, rng=None), TypeError, "rng must be"),
        (lambda: Linear(1, 1, rng=np.random), TypeError, "rng must be"),
        (lambda: Linear(1, 1, rng=0, dtype=int), TypeError, "floating point"),
        (lambda: Linear(2, 1, rng=0, init=lambda shape, rng, dtype: np.zeros(2)), ValueError, r"returned shape \(2,\)"),
        (lambda: MLP([3], rng=0), ValueError, "at least"),
        (lambda: MLP([3, 0], rng=0), ValueError, "fan_out=0"),
        (lambda: MLP([3, 1], "rely", rng=0), ValueError, "no activation named 'rely'; the names are relu"),
        (lambda: MLP([3, 1], 3, rng=0), TypeError, "function or its name, not a int"),
        (lambda: Sequential([te.relu]), TypeError, "layer 0 is a list"),
    ],
)
def test_what_makes_no_sense_is_refused(make, kind, message):
    with pytest.raises(kind, match=message):
        make()


# ---- initial weights ----------------------------------------------------------------------------

SPREADS = {
    "xavier_uniform": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    "xavier_normal": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    "he_uniform": lambda fan_in, fan_out: 2 / fan_in,
    "he_normal": lambda fan_in, fan_out: 2 / fan_in,
}


@pytest.mark.parametrize("name", SPREADS)
@pytest.mark.parametrize("shape", [(200, 300), (400, 50)])
def test_weights_have_the_mean_and_spread_of_their_source(name, shape):
    weights = getattr(init, name)(shape, 0)
    spread = SPREADS[name](*shape)
    assert weights.dtype == np.float32
    assert abs(weights.mean()) < 6 * np.sqrt(spread / weights.size)
    assert weights.var() == pytest.approx(spread, rel=0.05)  # six deviations of a sample variance
    if "uniform" in name:
        assert np.abs(weights).max() <= np.sqrt(3 * spread) * (1 + 1e-6)


@pytest.mark.parametrize("name", SPREADS)
@given(seed=seeds)
def test_the_same_seed_draws_the_same_weights_and_a_generator_moves_on(name, seed):
    draw = getattr(init, name)
    rng = np.random.default_rng(seed)
    first, second = draw((2, 3), rng), draw((2, 3), rng)
    np.testing.assert_array_equal(first, draw((2, 3), seed))
    assert (first != second).any()
    np.testing.assert_array_equal(draw((2, 3), seed, np.float64).astype(np.float32), first)


def test_layers_of_one_seed_are_drawn_one_after_the_other():
    first, second = MLP([3, 3, 3], rng=0).layers
    assert (first.weight.data != second.weight.data).any()


def test_nothing_is_drawn_from_global_state():
    before = np.random.get_state()[1].copy()
    MLP([3, 4, 2], rng=0)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_rectifiers_start_as_he_et_al_and_the_others_as_glorot_and_bengio():
    for activation, draw in ((te.relu, init.he_normal), ("gelu", init.he_normal), ("tanh", init.xavier_uniform)):
        weight = MLP([3, 4], activation, rng=5).layers[0].weight.data
        np.testing.assert_array_equal(weight, draw((3, 4), 5))
    net = MLP([3, 4], rng=5, init=init.xavier_normal, dtype=np.float64)
    np.testing.assert_array_equal(net.layers[0].weight.data, init.xavier_normal((3, 4), 5, np.float64))
    assert net.layers[0].bias.tolist() == [0.0] * 4


@pytest.mark.parametrize("shape", [(3,), (), (2, 3, 4), (0, 3)])
def test_only_the_shape_of_a_weight_has_fans(shape):
    with pytest.raises(ValueError, match="fan_in, fan_out"):
        init.he_normal(shape, 0)
