"""Each pass alone keeps every result to the last bit, and does what it says."""

import numpy as np
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from laws import FEW
from laws.registry import calls_of, rows
from laws.replaying import all_renewed, interpreted, kind_of_error, outcome, passes_keep_results, program_of, steps

import tinygrad_edu as te
from tinygrad_edu import Value
from tinygrad_edu.compiler import passes
from tinygrad_edu.compiler.passes import PASSES, optimised
from tinygrad_edu.ops.checking import ensured
from tinygrad_edu.testing.program import programs

X, Z = np.array([1.5, -0.0, -2.5]), np.array([1.5 - 0.0j, complex(-0.0, 2.0), complex(np.inf, 1.0)])

EACH = pytest.mark.parametrize("one", list(dict.fromkeys(one for _, one in PASSES)), ids=lambda one: one.__name__)
MORE = settings(max_examples=6 * settings().max_examples)


def after(one, f, *data):
    """The names of the rows that are left of `f` after one pass, and that are used; its results must be the same."""
    with np.errstate(all="ignore"):
        program, before = program_of(f, *data), program_of(f, *data)
    left = one(program)
    assert interpreted(left, data) == interpreted(before, data)
    return steps(passes.without_dead_code(left))


# ---- results are kept ------------------------------------------------------------------------------------


@EACH
@FEW
@given(programs(kinks=True), st.data())
def test_a_pass_keeps_the_results_of_a_program_and_its_gradient(one, program, data):
    note(program)
    args = tuple(program.inputs.values())
    f = te.value_and_grad(program, tuple(range(len(args))))
    passes_keep_results(f, args, data.draw(all_renewed(args)), passes=[("one", one)])


ROWS = [op for op in rows() if op.name not in {"draw", "roots", "sqrtm", "expm"}]


@MORE
@given(st.sampled_from(ROWS), st.data())
def test_all_passes_keep_the_results_of_rows_that_are_repeated_and_undone(op, data):
    """Together they drop, merge and fold more than one alone."""
    call = data.draw(calls_of(op))

    def f(*xs):
        first, second = call.function(*xs), call.function(*xs)
        if op.constant or isinstance(first._data, tuple):
            return first, second
        return first * 1.0 - 0.0, np.negative(-second), te.vjp(call.function, *xs)[1](first * 0.0 + 1.0)

    with np.errstate(all="ignore"):
        passes_keep_results(f, call.inputs, data.draw(all_renewed(call.inputs)), passes=PASSES)


@FEW
@given(programs(kinks=True))
def test_all_passes_leave_a_program_that_they_cannot_make_shorter(program):
    args = tuple(program.inputs.values())
    once = optimised(program_of(te.grad(program), *args))
    names = steps(once)
    assert steps(optimised(once)) == names


# ---- dead code -------------------------------------------------------------------------------------------


def test_dead_code_is_dropped():
    def f(x):
        np.exp(x)
        y = np.sin(x)
        np.cos(y)
        return y

    assert after(passes.without_dead_code, f, X) == ["sin"]


def test_results_of_a_forward_pass_that_no_gradient_needs_are_never_recorded():
    f = te.grad(lambda x: np.sum(np.sin(x)))
    assert after(passes.without_dead_code, f, X) == ["identity", "sin", "fit", "cos", "multiply"]


# ---- repetitions -----------------------------------------------------------------------------------------


def test_repetitions_are_done_once():
    def f(x):
        return np.exp(np.sin(x)) + np.exp(np.sin(x))

    assert after(passes.without_repetition, f, X) == ["sin", "exp", "add"]


def test_what_differs_in_settings_types_or_signs_is_no_repetition():
    def f(x):
        y = np.sum(x, axis=0) + np.sum(x, axis=1) + np.sum(x, axis=0)
        return y, x + 0.0, x + -0.0, x * 2, x * 2.0, x * True

    left = after(passes.without_repetition, f, np.arange(4.0).reshape(2, 2))
    assert left == ["sum", "sum", "add", "add", "add", "add", "multiply", "multiply", "multiply"]


# ---- constants -------------------------------------------------------------------------------------------


def test_what_depends_on_constants_alone_is_folded():
    def f(x):
        w = Value(np.array([1.0, 2.0, 3.0]))
        return x * np.sum(np.exp(w) * 2.0)

    assert after(passes.with_constants_folded, f, X) == ["multiply"]


def test_a_large_constant_is_not_folded():
    def f(x):
        return x + np.sum(np.sqrt(Value(np.full(passes.FOLDED_BYTES, 4.0))))

    assert after(passes.with_constants_folded, f, 1.0) == ["sqrt", "sum", "add"]


def test_a_constant_that_warns_is_not_folded():
    def f(x):
        return x + np.log(Value(np.zeros(3)))

    assert after(passes.with_constants_folded, f, X) == ["log", "add"]


def test_a_constant_that_repeats_one_number_becomes_that_number():
    f = te.grad(lambda x: np.sum(np.sin(x)) * 3.0)
    program = passes.with_numbers(passes.with_constants_folded(passes.with_templates(program_of(f, X))))
    (product,) = [s for s in program.instructions() if s.op.name == "multiply" and s.out.kind.is_array]
    assert [v.origin.data for v in product.inputs if v.constant] == [3.0]


# ---- steps that change nothing ---------------------------------------------------------------------------

NOTHING = {
    "times one": lambda x: x * 1.0,
    "one times": lambda x: 1.0 * x,
    "times an array of ones": lambda x: x * np.ones_like(X),
    "divided by one": lambda x: x / 1.0,
    "to the power of one": lambda x: x**1.0,
    "less zero": lambda x: x - 0.0,
    "plus negative zero": lambda x: x + -0.0,
    "minus minus": lambda x: np.negative(-x),
    "copy": np.copy,
    "reshape": lambda x: np.reshape(x, X.shape),
    "broadcast": lambda x: np.broadcast_to(x, X.shape),
    "dtype": lambda x: x.astype(float),
    "stop": te.stop_gradient,
    "plus sign": lambda x: +x,
}


@pytest.mark.parametrize("name", NOTHING)
def test_a_step_that_changes_nothing_is_dropped(name):
    assert after(passes.without_noops, NOTHING[name], X) == []


@pytest.mark.parametrize("f", [lambda x: x.T.T, lambda x: np.swapaxes(np.swapaxes(x, 0, 1), 0, 1)])
def test_a_transpose_of_a_transpose_is_dropped(f):
    assert after(passes.without_noops, f, np.arange(6.0).reshape(2, 3)) == []


SOMETHING = {
    "plus zero": (lambda x: x + 0.0, X),
    "zero plus": (lambda x: 0.0 + x, X),
    "less negative zero": (lambda x: x - -0.0, X),
    "zero less": (lambda x: 0.0 - x, X),
    "the sum of a number": (np.sum, -0.0),
    "the sum along no axis": (lambda x: np.sum(x, axis=()), X),
    "another dtype": (lambda x: x * np.ones(3), X.astype(np.float32)),
    "another shape": (lambda x: x * np.ones((2, 3)), X),
    "one over": (lambda x: 1.0 / x, X),
    "one to the power of": (lambda x: 1.0**x, X),
    "another type": (lambda x: x * 1.0, np.arange(3)),
    "ones and one more": (lambda x: x * np.array([1.0, 1.0, 2.0]), X),
    "a complex number times one": (lambda x: x * 1.0, Z),
    "a complex number over one": (lambda x: x / 1.0, Z),
    "a complex number plus negative zero": (lambda x: x + -0.0, Z),
    "another transpose": (lambda x: np.transpose(np.transpose(x, (1, 2, 0)), (1, 2, 0)), np.ones((2, 3, 4))),
    "another layout": (lambda x: np.copy(x), np.ones((2, 3)).T),
}


@pytest.mark.parametrize("name", SOMETHING)
def test_what_looks_as_if_it_changed_nothing_is_kept(name):
    f, x = SOMETHING[name]
    assert len(after(passes.without_noops, f, x)) >= 1


# ---- templates, and broadcasting undone ------------------------------------------------------------------


def test_an_input_that_lends_its_shape_is_not_kept_for_it():
    """`put` and `fit` look at the shape and the dtype of what they were given."""

    def f(x):
        return te.vjp(lambda y: np.sin(y)[1:], x)[1](x[1:])

    (put,) = [s for s in passes.with_templates(program_of(f, X)).instructions() if s.op.name == "put"]
    assert put.inputs[1].constant
    assert not any(put.inputs[1].origin.data.strides)
    assert "sin" in steps(passes.without_dead_code(program_of(f, X)))
    assert "sin" not in after(passes.with_templates, f, X)


def test_a_gradient_that_was_stretched_is_a_plain_sum():
    x, b = np.arange(6.0).reshape(2, 3), np.ones(3)
    f = te.grad(lambda x, b: np.sum(np.sin(x + b)), 1)
    before = steps(passes.without_dead_code(program_of(f, x, b)))
    left = after(passes.with_plain_sums, f, x, b)
    assert left == [*before[:-1], "sum"]
    assert before[-1] == "fit"


# ---- what happens beside computing -----------------------------------------------------------------------


def draws(x, rng):
    """Draws that nobody uses, that are alike, and that take constants."""
    a, b = te.random.normal(rng, size=3), te.random.normal(rng, size=3)
    te.random.normal(rng, size=3)
    c = te.random.uniform(rng, 0.0, np.ones(3))
    return x + a, b * 1.0, c * 1.0


@EACH
def test_draws_are_never_dropped_merged_folded_or_moved(one):
    rng = np.random.default_rng(0)
    program = program_of(lambda x: draws(x, rng), X)
    before = [s.params["method"] for s in program.instructions() if s.op.name == "draw"]
    assert len(before) == 4
    left = [s.params["method"] for s in one(program).instructions() if s.op.name == "draw"]
    assert left == before


def test_a_program_draws_on_where_the_function_would():
    rng, same = np.random.default_rng(0), np.random.default_rng(0)
    compiled = te.compile(lambda x: draws(x, rng))
    for _ in range(3):
        assert outcome(compiled, X) == outcome(draws, X, same)


def positive(x):
    """A check."""
    if not np.all(x > 0.0):
        raise ValueError("not positive")


@EACH
def test_checks_are_never_folded(one):
    def f(x):
        return ensured(positive, x) + ensured(positive, Value(1.0)) * 2.0

    program = one(program_of(f, 1.0))
    assert steps(program).count("checked") == 2


def test_a_check_that_nobody_uses_raises_for_other_numbers():
    def f(x):
        ensured(positive, x)
        return 2.0

    compiled = te.compile(f)
    assert compiled(1.0) == 2.0
    with pytest.raises(ValueError, match="not positive"):
        compiled(-1.0)


# ---- the counts ------------------------------------------------------------------------------------------


def test_the_steps_that_each_pass_left_are_counted():
    program = optimised(program_of(te.grad(lambda x: np.sum(np.sin(x) * 1.0)), X))
    names, counts = zip(*program.counts, strict=True)
    assert names == ("recorded", *(name for name, _ in PASSES))
    assert list(counts) == sorted(counts, reverse=True)
    assert counts[-1] == len(program.steps) < counts[0]


def test_a_very_long_program_is_only_freed_of_dead_code(monkeypatch):
    monkeypatch.setattr(passes, "LONG", 3)
    program = optimised(program_of(lambda x: np.sin(x * 1.0) + np.sin(x * 1.0), X))
    assert [name for name, _ in program.counts] == ["recorded", "dead code dropped"]
    assert steps(program) == ["multiply", "sin", "multiply", "sin", "add"]


# ---- a wrong pass is noticed -----------------------------------------------------------------------------


def drops_additions_of_zero(program):
    """Wrong: −0 + 0 is 0."""
    new = {}
    for step in program.instructions():
        if step.op.name == "add" and step.inputs[1].constant and step.inputs[1].origin.data == 0.0:
            new[step.out] = step.inputs[0]
    return program.with_steps([s for s in program.steps if s.out not in new], new)


def merges_whatever_has_the_same_inputs(program):
    """Wrong: settings count too."""
    first, new = {}, {}
    for step in program.instructions():
        new[step.out] = first.setdefault((step.op.name, step.inputs), step.out)
    new = {old: to for old, to in new.items() if old is not to}
    return program.with_steps([s for s in program.steps if s.out not in new], new)


def folds_arguments(program):
    """Wrong: what is given anew is no constant."""
    for step in program.instructions():
        step.inputs = tuple(v if v.origin is None else program.steps[0].inputs[0] for v in step.inputs)
    return program.with_steps(program.steps)


def reorders_products(program):
    """Wrong in floating point: (x · y) · z is not x · (y · z)."""
    makers = {s.out: s for s in program.instructions()}
    for step in program.instructions():
        inner = makers.get(step.inputs[0])
        if step.op.name == "multiply" and inner is not None and inner.op.name == "multiply":
            inner.inputs, step.inputs = (inner.inputs[1], step.inputs[1]), (inner.inputs[0], inner.out)
    return program.with_steps(program.steps)


@pytest.mark.parametrize(
    ("wrong", "f"),
    [
        (drops_additions_of_zero, lambda x, y: x + 0.0),
        (merges_whatever_has_the_same_inputs, lambda x, y: np.cumsum(x, axis=0) + np.cumsum(x, axis=1)),
        (folds_arguments, lambda x, y: x * y),
        (reorders_products, lambda x, y: x * y * 0.3),
    ],
)
def test_a_wrong_pass_is_caught(wrong, f):
    x = np.arange(9.0).reshape(3, 3) + 0.1
    with pytest.raises(AssertionError):
        passes_keep_results(f, (x, x + 1.0), (-0.0 * x, 0.7 * x), passes=[("wrong", wrong)])


def test_no_right_pass_is_accused():
    x = np.arange(9.0).reshape(3, 3) + 0.1
    program = passes_keep_results(lambda x, y: x * y * 0.3 + 0.0, (x, x + 1.0), (-0.0 * x, 0.7 * x), passes=PASSES)
    assert steps(program) == ["multiply", "multiply", "add"]


def test_errors_of_a_kind_are_alike():
    assert kind_of_error(ValueError("a")) == kind_of_error(ValueError("b")) != kind_of_error(TypeError("a"))
