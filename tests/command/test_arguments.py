"""Words typed: every number within its bounds is read, everything else is refused in one line."""

import argparse
import codecs
import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_edu
from tinygrad_edu.command import arguments
from tinygrad_edu.command.main import COMMANDS, in_plain_letters

# ---- readers of numbers --------------------------------------------------------------------------


@given(st.integers(0, 10**12), st.integers(0, 5))
def test_a_whole_number_is_read_if_it_is_large_enough(number, least):
    read = arguments.whole(least=least)
    if number >= least:
        assert read(str(number)) == number
    else:
        with pytest.raises(argparse.ArgumentTypeError, match=str(least)):
            read(str(number))


@given(st.floats())
def test_a_learning_rate_is_positive_and_finite(number):
    if 0 < number < math.inf:
        assert arguments.positive(repr(number)) == number
    else:
        with pytest.raises(argparse.ArgumentTypeError):
            arguments.positive(repr(number))


@given(st.floats())
def test_a_share_is_from_0_to_below_1(number):
    if 0 <= number < 1:
        assert arguments.share(repr(number)) == number
    else:
        with pytest.raises(argparse.ArgumentTypeError):
            arguments.share(repr(number))


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=5))
def test_layer_sizes_are_read_as_they_are_written(sizes):
    assert arguments.widths(",".join(map(str, sizes))) == tuple(sizes)


@pytest.mark.parametrize(
    "read",
    [
        arguments.whole(least=0),
        arguments.positive,
        arguments.share,
        arguments.widths,
        arguments.delimiter,
    ],
)
@given(text=st.text(max_size=6))
def test_any_text_is_read_or_refused_by_name(read, text):
    try:
        refusal = None if read(text) is not None else "nothing was read"
    except argparse.ArgumentTypeError as error:
        refusal = str(error)
    assert refusal is None or repr(text) in refusal


# ---- the whole command line ----------------------------------------------------------------------

WRONG = [
    ("nope",),
    ("demo", "--epochs", "0"),
    ("demo", "--epochs", "-1"),
    ("demo", "--epochs", "ten"),
    ("demo", "--epochs", "1e3"),
    ("demo", "--epochs"),
    ("demo", "--seed", "-1"),
    ("demo", "--seed", "1.5"),
    ("demo", "--bogus"),
    ("demo", "more"),
    ("train",),
    ("train", "moons", "--hidden", "0"),
    ("train", "moons", "--hidden", "64,"),
    ("train", "moons", "--lr", "0"),
    ("train", "moons", "--lr", "nan"),
    ("train", "moons", "--batch-size", "0"),
    ("train", "moons", "--test-share", "1"),
    ("train", "moons", "--task", "guess"),
    ("train", "moons", "--delimiter", "ab"),
    ("draw",),
    ("draw", "mine.py:y"),
    ("grade",),
    ("grade", "mine.py:Value", "--timeout", "0"),
    ("grade", "mine.py:Value", "--examples", "0"),
    ("grade", "mine.py:Value", "--laws", "value,,again"),
]


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_wrong_words_are_refused_with_where_to_read_more(refused, words):
    assert "--help)" in refused(*words)


def test_version(run):
    assert run("--version") == (0, f"tinygrad_edu {tinygrad_edu.__version__}\n", "")


@pytest.mark.parametrize("words", [(), ("--help",), *((command, "--help") for command in COMMANDS)], ids=" ".join)
def test_help_goes_to_stdout_and_is_no_error(run, words):
    ran = run(*words)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("usage: python -m tinygrad_edu")


def test_help_names_every_command_and_the_first_thing_to_try(run):
    text = run("--help").out
    assert all(f"\n    {command} " in text for command in COMMANDS)
    assert "python -m tinygrad_edu demo" in text


@pytest.mark.parametrize(("command", "package"), [(name, p) for name in COMMANDS for p in COMMANDS[name].packages])
def test_a_package_that_is_not_installed_is_named_with_its_extra(refused, monkeypatch, command, package):
    monkeypatch.setitem(sys.modules, package, None)
    message = refused(command, *{"train": ["moons"], "grade": ["mine.py:Value"], "check": ["mine.py"]}.get(command, []))
    assert package in message
    assert f"tinygrad_edu[{COMMANDS[command].extra}]" in message


# ---- terminals -----------------------------------------------------------------------------------


@given(
    st.text(alphabet=[*"abc∂·×−→µ…€", "\ud800"]),
    st.sampled_from(["ascii", "cp1252", "latin-1"]),
)
def test_signs_that_a_terminal_lacks_become_letters(text, encoding):
    codecs.register_error("plain", in_plain_letters)
    shown = text.encode(encoding, errors="plain").decode(encoding)
    assert all(sign in shown for sign in text if sign in "abc")
    assert "∂" not in shown
