"""The text of a program: Python that runs, is the same everywhere, and tells where it comes from."""

import ast
import builtins
import gc
import linecache
import re
import subprocess
import sys
import traceback

import numpy as np
import pytest
from hypothesis import example, given, note
from hypothesis import strategies as st
from laws import FEW
from laws.replaying import outcome, replays_are_eager

import tinygrad_edu as te
from tinygrad_edu import Value, nn, optim
from tinygrad_edu.compiler import scalars
from tinygrad_edu.compiler.passes import PASSES
from tinygrad_edu.compiler.source import Names
from tinygrad_edu.testing.program import programs

X = np.arange(6.0).reshape(2, 3) + 0.5


def traced(f, *args):
    """The program of a function."""
    compiled = te.compile(f)
    with np.errstate(all="ignore"):
        compiled(*args)
    return compiled.program


# ---- the text --------------------------------------------------------------------------------------------


@given(programs(max_lines=8, kinks=True))
def test_the_text_is_python_in_which_each_name_is_assigned_before_it_is_read(program):
    note(program)
    replay = traced(te.value_and_grad(program, tuple(range(len(program.inputs)))), *program.inputs.values())
    (function,) = [node for node in ast.parse(replay.source).body if isinstance(node, ast.FunctionDef)]
    known = {argument.arg for argument in function.args.args} | set(replay.code.names.meaning)
    for statement in ast.walk(function):
        if isinstance(statement, ast.Assign):
            for node in ast.walk(statement.value):
                if isinstance(node, ast.Name):
                    assert node.id in known | set(dir(builtins))
            known.update(node.id for node in ast.walk(statement.targets[0]) if isinstance(node, ast.Name))
    assert all(len(line) < 500 for line in replay.source.splitlines())


@FEW
@given(programs(max_lines=8, kinks=True))
def test_the_text_of_two_traces_is_the_same(program):
    first, second = (traced(te.grad(program), *program.inputs.values()) for _ in range(2))
    assert first.source == second.source
    assert str(first) == str(second)
    assert first.code.filename != second.code.filename


OF_A_STEP = """
import numpy as np
import tinygrad_edu as te
from tinygrad_edu import nn, optim
net = nn.MLP([3, 5, 2], "tanh", rng=0)
optimiser = optim.Adam(net.parameters(), lr=0.05)
@te.compile
def step(x, y):
    loss = np.mean((net(x) - y) ** 2)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    return loss
step(np.ones((4, 3)), np.ones((4, 2)))
print(step.program.source)
"""


def test_the_text_is_the_same_in_every_process():
    """Nothing in it depends on addresses, hashes or what ran before."""
    texts = []
    for seed in ("0", "1"):
        run = subprocess.run(
            [sys.executable, "-c", OF_A_STEP], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        )
        texts.append(run.stdout)
    assert texts[0] == texts[1]
    names = {}
    exec(compile(OF_A_STEP.replace("print(step.program.source)", ""), "step.py", "exec"), names)
    assert names["step"].program.source.rstrip() == texts[0].rstrip()
    assert not re.search(r"0x[0-9a-f]{6}", texts[0])


def test_the_text_shows_what_is_done():
    @te.compile
    def height(x, w):
        return np.sum(np.tanh(x * w) ** 2)

    height(np.ones(3), np.ones(3))
    assert height.program.source == (
        "def height(x0, x1, buffers):\n"
        "    b0, = buffers\n"
        "    v = multiply(x0, x1, out=b0)\n"
        "    v1 = tanh(v, out=b0)\n"
        "    v2 = power(v1, 2, out=b0)\n"
        "    v3 = float(sum(v2))\n"
        "    return (v3,)"
    )


# ---- names -----------------------------------------------------------------------------------------------

LABELS = [
    "w",
    "class",
    "True",
    "buffers",
    "float",
    "x0",
    "v",
    "b0",
    "np",
    "a b",
    "1",
    "",
    "_",
    "µ",
    "ϕ",
    "x²",
    "ﬁ",
    "∇f",
]


@example("µ")
@example("²")
@given(st.sampled_from(LABELS) | st.text(max_size=8))
def test_any_label_of_a_parameter_becomes_a_name(label):
    w, b = Value(np.ones(3), label=label), Value(2.0, label=label)

    def f(x):
        return np.sum(w * x) + b

    compiled = te.compile(f)
    for k in range(3):
        assert outcome(compiled, np.full(3, 1.0 * k)) == outcome(f, np.full(3, 1.0 * k))


@given(st.lists(st.sampled_from(["v", "v1", "v_1", "x", "x1", "if", "1"]), max_size=30))
def test_names_are_different_and_are_names(wishes):
    names = Names()
    given_names = [names.new(wish) for wish in wishes]
    assert len(set(given_names)) == len(given_names)
    for name in given_names:
        exec(f"{name} = 1", {})


def test_a_function_may_be_called_anything():
    for name in ("<lambda>", "class", "buffers", "f-1", "", "exp"):

        def f(x):
            return np.exp(x)

        f.__name__ = name
        assert outcome(te.compile(f), X) == outcome(f, X)
        assert outcome(te.compile(te.grad(lambda x: np.sum(f(x)))), X) == outcome(te.grad(lambda x: np.sum(f(x))), X)


@pytest.mark.parametrize("number", [0.1, -0.0, 1e308, -5e-324, np.inf, -np.inf, np.nan, -3, True, 2**70, 1j, -0j])
def test_a_constant_is_the_number_that_it_was(number):
    def f(x):
        return x * number, x + number, np.where(x > 1.0, x, number)

    replays_are_eager(f, (1.0,), (2.0,), (-0.0,))
    if abs(number) < 2**60:
        replays_are_eager(f, (X,), (-X,))


# ---- errors ----------------------------------------------------------------------------------------------


def positive(x):
    if x[0, 0] < 0.0:
        raise ValueError("negative")
    return x * 1.0


picky = te.op(lambda g, out, x: picky(-g), name="picky")(positive)


def test_a_traceback_shows_the_line_of_the_program():
    f = te.compile(lambda x: picky(np.exp(x) - 1.0) * 2.0)
    f(X)
    with pytest.raises(ValueError, match="negative") as caught:
        f(-X)
    text = "".join(traceback.format_exception(caught.value))
    assert f'File "{f.program.code.filename}", line' in text
    assert "v2 = picky(v1)" in text
    assert "while replaying <lambda>; the line that was traced: test_source.py:" in text
    assert "f = te.compile(lambda x: picky(np.exp(x) - 1.0) * 2.0)" in caught.value.__notes__[0]


def test_an_error_in_a_backward_pass_names_the_line_that_it_belongs_to():
    f = te.compile(te.grad(lambda x, sign: np.sum(picky(x) * sign)))
    f(X, -1.0)
    with pytest.raises(ValueError, match="negative") as caught:
        f(X, 1.0)
    (note_,) = caught.value.__notes__
    assert "the line that was traced: gradient of test_source.py:" in note_
    assert "np.sum(picky(x) * sign)" in note_


def test_a_result_that_is_not_finite_is_named_where_errors_are_asked_for():
    f = te.compile(lambda x: np.sum(np.exp(x * 2.0)))
    f(X)
    with np.errstate(over="raise"), pytest.raises(FloatingPointError) as caught:
        f(X * 1000.0)
    assert any(
        "the first result that is not finite is that of exp: test_source.py:" in n for n in caught.value.__notes__
    )


def test_the_lines_are_registered_as_long_as_the_program_lives():
    f = te.compile(lambda x: np.exp(x) * 2.0)
    f(X)
    name, text = f.program.code.filename, f.program.source
    assert "".join(linecache.getlines(name)).rstrip() == text.rstrip()
    del f
    gc.collect()
    assert name not in linecache.cache


# ---- for people ------------------------------------------------------------------------------------------


def test_a_program_prints_as_instructions_with_shapes_and_lines():
    @te.compile
    def f(x, w):
        h = np.tanh(x @ w)
        return np.sum(h, axis=0)

    f(X, np.ones((3, 4), np.float32))
    lines = str(f.program).splitlines()
    assert lines[0] == "f(x0: float64[2,3], x1: float32[3,4])"
    assert re.fullmatch(r"  v = matmul\(x0, x1\): float64\[2,4\] +# test_source.py:\d+: h = np.tanh\(x @ w\)", lines[1])
    assert re.fullmatch(r"  v2 = sum\(v1, axis=0\): float64\[4\] +# test_source.py:\d+: return np.sum.*", lines[3])
    assert lines[-1] == "  return v2"


def test_a_gradient_prints_with_the_line_that_it_belongs_to():
    f = te.compile(te.grad(lambda x: np.sum(np.tanh(x))))
    f(X)
    assert "# gradient of test_source.py:" in str(f.program)


def test_explain_tells_what_became_of_everything():
    w, table, lr = Value(np.ones(3), label="w"), np.arange(6.0).reshape(2, 3), 0.25

    @te.compile
    def f(x):
        y = np.exp(x * w) * table * lr
        y = y * 1.0 + y * 1.0
        return np.sum(y), te.grad(lambda x: np.sum(np.sin(x)[1:] ** 2))(x)

    f(X)
    text = f.program.explain()
    sections = dict(re.findall(r"^(\S[^\n]*):\n((?:  [^\n]*\n?)+)", text, re.MULTILINE))
    assert text.startswith(f"program f: {len(f.program.program.steps)} steps\n")
    assert sections["arguments, taken anew in each call"].strip() == "x0: float64[2,3]"
    assert sections["read live in each call"].strip() == "w: float64[3]"
    frozen = sections["frozen as constants"]
    assert "float64[2,3], it is table, which is compared with a copy in each call" in frozen
    assert "float64[2,3], only its shape and dtype are used" in frozen
    assert "single number" in frozen
    assert "table: float64[2, 3], with a copy of 48 bytes" in sections["checked in each call"]
    assert re.search(r"\d+ results in \d+ buffers? of \d+ bytes in all", sections["buffers"])
    passes = [line.strip().split(": ") for line in sections["steps after each pass"].splitlines()]
    assert [name for name, _ in passes] == ["recorded", *(name for name, _ in PASSES)]
    counts = [int(n) for _, n in passes]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1] == len(f.program.program.steps)


def test_explain_of_a_training_step():
    net = nn.MLP([3, 4, 1], "tanh", rng=0)
    optimiser = optim.SGD(net.parameters(), lr=0.1)

    @te.compile
    def step(x):
        loss = np.mean(net(x) ** 2)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return loss

    step(X.astype(np.float32))
    text = step.program.explain()
    assert "weight: float32[3,4]" in text
    assert "update weights by (" in str(step.program)
    assert "4 gradients written straight to the optimiser" in text


def test_a_program_in_groups_prints_as_well(monkeypatch):
    """In the source its numbers are places in one array; in the list they have names."""
    monkeypatch.setattr(scalars, "LEAST", 1)
    monkeypatch.setattr(scalars, "LINE_RUN", 1.0)
    f = te.compile(lambda xs: sum(x * 0.5 for x in xs))
    f([0.1 * i for i in range(30)])
    names = re.findall(r"^  (\w+) = ", str(f.program), re.MULTILINE)
    assert len(set(names)) == len(names) == len(f.program.program.steps)
    assert "<float>" not in str(f.program)
    ast.parse(f.program.source)
