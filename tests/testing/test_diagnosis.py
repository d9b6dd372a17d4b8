"""Diagnoses: a mistake is recognised from a Jacobian that suffered it; of what is right or random nothing is said."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tinygrad_edu.testing import specimens
from tinygrad_edu.testing.check import check_gradients
from tinygrad_edu.testing.explain.diagnosis import HYPOTHESES, Evidence, diagnose
from tinygrad_edu.testing.measure.packing import Space

seeds = st.integers(0, 2**32 - 1)
lengths = st.integers(2, 5)
noises = st.sampled_from([0.0, 1e-12, 1e-8, 1e-5])
vectors = st.tuples(st.integers(3, 6))
matrices = st.tuples(st.integers(2, 3), st.integers(2, 4))


def space(shapes, names=None, dtype=float):
    """Arrays of some shapes: x0, x1 …; a single shape is x."""
    names = names or (["x"] if len(shapes) == 1 else [f"x{i}" for i in range(len(shapes))])
    return Space([np.zeros(shape, dtype) for shape in shapes], names)


def random_matrix(rng, m, n):
    """Entries between ½ and 2 of both signs: none is near 0, none near another by design."""
    return rng.uniform(0.5, 2.0, (m, n)) * rng.choice([-1.0, 1.0], (m, n))


def evidence(rng, truth, mistake, inputs, outputs, noise=0.0, **others):
    """What a check would hand over: a claim, a measurement within its error, and where the two differ."""
    claimed = mistake(truth) if callable(mistake) else np.asarray(mistake, float)
    error = noise * rng.uniform(0.5, 1.0, truth.shape)
    numeric = truth + error * rng.uniform(-1.0, 1.0, truth.shape)
    wrong = ~(np.abs(claimed - numeric) <= 3.0 * error + 1e-6 * np.maximum(np.abs(numeric), 1.0))
    x, y = (others.pop(name, rng.normal(size=size)) for name, size in (("x", inputs.size), ("y", outputs.size)))
    return Evidence(claimed, numeric, error, wrong, inputs, outputs, x, y, **others)


def says(e, *words):
    """That one sentence of the diagnosis has all the words, in that order."""
    found = diagnose(e)
    assert 1 <= len(found) <= 3, found
    for sentence in found:
        places = [sentence.find(word) for word in words]
        if -1 not in places and places == sorted(places):
            return
    raise AssertionError(f"{words} in none of {found}")


# ---- what is right, and what is random -----------------------------------------------------------


@given(seeds, st.lists(matrices, min_size=1, max_size=3), vectors, noises)
def test_nothing_is_said_of_what_is_right(seed, shapes, result, noise):
    rng, inputs, outputs = np.random.default_rng(seed), space(shapes), space([result], ["y"])
    truth = random_matrix(rng, outputs.size, inputs.size)
    e = evidence(rng, truth, lambda J: J, inputs, outputs, noise)
    assert not e.wrong.any()
    assert diagnose(e) == []


STRUCTURES = {
    "dense": lambda J: J,
    "sparse": lambda J: J * (np.arange(J.size).reshape(J.shape) % 3 == 0),
    "diagonal": lambda J: J * np.eye(*J.shape),
    "ones": np.ones_like,
    "identity": lambda J: np.eye(*J.shape),
}


@pytest.mark.parametrize("structure", STRUCTURES)
@given(seeds, st.lists(matrices, min_size=1, max_size=2), st.sampled_from([(), (2,), (6,), (2, 3)]), noises)
def test_nothing_is_said_of_random_mistakes(structure, seed, shapes, result, noise):
    rng, inputs, outputs = np.random.default_rng(seed), space(shapes), space([result], ["y"])
    truth = STRUCTURES[structure](random_matrix(rng, outputs.size, inputs.size))
    claimed = random_matrix(rng, outputs.size, inputs.size)
    e = evidence(rng, truth, claimed, inputs, outputs, noise, at=lambda x: (np.sin(claimed + x), np.cos(truth + x)))
    assume(e.wrong.all() and all(block.any() for block in np.split(truth, inputs.starts[1:-1], axis=1)))
    assert diagnose(e) == []


@given(seeds, noises)
def test_nothing_is_said_of_a_single_number_off_by_no_known_factor(seed, noise):
    rng, one = np.random.default_rng(seed), space([()])
    truth = random_matrix(rng, 1, 1)
    assert diagnose(evidence(rng, truth, truth * 2.3456789, one, one, noise)) == []


@given(seeds, matrices)
def test_any_claim_has_at_most_three_sentences_and_warns_of_nothing(seed, shape):
    rng, inputs = np.random.default_rng(seed), space([shape, shape])
    truth = random_matrix(rng, 6, inputs.size)
    odd = rng.choice([0.0, 1.0, -1.0, np.nan, np.inf, 1e300, 1e-300], truth.shape)
    wrong = rng.random(truth.shape) < 0.5
    e = Evidence(odd, truth, np.abs(odd), wrong, inputs, space([(2, 3)]), rng.normal(size=inputs.size), np.zeros(6))
    assert len(diagnose(e)) <= 3


def test_every_hypothesis_has_a_name_of_its_own_and_a_question_that_is_asked():
    assert len({h.name for h in HYPOTHESES}) == len(HYPOTHESES)
    assert {h.question for h in HYPOTHESES} == {"how much", "which", "in places", "where", "at least"}


# ---- how much --------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@given(seeds, vectors)
def test_nan_and_infinity_are_recognised(bad, seed, shape):
    rng, s = np.random.default_rng(seed), space([shape])
    truth = random_matrix(rng, s.size, s.size)
    mask = rng.random(truth.shape) < 0.3
    assume(mask.any())
    e = evidence(rng, truth, lambda J: np.where(mask, bad, J), s, s)
    says(e, "nan" if np.isnan(bad) else "infinite", f"{mask.sum()} of {mask.size} entries")


WHOLE = {
    "zero": (lambda J: 0.0 * J, "is zero, but"),
    "sign": (lambda J: -J, "has the wrong sign."),
    "twice": (lambda J: 2.0 * J, "2 times"),
    "half": (lambda J: 0.5 * J, "0.5 times"),
    "minus a third": (lambda J: -J / 3.0, "−0.3333 times"),
    "slightly large": (lambda J: 1.0005 * J, "% too large: look for a constant"),
    "degrees": (lambda J: J * math.pi / 180.0, "degrees are turned into radians"),
    "log10": (lambda J: J * math.log(10.0), "ln 10"),
    "log2": (lambda J: J * math.log(2.0), "ln 2"),
    "reciprocal": (lambda J: 1.0 / J, "1 over the measured"),
    "square": (lambda J: J**2, "square"),
}


@pytest.mark.parametrize("mistake", WHOLE)
@given(seeds, matrices, st.sampled_from([(), (5,), (2, 3)]), noises)
def test_entries_of_another_size_are_recognised(mistake, seed, shape, result, noise):
    rng, inputs, outputs = np.random.default_rng(seed), space([shape]), space([result], ["y"])
    change, words = WHOLE[mistake]
    e = evidence(rng, random_matrix(rng, outputs.size, inputs.size), change, inputs, outputs, noise)
    says(e, "The derivative by `x`", words)


@pytest.mark.parametrize("mistake", ["zero", "sign", "twice", "half"])
@given(seeds, matrices, vectors, noises, st.data())
def test_one_input_of_several_is_named(mistake, seed, shape, result, noise, data):
    inputs, outputs = space([shape, (2,), ()], ["w", "v", "b"]), space([result], ["y"])
    rng, k = np.random.default_rng(seed), data.draw(st.integers(0, 2))
    mine = slice(inputs.starts[k], inputs.starts[k + 1])
    change, words = WHOLE[mistake]
    truth = random_matrix(rng, outputs.size, inputs.size)
    claimed = truth.copy()
    claimed[:, mine] = change(truth[:, mine])
    e = evidence(rng, truth, claimed, inputs, outputs, noise)
    says(e, f"The derivative by `{inputs.names[k]}` ", words)
    assert not any(
        f"`{name}`" in sentence for sentence in diagnose(e) for name in inputs.names if name != inputs.names[k]
    )


@given(seeds, noises)
def test_two_inputs_with_a_mistake_each_get_a_sentence_each(seed, noise):
    rng, inputs, outputs = np.random.default_rng(seed), space([(2,), (3,)], ["a", "b"]), space([(4,)], ["y"])
    e = evidence(rng, random_matrix(rng, 4, 5), lambda J: J * [-1, -1, 3, 3, 3], inputs, outputs, noise)
    says(e, "`a` has the wrong sign")
    says(e, "`b` is 3 times")


@given(seeds, noises)
def test_one_result_of_several_is_named(seed, noise):
    rng, inputs, outputs = np.random.default_rng(seed), space([(3,)]), space([(2,), (2,)], ["p", "q"])
    e = evidence(rng, random_matrix(rng, 4, 3), lambda J: J * [[1], [1], [0], [0]], inputs, outputs, noise)
    assert diagnose(e)[0].startswith("For `q` only: the derivative by `x` is zero")


@given(seeds, matrices, noises)
def test_a_mean_treated_as_a_sum_is_recognised_by_its_size(seed, shape, noise):
    rng, inputs, outputs, n = np.random.default_rng(seed), space([shape]), space([()], ["y"]), math.prod(shape)
    truth = random_matrix(rng, 1, n)
    says(
        evidence(rng, truth, n * truth, inputs, outputs, noise), "number of elements of `x`", "mean is treated as a sum"
    )
    words = f"{n} is the number of elements of `x`, so a sum is treated as a mean"
    says(evidence(rng, truth, truth / n, inputs, outputs, noise), words)


@given(seeds, st.integers(4, 9))
def test_copies_that_are_averaged_are_recognised_by_their_number(seed, k):
    rng, inputs, outputs = np.random.default_rng(seed), space([(3,)], ["b"]), space([(k, 3)], ["y"])
    truth = np.tile(np.diag(random_matrix(rng, 1, 3)[0]), (k, 1))
    says(evidence(rng, truth, truth / k, inputs, outputs), f"{k} is how often each element of `b` is used")


@given(st.floats(0.3, 3.0), st.floats(0.5, 2.5))
def test_a_factor_of_a_single_number_needs_another_point_to_show(x, c):
    assume(abs(c - 1.0) > 1e-3)
    one = space([()])

    def at(point, share=lambda x: c):
        slope = np.cosh(point)[:, None]
        return share(point) * slope, slope

    def found(share):
        claimed, numeric = at(np.array([x]), share)
        args = (claimed, numeric, np.zeros((1, 1)), np.ones((1, 1), bool), one, one, np.array([x]), np.sinh([x]))
        return diagnose(Evidence(*args, at=lambda point: at(point, share)))

    assert any("times" in sentence or "%" in sentence for sentence in found(lambda x: c))
    assert not any("times" in sentence or "%" in sentence for sentence in found(lambda x: c * (1.0 + x[0])))


@given(seeds, matrices, noises)
def test_a_factor_that_depends_on_the_values_is_called_so(seed, shape, noise):
    rng, s = np.random.default_rng(seed), space([shape])
    truth, x = random_matrix(rng, s.size, s.size), rng.uniform(1.0, 2.0, s.size)
    e = evidence(rng, truth, 3.0 * truth, s, s, noise, x=x, at=lambda point: (3.0 * truth * np.mean(point / x), truth))
    says(e, "3 times", "at another point: the factor depends on the values")


@given(seeds, noises)
def test_projections_are_diagnosed_where_that_is_possible(seed, noise):
    rng, inputs = np.random.default_rng(seed), space([(50, 50)], ["w"])
    truth = random_matrix(rng, 3, 4)
    says(evidence(rng, truth, -truth, inputs, inputs, noise), "`w` has the wrong sign")
    assert diagnose(evidence(rng, truth, random_matrix(rng, 3, 4), inputs, inputs, noise)) == []


# ---- which -------------------------------------------------------------------------------------------


@given(seeds, st.integers(2, 6), noises)
def test_a_transposed_jacobian_is_recognised(seed, n, noise):
    rng, s = np.random.default_rng(seed), space([(n,)])
    says(evidence(rng, random_matrix(rng, n, n), np.transpose, s, s, noise), "the transpose", "g @ B.T")


def by_columns(shape, change):
    return lambda J: change(J.reshape(len(J), *shape)).reshape(J.shape)


def by_rows(shape, change):
    return lambda J: by_columns(shape, change)(J.T).T


@given(seeds, lengths, st.integers(1, 3), noises, st.booleans())
def test_swapped_axes_are_recognised(seed, n, m, noise, of_result):
    rng, matrix, other = np.random.default_rng(seed), space([(n, n)]), space([(m,)])
    inputs, outputs = (other, matrix) if of_result else (matrix, other)
    swapped = (by_rows if of_result else by_columns)((n, n), lambda G: G.swapaxes(-1, -2))
    e = evidence(rng, random_matrix(rng, outputs.size, inputs.size), swapped, inputs, outputs, noise)
    says(e, *(["the result"] if of_result else []), "the last two axes swapped")


@given(seeds, noises, st.booleans())
def test_reshaping_in_place_of_transposing_is_recognised(seed, noise, other):
    rng, inputs, outputs = np.random.default_rng(seed), space([(2, 3)]), space([(2,)])
    words = "transposed where it should be reshaped" if other else "reshaped where it should be transposed"
    change = (lambda G: G.reshape(2, 3, 2).swapaxes(1, 2)) if other else (lambda G: G.swapaxes(1, 2))
    says(evidence(rng, random_matrix(rng, 2, 6), by_columns((2, 3), change), inputs, outputs, noise), words)


@given(seeds, lengths, noises, st.sampled_from([0.5, 1.0]))
def test_a_symmetric_part_is_recognised(seed, n, noise, share):
    rng, inputs, outputs = np.random.default_rng(seed), space([(n, n)]), space([()])
    change = by_columns((n, n), lambda G: share * (G + G.swapaxes(-1, -2)))
    says(
        evidence(rng, random_matrix(rng, 1, n * n), change, inputs, outputs, noise),
        "its transpose: right for symmetric",
    )


@given(seeds, st.integers(3, 5), st.integers(3, 5), noises, st.integers(0, 1), st.booleans())
def test_reversed_and_shifted_elements_are_recognised(seed, a, b, noise, axis, of_result):
    rng, matrix, other = np.random.default_rng(seed), space([(a, b)]), space([(2,)])
    inputs, outputs, by = (other, matrix, by_rows) if of_result else (matrix, other, by_columns)
    truth = random_matrix(rng, outputs.size, inputs.size)
    flipped = by((a, b), lambda G: np.flip(G, axis + 1))
    says(evidence(rng, truth, flipped, inputs, outputs, noise), f"reversed along axis {axis}")
    for shift in (1, -1):
        rolled = by((a, b), lambda G, shift=shift: np.roll(G, shift, axis + 1))
        says(evidence(rng, truth, rolled, inputs, outputs, noise), f"along axis {axis}: an index is off by one")


@given(seeds, st.integers(4, 7), noises, st.booleans())
def test_a_permutation_is_recognised(seed, n, noise, of_result):
    rng, inputs, outputs = np.random.default_rng(seed), space([(n,)]), space([(n + 1,)])
    order = rng.permutation(n)
    assume((order != np.arange(n)).sum() > 2)
    change = (lambda J: J[[*order, n]]) if of_result else (lambda J: J[:, order])
    words = ["in the wrong order", "off by one", "reversed"]
    found = diagnose(evidence(rng, random_matrix(rng, n + 1, n), change, inputs, outputs, noise))
    assert any(word in sentence for sentence in found for word in words)


@given(seeds, matrices, vectors, noises)
def test_interchanged_inputs_are_recognised(seed, shape, result, noise):
    rng, inputs, outputs = np.random.default_rng(seed), space([shape, (), shape], ["p", "s", "q"]), space([result])
    n = math.prod(shape)
    order = [*range(n + 1, 2 * n + 1), n, *range(n)]
    e = evidence(rng, random_matrix(rng, outputs.size, inputs.size), lambda J: J[:, order], inputs, outputs, noise)
    says(e, "`p` and `q` are interchanged")


@given(seeds, st.integers(2, 6), noises)
def test_an_elementwise_rule_for_what_is_not_elementwise_is_recognised(seed, n, noise):
    rng, s = np.random.default_rng(seed), space([(n,)])
    says(evidence(rng, random_matrix(rng, n, n), lambda J: J * np.eye(n), s, s, noise), "elementwise what is not")


@pytest.mark.parametrize("shape", [(3,), (1, 3), (4, 1), ()])
@given(seeds, noises, st.data())
def test_a_broadcast_with_one_slice_is_recognised(shape, seed, noise, data):
    rng, inputs, outputs = np.random.default_rng(seed), space([shape], ["b"]), space([(4, 3)], ["y"])
    copied = [
        axis for axis in (0, 1) if (len(shape) < 2 and axis < 2 - len(shape)) or (len(shape) == 2 and shape[axis] == 1)
    ]
    kept = np.ones((4, 3), bool)
    for axis in copied:
        index = data.draw(st.sampled_from([0, (4, 3)[axis] - 1]))
        kept &= np.moveaxis(np.arange((4, 3)[axis]) == index, 0, 0).reshape((-1, 1) if axis == 0 else (1, -1))
    place = np.broadcast_to(np.arange(inputs.size).reshape(shape), (4, 3)).ravel()
    truth = random_matrix(rng, 12, 1) * (place[:, None] == np.arange(inputs.size))
    e = evidence(rng, truth, lambda J: J * kept.reshape(-1, 1), inputs, outputs, noise)
    says(e, "`b` comes from index", "is broadcast", "g.sum(axis=")


@given(seeds, noises)
def test_a_sum_over_an_axis_too_many_is_recognised(seed, noise):
    rng, inputs, outputs = np.random.default_rng(seed), space([(3, 2)]), space([(4, 3, 2)], ["y"])
    truth = np.tile(np.diag(random_matrix(rng, 1, 6)[0]), (4, 1))
    change = by_columns((3, 2), lambda G: 0.0 * G + G.sum(axis=2, keepdims=True))
    says(evidence(rng, truth, change, inputs, outputs, noise), "the same along axis 1")


@pytest.mark.parametrize("which", ["last", "first"])
@given(seeds, noises)
def test_the_last_write_in_place_of_a_sum_is_recognised(which, seed, noise):
    rng, inputs, outputs = np.random.default_rng(seed), space([(3,)]), space([(5,)])
    read = np.array([0, 2, 0, 1, 2])  # x[[0, 2, 0, 1, 2]]
    kept = np.array([0, 0, 1, 1, 1] if which == "last" else [1, 1, 0, 1, 0])
    truth = random_matrix(rng, 5, 1) * (read[:, None] == np.arange(3))
    e = evidence(rng, truth, lambda J: J * kept[:, None], inputs, outputs, noise)
    says(e, f"the {which} contribution", "np.add.at")


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@given(seeds, noises, st.integers(2, 5))
def test_an_ignored_cotangent_or_tangent_is_recognised(mode, seed, noise, n):
    rng, s = np.random.default_rng(seed), space([(n,)])
    slopes = random_matrix(rng, 1, n)
    claimed = np.tile(slopes, (n, 1)) if mode == "reverse" else np.tile(slopes.T, (1, n))
    e = evidence(rng, np.diag(slopes[0]), claimed, s, s, noise, mode=mode)
    says(e, f"the {'cotangent' if mode == 'reverse' else 'tangent'} is ignored")


ELEMENTWISE = {
    "tanh": (np.tanh, lambda x: 1.0 - np.tanh(x) ** 2, lambda x: 1.0 - x**2),
    "exp": (np.exp, np.exp, lambda x: x),
    "sigmoid": (lambda x: 1 / (1 + np.exp(-x)), lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2, lambda x: x * (1 - x)),
    "sqrt": (np.sqrt, lambda x: 0.5 / np.sqrt(x), lambda x: 0.5 / x),
    "sin": (np.sin, np.cos, lambda x: np.cos(np.sin(x))),
    "log1p": (np.log1p, lambda x: 1 / (1 + x), lambda x: 1 / (1 + np.log1p(x))),
}


def elementwise(f, slope, claimed, x, rng, noise=0.0, **others):
    """The evidence about a function that acts on each element of x, by itself."""
    s = space([x.shape])
    truth, claim = np.diag(slope(x.ravel())), np.diag(claimed(x.ravel()))
    at = lambda p: (np.diag(claimed(p)), np.diag(slope(p)))
    return evidence(rng, truth, claim, s, space([x.shape], ["y"]), noise, x=x.ravel(), y=f(x).ravel(), at=at, **others)


@pytest.mark.parametrize("name", ELEMENTWISE)
@given(seeds, vectors, st.sampled_from([0.0, 1e-12, 1e-8]))
def test_input_and_output_taken_for_each_other_are_recognised(name, seed, shape, noise):
    rng = np.random.default_rng(seed)
    e = elementwise(*ELEMENTWISE[name], rng.uniform(0.3, 2.0, shape), rng, noise)
    reverse = name in ("sin", "log1p")
    says(e, "uses the result where the input belongs" if reverse else "uses the input where the result belongs")


@given(seeds, vectors, noises)
def test_what_stands_in_for_the_slope_is_recognised(seed, shape, noise):
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.3, 2.0, shape)
    for claimed, words in (
        (np.ones_like, "1: the cotangent is passed on"),
        (lambda x: x, "`x` itself"),
        (np.sin, "the result"),
    ):
        says(elementwise(np.sin, np.cos, claimed, x, rng, noise), "at each element", words)


@given(seeds, vectors, noises, st.sampled_from([(1, "times"), (-1, "over"), (2, "times the square of")]))
def test_a_factor_of_the_input_or_the_result_is_recognised(seed, shape, noise, power):
    rng, inputs, outputs = np.random.default_rng(seed), space([shape]), space([(4,)], ["y"])
    x, y, truth = rng.uniform(1.5, 2.5, inputs.size), rng.uniform(3.0, 4.0, 4), random_matrix(rng, 4, inputs.size)
    by_x = evidence(rng, truth, truth * x ** power[0], inputs, outputs, noise, x=x, y=y)
    says(by_x, f"the measured one {power[1]} `x`")
    by_y = evidence(rng, truth, truth * y[:, None] ** power[0], inputs, outputs, noise, x=x, y=y)
    says(by_y, f"the measured one {power[1]} the result")


@given(seeds, st.integers(2, 5), noises)
def test_a_forgotten_path_around_is_recognised(seed, n, noise):
    rng, s = np.random.default_rng(seed), space([(n,)])
    truth = random_matrix(rng, n, n)
    says(evidence(rng, truth, truth - np.eye(n), s, s, noise), "lacks the cotangent itself")
    says(evidence(rng, truth, truth + np.eye(n), s, s, noise), "has the cotangent itself added")


@given(seeds, st.integers(3, 5), noises)
def test_a_mean_treated_as_a_constant_is_recognised(seed, n, noise):
    rng, inputs, outputs = np.random.default_rng(seed), space([(2, n)]), space([(3,)], ["y"])
    claimed = random_matrix(rng, 3, 2 * n)
    rows = claimed.reshape(3, 2, n)
    truth = (rows - rows.mean(axis=2, keepdims=True)).reshape(3, 2 * n)
    says(evidence(rng, truth, claimed, inputs, outputs, noise), "its mean along axis 1", "treated as a constant")


@given(seeds, noises, st.integers(5, 8))
def test_a_limit_to_the_size_is_recognised(seed, noise, n):
    rng, inputs, outputs = np.random.default_rng(seed), space([(n,)]), space([(2,)], ["y"])
    truth = rng.choice([-1.0, 1.0], (2, n)) * rng.permutation(np.linspace(0.5, 2.0, 2 * n)).reshape(2, n)
    says(evidence(rng, truth, np.clip(truth, -1.25, 1.25), inputs, outputs, noise), "never above 1.25 in size")


@given(seeds, noises, st.integers(3, 5))
def test_a_reversed_kernel_is_recognised(seed, noise, n):
    rng, inputs, outputs = np.random.default_rng(seed), space([(n,)]), space([(n + 2,)], ["y"])
    kernel = random_matrix(rng, 1, 3)[0]
    convolved = lambda k: np.array([np.convolve(column, k) for column in np.eye(n)]).T
    e = evidence(rng, convolved(kernel), convolved(kernel[::-1]), inputs, outputs, noise)
    says(e, "reversed kernel")


@given(seeds, st.integers(3, 6))
def test_a_permutation_done_again_is_recognised(seed, n):
    rng, s = np.random.default_rng(seed), space([(n,)])
    J = np.eye(n)[rng.permutation(n)]
    assume((J != J.T).any())
    says(evidence(rng, J, J.T, s, s), "a permutation, a shift or a flip is done again")


def complex_product(c):
    """The Jacobian of z ↦ c·z, elementwise, in real and imaginary parts."""
    J = np.zeros((2 * len(c), 2 * len(c)))
    for i, value in enumerate(c):
        J[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = [[value.real, -value.imag], [value.imag, value.real]]
    return J


@given(seeds, st.integers(1, 4), noises)
def test_conjugates_are_recognised(seed, n, noise):
    rng, s = np.random.default_rng(seed), space([(n,)], ["z"], complex)
    c, signs = rng.uniform(0.5, 2.0, n) + 1j * rng.uniform(0.5, 2.0, n), np.tile([1.0, -1.0], n)
    truth = complex_product(c)
    says(evidence(rng, truth, complex_product(np.conj(c)), s, s, noise), "`z` is conjugated: the rule has conj(f′(z))")
    says(evidence(rng, truth, truth * signs, s, s, noise), "`z` is conjugated: its imaginary part has the wrong sign")
    says(evidence(rng, truth, truth * signs[:, None], s, s, noise), "the conjugate of the cotangent")
    says(evidence(rng, truth, truth * (signs > 0), s, s, noise), "right but for its imaginary part")


# ---- where ---------------------------------------------------------------------------------------------


def spoilt_at(mask, how=lambda J: -J):
    return lambda J: np.where(mask, how(J), J)


CONDITIONS = {
    "those where `x` < 0": lambda x: x < 0.0,
    "those where `x` > 0": lambda x: x > 0.0,
    "those where `x` = 0": lambda x: x == 0.0,
    "those where |`x`| > 1": lambda x: np.abs(x) > 1.0,
    "those that tie for the largest of `x`": lambda x: x == x.max(),
    "the first": lambda x: np.arange(x.size) == 0,
    "the last": lambda x: np.arange(x.size) == x.size - 1,
}


@pytest.mark.parametrize("words", CONDITIONS)
@given(st.permutations([-2.0, -0.5, 0.0, 0.25, 0.5, 3.0, 3.0]), st.sampled_from([(), (4,), (7,)]), seeds, noises)
def test_a_condition_on_the_input_is_found(words, values, result, seed, noise):
    rng, x = np.random.default_rng(seed), np.array(values)
    inputs, outputs = space([(7,)]), space([result], ["y"])
    bad = CONDITIONS[words](x)
    truth = random_matrix(rng, outputs.size, 7)
    e = evidence(rng, truth, spoilt_at(bad), inputs, outputs, noise, x=x)
    says(e, f"What is wrong belongs to {bad.sum()} of 7 elements of `x`: exactly")
    if words.startswith("those"):  # among several conditions that hold, those on values come first
        says(e, words)
    says(e, f"has the wrong sign at {bad.sum() * outputs.size} of {truth.size} entries")


@given(seeds, noises)
def test_a_limit_is_found(seed, noise):
    rng, s = np.random.default_rng(seed), space([(8,)])
    x = rng.permutation([2.0, 3.0, 4.0, 5.0, 6.0, 20.0, 21.0, 22.0])
    e = evidence(rng, random_matrix(rng, 8, 8), spoilt_at(x > 10.0), s, s, noise, x=x)
    says(e, "3 of 8 elements of `x`: exactly those where `x` ≥ 20")


@given(seeds, noises, st.sampled_from(["<", ">"]))
def test_a_comparison_of_two_inputs_is_found(seed, noise, sign):
    rng, inputs, outputs = np.random.default_rng(seed), space([(6,), (6,)], ["a", "b"]), space([(6,)], ["y"])
    a, b = rng.normal(size=(2, 6))
    bad = a < b if sign == "<" else a > b
    assume(0 < bad.sum() < 6)
    truth = np.hstack([np.diag(random_matrix(rng, 1, 6)[0]), np.diag(random_matrix(rng, 1, 6)[0])])
    e = evidence(rng, truth, spoilt_at(bad[:, None], lambda J: 2.0 * J), inputs, outputs, noise, x=np.r_[a, b])
    says(e, f"{bad.sum()} of 6 elements of the result: exactly those where `a` {sign} `b`")


@given(seeds, noises, st.integers(0, 3), st.integers(0, 4))
def test_a_single_wrong_entry_is_named(seed, noise, i, j):
    rng, inputs, outputs = np.random.default_rng(seed), space([(5,)]), space([(4,)], ["y"])
    mask = np.zeros((4, 5), bool)
    mask[i, j] = True
    e = evidence(rng, random_matrix(rng, 4, 5), spoilt_at(mask, lambda J: J + 0.7654321), inputs, outputs, noise)
    found = " ".join(diagnose(e))
    assert (
        f"`y[{i}]` by `x[{j}]`" in found
        or "1 of 5 elements of `x`" in found
        or "1 of 4 elements of the result" in found
    )


@given(seeds, noises)
def test_what_gets_through_where_nothing_should_is_recognised(seed, noise):
    rng, s = np.random.default_rng(seed), space([(6,)])
    x = np.array([-1.0, 2.0, -3.0, 4.0, 5.0, -0.5])
    e = evidence(rng, np.diag((x > 0.0) * 1.0), np.eye(6), s, s, noise, x=x)
    says(e, "should be zero at 3 of 36 entries")
    says(e, "3 of 6 elements of `x`: exactly those where `x` < 0")


@given(seeds, noises)
def test_only_the_input_is_named_where_its_mistake_is_unknown(seed, noise):
    rng, inputs, outputs = np.random.default_rng(seed), space([(3,), (2,)], ["a", "b"]), space([(4,)], ["y"])
    truth = random_matrix(rng, 4, 5)
    claimed = np.hstack([truth[:, :3], random_matrix(rng, 4, 2)])
    e = evidence(rng, truth, claimed, inputs, outputs, noise)
    assume(e.wrong[:, 3:].all())
    assert diagnose(e) == ["Only the derivative by `b` is wrong, not that by `a`."]


# ---- the errors of measurement -------------------------------------------------------------------------


@given(seeds, matrices)
def test_what_could_not_be_measured_contradicts_nothing(seed, shape):
    rng, s = np.random.default_rng(seed), space([shape])
    truth = random_matrix(rng, s.size, s.size)
    e = evidence(rng, truth, lambda J: -J, s, s)
    e.numeric[0, :] = rng.normal(size=s.size)  # at a kink, say: not wrong, and not right
    e.wrong[0, :] = False
    says(e, "wrong sign")


@given(seeds, matrices)
def test_a_measurement_too_coarse_to_tell_explains_nothing(seed, shape):
    rng, s = np.random.default_rng(seed), space([shape])
    truth = random_matrix(rng, s.size, s.size)
    e = evidence(rng, truth, random_matrix(rng, s.size, s.size), s, s)
    coarse = Evidence(e.claimed, e.numeric, np.full_like(truth, 10.0), np.ones_like(e.wrong), s, s, e.x, e.y)
    assert diagnose(coarse) == []


@given(seeds, matrices)
def test_single_precision_is_enough(seed, shape):
    rng, s = np.random.default_rng(seed), space([shape], dtype=np.float32)
    truth = random_matrix(rng, s.size, s.size)
    rounding = 1.0 + 1e-5 * rng.uniform(-1.0, 1.0, truth.shape)
    says(evidence(rng, truth, 2.0 * truth * rounding, s, s, 1e-4), "2 times")


# ---- real rules ------------------------------------------------------------------------------------------

SPECIMENS = {
    "sign": "has the wrong sign",
    "factor of a square": "0.5 times the measured one: a 2 is missing",
    "mean as a sum": "a mean is treated as a sum",
    "base of the logarithm": "ln 10",
    "degrees": "π/180",
    "quotient": "the measured one times `b`",
    "slope of tanh from x": "uses the input where the result belongs",
    "degrees of freedom": "N/(N − 1)",
    "norm": "the measured one times the result",
    "exponent": "The derivative by `y` is zero",
    "residual": "lacks the cotangent itself",
    "softmax by element": "elementwise what is not",
    "mean of a batch norm": "its mean along axis 0",
    "second result": "[1]` only: the derivative by `x` is zero",
    "left factor of a product": "the transpose",
    "determinant": "the last two axes swapped",
    "kernel of a convolution": "reversed kernel",
    "bias of the first row": "index 0 of axis 0",
    "bias averaged": "how often each element of `b` is used, so a sum is treated as a mean",
    "index taken twice": "the last contribution",
    "sorting": "done again where it must be undone",
    "offsets of a concatenation": "interchanged",
    "last element": "the last",
    "mean of the cotangent": "the cotangent is ignored, or summed",
    "0.05 % too large": "0.05 % too large",
    "nan at 0": "those where `x` = 0",
    "conjugate too many": "is conjugated",
    "imaginary part lost": "imaginary part, which is lost",
    "second derivative of a cube": "The second derivative by `x` is 0.5 times",
    "forward mode of a map": "the transpose",
}


@pytest.mark.parametrize("name", SPECIMENS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of rules that divide by 0
def test_the_fault_of_a_specimen_is_named(name):
    specimen = specimens.named(name)
    for args in specimen.draws(3):
        report = check_gradients(specimen.subject(), *args, order=specimen.order)
        assert any(SPECIMENS[name] in sentence for sentence in report.diagnosis), report.diagnosis
