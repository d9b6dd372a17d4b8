"""NumPy's functions and methods, met with Values: the same value and shape, and the right derivative."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from laws import FEW, rules
from laws.calls import Call, call_of
from laws.registry import CALLS, METHODS, OUR_OWN, PLAIN, WRITTEN, calls_of, is_elementwise, rows

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.notation import BY_NUMPY, OPS
from tinygrad_edu.testing.strategies import arrays, directions_like, shapes

# ---- functions that are rows --------------------------------------------------------------------

SPELLED = [op for op in rows() if op.name not in OUR_OWN]


@pytest.mark.parametrize("op", SPELLED, ids=lambda op: op.name)
@FEW
@given(data=st.data())
def test_numpys_function_is_the_row(op, data):
    """The oracle of the laws, which is NumPy's function, given Values instead of arrays."""
    call = data.draw(calls_of(op))
    spelled = Call(call.name, call.oracle, call.inputs, call.oracle, call.settings)
    rules.forward_is_the_oracles(spelled)
    if not op.constant:
        u = data.draw(directions_like(call.oracle(*call.inputs)))
        ts = [data.draw(directions_like(x)) for x in call.inputs]
        rules.modes_are_adjoint(spelled, u, ts)
        rules.gradient_is_the_slope(spelled, u, ts)


def test_every_ufunc_among_the_rows_is_found_by_its_ufunc():
    for op in OPS.values():
        ufunc = getattr(np, op.name, None)
        if isinstance(ufunc, np.ufunc):
            assert BY_NUMPY[ufunc] is op or op.name == "matmul", op.name


# ---- functions that are written with rows -------------------------------------------------------

QUESTIONS = (
    *(np.shape, np.ndim, np.size, np.result_type, np.iscomplexobj, np.isrealobj, np.can_cast, np.min_scalar_type),
    *(np.zeros_like, np.ones_like, np.empty_like, np.array_equal, np.allclose, np.isclose, np.count_nonzero),
    *(np.array_repr, np.array_str, np.array2string, np.shares_memory, np.may_share_memory),
    *(np.linalg.matrix_rank, np.einsum_path),
)
"""NumPy's functions that ask about an array, and get a plain answer."""


def rows_of_numpy():
    """NumPy's functions whose rows the laws above call."""
    called = {*CALLS, *(op.name for op in OPS.values() if is_elementwise(op))}
    modules = (np, np.linalg, np.fft)
    return {f for name in called for module in modules if (f := getattr(module, name, None)) is not None}


def test_every_function_of_numpys_that_is_spelled_is_tested():
    import operator

    known = {*WRITTEN, *QUESTIONS, *PLAIN, *rows_of_numpy(), operator.getitem}
    missing = [f for f in BY_NUMPY if not isinstance(f, np.ufunc) and f not in known]
    assert not missing, f"add these functions to WRITTEN of an area, or QUESTIONS: {missing}"
    assert set(WRITTEN) <= set(BY_NUMPY)


@pytest.mark.filterwarnings("ignore:numpy.fix is deprecated:DeprecationWarning")
@pytest.mark.parametrize("f", WRITTEN, ids=lambda f: f.__name__)
@given(data=st.data())
def test_a_function_written_with_rows(f, data):
    call = data.draw(WRITTEN[f])
    if f is not np.atleast_1d and f is not np.copy:
        rules.forward_is_the_oracles(call)
    u = data.draw(directions_like(call.oracle(*call.inputs)))
    ts = [data.draw(directions_like(x)) for x in call.inputs]
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


F32, F16, C64 = np.ones(3, np.float32), np.ones(3, np.float16), np.ones((2, 3), np.complex64)
CORNERS = {
    "linspace": (np.linspace, F32, 2.0),
    "linspace of float16, without its end": (lambda a, b: np.linspace(a, b, 5, endpoint=False), F16, 2.0),
    "linspace of complex64": (np.linspace, C64, 2.0),
    "logspace": (np.logspace, F32, 2.0),
    "logspace with several bases": (lambda a, b: np.logspace(2.0, a, 4, base=b), 1.0, np.array([2.0, 3.0])),
    "geomspace, which is in double precision": (np.geomspace, F32, 2.0),
    "apply_along_axis": (lambda a: np.apply_along_axis(np.sum, 0, a), C64),
    "apply_over_axes": (lambda a: np.apply_over_axes(np.sum, a, 0), F16),
    "select": (lambda a, b, c: np.select([b > 2.0, b < 2.0], [a, 0.1], c), C64[0].astype(complex), F32, F16),
    "column_stack of numbers": (lambda a, b: np.column_stack([a, b]), 1.0, 2.0),
    "add.reduceat": (lambda a: np.add.reduceat(a, [0, 2]), F32),
    "maximum.reduceat": (lambda a: np.maximum.reduceat(a, [1, 0]), np.array([1.0, 3.0, 2.0], np.float32)),
    "take from a number": (lambda a: np.take(a, [0, 0], axis=0), 2.0),
    "cumprod of a number": (lambda a: np.cumprod(a, axis=0), 2.0),
    "rfftn along an axis twice": (lambda a: np.fft.rfftn(a, axes=(0, 0)), np.arange(4.0)),
    "a negative base": (np.power, np.array([-1.5, 2.0]), np.array([1.0 + 2.0j, 0.5j])),
}


@pytest.mark.parametrize("name", CORNERS)
def test_shape_dtype_and_derivative_in_the_corners_of_what_numpy_takes(name):
    f, *inputs = CORNERS[name]
    call = call_of(f, *inputs)
    rules.forward_is_the_oracles(call)
    doubles = [rules.in_double(x) if np.shape(x) else x for x in inputs]
    call, ts = call_of(f, *doubles), [np.ones_like(x) if np.shape(x) else 1.0 for x in doubles]
    u = np.ones(np.shape(f(*doubles)))
    rules.modes_are_adjoint(call, u, ts)
    rules.gradient_is_the_slope(call, u, ts)


@pytest.mark.parametrize(
    "spelled", [np.ravel, lambda x, order: np.reshape(x, -1, order=order)], ids=["ravel", "reshape"]
)
def test_an_order_in_memory_that_is_not_rows_is_refused(spelled):
    columns = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    with pytest.raises(TypeError, match=r"say order='C' or 'F'"):
        spelled(Value(columns), order="A")


@pytest.mark.parametrize("f", QUESTIONS, ids=lambda f: f.__name__)
def test_a_question_is_answered_with_plain_values(f):
    x, y = np.array([1.0, 2.0]), np.array([1.0, 3.0])
    two = f in (np.array_equal, np.allclose, np.isclose, np.shares_memory, np.may_share_memory)
    if f is np.can_cast:
        expected, found = f(x.dtype, np.float32), f(np.result_type(Value(x)), np.float32)
    else:
        given = ("i,i->", x, y) if f is np.einsum_path else (x, y) if two else (x,)
        expected, found = f(*given), f(*(Value(x) if isinstance(x, np.ndarray) else x for x in given))
    assert not isinstance(found, Value)
    if f is np.empty_like:
        assert found.shape == expected.shape
    elif isinstance(expected, tuple):
        assert found == expected
    else:
        np.testing.assert_array_equal(found, expected)


# ---- methods ------------------------------------------------------------------------------------


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
    x = data.draw(arrays(shape))
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


@pytest.mark.parametrize("f", PLAIN, ids=lambda f: f.__name__)
def test_what_is_made_of_plain_numbers_is_plain(f):
    found, expected = f(*PLAIN[f], like=Value(1.0)), f(*PLAIN[f])
    assert type(found) is np.ndarray
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    if f is not np.empty:
        np.testing.assert_array_equal(found, expected)
    with pytest.raises(TypeError, match=r"plain numbers|Value"):
        f(Value(2.0), like=Value(1.0))


@pytest.mark.parametrize("f", [np.vdot, np.dot, np.inner, np.matmul, lambda x, y: np.tensordot(x, y, 1)])
@pytest.mark.parametrize("low", [np.float16, np.float32])
def test_a_product_that_is_one_number_keeps_the_precision_of_each_gradient(f, low):
    x, y = np.array([0.1, 0.2, 0.3]), np.array([0.7, 0.1, 0.9], low)
    found = te.grad(lambda x: f(x, y) * (1.0 / 3.0))(x)
    np.testing.assert_allclose(found, y.astype(float) / 3.0, rtol=1e-15)
