"""`gradient_test`: what is right passes, what is wrong fails at its simplest point, with a message that shows it."""

import inspect
import re
from itertools import count

import numpy as np
import pytest
from hypothesis import assume, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

import tinygrad_edu as te
from tinygrad_edu.testing import Subject, by_hand, gradient_test
from tinygrad_edu.testing.measure.report import Report
from tinygrad_edu.testing.strategies import arrays, away_from, positive


def square_rule(g, x):
    return g * x  # a 2 is missing


def wrong_at_the_end(x):
    return np.stack([*x[:-1], (x[-1] * x[-1]).data + 0.0 * x[-1]])


half_zero = st.lists(st.sampled_from([0.0, 0.0, 1.0, -2.0]), min_size=2, max_size=2).map(np.array)
square = by_hand(np.square, vjp=square_rule)


def failure(test):
    with pytest.raises(AssertionError) as caught:
        test()
    return str(caught.value)


# ---- what is right -----------------------------------------------------------------------------------------

RIGHT = {
    "one number": gradient_test(np.sin, arrays(()), examples=20),
    "arrays of any shape": gradient_test(te.softplus, x=arrays(), examples=20, order=2),
    "two arguments": gradient_test(lambda x, y: x * np.exp(y), x=arrays(3), y=arrays((2, 3)), examples=20, order=2),
    "constants": gradient_test(lambda x, axis: np.cumsum(x, axis), x=arrays((2, 3)), axis=st.integers(-2, 1)),
    "defaults between": gradient_test(
        lambda x, shift=1, scale=2.0: np.roll(x, shift) * scale, x=arrays(3), scale=arrays(()), examples=20
    ),
    "containers": gradient_test(
        lambda net, n: {"y": net["w"] @ net["x"], "n": n},
        net=st.fixed_dictionaries({"w": arrays((2, 3)), "x": arrays(3)}),
        n=st.just(3),
        examples=20,
    ),
    "arguments that depend on one another": gradient_test(
        np.matmul,
        arguments=st.integers(1, 3).flatmap(lambda n: st.tuples(arrays((2, n)), arrays((n, 2)))),
        examples=20,
    ),
    "complex numbers": gradient_test(np.exp, arrays(2, dtype=np.complex128), examples=20, order=2),
    "single precision": gradient_test(np.tanh, arrays(2, dtype=np.float32), examples=20),
    "off the kink": gradient_test(te.relu, away_from(0.0), strict=True, examples=20),
    "a stated slope at the kink": gradient_test(te.relu, half_zero, kinks=0.0, strict=True, examples=40),
    "any slope at the kink": gradient_test(np.abs, half_zero, kinks="interval", strict=True, examples=40),
    "one mode": gradient_test(by_hand(np.square, vjp=lambda g, x: 2 * g * x), arrays(2), modes=["reverse"]),
    "what is assumed": gradient_test(lambda x: np.log(x) if assume(x > 0.0) else x, arrays(()), examples=20),
    "settings": gradient_test(np.sin, arrays(()), examples=settings(max_examples=3)),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_passes(name):
    with np.errstate(all="ignore"):
        RIGHT[name]()


@pytest.mark.parametrize("f", [np.sin, te.sigmoid, lambda x: x**3], ids=["sin", "sigmoid", "cube"])
def test_several_functions_are_one_parametrised_test(f):
    gradient_test(f, arrays(), examples=10)()


test_a_test_is_found_by_its_name = gradient_test(np.cos, x=arrays())


class TestInAClass:
    test_it_is_a_method_that_needs_no_instance = gradient_test(np.cos, x=arrays())

    @gradient_test(np.cos, arrays())
    def test_a_body_has_its_instance(self, report):
        assert isinstance(self, TestInAClass)
        assert isinstance(report, Report)


# ---- what is wrong -----------------------------------------------------------------------------------------


def test_a_failure_shrinks_to_the_simplest_point_and_the_unit_vectors_of_the_wrong_entry():
    words = failure(gradient_test(wrong_at_the_end, arrays(3), seed=0))
    assert "x = np.array([0.0, 0.0, 1.0])" in words
    assert "tangents=(np.array([0.0, 0.0, 1.0]),)" in words
    words = failure(gradient_test(square, arrays((2, 2)), seed=0))
    point, cotangent, tangent = (eval(f"np.{text}") for text in re.findall(r"np\.(array\(.*?\))", words))
    assert np.sum(np.abs(point)) == np.sum(np.abs(tangent)) == np.sum(np.abs(cotangent)) == 1.0
    assert np.array_equal(point != 0.0, tangent != 0.0)
    assert np.array_equal(point != 0.0, cotangent != 0.0)


def test_a_failure_is_told_by_the_whole_jacobian_with_a_diagnosis():
    words = failure(gradient_test(square, arrays(1), seed=0))
    assert words.startswith("square: fail\nfirst derivative, reverse mode: fail, 1 entry (1 wrong")
    assert "∂square[0]/∂x[0]: claimed 1, measured 2" in words
    assert "0.5 times" in words
    assert "To reproduce it:\n\nimport" in words


@pytest.mark.parametrize("order", [1, 2])
def test_a_wrong_second_derivative_needs_order_2(order):
    subject = by_hand(
        lambda x: x**3,
        vjp=lambda g, x: 3 * g * x**2,
        vjp_of_vjp=lambda v, g, x: 3 * v * g * x,
        name="cube",
    )
    test = gradient_test(subject, arrays(2), order=order, seed=0)
    if order == 1:
        test()
    else:
        assert "second derivative, reverse mode: fail" in failure(test)


WRONG = {
    "the square of the cotangent": by_hand(np.sin, vjp=lambda g, x: g * abs(g) * np.cos(x)),
    "a cotangent that is clipped": by_hand(np.sin, vjp=lambda g, x: np.clip(g, -0.5, 0.5) * np.cos(x)),
    "another shape": by_hand(np.sin, vjp=lambda g, x: (g * np.cos(x)).reshape(1, -1)),
    "another dtype": by_hand(np.sin, vjp=lambda g, x: (g * np.cos(x)).astype(np.float32)),
    "an argument that is changed": by_hand(np.sin, vjp=lambda g, x: np.multiply(x, 2.0, out=x) * 0 + g * np.cos(x / 2)),
    "two modes that differ at a kink": by_hand(
        abs, vjp=lambda g, x: g * np.where(x > 0, 1.0, -1.0), jvp=lambda t, x: t * np.where(x < 0, -1.0, 1.0)
    ),
    "one small entry beside a large one": by_hand(
        lambda x: np.array([1e6, 1e-3]) * x, vjp=lambda g, x: g * np.array([1e6, -1e-3])
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_faults_that_are_no_wrong_number_at_every_point_are_found(name):
    assert "fail" in failure(gradient_test(WRONG[name], half_zero, examples=80, seed=0)).splitlines()[0]


def test_a_rule_that_depends_on_chance_is_said_to():
    calls = count()
    fickle = by_hand(np.sin, vjp=lambda g, x: g * np.cos(x) * (1.0 if next(calls) % 5 else 2.0))
    words = failure(gradient_test(fickle, arrays(2), examples=50, seed=0))
    assert "depends on chance, or on what was computed before" in words


# ---- what cannot be told -----------------------------------------------------------------------------------


def test_if_nothing_can_be_decided_the_test_fails():
    words = failure(gradient_test(te.relu, st.just(0.0), examples=10, seed=0))
    assert words.startswith("nothing could be decided: ")
    assert "a kink: the slopes on its sides are " in words
    assert "print(check_gradients(relu, " in words


def test_an_inconclusive_example_fails_if_the_test_is_strict():
    gradient_test(te.relu, half_zero, examples=40, seed=0)()
    assert "a kink" in failure(gradient_test(te.relu, half_zero, examples=40, seed=0, strict=True))


# ---- what is raised ----------------------------------------------------------------------------------------


def too_large(x):
    if np.sum(x * x) > 0.0:
        raise ZeroDivisionError("x is too large")
    return x * x


def test_what_a_function_raises_passes_through_with_how_to_reproduce_it():
    with pytest.raises(ZeroDivisionError, match="x is too large") as caught:
        gradient_test(too_large, arrays(1), seed=0)()
    (note,) = caught.value.__notes__
    assert "x = np.array([1.0])\nprint(check_gradients(too_large, x))" in note
    assert caught.traceback[-1].name == "too_large"


def test_what_hypothesis_refuses_has_no_note():
    with pytest.raises(HypothesisException) as caught:
        gradient_test(np.sin, arrays(2).filter(lambda x: False))()
    assert not getattr(caught.value, "__notes__", ())


# ---- bodies ------------------------------------------------------------------------------------------------


def test_a_body_sees_the_report_of_each_example():
    seen = []

    @gradient_test(np.sin, arrays(2), examples=12)
    def test(report):
        """What it says."""
        seen.append(report)

    test()
    assert len(seen) == 12
    assert all(isinstance(report, Report) and report.verdict == "pass" for report in seen)
    assert (test.__name__, test.__doc__, test.__module__) == ("test", "What it says.", __name__)


def test_a_body_may_do_without_the_report():
    @gradient_test(np.sin, arrays(2), examples=3)
    def test():
        raise RuntimeError("from the body")

    with pytest.raises(RuntimeError, match="from the body"):
        test()


@pytest.mark.parametrize("power", [2, 3])
@gradient_test(np.sin, arrays(2), examples=3)
def test_a_body_may_have_fixtures_and_parameters(report, power, tmp_path):
    assert report.verdict == "pass"
    assert power in (2, 3)
    assert tmp_path.is_dir()


def test_pytest_sees_a_function_without_arguments_at_the_place_where_it_was_made():
    test = gradient_test(np.sin, x=arrays())
    assert inspect.isfunction(test)
    assert not inspect.signature(test).parameters
    line = inspect.currentframe().f_lineno - 3
    assert (test.place_as.__code__.co_filename, test.place_as.__code__.co_firstlineno) == (__file__, line)


# ---- draws -------------------------------------------------------------------------------------------------


def drawn(seed, examples=15):
    """The arguments that one run draws."""
    seen = []
    gradient_test(
        lambda x, y: x * y, x=arrays().map(lambda x: seen.append(x) or x), y=arrays(()), seed=seed, examples=examples
    )()
    return seen


def test_the_same_seed_draws_the_same():
    assert str(drawn(1)) == str(drawn(1))
    assert str(drawn(1)) != str(drawn(2))


@pytest.mark.parametrize("examples", [1, 15, 40, settings(max_examples=15)])
def test_as_many_are_looked_at_as_was_said(examples):
    seen = []

    @gradient_test(np.sin, arrays(), examples=examples)
    def test(report):
        seen.append(report)

    test()
    assert len(seen) == (examples if isinstance(examples, int) else 15)


# ---- mistakes ----------------------------------------------------------------------------------------------


def with_order(x, order):
    return x**order


def test_an_argument_with_the_name_of_an_option_is_given_by_position():
    with pytest.raises(TypeError, match="order= is an option of gradient_test: give strategies by position"):
        gradient_test(with_order, x=arrays(), order=st.integers(1, 3))
    gradient_test(with_order, arrays(), st.integers(1, 3), examples=10, order=2)()


@pytest.mark.parametrize(
    ("given", "options", "error", "message"),
    [
        ((), {}, TypeError, "no strategy to draw an argument of with_order from"),
        ((), {"z": arrays()}, TypeError, "no parameter 'z' that is still to be given, only x, order"),
        ((arrays(),), {"x": arrays()}, TypeError, "no parameter 'x' that is still to be given, only order"),
        ((1.0,), {}, TypeError, "argument 0=1.0 is no strategy of Hypothesis; of one value that is st.just"),
        ((), {"x": arrays}, TypeError, "is no strategy of Hypothesis; call it"),
        ((arrays(),), {"arguments": st.tuples()}, TypeError, "draws all arguments"),
        ((arrays(),), {"order": 0}, ValueError, "order=0"),
        ((arrays(),), {"examples": 0}, ValueError, "examples=0"),
        ((arrays(),), {"seed": -1}, ValueError, "seed=-1"),
        ((arrays(),), {"modes": ["sideways"]}, ValueError, "modes="),
        ((arrays(),), {"kinks": "ignore"}, ValueError, "kinks='ignore'"),
    ],
)
def test_mistakes_are_told_where_the_test_is_made(given, options, error, message):
    with pytest.raises(error, match=message):
        gradient_test(with_order, *given, **options)


def test_an_argument_without_strategy_before_others_is_missed():
    with pytest.raises(TypeError, match="no strategy for x, which stands before others"):
        gradient_test(lambda x, y: x, y=arrays())
    with pytest.raises(TypeError, match="a function or a Subject is needed, not a int"):
        gradient_test(3, arrays())


def test_names_of_a_function_that_does_not_tell_its_own_are_taken_in_order():
    anonymous = Subject("product", lambda args: args[0] * args[1], vjp=lambda args, us: [us[0] * args[1]] * 2)
    words = failure(gradient_test(anonymous, b=positive(()), a=positive(()), seed=0))
    assert "b = 1.0\na = " in words
