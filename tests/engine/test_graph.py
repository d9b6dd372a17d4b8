"""Contract 10: one log of the backward pass, from which steps are told; names and scopes."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, note

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.engine import history
from tinygrad_edu.graph import Event, events, expression, local_derivative, names, scoped, scopes
from tinygrad_edu.testing.program import programs

# ---- the event log ------------------------------------------------------------------------------


@given(programs())
def test_contract_10_contributions_add_up_to_totals_and_gradients(program):
    note(program)
    y = program(*map(Value, program.inputs.values()))
    log = events(y)
    y.backward()
    sums = {}
    for event in log:
        assert isinstance(event, Event)
        assert event.target is event.node.inputs[event.position]
        assert event.first == (event.target not in sums)
        sums[event.target] = sums.get(event.target, 0.0) + event.contribution
        np.testing.assert_allclose(event.total, sums[event.target], rtol=1e-12, atol=1e-12)
        np.testing.assert_array_equal(event.upstream, event.node.grad)
        assert np.shape(event.contribution) == event.target.shape
    for target, total in sums.items():
        assert not (target.op is not None and target.op.constant), "a mask has no cotangent"
        np.testing.assert_allclose(target.grad, total, rtol=1e-12, atol=1e-12)


@given(programs())
def test_contract_10_upstream_times_local_is_the_contribution(program):
    y = program(*map(Value, program.inputs.values()))
    for event in events(y):
        if event.local is not None:
            assert np.shape(event.local) == event.node.shape
            product = np.asarray(event.upstream * event.local)
            if product.shape == event.target.shape:
                np.testing.assert_allclose(product, event.contribution, rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(np.sum(product), np.sum(event.contribution), rtol=1e-9, atol=1e-9)


@given(programs())
def test_contract_10_the_log_is_in_order_and_changes_nothing(program):
    y = program(*map(Value, program.inputs.values()))
    log = events(y)
    births = [event.node.birth for event in log]
    assert births == sorted(births, reverse=True)
    assert all(a.position < b.position for a, b in pairwise(log) if a.node is b.node)
    assert all(v.grad is None for v in history(y))
    y.backward()
    kept = [np.array(v.grad) for v in history(y) if v.grad is not None]
    events(y)
    for before, v in zip(kept, [v for v in history(y) if v.grad is not None], strict=True):
        np.testing.assert_array_equal(before, v.grad)


def test_contract_10_a_plus_a_is_two_edges():
    a = Value(2.0, label="a")
    for y, expected in ((a + a, [(0, 1.0), (1, 1.0)]), (a * a, [(0, 2.0), (1, 2.0)])):
        assert [(e.position, e.contribution) for e in events(y)] == expected
        assert [e.first for e in events(y)] == [True, False]
    assert [e.total for e in events(a + a)] == [1.0, 2.0]


def test_contract_10_a_comparison_gets_no_contribution():
    x = Value([1.0, -2.0])
    y = np.sum(x * (x > 0.0))
    targets = [e.target for e in events(y)]
    assert all(t.op is None or not t.op.constant for t in targets)


def test_contract_10_a_seed_scales_the_log():
    x = Value([1.0, 2.0])
    y = x * 3.0
    (event,) = events(y, [10.0, 20.0])
    assert event.upstream.tolist() == [10.0, 20.0]
    assert event.contribution.tolist() == [30.0, 60.0]
    for f in (events, te.steps):
        with pytest.raises(ValueError, match="seed"):
            f(y)
        with pytest.raises(TypeError, match="no derivative"):
            f(Value(1.0) > 0.0)


def test_local_derivatives():
    x, w = Value(3.0), Value([1.0, 2.0])
    y = x * w
    assert local_derivative(y, 0).tolist() == [1.0, 2.0]
    assert local_derivative(y, 1).tolist() == [3.0, 3.0]
    assert local_derivative(np.sum(w), 0) is None
    assert local_derivative(np.where(w > 1.0, w, 0.0), 1).tolist() == [0.0, 1.0]
    assert local_derivative(np.where(w > 1.0, w, 0.0), 0) is None
    assert local_derivative(te.relu(w - 1.0), 0).tolist() == [0.0, 1.0]


# ---- steps --------------------------------------------------------------------------------------


def test_steps_tell_the_chain_rule_one_product_a_line():
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    c = a * b
    c.label = "c"
    loss = c + a
    loss.label = "L"
    told = te.steps(loss)
    assert str(told).splitlines() == [
        "∂L/∂L = 1",
        "∂L/∂c += ∂L/∂L · ∂L/∂c = 1 × 1 = 1",
        "∂L/∂a += ∂L/∂L · ∂L/∂a = 1 × 1 = 1",
        "∂L/∂a += ∂L/∂c · ∂c/∂a = 1 × (−3) = −3   (so far −2)",
        "∂L/∂b += ∂L/∂c · ∂c/∂b = 1 × 2 = 2",
    ]
    assert len(told) == 4
    assert [e.contribution for e in told] == [1.0, 1.0, -3.0, 2.0]
    assert told[-1].contribution == 2.0
    assert len(told[1:3]) == 2
    assert repr(told) == str(told)
    assert a.grad is None


def test_steps_of_unnamed_values_and_arrays():
    x = Value([1.0, -0.5], label="x")
    told = str(te.steps(np.sum(np.tanh(x) * 2.0)))
    assert told.splitlines()[1:] == [
        "∂v3/∂v2 += ∂v3/∂v3 · ∂v3/∂v2 = [1, 1]",
        "∂v3/∂v1 += ∂v3/∂v2 · ∂v2/∂v1 = [1, 1] × [2, 2] = [2, 2]",
        "∂v3/∂x += ∂v3/∂v1 · ∂v1/∂x = [2, 2] × [0.42, 0.7864] = [0.8399, 1.573]",
    ]
    assert str(te.steps(Value(2.0))) == "∂v1/∂v1 = 1"


@given(programs())
def test_steps_of_any_program_have_a_line_for_each_product(program):
    told = te.steps(program(*map(Value, program.inputs.values())))
    assert len(str(told).splitlines()) == len(told) + 1


# ---- names --------------------------------------------------------------------------------------


def test_contract_11_names_are_labels_or_numbers_by_age_and_differ():
    w1, w2, v1 = Value(1.0, label="w"), Value(2.0, label="w"), Value(3.0, label="v1")
    y = w1 * w2 + v1 * 2.0
    named = names(history(y))
    assert list(named.values()) == ["w", "w′2", "v1", "v2", "v3", "v4"]
    assert [named[v] for v in (w1, w2, v1)] == ["w", "w′2", "v1"]
    odd = Value(1.0, label="w′2") + w1 * w2
    assert len(set(names(history(odd)).values())) == len(history(odd))


def test_expressions_in_the_names_of_the_inputs():
    x, w = Value(2.0, label="x"), Value([1.0, 2.0], label="w")
    shown = {}
    for y in (x * w, x**2, np.tanh(x), x - 1.5, w @ w, np.where(x > 0.0, x, -1.0), w[0], np.array([1.0, 2.0]) * x, x):
        shown[expression(y, names(history(y)))] = y
    assert list(shown) == [
        "x × w", "x²", "tanh(x)", "x − 1.5", "w @ w", "where(v1, x, −1)", "getitem(w)", "array × x", "x",
    ]  # fmt: skip


# ---- scopes -------------------------------------------------------------------------------------


def paths(y):
    """The scope path of every operation, oldest first."""
    found = scopes(history(y))
    return {v.label or v.op.name: "/".join(path) for v, path in found.items()}


def test_scopes_nest_and_follow_one_another():
    inner = scoped("inner", np.tanh)

    def outer(x):
        return inner(x * 2.0) + 1.0

    x = Value(0.5, label="x")
    y = scoped("again", np.exp)(scoped("outer", outer)(x)) - 1.0
    assert paths(y) == {
        "x": "", "multiply": "outer", "tanh": "outer/inner", "add": "outer", "exp": "again", "subtract": "",
    }  # fmt: skip


def test_a_scope_with_several_results_is_one_scope():
    x = Value(3.0, label="x")
    p, q, r = scoped("s", lambda x: (np.tanh(x), {"q": x * 2.0}, np.sin(x)))(x)
    assert paths(p + q["q"] - r) == {"x": "", "tanh": "s", "multiply": "s", "sin": "s", "add": "", "subtract": ""}


def test_two_calls_under_one_name_are_two_scopes():
    step = scoped("step", lambda x: np.sin(x) * 2.0)
    x = Value(3.0, label="x")
    y = np.exp(step(step(x)))
    assert list(scopes(history(y)).values()) == [(), *[("step",)] * 4, ()]
    assert len(history(y)) == 6


def test_a_scope_whose_result_is_the_result_of_an_inner_scope():
    f = scoped("outer", scoped("middle", scoped("inner", np.tanh)))
    y = f(Value(1.0))
    assert scopes([y])[y] == ("outer", "middle", "inner")


def test_a_scope_that_computes_nothing_marks_nothing():
    x = Value(1.0, label="x")
    assert scoped("same", lambda x: x)(x) is x
    assert scopes([x])[x] == ()
    assert scoped("plain", lambda: 3.0)() == 3.0
    assert scoped("none", lambda: None)() is None


def test_a_scoped_function_keeps_its_name_and_arguments():
    def layer(x, scale=1.0):
        """A layer."""
        return x * scale

    wrapped = scoped("layer 1", layer)
    assert (wrapped.__name__, wrapped.__doc__) == ("layer", "A layer.")
    assert wrapped(Value(2.0), scale=3.0).data == 6.0


def test_scopes_of_a_long_record():
    x = Value(1.0)
    step = scoped("step", lambda x: x * 1.0 + 0.0)
    for _ in range(20_000):
        x = step(x)
    found = scopes(history(x))
    assert set(found.values()) == {(), ("step",)}
