"""Densities and distribution functions: SciPy's values, inside and outside, and the laws of derivatives."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import rules
from laws.calls import Call
from scipy import stats as scipys

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.scipy import stats as ours
from tinygrad_edu.testing.strategies import arrays, broadcastable, directions_like

# name -> the interval of x, and of each shape
FAMILIES = {
    "norm": ((-2.0, 2.0), ()),
    "beta": ((0.25, 0.75), ((0.5, 3.0), (0.5, 3.0))),
    "gamma": ((0.5, 3.0), ((0.5, 3.0),)),
    "chi2": ((0.5, 3.0), ((0.5, 3.0),)),
    "t": ((-2.0, 2.0), ((0.5, 3.0),)),
}
DENSITIES, PROBABILITIES = ("pdf", "logpdf"), ("cdf", "sf", "logcdf", "logsf")

each_family = pytest.mark.parametrize("name", FAMILIES)


def law_abiding(call, data):
    """SciPy's value; first derivatives in both modes are the slope; second orders agree."""
    np.testing.assert_allclose(call.function(*map(Value, call.inputs)).data, call.oracle(*call.inputs), 1e-12, 1e-12)
    u = data.draw(directions_like(call.oracle(*call.inputs)))
    ts = [data.draw(directions_like(x)) for x in call.inputs]
    rules.gradient_is_the_slope(call, u, ts)
    rules.modes_are_adjoint(call, u, ts)
    rules.gradients_are_like_inputs(call, u)
    rules.second_orders_agree(call, u, 0.5 * u, ts, ts)


def both(name, method):
    """The method of a distribution here, and SciPy's."""
    return getattr(getattr(ours, name), method), getattr(getattr(scipys, name), method)


# ---- on the real line ---------------------------------------------------------------------------


@each_family
@pytest.mark.parametrize("method", DENSITIES)
@given(data=st.data())
def test_densities_in_everything(name, method, data):
    interval, shapes = FAMILIES[name]
    drawn = data.draw(broadcastable(3 + len(shapes), min_side=1))
    y, loc, scale, *more = (
        data.draw(arrays(shape, interval=i))
        for shape, i in zip(drawn, (interval, (-1.0, 1.0), (0.5, 2.0), *shapes), strict=True)
    )
    f, g = both(name, method)

    def standing(f):
        return lambda y, loc, scale, *more: f(loc + scale * y, *more, loc, scale)

    law_abiding(Call(None, standing(f), (y, loc, scale, *more), standing(g)), data)


@each_family
@pytest.mark.parametrize("method", PROBABILITIES)
@given(data=st.data())
def test_probabilities_in_x_loc_and_scale(name, method, data):
    interval, shapes = FAMILIES[name]
    drawn = data.draw(broadcastable(2, min_side=1))
    y, scale = data.draw(arrays(drawn[0], interval=interval)), data.draw(arrays(drawn[1], interval=(0.875, 1.125)))
    more = [data.draw(arrays((), interval=shape)) for shape in shapes]
    f, g = both(name, method)
    arguments = dict(zip(getattr(ours, name).shapes, more, strict=True))

    def scaled(f):
        return lambda y, scale: f(0.25 + y, **arguments, loc=0.25, scale=scale)

    law_abiding(Call(None, scaled(f), (y, scale), scaled(g)), data)


@each_family
@pytest.mark.parametrize("method", ["ppf", "isf"])
@given(data=st.data())
def test_quantiles_in_q_loc_and_scale(name, method, data):
    _, shapes = FAMILIES[name]
    drawn = data.draw(broadcastable(3, min_side=1))
    q, loc, scale = (
        data.draw(arrays(shape, interval=i))
        for shape, i in zip(drawn, ((0.25, 0.75), (-1.0, 1.0), (0.5, 2.0)), strict=True)
    )
    more = [2.0 + data.draw(arrays((), interval=(0.0, 1.0))) for _ in shapes]
    f, g = both(name, method)
    law_abiding(Call(None, lambda q, *ls: f(q, *more, *ls), (q, loc, scale), lambda q, *ls: g(q, *more, *ls)), data)


PLACES = np.array([-40.0, -2.0, -0.5, 0.0, 0.1, 0.5, 1.0, 1.3, 3.0, 50.0, np.inf, -np.inf, np.nan])
CHANCES = np.array([-0.1, 0.0, 1e-5, 0.3, 0.9, 1.0, 1.1, np.nan])
MEMBERS = [
    ("norm", ()), ("beta", (2.5, 1.0)), ("beta", (1.0, 0.5)), ("beta", (-1.0, 2.0)), ("gamma", (2.0,)),
    ("gamma", (0.5,)), ("gamma", (1.0,)), ("chi2", (3.0,)), ("t", (4.0,)), ("t", (1e8,)), ("t", (np.inf,)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "shapes"), MEMBERS)
@pytest.mark.parametrize("method", [*DENSITIES, *PROBABILITIES, "ppf", "isf"])
@pytest.mark.parametrize("position", [(), (0.3, 2.0), (0.0, -1.0)])
def test_values_are_scipys_outside_of_the_support_and_for_invalid_parameters_too(name, shapes, method, position):
    at = CHANCES if method in ("ppf", "isf") else PLACES
    f, g = both(name, method)
    with np.errstate(all="ignore"):
        expected = g(at, *shapes, *position)
    np.testing.assert_allclose(f(Value(at), *shapes, *position).data, expected, rtol=1e-12)
    for x, one in zip(at.tolist(), expected, strict=True):
        out = f(x, *shapes, *position)
        assert type(out) is float
        np.testing.assert_allclose(out, one, rtol=1e-12)


@pytest.mark.parametrize("name", ["beta", "gamma", "chi2"])
def test_outside_of_the_support_the_gradient_is_zero(name):
    shapes = [2.0] * len(getattr(ours, name).shapes)
    for method in DENSITIES:
        f = getattr(getattr(ours, name), method)
        assert te.grad(f, (0, *range(1, 3 + len(shapes))))(-1.0, *shapes, 0.0, 2.0) == (0.0,) * (3 + len(shapes))
    for method in PROBABILITIES:
        f = getattr(getattr(ours, name), method)
        assert te.grad(lambda x, f=f: f(x, *shapes))(-1.0) == 0.0


def test_lists_and_whole_numbers_are_taken():
    np.testing.assert_allclose(ours.norm.pdf([0, 1], loc=[1, 1]), scipys.norm.pdf([0, 1], loc=[1, 1]))
    np.testing.assert_allclose(ours.gamma.logpdf(2, 3), scipys.gamma.logpdf(2, 3))
    assert te.grad(lambda m: ours.norm.logpdf([1.0, 2.0], m).sum())(1.0) == 1.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ours.beta.cdf(0.3, Value(1.0), 2.0), r"beta.cdf has no derivative in a="),
        (lambda: ours.gamma.logsf(0.3, a=Value(1.0)), r"gamma.logsf has no derivative in a="),
        (lambda: ours.t.ppf(0.3, df=Value(2.0)), r"t.ppf has no derivative in df="),
        (lambda: ours.poisson.pmf(Value(1.0), 2.0), r"poisson.pmf has no derivative in k="),
        (lambda: ours.poisson.cdf(1.0, 2.0, loc=Value(1.0)), r"poisson.cdf has no derivative in loc="),
        (lambda: ours.norm.pdf(1.0, a=2.0), r"norm.pdf has no argument a="),
        (lambda: ours.gamma.pdf(1.0), r"gamma.pdf needs a"),
        (lambda: ours.norm.pdf(1.0, 2.0, 3.0, 4.0), r"at most loc, scale"),
        (lambda: ours.norm.pdf(1.0, 2.0, loc=4.0), r"loc= twice"),
        (lambda: ours.multivariate_normal.logpdf(np.ones(2), None, np.ones((2, 2)), True), r"allow_singular="),
    ],
)
def test_what_has_no_derivative_or_no_meaning_is_refused_by_name(call, message):
    with pytest.raises(TypeError, match=message):
        call()


# ---- counts -------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["pmf", "logpmf", "cdf", "sf"])
@given(data=st.data())
def test_poisson_in_mu(method, data):
    drawn = data.draw(broadcastable(2, min_side=1))
    k = np.floor(data.draw(arrays(drawn[0], interval=(1.0, 6.0))))
    mu = data.draw(arrays(drawn[1], interval=(0.25, 4.0)))
    f, g = both("poisson", method)
    law_abiding(Call(None, lambda mu: f(k, mu, 1), (mu,), lambda mu: g(k, mu, 1)), data)


@pytest.mark.parametrize("method", ["pmf", "logpmf", "cdf", "sf"])
@pytest.mark.parametrize("mu", [0.0, 2.5, -1.0])
def test_poisson_where_it_is_impossible(method, mu):
    f, g = both("poisson", method)
    k = np.array([-1.0, 0.0, 0.5, 1.0, 7.0, 7.5, np.nan])
    np.testing.assert_allclose(f(k, Value(mu)).data, g(k, mu), rtol=1e-12)


# ---- vectors ------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["pdf", "logpdf"])
@given(data=st.data())
def test_dirichlet_in_x_and_alpha(method, data):
    shape = data.draw(st.sampled_from([(2,), (2, 3), (3,)]))
    alpha = data.draw(arrays((shape[0] + 1,), interval=(0.5, 3.0)))
    x = data.draw(arrays(shape, interval=(0.125, 0.25)))
    f, g = both("dirichlet", method)
    law_abiding(Call(None, f, (x, alpha), g), data)


def test_dirichlet_with_all_entries_and_what_it_refuses():
    x, alpha = np.array([0.25, 0.25, 0.5]), np.array([0.5, 2.0, 3.0])
    np.testing.assert_allclose(ours.dirichlet.logpdf(Value(x), alpha).data, scipys.dirichlet.logpdf(x, alpha), 1e-13)
    edge = np.array([0.5, 0.0, 0.5])
    assert ours.dirichlet.pdf(Value(edge), alpha).data == scipys.dirichlet.pdf(edge, alpha) == 0.0
    for bad, parameters in (
        (x, -alpha), (x, alpha[:, None]), (x[:1], alpha), (-x, alpha), (2.0 * x, alpha),
        (np.array([0.0, 0.5, 0.5]), alpha),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"."):
            scipys.dirichlet.logpdf(bad, parameters)
        with pytest.raises(ValueError, match=r"alpha|x"):
            ours.dirichlet.logpdf(Value(bad), parameters)


@pytest.mark.parametrize("method", ["pdf", "logpdf"])
@given(data=st.data())
def test_multivariate_normal_in_everything(method, data):
    n = data.draw(st.integers(1, 3))
    x = data.draw(arrays(data.draw(st.sampled_from([(n,), (2, n), (2, 2, n)])), interval=(-1.0, 1.0)))
    mean, root = data.draw(arrays((n,), interval=(-1.0, 1.0))), data.draw(arrays((n, n), interval=(-0.5, 0.5)))
    f, g = both("multivariate_normal", method)

    def of_root(f):
        return lambda x, mean, root: f(x, mean, root @ root.T + np.eye(n))

    law_abiding(Call(None, of_root(f), (x, mean, root), of_root(g)), data)


@given(data=st.data())
def test_entropy_of_the_multivariate_normal(data):
    root = data.draw(arrays((3, 3), interval=(-0.5, 0.5)))

    def of_root(f):
        return lambda root: f(np.zeros(3), root @ root.T + np.eye(3))

    f, g = both("multivariate_normal", "entropy")
    law_abiding(Call(None, of_root(f), (root,), of_root(g)), data)


def test_the_gradient_in_the_covariance_is_symmetric_and_known():
    """∂ ln p / ∂Σ = ½ (Σ⁻¹ d dᵀ Σ⁻¹ − Σ⁻¹)."""
    cov, d = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([1.0, -0.5])
    inverse = np.linalg.inv(cov)
    found = te.grad(ours.multivariate_normal.logpdf, 2)(d, np.zeros(2), cov)
    np.testing.assert_allclose(found, 0.5 * (inverse @ np.outer(d, d) @ inverse - inverse), rtol=1e-13)


C = np.array([[2.0, 0.3], [0.3, 1.0]])


@pytest.mark.parametrize(
    ("x", "mean", "cov"),
    [
        (np.ones(2), np.zeros(2), C),
        (np.ones((3, 2)), None, C),
        (np.ones((4, 3, 2)), [1.0, 2.0], C),
        (1.0, 0.0, 2.0),
        (np.arange(3.0), None, 1),
        (np.ones((1, 2)), [0.0, 1.0], 2.0),
        (np.ones(2), [0, 1], [1.0, 2.0]),
    ],
)
def test_multivariate_normal_takes_what_scipy_takes(x, mean, cov):
    for method in ("pdf", "logpdf"):
        f, g = both("multivariate_normal", method)
        for found in (f(x, mean, cov), f(Value(x), mean, cov).data, f(x, mean, Value(cov)).data):
            assert np.shape(found) == np.shape(g(x, mean, cov))
            np.testing.assert_allclose(found, g(x, mean, cov), rtol=1e-12)
    f, g = both("multivariate_normal", "entropy")
    assert f(mean, cov) == pytest.approx(g(mean, cov), rel=1e-13)


def test_multivariate_normal_refuses_what_is_no_covariance():
    for cov in (np.array([[1.0, 2.0], [2.0, 1.0]]), np.zeros((2, 2))):
        with pytest.raises(np.linalg.LinAlgError):
            ours.multivariate_normal.logpdf(np.ones(2), None, Value(cov))
    with pytest.raises(ValueError, match="symmetric"):
        ours.multivariate_normal.logpdf(np.ones(2), None, Value([[1.0, 0.5], [0.0, 1.0]]))
    for x, mean in ((np.ones(3), np.ones(2)), (np.ones(2), np.ones(3))):
        with pytest.raises(ValueError, match="shape"):
            ours.multivariate_normal.logpdf(x, mean, C)


def test_a_likelihood_is_maximised_at_the_mean():
    data = np.array([0.5, 1.5, 2.5])
    slope = te.grad(lambda m, s: np.sum(ours.norm.logpdf(data, m, s)), (0, 1))
    assert slope(1.5, math.sqrt(2.0 / 3.0)) == pytest.approx((0.0, 0.0), abs=1e-14)
