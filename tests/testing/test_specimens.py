"""The specimens are what they say: the broken are wrong wherever they are drawn, the correct are right there.

A referee says so that shares nothing with the kit's own checks.  It knows nothing of error estimates, and
needs none: it may use complex steps and long doubles with many steps, and compares with whichever fits best.
"""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_edu.testing.specimens import BROKEN, CORRECT, named
from tinygrad_edu.testing.subject import variables

STEPS = [10.0**-k for k in range(2, 13)]

ROUGH = {"float32 inside": 1e-3, "bisection": 1e-4, "fixed point": 1e-6, "error function": 1e-2}
"""Functions that the referee cannot know better, and how well it knows their slopes."""

ABSOLUTE = {"certain classifier": 1e-14, "softmax of large logits": 1e-15}
"""Slopes that are differences of numbers near 1, in the rule or in the function."""

PRECISE = np.finfo(np.longdouble).eps < 1e-18
needs_long_doubles = pytest.mark.skipif(not PRECISE, reason="a long double is no longer than a double here")


# ---- the referee -------------------------------------------------------------------------------------


def faults(specimen, args):
    """What is wrong with a specimen at a point, in words."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return found(specimen, args)


def found(specimen, args):
    rules = specimen.fresh()
    before = copies(args)
    out = variables(rules.f(*args))
    if not same(args, before):
        return ["the function changed its input"]
    u, v = cotangents(out, 0), cotangents(out, 1)
    gu, gv, both = (pulled(rules, args, w) for w in (u, v, [2.0 * a - 3.0 * b for a, b in zip(u, v, strict=True)]))
    if not same(args, before) or not same(u, cotangents(out, 0)):
        return ["the rule wrote into what it was given"]
    for g, x in zip(gu, variables(args), strict=True):
        if np.shape(g) != np.shape(x):
            return ["a gradient has another shape than its input"]
        if np.asarray(g).dtype != np.asarray(x).dtype:
            return ["a gradient has another dtype than its input"]
    if not same(gu, pulled(rules, args, u)):
        return ["the rule answers differently the second time"]
    tolerance = allowed(specimen, args)
    slack = ABSOLUTE.get(specimen.name, 1e-300)
    if not all(
        near(2 * a - 3 * b, c, tolerance * (abs(a) + abs(b)) + slack) for a, b, c in zip(gu, gv, both, strict=True)
    ):
        return ["the rule is not linear in the cotangent"]
    true = [*jacobians(rules.f, args)]
    return [
        f"{whose} is wrong"
        for whose, claimed in (("the vjp", by_rows(rules, args)), ("the jvp", by_columns(rules, args)))
        if claimed is not None and not agrees(claimed, true, tolerance, slack)
    ] + wrong_twice(rules, args, u, tolerance)


def wrong_twice(rules, args, u, tolerance):
    """Whether the second derivative fits the first."""
    if rules.second is None:
        return []
    (g,) = u
    twice = replace(rules, f=lambda *x: rules.vjp(g, *x), vjp=lambda v, *x: rules.second(v, g, *x))
    right = agrees(by_rows(twice, args), [*jacobians(twice.f, args)], tolerance)
    return [] if right else ["the second derivative is wrong"]


def allowed(specimen, args):
    """How far a claim may be from the truth, relatively."""
    eps = max(float(np.finfo(np.asarray(x).dtype).eps) for x in variables(args))
    return max(ROUGH.get(specimen.name, 1e-7), 64 * eps)


def copies(tree):
    return [np.array(x) for x in variables(tree)]


def same(found, wanted):
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(variables(found), variables(wanted), strict=True))


def near(a, b, most):
    return bool(np.all(np.abs(np.asarray(a) - b) <= np.max(most, initial=0.0)))


def cotangents(out, seed):
    """Numbers of both signs for each result, of its own dtype."""
    rng = np.random.default_rng(seed)
    found = []
    for y in map(np.asarray, out):
        u = rng.normal(size=y.shape)
        found.append(np.asarray(u + 0.5j * rng.normal(size=y.shape) if np.iscomplexobj(y) else u).astype(y.dtype))
    return found


def pulled(rules, args, us):
    g = rules.vjp(tuple(us) if isinstance(rules.f(*args), tuple) else us[0], *args)
    return list(g) if isinstance(g, tuple) else [g]


def numbers(parts, dual=False):
    """Arrays as one vector of real numbers; cotangents such that the product with a tangent is Re Σ u·t."""
    rows = []
    for part in parts:
        x = np.asarray(part).ravel()
        x = np.conj(x) if dual else x
        rows.append(np.stack([x.real, x.imag], axis=1).ravel() if np.iscomplexobj(x) else x)
    return np.concatenate(rows)


def units(parts, dual=False):
    """Every direction of these arrays, one at a time."""
    for k, part in enumerate(parts):
        for at in np.ndindex(np.shape(part)):
            for one in (1.0, -1j if dual else 1j) if np.iscomplexobj(part) else (1.0,):
                zeros = [np.zeros_like(np.asarray(x)) for x in parts]
                zeros[k][at] = one
                yield zeros


def by_rows(rules, args):
    """The Jacobian that the vjp claims."""
    rows = [numbers(pulled(rules, args, us), dual=True) for us in units(variables(rules.f(*args)), dual=True)]
    return np.array(rows, float).reshape(len(rows), len(numbers(variables(args))))


def by_columns(rules, args):
    """The Jacobian that the jvp claims."""
    if rules.jvp is None:
        return None
    columns = [rules.jvp(tuple(ts) if len(ts) > 1 else ts[0], *args) for ts in units(args)]
    return np.array([numbers([c]) for c in columns], float).T


def jacobians(f, args):
    """The Jacobian as each way of measuring has it, in which it can be measured."""
    if not any(np.iscomplexobj(x) for x in [*args, *variables(f(*args))]):
        yield by_complex_steps(f, args)
    wide = [np.asarray(x, np.result_type(x, np.longdouble)) for x in args]
    for step in STEPS:
        for point in (wide, args):
            yield by_differences(f, point, step)


def by_complex_steps(f, args, h=1e-40):
    try:
        values = [variables(f(*(x + 1j * h * t for x, t in zip(args, ts, strict=True)))) for ts in units(args)]
    except TypeError:
        return None
    return np.array([numbers([np.imag(y) / h for y in ys]) for ys in values], float).T


def by_differences(f, args, step):
    """Central differences whose step is relative to each number, and absolute at 0."""
    columns = []
    for ts in units(args):
        size = [step * np.where(x == 0, 1.0, np.abs(x)) * np.abs(t) for x, t in zip(args, ts, strict=True)]
        moves = [t * s for t, s in zip(ts, size, strict=True)]
        try:
            ahead, behind = (
                numbers(variables(f(*(x + sign * move for x, move in zip(args, moves, strict=True)))))
                for sign in (1, -1)
            )
        except (TypeError, np.linalg.LinAlgError):  # no long doubles there
            return None
        columns.append((ahead - behind) / (2 * sum(np.sum(s) for s in size)))
    return np.array(columns, float).T


def agrees(claimed, measurements, tolerance, slack=0.0):
    """Whether every entry is as some measurement has it."""
    fits = np.zeros(claimed.shape, bool)
    for true in measurements:
        if true is not None and true.shape == claimed.shape:
            row = np.max(np.abs(true), axis=1, keepdims=True, initial=0.0)
            fits |= np.abs(claimed - true) <= tolerance * np.abs(true) + 1e-15 * row + slack
    return bool(np.all(fits))


# ---- the specimens -----------------------------------------------------------------------------------

DRAWS = 3
numbers_of_draws = st.integers(0, 2**32)
any_specimen = st.sampled_from((*BROKEN, *CORRECT))


def test_there_are_many_and_each_has_a_name_and_a_sentence():
    assert min(len(BROKEN), len(CORRECT)) >= 36
    assert len({s.name for s in (*BROKEN, *CORRECT)}) == len(BROKEN) + len(CORRECT)
    for specimen in (*BROKEN, *CORRECT):
        assert specimen.description.endswith(".")
        assert "\n" not in specimen.description
        assert named(specimen.name) is specimen
    with pytest.raises(ValueError, match="'dodo'"):
        named("dodo")


@needs_long_doubles
@pytest.mark.parametrize("specimen", BROKEN, ids=lambda s: s.name)
def test_a_broken_rule_is_wrong_wherever_it_is_drawn(specimen):
    for args in specimen.draws(DRAWS):
        if specimen.name == "tie counted twice":
            assert moved_together(specimen, args) == (1.0, 2.0)
        else:
            assert faults(specimen, args)


def moved_together(specimen, args):
    """The slope of a maximum along both of its places, in truth and as claimed."""
    (x,) = args
    along = (x == x.max()).astype(float)
    true = (specimen.f(x + 0.125 * along) - specimen.f(x)) / 0.125
    return round(float(true), 9), float(np.sum(specimen.vjp(1.0, x) * along))


@needs_long_doubles
@pytest.mark.parametrize("specimen", [s for s in CORRECT if s.family != "at a kink"], ids=lambda s: s.name)
def test_a_correct_rule_is_right_wherever_it_is_drawn(specimen):
    for args in specimen.draws(1 if specimen.name == "two hundred elements" else DRAWS):
        assert faults(specimen, args) == []


@pytest.mark.parametrize("specimen", [s for s in CORRECT if s.family == "at a kink"], ids=lambda s: s.name)
@given(k=numbers_of_draws)
def test_at_a_kink_a_correct_rule_claims_a_slope_between_those_of_both_sides(specimen, k):
    (x,) = args = specimen.drawn(k)
    left, right = one_sided(specimen.f, x, -(2.0**-20)), one_sided(specimen.f, x, 2.0**-20)
    claimed = by_rows(specimen, args)
    assert np.any(np.abs(right - left) > 0.4)
    assert np.all(claimed >= np.minimum(left, right) - 1e-6)
    assert np.all(claimed <= np.maximum(left, right) + 1e-6)


def one_sided(f, x, h):
    """The Jacobian by differences to one side."""
    columns = [numbers(variables(f(x + h * unit))) - numbers(variables(f(x))) for unit in np.eye(x.size)]
    return np.array(columns).T / h


@given(specimen=any_specimen, k=numbers_of_draws, seed=st.integers(0, 9))
def test_a_point_is_the_same_whenever_it_is_drawn_and_shares_no_memory(specimen, k, seed):
    first, second = specimen.drawn(k, seed), specimen.drawn(k, seed)
    assert same(first, second)
    arrays = [x for x in (*first, *second) if isinstance(x, np.ndarray)]
    assert not any(np.shares_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i])


@given(specimen=any_specimen, k=numbers_of_draws)
def test_as_a_subject_it_answers_the_same(specimen, k):
    with np.errstate(all="ignore"):
        rules, subject = specimen.fresh(), specimen.subject()
        out = rules.f(*specimen.drawn(k))
        assert same(subject.value(specimen.drawn(k)), out)
        u = cotangents(variables(out), k)
        copy = [x.copy() for x in u]
        assert same(subject.vjp(specimen.drawn(k), u), pulled(rules, specimen.drawn(k), copy))
    assert (subject.jvp is None, subject.pulled is None) == (specimen.jvp is None, specimen.second is None)


@pytest.mark.parametrize("specimen", [s for s in (*BROKEN, *CORRECT) if s.state], ids=lambda s: s.name)
def test_what_a_rule_remembers_is_not_shared_by_its_subjects(specimen):
    (args,) = specimen.draws(1)
    (u,) = cotangents([specimen.fresh().f(*args)], 0)
    one, other = specimen.subject(), specimen.subject()
    answers = [one.vjp(args, [u]) for _ in range(3)]
    assert all(same(a, b) for a, b in zip(answers, [other.vjp(args, [u]) for _ in range(3)], strict=True))
