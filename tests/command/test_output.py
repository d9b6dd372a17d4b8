"""Files appear together or not at all."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_edu.command.errors import UserError, as_user_error, in_words
from tinygrad_edu.command.output import staged

NAMES = ("a.txt", "b.txt", "c.txt")
files = st.dictionaries(st.sampled_from([*NAMES, "other.txt"]), st.binary(max_size=5))


@given(before=files, after=st.fixed_dictionaries({name: st.binary(max_size=5) for name in NAMES}))
def test_success_replaces_its_own_files_and_keeps_the_others(before, after):
    with TemporaryDirectory() as place:
        folder = Path(place)
        write(folder, before)
        with staged(folder, NAMES) as aside:
            write(aside, after)
            assert contents_by_name(folder, besides=aside) == before
        assert contents_by_name(folder) == {**before, **after}


@given(
    before=files,
    written=files,
    failure=st.sampled_from([ValueError, OSError, KeyboardInterrupt, UserError]),
)
def test_failure_changes_nothing(before, written, failure):
    with TemporaryDirectory() as place:
        folder = Path(place)
        write(folder, before)
        with pytest.raises((failure, UserError)), staged(folder, NAMES) as aside:
            fail_after(lambda: write(aside, written), failure("half way"))
        assert contents_by_name(folder) == before


def test_a_folder_is_made_with_its_parents_and_taken_away_again_after_a_failure(tmp_path, contents):
    deep = tmp_path / "a" / "b" / "c"
    with pytest.raises(ValueError, match="no"), staged(deep, NAMES):
        raise ValueError("no")
    assert contents(tmp_path) == {}
    with staged(deep, ["a.txt"]) as aside:
        write(aside, {"a.txt": b"x"})
    assert contents_by_name(deep) == {"a.txt": b"x"}


def test_a_folder_that_someone_else_used_meanwhile_stays(tmp_path, contents):
    deep = tmp_path / "a" / "b"
    mine = tmp_path / "a" / "mine"
    with pytest.raises(ValueError, match="no"), staged(deep, NAMES):
        fail_after(lambda: mine.write_text("keep"), ValueError("no"))
    assert contents(tmp_path) == {tmp_path / "a": None, mine: b"keep"}


def test_parents_made_in_vain_are_taken_away_again(tmp_path, contents):
    with pytest.raises(UserError), staged(tmp_path / "a" / ("b" * 1000) / "c", NAMES):
        pytest.fail("the block must not be entered")
    assert contents(tmp_path) == {}


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "out").write_text("mine")
    for folder in (tmp_path / "out", tmp_path / "out" / "below"):
        with pytest.raises(UserError, match="out"), staged(folder, NAMES):
            pytest.fail("the block must not be entered")
    assert (tmp_path / "out").read_text() == "mine"


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path):
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(UserError, match=r"a\.txt is a folder"), staged(tmp_path, NAMES):
        pytest.fail("the block must not be entered")


def test_a_write_protected_file_is_refused(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("mine")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(UserError, match="write-protected"), staged(tmp_path, NAMES):
        pytest.fail("the block must not be entered")
    assert contents_by_name(tmp_path) == {"a.txt": b"mine"}


def test_a_folder_without_permission_is_refused(tmp_path, monkeypatch, contents):
    def mkdtemp(**_kwargs):
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr("tempfile.mkdtemp", mkdtemp)
    with pytest.raises(UserError, match="Permission denied"), staged(tmp_path / "out", NAMES):
        pytest.fail("the block must not be entered")
    assert contents(tmp_path) == {}


# ---- errors in words -----------------------------------------------------------------------------


@given(st.text())
def test_an_error_is_told_on_one_line_that_is_not_empty(text):
    told = in_words(ValueError(text))
    assert told
    assert len(told.splitlines()) == 1


def test_a_reader_that_stops_reading_is_not_a_mistake():
    with pytest.raises(BrokenPipeError), as_user_error(OSError):
        raise BrokenPipeError


def fail_after(work, error):
    work()
    raise error


def write(folder, files):
    for name, data in files.items():
        (folder / name).write_bytes(data)


def contents_by_name(folder, besides=None):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path != besides}
