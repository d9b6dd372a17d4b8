"""`grade`: a table, two files for machines, and an exit code; mistakes of the user's told in one line."""

import json
from xml.etree import ElementTree

import pytest

STUDENT = """
class Value:
    def __init__(self, data, parents=(), local=()):
        self.data, self.grad, self.parents, self.local = data, 0.0, parents, local

    def __add__(self, other):
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        return Value(self.data * other.data, (self, other), (other.data, FACTOR * self.data))

    def backward(self, g=1.0):
        self.grad += g
        for parent, local in zip(self.parents, self.local):
            parent.backward(g * local)

if __name__ == "__main__":
    raise SystemExit("this is not the main program")
"""


@pytest.fixture
def student(tmp_path):
    """Write a student's file, in which one factor may be wrong."""

    def write(factor=1.0):
        text = STUDENT.replace("FACTOR", str(factor))
        (tmp_path / "student.py").write_text(text, encoding="utf-8")
        return "student.py:Value"

    return write


FEW = ("--operations", "add,mul", "--laws", "value, gradient", "--examples", 5)


def test_all_points_are_exit_code_0(run, student):
    ran = run("grade", student(), *FEW)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("student.py:Value: 6 of 6 points\n")


def test_fewer_points_are_exit_code_1_and_the_files_say_why(run, student, tmp_path):
    ran = run("grade", student(factor=2.0), *FEW, "--junit", "out.xml", "--json", "out.json", "--timeout", 20)
    assert (ran.code, ran.err) == (1, "")
    assert "mul, gradient: the gradient of y: expected" in ran.out
    told = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert (told["points"], told["total"], told["passed"]) == (4.0, 6.0, False)
    suite = ElementTree.parse(tmp_path / "out.xml").getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("4", "1", "0")


def test_a_file_that_cannot_be_loaded_has_no_points(run, tmp_path):
    (tmp_path / "student.py").write_text("import nothing_of_this_name", encoding="utf-8")
    ran = run("grade", "student.py:Value", *FEW)
    assert (ran.code, ran.err) == (1, "")
    assert "could not be loaded: ModuleNotFoundError" in ran.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere.py:Value"], "there is no file nowhere.py"),
        (["student.py"], "no engine that is known"),
        (["student.py:"], "not a name"),
        (["student.py:Value", "--operations", "times"], "there is no 'times'; there are add"),
        (["student.py:Value", "--laws", "values"], "there is no 'values'; there are value"),
        (["student.py:Value", "--required", "plus"], "there is no 'plus'"),
        (["student.py:Value", "--junit", "nowhere/out.xml"], "there is no folder nowhere"),
        (["student.py:Value", "--json", "folder"], "folder is a folder"),
    ],
)
def test_a_mistake_is_told_before_anything_runs(refused, student, tmp_path, words, message):
    student()
    (tmp_path / "folder").mkdir()
    assert message in refused("grade", *words)
