"""Grade an engine that a student wrote: a table of operations and laws, points, and a hint for each failure.

Run it: python examples/14_grade_an_engine.py

`check_engine` draws small examples, compares gradients with measured slopes, and tries laws that hold whatever
the operation is.  The engine runs in a process of its own, so a crash or an endless loop costs points and
nothing else.  For a class of students: python -m tinygrad_edu grade FILE.py:Value --junit result.xml
"""

from pathlib import Path

from tinygrad_edu.testing import check_engine

STUDENT = Path(__file__).parent / "grading" / "student.py"
OPERATIONS = ["add", "mul", "tanh", "deep"]


def grade():
    """The report on the student's Value, of a few operations; without `operations=`, of all that it offers."""
    return check_engine(f"{STUDENT}:Value", operations=OPERATIONS, show=False)


if __name__ == "__main__":
    report = grade()
    print(report)
    print(f"\nGradients of a number that is used twice: {report.grade('mul', 'reuse').verdict}")
