"""A user's own data: read a CSV or NPZ file, name the target column, get a `Dataset`.

Nothing is guessed that could turn out wrong without a word: a cell that is not a finite number is
an error which names its line and column. Missing values are not filled in, text features are not
encoded, and no code in a file is ever run (pickled arrays are refused).
"""

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from .dataset import Array, Dataset

Task = Literal["classify", "regress"]

MOST_CLASSES = 20
"""Whole numbers with more different values than this are taken for regression."""


def read_table(
    path: str | Path,
    target: str | None = None,
    *,
    task: Task | None = None,
    ignore: Sequence[str] = (),
    delimiter: str = ",",
) -> Dataset:
    """Read a data set from a CSV or NPZ file.

    CSV: UTF-8 text (a byte order mark is allowed) whose first line names the columns. Blank lines
    are skipped, and spaces around a cell are dropped. Numbers have a decimal point.

    NPZ: the arrays of `numpy.savez`. A one-dimensional array is a column with the name of its key.
    A two-dimensional array "a" is the columns "a[0]", "a[1]", … The target is one-dimensional.

    Every column but the target and the ignored ones is a feature. The targets become

    - classes if they are text, in the sorted order of the names;
    - classes if they are whole numbers with at most 20 different values, each occurring twice or
      more on average, in the order of the numbers;
    - floats for regression otherwise.

    Targets that mix numbers and text are refused, because that is mostly a slip in one cell.

    Args:
        path: the file; its ending, .csv or .npz, says how it is read.
        target: the name of the column to predict. None raises the error that lists the columns.
        task: "classify" or "regress" to overrule the rule above. "classify" takes any targets for
            class names, mixed ones too.
        ignore: columns to leave out, such as a running number or a name.
        delimiter: what separates the cells of a CSV file.

    Returns:
        A `Dataset` with the name of the file. The inputs are float64, or float32 if all the
        feature arrays of an NPZ file are.

    Raises:
        FileNotFoundError: there is no such file.
        OSError: it is a directory, or it may not be read.
        ValueError: anything about its contents; the message says where, and what to do.
        TypeError: `delimiter` is not one character.

    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = pathlib.Path(folder.name, "fruit.csv")
    >>> _ = path.write_text("weight,width,kind\\n120,7.0,apple\\n90,6.5,plum\\n95,6.4,plum\\n")
    >>> fruit = read_table(path, target="kind")
    >>> fruit
    Dataset('fruit': 3 rows, 2 features, 2 classes)
    >>> fruit.classes, fruit.targets
    (('apple', 'plum'), array([0, 1, 1]))
    >>> folder.cleanup()
    """
    path = Path(path)
    if task not in (None, "classify", "regress"):
        raise ValueError(f"task={task!r} is unknown; it is 'classify', 'regress' or None.")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a directory; give one .csv or .npz file in it.")
    if not path.exists():
        raise FileNotFoundError(f"There is no file {path}.")
    ignored = (ignore,) if isinstance(ignore, str) else tuple(ignore)
    if path.suffix.lower() == ".csv":
        names, inputs, answers = _read_csv(path, target, task, ignored, delimiter)
    elif path.suffix.lower() == ".npz":
        names, inputs, answers = _read_npz(path, target, ignored)
    else:
        raise ValueError(f"{path} is neither a .csv nor a .npz file; save it as one of these.")
    try:
        targets, classes = _targets(answers, task)
        return Dataset(inputs, targets, names, classes, path.stem)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error


def _pick(path: Path, names: list[str], target: str | None, ignored: tuple[str, ...]) -> tuple[list[str], str]:
    """The names of the features, all but the ignored, and of the target; all must be there."""
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        raise ValueError(f"{path}: more than one column is named {repeated[0]!r}; rename one.")
    there = f"the columns are {_listed(names)}"
    if target is None:
        raise ValueError(f"{path}: say which column is the target; {there}.")
    for name in (target, *ignored):
        if name not in names:
            hint = " The first line must name the columns." if all(map(_is_number, names)) else ""
            raise ValueError(f"{path} has no column {name!r}; {there}.{hint}")
    features = [name for name in names if name != target and name not in ignored]
    if target in ignored or not features:
        raise ValueError(
            f"{path}: a target column and at least one other column are needed, but {there}"
            + (f", with {_listed(ignored)} ignored." if ignored else ".")
        )
    return features, target


def _targets(answers: Array, task: Task | None) -> tuple[Array, tuple[str, ...] | None]:
    """Apply the rule of `read_table`: labels and class names, or floats and None."""
    if answers.dtype.kind == "U":
        if task == "regress":
            raise ValueError("the target is text, which cannot be used for regression.")
        if (answers == "").any():
            row = int(np.argmax(answers == ""))
            raise ValueError(f"the target is an empty text in row {row} (counted from 0).")
        texts, labels = np.unique(answers, return_inverse=True)
        return labels, tuple(map(str, texts))
    if not np.isfinite(answers).all():
        row = int(np.argmin(np.isfinite(answers)))
        raise ValueError(f"the target is {answers[row]} in row {row} (counted from 0).")
    numbers, labels = np.unique(answers, return_inverse=True)
    # From 2**53 on, neighbouring whole numbers are the same float: labels would run together.
    exact = answers.dtype.kind in "iu" or bool((np.abs(numbers) < 2**53).all())
    if task is None:
        whole = exact and bool((numbers == np.floor(numbers)).all())
        few = len(numbers) <= min(MOST_CLASSES, len(answers) / 2)
        task = "classify" if whole and few else "regress"
    if task == "regress":
        return answers, None
    if not exact:
        raise ValueError("the targets are too large to tell apart as class labels; number them 0, 1, ….")
    # + 0 turns -0.0, which equals 0.0, into 0.0.
    return labels, tuple(str(number + 0).removesuffix(".0") for number in numbers)


# CSV ---------------------------------------------------------------------------------------------


class _Cell(NamedTuple):
    """One cell of a CSV file, and where it stands."""

    text: str
    path: Path
    line: int
    column: str

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return f"{self.path}, line {self.line}, column {self.column!r}"

    def number(self) -> float:
        """The finite number it holds."""
        if not self.text:
            raise ValueError(f"{self.place} is empty; fill the cell in or take the line out.")
        if not _is_number(self.text):
            raise ValueError(
                f"{self.place}: {self.text!r} is not a number; correct it, or leave the column out with ignore."
            )
        value = float(self.text)
        if not math.isfinite(value):
            raise ValueError(f"{self.place}: {self.text!r} is not a finite number.")
        return value


def _read_csv(
    path: Path, target: str | None, task: Task | None, ignored: tuple[str, ...], delimiter: str
) -> tuple[tuple[str, ...], Array, Array]:
    """Feature names, inputs, and the targets as an array of floats or of text."""
    lines = _csv_lines(path, delimiter)
    if not lines:
        raise ValueError(f"{path} is empty; its first line must name the columns.")
    header = [name.strip() for name in lines[0][1]]
    _check_header(path, header, delimiter)
    features, target = _pick(path, header, target, ignored)
    if len(lines) == 1:
        raise ValueError(f"{path} has column names but no rows.")
    rows = [_row(path, header, line, texts) for line, texts in lines[1:]]
    inputs = np.array([[row[name].number() for name in features] for row in rows])
    answers = _csv_answers([row[target] for row in rows], task)
    return tuple(features), inputs, answers


def _csv_lines(path: Path, delimiter: str) -> list[tuple[int, list[str]]]:
    """The lines that are not blank, each with the number of the line it starts on, from 1."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not UTF-8 text (byte {error.object[error.start]:#04x} at position "
            f"{error.start}); save it as CSV in UTF-8."
        ) from error
    if "\0" in text:
        raise ValueError(f"{path} holds zero bytes, as UTF-16 does; save it as CSV in UTF-8.")
    # strict: a quotation mark in the wrong place is an error, not part of a cell.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    lines = []
    start = 1
    try:
        for cells in reader:
            if len(cells) > 1 or any(cell.strip() for cell in cells):
                lines.append((start, cells))
            start = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"{path}, line {start}: cannot be read as CSV ({error}).") from error
    return lines


def _check_header(path: Path, header: list[str], delimiter: str) -> None:
    """Raise if the columns are not all named, or seem to be separated by something else."""
    if len(header) == 1:
        for other, word in ((";", "semicolons"), ("\t", "tabs"), (",", "commas")):
            if other != delimiter and other in header[0]:
                raise ValueError(
                    f"{path} looks separated by {word}; pass delimiter={other!r}, or save it "
                    f"separated by {delimiter!r}."
                )
    if "" in header:
        raise ValueError(f"{path}: column {header.index('') + 1} has no name in the first line.")


def _row(path: Path, header: list[str], line: int, texts: list[str]) -> dict[str, _Cell]:
    """The cells of a line by the names of their columns."""
    if len(texts) != len(header):
        raise ValueError(
            f"{path}, line {line}: found {len(texts)} cells, but the first line names {len(header)} columns."
        )
    return {name: _Cell(text.strip(), path, line, name) for name, text in zip(header, texts, strict=True)}


def _csv_answers(cells: list[_Cell], task: Task | None) -> Array:
    """The target column: floats if every cell is a number, else text."""
    texts = [cell for cell in cells if not _is_number(cell.text)]
    numbers = [cell for cell in cells if _is_number(cell.text)]
    for cell in numbers:
        cell.number()  # refuses nan and inf, which are missing values and not names of classes
    if task == "regress" or not texts:
        return np.array([cell.number() for cell in cells])
    for cell in texts:
        if not cell.text:
            raise ValueError(f"{cell.place} is empty; fill the cell in or take the line out.")
    if numbers and task is None:
        raise ValueError(
            f"{texts[0].place}: {texts[0].text!r} is not a number, but {numbers[0].text!r} "
            f"elsewhere in the column is; correct it, or pass task='classify' to take them all "
            f"for class names."
        )
    return np.array([cell.text for cell in cells])


def _is_number(text: str) -> bool:
    """Whether `text` is a number, as spreadsheets write them: Python's 1_000 is not."""
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


# NPZ ---------------------------------------------------------------------------------------------


def _read_npz(path: Path, target: str | None, ignored: tuple[str, ...]) -> tuple[tuple[str, ...], Array, Array]:
    """Feature names, inputs, and the targets as an array of numbers or of text."""
    arrays, answers = _npz_arrays(path, target, ignored)
    if answers.ndim != 1 or answers.dtype.kind not in "fiubU":
        raise ValueError(
            f"{path}: the target {target!r} has shape {answers.shape} and dtype {answers.dtype}; a "
            f"one-dimensional array of numbers or text is needed."
        )
    names: list[str] = []
    for key, array in arrays.items():
        if array.ndim not in (1, 2) or array.dtype.kind not in "fiub":
            raise ValueError(
                f"{path}: array {key!r} has shape {array.shape} and dtype {array.dtype}; features "
                f"must be numbers of shape (rows,) or (rows, columns). Reshape it, or leave it out "
                f"with ignore."
            )
        if len(array) != len(answers):
            raise ValueError(
                f"{path}: array {key!r} has {len(array)} rows, but the target {target!r} has {len(answers)}."
            )
        names += [key] if array.ndim == 1 else [f"{key}[{i}]" for i in range(array.shape[1])]
    # Booleans are the whole numbers 0 and 1.
    answers = answers.astype(np.int64) if answers.dtype.kind == "b" else answers
    return tuple(names), np.column_stack(list(arrays.values())), answers


def _npz_arrays(path: Path, target: str | None, ignored: tuple[str, ...]) -> tuple[dict[str, Array], Array]:
    """The arrays of the features by key, and that of the target."""
    arrays: dict[str, Array] = {}
    with path.open("rb") as file:
        if file.read(4) not in (b"PK\x03\x04", b"PK\x05\x06"):
            raise ValueError(f"{path} is not an NPZ archive; write one with numpy.savez.")
        file.seek(0)
        try:
            archive = np.load(file, allow_pickle=False)
        except Exception as error:  # zipfile and NumPy promise no one type for a damaged file
            raise ValueError(f"{path} is damaged: {error}") from error
        features, target = _pick(path, archive.files, target, ignored)
        for key in (*features, target):
            try:
                arrays[key] = archive[key]
            except Exception as error:  # as above
                raise ValueError(
                    f"{path}: array {key!r} cannot be read ({error}); only plain arrays of numbers "
                    f"or text are, never pickled objects."
                ) from error
            if not isinstance(arrays[key], np.ndarray):
                raise ValueError(f"{path}: {key!r} is not an array; write it with numpy.savez.")
    return arrays, arrays.pop(target)


def _listed(names: Iterable[str], most: int = 20) -> str:
    """The names in quotes; of a long list only the first, and how many there are."""
    quoted = [repr(name) for name in names]
    rest = f", … ({len(quoted)} in all)" if len(quoted) > most else ""
    return ", ".join(quoted[:most]) + rest
