"""`te.at`, and what the laws do not say of sorting and choosing: ties, mixed data, refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.areas.indexing import indices

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.bridge.updates import at
from tinygrad_edu.testing.strategies import arrays, shapes

X = np.array([0.5, -1.0, 2.0, 0.25])

# ---- at -----------------------------------------------------------------------------------------


@given(st.data())
def test_an_update_is_numpys_assignment(data):
    x = data.draw(arrays(data.draw(shapes(1))))
    index = data.draw(indices(x.shape))
    v = data.draw(arrays(np.shape(x[index])))
    set_, added = x.copy(), x.copy()
    set_[index] = v
    np.add.at(added, index, v)
    for a, b in ((Value(x), v), (x, Value(v)), (Value(x), Value(v))):
        np.testing.assert_array_equal(at(a)[index].set(b).data, set_)
        np.testing.assert_array_equal(at(a)[index].add(b).data, added)
    np.testing.assert_array_equal(at(Value(x))[index].get().data, x[index])


@given(st.data())
def test_multiplying_is_numpys(data):
    x = data.draw(arrays(data.draw(shapes(1))))
    mask = data.draw(arrays(x.shape)) > 0.0
    expected = x.copy()
    expected[mask] *= 3.0
    np.testing.assert_array_equal(at(Value(x))[mask].multiply(3.0).data, expected)
    g = te.grad(lambda x: np.sum(at(x)[mask].multiply(x[mask])))(x)
    np.testing.assert_array_equal(g, np.where(mask, 2.0 * x, 1.0))


def test_plain_data_stay_plain():
    x = np.arange(3)
    y = at(x)[1].set(7)
    assert type(y) is np.ndarray
    assert (y.tolist(), y.dtype, x.tolist()) == ([0, 7, 2], x.dtype, [0, 1, 2])
    assert at([1.0, 2.0])[0].add(1.0).tolist() == [2.0, 2.0]
    assert at(np.zeros(2, np.uint8))[0].set(3).dtype == np.uint8


def test_an_update_keeps_the_dtype_and_the_array():
    x, v = Value(X.astype(np.float32)), Value(np.float64(1.5) * np.ones(2))
    for y in (at(x)[:2].set(v), at(x)[[0, 0]].add(v), at(x)[:2].multiply(v), at(x)[0].set(1)):
        assert y.dtype == np.float32
        y.backward(np.ones(4, np.float32))
    assert (x.grad.dtype, v.grad.dtype) == (np.float32, np.float64)
    np.testing.assert_array_equal(x.data, X.astype(np.float32))
    assert at(Value(X + 0j))[0].set(2.0).dtype == complex


def test_of_several_for_one_place_the_last_is_set_and_all_are_added():
    v = np.array([1.0, 2.0, 3.0])
    weights = np.array([10.0, 20.0, 30.0, 40.0])
    set_, added = (
        te.grad(lambda v, f=f: np.sum(weights * f(at(X)[[2, 0, 2]])(v))) for f in (lambda p: p.set, lambda p: p.add)
    )
    np.testing.assert_array_equal(set_(v), [0.0, 10.0, 30.0])
    np.testing.assert_array_equal(added(v), [30.0, 10.0, 30.0])
    same = te.grad(lambda v: np.sum(at(X)[[1, -3]].set(v)))  # one place, counted from both ends
    np.testing.assert_array_equal(same(v[:2]), [0.0, 1.0])


@given(st.data())
def test_the_gradient_of_a_layout_is_that_of_the_assignment(data):
    """Repeated places in arrays that are not in C order."""
    places = data.draw(st.lists(st.integers(0, 2), min_size=6, max_size=6))
    v = data.draw(arrays((3, 2)))
    index = np.array(places).reshape(2, 3).T
    y = at(np.zeros(3))[index].set(v.T.copy().T)
    g = te.grad(lambda v: np.sum(np.arange(1.0, 4.0) * at(np.zeros(3))[index].set(v)))(v)
    for place in range(3):
        if place in places:
            (winner,) = np.flatnonzero((g.ravel() != 0) & (index.ravel() == place))
            assert v.ravel()[winner] == y[place]
            assert g.ravel()[winner] == place + 1.0


def test_a_place_may_be_a_value():
    x = Value(X)
    assert at(x)[np.argmax(x)].set(0.0).tolist() == [0.5, -1.0, 0.0, 0.25]
    assert at(x)[x < 0.0].set(0.0).tolist() == [0.5, 0.0, 2.0, 0.25]
    assert at(x)[np.argsort(x)[:2]].multiply(-1.0).tolist() == [0.5, 1.0, 2.0, -0.25]
    assert at(Value(3.0))[...].set(Value(2.0)).data == 2.0
    np.testing.assert_array_equal(te.jacobian(lambda x: at(x)[np.argmax(x)].set(7.0))(X), np.diag([1.0, 1.0, 0.0, 1.0]))


def test_an_infinite_slope_that_was_overwritten_does_not_count():
    x = np.array([0.0, 4.0])
    np.testing.assert_array_equal(te.grad(lambda x: np.sum(at(np.sqrt(x))[0].set(1.0)))(x), [0.0, 0.25])


@pytest.mark.parametrize(
    ("attempt", "error", "message"),
    [
        (lambda x: at(x)[:2].set([1.0, 2.0, 3.0]), ValueError, r"shape \(3,\).*shape \(2,\)"),
        (lambda x: at(x)[:2].add(np.ones((1, 2))), ValueError, r"shape \(1, 2\).*shape \(2,\)"),
        (lambda x: at(x)[9].set(1.0), IndexError, "out of bounds"),
        (lambda x: at(x)[[0, 9]].add(1.0), IndexError, "out of bounds"),
        (lambda x: at(x)[0].set(1j), TypeError, "complex128.*float64"),
        (lambda x: at(x)[0].add(Value(1j)), TypeError, "complex128.*float64"),
        (lambda x: at([1, 2])[0].set(x[0]), TypeError, "float64.*int64"),
        (lambda x: at(x)[[0, -4]].multiply(2.0), ValueError, "twice.*one after the other"),
        (lambda x: at(x)["a"], TypeError, "index|integer"),
        (lambda x: at(x)[x], IndexError, "integer"),
        (lambda x: at([x, x]), TypeError, "te.array"),
        (lambda x: at(x).__setitem__(0, 1.0), TypeError, r"te\.at\(x\)\[i\]\.set\(v\)"),
        (lambda x: x.__setitem__(0, 1.0), TypeError, r"te\.at\(x\)\[i\]\.set\(v\)"),
    ],
)
def test_an_update_that_cannot_be_is_refused(attempt, error, message):
    def get(x):
        out = attempt(x)
        return out.get() if hasattr(out, "get") else out

    with pytest.raises(error, match=message):
        get(Value(X))


@pytest.mark.parametrize(
    "name", ["sort", "partition", "fill", "put", "itemset", "resize", "byteswap", "setflags", "view"]
)
def test_a_method_that_changes_the_array_is_refused_with_the_remedy(name):
    with pytest.raises(TypeError, match=rf"v\.{name}\(.*use "):
        getattr(Value(X), name)(0)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda x: np.put(x, 0, 1.0),
        lambda x: np.place(x, X > 0.0, 1.0),
        lambda x: np.putmask(x, X > 0.0, 1.0),
        lambda x: np.copyto(X.copy(), x),
        lambda x: np.fill_diagonal(x, 1.0),
        lambda x: np.put_along_axis(x, np.array([0]), 1.0, 0),
    ],
)
def test_a_function_that_changes_an_array_is_refused_with_the_remedy(attempt):
    with pytest.raises(TypeError, match=r"in place; use .*(te\.at\(x|np\.where)"):
        attempt(Value(X))


# ---- ties ---------------------------------------------------------------------------------------


def test_elements_that_tie_keep_their_order():
    x = np.array([2.0, 1.0, 2.0, 1.0])
    weights = np.array([1.0, 2.0, 3.0, 4.0])
    expected = np.array([3.0, 1.0, 4.0, 2.0])  # of equal elements the first comes first
    for f in (np.sort, lambda x: np.sort(x, kind="heapsort"), lambda x: np.sort(x, axis=None)):
        np.testing.assert_array_equal(te.grad(lambda x, f=f: np.sum(weights * f(x)))(x), expected)
    parted = te.grad(lambda x: np.sum(weights * np.partition(x, 1)))(x)
    np.testing.assert_array_equal(np.sort(parted), weights)
    assert parted[1] < parted[3]
    assert parted[0] < parted[2]


def test_the_gradient_of_unique_goes_to_the_first_that_was_met():
    np.testing.assert_array_equal(te.grad(lambda x: np.sum(np.unique(x)))(np.array([2.0, 1.0, 2.0])), [1.0, 1.0, 0.0])


@pytest.mark.parametrize("kth", [0, 700, (3, 1500)])
def test_a_partition_of_many_is_numpys(kth):
    """NumPy's partition and argpartition need not agree on the order of the rest."""
    x = np.sin(np.arange(2000.0) ** 2)
    u = np.cos(np.arange(2000.0))
    v = Value(x)
    out = np.partition(v, kth)
    np.testing.assert_array_equal(out.data, np.partition(x, kth))
    out.backward(u)
    np.testing.assert_array_equal(v.grad[np.argsort(x)], u[np.argsort(out.data)])


def test_nans_are_sorted_last():
    x = Value([1.0, np.nan, 0.5])
    out = np.sort(x)
    out.backward(np.array([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(out.data, [0.5, 1.0, np.nan])
    np.testing.assert_array_equal(x.grad, [2.0, 3.0, 1.0])


# ---- several answers, plain answers, mixed data -------------------------------------------------


def test_unique_tells_more_with_plain_arrays():
    x = np.array([2.0, 1.0, 2.0])
    for keywords in ({"return_index": True, "return_counts": True}, {"return_inverse": True}):
        values, *more = np.unique(Value(x), **keywords)
        expected, *others = np.unique(x, **keywords)
        np.testing.assert_array_equal(values.data, expected)
        for one, other in zip(more, others, strict=True):
            assert type(one) is np.ndarray
            np.testing.assert_array_equal(one, other)


def test_questions_of_place_have_plain_answers():
    x = Value([0.0, 3.0, 0.0, 1.0])
    for found in (np.nonzero(x)[0], x.nonzero()[0], np.flatnonzero(x), np.where(x > 0.0)[0], np.argwhere(x)[:, 0]):
        assert type(found) is np.ndarray
        assert found.tolist() == [1, 3]


def test_other_arguments_may_be_values_alone():
    x, where = np.arange(4.0), Value(X)
    np.testing.assert_array_equal(np.compress(where > 0.0, x).data, x[X > 0.0])
    np.testing.assert_array_equal(np.delete(x, np.argmin(where)).data, np.delete(x, 1))
    np.testing.assert_array_equal(np.searchsorted(X, where, sorter=np.argsort(where)).data, [2, 0, 3, 1])
    np.testing.assert_array_equal(np.piecewise(x, [where > 0.0], [1.0, 2.0]).data, [1.0, 2.0, 1.0, 1.0])
    np.testing.assert_array_equal(np.select([where > 0.0], [x]).data, [0.0, 0.0, 2.0, 3.0])
    np.testing.assert_array_equal(np.choose(np.argsort(where), [x, -x, x, -x]).data, [-0.0, -1.0, 2.0, 3.0 * 1.0])
    np.testing.assert_array_equal(np.bincount(np.argsort(where)).data, [1, 1, 1, 1])


def test_nothing_chosen_is_still_a_value():
    y = np.piecewise(Value(X), [X > 9.0], [1.0])
    assert isinstance(y, Value)
    assert y.tolist() == [0.0] * 4


@pytest.mark.parametrize(
    ("attempt", "error", "message"),
    [
        (lambda x: np.take(x, X), TypeError, "Cannot cast"),
        (lambda x: np.take_along_axis(x, X > 0.0, 0), IndexError, "integers"),
        (lambda x: np.take_along_axis(x, np.array([[0]]), 0), ValueError, r"\(1, 1\).*\(4,\)"),
        (lambda x: np.compress(True, x), ValueError, "one axis"),
        (lambda x: np.insert(x, 0, 1j), TypeError, "np.insert.*complex128"),
        (lambda x: np.insert(np.arange(3), 0, x), TypeError, "np.insert.*int64"),
        (lambda x: np.trim_zeros(x, "x"), ValueError, "trim='x'"),
        (lambda x: np.select([x], [x]), TypeError, "boolean"),
        (lambda x: np.select([], [x]), ValueError, "0 conditions and 1 choices"),
        (lambda x: np.piecewise(x, [x > 0.0], [1, 2, 3]), ValueError, "1 conditions and 3 functions"),
        (lambda x: np.apply_along_axis(np.sum, 0, np.reshape(x[:0], (0, 0))), ValueError, "no row"),
        (lambda x: np.apply_over_axes(lambda a, axis: 1.0, np.reshape(x, (2, 2)), 0), ValueError, r"shape \(\)"),
        (lambda x: np.clip(x, 0.0), TypeError, "a_max"),
        (lambda x: np.clip(x, 0.0, 1.0, min=0.5), ValueError, "not both"),
        (lambda x: np.argsort(x, kind="heapsort"), TypeError, "kind="),
        (lambda x: np.argsort(x, kind="stable", stable=True), ValueError, "not both"),
        (lambda x: np.bincount([0, 1], x), ValueError, r"\(4,\).*\(2,\)"),
        (lambda x: np.histogram(x), TypeError, r"np\.histogram has no derivative"),
        (lambda x: np.partition(x, Value(1.0)), TypeError, "kth"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(attempt, error, message):
    with pytest.raises(error, match=message):
        attempt(Value(X))
