"""What the tests of the command line share."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tinygrad_edu.command.main import main


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Run a command in an empty folder, in this process."""
    monkeypatch.chdir(tmp_path)

    def call(*words: object) -> Ran:
        capsys.readouterr()
        code = main([str(word) for word in words])
        return Ran(code, *capsys.readouterr())

    return call


@pytest.fixture
def contents():
    """Every path below a folder, with the bytes of the files."""
    return lambda folder: {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.fixture
def refused(run, tmp_path, contents):
    """Run a command that is the user's mistake: code 2, one line, and everything as it was."""

    def call(*words: object) -> str:
        before = contents(tmp_path)
        ran = run(*words)
        assert ran.code == 2
        assert ran.err.startswith("error: ")
        assert ran.err.count("\n") == 1
        assert "Traceback" not in ran.out + ran.err
        assert contents(tmp_path) == before
        return ran.err

    return call
