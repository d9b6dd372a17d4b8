"""While a function is traced: what looks at numbers is refused, is a row, or decides as it did before."""

import math

import numpy as np
import pytest

import tinygrad_edu as te
from tinygrad_edu import Value, nn
from tinygrad_edu.custom import fresh
from tinygrad_edu.data import Dataset
from tinygrad_edu.engine import history, pullback
from tinygrad_edu.payload import plain
from tinygrad_edu.scipy import integrate, linalg, signal, special, stats
from tinygrad_edu.tracing import Trace, traced
from tinygrad_edu.training import evaluate


class Recorded:
    """A function run once while it is traced; called, its record is computed anew from other data."""

    def __init__(self, f, *data):
        self.trace = Trace(fresh)
        self.inputs = [fresh(x) for x in data]
        with traced(self.trace):
            self.out = f(*self.inputs)

    def __call__(self, *data):
        known = dict(zip(self.inputs, data, strict=True))
        outs = self.out if isinstance(self.out, tuple) else (self.out,)
        roots = [x for x in (*outs, *self.trace.kept) if type(x) is Value]
        for v in reversed(history(*roots, since=self.trace.since)):
            if v.op is not None:
                inputs = [known.get(x, x._data) if type(x) is Value else x for x in v.inputs]
                known[v] = plain(v.op.forward(*inputs, **(v.params or {})))
        found = [known.get(x, x._data) if type(x) is Value else x for x in outs]
        return tuple(found) if isinstance(self.out, tuple) else found[0]


def gradient(f):
    """The gradient of a function of one Value, recorded."""

    def of(x):
        return pullback({f(x): 1.0}, record=True)[x]

    return of


X = np.array([1.0, 2.0, 3.0])
M = np.array([[2.0, 1.0], [1.0, 3.0]])
Z = np.array([1.0 + 1.0j, 1.0 - 1.0j])


# ---- what is refused, and the remedy -----------------------------------------------------------------

REFUSED = {
    "mask": (lambda x: x[x > 1.5], "np.where"),
    "take by mask": (lambda x: np.take(x, np.nonzero(x > 1.5)[0]), "np.where"),
    "at, get": (lambda x: te.at(x)[x > 1.5].get(), "np.where"),
    "at, set of an array": (lambda x: te.at(x)[x > 1.5].set(np.ones(2)), "np.where"),
    "where= of a ufunc": (lambda x: np.sqrt(x, where=x > 1.5), "np.where"),
    "nonzero": (lambda x: np.nonzero(x), "np.where"),
    "where alone": (lambda x: np.where(x > 1.5), "np.where"),
    "argwhere": (lambda x: np.argwhere(x), "np.where"),
    "flatnonzero": (lambda x: np.flatnonzero(x), "np.where"),
    "compress": (lambda x: np.compress(x > 1.5, x), "np.where"),
    "extract": (lambda x: np.extract(x > 1.5, x), "np.where"),
    "unique": (lambda x: np.unique(x), "static"),
    "trim_zeros": (lambda x: np.trim_zeros(x), "static"),
    "delete": (lambda x: np.delete(x, np.argsort(x)[:1]), "static"),
    "insert": (lambda x: np.insert(x, x > 1.5, 0.0), "static"),
    "bincount": (lambda x: np.bincount(np.argsort(x)), "te.at"),
    "piecewise": (lambda x: np.piecewise(x, [x > 1.5], [np.sin, np.cos]), "np.where"),
    "unravel_index": (lambda x: np.unravel_index(np.argmax(x), (3, 1)), "v // n"),
    "array_equal": (lambda x: np.array_equal(x, x), "np.all"),
    "allclose": (lambda x: np.allclose(x, x), "np.abs"),
    "isclose": (lambda x: np.isclose(x, x), "np.abs"),
    "count_nonzero": (lambda x: np.count_nonzero(x), "np.sum"),
    "min_scalar_type": (lambda x: np.min_scalar_type(x), "dtype"),
    "array_repr": (lambda x: np.array_repr(x), "outside"),
    "shares_memory": (lambda x: np.shares_memory(x, x), "outside"),
    "matrix_rank": (lambda x: np.linalg.matrix_rank(np.outer(x, x)), "static"),
    "odeint": (lambda x: integrate.odeint(lambda y, t: -y, x, [0.0, 1.0]), "fixed length"),
    "data": (lambda x: x.data, "optimiser"),
    "bool": (lambda x: 1.0 if x[0] > 0 else 2.0, "np.where"),
    "steps": (lambda x: te.steps(x.sum()), "outside"),
    "a local derivative": (lambda x: te.graph.local_derivative(x * x, 0), "outside"),
    "freeze": (lambda x: nn.Linear(3, 2, rng=0).freeze(), "before"),
    "state_dict": (lambda x: nn.Linear(3, 2, rng=0).state_dict(), "outside"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_be_frozen_is_refused_with_the_remedy(name):
    f, remedy = REFUSED[name]
    with pytest.raises(TypeError, match=f"(?s)would be frozen.*{remedy}"):
        Recorded(f, X)


@pytest.mark.parametrize("name", REFUSED)
def test_otherwise_it_is_not(name):
    REFUSED[name][0](Value(X))


def test_what_was_given_as_plain_data_may_decide():
    mask = np.array([True, False, True])
    f = Recorded(lambda x: (x[mask], np.compress(mask, x), np.delete(x, [0]), np.sqrt(x, where=mask)), X)
    for found in f(4.0 * X)[:2]:
        np.testing.assert_array_equal(found, [4.0, 12.0])


# ---- what asks for shapes and dtypes alone -----------------------------------------------------------

HARMLESS = {
    "polyval": lambda x: np.polyval(x, x),
    "power 0": lambda x: np.linalg.matrix_power(np.outer(x, x), 0),
    "norm 0": lambda x: np.linalg.norm(x, 0),
    "linspace": lambda x: np.linspace(x[0], x[1], 4),
    "select": lambda x: np.select([x > 1.5, x > 0.5], [x, 2.0 * x]),
    "choose": lambda x: np.choose(np.argsort(x), [x, 2.0 * x, 3.0 * x]),
    "take": lambda x: np.take(x, np.argsort(-x)),
    "one element": lambda x: x[np.argmax(x)],
    "at": lambda x: te.at(x)[np.argsort(x)].set(x),
    "at, a number at a mask": lambda x: te.at(x)[x > 1.5].set(0.0),
    "bits of bools": lambda x: np.where((x > 1.5) & ~(x > 2.5), x, 0.0),
    "convolve": lambda x: signal.convolve(x, x),
    "einsum_path": lambda x: np.einsum("i,i->", x, x) * len(np.einsum_path("i,i->", x, x)),
    "zeros_like": lambda x: x + np.zeros_like(x),
    "insert": lambda x: np.insert(x, 1, 0.0),
    "cov": lambda x: np.cov(np.stack([x, x * x]), aweights=x),
    "along": lambda x: np.apply_along_axis(np.sum, 0, np.stack([x, x])),
    "median": lambda x: np.median(x),
    "reshape": lambda x: x.reshape(3, 1).ravel(),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_shapes_and_dtypes_may_be_asked_for_and_a_replay_is_right(name):
    f, new = HARMLESS[name], np.array([2.0, 0.5, 1.0])
    np.testing.assert_allclose(Recorded(f, X)(new), f(Value(new)).data, rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("number", [2.0, 2])
def test_a_number_stays_weak_in_a_promotion(dtype, number):
    found = Recorded(lambda x, y: np.select([x > 0.0], [x], y), X.astype(dtype), number).out
    assert found.dtype == dtype


# ---- checks are rows ---------------------------------------------------------------------------------

CHECKS = {
    "binary cross-entropy": (lambda t: nn.binary_cross_entropy_with_logits(X, t), 0.5 * np.ones(3), X, ValueError),
    "hinge": (lambda t: nn.hinge_loss(X, t), np.ones(3), X, ValueError),
    "labels": (lambda t: nn.cross_entropy(M, t), np.array([0, 1]), np.array([0, 2]), ValueError),
    "average": (lambda w: np.average(Value(X), weights=w), X, np.zeros(3), ZeroDivisionError),
    "cov": (lambda w: np.cov(Value(np.stack([X, X * X])), aweights=w), X, -X, ValueError),
    "geomspace": (lambda x: np.geomspace(x[0], 4.0, 3), X, -X, TypeError),
    "multiply at": (
        lambda i: te.at(Value(X))[i].multiply(2.0), np.array([0, 1]), np.array([1, 1]), ValueError),
    "dirichlet, alpha": (lambda a: stats.dirichlet.logpdf([0.5, 0.25, 0.25], a), X, -X, ValueError),
    "dirichlet, x": (lambda x: stats.dirichlet.logpdf(x, X), X / 6.0, X, ValueError),
    "normal, cov": (
        lambda c: stats.multivariate_normal.logpdf([0.0, 1.0], cov=c), M, -M, np.linalg.LinAlgError),
    "multigammaln": (lambda a: special.multigammaln(a, 2), X, X - 1.0, ValueError),
    "slopes of a singular matrix": (lambda a: gradient(
        lambda a: np.sum(np.linalg.eig(a + 0j)[1].real))(a), M, np.array([[0.0, 1.0], [0.0, 0.0]]),
        np.linalg.LinAlgError),
}  # fmt: skip


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_looks_at_new_numbers_too(name):
    f, good, bad, error = CHECKS[name]
    program = Recorded(f, good)
    np.testing.assert_allclose(program(good), program.out._data)
    with np.errstate(all="ignore"), pytest.raises(error) as eager:
        f(Value(bad) if bad.dtype.kind == "f" else fresh(bad))
    with np.errstate(all="ignore"), pytest.raises(error) as replayed:
        program(bad)
    assert str(replayed.value) == str(eager.value)
    with pytest.raises(error), np.errstate(all="ignore"):
        Recorded(f, bad)


def test_a_check_is_kept_in_the_trace_and_not_in_an_ordinary_record():
    assert any(v.op.name == "checked" for v in Recorded(CHECKS["average"][0], X).trace.kept)
    assert "checked" not in {v.op.name for v in history(CHECKS["average"][0](Value(X))) if v.op}


def test_checked_targets_pass_their_gradient_on():
    f = gradient(lambda t: nn.binary_cross_entropy_with_logits(X, t))
    np.testing.assert_allclose(Recorded(f, 0.5 * np.ones(3)).out._data, -X / 3.0)


def test_whole_number_targets_take_the_precision_of_the_predictions():
    program = Recorded(lambda x, t: (x - nn.losses.alike(x, t)[1]).sum(), X.astype(np.float32), np.array([1, 0, 1]))
    kinds = {v.dtype for v in history(program.out) if v.op is not None and v.shape}
    assert kinds == {np.dtype(np.float32)}


# ---- decisions that must stay as they were -----------------------------------------------------------

PAIR = np.array([[0.0, 1.0], [-1.0, 0.0]])  # a rotation: its eigenvalues are complex
OF_RANK_1 = np.ones((2, 2))
DECISIONS = {
    "lstsq": (lambda a: np.linalg.lstsq(a, np.ones(2))[0], M, OF_RANK_1),
    "pinv": (lambda a: np.linalg.pinv(a, rtol=0.1), M, np.diag([1.0, 0.01])),
    "polymul": (lambda p: np.polymul(p, p), X, np.array([0.0, 1.0, 1.0])),
    "polydiv": (lambda p: np.polydiv(p, np.array([1.0, 1.0, 1.0, 1.0]))[1], X, np.array([0.0, 1.0, 1.0])),
    "poly": (lambda z: np.poly(z), Z, Z + 1.0j),
    "real_if_close": (lambda z: np.real_if_close(z), Z.real + 0j, Z),
    "roots": (lambda p: np.roots(p), np.array([1.0, -3.0, 2.0]), np.array([0.0, 1.0, 2.0])),
    "eig": (lambda a: np.linalg.eig(a)[0], M, PAIR),
    "eigvals": (lambda a: np.linalg.eigvals(a), M, PAIR),
    "sqrtm": (lambda a: linalg.sqrtm(a), M, np.diag([-1.0, -2.0])),
}


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_that_would_be_another_one_is_an_error(name):
    f, first, other = DECISIONS[name]
    program = Recorded(f, first)
    np.testing.assert_allclose(program(2.0 * first), f(Value(2.0 * first)).data, rtol=1e-12)
    if name in ("eig", "eigvals") and np.linalg.eigvals(M).dtype.kind == "c":
        return  # newer NumPy has complex eigenvalues always
    with pytest.raises(ValueError, match=r"depends on .* with which the function was compiled; \w+ "):
        program(other)


def test_a_decision_that_nobody_uses_is_looked_at_too():
    def f(a):
        np.linalg.lstsq(a, np.ones(2))
        return a.sum()

    with pytest.raises(ValueError, match=r"rank|drops"):
        Recorded(f, M)(OF_RANK_1)


# ---- functions whose derivative is found otherwise ---------------------------------------------------


def test_a_checkpointed_function_is_recorded_like_any_other():
    def f(x):
        return np.sum(np.sin(x) * x)

    plain_ops, ops = ([v.op for v in history(Recorded(g, X).out)] for g in (f, te.checkpoint(f)))
    assert ops == plain_ops


def written_in_python(calls):
    """x ↦ x³ + x, in the structure (x³, [x]), in functions that take plain numbers only."""

    @te.custom_vjp
    def cubes(x, factor=1.0):
        return x.tolist()

    def forward(x, factor=1.0):
        calls.append(type(x))
        assert isinstance(x, np.ndarray)
        return (np.array([factor * v**3 for v in x.tolist()]), [x]), (x.tolist(), "a word")

    def backward(residuals, g):
        x, word = residuals
        assert word == "a word"
        slopes = np.array([3.0 * v * v for v in x])
        return (np.asarray(g[0]).__mul__(slopes) + np.asarray(g[1][0]),)

    cubes.defvjp(forward, backward)
    return cubes


def test_a_gradient_of_ones_own_is_computed_anew_from_plain_arrays():
    calls = []
    f = written_in_python(calls)
    both = Recorded(lambda x: (f(x)[0], gradient(lambda x: f(x)[0].sum() + 2.0 * f(x)[1][0].sum())(x)), X)
    traced_calls = len(calls)
    for new in (X, np.array([0.5, -1.0, 2.0])):
        out, slope = both(new)
        np.testing.assert_allclose(out, new**3)
        np.testing.assert_allclose(slope, 3.0 * new**2 + 2.0)
    assert set(calls) == {np.ndarray}
    assert traced_calls == 3  # each call of the function runs it once
    assert len(calls) == 3 * traced_calls  # and so does each replay


def log1pexp():
    """The softplus with a gradient of its own, written with NumPy."""

    @te.custom_vjp
    def softplus(x):
        return np.logaddexp(0.0, x)

    softplus.defvjp(lambda x: (softplus(x), x), lambda x, g: (g / (1.0 + np.exp(-x)),))
    return softplus


@pytest.mark.parametrize("order", [1, 2, 3])
def test_gradients_of_ones_own_have_higher_orders_in_a_program(order):
    def slope(f):
        for _ in range(order):
            f = te.grad(f)
        return f

    program = Recorded(slope(log1pexp()), 0.5)
    for x in (0.5, -1.0, 3.0):
        assert program(x) == pytest.approx(slope(te.softplus)(x), rel=1e-12)


def test_gradients_of_ones_own_have_tangents_in_a_program():
    program = Recorded(lambda x: te.jvp(log1pexp(), (x,), (2.0,))[1], 0.5)
    for x in (0.5, -1.0):
        assert program(x) == pytest.approx(2.0 / (1.0 + math.exp(-x)), rel=1e-12)


def test_whole_numbers_among_the_arguments_get_no_gradient():
    @te.custom_vjp
    def scaled(x, n):
        return x * n

    scaled.defvjp(lambda x, n: (x * n, n), lambda n, g: (g * n, np.zeros(3)))

    def f(x, n):
        found = pullback({scaled(x, n).sum(): 1.0}, record=True)
        assert n not in found
        return found[x]

    program = Recorded(f, X, np.array([1, 2, 3]))
    np.testing.assert_array_equal(program(X, np.array([3, 2, 1])), [3.0, 2.0, 1.0])


def test_a_result_of_another_shape_is_an_error():
    @te.custom_vjp
    def positive(x):
        return x[x > 0.0]

    positive.defvjp(lambda x: (x[x > 0.0], x), lambda x, g: (np.zeros(3),))
    with pytest.raises(ValueError, match="the types and shapes of its results"):
        Recorded(positive, X)(-X)


def test_a_function_of_ones_own_that_draws_is_not_traced_itself():
    rng = np.random.default_rng(0)

    @te.custom_vjp
    def noisy(x):
        return x

    noisy.defvjp(lambda x: (x + te.random.normal(rng, size=3), None), lambda _, g: (g,))
    program = Recorded(noisy, X)
    same = np.random.default_rng(0)
    first = X + same.normal(size=3)
    np.testing.assert_array_equal(program.out._data, first)
    np.testing.assert_array_equal(program(X), X + same.normal(size=3))


def root_of(tolerance=1e-5):
    """√p by Newton's method, which is stopped early for a large p."""

    def solve(p):
        x = 0.5 * (1.0 + p["p"])
        for _ in range(6):
            x = 0.5 * (x + p["p"] / x)
        return {"x": x}

    return te.implicit(solve, lambda x, p: x["x"] * x["x"] - p["p"], tolerance)


def test_a_solution_is_found_anew_with_its_derivatives():
    def f(p):
        return root_of()({"p": p})["x"]

    program = Recorded(lambda p: (f(p), te.grad(f)(p), te.grad(te.grad(f))(p)), 4.0)
    for p in (4.0, 9.0, 2.0):
        expected = p**0.5, 0.5 * p**-0.5, -0.25 * p**-1.5
        np.testing.assert_allclose(program(p), expected, rtol=1e-10)


def test_what_is_no_solution_for_new_numbers_is_an_error():
    program = Recorded(lambda p: root_of()({"p": p})["x"], 4.0)
    with pytest.raises(RuntimeError, match="did not solve its equation"):
        program(1e12)


def test_a_solution_without_a_derivative_for_new_numbers_is_an_error():
    double = te.implicit(lambda p: np.asarray(p) ** 0.5, lambda x, p: x * x - p)
    program = Recorded(te.grad(lambda p: double(p)), 4.0)
    assert program(9.0) == pytest.approx(1.0 / 6.0)
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        program(0.0)


# ---- random numbers ----------------------------------------------------------------------------------

OF_GENERATORS = {
    "random": (lambda r: te.random.random(r, 3), lambda r: r.random(3)),
    "uniform": (lambda r: te.random.uniform(r, X, 4.0), lambda r: r.uniform(X, 4.0)),
    "standard_normal": (lambda r: te.random.standard_normal(r, 3), lambda r: r.standard_normal(3)),
    "normal": (lambda r: te.random.normal(r, X, 0.5, (2, 3)), lambda r: r.normal(X, 0.5, (2, 3))),
    "normal, one": (lambda r: te.random.normal(r), lambda r: r.normal()),
    "normal, float32": (
        lambda r: te.random.normal(r, size=3, dtype=np.float32), lambda r: r.standard_normal(3, np.float32)),
    "exponential": (lambda r: te.random.exponential(r, X), lambda r: r.exponential(X)),
    "bernoulli": (lambda r: te.random.bernoulli(r, 0.3, 5), lambda r: r.random(5) < 0.3),
    "integers": (lambda r: te.random.integers(r, 2, 9, 4), lambda r: r.integers(2, 9, 4)),
    "integers below": (lambda r: te.random.integers(r, 9), lambda r: r.integers(9)),
    "permutation": (lambda r: te.random.permutation(r, 6), lambda r: r.permutation(6)),
    "permutation of rows": (lambda r: te.random.permutation(r, M), lambda r: r.permutation(M)),
    "permutation of columns": (lambda r: te.random.permutation(r, M, axis=1), lambda r: r.permutation(M, axis=1)),
    "choice": (lambda r: te.random.choice(r, 6, 4), lambda r: r.choice(6, 4)),
    "choice of elements": (
        lambda r: te.random.choice(r, X, (2, 2), p=[0.5, 0.25, 0.25]),
        lambda r: r.choice(X, (2, 2), p=[0.5, 0.25, 0.25])),
    "choice without replacement": (
        lambda r: te.random.choice(r, X, 2, replace=False), lambda r: r.choice(X, 2, replace=False)),
}  # fmt: skip


@pytest.mark.parametrize("name", OF_GENERATORS)
def test_what_is_drawn_is_what_numpy_draws(name):
    ours, numpys = OF_GENERATORS[name]
    rng, same = np.random.default_rng(3), np.random.default_rng(3)
    for _ in range(2):
        found, expected = ours(rng), numpys(same)
        np.testing.assert_array_equal(found, expected)
        assert np.result_type(found) == np.result_type(expected)
    assert rng.bit_generator.state == same.bit_generator.state


@pytest.mark.parametrize("name", OF_GENERATORS)
def test_a_replay_draws_on_in_the_order_of_the_function(name):
    ours, numpys = OF_GENERATORS[name]
    rng, same = np.random.default_rng(3), np.random.default_rng(3)
    program = Recorded(lambda x: (ours(rng), x, te.random.random(rng)), X)
    expected = [(numpys(same), same.random()) for _ in range(3)]
    for found, others in zip(((x._data for x in program.out), program(X), program(X)), expected, strict=True):
        first, _, last = found
        np.testing.assert_array_equal(first, others[0])
        assert last == others[1]


def test_a_draw_is_noted_and_marked():
    rng = np.random.default_rng(0)
    trace = Recorded(lambda x: te.random.normal(rng, x), X).trace
    assert trace.drawn == {id(rng): rng.bit_generator.state}
    assert [v.op.name in te.random.DRAWS for v in trace.kept] == [True]


def test_nothing_is_recorded_of_a_draw_without_a_value():
    assert isinstance(te.random.normal(np.random.default_rng(0), X), np.ndarray)


@pytest.mark.parametrize("bits", [np.random.PCG64, np.random.MT19937, np.random.Philox, np.random.SFC64])
def test_a_generator_that_draws_by_itself_is_noticed(bits):
    def f(rng, x):
        x = x + te.random.normal(rng) + te.random.random(rng)
        x = x + rng.normal()
        return x + te.random.normal(rng)

    with pytest.raises(TypeError, match=r"drew numbers by itself.*te\.random\.normal\(rng, …\)"):
        Recorded(lambda x: f(np.random.Generator(bits(0)), x), X)
    f(np.random.Generator(bits(0)), Value(X))


@pytest.mark.parametrize("seed", [0, np.int64(3), None, "seed", np.random.RandomState(0)])
def test_a_seed_is_refused_because_it_would_draw_the_same(seed):
    with pytest.raises(TypeError, match=r"numpy\.random\.Generator.*default_rng"):
        te.random.normal(seed)


@pytest.mark.parametrize("size", [(2,), 4, (3, 3, 2)])
def test_a_size_that_the_data_do_not_stretch_to_is_an_error(size):
    for f in (te.random.normal, te.random.uniform):
        with pytest.raises(ValueError, match="does not fit"):
            f(np.random.default_rng(0), X, 1.0, size)


def test_nothing_is_drawn_from_a_single_value():
    with pytest.raises(TypeError, match="not from a single Value"):
        te.random.permutation(np.random.default_rng(0), Value(3.0))


def test_draws_have_gradients_in_their_data():
    rng, same = np.random.default_rng(0), np.random.default_rng(0)
    loc, scale = Value(X), Value(0.5)
    te.random.normal(rng, loc, scale, (2, 3)).sum().backward()
    np.testing.assert_array_equal(loc.grad, [2.0, 2.0, 2.0])
    assert scale.grad == pytest.approx(same.standard_normal((2, 3)).sum())
    low, high, mean, a = Value(0.0), Value(1.0), Value(2.0), Value(X)
    te.random.uniform(rng, low, high).backward()
    share = same.random()
    assert (low.grad, high.grad) == pytest.approx((1.0 - share, share))
    te.random.exponential(rng, mean).backward()
    assert mean.grad == same.standard_exponential()
    te.random.choice(rng, a, 5).sum().backward()
    np.testing.assert_array_equal(a.grad, np.bincount(same.choice(3, 5), minlength=3))


def test_probabilities_and_bounds_may_be_values():
    rng, same = np.random.default_rng(0), np.random.default_rng(0)
    p, n = np.array([0.2, 0.3, 0.5]), 7
    program = Recorded(lambda p, n: (te.random.choice(rng, 3, 4, p=p), te.random.integers(rng, n)), p, n)
    same.choice(3, 4, p=p), same.integers(n)
    places, number = program(p[::-1], 2)
    np.testing.assert_array_equal(places, same.choice(3, 4, p=p[::-1]))
    assert number == same.integers(2)


def test_a_gradient_of_a_function_that_draws_is_drawn_anew():
    rng, same = np.random.default_rng(0), np.random.default_rng(0)
    slope = te.grad(lambda w: te.random.normal(rng, 0.0, w))
    program = Recorded(lambda _: slope(2.0), 0.0)
    assert [program.out._data, program(0.0)] == [same.standard_normal(), same.standard_normal()]


# ---- dropout -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("p", [0.0, 0.25, 1.0])
def test_dropout_is_the_mask_of_its_generator(dtype, p):
    x, layer = Value((1.0 + np.arange(12.0).reshape(3, 4)).astype(dtype)), nn.Dropout(p, rng=5)
    kept = np.random.default_rng(5).random((3, 4), dtype=np.float32) < np.float32(1.0 - p)
    out = layer(x)
    factor = np.where(kept, 1.0 / (1.0 - p) if p < 1.0 else 0.0, 0.0)
    np.testing.assert_allclose(out.data, x.data * factor, rtol=2e-3 if dtype is np.float16 else 1e-6)
    out.sum().backward()
    np.testing.assert_allclose(x.grad, factor, rtol=2e-3 if dtype is np.float16 else 1e-6)
    assert out.dtype == x.grad.dtype == dtype


def test_dropout_draws_on_with_each_call_and_not_where_it_does_nothing():
    layer, same = nn.Dropout(0.5, rng=np.random.default_rng(1)), np.random.default_rng(1)
    for _ in range(2):
        np.testing.assert_array_equal(layer(X) > 0.0, same.random(3, dtype=np.float32) < 0.5)
    layer.eval()
    assert layer(X) is X
    assert layer.train()(2.0) in (0.0, 4.0)
    idle = nn.Dropout(0.0, rng=np.random.default_rng(1))
    assert idle(X) is X
    assert idle.rng.bit_generator.state == np.random.default_rng(1).bit_generator.state


def test_what_is_dropped_is_0_even_where_it_is_infinite():
    np.testing.assert_array_equal(nn.Dropout(1.0, rng=0)(np.array([np.inf, np.nan])), [0.0, 0.0])


def test_a_network_with_dropout_is_drawn_anew_in_a_program():
    net = nn.Sequential(nn.Linear(3, 4, rng=0), te.relu, nn.Dropout(0.5, rng=1), nn.Linear(4, 1, rng=2))
    expected = [net(x).sum().data for x in (X, X, -X)]
    net[2].rng = np.random.default_rng(1)
    program = Recorded(lambda x: net(x).sum(), X)
    assert [program.out._data, program(X), program(-X)] == pytest.approx(expected)


def test_a_model_is_scored_without_dropout():
    net = nn.Sequential(nn.Linear(3, 1, rng=0), nn.Dropout(0.5, rng=1))
    net[0].eval()
    data = Dataset(np.eye(3), np.zeros((3, 1)))
    assert evaluate(net, nn.mse_loss, data) == evaluate(net[0], nn.mse_loss, data)
    assert (net.training, net[0].training, net[1].training) == (True, False, True)


@pytest.mark.parametrize("p", [-0.1, 1.5, math.nan])
def test_dropout_needs_a_probability(p):
    with pytest.raises(ValueError, match="from 0 to 1"):
        nn.Dropout(p, rng=0)


@pytest.mark.parametrize("p", ["half", None, True, 0.5j])
def test_dropout_needs_a_number(p):
    with pytest.raises(TypeError, match="from 0 to 1"):
        nn.Dropout(p, rng=0)


def test_dropout_in_a_checkpoint_is_refused_because_it_would_drop_others():
    layer, x = nn.Dropout(0.5, rng=0), Value(np.ones(20))
    with pytest.raises(RuntimeError, match="did not do the same"):
        te.checkpoint(layer)(x).sum().backward()
