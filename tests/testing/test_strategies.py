"""The strategies: what is drawn lies where it should, is as varied as it should be, and shrinks to what is simple."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from tinygrad_edu import Value
from tinygrad_edu.testing.drawn_values import values
from tinygrad_edu.testing.strategies import (
    aimed,
    arrays,
    away_from,
    broadcastable,
    complex_dtypes,
    directions,
    directions_like,
    distinct,
    float_dtypes,
    mixed,
    near,
    permutations,
    positive,
    real_or_complex,
    reduced_axes,
    several_axes,
    shapes,
    simplest,
    simplex,
    small_integers,
    some_axis,
    spd_matrices,
    well_conditioned,
    wide,
)

INTERVALS = [(-3.0, 3.0), (-1.0, 1.0), (0.25, 2.0), (0.05, 0.95), (-700.0, 700.0), (5.0, 5.0), (1.04, 1.115)]


def many(strategy, n=200):
    """A list of `n` examples, or of almost as many."""
    found = []

    @settings(max_examples=n, derandomize=True, database=None, deadline=None)
    @given(strategy)
    def collect(x):
        found.append(x)

    collect()
    return found


# ---- shapes and axes ------------------------------------------------------------------------------------


@given(st.data())
def test_shapes_keep_their_bounds(data):
    low, high = sorted(data.draw(st.tuples(st.integers(0, 4), st.integers(0, 4))))
    least, most = sorted(data.draw(st.tuples(st.integers(0, 6), st.integers(0, 6))))
    shape = data.draw(shapes(low, high, least, most))
    assert type(shape) is tuple
    assert low <= len(shape) <= high
    assert all(least <= side <= most for side in shape)


def test_shapes_have_any_number_of_axes_and_any_side():
    found = many(shapes())
    assert {len(shape) for shape in found} == {0, 1, 2, 3}
    assert {side for shape in found for side in shape} == {0, 1, 2, 3}
    assert min(sum(len(shape) == d for shape in found) for d in range(4)) > 20


@given(st.integers(1, 4), st.data())
def test_broadcastable_shapes_broadcast(n, data):
    drawn = data.draw(broadcastable(n, max_dims=2, min_side=2, max_side=4))
    assert len(drawn) == n
    assert len(np.broadcast_shapes(*drawn)) <= 2
    assert all(side == 1 or 2 <= side <= 4 for shape in drawn for side in shape)


def test_broadcastable_shapes_are_stretched_in_every_way():
    found = many(broadcastable(2, min_side=1), 400)
    pairs = [(a, b, np.broadcast_shapes(a, b)) for a, b in found]
    assert any(a != b and len(a) == len(b) for a, b, _ in pairs)  # sides of 1
    assert any(len(a) < len(b) for a, b, _ in pairs)  # axes that are lacking
    assert sum(a == b for a, b, _ in pairs) > 60


@given(st.data())
def test_axes_are_axes(data):
    shape = data.draw(shapes(1, min_side=1))
    x = np.zeros(shape)
    assert np.sum(x, axis=data.draw(some_axis(shape))).ndim == x.ndim - 1
    axes = data.draw(several_axes(shape, min_size=1, max_size=2))
    assert 1 <= len(axes) <= 2
    np.sum(x, axis=axes)  # raises for one that is there twice
    np.sum(x, axis=data.draw(reduced_axes(shape)))
    assert data.draw(several_axes(())) == ()
    assert data.draw(reduced_axes(())) is None


# ---- arrays ---------------------------------------------------------------------------------------------


@given(st.data(), st.sampled_from(INTERVALS[:-1]), float_dtypes())
def test_elements_are_in_the_interval_in_every_dtype(data, interval, dtype):
    shape = data.draw(shapes())
    x = data.draw(arrays(shape, interval=interval, dtype=dtype))
    assert np.shape(x) == shape
    assert np.result_type(x) == dtype
    assert np.all((interval[0] <= np.asarray(x)) & (np.asarray(x) <= interval[1]))


@given(st.data(), complex_dtypes())
def test_complex_elements_have_both_parts_in_their_intervals(data, dtype):
    x = data.draw(arrays(interval=(1.0, 2.0), imaginary=(-4.0, -3.0), dtype=dtype))
    assert np.result_type(x) == dtype
    assert np.all((np.real(x) >= 1.0) & (np.real(x) <= 2.0) & (np.imag(x) >= -4.0) & (np.imag(x) <= -3.0))


@given(arrays() | directions((2, 3)) | positive(4))
def test_elements_are_exact_in_half_precision(x):
    np.testing.assert_array_equal(np.float16(x), x)


@pytest.mark.parametrize("interval", INTERVALS)
def test_the_ends_of_an_interval_are_drawn(interval):
    for end in interval:
        assert simplest(arrays((), interval=interval), lambda x, end=end: x == end) == end


@given(st.data(), shapes())
def test_a_number_is_pythons_in_double_precision_and_numpys_otherwise(data, shape):
    kinds = {np.float64: float, np.complex128: complex, np.float32: np.float32, np.complex64: np.complex64}
    for dtype, kind in kinds.items():
        x = data.draw(arrays(shape, dtype=dtype))
        assert type(x) is (np.ndarray if shape else kind)


@given(arrays(shapes(1), dtype=real_or_complex()))
def test_arrays_can_be_written_to_and_lie_in_memory_as_new_ones_do(x):
    new = np.empty_like(x, order="C")
    assert (x.flags.writeable, x.flags.owndata, x.strides) == (True, True, np.empty(x.shape, x.dtype).strides)
    x[...] = new


def test_zeros_and_ties_are_common_and_most_elements_are_neither():
    found = many(arrays(6))
    assert 0.02 < np.mean([x == 0.0 for x in found]) < 0.2
    ties = np.mean([len(set(x.tolist())) < 6 for x in found])
    assert 0.2 < ties < 0.8


def test_arrays_of_any_shape_are_mostly_dense():
    """What was copied between arrays of different sizes is no reason for zeros."""
    pairs = broadcastable(2, min_side=1).flatmap(lambda given: st.tuples(*map(arrays, given)))
    found = [x for pair in many(pairs, 400) for x in pair if np.size(x) > 1]
    assert np.mean([not np.any(x) for x in found]) < 0.1


@given(mixed((2,), (), (3, 1), interval=(0.0, 1.0)))
def test_mixed_arrays_have_the_shapes_given(xs):
    assert [np.shape(x) for x in xs] == [(2,), (), (3, 1)]


def test_mixed_arrays_have_different_dtypes():
    kinds = {tuple(np.result_type(x) for x in xs) for xs in many(mixed(2, 3))}
    assert {len(set(kind)) for kind in kinds} == {1, 2}
    assert {kind[0].type for kind in kinds} == {np.float64, np.float32, np.float16}


@given(small_integers(40))
def test_small_integers_are_bytes(x):
    assert x.shape == (40,)
    assert x.dtype == np.uint8


# ---- what it shrinks to ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strategy", "condition", "expected"),
    [
        (arrays((2, 2)), lambda x: True, np.zeros((2, 2))),
        (arrays(), lambda x: np.size(x) > 1, np.zeros(2)),
        (arrays(), lambda x: np.ndim(x) == 2 and np.any(x > 0.5), np.array([[1.0]])),
        (arrays(3), lambda x: x[1] < 0.0, np.array([0.0, -1.0, 0.0])),
        (arrays(2, interval=(0.25, 2.0)), lambda x: True, np.ones(2)),
        (arrays(2, interval=(0.3, 0.7)), lambda x: True, np.full(2, 0.5)),
        (arrays((), dtype=complex), lambda z: z.imag > 0.0, 1j),
        (arrays(2, dtype=float_dtypes()), lambda x: True, np.zeros(2)),
        (positive(2), lambda x: True, np.ones(2)),
        (wide(2), lambda x: True, np.ones(2)),
        (away_from(0.0, 1.0, shape=2), lambda x: True, np.array([-1.0, -1.0])),
        (near(0.5, 2.0, shape=2), lambda x: True, np.array([0.5, 0.5])),
        (aimed(1.0, shape=3), lambda x: x[2] < 0.0, np.array([1.0, 1.0, -1.0])),
        (distinct((2, 2)), lambda x: True, np.array([[-1.0, -0.5], [0.0, 0.5]])),
        (permutations(4), lambda p: True, np.arange(4)),
        (simplex(2), lambda p: True, np.array([0.5, 0.5])),
        (spd_matrices(3), lambda a: True, np.eye(3)),
        (well_conditioned(2, 3), lambda a: True, np.eye(2, 3)),
    ],
)
def test_arrays_shrink_to_small_shapes_and_simple_numbers(strategy, condition, expected):
    found = simplest(strategy, condition)
    np.testing.assert_array_equal(found, expected)
    assert np.shape(found) == np.shape(expected)


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3), (3, 3), (3, 3, 3)])
@pytest.mark.parametrize("condition", [lambda u: u != 0.0, lambda u: abs(u) > 0.7])
def test_a_direction_shrinks_to_the_unit_vector_of_the_entry_to_blame(shape, condition):
    places = list(np.ndindex(shape))
    for place in {places[0], places[len(places) // 2], places[-1]}:
        found = np.asarray(simplest(directions(shape), lambda u, place=place: condition(np.asarray(u)[place])))
        expected = np.zeros(shape)
        expected[place] = 1.0
        np.testing.assert_array_equal(found, expected)


def test_a_complex_direction_shrinks_to_one_part_of_one_entry():
    found = simplest(directions((2, 2), dtype=complex), lambda u: u[1, 0].imag != 0.0)
    np.testing.assert_array_equal(found, [[0.0, 0.0], [1j, 0.0]])


def test_a_shape_shrinks_and_keeps_the_element_to_blame():
    found = simplest(arrays(shapes(2, 2, min_side=1)), lambda x: x[0, 0] > 0.5)
    np.testing.assert_array_equal(found, [[1.0]])


def test_what_does_not_exist_is_not_found():
    with pytest.raises(NoSuchExample):
        simplest(st.booleans(), lambda x: x is None)


# ---- domains --------------------------------------------------------------------------------------------


@given(wide((2, 3)), wide(dtype=np.float16), wide(3, smallest=1e-3, largest=0.5, dtype=complex))
def test_wide_numbers_are_finite_and_in_range(x, half, z):
    assert np.all((np.abs(x) >= 1e-6) & (np.abs(x) <= 1e6))
    tiny = np.finfo(np.float16).smallest_normal
    assert np.all(np.isfinite(half) & (np.abs(half) >= tiny))
    assert np.all((np.abs(z.real) >= 1e-3) & (np.abs(z.imag) <= 0.5))


def test_wide_numbers_are_spread_over_the_exponents_and_signs():
    x = np.concatenate(many(wide(10)))
    logs = np.log10(np.abs(x))
    for low in range(-6, 6, 3):
        assert 0.15 < np.mean((logs >= low) & (logs <= low + 3)) < 0.4
    assert 0.4 < np.mean(x > 0.0) < 0.6


@given(positive(), away_from(0.0, 1.0, gap=0.25, dtype=float_dtypes()), away_from(0.0, shape=(2, 2), dtype=complex))
def test_domains_keep_off_what_they_should(x, y, z):
    assert np.all(np.asarray(x) > 0.0)
    for point in (0.0, 1.0):
        assert np.all(np.abs(np.asarray(y) - point) >= 0.25)
    assert np.all(np.abs(z) >= 0.125)


@given(near(0.0, -2.0, shape=(2, 2), dtype=float_dtypes()))
def test_near_is_near_a_point(x):
    allowed = np.finfo(x.dtype).eps ** 0.2
    assert np.all(np.minimum(np.abs(x), np.abs(x + 2.0) / 2.0) <= allowed)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_near_is_at_the_point_and_next_to_it_on_both_sides(dtype):
    found = np.concatenate(many(near(1.0, shape=10, dtype=dtype)))
    assert 0.4 < np.mean(found == 1.0) < 0.8
    assert np.nextafter(dtype(1.0), dtype(2.0)) in found
    assert np.min(np.abs(found[found < 1.0] - dtype(1.0))) <= np.finfo(dtype).eps
    assert np.max(np.abs(found - dtype(1.0))) > np.finfo(dtype).eps ** 0.3


def test_aimed_is_near_the_points_and_elsewhere():
    found = np.concatenate(many(aimed(0.0, shape=10)))
    close = np.abs(found) < 1e-3
    assert 0.3 < np.mean(close) < 0.7
    assert np.any(found == 0.0)
    assert found.min() < -2.0
    assert found.max() > 2.0


@given(distinct(dtype=float_dtypes()), distinct((3, 2), 0.1))
def test_distinct_elements_keep_their_distance(x, y):
    for drawn, gap in ((x, 0.5), (y, 0.1)):
        steps = np.diff(np.sort(np.ravel(drawn).astype(float)))
        assert np.all(steps >= gap / 4 * (1 - 1e-9))


def test_distinct_elements_come_in_every_order_and_with_both_signs():
    found = many(distinct(3), 300)
    assert len({tuple(np.argsort(x)) for x in found}) == 6
    assert any(np.all(x[:1] < 0.0) for x in found)


@given(st.integers(0, 20).flatmap(permutations))
def test_permutations_are_permutations(p):
    assert p.dtype.kind == "i"
    assert sorted(p.tolist()) == list(range(len(p)))


@given(simplex(shapes(1, min_side=1), dtype=float_dtypes()))
def test_rows_of_a_simplex_are_probabilities(p):
    assert np.all(p > 0.0)
    np.testing.assert_allclose(p.astype(float).sum(axis=-1), 1.0, rtol=4 * np.finfo(p.dtype).eps)


# ---- matrices -------------------------------------------------------------------------------------------


@given(st.data(), st.integers(0, 4), st.sampled_from([(), (2,), (0,)]), real_or_complex())
def test_spd_matrices_are_symmetric_positive_definite_and_well_conditioned(data, n, batch, dtype):
    a = data.draw(spd_matrices(n, condition=50.0, batch=batch, dtype=dtype))
    assert a.shape == (*batch, n, n)
    assert a.dtype == dtype
    np.testing.assert_array_equal(a, a.conj().swapaxes(-1, -2))
    if a.size:
        eigenvalues = np.linalg.eigvalsh(a)
        assert np.all(eigenvalues > 0.0)
        assert np.all(eigenvalues[..., -1] / eigenvalues[..., 0] <= 50.0 * (1 + 1e-9))


@given(st.data(), st.integers(1, 4), st.integers(1, 4), real_or_complex())
def test_well_conditioned_matrices_are(data, n, m, dtype):
    a = data.draw(well_conditioned(n, m, condition=8.0, batch=(2,), dtype=dtype))
    assert a.shape == (2, n, m)
    assert a.dtype == dtype
    assert np.all(np.linalg.cond(a) <= 8.0 * (1 + 1e-9))


def test_matrices_are_full_and_varied():
    found = many(spd_matrices(3))
    assert np.mean([np.all(a != 0.0) for a in found]) > 0.8
    assert max(map(np.linalg.cond, found)) > 20.0


# ---- directions, and Values -----------------------------------------------------------------------------


def test_directions_are_dense_most_of_the_time():
    found = many(directions((3, 3)))
    assert np.mean([np.mean(u != 0.0) for u in found]) > 0.85
    assert all(np.all(np.abs(u) <= 1.0) for u in found)


@given(st.data(), arrays(dtype=float_dtypes() | complex_dtypes()))
def test_a_direction_has_the_shape_and_dtype_of_what_it_is_a_direction_of(data, x):
    u = data.draw(directions_like(x))
    assert type(u) is type(x)
    assert (np.shape(u), np.result_type(u)) == (np.shape(x), np.result_type(x))


@given(st.data())
def test_directions_of_containers_leave_constants_alone(data):
    tree = {"w": [np.ones((2, 2), np.float32), 1.0], "n": 3, "mask": np.array([True])}
    u = data.draw(directions_like(tree))
    assert u["n"] == 3
    assert u["mask"] is tree["mask"]
    assert (u["w"][0].shape, u["w"][0].dtype, type(u["w"][1])) == ((2, 2), np.float32, float)
    assert data.draw(directions_like(np.arange(3))).dtype == np.float64
    assert type(data.draw(directions_like(3))) is float


@given(values(st.fixed_dictionaries({"x": arrays((2,)), "y": arrays(()), "n": st.just(3)})))
def test_values_hold_what_was_drawn(drawn):
    assert type(drawn["x"]) is type(drawn["y"]) is Value
    assert drawn["x"].shape == (2,)
    assert drawn["n"] == 3


# ---- what makes no sense --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strategy", "error", "message"),
    [
        (lambda: arrays(2, interval=(1.0, -1.0)), ValueError, r"low <= high"),
        (lambda: arrays(2, interval=(0.0, math.inf)), ValueError, r"no finite width"),
        (lambda: arrays(2, interval=(0.3, 0.3), dtype=np.float16), ValueError, r"float16 lies between 0\.3 and 0\.3"),
        (lambda: arrays(2, dtype=int), TypeError, r"int64 has no derivatives"),
        (lambda: positive(2, smallest=0.0), ValueError, r"is not positive"),
        (lambda: wide(2, smallest=2.0, largest=1.0), ValueError, r"in this order"),
        (lambda: wide(2, smallest=1e6, dtype=np.float16), ValueError, r"has no numbers from"),
        (lambda: away_from(0.0, shape=2, gap=4.0), ValueError, r"take a smaller gap"),
        (lambda: near(shape=2), ValueError, r"no point was given"),
        (lambda: aimed(shape=2), ValueError, r"no point was given"),
        (lambda: shapes(2, 1), ValueError, r"2 to 1 axes: there are none"),
        (lambda: shapes(min_side=4), ValueError, r"sides of lengths 4 to 3: there are none"),
        (lambda: broadcastable(2, max_side=-1), ValueError, r"there are none"),
        (lambda: simplest(simplex((2, 0))), ValueError, r"probabilities need one"),
        (lambda: simplest(spd_matrices(2, condition=0.5)), ValueError, r"1 or more"),
    ],
)
def test_what_makes_no_sense_is_refused(strategy, error, message):
    with pytest.raises(error, match=message):
        strategy()
