"""Reductions and statistics where the laws do not look: ties, nan, nothing at all, and what is refused."""

import numpy as np
import pytest

import tinygrad_edu as te
from tinygrad_edu import Value

NAN = np.nan
HOLES = np.array([[NAN, 0.5, -1.0], [2.0, NAN, 0.25]])
SKIPPING = (
    *(np.nansum, np.nanprod, np.nanmean, np.nanmax, np.nanmin, np.nanvar, np.nanstd, np.nanmedian),
    *(np.nancumsum, np.nancumprod, lambda x: np.nanquantile(x, 0.3), lambda x: np.nanpercentile(x, [30.0, 60.0])),
)


def gradient(f, x):
    """Of the sum of the results."""
    return te.grad(lambda x: np.sum(f(x)))(np.asarray(x, float)).tolist()


# ---- nan ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("f", SKIPPING)
def test_no_gradient_flows_to_a_nan_that_is_skipped(f):
    slope = np.array(gradient(f, HOLES))
    assert np.all(slope[np.isnan(HOLES)] == 0.0)
    assert np.all(np.isfinite(slope))
    assert np.any(slope)


@pytest.mark.parametrize("f", [np.nanmax, np.nanmin, np.nanmedian, lambda x, axis: np.nanquantile(x, 0.5, axis=axis)])
def test_the_result_is_nan_where_nothing_is_left(f):
    x = np.array([[NAN, NAN], [1.0, 2.0]])
    found = f(Value(x), axis=1)
    assert np.isnan(found.data[0])
    assert np.isfinite(found.data[1])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("f", [np.nanmean, np.nanvar, np.nanstd])
def test_a_mean_of_nothing_is_nan_and_leaves_the_other_gradients_alone(f):
    x = np.array([[NAN, NAN], [1.0, 2.0]])
    leaf = Value(x)
    found = f(leaf, axis=1)
    np.testing.assert_array_equal(found.data, f(x, axis=1))
    found[1].backward()
    np.testing.assert_array_equal(np.isfinite(leaf.grad[1]), [True, True])


@pytest.mark.parametrize("f", [np.median, lambda x, axis: np.quantile(x, 0.4, axis=axis)])
def test_a_nan_that_is_not_skipped_is_the_result(f):
    x = np.array([[NAN, 2.0, 1.0], [3.0, 1.0, 2.0]])
    np.testing.assert_array_equal(f(Value(x), axis=1).data, f(x, axis=1))


# ---- ties ---------------------------------------------------------------------------------------


def test_of_elements_that_tie_the_first_in_sorted_order_counts():
    assert gradient(np.median, [2.0, 1.0, 2.0, 2.0, 5.0]) == [0.0, 0.0, 1.0, 0.0, 0.0]
    assert gradient(lambda x: np.quantile(x, 0.5, method="lower"), [1.0, 1.0, 1.0]) == [0.0, 1.0, 0.0]


def test_of_running_extremes_that_tie_the_first_counts():
    assert gradient(np.maximum.accumulate, [1.0, 3.0, 3.0, 2.0, 5.0]) == [1.0, 3.0, 0.0, 0.0, 1.0]
    assert gradient(np.minimum.accumulate, [1.0, 1.0, 0.0]) == [2.0, 0.0, 1.0]
    x = np.array([1.0, NAN, 3.0, NAN])
    np.testing.assert_array_equal(np.maximum.accumulate(Value(x)).data, np.maximum.accumulate(x))
    assert gradient(np.maximum.accumulate, x) == [1.0, 3.0, 0.0, 0.0]


def test_elements_that_tie_with_the_initial_number_share_with_it():
    assert gradient(lambda x: np.max(x, initial=2.0), [1.0, 2.0, 2.0]) == [0.0, 0.25, 0.25]
    assert gradient(lambda x: np.max(x, initial=2.0, where=[True, False, False]), [1.0, 5.0, 2.0]) == [0.0, 0.0, 0.0]
    assert gradient(lambda x: np.max(x, initial=2.0, where=[False, True, True]), [9.0, 2.0, 2.0]) == [0.0, 0.25, 0.25]


# ---- zeros, constants, nothing ------------------------------------------------------------------


def test_a_running_product_is_exact_where_elements_are_0():
    assert gradient(np.cumprod, [2.0, 0.0, 3.0, 0.0]) == [1.0, 8.0, 0.0, 0.0]
    assert gradient(lambda x: np.cumprod(x)[-1], [2.0, 3.0, 0.0]) == [0.0, 0.0, 6.0]


def test_the_deviation_of_a_constant_has_gradient_0_with_every_keyword():
    x, mask = [2.0, 2.0, 7.0], np.array([True, True, False])
    assert gradient(lambda x: np.std(x, where=mask), x) == [0.0, 0.0, 0.0]
    assert gradient(lambda x: np.std(x[:2], mean=2.0), x) == [0.0, 0.0, 0.0]
    assert gradient(np.nanstd, [2.0, NAN, 2.0]) == [0.0, 0.0, 0.0]
    with pytest.raises(TypeError, match="mean="):
        np.std(Value(x), mean=1j)


def test_what_the_mask_drops_may_have_an_infinite_slope():
    for f in (np.sum, np.mean, np.prod, np.std):
        slope = gradient(lambda x, f=f: f(np.sqrt(x), where=x > 0.0), [0.0, 4.0, 9.0])
        assert slope[0] == 0.0
        assert np.all(np.isfinite(slope))


def test_reductions_of_no_element():
    nothing = Value(np.zeros((0, 2)))
    assert np.max(nothing, axis=0, initial=3.0).tolist() == [3.0, 3.0]
    assert np.sum(nothing, axis=0, initial=3.0).tolist() == [3.0, 3.0]
    for attempt in (
        lambda: np.max(nothing),
        lambda: np.sum(nothing, initial=None),
        lambda: np.sum(Value(np.ones(2)), initial=None, where=[True, False]),
        lambda: np.max(Value(np.ones(2)), where=[True, False]),
        lambda: np.max(Value(np.ones(2)), initial=[1.0, 2.0]),
    ):
        with pytest.raises(ValueError, match=r"."):
            attempt()
    with pytest.raises(IndexError):
        np.quantile(nothing, 0.5, axis=0)


def test_a_correlation_is_never_beyond_1():
    x = np.array([0.1, 0.2, 0.7, 1.1]) / 3.0
    for data in ([x, 3.0 * x, -7.0 * x], [x + 1j * x[::-1], 1j * x - x[::-1], x]):
        found = np.corrcoef(Value(np.array(data))).data
        assert np.all(np.abs(found.real) <= 1.0)
        np.testing.assert_allclose(found, np.corrcoef(data), rtol=1e-14, atol=1e-14)


# ---- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("f", [np.sum, np.mean, np.prod, np.var, np.cumsum, np.nansum, np.nanvar, np.cov])
def test_a_dtype_without_derivatives_is_refused(f):
    for dtype in (int, bool, np.longdouble, object):
        with pytest.raises(TypeError, match="dtype="):
            f(Value(np.ones((2, 3))), dtype=dtype)


def test_a_mask_must_be_of_bools_and_stretch_to_the_data():
    x = Value(np.ones((2, 3)))
    for f in (np.sum, np.mean, np.any, np.var):
        with pytest.raises(TypeError, match=r"where=.*bools"):
            f(x, where=np.ones((2, 3)))
        with pytest.raises(ValueError, match=r"where=.*stretch"):
            f(x, where=np.ones((4, 2, 3), bool))


def test_settings_of_statistics_are_no_values():
    x, half = Value(np.ones(3)), Value(0.5)
    for attempt in (
        lambda: np.quantile(x, half),
        lambda: np.quantile(np.ones(3), half),
        lambda: np.nanpercentile(x, half),
        lambda: np.cov(x, fweights=Value([1.0, 1.0, 1.0])),
        lambda: np.add.reduceat(x, Value([0.0])),
        lambda: np.quantile(x, 0.5, method="inverted_cdf", weights=np.ones(3)),
        lambda: np.quantile(x + 1j, 0.5),
    ):
        with pytest.raises(TypeError):
            attempt()
    for attempt in (lambda: np.quantile(x, 1.5), lambda: np.quantile(x, 0.5, method="best")):
        with pytest.raises(ValueError, match=r"quantile"):
            attempt()
    with pytest.raises(ZeroDivisionError):
        np.average(x, weights=[1.0, -1.0, 0.0])
