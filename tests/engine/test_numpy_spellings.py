"""NumPy's functions and methods, met with Values: the same value and shape, and the right derivative."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from laws import FEW, rules
from laws.calls import CALLS, Call, calls_of
from laws.numbers import directions, distinct, numbers, shapes, some_axis

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.notation import BY_NUMPY, OPS

# ---- functions that are rows --------------------------------------------------------------------

# These rows are not functions of NumPy's, or are called otherwise there.
OUR_OWN = {"fit", "put", "scatter", "gather", "identity", "copy", "stop_gradient", "astype", "softmax", "log_softmax"}
OUR_OWN |= {"logsumexp", "relu", "leaky_relu", "sigmoid", "softplus", "silu", "erf", "gelu"}
SPELLED = [op for op in OPS.values() if op.name not in OUR_OWN]


@pytest.mark.parametrize("op", SPELLED, ids=lambda op: op.name)
@FEW
@given(data=st.data())
def test_numpys_function_is_the_row(op, data):
    """The oracle of the laws, which is NumPy's function, given Values instead of arrays."""
    call = data.draw(calls_of(op))
    spelled = Call(op.name, call.oracle, call.inputs, call.oracle, call.settings)
    rules.forward_is_the_oracles(spelled)
    if not op.constant:
        u = data.draw(directions(np.shape(call.oracle(*call.inputs))))
        ts = [data.draw(directions(np.shape(x))) for x in call.inputs]
        rules.modes_are_adjoint(spelled, u, ts)
        rules.gradient_is_the_slope(spelled, u, ts)


def test_every_ufunc_among_the_rows_is_found_by_its_ufunc():
    for op in OPS.values():
        ufunc = getattr(np, op.name, None)
        if isinstance(ufunc, np.ufunc):
            assert BY_NUMPY[ufunc] is op or op.name == "matmul", op.name


# ---- functions that are written with rows -------------------------------------------------------


def flat(parts):
    """Several arrays as one, so that a law can look at all of them."""
    return np.concatenate([np.ravel(part) for part in parts])


def call_of(f, *inputs):
    """A call of NumPy's function `f`, its own oracle."""
    return Call(None, f, inputs, f)


@st.composite
def joined(draw, join, min_dims=0, max_dims=2):
    """Arrays of one shape, joined."""
    shape = draw(shapes(min_dims, max_dims))
    xs = [draw(numbers(shape)) for _ in range(draw(st.integers(1, 3)))]
    return call_of(lambda *xs: join(xs), *xs)


@st.composite
def columns(draw):
    """Vectors and matrices of as many rows."""
    rows = draw(st.integers(0, 3))
    several = st.sampled_from([(rows,), (rows, 1), (rows, 2)])
    xs = [draw(numbers(draw(several))) for _ in range(draw(st.integers(1, 3)))]
    return call_of(lambda *xs: np.column_stack(xs), *xs)


@st.composite
def splits(draw, split):
    """An array cut into a number of parts, or at places."""
    shape = draw(shapes(1, min_side=1))
    axis = draw(some_axis(shape))
    n = shape[axis]
    parts = [d for d in range(1, n + 1) if n % d == 0] if split is np.split else range(1, n + 2)
    cuts = draw(st.sampled_from(list(parts)) | st.lists(st.integers(0, n), max_size=3).map(sorted))
    return call_of(lambda x: flat(split(x, cuts, axis=axis)), draw(numbers(shape)))


@st.composite
def clips(draw):
    """Bounds on both sides, or on one."""
    shape = draw(shapes())
    low, high = draw(st.sampled_from([(-1.0, 1.0), (None, 0.5), (0.25, None), (-1, 1), (1.0, -1.0)]))
    return call_of(lambda x: np.clip(x, low, high), draw(distinct(shape)) + 0.01)


@st.composite
def products(draw, product, signature):
    """Two operands whose inner lengths agree."""
    m, n, p, q = (draw(st.integers(0, 3)) for _ in range(4))
    named = {"": (), "m": (m,), "n": (n,), "mn": (m, n), "nm": (n, m), "np": (n, p), "pn": (p, n)}
    named |= {"qmn": (q, m, n), "qnp": (q, n, p), "qpn": (q, p, n), "mnp": (m, n, p)}
    first, second = draw(st.sampled_from(signature))
    return call_of(product, draw(numbers(named[first])), draw(numbers(named[second])))


DOTS = (
    ("", ""),
    ("", "mn"),
    ("n", ""),
    ("n", "n"),
    ("mn", "n"),
    ("n", "np"),
    ("mn", "np"),
    ("qmn", "n"),
    ("qmn", "np"),
)
DOTS += (("n", "qnp"), ("mn", "qnp"), ("qmn", "qnp"))
INNERS = (("", ""), ("", "mn"), ("n", "n"), ("mn", "n"), ("n", "pn"), ("mn", "pn"), ("qmn", "pn"))


@st.composite
def tensordots(draw):
    """Axes to sum over: a number of them, or two lists."""
    sizes = draw(st.lists(st.integers(0, 3), min_size=2, max_size=3))
    order = draw(st.permutations(range(len(sizes))))
    k = draw(st.integers(0, len(sizes)))
    x = draw(numbers(tuple(sizes)))
    if draw(st.booleans()):
        second = (*sizes[len(sizes) - k :], 2)
        return call_of(lambda a, b: np.tensordot(a, b, axes=k), x, draw(numbers(second)))
    left = [a - len(sizes) if draw(st.booleans()) else a for a in order[:k]]
    second = (*(sizes[a] for a in order[:k]), 2)
    axes = (left, list(range(k)))
    if k == 1 and draw(st.booleans()):
        axes = (left[0], 0)
    return call_of(lambda a, b: np.tensordot(a, b, axes=axes), x, draw(numbers(second)))


def anything(f, min_dims=0, max_dims=3):
    """A function of one array."""
    return shapes(min_dims, max_dims).flatmap(numbers).map(lambda x: call_of(f, x))


WRITTEN = {
    np.concatenate: joined(lambda xs: np.concatenate(xs, axis=None)),
    np.stack: joined(np.stack),
    np.vstack: joined(np.vstack),
    np.hstack: joined(np.hstack),
    np.column_stack: columns(),
    np.array_split: splits(np.array_split),
    np.split: splits(np.split),
    np.ravel: anything(np.ravel),
    np.copy: anything(np.copy),
    np.atleast_1d: anything(np.atleast_1d),
    np.atleast_2d: anything(lambda x: flat(np.atleast_2d(x, 2.0 * x))),
    np.clip: clips(),
    np.dot: products(np.dot, DOTS),
    np.inner: products(np.inner, INNERS),
    np.vdot: products(np.vdot, (("", ""), ("n", "n"), ("mn", "mn"), ("mn", "nm"))),
    np.outer: products(np.outer, (("", ""), ("n", "m"), ("mn", "n"))),
    np.tensordot: tensordots(),
    np.einsum: products(lambda x, y: np.einsum("...n,...n->...", x, y, optimize=True), (("n", "n"), ("mn", "n"))),
    np.trace: anything(lambda x: np.trace(x, 1, axis1=-1, axis2=0), 2),
}
"""For each of NumPy's functions that is written with rows the calls to try."""

QUESTIONS = (
    *(np.shape, np.ndim, np.size, np.result_type, np.iscomplexobj, np.isrealobj, np.can_cast, np.min_scalar_type),
    *(np.zeros_like, np.ones_like, np.empty_like, np.array_equal, np.allclose, np.isclose, np.count_nonzero),
    *(np.array_repr, np.array_str, np.array2string, np.shares_memory, np.may_share_memory),
)
"""NumPy's functions that ask about an array, and get a plain answer."""


def rows_of_numpy():
    """NumPy's functions whose rows the laws above call."""
    return {f for name in CALLS if (f := getattr(np, name, None)) is not None} | {np.where, np.linalg.norm}


def test_every_function_of_numpys_that_is_spelled_is_tested():
    import operator

    known = {*WRITTEN, *QUESTIONS, *rows_of_numpy(), operator.getitem}
    missing = [f for f in BY_NUMPY if not isinstance(f, np.ufunc) and f not in known]
    assert not missing, f"add these functions to WRITTEN or QUESTIONS: {missing}"
    assert set(WRITTEN) <= set(BY_NUMPY)


@pytest.mark.parametrize("f", WRITTEN, ids=lambda f: f.__name__)
@given(data=st.data())
def test_a_function_written_with_rows(f, data):
    call = data.draw(WRITTEN[f])
    if f is not np.atleast_1d and f is not np.copy:
        rules.forward_is_the_oracles(call)
    u = data.draw(directions(np.shape(call.oracle(*call.inputs))))
    ts = [data.draw(directions(np.shape(x))) for x in call.inputs]
    rules.modes_are_adjoint(call, u, ts)
    rules.gradient_is_the_slope(call, u, ts)
    rules.gradients_are_like_inputs(call, u)
    rules.second_orders_agree(call, u, 0.5 * u, ts, ts)


@pytest.mark.parametrize(
    "f", [np.vstack, np.hstack, np.dot, np.inner, np.outer, np.tensordot, np.matmul, np.column_stack]
)
def test_shapes_that_numpy_refuses_are_refused(f):
    x, y = np.ones((2, 3)), np.ones((4, 5))
    pair = f in (np.vstack, np.hstack, np.column_stack)
    attempt = (lambda a, b: f([a, b])) if pair else f
    if f is not np.outer:
        with pytest.raises(ValueError, match=r"."):
            attempt(x, y)
        with pytest.raises(ValueError, match=r"."):
            attempt(Value(x), Value(y))
    assert np.outer(Value(x), y).shape == (6, 20)


@pytest.mark.parametrize(
    ("f", "a", "b"),
    [
        (np.tensordot, (2, 1), (3, 2)),
        (lambda a, b: np.tensordot(a, b, axes=1), (2, 1), (3, 2)),
        (np.inner, (2, 1), (2, 3)),
        (np.dot, (2, 2, 1), (3, 2)),
        (np.dot, (1,), (3,)),
        (np.vdot, (1,), (3,)),
    ],
)
def test_a_length_of_one_does_not_stretch_where_numpy_does_not_stretch_it(f, a, b):
    for one, other in ((np.ones(a), np.ones(b)), (Value(np.ones(a)), np.ones(b)), (np.ones(a), Value(np.ones(b)))):
        with pytest.raises(ValueError, match=r"."):
            f(one, other)


@pytest.mark.parametrize("f", QUESTIONS, ids=lambda f: f.__name__)
def test_a_question_is_answered_with_plain_values(f):
    x, y = np.array([1.0, 2.0]), np.array([1.0, 3.0])
    two = f in (np.array_equal, np.allclose, np.isclose, np.shares_memory, np.may_share_memory)
    if f is np.can_cast:
        expected, found = f(x.dtype, np.float32), f(np.result_type(Value(x)), np.float32)
    else:
        expected = f(x, y) if two else f(x)
        found = f(Value(x), Value(y)) if two else f(Value(x))
    assert not isinstance(found, Value)
    if f is np.empty_like:
        assert found.shape == expected.shape
    else:
        np.testing.assert_array_equal(found, expected)


# ---- methods ------------------------------------------------------------------------------------

METHODS = {
    "sum": [(), (0,), {"axis": (0, 1), "keepdims": True}],
    "mean": [(), (-1,), {"axis": 1, "keepdims": True}],
    "max": [(), (0,)],
    "min": [(), (1,)],
    "prod": [(), (0,)],
    "var": [(), {"axis": 0, "ddof": 1}],
    "std": [(), {"axis": 1, "ddof": 1, "keepdims": True}],
    "cumsum": [(), (1,)],
    "argmax": [(), (1,)],
    "argmin": [(), (0,)],
    "clip": [(-0.3, 0.4), {"min": -0.2, "max": None}],
    "dot": [(np.arange(3.0),)],
    "ravel": [()],
    "flatten": [()],
    "squeeze": [()],
    "swapaxes": [(0, 1)],
    "repeat": [(2,), {"repeats": 3, "axis": 1}],
    "astype": [(np.float32,), ("float64",)],
    "copy": [()],
    "reshape": [(3, 2), ((3, 2),), (-1,), ([6],), (6,)],
    "transpose": [(), (1, 0), ((1, 0),), (None,)],
    "tolist": [()],
    "any": [()],
    "all": [()],
    "argsort": [(), (0,)],
    "round": [()],
    "trace": [()],
    "diagonal": [()],
}


@pytest.mark.parametrize("name", METHODS)
def test_a_method_is_numpys_method(name):
    x = np.cos(np.arange(6.0)).reshape(2, 3)
    if not hasattr(Value, name):
        with pytest.raises(AttributeError, match=name):
            getattr(Value(x), name)
        return
    for arguments in METHODS[name]:
        args, kwargs = ((), arguments) if isinstance(arguments, dict) else (arguments, {})
        expected = getattr(x, name)(*args, **kwargs)
        try:
            found = getattr(Value(x), name)(*args, **kwargs)
        except TypeError as refused:
            assert name in str(refused)  # noqa: PT017
            assert any(f"{k}=" in str(refused) for k in kwargs)  # noqa: PT017
            continue
        data = found.data if isinstance(found, Value) else found
        assert np.shape(data) == np.shape(expected)
        np.testing.assert_array_equal(data, expected)
        if isinstance(expected, np.ndarray):
            assert data.dtype == expected.dtype


def test_every_method_that_numpy_has_too_is_compared():
    ours = {name for name in dir(Value) if not name.startswith("_") and callable(getattr(Value, name))}
    numpys = {name for name in dir(np.ndarray) if callable(getattr(np.ndarray, name))}
    assert (ours & numpys) - {"item"} <= set(METHODS)


def test_properties_are_numpys():
    x = np.ones((2, 3), np.float32)
    v = Value(x)
    assert (v.shape, v.ndim, v.size, v.dtype, len(v)) == (x.shape, x.ndim, x.size, x.dtype, len(x))
    np.testing.assert_array_equal(v.T.data, x.T)
    assert (Value(2.0).shape, Value(2.0).ndim, Value(2.0).size, Value(2.0).dtype) == ((), 0, 1, np.dtype(float))
    assert Value(2.5).item() == 2.5
    assert Value([2.5]).item() == 2.5
    assert [row.tolist() for row in v] == x.tolist()
    for question in (len, iter):
        with pytest.raises(TypeError, match="one number"):
            question(Value(2.0))


@given(st.data())
def test_an_index_gives_what_numpy_gives(data):
    shape = data.draw(shapes(1, min_side=1))
    x = data.draw(numbers(shape))
    n = shape[0]
    places = data.draw(st.lists(st.integers(-n, n - 1), max_size=4))
    mask = data.draw(hnp.arrays(bool, shape))
    kinds = [places, (places,), range(n), np.int64(places[0]) if places else 0, np.array(0), mask, mask.tolist()]
    kinds += [..., None, (..., None), slice(None, None, -1), (slice(1), ...), True, np.array(places, int)]
    index = data.draw(st.sampled_from(kinds))
    found = Value(x)[index]
    np.testing.assert_array_equal(found.data, x[index])
    assert found.shape == np.shape(x[index])


@pytest.mark.parametrize("index", [1.0, "0", np.array([0.5]), 5, (0, 0, 0), [0.5], {0}])
def test_an_index_that_numpy_refuses_is_refused(index):
    x = np.ones((2, 3))
    with pytest.raises((IndexError, TypeError)):
        x[index]
    with pytest.raises((IndexError, TypeError)):
        Value(x)[index]


def test_an_index_may_be_a_value():
    x = Value([3.0, 1.0, 2.0])
    assert x[x > 1.5].tolist() == [3.0, 2.0]
    assert x[np.argmax(x)].data == 3.0
    assert x[np.argsort(x)].tolist() == [1.0, 2.0, 3.0]
    with pytest.raises(TypeError, match="integer"):
        x[x[1]]


# ---- Python's operators -------------------------------------------------------------------------


@pytest.mark.parametrize("op", ["+", "-", "*", "/", "**", "%", "//", "@", ">", ">=", "<", "<=", "&", "|"])
@pytest.mark.parametrize("other", [2.0, 3, np.float64(1.5), np.array([1.0, 2.0]), np.array([[2], [3]]), [2.0, 3.0]])
def test_operators_take_plain_operands_on_either_side(op, other):
    x = np.array([1.5, 2.5])
    for text in (f"x {op} other", f"other {op} x"):
        try:
            expected = eval(text, {"x": x, "other": other})
        except (TypeError, ValueError):
            expected = None
        if expected is None or op in "&|":
            continue
        found = eval(text, {"x": Value(x), "other": other})
        assert isinstance(found, Value)
        np.testing.assert_allclose(found.data, expected, rtol=1e-15)
        assert found.shape == np.shape(expected)


def test_lists_and_tuples_are_arrays():
    for other in ([1.0, 2.0], (1.0, 2.0), [[1], [2]], [True, False]):
        for f in (np.add, np.multiply, np.power, np.maximum, np.equal, np.arctan2):
            for x in (3.0, np.array([1.5, 2.5])):
                v = Value(x)
                for out, expected in ((f(v, other), f(x, other)), (f(other, v), f(other, x))):
                    np.testing.assert_allclose(out.data, expected, rtol=1e-15)
                    if not out.op.constant:
                        out.backward(np.ones(out.shape))
                        assert np.shape(v.grad) == np.shape(x)
    x = Value([1.0, 2.0])
    assert te.grad(lambda x: np.dot([3.0, 4.0], x))(np.ones(2)).tolist() == [3.0, 4.0]
    pair = [1.0, 2.0]
    assert (x + pair).tolist() == (pair + x).tolist() == [2.0, 4.0]
    with pytest.raises(TypeError, match=r"te\.array"):
        np.multiply(x, [x[0], x[1]])


def test_te_array_builds_arrays_of_values_and_numbers():
    x = Value(2.0)
    built = te.array([[x, 1], [0.0, x * x]])
    assert built.tolist() == [[2.0, 1.0], [0.0, 4.0]]
    built.backward(np.ones((2, 2)))
    assert x.grad == 5.0
    assert te.array([Value([1.0, 2.0]), np.ones(2)]).shape == (2, 2)
    assert te.array((x, x)).shape == (2,)
    assert type(te.array([1.0, 2.0])) is np.ndarray
    single = np.ones(2, np.float32)
    assert te.array([Value(single), single]).dtype == np.float32
    for ragged in ([[x, x], [x]], [x, [x]]):
        with pytest.raises(ValueError, match="shape"):
            te.array(ragged)
    with pytest.raises((ValueError, TypeError)):
        te.array([x, "two"])
