"""`check_engine`: what is right gets all points, each classic mistake fails where it should, and the run goes on."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_edu import Value as OurValue
from tinygrad_edu.testing import Engine, check_engine, engine
from tinygrad_edu.testing.grading.carried import carried
from tinygrad_edu.testing.grading.columns import LAWS
from tinygrad_edu.testing.grading.isolation import Ended, Late, Worker, exit_text
from tinygrad_edu.testing.grading.operations import OPERATIONS, Operation
from tinygrad_edu.testing.grading.table import EngineReport, Grade, Row
from tinygrad_edu.testing.measure.report import Verdict

STUDENT = """
import math

class Value:
    def __init__(self, data, parents=(), local=()):
        self.data = data
        self.grad = 0.0
        self.parents, self.local = parents, local

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, n):
        if not isinstance(n, (int, float)):
            raise TypeError("the exponent must be a number")
        return Value(self.data ** n, (self,), (n * self.data ** (n - 1),))

    def relu(self):
        return Value(max(0.0, self.data), (self,), (1.0 if self.data > 0 else 0.0,))

    def tanh(self):
        t = math.tanh(self.data)
        return Value(t, (self,), (1.0 - t * t,))

    def exp(self):
        return Value(math.exp(self.data), (self,), (math.exp(self.data),))

    def __neg__(self): return self * -1.0
    def __sub__(self, other): return self + -other
    def __truediv__(self, other): return self * other ** -1
    def __radd__(self, other): return self + other
    def __rsub__(self, other): return -self + other
    def __rmul__(self, other): return self * other
    def __rtruediv__(self, other): return other * self ** -1

    def order(self):
        found, seen, stack = [], set(), [(self, False)]
        while stack:
            node, done = stack.pop()
            if done:
                found.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((parent, False) for parent in node.parents)
        return found

    def backward(self):
        self.grad = 1.0
        for node in reversed(self.order()):
            for parent, local in zip(node.parents, node.local):
                parent.grad += local * node.grad

def sin(x):
    return Value(math.sin(x.data), (x,), (math.cos(x.data),))
"""

RECURSIVE = """
    def order(self):
        found, seen = [], set()
        def visit(node):
            if node not in seen:
                seen.add(node)
                for parent in node.parents:
                    visit(parent)
                found.append(node)
        visit(self)
        return found

    def backward(self):"""


@pytest.fixture
def student(tmp_path):
    """Write a student's file: the right one, in which some text is replaced by other text."""

    def write(*changes):
        text = STUDENT
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        path = tmp_path / "student.py"
        path.write_text(text, encoding="utf-8")
        return f"{path}:Value"

    return write


def broken(report):
    """The cells that failed."""
    return {(row.name, grade.law) for row in report.rows for grade in row.failures}


# ---- what is right -------------------------------------------------------------------------------


def test_a_right_engine_of_numbers_gets_all_points(student, capsys):
    report = check_engine(student(), examples=4)
    assert capsys.readouterr().out == f"{report}\n"
    assert report.passed, str(report)
    missing = {row.name for row in report.rows if row.missing}
    assert missing == {"pow", "sigmoid", "log", "sqrt", "cos", "abs"}
    assert next(row for row in report.rows if row.name == "sin").program == "sin(x)"
    assert "matmul" not in {row.name for row in report.rows}
    assert report.grade("add", "gradient").points == 2.0
    assert report.grade("add", "value").points == 1.0


def test_our_engine_gets_all_points():
    report = check_engine("tinygrad_edu", examples=3, show=False)
    assert report.passed, str(report)
    assert not [row.name for row in report.rows if row.missing]
    assert {grade.law for row in report.rows for grade in row.grades if grade.verdict} == set(LAWS)


@pytest.mark.parametrize("name", ["autograd", "mygrad"])
def test_an_engine_of_somebody_else_gets_all_points(name):
    pytest.importorskip(name)
    wanted = ["mul", "number sub", "relu", "tanh", "nested", "sum axis", "matmul", "repeated index"]
    report = check_engine(name, operations=wanted, examples=4, show=False)
    assert report.passed, str(report)
    assert not [row.name for row in report.rows if row.missing]


def test_the_same_engine_gets_the_same_table(student):
    text = student(("self.data ** (n - 1)", "self.data ** n"))
    first, second = (check_engine(text, operations=["power"], show=False) for _ in range(2))
    assert replace(first, rows=without_times(first)) == replace(second, rows=without_times(second))


def without_times(report):
    return tuple(replace(row, grades=tuple(replace(g, seconds=0.0) for g in row.grades)) for row in report.rows)


# ---- classic mistakes ----------------------------------------------------------------------------

MISTAKES = {
    "grad is assigned": (
        [("parent.grad += local", "parent.grad = local")],
        "mul double diamond",
        {("mul", "reuse"), ("double", "gradient"), ("diamond", "gradient")},
        {("mul", "gradient"), ("mul", "linear")},
        "write +=",
    ),
    "relu ignores the sign": (
        [("1.0 if self.data > 0 else 0.0", "1.0")],
        "add relu",
        {("relu", "gradient")},
        {("relu", "value"), ("relu", "reuse"), ("relu", "linear"), ("add", "gradient")},
        "where x > 0",
    ),
    "tanh of the wrong number": (
        [("1.0 - t * t", "1.0 - self.data ** 2")],
        "tanh exp",
        {("tanh", "gradient")},
        {("tanh", "value"), ("tanh", "reuse"), ("exp", "gradient")},
        "the result, not x",
    ),
    "the exponent is no factor": (
        [("(n * self.data", "(self.data")],
        "mul power inverse div",
        {("power", "gradient"), ("inverse", "gradient"), ("div", "gradient")},
        {("power", "value"), ("mul", "gradient")},
        "the exponent is a factor",
    ),
    "the gradient of the result is left out": (
        [("local * node.grad", "local")],
        "mul tanh nested",
        {("mul", "linear"), ("tanh", "linear"), ("nested", "gradient")},
        {("mul", "gradient"), ("tanh", "gradient")},
        "out.grad",
    ),
    "the record is walked by recursion": (
        [(STUDENT[STUDENT.index("\n    def order") : STUDENT.index("\n        self.grad = 1.0")], RECURSIVE)],
        "diamond deep",
        {("deep", "gradient")},
        {("deep", "value"), ("diamond", "gradient")},
        "list as a stack",
    ),
    "the record is not walked in order": (
        [("reversed(self.order())", "sorted(self.order(), key=lambda node: node is not self)")],
        "mul exp diamond nested",
        {("diamond", "gradient"), ("nested", "gradient")},
        {("mul", "gradient"), ("exp", "gradient")},
        "topological order",
    ),
    "the record is never emptied": (
        [("import math\n", "import math\nTAPE = []\n"), ("= parents, local", "= parents, local; TAPE.append(self)"),
         ("reversed(self.order())", "reversed(TAPE)")],
        "mul tanh",
        {("mul", "again"), ("tanh", "again")},
        {("mul", "gradient"), ("tanh", "gradient")},
        "left over",
    ),
    "an operation raises": (
        [("t = math.tanh(self.data)", "t = math.tanh(self.data if self.data >= 0 else self.oops)")],
        "tanh exp",
        {("tanh", "value"), ("tanh", "gradient"), ("tanh", "reuse")},
        {("exp", "value")},
        "",
    ),
    "an operation ends the program": (
        [("t = math.tanh(self.data)", "t = math.tanh(self.data); import sys; sys.exit('bye')")],
        "tanh exp",
        {("tanh", "value"), ("tanh", "gradient")},
        {("exp", "value")},
        "must not end the program",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_classic_mistake_fails_where_it_should_with_a_hint_and_an_example(student, name):
    changes, operations, fails, holds, hint = MISTAKES[name]
    report = check_engine(student(*changes), operations=operations.split(), examples=10, isolate=False, show=False)
    assert fails <= broken(report), str(report)
    assert not holds & broken(report), str(report)
    assert 0 < report.points < report.total
    failures = [grade for row in report.rows for grade in row.failures]
    assert all("from student import Value" in grade.example for grade in failures)
    assert all(grade.found in str(report) for row in report.rows for grade in row.failures[:1])
    assert hint in " ".join(grade.hint for grade in failures), str(report)


def test_an_example_is_small_and_does_what_it_says(student, tmp_path):
    report = check_engine(student(("parent.grad += local", "parent.grad = local")), operations=["double"], show=False)
    grade = report.grade("double", "gradient")
    assert grade.found == "the gradient of x: expected 2.0, got 1.0"
    assert grade.example.splitlines() == [
        "from student import Value",
        "x = Value(0.0)",
        "out = x + x",
        "out.backward()",
        "print(x.grad)  # expected 2.0, got 1.0",
    ]
    assert run(grade.example, tmp_path) == "1.0\n"


def run(code, folder):
    """What a program prints."""
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


WRONG = """
from dataclasses import replace
from tinygrad_edu.testing import engine

def halved(subject):
    return replace(
        subject,
        vjp=lambda args, us: [0.5 * g for g in subject.vjp(args, us)],
        jvp=lambda args, ts: [0.5 * t for t in subject.jvp(args, ts)],
        pulled=lambda us: halved(subject.pulled(us)),
    )

right = engine("tinygrad_edu")
ENGINE = replace(right, name="halved", subject=lambda f: halved(right.subject(f)))
"""


def test_examples_of_an_engine_run_too(tmp_path):
    (tmp_path / "mine.py").write_text(WRONG, encoding="utf-8")
    report = check_engine(f"{tmp_path / 'mine.py'}:ENGINE", operations=["mul"], examples=4, show=False)
    assert {("mul", "gradient"), ("mul", "forward"), ("mul", "second")} == broken(report)
    assert run(report.grade("mul", "gradient").example, tmp_path) == "0.5\n"
    assert run(report.grade("mul", "forward").example, tmp_path) == "[0.5]\n"
    assert "second derivative, reverse mode: fail" in run(report.grade("mul", "second").example, tmp_path)


# ---- what must not stop the run --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "cell", "found"),
    [
        (("self.grad = 1.0\n", "self.grad = 1.0\n        while len(self.parents) == 1: pass\n"),
         ("tanh", "gradient"), "had not ended after"),
        (("return Value(self.data * other", "import os; os._exit(3)\n        return Value(self.data * other"),
         ("mul", "value"), "exit code 3"),
        (("t = math.tanh(self.data)", "import ctypes; ctypes.string_at(0)"), ("tanh", "value"), ""),
    ],
    ids=["endless loop", "exit", "crash"],
)  # fmt: skip
def test_the_end_of_the_process_costs_one_cell_and_the_run_goes_on(student, change, cell, found):
    report = check_engine(student(change), operations=["add", "tanh", "mul"], timeout=3.0, examples=4, show=False)
    assert [row.name for row in report.rows] == ["add", "tanh", "mul"]
    grade = report.grade(*cell)
    assert grade.verdict is Verdict.FAIL
    assert grade.ended
    assert found in grade.found
    assert "Value(" in grade.example
    later = [g for row in report.rows if row.name == cell[0] for g in row.grades if g.law == "again"]
    assert all(g.verdict is Verdict.INCONCLUSIVE and g.worth for g in later)
    assert report.grade("add", "value").verdict is Verdict.PASS
    assert 'type="' not in report.to_junit()
    assert ElementTree.fromstring(report.to_junit()).get("errors") != "0"


def test_what_the_engine_prints_and_reads_changes_nothing(student):
    noisy = "print('{}', flush=True); import os; os.write(1, b'garbage\\n'); os.write(2, b'more')\n        "
    noisy += "try: input()\n        except EOFError: pass\n        "
    quiet = check_engine(student(), operations=["exp", "add"], examples=5, show=False)
    loud = check_engine(student(("return Value(math.exp", f"{noisy}return Value(math.exp")), operations=["exp", "add"],
                        examples=5, show=False)  # fmt: skip
    assert without_times(quiet) == without_times(loud)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("import math\n", "import math\n1 / 0\n"), "ZeroDivisionError: division by zero (student.py, line 3"),
        (("import math\n", "import math\nx = (\n"), "SyntaxError"),
        (("import math\n", "import os; os._exit(1)\n"), "exit code 1"),
        (("import math\n", "import math\nwhile True: pass\n"), "after 1 s"),
        (("import math\n", "import sys; sys.exit()\n"), "SystemExit"),
        (("class Value:", "class Number:"), "there is no Value in it; it has Number"),
        (("class Value:", "Value = 3\nclass Number:"), "is a int, not a class"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_told_and_gets_no_points(student, change, problem):
    report = check_engine(student(change), operations=["add"], timeout=1.0, show=False)
    assert problem in report.problem
    assert problem in str(report)
    assert (report.points, report.passed) == (0.0, False)
    assert report.total > 0
    suite = ElementTree.fromstring(report.to_junit())
    assert suite.get("errors") == "1"


def test_the_file_is_not_imported_here_and_leaves_nothing_behind(student, tmp_path, monkeypatch):
    text = student(("import math\n", "import math, os\nprint(os.getpid(), file=open('pid', 'w'))\n"))
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    check_engine(text, operations=["add"], examples=2, show=False)
    assert int((tmp_path / "pid").read_text()) != os.getpid()
    assert not {name for name in set(sys.modules) - before if "student" in name}
    assert {path.name for path in tmp_path.iterdir()} == {"student.py", "pid"}


# ---- what is asked for ---------------------------------------------------------------------------


def test_operations_laws_and_points_may_be_chosen(student):
    cube = Operation("cube", ("x * x * x",), {"x": "real"})
    report = check_engine(
        student(), operations=["mul", cube], laws=["gradient", "value"], points={"mul": 3, "value": 0.5}, show=False
    )
    assert [(row.name, row.points) for row in report.rows] == [("mul", 7.5), ("cube", 2.5)]
    assert [grade.law for grade in report.rows[0].grades] == ["gradient", "value"]


def test_what_is_missing_counts_only_if_it_is_required(student):
    text = student()
    free = check_engine(text, operations=["add", "log", "matmul"], laws=["value"], show=False)
    assert (free.points, free.total) == (1.0, 1.0)
    assert "Not offered" in str(free)
    assert [row.name for row in free.rows] == ["add", "log"]
    strict = check_engine(text, operations=["add", "log"], laws=["value"], required=["log"], show=False)
    assert (strict.points, strict.total) == (1.0, 2.0)
    assert "must have it: AttributeError: 'Value' object has no attribute 'log'" in strict.grade("log", "value").found


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"operations": ["times"]}, "there is no 'times'; there are add"),
        ({"laws": "values"}, "there is no 'values'; there are value"),
        ({"points": {"multiply": 2}}, "there is no 'multiply'"),
        ({"points": {"mul": -1}}, "0 or more"),
        ({"required": ["plus"]}, "there is no 'plus'"),
        ({"timeout": 0}, "above 0"),
        ({"examples": 0}, "above 0"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_runs(options, message):
    with pytest.raises(ValueError, match=message):
        check_engine("nowhere.py:Value", **options)


def test_an_operation_has_known_domains():
    with pytest.raises(ValueError, match="not a domain; there are real"):
        Operation("cube", ("x ** 3",), {"x": "everything"})


@pytest.mark.parametrize(
    ("adapter", "error", "message"),
    [
        ("nowhere.py:Value", FileNotFoundError, "there is no file"),
        ("student", ValueError, "no engine that is known"),
        ("student.py:a b", ValueError, "not a name"),
        (3, TypeError, "not a int"),
        (Engine("mine", lambda f: f), TypeError, "isolate=False"),
    ],
)
def test_a_wrong_adapter_is_refused(adapter, error, message):
    with pytest.raises(error, match=message):
        check_engine(adapter)


def test_a_class_is_found_by_its_module_or_refused_if_nobody_else_knows_it():
    report = check_engine(OurValue, operations=["mul"], examples=3, show=False)
    assert report.passed
    assert report.engine == "Value"

    class Local:
        pass

    with pytest.raises(TypeError, match="put it in a file"):
        check_engine(Local)


def test_a_class_that_only_this_process_knows_can_be_graded_here():
    space = {}
    exec(STUDENT, space)
    report = check_engine(space["Value"], isolate=False, operations=["mul", "tanh", "diamond"], examples=5, show=False)
    assert report.passed, str(report)


def test_a_known_engine_and_a_file_can_be_graded_here(student):
    assert check_engine(engine("tinygrad_edu"), isolate=False, operations=["mul"], examples=2, show=False).passed
    assert check_engine(student(), isolate=False, operations=["mul"], examples=2, show=False).passed


# ---- a class of arrays ---------------------------------------------------------------------------

TENSOR = """
import numpy as np

class Tensor:
    def __init__(self, data, parents=(), rule=None, requires_grad=False):
        self.data, self.grad = np.asarray(data, float), None
        self.parents, self.rule = parents, rule

    def __mul__(self, other):
        rule = lambda g: (fit(g * other.data, self), fit(g * self.data, other))
        return Tensor(self.data * other.data, (self, other), rule)

    def __add__(self, other):
        return Tensor(self.data + other.data, (self, other), lambda g: (fit(g, self), fit(g, other)))

    def sum(self, axis=None):
        return Tensor(self.data.sum(axis), (self,), lambda g: (np.broadcast_to(g, self.data.shape).copy(),))

    def backward(self, g):
        self.grad = g if self.grad is None else self.grad + g
        if self.rule is not None:
            for parent, part in zip(self.parents, self.rule(g)):
                parent.backward(part)

def fit(g, like):
    while g.ndim > like.data.ndim:
        g = g.sum(axis=0)
    for axis, length in enumerate(like.data.shape):
        if length == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g
"""


@pytest.mark.parametrize(
    ("old", "new", "cell", "example"),
    [
        ("", "", None, ""),
        ("fit(g, self), fit(g, other)", "g, g", ("add", "broadcast"), "out.backward(np.array("),
        ("np.asarray(data, float)", "np.asarray(data, np.float32)", ("add", "shape"), "print(out.data)"),
        ("g if self.grad is None else self.grad + g", "g", ("mul", "reuse"), "print(x.grad)"),
        ("rule = lambda g:", "other.data *= 2.0; rule = lambda g:", ("mul", "inputs"), "Tensor(np.array("),
    ],
    ids=["right", "broadcast", "dtype", "reuse", "inputs"],
)
def test_a_class_of_arrays_is_graded_as_one(tmp_path, old, new, cell, example):
    path = tmp_path / "student.py"
    path.write_text(TENSOR.replace(old, new) if old else TENSOR, encoding="utf-8")
    report = check_engine(f"{path}:Tensor", operations=["add", "mul"], examples=8, show=False)
    if cell is None:
        assert report.passed, str(report)
    else:
        assert cell in broken(report), str(report)
        assert example in report.grade(*cell).example


def test_data_that_numpy_takes_out_of_a_class_are_no_result_of_it(tmp_path):
    path = tmp_path / "student.py"
    path.write_text(TENSOR.replace("    def backward", "    def __array__(self, dtype=None, copy=None):\n"
                                   "        return self.data\n\n    def backward"), encoding="utf-8")  # fmt: skip
    report = check_engine(f"{path}:Tensor", operations=["add", "mean", "sum"], examples=3, show=False)
    assert report.passed, str(report)
    [missing] = [row for row in report.rows if row.missing]
    assert (missing.name, missing.missing) == ("mean", "it returns a float64, which has no gradient")


def test_numbers_as_operands_are_asked_for_only_where_they_are_the_operation(student):
    wrapped = "        other = other if isinstance(other, Value) else Value(other)\n"
    text = student((f"__mul__(self, other):\n{wrapped}", "__mul__(self, other):\n"))
    report = check_engine(text, operations=["add", "mul", "tanh", "number mul"], examples=3, show=False)
    assert report.passed, str(report)
    assert [row.name for row in report.rows if row.missing] == ["number mul"]


def test_a_class_is_told_that_gradients_are_wanted_if_it_asks(student):
    changes = [
        ("parents=(), local=()):", "parents=(), local=(), requires_grad=False):"),
        ("self.grad = 0.0", "self.grad = 0.0 if requires_grad or parents else None"),
        ("parent.grad += local", "parent.grad += 2.0 * local"),
    ]
    report = check_engine(student(*changes), operations=["mul"], examples=3, show=False)
    assert "Value(0.0, requires_grad=True)" in report.grade("mul", "gradient").example


# ---- reports -------------------------------------------------------------------------------------

GRADES = st.builds(
    Grade,
    st.sampled_from(list(LAWS)),
    st.sampled_from([*Verdict, None]),
    st.sampled_from([0.0, 1.0, 2.5]),
    st.text(max_size=8),
    st.text(max_size=8),
    st.text(max_size=8),
    ended=st.booleans(),
)
REPORTS = st.builds(
    lambda names, grades, missing, problem: EngineReport(
        "Value", tuple(Row(name, "x", tuple(grades), missing) for name in names), problem
    ),
    st.lists(st.sampled_from(list(OPERATIONS)), unique=True, max_size=3),
    st.lists(GRADES, unique_by=lambda grade: grade.law, max_size=4),
    st.sampled_from(["", "it has none"]),
    st.sampled_from(["", "it raises\nan error"]),
)


@given(REPORTS)
def test_any_report_is_valid_json_and_junit(report):
    told = json.loads(report.to_json())
    assert told["points"] == report.points <= report.total == told["total"]
    root = ElementTree.fromstring(report.to_junit())
    assert root.tag == "testsuites"
    for suite in (root, *root.findall("testsuite")):
        cases = suite.findall(".//testcase")
        assert int(suite.get("tests")) == len(cases) > 0
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(attribute)) == len(suite.findall(f".//{tag}"))
    assert str(report).startswith("Value: ")


@given(REPORTS)
def test_columns_are_aligned(report):
    rows = [line for line in str(report).splitlines() if line.endswith(("points", f"/{report.total:g}"))]
    table = [line for line in rows if line.startswith("operation")]
    assert len(table) <= 1


def test_a_report_is_saved_by_its_suffix(tmp_path):
    report = EngineReport("Value", (Row("add", "x + y", (Grade("value", Verdict.PASS, 1.0),)),))
    for name, text in (("a.json", report.to_json()), ("a.XML", report.to_junit()), ("a.txt", f"{report}\n")):
        assert report.save(tmp_path / name).read_text(encoding="utf-8") == text
    with pytest.raises(ValueError, match=r"\.xml, \.json, \.txt"):
        report.save(tmp_path / "a.pdf")


# ---- the process ---------------------------------------------------------------------------------


def test_a_process_that_died_is_replaced_and_what_it_was_at_is_told(student):
    dies, hangs = (
        ("t = math.tanh(self.data)", "import os; os._exit(9)"),
        ("return Value(math.exp", "while True: pass\n    #"),
    )
    with Worker(carried(student(dies, hangs)), 30.0) as worker:
        assert worker.ask(("offered", OPERATIONS["add"]), 30.0) == {"spelling": 0}
        with pytest.raises(Ended, match="exit code 9") as caught:
            worker.ask(("offered", OPERATIONS["tanh"]), 30.0)
        assert not isinstance(caught.value, Late)
        assert (caught.value.noted["law"], caught.value.noted["spelling"]) == ("value", 0)
        with pytest.raises(Late, match=r"after 0\.5 s"):
            worker.ask(("offered", OPERATIONS["exp"]), 0.5)
        assert worker.ask(("offered", OPERATIONS["add"]), 30.0) == {"spelling": 0}


def test_how_a_process_ended_is_told_in_words():
    assert exit_text(-11) == "it crashed Python itself (SIGSEGV)" or os.name == "nt"
    assert "signal 99" in exit_text(-99)
    assert "exit code 0" in exit_text(0)
