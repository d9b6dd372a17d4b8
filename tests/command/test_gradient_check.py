"""The check accepts right gradients, catches wrong ones, and leaves the parameters as they were."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import tinygrad_edu as te
from tinygrad_edu.command.gradient_check import gradient_check

rngs = st.integers(0, 2**32).map(np.random.default_rng)


@settings(max_examples=25, deadline=None)
@given(
    rng=rngs,
    activation=st.sampled_from(["tanh", "silu", "sigmoid"]),
    scale=st.sampled_from([1e-6, 1.0, 1e6]),
)
def test_a_right_gradient_passes_at_any_scale(rng, activation, scale):
    net = te.nn.MLP([3, 5, 2], activation, rng=rng, dtype=np.float64)
    inputs, labels = rng.standard_normal((6, 3)), rng.integers(0, 2, 6)
    before = net.state_dict()
    found = gradient_check(lambda: scale * te.nn.cross_entropy(net(inputs), labels), net.parameters(), rng)
    assert found.worst < 1e-5
    assert (found.directions, found.weights) == (10, 10 + 15 + 5 + 2)
    assert all(np.array_equal(before[name], now) for name, now in net.state_dict().items())


@settings(max_examples=25, deadline=None)
@given(rng=rngs, factor=st.floats(-2, 2))
def test_a_wrong_factor_is_measured(rng, factor):
    assume(abs(factor - 1) > 1e-3)
    wrong = te.op(lambda g, out, x: factor * g * np.cos(x), name="wrong", elementwise=True)(lambda x: np.sin(x))
    w = te.Value(rng.uniform(-1, 1, 4))
    found = gradient_check(lambda: wrong(w).sum(), [w], rng)
    size = max(1.0, abs(factor))
    assert found.worst == pytest.approx(abs(factor - 1) / size, rel=1e-4)


def test_a_wrong_gradient_of_one_parameter_among_many_is_caught():
    rng = np.random.default_rng(0)
    wrong = te.op(lambda g, out, x: 1.01 * g, name="one_percent", elementwise=True)(lambda x: x)
    net = te.nn.MLP([4, 6, 3], "tanh", rng=rng, dtype=np.float64)
    inputs, bias = rng.standard_normal((5, 4)), net.layers[1].bias

    def loss():
        return te.nn.mse_loss(net.layers[0](inputs).tanh() @ net.layers[1].weight + wrong(bias), np.zeros((5, 3)))

    assert gradient_check(loss, net.parameters(), rng).worst > 1e-3


def test_a_loss_that_does_not_depend_on_its_parameters_has_slope_0():
    w, v = te.Value([1.0, 2.0]), te.Value([3.0])
    assert gradient_check(lambda: (v * v).sum() * 0.0, [w], np.random.default_rng(0)).worst == 0.0


def test_float32_is_refused():
    net = te.nn.MLP([2, 2], rng=0)
    with pytest.raises(TypeError, match="float64"):
        gradient_check(lambda: net(np.ones(2, np.float32)).sum(), net.parameters(), np.random.default_rng(0))
