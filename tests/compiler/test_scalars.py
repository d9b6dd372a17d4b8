"""Programs of single numbers: groups give what the function gives, and the rule that chooses them says so."""

import random
import warnings
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from laws import FEW
from laws.registry import SETTINGS, intervals, rows
from laws.replaying import bits, outcome, replays_are_eager
from laws.samples import A

import tinygrad_edu as te
from tinygrad_edu import Value, nn, optim
from tinygrad_edu.compiler import scalars
from tinygrad_edu.compiler.program import Groups
from tinygrad_edu.testing.strategies import SPECIAL

SAFE = (
    "x + y",
    "x - y",
    "x * y",
    "x / y",
    "-x",
    "x + 0.25",
    "2 * x",
    "1.0 / x",
    "x - 3",
    "np.where(x > y, x, 0.5 * y)",
)
SAFE += ("te.relu(x)", "abs(x)", "np.maximum(x, 0.5)", "(x > y) * x", "np.sqrt(abs(x))", "x ** 2", "np.floor(x)")
"""What floats and arrays compute alike, to the last bit."""


@contextmanager
def grouped():
    """Programs of single numbers are put in groups, however few there are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scalars, "LEAST", 1)
        patch.setattr(scalars, "LINE_RUN", 1.0)
        yield


def is_grouped(compiled):
    """Whether the last program is carried out in groups."""
    return any(isinstance(step, Groups) for step in compiled.program.carried_out.steps)


def network_of(seed, inputs, operations, template=SAFE):
    """A function of so many floats that computes so many more, each from two before; the last few are returned."""
    rng = np.random.default_rng(seed)
    lines = [(rng.choice(template), *rng.integers(max(0, n - 12), n, 2)) for n in range(inputs, inputs + operations)]

    def f(*xs):
        known = list(xs)
        for text, i, j in lines:
            known.append(eval(text, {"np": np, "te": te, "x": known[i], "y": known[j]}))
        return known[-5:]

    return f


def on_floats(f):
    """`f` on Values, which compute single numbers in Python."""
    return lambda *xs: [v._data if type(v) is Value else v for v in f(*map(Value, xs))]


FLOATS = st.integers(-24, 24).map(lambda n: n / 7.0) | st.sampled_from([x for x in SPECIAL if abs(x) != 1e308])


@FEW
@example(seed=0, data=None)
@given(seed=st.integers(0, 10**6), data=st.data())
@grouped()
def test_groups_give_what_the_function_gives(seed, data):
    f = network_of(seed, 6, 60)
    draws = [tuple(data.draw(FLOATS) if data else 0.3 * i - 0.7 * k for i in range(6)) for k in range(3)]
    compiled = replays_are_eager(f, *draws, eager=on_floats(f))
    assert is_grouped(compiled)


@FEW
@given(seed=st.integers(0, 10**6), data=st.data())
@grouped()
def test_groups_give_the_gradient_that_the_function_gives(seed, data):
    f = network_of(seed, 6, 40, SAFE[:6])
    slope = te.grad(lambda *xs: sum(f(*xs)), tuple(range(6)))
    draws = [tuple(data.draw(FLOATS) for i in range(6)) for k in range(3)]
    assert is_grouped(replays_are_eager(slope, *draws))


ULPS = 4.0
"""By how much NumPy's elementary functions may differ from Python's: this is what NumPy promises of its own."""

ELEMENTARY = [op for op in rows(elementwise=True) if op.name not in {*SETTINGS, "where", "ldexp"}]


@pytest.mark.parametrize("op", ELEMENTARY, ids=lambda op: op.name)
@grouped()
def test_a_row_on_numbers_in_a_group_is_the_row_on_each(op):
    """To the last bit where it is arithmetic; elsewhere to some units in the last place."""
    rng = np.random.default_rng(0)
    columns = [rng.uniform(*interval, 40).tolist() for interval in intervals(op)]

    def f(columns):
        return [op(*row) for row in zip(*columns, strict=True)]

    compiled = te.compile(f)
    compiled([column[::-1] for column in columns])
    assert is_grouped(compiled) or op.constant or not compiled.program.program.steps
    expected = [op(*map(Value, row))._data for row in zip(*columns, strict=True)]
    found = compiled(columns)
    assert list(map(type, found)) == list(map(type, expected))
    expected, found = np.array(expected, float), np.array(found, float)
    close = np.abs(found - expected) <= ULPS * np.spacing(np.abs(expected))
    assert np.all((found == expected) | close | (np.isnan(found) & np.isnan(expected)))


# ---- chains of sums --------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["sum", "from the right", "balanced", "two ends", "a part is used twice"])
@pytest.mark.parametrize("n", [3, 9, 200])
@grouped()
def test_a_chain_of_sums_is_added_in_its_order(how, n):
    """The terms are of very different size, so that another order rounds otherwise."""

    def total(terms):
        if how == "sum":
            return [sum(terms)]
        if how == "from the right":
            out = terms[-1]
            for x in terms[-2::-1]:
                out = x + out
            return [out]
        if how == "balanced":
            while len(terms) > 1:
                terms = [sum(terms[i : i + 2]) for i in range(0, len(terms), 2)]
            return terms
        half = sum(terms[: n // 2])
        return [half + sum(terms[n // 2 :])] if how == "two ends" else [half, half + terms[-1] + terms[0]]

    def f(xs):
        return total([x * 1.1 for x in xs])

    rng = np.random.default_rng(n)
    draws = [(rng.normal(size=n) * 10.0 ** rng.integers(-8, 9, n)).tolist() for _ in range(4)]
    compiled = te.compile(f)
    for xs in draws:
        assert outcome(compiled, xs) == outcome(f, xs)
    assert is_grouped(compiled)


@grouped()
def test_a_chain_of_sums_is_one_stage():
    f = te.compile(lambda xs: sum(xs))
    f([0.5] * 50)
    assert f.program.source.count("sums(") == 1


# ---- warnings, live Values, updates ----------------------------------------------------------------------


@grouped()
def test_single_numbers_never_warn():
    """A Value that is one number gives IEEE's answer without a warning; so does a group of them."""

    def f(xs):
        return [1.0 / x for x in xs] + [x * 1e308 * x for x in xs]

    compiled = te.compile(f)
    compiled([2.0] * 20)
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        found = compiled([0.0, -0.0, 1e10, np.nan] * 5)
    assert is_grouped(compiled)
    assert found[:3] == [np.inf, -np.inf, 1e-10]
    assert found[20:23] == [0.0, 0.0, np.inf]


@grouped()
def test_weights_that_are_single_numbers_are_read_live_and_updated():
    def trained(compile):
        net = nn.scalar.MLP(2, [4, 1], rng=random.Random(0))
        optimiser = optim.SGD(net.parameters(), lr=0.1)

        def step(a, b):
            loss = (net([a, b]) - a * b) ** 2
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            return loss

        step = compile(step)
        losses = [bits(step(0.3 * i + 0.1, -0.2)) for i in range(4)]
        return losses, [bits(p.data) for p in net.parameters()], [bits(p.grad) for p in net.parameters()], step

    *found, step = trained(te.compile)
    *expected, _ = trained(lambda f: f)
    assert found == expected
    assert is_grouped(step)


# ---- the rule --------------------------------------------------------------------------------------------


def layers(width, depth):
    """A function of a list of floats: layers in each of which every number is computed alike."""

    def f(xs):
        for k in range(depth):
            xs = [xs[i] * 0.5 + xs[i - 1] * (0.1 * k) for i in range(width)]
        return xs

    return f


@pytest.mark.parametrize(
    ("width", "depth", "groups"), [(4, 4, None), (2, 200, False), (300, 2, True)], ids=["few", "deep", "wide"]
)
def test_the_rule_that_chooses_is_told(width, depth, groups):
    """Few numbers are left alone; many that depend on one another are done line by line, many alike in groups."""
    f = te.compile(layers(width, depth))
    xs = [0.1 * i for i in range(width)]
    f(xs)
    assert outcome(f, xs) == outcome(layers(width, depth), xs)
    told = [line for line in f.program.explain().splitlines() if "operations on single numbers" in line]
    assert is_grouped(f) is bool(groups)
    if groups is None:
        assert told == []
    else:
        assert len(told) == 1
        assert ("stages, in groups: " if groups else "stages, line by line: ") in told[0]


@grouped()
def test_arrays_and_numbers_in_one_program():
    """What needs arrays is done before the groups, and after them."""

    def f(x, a, b):
        first = np.sum(np.exp(x)) * 0.01
        numbers = [first * a + k * b for k in range(20)]
        total = sum(numbers)
        return x * total, total, np.tanh(x * numbers[3]) + numbers[7] * a

    draws = [(A * (k + 1.0), 0.3 * k, 1.1 - k) for k in range(3)]
    assert is_grouped(replays_are_eager(f, *draws))


# ---- a wrong plan is noticed -----------------------------------------------------------------------------


@grouped()
def test_a_wrong_order_of_sums_is_caught(monkeypatch):
    right = scalars.folded

    def wrong(steps, program):
        for item in right(steps, program):
            if type(item) is scalars.Fold:
                item.terms.reverse()
            yield item

    monkeypatch.setattr(scalars, "folded", wrong)
    xs = [10.0 ** (k % 17 - 8) + 0.1 * k for k in range(40)]
    f = te.compile(lambda xs: sum(xs))
    f(xs)
    assert outcome(f, xs) != outcome(sum, xs)
