"""Files are written aside and moved into place together, so a failure changes nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import UserError, as_user_error


@contextmanager
def staged(folder: Path, names: Sequence[str]) -> Iterator[Path]:
    """A fresh folder to write `names` into; they move to `folder` when the block ends well.

    `folder` is made if it is not there; what it holds stays, but for files called `names`, which
    are replaced at the very end.  If the block raises, nothing has changed.  Entering proves that
    `folder` can be written to, so do it before any long work.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as place:
    ...     with staged(Path(place, "out"), ["a.txt"]) as aside:
    ...         _ = (aside / "a.txt").write_text("hello")
    ...     sorted(path.name for path in Path(place, "out").iterdir())
    ['a.txt']

    Raises UserError if `folder` is no folder or cannot be written to, or a file cannot be replaced.
    """
    with as_user_error(OSError):
        made = make(folder)
        finished = False
        try:
            for name in names:
                refuse_if_protected(folder / name)
            aside = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder))
            try:
                yield aside
                for name in names:
                    os.replace(aside / name, folder / name)
                finished = True
            finally:
                shutil.rmtree(aside, ignore_errors=True)
        finally:
            if not finished:
                remove_empty(made)


def make(folder: Path) -> list[Path]:
    """Make `folder` and its parents; the ones that were missing, innermost first."""
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file, not a folder; choose another --out")
    made: list[Path] = []
    try:
        for path in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
            path.mkdir(exist_ok=True)
            made.insert(0, path)
    except OSError:
        remove_empty(made)
        raise
    return made


def remove_empty(folders: Sequence[Path]) -> None:
    """Take away folders that were made in vain; one that somebody has used meanwhile stays."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()


def refuse_if_protected(path: Path) -> None:
    """Raise if the file at `path` could not, or should not, be replaced."""
    if path.is_dir():
        raise UserError(f"{path} is a folder, and a file of that name would be written; move it away")
    if path.exists() and not os.access(path, os.W_OK):
        raise UserError(f"{path} is write-protected; move it away, or choose another place")


__all__ = ["staged"]
