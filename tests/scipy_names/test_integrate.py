"""`odeint`: SciPy's solutions to the tolerance, derivatives in y0, t and args, refusals."""

import numpy as np
import pytest
from scipy import integrate as scipys

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.scipy.integrate import ERROR, PLACES, STAGES, odeint

TIMES = np.linspace(0.0, 4.0, 9)


def pendulum(y, t, damping, pull):
    """A pendulum that is pushed, so that time matters."""
    return [y[1], -damping * y[1] - pull * np.sin(y[0]) + np.cos(t)]


def weighted(y0, t, damping, pull, solve=odeint):
    """One number that depends on the whole solution."""
    y = solve(pendulum, y0, t, (damping, pull))
    return np.sum(y * np.cos(np.arange(y.size)).reshape(y.shape))


def exactly(func, y0, t, args):
    """SciPy's solution, as exact as it can."""
    return scipys.odeint(func, y0, t, args, rtol=1e-13, atol=1e-13, mxstep=50_000)


AT = (np.array([2.0, 0.1]), np.array([0.0, 0.5, 1.5, 2.0]), 0.25, 5.0)
ALONG = (np.array([0.3, -1.0]), np.array([1.0, 0.2, 0.5, -1.0]), 0.7, -0.4)


def moved(h):
    """The arguments, a step of `h` along."""
    return [x + h * d for x, d in zip(AT, ALONG, strict=True)]


# ---- values -------------------------------------------------------------------------------------


def test_the_table_is_that_of_scipys_rk45():
    table = np.zeros((6, 5))
    for i, weights in enumerate(STAGES[:-1], 1):
        table[i, :i] = weights
    np.testing.assert_allclose(table, scipys.RK45.A, rtol=1e-15)
    np.testing.assert_allclose(STAGES[-1], scipys.RK45.B, rtol=1e-15)
    np.testing.assert_allclose(np.abs(ERROR), np.abs(scipys.RK45.E), rtol=1e-15)
    np.testing.assert_allclose((0.0, *PLACES[:-1]), scipys.RK45.C, rtol=1e-15)


@pytest.mark.parametrize("t", [TIMES, TIMES[::-1], [0.0, 1.0, 1.0, 1.5], [0.0], [0, 1, 2], np.array([0.0, 30.0])])
@pytest.mark.parametrize("y0", [[2.0, 0.0], np.array([1, 0])])
def test_the_solution_is_scipys_to_the_tolerance(y0, t):
    args = (0.1, 5.0)
    found, expected = odeint(pendulum, y0, t, args), exactly(pendulum, y0, t, args)
    assert type(found) is np.ndarray
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(odeint(pendulum, Value(y0), t, args).data, found)


def test_the_error_is_what_was_asked_for():
    expected = exactly(pendulum, [2.0, 0.0], TIMES, (0.25, 5.0))
    for tolerance in (1e-4, 1e-6, 1e-9):
        found = odeint(pendulum, [2.0, 0.0], TIMES, (0.25, 5.0), rtol=tolerance, atol=tolerance)
        assert np.max(np.abs(found - expected)) < 100.0 * tolerance


def test_numbers_lists_and_arguments_are_taken_as_scipy_takes_them():
    def decay(y, t, rate):
        return -rate * y

    found, expected = odeint(decay, 1.0, TIMES, (2.0,)), scipys.odeint(decay, 1.0, TIMES, (2.0,))
    assert found.shape == expected.shape == (9, 1)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)
    first = odeint(lambda t, y: -t * y, 1.0, TIMES, tfirst=True)
    np.testing.assert_allclose(first[:, 0], np.exp(-0.5 * TIMES**2), rtol=1e-6, atol=1e-7)
    assert odeint(decay, 1.0, TIMES, (2.0,), Dfun=None, hmax=0.0, mxordn=12).shape == (9, 1)


# ---- derivatives --------------------------------------------------------------------------------


def test_the_gradient_in_everything_is_the_slope_of_scipys_solution():
    found = te.grad(weighted, (0, 1, 2, 3))(*AT)
    h = 1e-4
    slope = (weighted(*moved(h), solve=exactly) - weighted(*moved(-h), solve=exactly)) / (2.0 * h)
    assert sum(np.sum(g * d) for g, d in zip(found, ALONG, strict=True)) == pytest.approx(slope, rel=1e-6)


def test_the_modes_agree_and_second_orders_are_the_slope_of_the_first():
    gradient = te.grad(weighted, (0, 1, 2, 3))
    _, forward = te.jvp(weighted, AT, ALONG)
    assert forward == pytest.approx(sum(np.sum(g * d) for g, d in zip(gradient(*AT), ALONG, strict=True)), rel=1e-12)
    _, seconds = te.jvp(gradient, AT, ALONG)
    h = 1e-4
    for second, more, less in zip(seconds, gradient(*moved(h)), gradient(*moved(-h)), strict=True):
        np.testing.assert_allclose(second, (more - less) / (2.0 * h), rtol=1e-5, atol=1e-5)


def test_the_derivative_in_the_last_time_is_the_slope_even_at_a_repeated_time():
    for t in ([0.0, 1.0], [0.0, 1.0, 1.0]):
        y = odeint(pendulum, AT[0], np.array(t), AT[2:])[-1]
        slopes = te.jacobian(lambda t: odeint(pendulum, AT[0], t, AT[2:])[-1])(np.array(t))
        np.testing.assert_allclose(slopes[:, -1], pendulum(y, 1.0, *AT[2:]), rtol=1e-5)


def test_a_linear_system_has_the_matrix_exponential_as_its_jacobian():
    a = np.array([[0.0, 1.0], [-2.0, -0.5]])
    found = te.jacobian(lambda y0: odeint(lambda y, t: a @ y, y0, [0.0, 1.0])[-1])(np.ones(2))
    eigenvalues, v = np.linalg.eig(a)
    np.testing.assert_allclose(found, (v @ np.diag(np.exp(eigenvalues)) @ np.linalg.inv(v)).real, atol=1e-7)


def test_values_that_func_closes_over_are_differentiated():
    rate = Value(0.5)
    odeint(lambda y, t: -rate * y, 1.0, [0.0, 2.0])[-1, 0].backward()
    assert rate.grad == pytest.approx(-2.0 * np.exp(-1.0), rel=1e-6)


# ---- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "keywords", [{"Dfun": np.sin}, {"full_output": True}, {"hmax": 0.1}, {"nonsense": 1}, {"tcrit": [1.0]}]
)
def test_other_arguments_are_refused_by_name(keywords):
    with pytest.raises(TypeError, match=f"{next(iter(keywords))}="):
        odeint(pendulum, AT[0], TIMES, AT[2:], **keywords)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="vector"):
        odeint(pendulum, np.ones((2, 2)), TIMES, AT[2:])
    with pytest.raises(ValueError, match="vector"):
        odeint(pendulum, np.ones(2), 1.0, AT[2:])
    with pytest.raises(ValueError, match="order"):
        odeint(pendulum, np.ones(2), [0.0, 1.0, 0.5], AT[2:])
    with pytest.raises(ValueError, match="slope of shape"):
        odeint(lambda y, t: y[:1], np.ones(2), TIMES)
    with pytest.raises(TypeError, match="tuple"):
        odeint(lambda y, t, rate: -rate * y, 1.0, TIMES, 2.0)
    with pytest.raises(TypeError, match="rtol="):
        odeint(pendulum, np.ones(2), TIMES, AT[2:], rtol=Value(1e-6))


def test_a_solution_that_is_infinite_or_stiff_is_refused():
    with pytest.raises(RuntimeError, match=r"t=1\.0"):
        odeint(lambda y, t: y * y, 1.0, [0.0, 2.0])
    with pytest.raises(RuntimeError, match="stiff"):
        odeint(lambda y, t: -1e6 * (y - np.cos(t)), 1.0, [0.0, 1.0], mxstep=100)
    with pytest.raises(RuntimeError, match="infinite"):
        odeint(lambda y, t: np.nan * y, 1.0, [0.0, 1.0])
