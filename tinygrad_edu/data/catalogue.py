"""One name for every source of data: a ready-made set, or a file of the user's own."""

from collections.abc import Callable, Sequence
from pathlib import Path

from .dataset import Dataset
from .named import digits, moons, spirals, xor
from .table import Task, read_table

NAMED: dict[str, Callable[[], Dataset]] = {
    "digits": digits,
    "moons": moons,
    "spirals": spirals,
    "xor": xor,
}
"""The ready-made data sets by name; each is made with its defaults."""


def load(
    name_or_path: str | Path,
    target: str | None = None,
    *,
    task: Task | None = None,
    ignore: Sequence[str] = (),
    delimiter: str = ",",
) -> Dataset:
    """Return a ready-made data set by its name, or read a file.

    A name wins over a file of the same name; write "./digits" for the file.

    Args:
        name_or_path: "digits", "moons", "spirals", "xor", or the path of a .csv or .npz file.
        target: for a file, the column to predict; see `read_table`, also for the rest.
        task: for a file, "classify" or "regress" to overrule what the targets look like.
        ignore: for a file, columns to leave out.
        delimiter: for a CSV file, what separates the cells.

    Raises:
        FileNotFoundError: it is neither a name nor a file; the message lists the names.
        OSError: it is a directory, or it may not be read.
        ValueError: a target for a ready-made data set, or anything `read_table` finds wrong.

    >>> load("xor")
    Dataset('xor': 4 rows, 2 features, 2 classes)
    """
    name = str(name_or_path)
    if name in NAMED:
        if target is not None or task is not None or ignore:
            raise ValueError(f"The data set {name!r} has its own target; target, task and ignore are for files.")
        return NAMED[name]()
    if not Path(name_or_path).exists():
        raise FileNotFoundError(f"{name!r} is neither a file nor a data set; the data sets are {', '.join(NAMED)}.")
    return read_table(name_or_path, target, task=task, ignore=ignore, delimiter=delimiter)
