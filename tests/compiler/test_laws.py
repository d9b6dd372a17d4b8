"""Every row of the table, every composite and random programs: a replay is the function itself, to the last bit."""

from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from laws import FEW
from laws.calls import rounded
from laws.registry import HIDES_DATA, WRITTEN, calls_of, rows
from laws.replaying import (
    all_renewed,
    bits,
    nothing_is_shared,
    on_values,
    outcome,
    pulled,
    pushed,
    replays_are_eager,
    steps,
)

import tinygrad_edu as te
import tinygrad_edu.ops.linalg
from tinygrad_edu import Value
from tinygrad_edu.compiler import blocks
from tinygrad_edu.compiler.compiled import Compiled
from tinygrad_edu.engine import Op
from tinygrad_edu.testing.program import programs, programs_with_directions
from tinygrad_edu.testing.strategies import directions_like
from tinygrad_edu.trees import leaves


def each(ops):
    """One test for each row, named after it."""
    return pytest.mark.parametrize("op", ops, ids=lambda op: op.name)


def replayed(data, f, args, eager=None, specials=True, **settings):
    """The law on drawn arguments and two further draws."""
    later = [data.draw(all_renewed(args, specials)) for _ in range(2)]
    return replays_are_eager(f, args, *later, eager=eager, **settings)


LAPACK = {op.name for op in vars(tinygrad_edu.ops.linalg).values() if isinstance(op, Op)}
"""Rows that get no infinities and nans: LAPACK may look for an answer to them for ever."""


# ---- rows ------------------------------------------------------------------------------------------------

KINDS = (np.float32, np.float64, np.complex64, np.complex128, np.int64, np.int8, np.bool_)
OF_ONE_DTYPE = {*HIDES_DATA, "draw"}

ROWS = [op for op in rows() if op.name not in {"draw", "roots", "sqrtm"}]
"""All but what draws, and what has the shape or the dtype that the numbers say: `np.roots` is among the composites."""


def in_another_dtype(x, kind):
    """An array in another dtype, without the imaginary part of complex numbers; a number as it is."""
    return (x if np.dtype(kind).kind == "c" else np.real(x)).astype(kind) if np.shape(x) else x


@each(ROWS)
@FEW
@given(data=st.data())
def test_a_row(op, data):
    """On floats; and on single precision, complex numbers, integers and booleans, where an error counts as a result."""
    call = data.draw(calls_of(op))
    eager = on_values(call.function)
    if op.name in OF_ONE_DTYPE or data.draw(st.booleans()):
        compiled = replayed(data, call.function, call.inputs, eager, op.name not in LAPACK)
        assert isinstance(compiled, Compiled), compiled
    else:
        inputs = [in_another_dtype(x, data.draw(st.sampled_from(KINDS))) for x in call.inputs]
        replayed(data, call.function, inputs, eager, op.name not in LAPACK)


@each([op for op in ROWS if not op.constant])
@FEW
@given(data=st.data())
def test_the_derivative_of_a_row(op, data):
    """Both ways; by itself on Values, where each row gives a Python float for one number, as in a program."""
    call = data.draw(calls_of(op))
    n = len(call.inputs)
    if data.draw(st.booleans()):
        u = data.draw(directions_like(call.oracle(*call.inputs)))
        f, args = pulled(call.function, n), (*call.inputs, u)
    else:
        f, args = pushed(call.function, n), (*call.inputs, *(data.draw(directions_like(x)) for x in call.inputs))
    compiled = replayed(data, f, args, on_values(f), op.name not in LAPACK)
    assert isinstance(compiled, Compiled), compiled


# ---- composites ------------------------------------------------------------------------------------------

DECIDES = {np.polydiv, np.poly, np.polymul, np.linalg.eigvals, np.real_if_close, np.roots}
"""What NumPy decides by the numbers, and a program checks: it raises where the answer would be another one."""

REFUSED = {np.piecewise, np.trim_zeros, np.nonzero, np.argwhere, np.flatnonzero, np.unique, np.extract}
REFUSED |= {np.unravel_index}
"""Results whose very shape depends on the numbers."""


def decides(call, eager):
    """`eager` where a program may refuse the decision: it is then not asked."""
    compiled = te.compile(call)

    def asked(*args):
        found = outcome(compiled, *args)
        if isinstance(found, ValueError) and "for those" in str(found):
            raise found
        return eager(*args)

    return asked


def name_of(f):
    """The name of a function of NumPy."""
    return getattr(f, "__name__", str(f))


@pytest.mark.parametrize("f", [f for f in WRITTEN if f not in REFUSED], ids=name_of)
@FEW
@given(data=st.data())
def test_a_composite(f, data):
    call = data.draw(WRITTEN[f])
    eager = on_values(call.function)
    compiled = replayed(data, call.function, call.inputs, decides(call.function, eager) if f in DECIDES else eager)
    assert isinstance(compiled, Compiled), compiled


@pytest.mark.parametrize("f", [f for f in WRITTEN if f not in REFUSED | DECIDES], ids=name_of)
@FEW
@given(data=st.data())
def test_the_gradient_of_a_composite(f, data):
    call = data.draw(WRITTEN[f])
    n = len(call.inputs)

    def squares(*xs):
        return sum(np.real(np.sum(y * y)) for y in leaves(call.function(*xs)))

    replayed(data, te.grad(squares, tuple(range(n))), call.inputs)


@pytest.mark.parametrize("f", sorted(REFUSED, key=name_of), ids=name_of)
@FEW
@given(data=st.data())
def test_what_decides_by_its_numbers_is_refused(f, data):
    call = data.draw(WRITTEN[f])
    found = outcome(te.compile(call.function), *call.inputs)
    if isinstance(found, Exception):
        assert isinstance(found, TypeError)
        assert "inside a compiled function would be frozen" in str(found)
    else:
        replayed(data, call.function, call.inputs, on_values(call.function))


# ---- random programs -------------------------------------------------------------------------------------


@given(programs(kinks=True), st.data())
def test_a_program(program, data):
    note(program)
    compiled = replayed(data, program, tuple(program.inputs.values()), on_values(program))
    assert isinstance(compiled, Compiled), compiled


@given(programs_with_directions(kinks=True), st.data())
def test_the_derivatives_of_a_program(drawn, data):
    program, ts = drawn
    note(program)
    inputs = tuple(program.inputs.values())
    replayed(data, te.value_and_grad(program, tuple(range(len(inputs)))), inputs)
    replayed(data, pushed(program, len(inputs)), (*inputs, *ts))


@FEW
@given(programs(kinks=True), st.lists(st.sampled_from([np.float16, np.float32, np.complex64]), min_size=3), st.data())
def test_a_program_in_other_precisions(program, dtypes, data):
    note(program)
    inputs = tuple(rounded(x, d) for x, d in zip(program.inputs.values(), dtypes, strict=False))
    replayed(data, program, inputs, on_values(program))


SIDES = st.integers(1, 40)


@FEW
@given(SIDES, SIDES, SIDES, st.integers(0, 1000))
def test_larger_arrays_are_added_in_the_same_order(l, m, n, seed):
    """Sums of many numbers round as the layout of the summands has it: rows, columns, and slices of both."""
    rng = np.random.default_rng(seed)

    def f(x, w, b):
        h = np.tanh(x @ w + b)
        return np.sum(h.T * 1.1 + 0.1 * h.T), np.sum(np.exp(h.T), axis=0), np.mean(np.swapaxes(h, 0, 1) ** 2 - h.T)

    def g(x, w, b):
        return te.grad(lambda x, w, b: sum(map(np.sum, f(x, w, b))), (0, 1, 2))(x, w, b)

    def drawn():
        return rng.normal(size=(l, m)), np.asfortranarray(rng.normal(size=(m, 2 * n)))[:, ::2], rng.normal(size=n)

    for law in (f, g):
        replays_are_eager(law, drawn(), drawn(), drawn())


@contextmanager
def in_small_blocks():
    """All elementwise steps are done in blocks of few elements, whatever their size."""
    with pytest.MonkeyPatch.context() as patch:
        for name, number in {"LARGE": 1, "LEAST": 1, "BLOCK": 24}.items():
            patch.setattr(blocks, name, number)
        yield


@given(programs(max_lines=8, kinks=True), st.sampled_from([1, 3]), st.data())
@in_small_blocks()
def test_a_program_in_blocks(program, threads, data):
    note(program)
    args = tuple(program.inputs.values())
    replayed(data, program, args, on_values(program), threads=threads)
    replayed(data, te.value_and_grad(program, tuple(range(len(args)))), args, threads=threads)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("layout", ["rows", "columns", "a slice", "float32", "complex"])
def test_large_arrays_are_done_in_blocks(layout, threads):
    rng = np.random.default_rng(0)

    def f(x, y, row, column, number):
        h = np.exp(-np.abs(x * y + row)) * column
        k = np.where(np.abs(h) > 0.2, h * h, h * 0.5) * number
        return k, np.sum(k, axis=0), np.sum(np.abs(h.T * 0.1 + 0.3)), h[::-1] + k

    def drawn():
        x, y = rng.normal(size=(2, 600, 607))
        x = {
            "rows": lambda: x,
            "columns": lambda: np.asfortranarray(x),
            "a slice": lambda: np.repeat(x, 2, 1)[:, ::2],
            "float32": lambda: x.astype(np.float32),
            "complex": lambda: x + 1j * y,
        }[layout]()
        return x, y, rng.normal(size=607), rng.normal(size=(600, 1)), 0.7

    slope = te.grad(lambda *args: np.sum(np.abs(f(*args)[0])) + f(*args)[2], (0, 1, 2, 3, 4))
    for g in (f, slope):
        compiled = replays_are_eager(g, drawn(), drawn(), threads=threads)
        assert compiled.program.layout.within, "nothing is done in blocks"


# ---- memory ----------------------------------------------------------------------------------------------


def test_a_view_for_later_of_what_a_program_computes():
    """A reshape is a view or a copy as the layout has it, and so it is in a replay."""

    def f(x, y):
        t = x.T * y.T
        flat = np.ravel(t)
        other = x.T + y.T
        return flat, np.ravel(other) * 2.0, t[0], other

    draws = [tuple(np.random.default_rng(seed).normal(size=(2, 3, 4))) for seed in range(3)]
    replays_are_eager(f, *draws)


def test_results_share_nothing_with_parameters_and_constants():
    w, c = Value(np.arange(6.0).reshape(2, 3)), np.ones((2, 3))
    f = te.compile(lambda x: [w, w.T, w.ravel(), w[0], c, c * 1.0, x, x[0], x, x.T])
    x = np.ones((2, 3))
    for _ in range(3):
        found = f(x)
        assert found[0] is w
        nothing_is_shared(found[1:], [w, c, x])


def test_a_parameter_may_be_laid_out_anew():
    """What was a copy of a parameter when the function was traced could become a view of it."""
    w = Value(np.arange(6.0).reshape(2, 3))
    f = te.compile(lambda: np.ravel(w.T))
    f()
    w.data = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    found = f()
    nothing_is_shared([found], [w])
    assert bits(found.data) == bits(np.ravel(w.data.T))
    assert f.reasons[-1] == "a Value lay in memory otherwise"


def test_what_passes_on_its_input_for_some_numbers_only():
    """Traced where it made an array of its own, it looks into a buffer later, which must not be used meanwhile."""

    @te.op(lambda g, out, x: g)
    def bounded(x):
        return x if np.all(x < 10.0) else np.minimum(x, 10.0)

    def f(x):
        y = bounded(np.exp(x))
        z = np.sin(x) * np.cos(x) + np.tanh(x)
        return y, np.sum(y * z), bounded(x)

    def masked(x):
        t = np.tanh(x)
        return np.sum(np.tanh(t)) + np.sum(np.tanh(x)) + np.sum(np.maximum(t, x * x))

    far, near = np.array([np.inf, 3.0, 0.5]), np.array([-1.1, 0.3, 0.7])
    for g, first in ((f, far[1:]), (te.grad(masked), far)):
        replays_are_eager(g, (first,), (near[: first.size],), (near[: first.size] * 0.5,))


def test_what_an_operation_of_ones_own_returns_may_be_its_own():
    table = np.arange(3.0)
    look_up = te.op(None, name="look_up")(lambda x: table)
    f = te.compile(lambda x: look_up(x))
    for _ in range(2):
        found = f(0.5)
        nothing_is_shared([found], [table])


def test_an_array_that_is_changed_while_it_is_used():
    def f(x):
        mask, total = np.zeros(3), x * 0.0
        for i in range(3):
            mask[i] = 1.0
            total = total + x * mask
        return total

    with pytest.raises(TypeError, match=r"changed an array in place after it was used.*x \* mask"):
        te.compile(f)(np.ones(3))


def test_an_array_that_is_filled_before_it_is_used():
    def f(x):
        weights = np.empty(3)
        for i in range(3):
            weights[i] = i + 0.5
        return x @ weights

    replays_are_eager(f, (np.ones(3),), (np.arange(3.0),))


# ---- results ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: x + y,
        lambda x, y: [x, {"a": y, "b": (x * y, 2.0)}],
        lambda x, y: (x > y, np.equal(x, y), np.floor(x), np.sum(x) > 0.0),
        lambda x, y: (np.argmax(x), np.sum(x), 3, "text", None),
        lambda x, y: None,
        lambda x, y: (),
        lambda x, y: [np.shape(x), np.ndim(y)],
        lambda x, y: (x, x, x),
        lambda x, y: 1.0,
        lambda x, y: np.arange(3.0),
    ],
)
@pytest.mark.parametrize("values", [(), (0,), (0, 1)])
def test_results_have_the_types_that_the_function_gives(f, values):
    """A Value where a Value took part, else an array or a number; in the same containers."""

    def given(seed):
        data = np.random.default_rng(seed).normal(size=(2, 3))
        return [Value(x) if i in values else x for i, x in enumerate(data)]

    compiled = te.compile(f)
    for seed in range(3):
        found, expected = compiled(*given(seed)), f(*given(seed))
        assert outcome(lambda found=found: found) == outcome(lambda expected=expected: expected)
        assert type(found) is type(expected)
        if isinstance(found, list):
            assert list(map(type, leaves(found))) == list(map(type, leaves(expected)))


# ---- warnings --------------------------------------------------------------------------------------------


def test_a_forward_instruction_warns_as_it_does_by_itself():
    f = te.compile(lambda x: np.log(x) + np.exp(x))
    f(np.ones(3))
    with pytest.warns(RuntimeWarning, match="divide by zero encountered in log"):
        f(np.zeros(3))
    with pytest.warns(RuntimeWarning, match="overflow encountered in exp"):
        f(np.full(3, 1000.0))
    with np.errstate(all="raise"), pytest.raises(FloatingPointError, match="divide by zero"):
        f(np.zeros(3))


def test_a_constant_that_warns_does_so_in_each_call():
    f = te.compile(lambda x: x + np.log(Value(np.zeros(3))))
    for _ in range(3):
        with pytest.warns(RuntimeWarning, match="divide by zero"):
            f(np.ones(3))


def test_a_backward_pass_does_not_warn():
    slope = te.compile(te.grad(lambda x: np.sum(np.sqrt(x))))
    assert slope(np.ones(2)).tolist() == [0.5, 0.5]
    assert slope(np.zeros(2)).tolist() == [np.inf, np.inf]


# ---- operations that are taken apart ---------------------------------------------------------------------


@given(st.integers(1, 9), st.integers(2, 5), st.sampled_from([np.float16, np.float32, np.float64]), st.integers(0, 99))
def test_the_loss_of_any_batch(n, classes, dtype, seed):
    """Cross-entropy shares its parts with its gradient, and rounds as it does by itself in every precision."""
    rng = np.random.default_rng(seed)

    def drawn():
        return rng.normal(size=(n, classes)).astype(dtype), rng.integers(0, classes, n)

    compiled = replays_are_eager(te.value_and_grad(te.nn.cross_entropy), drawn(), drawn(), drawn())
    assert "cross_entropy" not in steps(compiled.program.program)


def test_a_number_on_the_way_keeps_an_operation_whole():
    @te.op(lambda g, out, x: g * np.ones(len(x), x.dtype) / 3, composite=True)
    def third(x):
        return np.sum(x) / 3

    rng = np.random.default_rng(0)
    draws = [(rng.normal(size=5).astype(np.float32),) for _ in range(20)]
    compiled = replays_are_eager(lambda x: third(x), *draws, eager=on_values(third))
    assert steps(compiled.program.program) == ["third"]


def test_a_product_of_single_elements_keeps_the_sign_of_zero():
    """np.dot multiplies them, and np.matmul adds their product to 0."""
    replays_are_eager(lambda a: a @ a * 1.0, (np.ones((1, 1)),), (np.array([[-0.0]]),))
    replays_are_eager(te.grad(lambda a: np.sum(a @ a)), (np.ones((1, 1)),), (np.array([[-0.0]]),))
