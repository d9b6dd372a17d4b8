"""`draw`: a Value in a file of the user's own, and their mistakes told as theirs."""

import subprocess
import sys
import textwrap
import xml.etree.ElementTree as ElementTree

import pytest

GOOD = """
    import numpy as np
    import tinygrad_edu as te
    from dataclasses import dataclass

    @dataclass
    class Point:
        x: "te.Value"

    x = te.Value(2.0, label="x")
    y = x * x
    y.backward()
    number = 3

    def fresh():
        return np.tanh(Point(x).x)

    def needs(a):
        return a

    def forgets():
        x * 2

    if __name__ == "__main__":
        raise SystemExit("this is not the main program")
"""


@pytest.fixture
def file(tmp_path):
    """Write a Python file into the working folder."""

    def write(text, name="mine.py"):
        (tmp_path / name).write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return name

    return write


# ---- what works ----------------------------------------------------------------------------------


def test_a_value_is_drawn_with_its_numbers(run, file, tmp_path):
    ran = run("draw", f"{file(GOOD)}:y", "-o", "y.svg")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Wrote y.svg: ")
    assert "differentiated" not in ran.out
    assert ElementTree.parse(tmp_path / "y.svg").getroot().tag.endswith("svg")


def test_the_result_of_a_function_is_drawn_and_missing_gradients_are_explained(run, file, tmp_path):
    ran = run("draw", f"{file(GOOD)}:fresh", "-o", "f.dot")
    assert ran.code == 0
    assert ".backward()" in ran.out
    assert (tmp_path / "f.dot").read_text(encoding="utf-8").lstrip().startswith(("digraph", "//"))


def test_a_file_finds_its_neighbours_and_leaves_the_interpreter_as_it_was(run, file):
    file("from tinygrad_edu import Value\nw = Value(1.0)", "a_neighbour.py")
    before = list(sys.path), set(sys.modules)
    assert run("draw", f"{file('from a_neighbour import w; y = w * 2')}:y", "-o", "y.svg").code == 0
    assert sys.path == before[0]
    assert "__drawn__" not in sys.modules


def test_a_picture_is_replaced_and_its_neighbours_stay(run, file, tmp_path):
    (tmp_path / "y.svg").write_text("what was there")
    assert run("draw", f"{file(GOOD)}:y", "-o", "y.svg").code == 0
    assert "what was there" not in (tmp_path / "y.svg").read_text(encoding="utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.py", "y.svg"]


def test_no_extra_is_needed(file, tmp_path):
    blocked = "import sys; sys.modules.update(dict.fromkeys(['matplotlib', 'tqdm', 'safetensors']))"
    code = f"{blocked}; from tinygrad_edu.command.main import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, "draw", f"{file(GOOD)}:y", "-o", "y.svg"],
        cwd=tmp_path, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")


# ---- mistakes in the words -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("mine.py", "is not FILE.py:NAME"),
        ("mine.txt:y", "is not FILE.py:NAME"),
        ("mine.py:", "is not a name"),
        ("mine.py:a b", "is not a name"),
        ("nowhere.py:y", "there is no file nowhere.py"),
        ("folder.py:y", "folder.py is a folder"),
        ("mine.py:z", "mine.py has no z; it has x, y, fresh, needs, forgets"),
        ("mine.py:number", "of type int, not a Value"),
        ("mine.py:forgets", "forgets() in mine.py is of type NoneType"),
        ("mine.py:needs", "cannot be called without arguments"),
    ],
)
def test_a_wrong_source_is_refused(refused, file, tmp_path, source, message):
    file(GOOD)
    (tmp_path / "folder.py").mkdir()
    assert message in refused("draw", source, "-o", "y.svg")


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("y.png", ".svg"),
        ("y", ".svg"),
        ("nowhere/y.svg", "there is no folder nowhere"),
        ("folder.svg", "is a folder"),
    ],
)
def test_a_wrong_picture_is_refused_before_the_file_runs(refused, file, tmp_path, output, message):
    (tmp_path / "folder.svg").mkdir()
    assert message in refused("draw", f"{file('raise SystemExit(0)')}:y", "-o", output)


def test_a_place_without_permission_is_refused(refused, file, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert "no permission" in refused("draw", f"{file(GOOD)}:y", "-o", "y.svg")


# ---- mistakes in the file ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = 1\ny = 1 / 0", "mine.py, line 2: ZeroDivisionError: division by zero, in: y = 1 / 0"),
        ("a = 1\ny = a +", "mine.py, line 2: SyntaxError"),
        ("import nothing_of_this_name", "line 1: ModuleNotFoundError"),
        ("import sys\nsys.exit('bye')", "line 2: SystemExit: bye"),
        ("def f():\n    raise KeyError\n\ny = f()", "line 2: KeyError, in: raise KeyError"),
        ("def y():\n    return y()", "line 2: RecursionError"),
        ("raise ValueError('one\\ntwo')", "ValueError: one two"),
        ("y = open('gone')", "line 1: FileNotFoundError: gone: No such file"),
        ("from tinygrad_edu import Value\ny = Value('a')", "line 2: TypeError"),
        (
            "import numpy as np, tinygrad_edu as te\ny = te.Value([1.0, 2.0]) @ np.ones(3)",
            "(while computing matmul(float64[2], float64[3])), in: y = ",
        ),
        ("x = '\0'", "mine.py"),
    ],
)
def test_an_error_in_the_file_is_told_with_its_own_line(refused, file, text, message):
    assert message in refused("draw", f"{file(text)}:y", "-o", "y.svg")


def test_a_failing_layout_is_told(refused, file, monkeypatch):
    def save(picture, path):
        raise TimeoutError("the layout took more than 60 s")

    monkeypatch.setattr("tinygrad_edu.picture.Picture.save", save)
    assert "took more than 60 s" in refused("draw", f"{file(GOOD)}:y", "-o", "y.svg")


def test_ctrl_c_in_the_file_is_130(run, file):
    ran = run("draw", f"{file('raise KeyboardInterrupt')}:y", "-o", "y.svg")
    assert (ran.code, ran.err) == (130, "Interrupted: nothing was written.\n")
