"""Buffers: used again, and never while somebody still needs what is in them."""

import threading

import numpy as np
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from laws.replaying import all_renewed, bits, nothing_is_shared, on_values, outcome, program_of, replays_are_eager

import tinygrad_edu as te
from tinygrad_edu import Value, nn, optim
from tinygrad_edu.compiler import buffers
from tinygrad_edu.compiler.buffers import layout_of
from tinygrad_edu.compiler.passes import optimised
from tinygrad_edu.compiler.program import Instruction, Kind, empty, kind_of, order_of
from tinygrad_edu.testing.program import programs

X, Y = np.arange(12.0).reshape(3, 4) + 0.5, np.cos(np.arange(12.0)).reshape(3, 4)
MORE = settings(max_examples=4 * settings().max_examples)


def planned(f, *data):
    """The program of `f` after all passes, and where its results are written."""
    program = optimised(program_of(f, *data))
    return program, layout_of(program)


def nothing_is_overwritten(program, layout):
    """Step by step: what a step reads, or what it is a view of, is still in its buffer."""
    holds, roots = {}, {}

    def intact(v):
        return all(holds[layout.placed[r]] is r for r in roots.get(v, {v}) if r in layout.placed)

    for step in program.steps:
        assert all(intact(x) for x in step.inputs if x is not None), "an input was overwritten"
        if isinstance(step, Instruction):
            roots[step.out] = set().union(*(roots.get(x, {x}) for x in step.shares)) or {step.out}
            if step.out in layout.placed:
                holds[layout.placed[step.out]] = step.out
    assert all(intact(v) for v in program.wanted()), "a result was overwritten"
    assert not any(v in layout.placed for v in program.wanted()), "a result is in a buffer"


# ---- laws ------------------------------------------------------------------------------------------------


@MORE
@given(programs(max_lines=10, kinks=True))
def test_nothing_is_overwritten_that_is_still_needed(program):
    note(program)
    args = tuple(program.inputs.values())
    nothing_is_overwritten(*planned(program, *args))
    nothing_is_overwritten(*planned(te.value_and_grad(program, tuple(range(len(args)))), *args))


@MORE
@given(programs(max_lines=10, kinks=True), st.data())
def test_calls_in_between_change_nothing(program, data):
    """Two programs in turn, and one on its own results; every result is kept and compared at the end."""
    note(program)
    args = tuple(program.inputs.values())
    slope = te.grad(program, tuple(range(len(args))))
    first, second = te.compile(program), te.compile(slope)
    kept = []
    for _ in range(3):
        new = data.draw(all_renewed(args))
        with np.errstate(all="ignore"):
            slopes = second(*new)
            kept.append(((first(*new), slopes, first(*slopes)), new))
    for (value, slopes, again), new in kept:
        assert outcome(lambda found=slopes: found) == outcome(slope, *new)
        assert outcome(lambda found=value: found) == outcome(on_values(program), *new)
        assert outcome(lambda found=again: found) == outcome(on_values(program), *slopes)


# ---- reuse -----------------------------------------------------------------------------------------------


def test_a_chain_needs_one_buffer():
    def f(x):
        for _ in range(10):
            x = np.tanh(x * 1.5)
        return x

    program, layout = planned(f, X)
    assert len(program.steps) == 20
    assert layout.bytes == X.nbytes
    assert len(layout.placed) == 19  # the result is not in a buffer


def test_buffers_are_fewer_than_results_and_explain_says_how_many():
    f = te.compile(te.grad(lambda x: np.sum(np.tanh(np.tanh(x) * x) * np.exp(x))))
    f(X)
    layout = f.program.layout
    steps = [s for s in f.program.program.instructions() if s.out.kind.is_array]
    assert 0 < layout.bytes < sum(s.out.kind.bytes for s in steps)
    text = f.program.explain()
    assert f"{len(layout.placed)} results in {len(layout.buffers)} buffers of {layout.bytes} bytes in all" in text
    assert f"all results in memory of their own would take {sum(s.out.kind.bytes for s in steps):,} bytes" in text


def test_only_what_nobody_reads_later_is_written_over():
    def f(x):
        y = np.sin(x)
        z = np.exp(y)  # y is read below
        return np.sum(y * z)

    program, layout = planned(f, X)
    y, z, product = (s.out for s in program.steps[:3])
    assert layout.placed[y] != layout.placed[z]
    assert layout.placed[product] in (layout.placed[y], layout.placed[z])


def test_an_operation_that_is_not_elementwise_never_writes_over_its_input():
    program, layout = planned(lambda x: np.sum((np.sin(x) @ np.cos(x)) @ np.sin(x)), np.eye(4))
    nothing_is_overwritten(program, layout)
    for step in program.instructions():
        if step.op.name == "matmul":
            assert all(layout.placed[step.out] != layout.placed[x] for x in step.inputs)


def test_arguments_and_constants_are_never_written_over():
    c = np.ones((3, 4))
    f = te.compile(lambda x: np.sum(np.exp(x * c + x)))
    x = X / 10.0
    before = bits(x), bits(c)
    for _ in range(3):
        f(x)
    assert (bits(x), bits(c)) == before


def test_a_view_keeps_alive_what_it_looks_into():
    def f(x):
        y = np.exp(x)
        view = y.T[1:]
        other = np.sin(x) * np.cos(x) + np.tanh(x)  # would take the buffer of y
        return np.sum(view) + np.sum(other), view

    program, layout = planned(f, X / 10.0)
    nothing_is_overwritten(program, layout)
    replays_are_eager(f, (X / 10.0,), (Y,), (-X,))


def test_different_kinds_have_different_buffers():
    """A shape, a dtype and a layout each."""

    def f(x):
        return np.sum(np.exp(x)) + np.sum(np.exp(x.T)) + np.sum(np.exp(x.astype(np.float32))) + np.sum(np.exp(x[:2]))

    _, layout = planned(f, X / 10.0)
    assert len(set(layout.buffers)) == len(layout.buffers) == 4
    for kind, array in zip(layout.buffers, layout.allocate(), strict=True):
        assert kind_of(array) == kind


@given(st.permutations(range(4)), st.tuples(*[st.integers(1, 3)] * 4))
def test_a_layout_in_memory_is_read_and_made(order, shape):
    array = np.zeros([shape[i] for i in order]).transpose(np.argsort(order))
    kind = kind_of(array)
    made = empty(kind)
    assert made.shape == array.shape
    assert order_of(made) == order_of(array) == kind.order
    long = [i for i, n in enumerate(shape) if n > 1]
    assert [made.strides[i] for i in long] == [array.strides[i] for i in long]


def test_the_layout_of_an_array_says_nothing_of_axes_of_length_one():
    assert order_of(np.zeros((3, 1, 4))) == order_of(np.zeros((1, 3)).T) == order_of(np.zeros(3)) == ()
    assert order_of(np.zeros((3, 4)).T) == (1, 0)
    assert kind_of(np.zeros((3, 4)).T) != kind_of(np.zeros((4, 3)))
    assert kind_of(np.zeros((3, 4))) == Kind(np.ndarray, np.dtype(float), (3, 4))


# ---- gradients that are delivered ------------------------------------------------------------------------


def trained(compile, steps=4):
    """A network after some steps, with the losses on the way and the gradients of the last."""
    net = nn.MLP([3, 5, 2], "tanh", rng=0)
    optimiser = optim.Adam(net.parameters(), lr=0.05)

    def step(x, y):
        loss = np.mean((net(x) - y) ** 2)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return loss

    step, losses, seen = compile(step), [], []
    for k in range(steps):
        rng = np.random.default_rng(k)
        losses.append(step(*(rng.normal(size=(4, n)).astype(np.float32) for n in (3, 2))).data)
        seen.append([p.grad for p in net.parameters()])
    return net, losses, seen, step


def test_gradients_are_written_where_the_optimiser_wants_them_and_read_as_they_were():
    """A gradient that somebody has taken is not changed by the next step."""
    net, losses, seen, step = trained(te.compile)
    other, expected, as_expected, _ = trained(lambda f: f)
    assert list(map(bits, losses)) == list(map(bits, expected))
    assert [[bits(g) for g in gs] for gs in seen] == [[bits(g) for g in gs] for gs in as_expected]
    assert [bits(p.data) for p in net.parameters()] == [bits(p.data) for p in other.parameters()]
    assert len(step.program.layout.delivered) == len(net.parameters())
    assert "4 gradients written straight to the optimiser" in step.program.explain()
    nothing_is_shared([g for gs in seen for g in gs], [p.data for p in net.parameters()])


def test_a_gradient_that_is_returned_too_is_not_delivered():
    w = Value(np.ones(3))
    optimiser = optim.SGD([w], lr=0.1)

    def step(x):
        loss = np.sum((w * x) ** 2)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return w.grad

    compiled = te.compile(step)
    kept = [compiled(np.full(3, 1.0 + k)) for k in range(3)]
    assert not compiled.program.layout.delivered
    nothing_is_shared([*kept, w.grad, w.data])
    assert kept[0].tolist() == [2.0] * 3


# ---- threads ---------------------------------------------------------------------------------------------


def in_threads(work, n=8):
    """`work(i)` in each of `n` threads, which start together; the first error is raised."""
    barrier, errors = threading.Barrier(n), []

    def run(i):
        try:
            barrier.wait()
            work(i)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


ROUNDS = 60


def test_threads_that_replay_one_program_have_results_of_their_own():
    def f(x, y):
        h = np.tanh(x @ y.T)
        return np.sum(h * np.exp(-h), axis=0), te.grad(lambda x: np.sum(np.tanh(x @ y.T) ** 2))(x)

    compiled = te.compile(f)
    draws = [np.random.default_rng(i).normal(size=(2, 20, 30)) for i in range(8)]
    compiled(*draws[0])
    expected = [outcome(f, *draw) for draw in draws]
    found = [[] for _ in draws]

    def work(i):
        for _ in range(ROUNDS):
            found[i].append(compiled(*draws[i]))

    in_threads(work)
    assert len(compiled.programs) == 1
    for results, right in zip(found, expected, strict=True):
        assert all(outcome(lambda result=result: result) == right for result in results)


def test_threads_may_make_programs_at_once():
    compiled = te.compile(lambda x: np.tanh(x) * 2.0)

    def work(i):
        for k in range(5):
            x = np.full(1 + (i + k) % 4, 0.1 * i)
            assert outcome(compiled, x) == outcome(compiled.f, x)

    in_threads(work)
    assert len({replay.program.arguments[0].kind for replay in compiled.programs}) == 4


def test_a_program_that_updates_weights_runs_one_call_at_a_time():
    """The sum of all steps is the same in any order: no step is lost."""
    w = Value(np.zeros(50))
    optimiser = optim.SGD([w], lr=1.0)

    def step(x):
        loss = np.sum(w * x)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return loss

    compiled = te.compile(step)
    compiled(np.ones(50))
    in_threads(lambda i: [compiled(np.ones(50)) for _ in range(ROUNDS)])
    assert w.data.tolist() == [-(1.0 + 8 * ROUNDS)] * 50


def test_a_call_within_a_call_of_the_same_program():
    """An operation of one's own may call the compiled function while its program runs."""
    inner = []

    @te.op(lambda g, out, x: g)
    def calls_again(x):
        if inner and inner[0] > 0:
            inner[0] -= 1
            compiled(x * 0.5)
        return x + 1.0

    def f(x):
        y = np.exp(x)
        return calls_again(np.sin(x)) * y

    compiled = te.compile(f)
    compiled(X)
    inner.append(3)
    found = compiled(X / 10.0)
    inner[0] = 0
    assert bits(found) == bits(f(X / 10.0))


def test_a_call_that_fails_leaves_the_program_as_it_was():
    @te.op(lambda g, out, x: g)
    def picky(x):
        if x[0, 0] < 0.0:
            raise ValueError("negative")
        return x * 1.0

    f = te.compile(lambda x: picky(np.exp(x) - 1.0) * np.sin(x))
    f(X)
    with pytest.raises(ValueError, match="negative"):
        f(-X)
    assert outcome(f, Y) == outcome(f.f, Y)


# ---- a wrong plan is noticed -----------------------------------------------------------------------------


def too_short(self, v, i):
    """Wrong: the first reading counts, not the last."""
    for owner in self.storage(v):
        self.last.setdefault(owner, i)


def blind_to_views(self, v):
    """Wrong: a view has memory of its own."""
    return frozenset((v,))


@pytest.mark.parametrize(("name", "wrong"), [("read", too_short), ("storage", blind_to_views)])
def test_wrong_lifetimes_are_caught(monkeypatch, name, wrong):
    def f(x):
        y = np.exp(x)
        view = y[::-1]
        other = np.sin(x) + np.cos(x) * np.tanh(x) + np.sqrt(x)
        return np.sum(other * 2.0) + np.sum(view * 3.0)

    draws = (X,), (Y**2,), (X / 3.0,)
    replays_are_eager(f, *draws)
    nothing_is_overwritten(*planned(f, X))
    monkeypatch.setattr(buffers.Lifetimes, name, wrong)
    with pytest.raises(AssertionError):
        replays_are_eager(f, *draws)
    with pytest.raises(AssertionError, match="overwritten"):
        nothing_is_overwritten(*planned(f, X))


def test_a_buffer_for_everything_is_caught(monkeypatch):
    def one_for_all(step, out, i, layout, lifetimes, free):
        layout.buffers = layout.buffers or [out.kind]
        return 0

    monkeypatch.setattr(buffers, "place", one_for_all)
    f = lambda x: np.sum(np.sin(x) * np.exp(x) + np.sin(x))
    with pytest.raises(AssertionError):
        replays_are_eager(f, (X,), (Y,), (X / 3.0,))
    with pytest.raises(AssertionError, match="overwritten"):
        nothing_is_overwritten(*planned(f, X))
