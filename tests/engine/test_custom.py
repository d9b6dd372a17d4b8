"""checkpoint and custom_vjp: the derivatives of the function itself, or one's own, to any order."""

import tracemalloc
from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from laws import rules
from laws.calls import Call

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.engine import history
from tinygrad_edu.testing.program import Line, Program, evaluated, programs, programs_with_directions
from tinygrad_edu.testing.strategies import arrays, directions, shapes

Pair = namedtuple("Pair", "x y")


# ---- checkpoint: what it computes ---------------------------------------------------------------


def checkpointed(program):
    """A program, the first lines of which are one checkpointed function of a dictionary of names."""
    cut = max(1, len(program.lines) // 2)

    def start(given):
        names = dict(given)
        for line in program.lines[:cut]:
            names[line.name] = evaluated(line.text, names)
        return names

    def run(*xs):
        names = te.checkpoint(start)(dict(zip(program.inputs, xs, strict=True)))
        rest = Program(names, program.lines[cut:] or (Line("y", "{0}", (program.lines[-1].name,)),))
        return rest(*names.values())

    return run


@given(programs_with_directions())
def test_a_checkpointed_program_obeys_the_laws(drawn):
    program, ts = drawn
    note(program)
    call = Call(None, checkpointed(program), tuple(program.inputs.values()), program)
    rules.modes_are_adjoint(call, 1.0, ts)
    rules.gradient_is_the_slope(call, 1.0, ts)
    rules.gradients_are_like_inputs(call, 1.0)
    rules.backward_adds_up(call, 1.0)
    rules.second_orders_agree(call, 1.0, -0.5, ts, [0.5 * t for t in ts])


@given(programs(kinks=True), st.data())
def test_a_checkpointed_program_has_the_derivatives_of_the_program(program, data):
    note(program)
    xs = tuple(program.inputs.values())
    ts = tuple(data.draw(directions(np.shape(x))) for x in xs)
    same(te.vjp(checkpointed(program), *xs)[1](1.0), te.vjp(program, *xs)[1](1.0))
    same(te.jvp(checkpointed(program), xs, ts), te.jvp(program, xs, ts))
    same(te.hvp(lambda xs: checkpointed(program)(*xs), xs, ts), te.hvp(lambda xs: program(*xs), xs, ts))


def same(found, expected):
    """Assert that two tuples of numbers and arrays agree."""
    for a, b in zip(found, expected, strict=True):
        assert np.shape(a) == np.shape(b)
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10)


BRANCH = {
    "the result is chosen from": lambda f: lambda x: np.where(x > 0.0, f(np.sqrt)(x), 0.0),
    "the argument was chosen": lambda f: lambda x: f(np.sqrt)(te.relu(x)),
    "chosen inside": lambda f: f(lambda x: te.relu(np.sqrt(x))),
    "chosen inside, from an argument": lambda f: lambda x: f(te.relu)(np.sqrt(x)),
    "nothing is chosen": lambda f: lambda x: 0.0 * f(np.sqrt)(x),
}


@pytest.mark.parametrize("program", BRANCH.values(), ids=list(BRANCH))
@pytest.mark.parametrize("x", [0.0, np.array([0.0, 4.0]), -1.0])
def test_branches_not_taken_count_for_nothing_through_a_checkpoint(program, x):
    plain, sparing = program(lambda f: f), program(te.checkpoint)
    total = lambda f: lambda x: np.sum(f(x))
    np.testing.assert_array_equal(te.grad(total(sparing))(x), te.grad(total(plain))(x))
    t = np.zeros_like(x) if np.shape(x) else 0.0
    for along in (t, t + 1.0):
        np.testing.assert_array_equal(te.jvp(sparing, (x,), (along,))[1], te.jvp(plain, (x,), (along,))[1])


@given(st.data())
def test_whole_jacobians_through_a_checkpoint(data):
    x = data.draw(arrays(data.draw(shapes(max_dims=2))))
    f = lambda x: np.sin(x) * x + np.sum(x)
    runs = []
    g = te.checkpoint(lambda x: runs.append(1) or f(x))
    for mode in ("reverse", "forward"):
        runs.clear()
        np.testing.assert_allclose(te.jacobian(g, mode=mode)(x), te.jacobian(f)(x), atol=1e-12)
        assert len(runs) <= 2  # all rows, or columns, at once
    np.testing.assert_allclose(te.hessian(lambda x: np.sum(g(x)))(x), te.hessian(lambda x: np.sum(f(x)))(x), atol=1e-9)


def test_weights_reached_by_closure_get_their_gradients():
    def model(w):
        return lambda x: {"h": np.tanh(x @ w["a"]) * w["b"], "n": x}

    x = np.array([[1.0, 2.0]])
    for wrap in (lambda f: f, te.checkpoint):
        w = {"a": Value([[0.5], [-0.25]]), "b": Value(3.0)}
        out = wrap(model(w))(x)
        assert out["n"] is x
        out["h"].sum().backward()
        found = (w["a"].grad, w["b"].grad)
        if wrap is not te.checkpoint:
            expected = found
    same(found, expected)

    def loss(w):
        return np.sum(te.checkpoint(model(w))(x)["h"] ** 2)

    w = {"a": np.array([[0.5], [-0.25]]), "b": 3.0}
    plain = lambda w: np.sum(model(w)(x)["h"] ** 2)
    same(te.hvp(loss, w, w).values(), te.hvp(plain, w, w).values())
    same([te.jvp(loss, (w,), (w,))[1]], [te.jvp(plain, (w,), (w,))[1]])


def test_results_may_be_arguments_closures_constants_or_the_same():
    w = Value(2.0)
    f = te.checkpoint(lambda x: [x, w, 5.0, "text", None, (y := x * w), y])
    x = Value(3.0)
    same_x, same_w, number, text, nothing, first, second = f(x)
    assert (number, text, nothing) == (5.0, "text", None)
    (same_x + 10.0 * same_w + 100.0 * first + 1000.0 * second).backward()
    assert (x.grad, w.grad) == (1.0 + 1100.0 * 2.0, 10.0 + 1100.0 * 3.0)
    assert te.checkpoint(lambda: 3.0)() == 3.0
    assert te.checkpoint(lambda x: 3.0)(x) == 3.0
    assert te.checkpoint(np.sin)(0.5) == np.sin(0.5)


def test_masks_integers_settings_and_keywords_are_handed_on():
    @te.checkpoint
    def f(x, mask, k, *, scale, name):
        assert (mask.dtype, type(k), name) == (bool, int, "n")
        return x[mask][k] * scale

    x, s = Value([1.0, 2.0, 3.0]), Value(10.0)
    f(x, x > 1.5, 1, scale=s, name="n").backward()
    assert (x.grad.tolist(), s.grad) == ([0.0, 0.0, 10.0], 3.0)


def test_checkpoints_within_checkpoints():
    inner = te.checkpoint(lambda x: np.sin(x) * x)
    outer = te.checkpoint(lambda x: inner(inner(x) + x))
    plain = lambda f: lambda x: f(f(x) + x)
    f = plain(lambda x: np.sin(x) * x)
    for d in (te.grad, lambda f: te.grad(te.grad(f)), lambda f: te.grad(lambda x: te.jvp(f, (x,), (1.0,))[1])):
        assert d(outer)(0.75) == pytest.approx(d(f)(0.75))


def test_derivatives_inside_a_checkpoint():
    f = te.checkpoint(lambda x: te.grad(lambda y: x * y**3)(x))  # 3x³
    assert te.grad(f)(2.0) == 36.0
    assert te.grad(te.grad(f))(2.0) == 36.0


# ---- checkpoint: what it costs ------------------------------------------------------------------


def piece(n):
    """n steps, each of which must be remembered to be differentiated."""

    def run(x):
        for _ in range(n):
            x = np.sin(x)
        return x

    return run


def test_a_chain_of_n_in_pieces_of_root_n_remembers_root_n():
    def remembered(n, wrap):
        x = Value(1.0)
        for _ in range(n):
            x = wrap(piece(n))(x)
        return len(history(x))

    for n in (5, 10, 20):
        assert remembered(n, lambda f: f) == n * n + 1
        assert remembered(n, te.checkpoint) == 3 * n + 1  # inputs, call and result of each piece


def test_the_memory_falls_too():
    def peak(wrap, n=12):
        def f(x):
            for _ in range(n):
                x = wrap(piece(n))(x)
            return np.sum(x)

        tracemalloc.start()
        te.grad(f)(np.ones(10_000))
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top / 80_000

    assert peak(lambda f: f) > 144
    assert peak(te.checkpoint) < 60


def test_a_checkpointed_function_runs_twice():
    runs = []
    te.grad(te.checkpoint(lambda x: runs.append(1) or x * x))(3.0)
    assert len(runs) == 2


# ---- checkpoint: what must not change -----------------------------------------------------------


def test_a_second_run_that_differs_is_noticed():
    rng = np.random.default_rng(0)
    with pytest.raises(RuntimeError, match=r"noisy is checkpointed.*seed"):
        te.grad(te.checkpoint(noisy(rng)))(1.0)
    with pytest.raises(RuntimeError, match="did not do the same"):
        te.jvp(te.checkpoint(noisy(rng)), (1.0,), (1.0,))
    f = te.checkpoint(lambda x, seed: x * np.random.default_rng(seed).normal())
    assert te.grad(f)(1.0, 3) == np.random.default_rng(3).normal()


def noisy(rng):
    """A function of another result every time."""

    def noisy(x):
        return x * rng.normal()

    return noisy


def test_another_number_or_another_value_is_noticed():
    calls, w = [], Value(1.0)
    fewer = te.checkpoint(lambda x: calls.append(1) or (x * 1.0 if len(calls) == 2 else [x * 1.0, x * 1.0]))
    x = Value(1.0)
    out = fewer(x)[0]
    with pytest.raises(RuntimeError, match="did not do the same"):
        out.backward()
    calls.clear()
    out = te.checkpoint(lambda x: calls.append(1) or (x * w if len(calls) == 2 else x * 1.0))(x)
    with pytest.raises(RuntimeError, match="did not do the same"):
        out.backward()


def test_a_weight_changed_in_between_is_noticed():
    w, x = Value(2.0), Value(3.0)
    y = te.checkpoint(lambda x: x * w)(x)
    w.data = 5.0
    with pytest.raises(RuntimeError):
        y.backward()
    y = te.checkpoint(lambda x: x * w)(x)
    x.data = 4.0
    with pytest.raises(RuntimeError, match="changed after"):
        y.backward()


# ---- custom_vjp ---------------------------------------------------------------------------------


@te.custom_vjp
def scaled(p, k, *, power=1):
    """k · x · yᵖᵒʷᵉʳ, and k · y."""
    return {"product": k * p.x * p.y**power, "other": k * p.y}


def scaled_forward(p, k, *, power=1):
    """The result, and what goes into the derivative."""
    return scaled(p, k, power=power), (p, k, power)


def scaled_backward(kept, g):
    """The derivative, written out."""
    p, k, power = kept
    gp, go = g["product"], g["other"]
    gx = gp * k * p.y**power
    gy = gp * k * p.x * power * p.y ** (power - 1) + go * k
    return Pair(gx, gy), np.sum(gp * p.x * p.y**power) + np.sum(go * p.y)


scaled.defvjp(scaled_forward, scaled_backward)


@given(st.data())
def test_a_gradient_of_ones_own_obeys_the_laws(data):
    shape, power = data.draw(shapes()), data.draw(st.sampled_from([1, 3]))
    x, y = data.draw(arrays(shape)), data.draw(arrays(shape))

    def run(x, y, k):
        out = scaled(Pair(x, y), k, power=power)
        return out["product"] + 0.5 * out["other"]

    call = Call(None, run, (x, y, 1.5), lambda x, y, k: k * x * y**power + 0.5 * k * y)
    u, ts = data.draw(directions(shape)), [data.draw(directions(s)) for s in (shape, shape, ())]
    rules.gradient_is_the_slope(call, u, ts)
    rules.modes_are_adjoint(call, u, ts)
    rules.gradients_are_like_inputs(call, u)
    rules.second_orders_agree(call, u, 0.5 * u, ts, [0.25 + t for t in ts])


def own(forward, backward, f=None):
    """A function with a gradient of its own."""

    def mine(*args):
        return forward(*args)[0]

    new = te.custom_vjp(f or mine)
    new.defvjp(forward, backward)
    return new


def test_the_gradient_is_the_one_given():
    f = own(lambda x, y: (x * y, None), lambda kept, g: (7.0 * g, None))
    assert te.grad(f, (0, 1))(2.0, 3.0) == (7.0, 0.0)
    assert te.jvp(f, (2.0, 3.0), (1.0, 1.0)) == (6.0, 7.0)
    assert te.jacobian(f)(np.ones(2), 1.0).tolist() == [[7.0, 0.0], [0.0, 7.0]]
    assert f(2.0, 3.0) == 6.0
    assert f(Value(2.0), 3.0).data == 6.0


def test_what_is_no_value_needs_no_cotangent():
    f = own(lambda x, name, k: (x * len(name) * k, (name, k)), lambda kept, g: (g * len(kept[0]) * kept[1], None, None))
    assert te.grad(f)(2.0, "abc", 2) == 6.0


def test_results_that_are_not_used_have_the_cotangent_0():
    f = own(lambda x: ((x, 2.0 * x), None), lambda kept, g: (g[0] + 2.0 * g[1],))
    assert te.grad(lambda x: np.sum(f(x)[1]))(np.ones(2)).tolist() == [2.0, 2.0]


def test_higher_orders_of_a_solver_that_only_knows_numbers():
    @te.custom_vjp
    def root(a):
        return float(a) ** 0.5

    root.defvjp(lambda a: ((y := root(a)), y), lambda y, g: (g / (2.0 * y),))
    assert te.grad(root)(4.0) == 0.25
    assert te.grad(te.grad(root))(4.0) == -1 / 32
    assert te.grad(te.grad(te.grad(root)))(4.0) == pytest.approx(0.375 * 4.0**-2.5)
    assert te.hvp(root, 4.0, 1.0) == -1 / 32


def test_a_forward_that_cannot_be_differentiated_again_says_so():
    f = own(lambda x: (float(x) ** 2, float(x)), lambda x, g: (2.0 * x * g,))
    assert te.grad(f)(3.0) == 6.0
    with pytest.raises(TypeError) as caught:
        te.grad(te.grad(f))(3.0)
    assert any("second derivative of mine" in note for note in caught.value.__notes__)


def test_a_closure_over_a_value_is_refused():
    w = Value(2.0)
    f = own(lambda x: (x * w, x), lambda x, g: (g * w.data,))
    for x in (3.0, Value(3.0)):
        with pytest.raises(TypeError, match="mine depends on a Value that is not among its arguments"):
            f(x)
    hidden = own(lambda x: (x * 2.0, w * x), lambda kept, g: (g,))
    with pytest.raises(TypeError, match="not among its arguments"):
        hidden(Value(3.0))
    with pytest.raises(TypeError, match="by keyword"):
        scaled(Pair(1.0, 2.0), 3.0, power=w)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (lambda g: g, "backward of mine must return a tuple of 2"),
        (lambda g: (g,), "tuple of 2 cotangents.*not a tuple of 1"),
        (lambda g: (g, g, g), "not a tuple of 3"),
        (lambda g: None, "not a NoneType"),
        (lambda g: (g[:2], g), r"argument 0, of shape \(3,\), a cotangent of shape \(2,\)"),
        (lambda g: (1.0, g), r"cotangent of shape \(\)"),
        (lambda g: (g, [g]), "cotangent of argument 1: a single Value was expected, not a list of 1"),
    ],
)
def test_cotangents_that_do_not_fit_are_refused(returned, message):
    f = own(lambda x, y: (x * y, None), lambda kept, g: returned(g))
    x, y = Value(np.ones(3)), Value(np.ones(3))
    with pytest.raises(ValueError, match=message):
        f(x, y).sum().backward()


def test_what_is_missing_is_said():
    f = te.custom_vjp(lambda x: x)
    assert f(3.0) == 3.0
    with pytest.raises(TypeError, match=r"has no gradient yet; call <lambda>\.defvjp"):
        f(Value(3.0))
    with pytest.raises(TypeError, match="two functions"):
        f.defvjp(1.0, 2.0)
    f.defvjp(lambda x: x, lambda kept, g: (g,))
    with pytest.raises(TypeError, match=r"must return a pair \(result, residuals\)"):
        f(Value(3.0))
    assert scaled.__doc__.startswith("k · x")
