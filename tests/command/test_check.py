"""`check`: what is right is 0, what is wrong 1 with code that shows it, the rest 2, and mistakes one line."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_edu.command import arguments

MINE = """
import numpy as np
from tinygrad_edu.testing import by_hand, gradient_test
from tinygrad_edu.testing.strategies import arrays

class Undone(Exception):
    pass

def right(x):
    return x * np.sin(x)

def weighted(w, x, axis=None):
    return np.sum(w * x, axis=axis)

def damped(x, rate=0.5):
    return np.exp(-rate * x)

def product(w, x):
    return w @ x

def kinked(x):
    return np.maximum(x, 0.0)

def half(x):
    return x.data * x

def raises(x):
    if np.sum(x * x) > 1.0:
        raise Undone("too large")
    return x * x

def shouts(text):
    return text.upper()

def asserts(x):
    assert np.sum(x * x) < 1.0, "too large"
    return x

def nothing():
    return 1.0

wrong = by_hand(np.tanh, vjp=lambda g, x: g)
test_right = gradient_test(right, x=arrays(), examples=5)
test_half = gradient_test(half, x=arrays(2))
number = 3.0

def _private(x):
    return half(x)

def test_other(tmp_path):
    pass
"""

GOOD = "import numpy as np\n\ndef one(x):\n    return np.sin(x)\n\ndef other(x, y):\n    return x * y\n"


@pytest.fixture
def file(tmp_path):
    def write(text=MINE, name="mine.py"):
        (tmp_path / name).write_text(text)
        return name

    return write


@pytest.fixture
def check(run, file):
    """Check something in the file above, in its folder."""
    return lambda name, *words: run("check", f"{file()}:{name}", *words)


# ---- what is right -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["right", "weighted", "damped", "product", "test_right"])
def test_what_is_right_is_0_and_a_line(check, name):
    ran = check(name, "--examples", 10)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"{name}: pass")
    assert ran.out.count("\n") == 1
    assert name == "test_right" or "10 draws" in ran.out


def test_arguments_that_are_all_known_are_one_point_looked_at_in_full(check):
    ran = check("weighted", "--at", "w=[[1.0, 2.0]]", "--at", "x=0.5", "--at", "axis=1", "--order", 2)
    assert ran.code == 0
    assert "first derivative, reverse mode: pass, 3 entries" in ran.out
    assert "second derivative, forward mode: pass, 9 entries" in ran.out


def test_a_default_is_used_and_can_be_replaced(check):
    assert "2 entries" in check("damped", "--at", "x=1.0").out
    assert "1 entry" in check("damped", "--at", "x=1.0", "--at", "rate=2").out


def test_a_file_is_checked_function_by_function(run, file):
    ran = run("check", file(GOOD), "--examples", 5)
    assert ran.code == 0
    assert [line.split(":")[0] for line in ran.out.splitlines() if line] == ["one", "other"]


@pytest.mark.parametrize("engine", ["torch", "jax", "autograd", "mygrad", "micrograd"])
def test_functions_of_other_engines_are_checked(run, file, engine):
    pytest.importorskip(engine)
    mine = file("def right(x):\n    return x * x * x\n\ndef half(x):\n    return x * 1.0\n")
    assert run("check", f"{mine}:right", "--engine", engine, "--examples", 5).code == 0


# ---- what is wrong -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["half", "wrong", "test_half"])
def test_what_is_wrong_is_1_with_code_that_fails_in_the_same_way(check, name, capsys, monkeypatch, tmp_path):
    ran = check(name)
    assert (ran.code, ran.err) == (1, "")
    first, _, code = ran.out.partition("To reproduce it:\n\n")
    assert ": fail\n" in first
    monkeypatch.setattr(sys, "path", list(sys.path))
    exec(code, {})
    assert capsys.readouterr().out.splitlines()[0] == first.splitlines()[0]
    del sys.modules["mine"]


def test_one_that_is_wrong_makes_a_file_wrong_and_the_others_are_looked_at(run, file):
    ran = run("check", file(), "--examples", 10)
    assert ran.code == 1
    verdicts = ["right: pass", "shouts: not decided; mine.py, line", "raises: not decided", "half: fail", "tanh: fail"]
    assert all(f"\n{verdict}" in f"\n{ran.out}" for verdict in verdicts)
    assert not any(f"\n{name}:" in ran.out for name in ("_private", "test_other", "nothing", "number"))


# ---- what is not known -------------------------------------------------------------------------------------


def test_what_cannot_be_decided_is_2(check):
    ran = check("kinked", "--at", "x=0.0")
    assert (ran.code, ran.err) == (2, "")
    assert "a kink: the slopes on its sides are 0 and 1" in ran.out
    assert check("kinked", "--at", "x=0.0", "--kinks", "interval").code == 0
    assert check("kinked", "--at", "x=0.0", "--kinks", "1").code == 1
    ran = check("kinked", "--interval", 0, 0)
    assert (ran.code, ran.err) == (2, "")
    assert ran.out.startswith("nothing could be decided")


def test_the_seed_and_the_interval_say_what_is_drawn(check):
    first = check("kinked", "--seed", 3, "--examples", 50).out
    assert check("kinked", "--seed", 3, "--examples", 50).out == first
    assert check("kinked", "--interval", 1, 2).out.startswith("kinked: pass, 100 draws, 0.0 % inconclusive")


# ---- mistakes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words", "message"),
    [
        ("gone", (), "mine.py has no gone; it has right, weighted"),
        ("number", (), "number in mine.py is of type float, not a function"),
        ("right", ("--at", "y=1.0"), "right in mine.py has no argument y; it has x"),
        ("right", ("--at", "x=2"), "write 2.0 for 2"),
        ("right", ("--engine", "none"), "engine='none' is not known; it is one of tinygrad_edu, autograd"),
        ("right", ("--interval", "3", "1"), "--interval 3 1 is empty: give the lower end first"),
        ("shouts", (), "AttributeError: 'Value' object has no attribute 'upper', in: return text.upper()"),
        ("1x", (), "'1x' is not a name"),
        ("raises", ("--at", "x=2.0"), "Undone: too large, in: raise Undone"),
    ],
)
def test_a_mistake_is_one_line(refused, file, name, words, message):
    file()
    assert message in refused("check", f"mine.py:{name}", *words)


@pytest.mark.parametrize(
    ("source", "words", "message"),
    [
        ("gone.py", (), "there is no file gone.py"),
        ("gone.txt", (), "is not FILE.py:NAME"),
        ("mine.py", ("--at", "x=1.0"), "name it, as FILE.py:NAME"),
        ("empty.py", (), "defines no public function with arguments, and no gradient_test"),
        ("bad.py", (), "bad.py, line 1: ZeroDivisionError: division by zero, in: 1 / 0"),
        ("bad.py:f", (), "bad.py, line 1: ZeroDivisionError"),
    ],
)
def test_a_mistake_in_the_file_is_one_line(refused, file, source, words, message):
    file()
    file("x = 1\n", "empty.py")
    file("1 / 0\n", "bad.py")
    assert message in refused("check", source, *words)


@pytest.mark.parametrize("name", ["raises", "asserts"])
def test_what_a_function_raises_where_it_was_drawn_is_its_own_error_with_code_that_shows_it(check, name):
    ran = check(name)
    assert ran.code == 2
    assert ran.err.startswith("error: mine.py, line ")
    assert ran.err.count("\n") == 1
    assert "too large" in ran.err
    assert f"print(check_gradients({name}, x" in ran.out


def test_a_file_with_the_name_of_a_module_does_not_hide_that(run, file):
    ran = run("check", file("def half(x):\n    return x.data * x\n", "random.py"))
    assert ran.code == 1
    assert "f = ...\n" in ran.out
    assert not hasattr(sys.modules["random"], "half")


@pytest.mark.parametrize(
    "words",
    [
        ("--at", "x"),
        ("--at", "x="),
        ("--at", "=1"),
        ("--at", "x=[1, 'a']"),
        ("--at", "x=open('f')"),
        ("--at", "x=np.array()"),
        ("--order", "0"),
        ("--examples", "0"),
        ("--kinks", "2"),
        ("--kinks", "ignore"),
        ("--interval", "0", "inf"),
    ],
    ids=" ".join,
)
def test_wrong_words_are_refused_with_where_to_read_more(refused, words):
    assert "--help)" in refused("check", "mine.py", *words)


# ---- words to values ---------------------------------------------------------------------------------------


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text() | st.none())
def test_a_value_is_read_as_python_writes_it(value):
    assert arguments.assignment(f"x={value!r}") == ("x", value)


@given(st.lists(st.lists(st.floats(-1e300, 1e300), min_size=2, max_size=2), min_size=1, max_size=3))
def test_a_list_is_an_array(rows):
    _, found = arguments.assignment(f"w = {rows}")
    assert found.shape == (len(rows), 2)
    assert found.tolist() == rows


@pytest.mark.parametrize("dtype", ["np.float32", "numpy.float32", "'float32'", "float32"])
def test_an_array_may_have_a_dtype(dtype):
    name, found = arguments.assignment(f"x=np.array([0.1, 2], dtype={dtype})")
    assert (name, found.dtype) == ("x", np.float32)
