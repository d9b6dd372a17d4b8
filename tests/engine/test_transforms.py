"""grad, value_and_grad, vjp, jvp, jacobian, hessian and hvp: their results, structures and errors."""

from collections import OrderedDict, defaultdict, namedtuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.numbers import numbers, shapes

import tinygrad_edu as te
from tinygrad_edu import Value

Point = namedtuple("Point", "x y")


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
    (),
]


def total(tree):
    """Σ k · leaf² over the leaves of a tree, counted in order from 1."""
    if isinstance(tree, dict):
        return sum((total(part) for part in tree.values()), 0.0)
    if isinstance(tree, list | tuple):
        return sum((total(part) for part in tree), 0.0)
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
        name: data.draw(numbers(data.draw(shapes()))) if name == "a" else np.ones((2, 0), np.float32) for name in "ab"
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
    x = data.draw(numbers(data.draw(shapes(max_dims=2))))
    y = data.draw(numbers(data.draw(shapes(max_dims=2))))
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


@pytest.mark.parametrize("argument", ["text", 1j, {"w": "text"}, [1.0, object()], np.array([1j]), np.array(["a"])])
def test_an_argument_that_is_not_numbers_is_refused(argument):
    with pytest.raises(TypeError, match=r"real numbers|not"):
        te.grad(lambda x: 1.0)(argument)


def test_a_result_that_is_not_numbers_is_refused():
    def describe(x):
        return "a text"

    for attempt in (lambda: te.grad(describe)(1.0), lambda: te.vjp(describe, 1.0), lambda: te.jacobian(describe)(1.0)):
        with pytest.raises(TypeError) as caught:
            attempt()
        assert "describe must return numbers, arrays or containers of them" in caught.value.__notes__


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
