"""Laws of reading tables, and one test for each way in which a file can be wrong."""

import csv
import io
import os
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_edu.data import load, moons, read_table


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One folder for the files of a whole module; Hypothesis writes the same file many times."""
    return tmp_path_factory.mktemp("tables")


@pytest.fixture
def write(tmp_path):
    """A function that writes text or bytes to a file and returns its path."""

    def write(content, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


# Round trips -------------------------------------------------------------------------------------

numbers = st.floats(allow_nan=False, allow_infinity=False)
words = st.text(st.one_of(st.characters(exclude_categories=["C"]), st.sampled_from(",;\"'\n\t ")), min_size=1).filter(
    lambda text: text == text.strip()
)


@st.composite
def tables(draw):
    """Different column names, then rows of numbers that end with the target."""
    names = draw(st.lists(words, min_size=2, max_size=5, unique=True))
    row = st.lists(numbers, min_size=len(names), max_size=len(names))
    return names, draw(st.lists(row, min_size=1, max_size=10))


@given(tables(), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.sampled_from(",;\t"))
def test_a_written_table_reads_back_exactly(folder, table, end, mark, delimiter):
    names, rows = table
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([names, *rows])
    path = folder / "round.csv"
    path.write_bytes(text.getvalue().encode("utf-8-sig" if mark else "utf-8"))

    data = read_table(path, names[-1], task="regress", delimiter=delimiter)
    assert data.names == tuple(names[:-1])
    assert data.inputs.tolist() == [row[:-1] for row in rows]
    assert data.targets.tolist() == [row[-1] for row in rows]
    assert (data.classes, data.name) == (None, "round")


@given(st.lists(words.filter(lambda word: not looks_like_a_number(word)), min_size=1))
def test_text_targets_become_sorted_classes(folder, labels):
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([["x", "y"], *([1, label] for label in labels)])
    path = folder / "classes.csv"
    path.write_bytes(text.getvalue().encode())

    data = read_table(path, "y")
    assert data.classes == tuple(sorted(set(labels)))
    assert [data.classes[label] for label in data.targets] == labels


def looks_like_a_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


@given(tables())
def test_saved_arrays_read_back_exactly(folder, table):
    rows = np.array(table[1])
    path = folder / "round.npz"
    np.savez(path, a=rows[:, 0], b=rows, y=rows[:, -1])

    data = read_table(path, "y", task="regress")
    assert data.names == ("a", *(f"b[{i}]" for i in range(rows.shape[1])))
    assert (data.inputs == np.column_stack([rows[:, 0], rows])).all()
    assert (data.targets == rows[:, -1]).all()


def read_or_refused(path):
    """Read the target "y", which either gives finite numbers or an error that names the file."""
    try:
        message = None
        data = read_table(path, "y")
    except ValueError as error:
        message = str(error)
    assert np.isfinite(data.inputs).all() if message is None else path.name in message


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_a_value_error(folder, content):
    path = folder / "bytes.csv"
    path.write_bytes(b"x,y\n1,2\n" + content)
    read_or_refused(path)


@given(st.data())
def test_a_damaged_archive_is_a_data_set_or_a_value_error(folder, data):
    path = folder / "damaged.npz"
    np.savez_compressed(path, X=np.arange(6.0).reshape(3, 2), y=np.array(["a", "b", "a"]))
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    read_or_refused(path)


# The rule for targets ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "task", "classes"),
    [
        ("0 1 1 0", None, ("0", "1")),
        ("1.0 1 2 2", None, ("1", "2")),
        ("10 9 10 9", None, ("9", "10")),
        ("-0.0 0 1 1", None, ("0", "1")),
        ("b a B a", None, ("B", "a", "b")),
        ("1 2 3 4", None, None),
        ("0.5 1.5 0.5 1.5", None, None),
        (" ".join(map(str, [*range(20)] * 2)), None, tuple(map(str, range(20)))),
        (" ".join(map(str, [*range(21)] * 2)), None, None),
        ("1e300 2 1e300 2", None, None),
        ("0 1 1 0", "regress", None),
        ("1 2 3 4", "classify", ("1", "2", "3", "4")),
        ("0.5 1.5 0.5 1.5", "classify", ("0.5", "1.5")),
        ("1 1.0 x x", "classify", ("1", "1.0", "x")),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "npz"])
def test_what_the_targets_become(tmp_path, column, task, classes, kind):
    cells = column.split()
    path = tmp_path / f"table.{kind}"
    if kind == "csv":
        path.write_text("x,y\n" + "".join(f"1,{cell}\n" for cell in cells))
    else:
        text = not all(map(looks_like_a_number, cells))
        np.savez(path, x=np.ones(len(cells)), y=np.array(cells if text else [*map(float, cells)]))
    data = read_table(path, "y", task=task)
    assert data.classes == classes
    if classes is None:
        assert data.targets.tolist() == [float(cell) for cell in cells]
    else:
        assert data.targets.dtype == np.int64


@pytest.mark.parametrize(
    ("targets", "classes"),
    [
        (np.array([True, False, True, False]), ("0", "1")),
        (np.array([3, 5, 3, 5], np.uint8), ("3", "5")),
        (np.array([2**60, 2**60 + 1] * 2), (str(2**60), str(2**60 + 1))),
        (np.array([0.5, 1.0, 0.5, 1.0], np.float32), None),
    ],
)
def test_the_dtype_of_array_targets_is_respected(tmp_path, targets, classes):
    np.savez(tmp_path / "t.npz", x=np.ones((4, 2), np.float32), y=targets)
    data = read_table(tmp_path / "t.npz", "y")
    assert data.classes == classes
    assert data.inputs.dtype == np.float32


def test_the_order_of_columns_is_kept_and_some_may_be_ignored(write):
    path = write("id,b,y,a\nr1, 1 ,3.5,2\n\n  \nr2,4,2.5,5\n")
    data = read_table(path, "y", ignore=["id"])
    assert data.names == ("b", "a")
    assert data.inputs.tolist() == [[1, 2], [4, 5]]
    assert read_table(path, "y", ignore="id").names == ("b", "a")


def test_spaces_around_quoted_cells_do_not_matter(write):
    data = read_table(write('x, "y"\n1, "red, dark"\n 2, blue \n'), "y")
    assert data.classes == ("blue", "red, dark")


def test_an_ignored_array_is_not_even_read(tmp_path):
    np.savez(tmp_path / "t.npz", x=np.ones(2), y=np.ones(2), z=np.array([{}, []], dtype=object))
    assert read_table(tmp_path / "t.npz", "y", ignore=["z"]).names == ("x",)


# Wrong CSV files ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty; its first line must name the columns"),
        ("\n\n", "is empty"),
        ("x,y\n", "has column names but no rows"),
        ("y\n1\n", "at least one other column are needed, but the columns are 'y'"),
        ("x,z\n1,2\n", "has no column 'y'; the columns are 'x', 'z'[.]$"),
        ("5.1,3.5\n1,2\n", "no column 'y'.* The first line must name the columns"),
        ("x,x,y\n1,2,3\n", "more than one column is named 'x'"),
        ("x,,y\n1,2,3\n", "column 2 has no name"),
        ("x;y\n1;2\n", "looks separated by semicolons; pass delimiter=';'"),
        ("x\ty\n1\t2\n", "looks separated by tabs"),
        ("x,y\n1,2\n1,2,3\n", "line 3: found 3 cells, but the first line names 2 columns"),
        ("x,y\n\n1\n", "line 3: found 1 cells"),
        ("x,y\n1,2\nabc,2\n", "line 3, column 'x': 'abc' is not a number"),
        ('"x\n1",y\n1,2\n"a\nb",2\n', r"line 4, column 'x\\n1': 'a\\nb' is not a number"),
        ("x,y\n1_000,2\n", "line 2, column 'x': '1_000' is not a number"),
        ('x,y\n"1,5",2\n', "line 2, column 'x': '1,5' is not a number"),
        ("x,y\n1,2\n,2\n", "line 3, column 'x' is empty"),
        ("x,y\n1,2\n1, \n", "line 3, column 'y' is empty"),
        ("x,y\n1,a\n1,\n", "line 3, column 'y' is empty"),
        ("x,y\nnan,2\n", "line 2, column 'x': 'nan' is not a finite number"),
        ("x,y\n-inf,2\n", "line 2, column 'x': '-inf' is not a finite number"),
        ("x,y\n1e999,2\n", "line 2, column 'x': '1e999' is not a finite number"),
        ("x,y\n1,2\n1,NaN\n", "line 3, column 'y': 'NaN' is not a finite number"),
        ("x,y\n1,a\n1,NaN\n", "line 3, column 'y': 'NaN' is not a finite number"),
        ("x,y\n1,2\n1,two\n", "line 3, column 'y': 'two' is not a number, but '2' elsewhere"),
        ('x,y\n1,"2\n', "line 2: cannot be read as CSV"),
        ('x,y\n1,"2"3\n', "line 2: cannot be read as CSV"),
        ("x,y\n1," + "2" * 200_000, "line 2: cannot be read as CSV"),
        ("x,y\n1,é\n".encode("latin-1"), "is not UTF-8 text .byte 0xe9 at position 6"),
        ("x,y\n1,2\n".encode("utf-16"), "is not UTF-8 text .byte 0xff at position 0"),
        ("x,y\n1,2\n".encode("utf-16-le"), "holds zero bytes, as UTF-16 does"),
    ],
)
def test_a_wrong_csv_file_is_refused_with_the_place(write, content, message):
    with pytest.raises(ValueError, match=message) as caught:
        read_table(write(content), "y")
    assert "table.csv" in str(caught.value)


def test_a_number_is_asked_for_when_regression_meets_text(write):
    with pytest.raises(ValueError, match="line 2, column 'y': 'a' is not a number"):
        read_table(write("x,y\n1,a\n"), "y", task="regress")


def test_large_numbers_are_not_run_together_as_classes(write):
    path = write(f"x,y\n1,{2**53}\n1,{2**53 + 1}\n")
    with pytest.raises(ValueError, match="too large to tell apart"):
        read_table(path, "y", task="classify")


def test_a_comma_separated_file_is_recognised_too(write):
    with pytest.raises(ValueError, match="looks separated by commas"):
        read_table(write("x,y\n1,2\n"), "y", delimiter=";")


def test_a_long_list_of_columns_is_cut_short(write):
    names = [f"c{i}" for i in range(64)]
    path = write(",".join(names) + "\n" + ",".join("1" * 64) + "\n")
    with pytest.raises(ValueError, match=r"'c19', … \(64 in all\)"):
        read_table(path, "y")


# Wrong NPZ files ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "no column 'y'"),
        ({"y": [1, 2]}, "at least one other column are needed"),
        ({"x": [1, 2], "z": [1, 2]}, "has no column 'y'; the columns are 'x', 'z'"),
        ({"x": [1, 2, 3], "y": [1, 2]}, "array 'x' has 3 rows, but the target 'y' has 2"),
        ({"x": np.zeros((2, 8, 8)), "y": [1, 2]}, r"'x' has shape \(2, 8, 8\).*Reshape it"),
        ({"x": 1.0, "y": [1, 2]}, r"array 'x' has shape \(\)"),
        ({"x": ["a", "b"], "y": [1, 2]}, "array 'x' has shape .* dtype <U1; features must be"),
        ({"x": [1j, 2], "y": [1, 2]}, "array 'x' has shape .* dtype complex128"),
        ({"x": [1, 2], "y": [[1], [2]]}, r"target 'y' has shape \(2, 1\)"),
        ({"x": [1, 2], "y": [b"a", b"b"]}, r"target 'y' has shape \(2,\) and dtype .S1"),
        ({"x": [1, 2], "y": ["a", ""]}, "the target is an empty text in row 1"),
        ({"x": [1, 2], "y": [1, np.nan]}, "the target is nan in row 1"),
        ({"x": [[1, 2], [3, np.inf]], "y": [1, 2]}, r"inf in row 1 .*, column 'x\[1\]'"),
        ({"x": [], "y": []}, "hold no data"),
        ({"x": np.zeros((2, 0)), "y": [1, 2]}, "hold no data"),
        ({"x[0]": [1, 2], "x": [[1], [2]], "y": [1, 2]}, r"'x\[0\]' appears more than once"),
        ({"x": np.array([{}, {}], object), "y": [1, 2]}, "'x' cannot be read .*never pickled"),
        ({"x": [1, 2], "y": np.array([{}, {}], object)}, "'y' cannot be read .*never pickled"),
    ],
)
def test_a_wrong_npz_file_is_refused(tmp_path, arrays, message):
    np.savez(tmp_path / "table.npz", **arrays)
    with pytest.raises(ValueError, match=message) as caught:
        read_table(tmp_path / "table.npz", "y")
    assert "table.npz" in str(caught.value)


def test_text_targets_of_an_archive_do_not_regress(tmp_path):
    np.savez(tmp_path / "table.npz", x=[1, 2], y=["a", "b"])
    with pytest.raises(ValueError, match="target is text, which cannot be used for regression"):
        read_table(tmp_path / "table.npz", "y", task="regress")


@pytest.mark.parametrize("content", [b"", b"x,y\n1,2\n", b"\x93NUMPY\x01\x00", b"\x80\x04N."])
def test_a_file_that_is_no_archive_is_refused(write, content):
    with pytest.raises(ValueError, match="is not an NPZ archive"):
        read_table(write(content, "table.npz"), "y")


def test_a_file_in_the_archive_that_is_no_array_is_refused(tmp_path):
    np.savez(tmp_path / "table.npz", y=np.ones(2))
    with zipfile.ZipFile(tmp_path / "table.npz", "a") as archive:
        archive.writestr("readme", "hello")
    with pytest.raises(ValueError, match="'readme' is not an array"):
        read_table(tmp_path / "table.npz", "y")


def test_two_arrays_of_one_name_are_refused(tmp_path):
    np.savez(tmp_path / "table.npz", x=np.ones(2), y=np.ones(2))
    with zipfile.ZipFile(tmp_path / "table.npz", "a") as archive:
        archive.writestr("y", "hello")
    with pytest.raises(ValueError, match="more than one column is named 'y'"):
        read_table(tmp_path / "table.npz", "y")


# Wrong paths and arguments -----------------------------------------------------------------------


def test_a_missing_file_a_directory_and_another_kind_of_file_are_told_apart(tmp_path, write):
    with pytest.raises(FileNotFoundError, match=r"There is no file .*absent\.csv"):
        read_table(tmp_path / "absent.csv", "y")
    with pytest.raises(IsADirectoryError, match="is a directory; give one"):
        read_table(tmp_path, "y")
    with pytest.raises(ValueError, match=r"table\.xlsx is neither a \.csv nor a \.npz file"):
        read_table(write("x,y\n1,2\n", "table.xlsx"), "y")


def test_the_ending_may_be_in_capitals(write):
    assert len(read_table(write("x,y\n1,2\n", "TABLE.CSV"), "y")) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "say which column is the target; the columns are 'x', 'y'"),
        ({"target": "y", "task": "guess"}, "task='guess' is unknown"),
        ({"target": "y", "ignore": ["z"]}, "has no column 'z'"),
        ({"target": "y", "ignore": ["x"]}, "at least one other column.*, with 'x' ignored"),
        ({"target": "y", "ignore": ["y"]}, "a target column.*, with 'y' ignored"),
    ],
)
def test_wrong_arguments_are_refused(write, arguments, message):
    with pytest.raises(ValueError, match=message):
        read_table(write("x,y\n1,2\n"), **arguments)


def test_a_delimiter_is_one_character(write):
    with pytest.raises(TypeError, match="delimiter"):
        read_table(write("x,y\n1,2\n"), "y", delimiter=", ")


# One name for every source -----------------------------------------------------------------------


@pytest.mark.parametrize(("name", "rows"), [("digits", 1797), ("moons", 100), ("spirals", 300), ("xor", 4)])
def test_ready_made_data_loads_by_name(name, rows):
    data = load(name)
    assert (data.name, len(data)) == (name, rows)


def test_a_name_gives_the_defaults():
    assert (load("moons").inputs == moons().inputs).all()


def test_a_path_loads_as_a_table(write):
    path = write("x;y;z\n1;2;3\n3;4;5\n")
    one = load(path, "y", task="regress", ignore=["z"], delimiter=";")
    other = load(os.fspath(path), "y", task="regress", ignore=["z"], delimiter=";")
    assert one.inputs.tolist() == other.inputs.tolist() == [[1], [3]]


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(FileNotFoundError, match="data sets are digits, moons, spirals, xor"):
        load("mnist")


def test_a_file_needs_a_target_and_a_named_set_has_its_own(write):
    with pytest.raises(ValueError, match="say which column is the target"):
        load(write("x,y\n1,2\n"))
    with pytest.raises(ValueError, match="'xor' has its own target"):
        load("xor", target="y")
