"""Operations with several results: one Value in the record, and a `part` of it for each."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import rules
from laws.calls import Call

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.engine import Op, history
from tinygrad_edu.kinds import bundle, parts
from tinygrad_edu.testing.strategies import arrays, directions, shapes


def cube_and_wave_vjp(g, out, x):
    cube, wave = ((0.0 * x if part is None else part) for part in g)
    return cube * 3.0 * x * x + wave * np.cos(x)


cube_and_wave = Op("cube_and_wave", lambda x: (x**3, np.sin(x)), (cube_and_wave_vjp,))
"""Two results of one input."""


def mixed_vjp(g, out, whole):
    x, y = parts(whole)
    u, v = ((0.0 * x if part is None else part) for part in g)
    return type(g)((u * y + v, u * x - v))


mixed = Op("mixed", lambda whole: (whole[0] * whole[1], whole[0] - whole[1]), (mixed_vjp,))
"""Two results of two inputs, which come as one."""


def calls(draw):
    """The two operations, with all results used, some, or one of them twice."""
    shape = draw(shapes(max_dims=2))
    x, y = draw(arrays(shape)), draw(arrays(shape))
    ours = {
        "both": (
            lambda x, y: (lambda a, b: a * b)(*parts(cube_and_wave(x * y))),
            lambda x, y: (x * y) ** 3 * np.sin(x * y),
        ),
        "second": (lambda x, y: parts(cube_and_wave(x))[1] * y, lambda x, y: np.sin(x) * y),
        "twice": (
            lambda x, y: (lambda a, b: a * a + b * y)(*parts(cube_and_wave(x))),
            lambda x, y: x**6 + np.sin(x) * y,
        ),
        "bundled": (
            lambda x, y: (lambda a, b: a * b + b)(*parts(mixed(bundle(x, y)))),
            lambda x, y: (x * y + 1.0) * (x - y),
        ),
        "one used": (lambda x, y: parts(mixed(bundle(x, y)))[0], lambda x, y: x * y),
        "one input twice": (lambda x, y: parts(mixed(bundle(x, x)))[0] * y, lambda x, y: x * x * y),
    }
    f, oracle = ours[draw(st.sampled_from(sorted(ours)))]
    return Call(None, f, (x, y), oracle)


@given(data=st.data())
def test_several_results_obey_the_laws(data):
    call = calls(data.draw)
    u = data.draw(directions(np.shape(call.inputs[0])))
    ts = [data.draw(directions(np.shape(x))) for x in call.inputs]
    rules.forward_is_the_oracles(call)
    rules.gradient_is_the_slope(call, u, ts)
    rules.tangent_is_the_slope(call, ts)
    rules.modes_are_adjoint(call, u, ts)
    rules.gradients_are_like_inputs(call, u)
    rules.backward_adds_up(call, u)
    rules.second_orders_agree(call, u, 0.5 * u, ts, ts)


def test_plain_data_give_a_plain_tuple():
    assert cube_and_wave(2.0) == (8.0, np.sin(2.0))


def test_the_record_has_one_node_for_the_operation_and_shows_it():
    x = Value(0.5, label="x")
    a, b = parts(cube_and_wave(x))
    y = a * b
    assert [v.op.name for v in history(y) if v.op] == ["multiply", "part", "part", "cube_and_wave"]
    y.backward()
    assert x.grad == pytest.approx(3 * 0.25 * np.sin(0.5) + 0.125 * np.cos(0.5))
    assert "cube_and_wave" in te.draw(y).svg
    assert "∂v4/∂x" in str(te.steps(y))
