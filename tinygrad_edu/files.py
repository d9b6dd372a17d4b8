"""Files that are written whole or not at all: a failure leaves what was there."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4


def write_whole(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file by way of another beside it, so that it is never there in part.

    A link is followed to the file itself.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_whole(f"{folder}/a.txt", b"all of it")
    ...     Path(folder, "a.txt").read_text(), os.listdir(folder)
    ('all of it', ['a.txt'])

    Raises OSError, with the name that was given, if that is not possible.
    """
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{uuid4().hex}.part")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except BaseException as error:  # Ctrl-C as well leaves nothing behind
        with suppress(OSError):
            beside.unlink()
        if isinstance(error, OSError) and error.errno is not None:
            error.filename, error.filename2 = os.fspath(path), None
        raise
