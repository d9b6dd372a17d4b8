"""Where a function has no derivative no claim is wrong; where it has one, a failure stands, whatever is beside it."""

import numpy as np
import pytest

from tinygrad_edu.testing import by_hand, check_gradients
from tinygrad_edu.testing.measure.report import Verdict

TIES = np.zeros(4)

UNDECIDED = {
    "a median of equal numbers": (np.median, np.zeros(3)),
    "equal numbers sorted": (np.sort, TIES),
    "the middle of a sorted array": (lambda x: np.sort(x)[1:3], TIES),
    "a square root of 0 beside others": (np.sqrt, np.array([0.0, 1.0])),
    "a logarithm of 0 beside others": (np.log, np.array([1.0, 0.0, 2.0])),
    "a ridge along the axes": (lambda x: np.abs(x[0] * x[1]) ** 0.5, np.zeros(2)),
}


@pytest.mark.parametrize("name", UNDECIDED)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nothing_is_wrong_where_there_is_no_derivative(name):
    f, x = UNDECIDED[name]
    report = check_gradients(f, x)
    assert report.verdict is Verdict.INCONCLUSIVE
    assert "no derivative here" in str(report)
    assert check_gradients(f, x, full=0).verdict is not Verdict.FAIL
    for k in range(len(x)):
        t = np.eye(len(x))[k]
        assert check_gradients(f, x, tangents=(t,)).verdict is not Verdict.FAIL
        report = check_gradients(f, x, cotangent=np.zeros_like(f(x)) if np.ndim(f(x)) else 0.0, tangents=(0.0 * t,))
        assert report.verdict is not Verdict.FAIL


def relu(x):
    return np.maximum(x, 0.0)


WRONG = {
    "beside a kink": by_hand(relu, vjp=lambda g, x: g * np.where(x > 0.0, 2.0, 0.5)),
    "in a sum with a kink": by_hand(
        lambda x: np.sum(relu(x)) + x[1] ** 2, vjp=lambda g, x: g * ((x > 0) + np.array([0.0, x[1], 0.0]))
    ),
    "in an array that is sorted": by_hand(
        lambda x: np.sort(x) * np.sum(x * x),
        vjp=lambda g, x: g[np.argsort(np.argsort(x))] * np.sum(x * x) + np.sum(g * np.sort(x)) * x,
    ),
    "nan where nothing is infinite": by_hand(
        lambda x: np.where(x > 0.0, x * x, 0.0), vjp=lambda g, x: g * np.where(x > 0.0, 2.0 * x, np.nan)
    ),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("along", [False, True])
def test_what_is_wrong_stays_wrong(name, along):
    x = np.array([0.0, 1.5, -1.0])
    directions = {}
    if along:
        out = WRONG[name].value((x,))
        directions = {
            "cotangent": np.ones_like(out) if np.ndim(out) else 1.0,
            "tangents": (np.array([0.0, 1.0, 0.25]),),
        }
    assert check_gradients(WRONG[name], x, **directions).verdict is Verdict.FAIL


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("signs", [(1.0, 1.0), (-1.0, 1.0), (-2.0, -0.5)])
def test_a_share_of_the_way_at_a_kink_is_meant_along_each_axis(share, signs):
    slope = by_hand(
        lambda x: np.abs(x),
        vjp=lambda g, x: g * np.where(x == 0.0, 2.0 * share - 1.0, np.sign(x)),
        jvp=lambda t, x: t * np.where(x == 0.0, 2.0 * share - 1.0, np.sign(x)),
    )
    for u in ([1.0, -0.5], [-1.0, 2.0]):
        directions = {"cotangent": np.array(u), "tangents": (np.array(signs),)}
        for x in (np.array([0.0, 0.0]), np.array([0.0, -1.0])):
            assert check_gradients(slope, x, kinks=share, **directions).verdict is Verdict.PASS
            assert check_gradients(slope, x, kinks=0.6, **directions).verdict is Verdict.FAIL
