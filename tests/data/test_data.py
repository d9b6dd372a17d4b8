"""Laws of data sets, of the ready-made ones, and of mini-batches."""

import hashlib

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tinygrad_edu.data import Dataset, batches, digits, moons, spirals, standardise, xor

seeds = st.integers(0, 2**32)


def numbered(labels, classes=None):
    """A data set whose one feature is the number of the row."""
    return Dataset(np.arange(len(labels), dtype=float)[:, None], labels, classes=classes)


@st.composite
def labelled(draw):
    """A data set of 2 to 60 numbered rows, for classification or regression."""
    labels = draw(st.lists(st.integers(0, 4), min_size=2, max_size=60))
    return numbered(labels, draw(st.sampled_from([None, tuple("abcde")])))


# Dataset -----------------------------------------------------------------------------------------

ONE = [[1.0, 2.0]]


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (([1.0, 2.0], [1.0, 2.0]), ValueError, r"\(rows, features\), not \(2,\)"),
        ((np.zeros((0, 3)), []), ValueError, "hold no data"),
        ((np.zeros((3, 0)), [1, 2, 3]), ValueError, "hold no data"),
        ((ONE, [1.0, 2.0]), ValueError, r"targets of shape \(2,\) do not go with"),
        ((ONE, 1.0), ValueError, r"targets of shape \(\) do not go with"),
        (([[1.0, np.nan]], [1.0]), ValueError, "inputs hold nan in row 0.*column 'x1'"),
        (([[1.0], [-np.inf]], [1, 2]), ValueError, "inputs hold -inf in row 1"),
        ((ONE, [np.inf]), ValueError, "targets hold inf in row 0"),
        (([[1.0], [2.0, 3.0]], [1, 2]), ValueError, "inputs do not form an array"),
        (([["a", "b"]], [1]), TypeError, "inputs of dtype <U1 are not real numbers"),
        (([[1j]], [1]), TypeError, "inputs of dtype complex128 are not real numbers"),
        ((ONE, [None]), TypeError, "targets of dtype object are not real numbers"),
        ((np.ma.array(ONE, mask=[[0, 1]]), [1]), TypeError, "inputs are a masked array"),
        ((ONE, [1], ("a",)), ValueError, "1 names were given for 2 features"),
        ((ONE, [1], ("a", "a")), ValueError, "names must differ, but 'a'"),
        ((ONE, [1], "ab"), TypeError, "names must be a tuple of texts"),
        ((ONE, [0], (), ("no", "no")), ValueError, "classes must differ, but 'no'"),
        ((ONE, [0], (), (0, 1)), TypeError, "classes must be a tuple of texts"),
        ((ONE, [0.0], (), ("no", "yes")), TypeError, "float64 are not class labels"),
        ((ONE, [2], (), ("no", "yes")), ValueError, "targets run from 2 to 2.* labels are 0 to 1"),
        ((ONE, [-1], (), ("no", "yes")), ValueError, "targets run from -1 to -1"),
        ((ONE, [[0]], (), ("no", "yes")), ValueError, r"shape \(rows,\), not \(1, 1\)"),
    ],
)
def test_a_wrong_data_set_is_refused_with_a_reason(arguments, kind, message):
    with pytest.raises(kind, match=message):
        Dataset(*arguments)


def test_a_data_set_never_changes():
    inputs, targets = np.ones((2, 2)), np.ones(2)
    data = Dataset(inputs, targets)
    inputs[:], targets[:] = 5, 5
    X, y = data
    X[:], y[:] = 7, 7
    with pytest.raises(ValueError, match="read-only"):
        data.inputs[0, 0] = 3
    with pytest.raises(AttributeError):
        data.name = "other"
    assert (data.inputs == 1).all()
    assert (data.targets == 1).all()


@pytest.mark.parametrize(
    ("given_dtype", "kept"),
    [("f4", "f4"), ("f8", "f8"), ("f2", "f8"), ("i4", "f8"), ("u1", "f8"), ("?", "f8")],
)
def test_numbers_become_floats_and_float32_stays(given_dtype, kept):
    data = Dataset(np.ones((3, 2), given_dtype), np.ones(3, given_dtype))
    assert data.inputs.dtype == data.targets.dtype == np.dtype(kept)


def test_class_names_make_the_targets_labels():
    assert Dataset([[1.0], [2.0]], [False, True], classes=("no", "yes")).targets.tolist() == [0, 1]
    assert Dataset([[1.0], [2.0]], [0, 1]).targets.dtype == np.float64


def test_the_repr_is_one_short_line():
    assert repr(numbered([0, 1], ("a", "b"))) == "Dataset('data': 2 rows, 1 feature, 2 classes)"
    assert repr(numbered([7])) == "Dataset('data': 1 row, 1 feature, regression)"


# Splitting ---------------------------------------------------------------------------------------

fractions = st.floats(0, 1, exclude_min=True, exclude_max=True)


@given(labelled(), fractions, seeds)
def test_a_split_puts_every_row_in_one_part_and_keeps_its_target(data, fraction, seed):
    parts = data.split(fraction, seed)
    numbers = [part.inputs[:, 0].astype(int) for part in parts]
    assert sorted(np.concatenate(numbers)) == list(range(len(data)))
    for part, rows in zip(parts, numbers, strict=True):
        assert len(part) >= 1
        assert (np.diff(rows) > 0).all()
        assert (part.targets == data.targets[rows]).all()
        assert (part.names, part.classes, part.name) == (data.names, data.classes, data.name)


@given(labelled(), fractions, seeds)
def test_a_split_keeps_the_share_of_each_class_to_within_one_row(data, fraction, seed):
    train, _ = data.split(fraction, seed)
    assert abs(len(train) - fraction * len(data)) <= 1
    if data.classes is not None:
        wanted = fraction * np.bincount(data.targets, minlength=5)
        assert (abs(np.bincount(train.targets, minlength=5) - wanted) < 1 + 1e-9).all()


@given(labelled(), fractions, seeds)
def test_the_same_seed_gives_the_same_split(data, fraction, seed):
    first, second = data.split(fraction, seed), data.split(fraction, np.random.default_rng(seed))
    for one, other in zip(first, second, strict=True):
        assert (one.inputs == other.inputs).all()


def test_every_row_has_its_chance_to_be_tested():
    data = numbered([0] * 5 + [1] * 5, ("a", "b"))
    tested = {row for seed in range(100) for row in data.split(0.8, seed)[1].inputs[:, 0]}
    assert tested == set(range(10))


@pytest.mark.parametrize("fraction", [0, 1, -0.5, 80, np.nan])
def test_a_split_refuses_a_fraction_that_is_none(fraction):
    with pytest.raises(ValueError, match="between 0 and 1"):
        xor().split(fraction)


def test_a_split_refuses_a_single_row():
    with pytest.raises(ValueError, match="One row cannot be split"):
        numbered([1]).split(0.5)


# Standardising -----------------------------------------------------------------------------------

tables = arrays(np.float64, st.tuples(st.integers(2, 20), st.integers(1, 3)), elements=st.floats(
    -1e6, 1e6, allow_subnormal=False,
))  # fmt: skip


@given(tables)
def test_standardised_features_have_mean_0_and_deviation_1(table):
    (data,) = standardise(Dataset(table, np.zeros(len(table))))
    constant = np.ptp(table, axis=0) == 0
    np.testing.assert_allclose(data.inputs.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(data.inputs.std(axis=0), ~constant, atol=1e-9)


@given(tables)
def test_other_data_sets_are_scaled_by_the_numbers_of_the_first(table):
    data = Dataset(table, np.zeros(len(table)))
    row = Dataset(table[:1], [0.0])
    train, test = standardise(data, row)
    (alone,) = standardise(data)
    assert (train.inputs == alone.inputs).all()
    assert (test.inputs == alone.inputs[:1]).all()
    assert (train.targets == data.targets).all()


@given(tables, st.floats(0.01, 100), st.floats(-1000, 1000))
def test_the_unit_of_a_feature_does_not_matter(table, factor, offset):
    assume(((np.ptp(table, axis=0) == 0) | (np.ptp(table, axis=0) > 1)).all())
    targets = np.zeros(len(table))
    (one,) = standardise(Dataset(table, targets))
    (other,) = standardise(Dataset(factor * table + offset, targets))
    np.testing.assert_allclose(one.inputs, other.inputs, atol=1e-6)


@pytest.mark.parametrize("value", [0.1, 1e300, 1e-300])
def test_a_constant_feature_becomes_0(value):
    (data,) = standardise(Dataset(np.full((3, 1), value), np.zeros(3)))
    assert (data.inputs == 0).all()


@pytest.mark.parametrize("tiny", [5e-324, 1e-200])
def test_tiny_differences_do_not_underflow(tiny):
    (data,) = standardise(Dataset([[0.0], [2 * tiny]], [0, 0]))
    assert data.inputs.tolist() == [[-1], [1]]


def test_numbers_that_would_overflow_are_refused():
    with pytest.raises(ValueError, match="too far apart"):
        standardise(Dataset([[1e308], [-1e308]], [0, 0]))


def test_different_features_are_not_scaled_together():
    with pytest.raises(ValueError, match="features differ"):
        standardise(xor(), moons())


# Ready-made data ---------------------------------------------------------------------------------


def test_the_digits_are_the_published_ones():
    data = digits()
    assert data.inputs.shape == (1797, 64)
    assert data.inputs.dtype == np.float32
    assert (data.inputs.min(), data.inputs.max()) == (0, 1)
    assert np.bincount(data.targets).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert data.names[8] == "pixel_1_0"
    # The table of counts 0 to 16 and labels, written out as text the way it was published.
    table = np.column_stack([data.inputs * 16, data.targets]).astype(int)
    text = "".join(",".join(map(str, row)) + "\n" for row in table.tolist())
    published = "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8"
    assert hashlib.sha256(text.encode()).hexdigest() == published


@given(st.integers(2, 200), seeds)
def test_moons_without_noise_lie_on_two_half_circles(n_samples, seed):
    data = moons(n_samples, noise=0, rng=seed)
    outer, inner = (data.inputs[data.targets == label] for label in (0, 1))
    assert (len(outer), len(inner)) == (n_samples // 2, n_samples - n_samples // 2)
    np.testing.assert_allclose(np.hypot(*outer.T), 1)
    np.testing.assert_allclose(np.hypot(*(inner - [1, 0.5]).T), 1)
    assert (outer[:, 1] > -1e-9).all()
    assert (inner[:, 1] < 0.5 + 1e-9).all()


@given(st.integers(1, 6), st.integers(0, 100), st.floats(-3, 3), seeds)
def test_the_radius_and_angle_of_a_spiral_tell_its_arm(classes, more, turns, seed):
    data = spirals(classes + more, classes, noise=0, turns=turns, rng=seed)
    radius = np.hypot(*data.inputs.T)
    assert (radius > 0).all()
    assert (radius < 1 + 1e-9).all()
    angle = np.arctan2(data.inputs[:, 1], data.inputs[:, 0]) / (2 * np.pi)
    arm = (angle - turns * radius) * classes
    assert (np.round(arm) % classes == data.targets).all()
    np.testing.assert_allclose(arm, np.round(arm), atol=1e-6)
    assert np.ptp(np.bincount(data.targets, minlength=classes)) <= 1


@pytest.mark.parametrize("make", [moons, spirals])
def test_noise_is_gaussian_with_the_deviation_asked_for(make):
    clean, noisy = make(4000, noise=0, rng=1), make(4000, noise=0.1, rng=1)
    assert (clean.targets == noisy.targets).all()
    added = noisy.inputs - clean.inputs
    # Four standard errors: of a mean of n draws 1/sqrt(n), of their deviation 1/sqrt(2n).
    assert abs(added.mean()) < 4 * 0.1 / np.sqrt(added.size)
    assert abs(added.std() - 0.1) < 4 * 0.1 / np.sqrt(2 * added.size)
    assert abs((abs(added) < 0.1).mean() - 0.6827) < 4 * 0.5 / np.sqrt(added.size)


@pytest.mark.parametrize("make", [moons, spirals])
def test_rows_are_shuffled_and_repeat_with_the_seed(make):
    data = make(rng=3)
    assert (np.diff(data.targets) != 0).sum() > 10
    assert (data.inputs == make(rng=np.random.default_rng(3)).inputs).all()
    assert (data.inputs != make(rng=4).inputs).any()
    assert (make().inputs == make(rng=0).inputs).all()


def test_a_generator_moves_on():
    rng = np.random.default_rng(0)
    assert (moons(rng=rng).inputs != moons(rng=rng).inputs).any()


def test_global_random_state_is_neither_read_nor_changed():
    before = np.random.get_state()
    data = moons()
    data.split(0.5)
    for _ in batches(data, 10, rng=0):
        pass
    after = np.random.get_state()
    assert before[2:] == after[2:]
    assert (before[1] == after[1]).all()


def test_moons_unpack_as_the_demo_of_micrograd_uses_them():
    X, y = moons(n_samples=100, noise=0.1)
    y = y * 2 - 1
    assert X.shape == (100, 2)
    assert sorted(set(y.tolist())) == [-1, 1]


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: moons(1), ValueError, "n_samples=1 is too small; it must be 2 or more"),
        (lambda: moons(10.0), TypeError, "n_samples must be an integer, not 10.0"),
        (lambda: moons(noise=-1), ValueError, "noise=-1"),
        (lambda: moons(noise=np.nan), ValueError, "noise=nan"),
        (lambda: moons(rng=None), TypeError, "rng must be .*, not NoneType"),
        (lambda: moons(rng=True), TypeError, "rng must be .*, not bool"),
        (lambda: moons(rng=-1), ValueError, "rng=-1 is not a seed"),
        (lambda: spirals(2, classes=3), ValueError, "n_samples=2 is too small"),
        (lambda: spirals(classes=0), ValueError, "classes=0 is too small"),
        (lambda: spirals(turns=np.inf), ValueError, "turns=inf"),
        (lambda: spirals(noise=np.inf), ValueError, "noise=inf"),
    ],
)
def test_wrong_arguments_of_ready_made_data_are_refused(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


# Mini-batches ------------------------------------------------------------------------------------

sizes = st.tuples(st.integers(1, 50), st.integers(1, 60))


@given(sizes, seeds, st.booleans())
def test_every_row_comes_once_a_pass(size, seed, shuffle):
    rows, batch_size = size
    loader = batches(numbered(list(range(rows))), batch_size, rng=seed, shuffle=shuffle)
    for _ in range(3):
        passed = list(loader)
        assert len(passed) == len(loader) == -(-rows // batch_size)
        assert [len(targets) for _, targets in passed[:-1]] == [batch_size] * (len(loader) - 1)
        assert all((inputs[:, 0] == targets).all() for inputs, targets in passed)
        seen = np.concatenate([targets for _, targets in passed]).tolist()
        assert sorted(seen) == list(range(rows))
        assert shuffle or seen == sorted(seen)


@given(sizes, seeds)
def test_drop_last_leaves_out_only_a_short_last_batch(size, seed):
    rows, batch_size = size
    assume(batch_size <= rows)
    whole = batches((np.arange(rows),), batch_size, seed)
    full = batches((np.arange(rows),), batch_size, seed, drop_last=True)
    kept = [batch.tolist() for (batch,) in whole if len(batch) == batch_size]
    assert [batch.tolist() for (batch,) in full] == kept
    assert len(full) == rows // batch_size


@given(sizes, seeds)
def test_the_same_seed_gives_the_same_passes(size, seed):
    rows, batch_size = size
    loaders = [batches(np.arange(rows), batch_size, rng) for rng in (seed, np.random.default_rng(seed))]
    for _ in range(2):
        one, other = ([batch.tolist() for (batch,) in loader] for loader in loaders)
        assert one == other


def test_each_pass_draws_a_new_order():
    loader = batches(np.arange(50), 50, rng=0)
    (first,), (second,) = [*loader, *loader]
    assert (first != second).any()
    assert (first != np.arange(50)).any()


@pytest.mark.parametrize("shuffle", [True, False])
def test_batches_are_copies(shuffle):
    original = np.arange(6)
    for (batch,) in batches(original, 2, rng=0, shuffle=shuffle):
        batch[:] = 99
    assert original.tolist() == list(range(6))


def test_the_repr_of_batches_says_how_many():
    assert repr(batches(np.arange(5), 2, rng=0)) == "Batches(3 of 2 rows, shuffled)"
    assert repr(batches(np.arange(5), 2, shuffle=False)) == "Batches(3 of 2 rows, in order)"


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: batches(xor(), 2), ValueError, "pass rng=0 .* or pass shuffle=False"),
        (lambda: batches(xor(), 0, rng=0), ValueError, "batch_size=0 is too small"),
        (lambda: batches(xor(), -4, rng=0), ValueError, "batch_size=-4 is too small"),
        (lambda: batches(xor(), 2.0, rng=0), TypeError, "batch_size must be an integer"),
        (lambda: batches(xor(), 5, rng=0, drop_last=True), ValueError, "leave out all 4 rows"),
        (lambda: batches(xor(), 2, rng="0"), TypeError, "rng must be .*, not str"),
        (lambda: batches([[1.0], [2.0]], 2, rng=0), TypeError, "not list; convert lists"),
        (lambda: batches((), 2, rng=0), TypeError, "not nothing"),
        (lambda: batches(np.float64(1), 2, rng=0), TypeError, "not float64"),
        (lambda: batches(np.array(1), 2, rng=0), ValueError, "same number of rows"),
        (lambda: batches(np.zeros((0, 2)), 2, rng=0), ValueError, "no rows"),
        (
            lambda: batches((np.zeros((3, 2)), np.zeros(4)), 2, rng=0),
            ValueError,
            r"same number of rows, but have shapes \[\(3, 2\), \(4,\)\]",
        ),
    ],
)
def test_wrong_arguments_of_batches_are_refused(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
