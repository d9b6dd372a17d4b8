"""Measured slopes: the error estimate holds, kinks are seen, and noise does not pass for a slope."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tinygrad_edu.testing.measure.differences import along_rows, slopes

ONE = np.eye(1)

SMOOTH = {
    "sin": (np.sin, np.cos),
    "exp": (np.exp, np.exp),
    "cube": (lambda x: x**3, lambda x: 3.0 * x**2),
    "tiny square": (lambda x: 1e-9 * x * x, lambda x: 2e-9 * x),
    "reciprocal": (lambda x: 1.0 / x, lambda x: -1.0 / x**2),
    "root": (lambda x: np.sqrt(np.abs(x)), lambda x: 0.5 * np.sign(x) / np.sqrt(np.abs(x))),
    "logarithm": (lambda x: np.log(np.abs(x)), lambda x: 1.0 / x),
    "tanh": (np.tanh, lambda x: 1.0 / np.cosh(x) ** 2),
    "fast": (lambda x: np.sin(1e3 * x), lambda x: 1e3 * np.cos(1e3 * x)),
    "large beside": (lambda x: np.cos(x) + 3e5, lambda x: -np.sin(x)),
    "relu": (lambda x: np.maximum(x, 0.0), lambda x: 1.0 * (x > 0.0)),
    "kink at 1": (lambda x: np.abs(x - 1.0), lambda x: np.sign(x - 1.0)),
    "steps": (lambda x: x * np.floor(x), np.floor),
}
MAGNITUDES = st.floats(-6.0, 6.0)


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("complex_step", [False, True])
@given(exponent=MAGNITUDES, sign=st.sampled_from([-1.0, 1.0]))
def test_the_true_slope_is_within_the_error(name, complex_step, exponent, sign):
    f, derivative = SMOOTH[name]
    x = np.array([sign * 10.0**exponent])
    with np.errstate(all="ignore"):
        true = derivative(x)
        assume(np.isfinite(f(x)).all() and np.isfinite(true).all() and (name != "steps" or abs(x - np.round(x)) > 1e-3))
        found = slopes(f, x, ONE, complex_step=f if complex_step else None)
    allowed = 5.0 * found.error[0] + found.noise[0] + 1e-6 * np.abs(true)
    assert found.error[0, 0] == np.inf or np.abs(found.value[0] - true) <= allowed


@given(st.floats(0.01, 100.0))
def test_a_smooth_function_is_measured_to_ten_digits(x):
    found = slopes(np.tanh, np.array([x / 50.0]), ONE)
    assert found.error[0, 0] <= 1e-9 * abs(found.value[0, 0])


@given(st.sampled_from([-2.0, -0.5, 0.0, 1.0, 3.0]), st.floats(0.25, 4.0), st.floats(0.25, 4.0))
def test_a_kink_is_seen_with_the_slopes_on_its_sides(place, left, right):
    assume(abs(left - right) > 0.1)
    found = slopes(
        lambda x: np.where(x < place, left * (x - place), right * (x - place)) + np.sin(x - place),
        np.array([place]),
        ONE,
    )
    assert found.kink[0, 0]
    np.testing.assert_allclose([found.left[0, 0], found.right[0, 0]], [left + 1.0, right + 1.0], rtol=1e-5)
    assert found.error[0, 0] == np.inf


@pytest.mark.parametrize("distance", [1e-2, 1e-4, 1e-6])
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_a_kink_near_by_is_stepped_around(distance, side):
    found = slopes(lambda x: np.abs(x - 1.0), np.array([1.0 + side * distance]), ONE)
    assert not found.kink[0, 0]
    assert abs(found.value[0, 0] - side) <= 5.0 * found.error[0, 0] + 1e-9 < 1e-4


@pytest.mark.parametrize("x", [1.3, 1e-3, 1e-6])
def test_digits_lost_in_a_subtraction_count_as_noise(x):
    found = slopes(lambda x: (x + 1e8) - 1e8, np.array([x]), ONE)
    assert abs(found.value[0, 0] - 1.0) <= 5.0 * found.error[0, 0] + found.noise[0, 0]
    assert found.noise[0, 0] > 1e-10


@pytest.mark.parametrize("error", [ValueError, TypeError, ArithmeticError])
def test_outside_of_its_domain_a_function_is_not_used(error):
    """Of √(1 − x²) near 1 only the small steps count; at 1 there is no slope."""

    def half_circle(x):
        if abs(x[0]) > 1.0:
            raise error("outside")
        return np.sqrt(1.0 - x * x)

    found = slopes(half_circle, np.array([0.999]), ONE)
    true = -0.999 / math.sqrt(1.0 - 0.999**2)
    assert abs(found.value[0, 0] - true) <= 5.0 * found.error[0, 0] < 1e-4
    assert slopes(half_circle, np.array([1.0]), ONE).error[0, 0] == np.inf


def test_directions_and_results_of_size_0_are_fine():
    assert slopes(np.sin, np.ones(2), np.zeros((0, 2))).value.shape == (0, 2)
    assert slopes(lambda x: x[:0], np.ones(2), np.eye(2)).value.shape == (2, 0)


def test_single_precision_is_told_by_its_error():
    rough = slopes(
        lambda x: np.sin(x.astype(np.float32)).astype(float), np.ones(1), ONE, eps=float(np.finfo(np.float32).eps)
    )
    actual = abs(rough.value[0, 0] - math.cos(1.0))
    assert actual <= 5.0 * rough.error[0, 0] < 1e-3


@given(st.lists(st.integers(-8, 8).map(lambda k: k / 8.0), min_size=3, max_size=3))
def test_a_weighted_sum_of_slopes_is_the_slope_of_the_weighted_sum(weights):
    w, x = np.array([weights]), np.array([0.3, -1.2, 2.0])
    several = along_rows(slopes(np.sin, x, np.ones((1, 3))), w)
    alone = slopes(lambda x: w @ np.sin(x), x, np.ones((1, 3)))
    np.testing.assert_allclose(several.value, alone.value, atol=1e-9)
    assert np.all(np.abs(several.value - w @ np.cos(x)) <= 5.0 * several.error + 1e-12)
