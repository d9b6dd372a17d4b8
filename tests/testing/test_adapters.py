"""A function means the same through every adapter: its value and its products with the Jacobian, on plain data."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_edu as te
from tinygrad_edu.testing import adapters
from tinygrad_edu.testing.adapters.by_hand import by_hand
from tinygrad_edu.testing.adapters.own import as_subject, in_tinygrad
from tinygrad_edu.testing.adapters.scalars import in_scalars
from tinygrad_edu.testing.adapters.tensors import in_tensors
from tinygrad_edu.testing.subject import Subject

PACKAGES = {"tinygrad_edu": "tinygrad_edu", "autograd": "autograd", "mygrad": "mygrad", "torch": "torch", "jax": "jax"}
NUMBERS = st.floats(-3, 3, width=16)
SHAPES = st.sampled_from([(), (1,), (3,), (2, 3), (0, 2)])


@pytest.fixture(params=PACKAGES, scope="module")
def engine(request):
    """Each engine of arrays, as far as it is installed."""
    return known(request.param)


def known(name):
    pytest.importorskip(name)
    return adapters.engine(name)


def arrays(shape, dtype=np.float64):
    """Arrays of a shape; one without axes is a number."""
    if np.dtype(dtype).kind == "c":
        return st.tuples(arrays(shape), arrays(shape)).map(lambda ab: ab[0] + 1j * ab[1])
    return hnp.arrays(dtype, shape, elements=NUMBERS).map(lambda x: x if x.ndim else x[()].item())


def assert_same(found, wanted):
    """The same numbers in the same shapes, dtypes and places."""
    assert len(found) == len(wanted)
    for a, b in zip(found, wanted, strict=True):
        assert isinstance(a, np.ndarray | np.generic | float | complex)
        assert (np.shape(a), np.asarray(a).dtype) == (np.shape(b), np.asarray(b).dtype)
        np.testing.assert_allclose(a, b, rtol=1e-12 if np.asarray(b).dtype.itemsize > 4 else 1e-5, atol=1e-6)


def assert_claims(subject, engine, args, value, us, gradient, ts, tangent):
    """Value, vjp and, where there is one, jvp."""
    assert_same([subject.value(args)], [value])
    assert_same(subject.vjp(args, us), gradient)
    assert (subject.jvp is None) == ("forward" not in engine.modes)
    if subject.jvp:
        assert_same(subject.jvp(args, ts), tangent)


# ---- every engine of arrays ----------------------------------------------------------------------------


@given(st.data())
def test_a_product_has_its_value_and_derivatives(engine, data):
    shape = data.draw(SHAPES)
    x, y, u, s, t = (data.draw(arrays(shape)) for _ in range(5))
    subject = engine.subject(lambda x, y: x * engine.namespace.sin(y))
    gradient = [u * np.sin(y), u * x * np.cos(y)]
    tangent = s * np.sin(y) + t * x * np.cos(y)
    assert_claims(subject, engine, (x, y), x * np.sin(y), [u], gradient, [s, t], [tangent])


@given(st.data())
def test_second_derivatives_are_the_gradient_differentiated(engine, data):
    if 2 not in engine.orders:
        pytest.skip("first order only")
    shape = data.draw(SHAPES)
    x, y, u, v, w, s, t = (data.draw(arrays(shape)) for _ in range(7))
    sin, cos = np.sin(y), np.cos(y)
    pulled = engine.subject(lambda x, y: x * engine.namespace.sin(y)).pulled([u])
    assert_same(pulled.value((x, y)), [u * sin, u * x * cos])
    assert_same(pulled.vjp((x, y), [v, w]), [w * u * cos, v * u * cos - w * u * x * sin])
    assert_same(pulled.jvp((x, y), [s, t]), [t * u * cos, s * u * cos - t * u * x * sin])
    third = pulled.pulled([v, w])
    assert_same(third.vjp((x, y), [s, t]), [-t * w * u * sin, -s * w * u * sin - t * (v * u * sin + w * u * x * cos)])


@given(st.data())
def test_a_product_of_matrices_has_its_derivatives(engine, data):
    a, s = (data.draw(arrays((2, 3))) for _ in range(2))
    b, t = (data.draw(arrays((3, 4))) for _ in range(2))
    u = data.draw(arrays((2, 4)))
    subject = engine.subject(lambda a, b: a @ b)
    assert_claims(subject, engine, (a, b), a @ b, [u], [u @ b.T, a.T @ u], [s, t], [s @ b + a @ t])


@dataclass(frozen=True)
class Layer:
    w: object
    b: object
    name: str = "layer"


@pytest.mark.parametrize("make", [lambda w, b: {"b": [b, 3], "w": (w,)}, Layer], ids=["dict", "dataclass"])
@given(data=st.data())
def test_containers_go_in_and_come_out(engine, make, data):
    w, b, x, u = (data.draw(arrays((3,))) for _ in range(4))
    v = data.draw(NUMBERS)

    def f(p, x):
        w, b = (p.w, p.b) if isinstance(p, Layer) else (p["w"][0], p["b"][0])
        assert p.name == "layer" if isinstance(p, Layer) else p["b"][1] == 3
        return {"y": w * x + b, "n": 7, "total": [(w * w).sum()]}

    subject = engine.subject(f)
    value = subject.value((make(w, b), x))
    assert list(value) == ["y", "n", "total"]
    assert value["n"] == 7
    assert_same([value["y"], *value["total"]], [w * x + b, float((w * w).sum())])
    wanted = {"w": u * x + 2.0 * v * w, "b": u}
    order = "wb" if make is Layer else "bw"
    assert_same(subject.vjp((make(w, b), x), [u, v]), [*(wanted[key] for key in order), u * w])
    if subject.jvp:
        ts = {"w": u, "b": b}
        found = subject.jvp((make(w, b), x), [*(ts[key] for key in order), x])
        assert_same(found, [u * x + w * x + b, float((2.0 * w * u).sum())])


@given(st.data())
def test_complex_gradients_pair_without_a_conjugate(engine, data):
    if not engine.complex:
        pytest.skip("real numbers only")
    shape = data.draw(st.sampled_from([(), (3,)]))
    z, w, u, s, t = (data.draw(arrays(shape, complex)) for _ in range(5))
    subject = engine.subject(lambda z, w: z * z * engine.namespace.exp(w))
    e = np.exp(w)
    gradient = [u * 2 * z * e, u * z * z * e]
    assert_claims(subject, engine, (z, w), z * z * e, [u], gradient, [s, t], [2 * z * e * s + z * z * e * t])
    again = subject.pulled([u])
    assert_same(again.vjp((z, w), [s, t]), [2 * u * e * (s + t * z), u * z * e * (2 * s + t * z)])
    part = engine.subject(lambda z: engine.namespace.imag(z * engine.array(w)))
    r = data.draw(arrays(shape))
    assert_same(part.vjp((z,), [r]), [-1j * r * w + 0.0 * z])


@given(st.data())
def test_single_precision_stays(engine, data):
    shape = data.draw(st.sampled_from([(3,), (2, 3)]))
    x, y, u = (data.draw(arrays(shape, np.float32)) for _ in range(3))
    subject = engine.subject(lambda x, y: x * engine.namespace.sin(y))
    gradient, tangent = [u * np.sin(y), u * x * np.cos(y)], [u * np.sin(y) + u * x * np.cos(y)]
    assert_claims(subject, engine, (x, y), x * np.sin(y), [u], gradient, [u, u], tangent)


@pytest.mark.parametrize("x", [np.float32(2.0), np.float64(2.0), np.array(2.0), np.array(2.0, np.float32)])
def test_a_number_has_a_gradient_of_its_dtype(engine, x):
    u = np.ones_like(np.asarray(engine.subject(lambda x: x * x).value((x,))))
    (found,) = engine.subject(lambda x: x * x).vjp((x,), [u])
    assert (np.shape(found), np.asarray(found).dtype, found) == ((), x.dtype, 4.0)


def test_no_dependence_is_zero(engine):
    x = np.ones(3)
    subject = engine.subject(lambda x, y: [x * 2.0, 5.0])
    assert_same(subject.vjp((x, 2.0), [x, 1.0]), [2.0 * x, 0.0])
    constant = engine.subject(lambda x: 5.0)
    assert_same([constant.value((x,))], [5.0])
    assert_same(constant.vjp((x,), [1.0]), [0.0 * x])
    if subject.jvp:
        assert_same(subject.jvp((x, 2.0), [x, 1.0]), [2.0 * x, 0.0])
        assert_same(constant.jvp((x,), [x]), [0.0])


def test_constants_go_as_they_are(engine):
    seen = []

    def f(x, axis, how, index):
        seen.append((axis, how))
        return x.sum(axis)[index]

    x, index = np.ones((2, 3)), np.array([0, 2])
    gradient = engine.subject(f).vjp((x, 0, "fast", index), [np.array([1.0, 2.0])])
    assert_same(gradient, [np.array([[1.0, 0.0, 2.0]] * 2)])
    assert set(seen) == {(0, "fast")}


def test_integers_in_a_result_are_constants(engine):
    subject = engine.subject(lambda x: {"y": x * 2.0, "top": engine.namespace.argmax(x), "up": x > 0.0, "s": "text"})
    x = np.array([-1.0, 3.0])
    value = subject.value((x,))
    assert (int(value["top"]), np.asarray(value["up"]).tolist(), value["s"]) == (1, [False, True], "text")
    assert np.asarray(value["top"]).dtype.kind + np.asarray(value["up"]).dtype.kind == "ib"
    assert_same(subject.vjp((x,), [x]), [2.0 * x])
    if subject.jvp:
        assert_same(subject.jvp((x,), [x]), [2.0 * x])


def test_what_a_function_raises_passes_through(engine):
    error = KeyError("mine")

    def f(x):
        raise error

    subject = engine.subject(f)
    for ask in (lambda: subject.value((1.0,)), lambda: subject.vjp((1.0,), [1.0])):
        with pytest.raises(KeyError) as caught:
            ask()
        assert caught.value is error


REFUSED = [
    (None, "f returned None .is a return missing"),
    (object(), "f returned a object; it must return numbers"),
    ([len], "f returned a builtin"),
    (np.array([None]), "f returned a ndarray"),
]


@pytest.mark.parametrize(("result", "words"), REFUSED)
def test_a_result_that_is_no_number_is_refused(engine, result, words):
    with pytest.raises(TypeError, match=words):
        engine.subject(lambda x: result).value((1.0,))


def test_what_comes_out_shares_no_memory_with_what_went_in(engine):
    x = np.ones(3)
    subject = engine.subject(lambda x: x)
    assert not np.shares_memory(subject.value((x,)), x)
    assert not np.shares_memory(subject.vjp((x,), [x])[0], x)


def test_subjects_say_their_names(engine):
    def scaled(x, by):
        return x * by

    subject = engine.subject(scaled)
    assert (subject.name, subject.parameters) == ("scaled", ("x", "by"))
    assert subject.spelled == f"{engine.subject.__name__}(scaled)"
    assert subject.pulled is None or subject.pulled([1.0]).name == "the gradient of scaled"
    assert engine.subject(lambda *xs: xs[0]).parameters == ()
    assert engine.subject(partial(scaled, by=2.0)).name == "scaled"


# ---- rules by hand -------------------------------------------------------------------------------------


@given(st.data())
def test_rules_by_hand_are_taken_as_they_are(data):
    x, y, u, s, t = (data.draw(arrays((3,))) for _ in range(5))
    subject = by_hand(
        lambda x, y: x * np.sin(y),
        vjp=lambda g, x, y: (g * np.sin(y), g * x * np.cos(y)),
        jvp=lambda t, x, y: t[0] * np.sin(y) + t[1] * x * np.cos(y),
        vjp_of_vjp=lambda v, g, x, y: (v[1] * g * np.cos(y), v[0] * g * np.cos(y) - v[1] * g * x * np.sin(y)),
    )
    assert_same(subject.vjp((x, y), [u]), [u * np.sin(y), u * x * np.cos(y)])
    assert_same(subject.jvp((x, y), [s, t]), [s * np.sin(y) + t * x * np.cos(y)])
    pulled, twin = subject.pulled([u]), in_tinygrad(lambda x, y: x * np.sin(y)).pulled([u])
    assert_same(pulled.value((x, y)), twin.value((x, y)))
    assert_same(pulled.vjp((x, y), [s, t]), twin.vjp((x, y), [s, t]))


def test_rules_by_hand_see_containers_and_constants():
    def f(p, axis):
        return {"y": p["w"].sum(axis) * p["b"], "n": axis}

    def rule(g, p, axis):
        assert (g["n"], axis) == (0, 0)
        return {"b": (g["y"] * p["w"].sum(axis)).sum(), "w": np.broadcast_to(g["y"] * p["b"], p["w"].shape)}

    args, u = ({"w": np.ones((2, 3)), "b": 2.0, "n": 4}, 0), np.array([1.0, 2.0, 3.0])
    wanted = [np.array([[2.0, 4.0, 6.0]] * 2), 12.0]
    assert_same(by_hand(f, rule).vjp(args, [u]), wanted)
    assert_same(by_hand(f, lambda *a: (rule(*a), None)).vjp(args, [u]), wanted)

    def along(t, p, axis):
        assert set(t) == {"w", "b", "n"}
        return {"y": t["w"].sum(axis) * p["b"] + p["w"].sum(axis) * t["b"], "n": None}

    assert_same(by_hand(f, jvp=along).jvp(args, [np.ones((2, 3)), 1.0]), [np.full(3, 6.0)])


def test_none_from_a_rule_means_no_dependence():
    args = ({"a": np.ones(2), "b": 1.0}, 3.0)
    subject = by_hand(lambda p, x: p["a"] * x, lambda g, p, x: ({"a": g * x, "b": None}, None))
    assert_same(subject.vjp(args, [np.ones(2)]), [np.full(2, 3.0), 0.0, 0.0])
    assert_same(by_hand(np.sign, lambda g, x: None).vjp((args[0]["a"],), [args[0]["a"]]), [np.zeros(2)])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (1.0, "one number, where a tuple of 2 was expected"),
        (None, "None .is a return missing"),
        ((1.0,), "a tuple of 1, where a tuple of 2"),
        ((1.0, 2.0, 3.0), "a tuple of 3, where a tuple of 2"),
        ([1.0, {"w": 2.0}], "a list of 2, where a tuple of 2"),
        ((1.0, 2.0), "one number for a dict .* the same structure"),
        ((1.0, {"v": 2.0}), "a dict with the keys .'v'. for a dict with the keys .'w'."),
        ((1.0, {"w": [2.0]}), "a list of 1 for one number"),
    ],
)
def test_a_wrong_number_of_gradients_is_told(given, words):
    subject = by_hand(lambda x, p: x * p["w"], lambda g, x, p: given)
    with pytest.raises(ValueError, match=f"^the vjp of f .*{words}"):
        subject.vjp((1.0, {"w": 2.0}), [1.0])


def test_a_missing_rule_is_a_missing_mode():
    subject = by_hand(np.sin)
    assert (subject.vjp, subject.jvp, subject.pulled) == (None, None, None)
    assert by_hand(np.sin, np.cos, vjp_of_vjp=np.sin).spelled == "by_hand(sin, vjp=cos, vjp_of_vjp=sin)"
    assert by_hand(np.sin, name="mine").name == "mine"


def test_a_wrong_shape_is_not_put_right():
    subject = by_hand(lambda x, y: x * y, lambda g, x, y: (g * y, g * x))
    assert [np.shape(g) for g in subject.vjp((np.ones(3), 2.0), [np.ones(3)])] == [(3,), (3,)]


# ---- this engine ---------------------------------------------------------------------------------------


def test_a_compiled_function_is_a_function():
    x = np.array([0.5, -1.0])
    for f in (te.compile(lambda x: x * np.sin(x)), lambda x: x * np.sin(x)):
        subject = in_tinygrad(f)
        for point in (x, 2.0 * x):  # the second time, the program is replayed
            assert_same([subject.value((point,))], [point * np.sin(point)])
            slope = np.sin(point) + point * np.cos(point)
            assert_same(subject.vjp((point,), [x]), [x * slope])
            assert_same(subject.jvp((point,), [x]), [x * slope])
            assert_same(subject.pulled([x]).vjp((point,), [x]), [x * x * (2 * np.cos(point) - point * np.sin(point))])


def test_values_that_a_function_closes_over_do_not_come_out():
    w = te.Value(np.array([2.0, 3.0]))
    subject = in_tinygrad(lambda x: (x * w, w))
    x = np.ones(2)
    assert_same(list(subject.value((x,))), [w.data, w.data])
    assert_same(subject.vjp((x,), [x, x]), [np.array([2.0, 3.0])])
    assert_same(subject.jvp((x,), [x]), [np.array([2.0, 3.0]), np.zeros(2)])
    assert w.grad is None or not np.any(w.grad)


def test_as_subject_leaves_a_subject_alone():
    subject = Subject("mine", lambda args: args[0])
    assert as_subject(subject) is subject
    assert as_subject(np.sin).vjp((0.0,), [1.0]) == [1.0]
    with pytest.raises(TypeError, match="a function or a Subject is needed, not a float"):
        as_subject(1.0)


# ---- what is special about the others ------------------------------------------------------------------


def test_a_rule_that_autograd_lacks_is_not_offered():
    engine = known("autograd")
    subject = engine.subject(lambda a: engine.namespace.linalg.eigh(a)[0])
    assert_same(subject.vjp((np.eye(2),), [np.array([1.0, 0.0])]), [np.diag([1.0, 0.0])])
    with pytest.raises(NotImplementedError):
        subject.jvp((np.eye(2),), [np.eye(2)])


def test_a_rule_in_torch_is_a_subject():
    torch = pytest.importorskip("torch")
    in_torch = adapters.in_torch

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, by):
            ctx.save_for_backward(x, by)
            return x * x * by

        @staticmethod
        def backward(ctx, g):
            x, by = ctx.saved_tensors
            return 2.0 * x * by * g, x * x * g

    class Once(Square):
        @staticmethod
        def forward(x):
            return x * x

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 2.0 * x * g

    x, u = np.array([1.0, 2.0]), np.array([1.0, -1.0])
    subject = in_torch(Square.apply)
    assert (subject.name, subject.parameters, subject.spelled) == ("Square", ("x", "by"), "in_torch(Square.apply)")
    assert_same(subject.vjp((x, x), [u]), [2.0 * x * x * u, x * x * u])
    assert_same(subject.pulled([u]).vjp((x, x), [x, x]), [(2.0 * x + 2.0 * x) * x * u, 2.0 * x * x * u])
    with pytest.raises(NotImplementedError, match="jvp"):
        subject.jvp((x, x), [x, x])
    once = in_torch(Once.apply)
    assert once.parameters == ("x",)
    assert_same(once.vjp((x,), [u]), [2.0 * x * u])
    with pytest.raises(NotImplementedError, match="once_differentiable"):
        once.pulled([u]).vjp((x,), [x])


def test_a_torch_function_is_seen_changing_its_argument():
    torch = pytest.importorskip("torch")

    class Careless(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.mul_(2.0).clone()

    x = np.ones(2)
    adapters.in_torch(Careless.apply).value((x,))
    np.testing.assert_array_equal(x, [2.0, 2.0])


@pytest.mark.parametrize("x", [np.arange(4.0)[::-1], np.broadcast_to(2.0, (4,)), np.arange(8.0)[::2]])
def test_torch_takes_arrays_however_they_lie_in_memory(x):
    engine = known("torch")
    assert_same(engine.subject(lambda x: x * x).vjp((x,), [np.ones(4)]), [2.0 * x])


def test_a_gradient_that_torch_has_lost_is_zero():
    """A rule that leaves the record, by `detach` or NumPy, and does not say so: its derivative is claimed to be 0."""
    torch = pytest.importorskip("torch")

    class Detached(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return torch.from_numpy(2.0 * x.detach().numpy()) * g

    x = np.ones(2)
    assert_same(adapters.in_torch(Detached.apply).pulled([x]).vjp((x,), [x]), [np.zeros(2)])


def test_rules_in_jax_are_subjects():
    jax = pytest.importorskip("jax")
    in_jax = adapters.in_jax

    @jax.custom_vjp
    def square(x):
        return x * x

    square.defvjp(lambda x: (x * x, x), lambda x, g: (2.0 * x * g,))

    @jax.custom_jvp
    def cube(x):
        return x * x * x

    @cube.defjvp
    def _(xs, ts):
        return xs[0] ** 3, 3.0 * xs[0] ** 2 * ts[0]

    x, u = np.array([1.0, 2.0]), np.array([1.0, -1.0])
    subject = in_jax(square)
    assert (subject.name, subject.parameters) == ("square", ("x",))
    assert_same(subject.vjp((x,), [u]), [2.0 * x * u])
    assert_same(subject.pulled([u]).vjp((x,), [x]), [2.0 * x * u])
    with pytest.raises(NotImplementedError, match="custom_vjp"):
        subject.jvp((x,), [u])
    assert_same(in_jax(cube).jvp((x,), [u]), [3.0 * x * x * u])
    assert_same(in_jax(jax.jit(cube)).vjp((x,), [u]), [3.0 * x * x * u])


def test_the_precision_of_jax_is_not_switched_for_others():
    jax = pytest.importorskip("jax")
    adapters.in_jax(lambda x: x * x).vjp((np.ones(2),), [np.ones(2)])
    assert jax.numpy.asarray(1.0).dtype == np.float32
    assert adapters.engine("jax").array(np.ones(2)).dtype == np.float64


# ---- classes of scalars and of tensors -----------------------------------------------------------------


class Scalar:
    """The least that `in_scalars` asks for."""

    def __init__(self, data, parents=()):
        self.data, self.parents, self.grad = data, parents, None

    def __add__(self, other):
        other = other if isinstance(other, Scalar) else Scalar(other)
        return Scalar(self.data + other.data, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        other = other if isinstance(other, Scalar) else Scalar(other)
        return Scalar(self.data * other.data, [(self, other.data), (other, self.data)])

    def backward(self, seed=1.0):
        self.grad = (self.grad or 0.0) + seed
        for parent, slope in self.parents:
            parent.backward(seed * slope)


def micrograd_value(data):
    return pytest.importorskip("micrograd.engine").Value(data)


SCALARS = {"least": Scalar, "tinygrad_edu": te.Value, "micrograd": micrograd_value}


@pytest.fixture(params=SCALARS)
def scalar(request):
    if request.param != "least":
        pytest.importorskip(request.param)
    return SCALARS[request.param]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_scalars_have_the_derivatives_of_arrays_of_them(scalar, dtype):
    rng = np.random.default_rng(0)
    a, b, u = (rng.normal(size=size).astype(dtype) for size in ((2, 3), (3, 2), (2, 2)))
    subject = in_scalars(lambda a, b, n: [a @ b, a.sum() * b[0, 0] * n, 7], scalar)
    first, second, third = subject.value((a, b, 2.0))
    assert (first.dtype, third) == (np.float64, 7)
    np.testing.assert_allclose(first, a.astype(float) @ b, rtol=1e-6)
    np.testing.assert_allclose(second, a.sum() * b[0, 0] * 2.0, rtol=1e-6)
    found = subject.vjp((a, b, 2.0), [u, 3.0])
    e = np.eye(3, 2) * [1.0, 0.0]
    wanted = [u @ b.T + 6.0 * b[0, 0], a.T @ u + 6.0 * a.sum() * e, 3.0 * a.sum() * b[0, 0]]
    assert [np.asarray(g).dtype for g in found] == [dtype, dtype, np.float64]
    for g, w in zip(found, wanted, strict=True):
        np.testing.assert_allclose(g, w, rtol=1e-5)
    assert (subject.jvp, subject.pulled) == (None, None)


def test_scalars_that_nothing_depends_on_have_zeros(scalar):
    subject = in_scalars(lambda x, y: (x * 2.0, 5.0), scalar)
    assert_same(list(subject.value((1.0, 2.0))), [2.0, 5.0])
    assert_same(subject.vjp((1.0, 2.0), [1.0, 1.0]), [2.0, 0.0])


def test_a_scalar_that_holds_an_int_counts_as_a_number():
    value = pytest.importorskip("micrograd.engine").Value
    subject = in_scalars(lambda x: x.relu(), value)
    assert_same([subject.value((-1.0,))], [0.0])
    assert_same(subject.vjp((-1.0,), [1.0]), [0.0])
    assert adapters.engine("micrograd").subject(lambda x: x.relu()).vjp((2.0,), [3.0]) == [3.0]


@given(st.data())
def test_tensors_are_walked_back_from_each_variable_of_the_result(data):
    x, y, u, v = (data.draw(arrays((3,))) for _ in range(4))
    subject = in_tensors(lambda x, y: [x * y, {"z": x * x}, 1.0], te.Value)
    assert_same(subject.vjp((x, y), [u, v, 1.0]), [u * y + 2.0 * v * x, u * x])


# ---- loading -------------------------------------------------------------------------------------------


def test_adapters_are_loaded_by_name():
    assert adapters.by_hand is by_hand
    assert set(adapters.__all__) <= set(dir(adapters))
    with pytest.raises(AttributeError, match="has no attribute 'in_fortran'"):
        _ = adapters.in_fortran
    with pytest.raises(ValueError, match="engine='fortran' is not known"):
        adapters.engine("fortran")


def test_a_missing_package_is_named(monkeypatch):
    def absent(name, package):
        raise ModuleNotFoundError("No module named 'torch'", name="torch.autograd")

    monkeypatch.setattr("tinygrad_edu.testing.adapters.loading.import_module", absent)
    with pytest.raises(ImportError, match="in_torch needs PyTorch: pip install torch"):
        _ = adapters.in_torch
    with pytest.raises(ModuleNotFoundError, match="No module named 'torch'"):
        _ = adapters.in_jax  # JAX is there; something else is not
