"""grad, value_and_grad, vjp, jvp, jacobian, hessian and hvp: their results, structures and errors."""

from collections import OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.registry import calls_of, rows

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.engine import Parts, history, pullback, pushforward
from tinygrad_edu.stacks import STACKS, layers, piled
from tinygrad_edu.testing.program import Program, programs
from tinygrad_edu.testing.strategies import arrays, directions, shapes

Point = namedtuple("Point", "x y")


@dataclass(frozen=True)
class Layer:
    """Weights, a function, a name and a setting."""

    w: Any
    b: Any = None
    bend: Any = np.tanh
    name: str = "layer"
    times: int = field(default=2, metadata={"static": True})


def product(x, y, scale=1.0):
    """A function of two arguments and a keyword."""
    return np.sum(x * y) * scale


# ---- which arguments ----------------------------------------------------------------------------


def test_grad_takes_positions_from_either_end():
    assert te.grad(product)(2.0, 3.0) == 3.0
    assert te.grad(product, 1)(2.0, 3.0) == 2.0
    assert te.grad(product, -1)(2.0, 3.0) == 2.0
    assert te.grad(product, (0, 1))(2.0, 3.0) == (3.0, 2.0)
    assert te.grad(product, [1, 0])(2.0, 3.0) == (2.0, 3.0)
    assert te.grad(product, (1,))(2.0, 3.0) == (2.0,)
    assert te.grad(product)(2.0, 3.0, scale=10.0) == 30.0
    assert te.grad(product)(2.0, y=3.0) == 3.0
    assert te.grad(product, np.int64(1))(2.0, 3.0) == 2.0


@pytest.mark.parametrize("transform", [te.grad, te.value_and_grad, te.jacobian, te.hessian])
@pytest.mark.parametrize("argnums", [2, -3, (0, 2)])
def test_an_argument_that_is_not_there_is_refused(transform, argnums):
    with pytest.raises(TypeError, match=r"product got 2 positional arguments, so there is no argument (2|-3)"):
        transform(product, argnums)(2.0, 3.0)


@pytest.mark.parametrize("argnums", [(0, 0), (1, -1), (0, 1, -2)])
def test_an_argument_named_twice_is_refused(argnums):
    with pytest.raises(ValueError, match="twice"):
        te.grad(product, argnums)(2.0, 3.0)


def test_the_gradient_of_an_unused_argument_is_zero():
    assert te.grad(lambda x, y: x * x, 1)(2.0, 3.0) == 0.0
    found = te.grad(lambda x, y: np.sum(x), 1)(np.ones(2), np.ones((2, 3), np.float32))
    assert found.shape == (2, 3)
    assert found.dtype == np.float32
    assert not found.any()
    assert te.grad(lambda x: 3.0)(2.0) == 0.0
    assert te.jacobian(lambda x: np.ones(2))(np.ones(3)).tolist() == np.zeros((2, 3)).tolist()
    assert te.jvp(lambda x: 3.0, (2.0,), (1.0,)) == (3.0, 0.0)
    assert te.vjp(lambda x: np.ones(2), 2.0)[1](np.ones(2)) == (0.0,)


# ---- structures ---------------------------------------------------------------------------------

TREES = [
    {"w": 2.0, "b": 3.0},
    [2.0, (3.0, {"a": 4.0})],
    Point(2.0, 3.0),
    OrderedDict(b=1.0, a=2.0),
    defaultdict(float, a=1.0),
    {"layers": [Point(1.0, None), Point(2.0, (3.0,))], "empty": {}},
    Layer(2.0, [3.0, Layer(1.0)]),
    (),
]


def total(tree):
    """Σ k · leaf² over the leaves of a tree, counted in order from 1."""
    if isinstance(tree, dict):
        return sum((total(part) for part in tree.values()), 0.0)
    if isinstance(tree, list | tuple):
        return sum((total(part) for part in tree), 0.0)
    if isinstance(tree, Layer):
        assert (tree.bend, tree.name, tree.times) == (np.tanh, "layer", 2)
        return total(tree.w) + total(tree.b)
    return 0.0 if tree is None else tree * tree


def doubled(tree):
    """A tree with its leaves doubled."""
    if isinstance(tree, dict):
        new = tree.copy()
        new.update({key: doubled(part) for key, part in tree.items()})
        return new
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*map(doubled, tree))
    if isinstance(tree, list | tuple):
        return type(tree)(map(doubled, tree))
    if isinstance(tree, Layer):
        return Layer(doubled(tree.w), doubled(tree.b))
    return None if tree is None else 2.0 * tree


@pytest.mark.parametrize("tree", TREES, ids=repr)
def test_a_gradient_has_the_structure_of_its_argument(tree):
    found = te.grad(total)(tree)
    assert type(found) is type(tree)
    assert found == doubled(tree)
    if isinstance(tree, dict):
        assert list(found) == list(tree)
    value, slope = te.jvp(total, (tree,), (tree,))
    assert slope == 2.0 * value
    assert te.vjp(total, tree)[1](1.0) == (doubled(tree),)
    assert te.hvp(total, tree, tree) == doubled(tree)


@given(st.data())
def test_a_gradient_has_the_shapes_and_dtypes_of_its_argument(data):
    tree = {
        name: data.draw(arrays(data.draw(shapes()))) if name == "a" else np.ones((2, 0), np.float32) for name in "ab"
    }
    found = te.grad(lambda p: np.sum(p["a"] ** 2) + np.sum(p["b"]))(tree)
    np.testing.assert_array_equal(found["a"], 2.0 * tree["a"])
    assert found["b"].shape == (2, 0)
    assert found["b"].dtype == np.float32


def test_containers_of_a_result():
    y, back = te.vjp(lambda x: {"square": x * x, "pair": (x, 3.0)}, 2.0)
    assert y == {"square": 4.0, "pair": (2.0, 3.0)}
    assert back({"square": 1.0, "pair": (10.0, 5.0)}) == (14.0,)
    assert back({"pair": (10.0, 5.0), "square": 1.0}) == (14.0,)
    assert te.jvp(lambda x: [x, {"b": x * x}], (3.0,), (1.0,)) == ([3.0, {"b": 9.0}], [1.0, {"b": 6.0}])
    found = te.jacobian(lambda p: {"y": p["w"] * p["x"], "n": np.sum(p["w"])})({"w": np.array([1.0, 2.0]), "x": 3.0})
    assert found["y"]["w"].tolist() == [[3.0, 0.0], [0.0, 3.0]]
    assert found["y"]["x"].tolist() == [1.0, 2.0]
    assert found["n"]["w"].tolist() == [1.0, 1.0]
    assert found["n"]["x"] == 0.0


def test_a_result_that_occurs_twice():
    _, back = te.vjp(lambda x: (y := x * 2.0, y), 3.0)
    assert back((1.0, 10.0)) == (22.0,)
    assert te.jvp(lambda x: (x, x), (3.0,), (1.0,)) == ((3.0, 3.0), (1.0, 1.0))


def test_dicts_are_paired_by_key_whatever_their_order():
    f = lambda p: p["a"] * 10.0 + p["b"]
    assert te.jvp(f, ({"a": 1.0, "b": 2.0},), ({"b": 1.0, "a": 0.0},)) == (12.0, 1.0)


@pytest.mark.parametrize(
    "tangent", [{"a": 1.0}, {"a": 1.0, "c": 1.0}, (1.0, 1.0), 1.0, {"a": 1.0, "b": (1.0,)}, {"a": 1.0, "b": None}]
)
def test_a_tangent_of_another_structure_is_refused(tangent):
    with pytest.raises((ValueError, TypeError), match="expected"):
        te.jvp(lambda p: p["a"] + p["b"], ({"a": 1.0, "b": 2.0},), (tangent,))
    with pytest.raises((ValueError, TypeError), match="expected"):
        te.vjp(lambda x: {"a": x, "b": x}, 1.0)[1](tangent)


# ---- jacobians ----------------------------------------------------------------------------------


@given(st.data())
def test_a_jacobian_has_the_shape_of_the_result_before_that_of_the_argument(data):
    x = data.draw(arrays(data.draw(shapes(max_dims=2))))
    y = data.draw(arrays(data.draw(shapes(max_dims=2))))
    found = te.jacobian(outer, (0, 1))(x, y)
    for j, z in zip(found, (x, y), strict=True):
        assert np.shape(j) == np.shape(x) + np.shape(y) + np.shape(z)
    ts = np.ones_like(x) if np.shape(x) else 1.0
    _, along = te.jvp(lambda x: outer(x, y), (x,), (ts,))
    np.testing.assert_allclose(np.tensordot(found[0], ts, np.ndim(x)), along, atol=1e-12)


def outer(x, y):
    """Every product of an element of x and one of y."""
    return np.reshape(x, np.shape(x) + (1,) * np.ndim(y)) * y


def test_jacobians_of_vectors_and_numbers():
    j = te.jacobian(lambda x: np.stack([x[0] * x[1], x[1], 3.0 * x[0]]))(np.array([2.0, 5.0]))
    assert j.tolist() == [[5.0, 2.0], [0.0, 1.0], [3.0, 0.0]]
    assert te.jacobian(lambda x: x * x)(3.0) == 6.0
    assert te.jacobian(lambda x: x * np.array([1.0, 2.0]))(3.0).tolist() == [1.0, 2.0]
    assert te.jacobian(lambda x: x * 2.0)(np.ones(2, np.float32)).dtype == np.float32
    assert te.jacobian(np.ravel)(np.ones((0, 2))).shape == (0, 0, 2)


def test_hessians_of_several_arguments():
    (xx, xy), (yx, yy) = te.hessian(lambda x, y: np.sum(x**2) * y, (0, 1))(np.array([1.0, 2.0]), 3.0)
    assert xx.tolist() == [[6.0, 0.0], [0.0, 6.0]]
    assert xy.tolist() == yx.tolist() == [2.0, 4.0]
    assert yy == 0.0


# ---- jacobians: all rows at once, or one by one ------------------------------------------------


def by_rows(f, x):
    """The Jacobian, one pullback a row."""
    y, back = te.vjp(f, x)
    rows = [back(unit(y, i))[0] for i in range(np.size(y))]
    return np.reshape(rows, np.shape(y) + np.shape(x))


def by_columns(f, x):
    """The Jacobian, one pushforward a column."""
    y, along = te.linearize(f, x)
    columns = [np.reshape(along(unit(x, i)), -1) for i in range(np.size(x))]
    return np.reshape(np.reshape(columns, (np.size(x), np.size(y))).T, np.shape(y) + np.shape(x))


def unit(x, i):
    """1 at element i and 0 elsewhere, in the shape of x."""
    e = np.eye(1, max(1, np.size(x)), i)[0, : np.size(x)].reshape(np.shape(x))
    return e if np.shape(x) else 1.0


def check_jacobian(f, x):
    """All at once in either mode is one by one, as a plain result and inside another derivative."""
    with np.errstate(all="ignore"):
        expected = by_rows(f, x)
    for mode in ("reverse", "forward", None):
        found = te.jacobian(f, mode=mode)(x)
        assert np.shape(found) == np.shape(expected)
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10, err_msg=f"{mode}")
        nested = te.jvp(te.jacobian(lambda x, s: f(x) * s, mode=mode), (x, 1.0), (zero(x), 1.0))[1]
        np.testing.assert_allclose(nested, expected, rtol=1e-10, atol=1e-10, err_msg=f"{mode}, nested")
    np.testing.assert_allclose(by_columns(f, x), expected, rtol=1e-10, atol=1e-10)


def zero(x):
    """Nothing, in the shape of x."""
    return np.zeros_like(x) if np.shape(x) else 0.0


def stacking(op):
    """Whether a row claims to take a stack of cotangents, and has a derivative."""
    return op.stacks and not op.constant


@pytest.mark.parametrize("op", list(filter(stacking, rows())), ids=lambda op: op.name)
@given(data=st.data())
def test_a_row_that_takes_a_stack_gives_what_it_gives_one_by_one(op, data):
    call = data.draw(calls_of(op))
    with np.errstate(all="ignore"):
        xs = [Value(x) for x in call.inputs]
        y = call.function(*xs)
    seeds = stack_like(y._data)
    each = [pullback({y: one}) for one in layers(seeds)]
    for x, found in pullback({y: seeds}, stacked=STACKS).items():
        agree(found, piled(walk[x] for walk in each))
    tangents = {x: stack_like(x._data) for x in xs}
    one_by_one = zip(*map(layers, tangents.values()), strict=True)
    each = [pushforward(history(y), dict(zip(tangents, ts, strict=True))) for ts in one_by_one]
    found = pushforward(history(y), tangents, stacked=STACKS)
    assert (y in found) == (y in each[0])
    agree(found[y], piled(walk[y] for walk in each))


def stack_like(data, n=3):
    """Numbers without a pattern: `n` cotangents or tangents for a result, or for several."""
    if type(data) is tuple:
        return Parts(map(stack_like, data))
    numbers = np.cos(np.arange(1.0, n * np.size(data) + 1.0)).reshape(n, *np.shape(data))
    return numbers * (1.0 + 0.5j) if np.iscomplexobj(data) else numbers


def agree(a, b):
    """Assert that two stacks are the same, in shape and kind too."""
    for one, other in zip(a, b, strict=True) if type(a) is Parts else ((a, b),):
        assert (one is None) == (other is None)
        if one is not None:
            assert (one.shape, one.dtype) == (other.shape, other.dtype)
            np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10)


@given(programs(kinks=True), st.data())
def test_the_jacobian_of_a_program_is_the_same_in_any_mode(program, data):
    """Of a value in the middle of it, so that rows and columns are many."""
    shown = Program(program.inputs, program.lines[: data.draw(st.integers(1, len(program.lines)))])
    which = data.draw(st.integers(0, len(program.inputs) - 1))
    given = list(program.inputs.values())
    check_jacobian(lambda x: shown(*given[:which], x, *given[which + 1 :]), given[which])


@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 0), (1, 1)])
def test_jacobians_of_few_elements_and_none(shape):
    x = np.full(shape, 0.5) if shape else 0.5
    for f in (lambda x: x * x, lambda x: np.sum(np.sin(x)), lambda x: x * np.ones(3).reshape(3, *[1] * len(shape))):
        for mode in ("reverse", "forward", None):
            found = te.jacobian(f, mode=mode)(x)
            assert np.shape(found) == np.shape(f(x)) + shape
            np.testing.assert_allclose(found, by_rows(f, x))
            assert type(found) is (np.ndarray if np.shape(found) else float)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.where(x > 0.0, np.sqrt(x), 0.0),
        lambda x: np.sqrt(te.relu(x)),
        lambda x: np.sqrt(x)[1:],
        lambda x: np.where(x > 0.0, np.sqrt(x) * np.ones((2, 1)), 0.0),
        lambda x: np.where(x > 0.0, np.sqrt(np.sum(x[:1])), x),
    ],
)
def test_branches_not_taken_count_for_nothing_in_a_stack_too(f):
    check_jacobian(f, np.array([0.0, 4.0, 1.0]))


@pytest.mark.parametrize(("left", "right"), [((2, 3), (3,)), ((3,), (3, 2)), ((3,), (3,)), ((2, 3), (3, 2))])
def test_the_gradient_of_a_matrix_product_selects_nothing(left, right):
    """A selection is a mark that turns 0 · ∞ into 0 in the next derivative; transposing a product drops nothing."""
    x, y = Value(np.ones(left)), Value(np.ones(right))
    found = pullback({(out := x @ y): Value(np.ones(out.shape) if out.shape else 1.0)}, record=True)
    inner = y if len(left) == 2 else x  # the gradient in a matrix beside a vector is an outer product, by an index
    assert not any(v.op is not None and v.op.selects for v in history(found[inner]))


def test_a_large_jacobian_is_cut_into_pieces(monkeypatch):
    monkeypatch.setattr("tinygrad_edu.transforms.AT_ONCE", 10)
    f = lambda x: np.sin(np.reshape(x, (3, 1)) * np.arange(4.0) + x[0])
    check_jacobian(f, np.array([0.5, -1.0, 2.0]))


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_jacobians_are_writable_share_nothing_and_keep_the_dtype(mode):
    x = np.ones(3, np.float32)
    for f in (lambda x: x, lambda x: x * np.ones(3), lambda x: (x, x), lambda x: np.broadcast_to(x, (2, 3))):
        found = te.jacobian(f, mode=mode)(x)
        found = found if isinstance(found, tuple) else (found,)
        for j in found:
            assert j.dtype == np.float32
            j += 1.0
        assert len(found) == 1 or not np.shares_memory(*found)


def test_modes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match='"reverse" or "forward"'):
        te.jacobian(np.sin, mode="backward")
    z = np.array([1.0 + 2.0j, -1.0j])
    with pytest.raises(TypeError, match="holomorphic=True"):
        te.jacobian(np.sin)(z)
    with pytest.raises(TypeError, match='complex arguments, needs mode="reverse"'):
        te.jacobian(np.abs, mode="forward")(z)
    with pytest.raises(TypeError, match='complex result, needs mode="forward"'):
        te.jacobian(lambda x: x * z, mode="reverse")(np.ones(2))
    with pytest.raises(TypeError, match="complex arguments"):
        te.jacobian(np.sin, holomorphic=True)(np.ones(2))


def test_complex_jacobians():
    z = np.array([1.0 + 2.0j, -1.0j])
    np.testing.assert_allclose(te.jacobian(lambda x: x * z)(np.ones(2)), np.diag(z))
    np.testing.assert_allclose(te.jacobian(np.abs)(z), np.diag(np.conj(z) / np.abs(z)))
    for mode in ("reverse", "forward"):
        np.testing.assert_allclose(te.jacobian(np.sin, mode=mode, holomorphic=True)(z), np.diag(np.cos(z)))
    found = te.hessian(lambda z: np.sum(z**3), holomorphic=True)(z)
    np.testing.assert_allclose(found, np.diag(6.0 * z))


# ---- complex gradients --------------------------------------------------------------------------


def test_a_holomorphic_function_has_a_complex_derivative():
    z = 0.5 + 0.25j
    assert te.grad(np.exp, holomorphic=True)(z) == pytest.approx(np.exp(z))
    assert te.grad(te.grad(np.sin, holomorphic=True), holomorphic=True)(z) == pytest.approx(-np.sin(z))
    assert te.elementwise_grad(np.exp, holomorphic=True)(np.array([z])) == pytest.approx(np.exp(z))
    with pytest.raises(TypeError, match=r"complex arguments, and <lambda> has one of float"):
        te.grad(lambda z: z * 1j, holomorphic=True)(1.0)
    with pytest.raises(TypeError, match=r"complex results, and .* has one of float"):
        te.grad(np.abs, holomorphic=True)(z)
    with pytest.raises(TypeError, match="holomorphic=True"):
        te.grad(np.exp)(z)
    assert te.grad(np.abs)(3.0 + 4.0j) == pytest.approx(0.6 - 0.8j)


# ---- element by element -------------------------------------------------------------------------


@given(st.data())
def test_elementwise_grad_is_the_diagonal(data):
    x = data.draw(arrays(data.draw(shapes())))
    found = te.elementwise_grad(lambda x: np.sin(x) * x)(x)
    np.testing.assert_allclose(found, np.cos(x) * x + np.sin(x))
    assert np.shape(found) == np.shape(x)
    second = te.elementwise_grad(te.elementwise_grad(np.sin))(x)
    np.testing.assert_allclose(second, -np.sin(x))
    first, other = te.elementwise_grad(lambda x, y: x * y, (0, 1))(x, x)
    np.testing.assert_array_equal(first, other)


def test_elementwise_grad_refuses_what_does_not_act_on_elements():
    x = np.ones(3)
    with pytest.raises(ValueError, match=r"took shape \(3,\) to \(\)"):
        te.elementwise_grad(np.sum)(x)
    with pytest.raises(ValueError, match=r"took shape \(\) to \(3,\)"):
        te.elementwise_grad(lambda a: a * x)(2.0)
    for f, given_ in ((lambda x: [x], x), (lambda p: p[0], [x]), (lambda x: None, x)):
        with pytest.raises(TypeError, match="of the same shape"):
            te.elementwise_grad(f)(given_)


# ---- what a function says beside its result -----------------------------------------------------


def with_aux(x):
    """A square, and two things more."""
    return np.sum(x * x), {"doubled": 2.0 * x, "text": "any", "none": None, "object": with_aux}


def test_aux_is_passed_on_as_plain_data():
    expected = {"doubled": 6.0, "text": "any", "none": None, "object": with_aux}
    assert te.grad(with_aux, has_aux=True)(3.0) == (6.0, expected)
    assert te.value_and_grad(with_aux, has_aux=True)(3.0) == ((9.0, expected), 6.0)
    assert te.jacobian(with_aux, has_aux=True)(3.0) == (6.0, expected)
    assert te.hessian(with_aux, has_aux=True)(3.0) == (2.0, expected)
    assert te.jvp(with_aux, (3.0,), (1.0,), has_aux=True) == (9.0, 6.0, expected)
    y, back, aux = te.vjp(with_aux, 3.0, has_aux=True)
    assert (y, back(1.0), aux) == (9.0, (6.0,), expected)
    y, along, aux = te.linearize(with_aux, 3.0, has_aux=True)
    assert (y, along(1.0), aux) == (9.0, 6.0, expected)


def test_aux_stays_differentiable_inside_another_derivative():
    def outer(x):
        found, aux = te.grad(with_aux, has_aux=True)(x)
        return found * aux["doubled"]  # 2x · 2x

    assert te.grad(outer)(3.0) == 24.0
    w = Value(2.0)
    aux = te.grad(lambda x: (x, x * w), has_aux=True)(3.0)[1]
    assert isinstance(aux, Value)
    aux.backward()
    assert w.grad == 3.0


@pytest.mark.parametrize("out", [lambda x: x, lambda x: (x,), lambda x: (x, x, x), lambda x: [x, x], lambda x: "ab"])
def test_aux_needs_a_pair(out):
    with pytest.raises(TypeError, match=r"must return a pair \(result, aux\)"):
        te.grad(out, has_aux=True)(1.0)


# ---- a tangent map ------------------------------------------------------------------------------


@given(programs(), st.data())
def test_linearize_is_jvp_many_times(program, data):
    xs = tuple(program.inputs.values())
    y, along = te.linearize(program, *xs)
    for _ in range(2):
        ts = tuple(data.draw(directions(np.shape(x))) for x in xs)
        assert (y, along(*ts)) == te.jvp(program, xs, ts)


def test_a_tangent_map_can_be_differentiated_and_keeps_its_primals():
    x = np.array([1.0, 2.0])
    y, along = te.linearize(np.exp, x)
    x[0] = y[1] = 100.0
    assert along(np.ones(2)).tolist() == np.exp([1.0, 2.0]).tolist()
    assert te.grad(lambda t: along(np.array([1.0, 0.0]) * t)[0])(1.0) == pytest.approx(np.e)
    assert te.grad(lambda x: te.linearize(lambda x: x**3, x)[1](1.0))(2.0) == 12.0
    with pytest.raises(ValueError, match=r"tuple of 1 was expected"):
        along(x, x)
    with pytest.raises(ValueError, match="tangent of shape"):
        along(1.0)


def test_a_pullback_does_not_rely_on_what_was_handed_out():
    y, back = te.vjp(np.exp, np.array([0.0, 1.0]))
    y *= 0.0
    assert back(np.ones(2))[0].tolist() == np.exp([0.0, 1.0]).tolist()


def test_nothing_flows_through_a_mask_whatever_its_shape():
    f = lambda y: np.sum((y[:1] > 0)[None] * y)
    assert te.grad(f)(np.ones(3)).tolist() == [1.0, 1.0, 1.0]
    assert te.jvp(f, (np.ones(3),), (np.ones(3),))[1] == 3.0


def test_an_infinite_argument_that_is_not_used_has_the_gradient_0():
    assert te.grad(lambda x, y: y, 0)(np.inf, 1.0) == 0.0
    assert te.jvp(lambda x: 3.0, (np.inf,), (1.0,)) == (3.0, 0.0)


# ---- plain results of their own -----------------------------------------------------------------


@pytest.mark.parametrize(
    "f", [lambda x, y: np.sum(x + y), lambda x, y: np.sum(x + y, axis=0)[0], lambda x, y: np.sum(x.T + y.T)]
)
def test_gradients_are_writable_and_share_nothing(f):
    x, y = np.ones((2, 2)), np.ones((2, 2))
    for found in (te.grad(f, (0, 1))(x, y), te.vjp(f, x, y)[1](1.0)):
        a, b = found
        assert not any(np.shares_memory(p, q) for p, q in ((a, b), (a, x), (a, y), (b, x), (b, y)))
        a *= 0.0
        b += 1.0
    assert x.tolist() == y.tolist() == [[1.0, 1.0], [1.0, 1.0]]


@pytest.mark.parametrize(
    "f", [lambda x: x, lambda x: x[:], lambda x: x.reshape(-1), lambda x: x + 0.0, lambda x: (x, x)]
)
def test_results_and_tangents_share_nothing_with_what_was_given(f):
    x, t = np.ones(2), np.ones(2)
    value, along = te.jvp(f, (x,), (t,))
    _, back = te.vjp(f, x)
    ct = (t, t) if isinstance(value, tuple) else t
    (pulled,) = back(ct)
    for found in (along[0] if isinstance(along, tuple) else along, pulled):
        assert not np.shares_memory(found, x)
        assert not np.shares_memory(found, t)
        found += 1.0
    value = value[0] if isinstance(value, tuple) else value
    if value.flags.writeable:
        value += 1.0
    assert x.tolist() == t.tolist() == [1.0, 1.0]


# ---- errors -------------------------------------------------------------------------------------


def loss_of_three(x):
    """Not one number."""
    return x * np.ones(3)


@pytest.mark.parametrize(
    ("f", "shown"),
    [
        (loss_of_three, r"one number out of loss_of_three, not an array of shape \(3,\).*\.sum\(\).*jacobian"),
        (lambda x: None, r"None \(is a return missing\?\)"),
        (lambda x: (x, x), "a tuple of 2"),
        (lambda x: [x], "a list of 1"),
        (lambda x: {"loss": x}, "a dict of 1"),
        (lambda x: te.array([x]), r"an array of shape \(1,\)"),
    ],
)
def test_grad_needs_one_number(f, shown):
    for transform in (te.grad, te.value_and_grad, te.hessian):
        with pytest.raises(TypeError, match=shown):
            transform(f)(2.0)


@pytest.mark.parametrize("argument", ["text", {"w": "text"}, [1.0, object()], {1.0}, np.array(["a"])])
def test_an_argument_that_is_not_numbers_is_refused(argument):
    with pytest.raises(TypeError, match="numbers, not") as caught:
        te.grad(lambda x: 1.0)(argument)
    assert "dicts, lists, tuples, named tuples and dataclasses" in caught.value.__notes__[-1]


def test_a_result_that_is_not_numbers_is_refused():
    def describe(x):
        return "a text"

    for attempt in (lambda: te.grad(describe)(1.0), lambda: te.vjp(describe, 1.0), lambda: te.jacobian(describe)(1.0)):
        with pytest.raises(TypeError) as caught:
            attempt()
        assert "describe must return numbers, arrays or containers of them" in caught.value.__notes__[-1]


def test_tangents_and_cotangents_must_fit():
    f = lambda x: x * 2.0
    x = np.ones(2)
    with pytest.raises(ValueError, match=r"tangent of shape \(3,\) .* shape \(2,\)"):
        te.jvp(f, (x,), (np.ones(3),))
    with pytest.raises(ValueError, match=r"tangent of shape \(\) .* shape \(2,\)"):
        te.jvp(f, (x,), (1.0,))
    with pytest.raises(ValueError, match=r"expected|tangents for"):
        te.jvp(f, (x,), (x, x))
    _, back = te.vjp(f, x)
    with pytest.raises(ValueError, match=r"cotangent of shape \(3,\) .* shape \(2,\)"):
        back(np.ones(3))
    with pytest.raises(ValueError, match=r"cotangent of shape \(\) .* shape \(2,\)"):
        back(1.0)
    with pytest.raises(TypeError):
        back("text")


def test_jvp_wants_tuples_and_says_so():
    for primals, tangents in ((3.0, 1.0), (np.ones(2), np.ones(2)), (Value(1.0), 1.0)):
        with pytest.raises(TypeError, match="tuple"):
            te.jvp(lambda x: x * x, primals, tangents)


def test_an_error_of_the_function_passes_through():
    def f(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        te.grad(f)(1.0)


def test_a_method_and_a_partial_have_gradients():
    class Model:
        w = 3.0

        def loss(self, x):
            return self.w * x * x

    assert te.grad(Model().loss)(2.0) == 12.0
    with pytest.raises(TypeError, match="loss"):
        te.grad(Model().loss, 1)(2.0)


def test_integers_are_differentiated_as_floating_point():
    assert te.grad(lambda x: x * x)(3) == 6.0
    assert te.grad(lambda x: np.sum(x * x))(np.array([1, 2])).tolist() == [2.0, 4.0]


def test_grad_runs_the_function_once():
    calls = []
    te.value_and_grad(lambda x: calls.append(1) or x * x)(3.0)
    assert len(calls) == 1


def test_plain_branches_are_followed():
    def f(x):
        return x * x if x > 0.0 else -x

    assert (te.grad(f)(3.0), te.grad(f)(-3.0)) == (6.0, -1.0)
