"""Compiling and differentiating in either order, within one another, and to any order, give the same."""

import numpy as np
import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from laws import FEW
from laws.replaying import bits, nothing_is_shared, outcome

import tinygrad_edu as te
from tinygrad_edu import Value, nn
from tinygrad_edu.testing.program import programs_with_directions
from tinygrad_edu.trees import leaves

X, V = np.array([0.5, -1.25, 2.0]), np.array([1.0, 0.25, -0.5])


def f(x, y=0.75):
    """A function with derivatives of every order in both arguments."""
    return np.sum(np.tanh(x * y) ** 2 * x) + np.exp(0.1 * y)


def close(found, expected, tolerance=1e-12):
    """The same structure of numbers, up to rounding."""
    found, expected = leaves(found), leaves(expected)
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        a, b = (v.data if type(v) is Value else v for v in (a, b))
        assert np.shape(a) == np.shape(b)
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


TRANSFORMS = {
    "grad": lambda f: te.grad(f, (0, 1)),
    "value_and_grad": lambda f: te.value_and_grad(f, (0, 1)),
    "of a gradient": lambda f: te.grad(lambda x, y: np.sum(te.grad(f)(x, y) * V) + te.grad(f, 1)(x, y)),
    "hessian": te.hessian,
    "jacobian": lambda f: te.jacobian(te.grad(f)),
    "hvp": lambda f: lambda x, y: te.hvp(lambda x: f(x, y), x, V),
    "jvp": lambda f: lambda x, y: te.jvp(f, (x, y), (V, 0.3)),
    "vjp": lambda f: lambda x, y: te.vjp(f, x, y)[1](0.7),
    "jvp of a gradient": lambda f: lambda x, y: te.jvp(te.grad(f), (x, y), (V, 0.3)),
    "gradient of a jvp": lambda f: te.grad(lambda x, y: te.jvp(f, (x, y), (V, 0.3))[1]),
    "third": lambda f: lambda x, y: te.grad(te.grad(te.grad(f, 1), 1), 1)(x, y),
    "linearize": lambda f: lambda x, y: te.linearize(f, x, y)[1](V, 0.3),
    "elementwise_grad": lambda f: lambda x, y: te.elementwise_grad(lambda x: np.tanh(x) * f(V, y))(x),
}

EACH = pytest.mark.parametrize("name", TRANSFORMS)
DRAWS = [(X, 0.75), (V, -0.5), (X * V, 1.5)]


@EACH
def test_a_compiled_derivative_is_the_derivative(name):
    """To the last bit: the program is the walk that the transform makes."""
    derivative = TRANSFORMS[name](f)
    compiled = te.compile(derivative)
    for args in DRAWS:
        assert outcome(compiled, *args) == outcome(derivative, *args)
    assert len(compiled.programs) == 1


@EACH
def test_a_derivative_of_a_compiled_function_is_the_derivative(name):
    compiled = te.compile(f)
    derivative, expected = TRANSFORMS[name](compiled), TRANSFORMS[name](f)
    for args in DRAWS:
        close(derivative(*args), expected(*args))
    assert len(compiled.programs) <= 2


@EACH
def test_compiled_within_compiled(name):
    """Any mixture: the compiled derivative of a compiled function, of which a part is compiled."""
    inner = te.compile(lambda x, y: np.tanh(x * y))

    @te.compile
    def mixed(x, y=0.75):
        return np.sum(inner(x, y) ** 2 * x) + np.exp(0.1 * y)

    for derivative in (te.compile(TRANSFORMS[name](mixed)), te.compile(te.compile(TRANSFORMS[name](mixed)))):
        for args in DRAWS:
            close(derivative(*args), TRANSFORMS[name](f)(*args))


@FEW
@given(programs_with_directions(), st.data())
def test_programs_to_second_order(drawn, data):
    program, ts = drawn
    note(program)
    args, n = tuple(program.inputs.values()), len(program.inputs)
    compiled = te.compile(program)

    def along(p):
        return lambda *xs: sum(np.sum(g * t) for g, t in zip(te.grad(p, tuple(range(n)))(*xs), ts, strict=True))

    expected = te.grad(along(program), tuple(range(n)))(*args)
    close(te.grad(along(compiled), tuple(range(n)))(*args), expected, 1e-9)
    both = te.compile(te.grad(along(compiled), tuple(range(n))))
    close(both(*args), expected, 1e-9)
    close(both(*args), expected, 1e-9)
    close(te.jvp(te.grad(compiled), args, tuple(ts))[1], te.jvp(te.grad(program), args, tuple(ts))[1], 1e-9)


# ---- with live Values ------------------------------------------------------------------------------------


def test_backward_through_a_compiled_result_reaches_arguments_and_parameters():
    w, b = Value(V.copy(), label="w"), Value(0.5)

    def loss(x, y):
        return np.sum(np.tanh(w * x + b) * y)

    compiled = te.compile(loss)
    for args in ((X, 2.0), (V, -1.0)):
        grads = []
        for g in (loss, compiled):
            x, y = map(Value, args)
            w.grad = b.grad = None
            out = g(x, y)
            (out * out).backward()
            grads.append([out.data, x.grad, y.grad, w.grad, b.grad])
        close(grads[1], grads[0])
        nothing_is_shared(grads[1], [w, b, x])


def test_backward_adds_up_as_it_does_without():
    w = Value(V.copy())
    compiled = te.compile(lambda x: np.sum(w * x))
    for k in range(3):
        compiled(X).backward()
        np.testing.assert_allclose(w.grad, (k + 1) * X)


def test_a_result_remembers_the_parameters_that_it_was_computed_from():
    """A weight that is changed before `backward` is noticed, as it is without compiling."""
    w = Value(V.copy())
    for g in (lambda x: np.sum(w * w * x), te.compile(lambda x: np.sum(w * w * x))):
        out = g(X)
        w.data = w.data * 2.0
        with pytest.raises(RuntimeError, match="changed"):
            out.backward()


def test_gradients_of_a_model_that_is_compiled():
    model = nn.MLP([3, 4, 1], "tanh", rng=0)
    compiled = te.compile(lambda x: np.mean(model(x) ** 2))
    x = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    np.mean(model(x) ** 2).backward()
    expected = [p.grad for p in model.parameters()]
    for _ in range(2):
        for p in model.parameters():
            p.grad = None
        compiled(x).backward()
        close([p.grad for p in model.parameters()], expected, 1e-6)


def test_several_results_of_which_some_are_used():
    compiled = te.compile(lambda x: {"a": np.sin(x), "b": (np.sum(x), x > 0.0, np.argmax(x))})
    x = Value(X.copy())
    compiled(X)
    found = compiled(x)
    assert [type(v) for v in leaves(found)] == [Value] * 4
    (np.sum(found["a"]) + 2.0 * found["b"][0]).backward()
    close(x.grad, np.cos(X) + 2.0)
    assert outcome(lambda: found["b"][1:]) == outcome(lambda: (Value(X) > 0.0, np.argmax(Value(X))))


def test_a_cotangent_that_is_none_is_zero():
    compiled = te.compile(lambda x, y: (x * y, np.sum(x)))
    compiled(X, V)
    x, y = Value(X.copy()), Value(V.copy())
    compiled(x, y)[1].backward()
    close([x.grad, y.grad], [np.ones(3), np.zeros(3)])


def test_a_complex_function():
    def g(z):
        return np.sum(np.abs(np.exp(z) * z) ** 2)

    z = X + 1j * V
    for derivative in (te.compile(te.grad(g)), te.grad(te.compile(g))):
        for _ in range(2):
            close(derivative(z), te.grad(g)(z))


def test_dtypes_and_shapes_of_gradients_are_those_of_the_arguments():
    compiled = te.compile(lambda x, y: np.sum(x * y))
    x, y = X.astype(np.float32), np.float64(2.0) * np.ones((2, 1))
    for _ in range(2):
        gx, gy = te.grad(compiled, (0, 1))(x, y)
        assert (gx.dtype, gx.shape, gy.dtype, gy.shape) == (x.dtype, x.shape, y.dtype, y.shape)


# ---- what cannot be differentiated from outside ----------------------------------------------------------


def test_a_result_after_an_update_says_that_it_cannot_be_differentiated():
    w = Value(V.copy())
    optimiser = te.optim.SGD([w], lr=0.1)

    @te.compile
    def step(x):
        loss = np.sum((w * x) ** 2)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return loss

    for _ in range(2):
        loss = step(X)
        assert type(loss) is Value
        with pytest.raises(RuntimeError, match="updated parameters after this was computed"):
            loss.backward()


def test_a_result_that_was_drawn_says_that_it_cannot_be_differentiated():
    rng = np.random.default_rng(0)
    w = Value(V.copy())
    compiled = te.compile(lambda: np.sum(w * te.random.normal(rng, size=3)))
    compiled()
    with pytest.raises(RuntimeError, match="would draw others"):
        compiled().backward()


def test_what_a_compiled_rule_makes_is_in_memory_of_its_own():
    compiled = te.compile(lambda x: (x * 1.0, x[:2], x))
    x = Value(X.copy())
    compiled(x)
    out, part, same = compiled(x)
    cotangent = np.ones(3)
    out.backward(cotangent)
    kept = x.grad
    before = bits(kept)
    part.backward(np.ones(2))
    same.backward(cotangent)
    nothing_is_shared([x.grad], [cotangent, x, out, part])
    assert bits(kept) == before
    close(x.grad, np.array([3.0, 3.0, 2.0]))
