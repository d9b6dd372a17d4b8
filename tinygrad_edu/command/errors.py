"""A mistake of the user's, as opposed to one of ours: it is told in one line, without a trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class UserError(Exception):
    """What was wrong and what to do instead, for the person at the keyboard."""


@contextmanager
def as_user_error(*kinds: type[Exception]) -> Iterator[None]:
    """Inside, exceptions of these kinds are the user's mistake.

    >>> with as_user_error(OSError):
    ...     open("no such file")
    Traceback (most recent call last):
    tinygrad_edu.command.errors.UserError: no such file: No such file or directory
    """
    try:
        yield
    except BrokenPipeError:  # an OSError, but nobody's mistake: whoever reads our output has stopped
        raise
    except kinds as error:
        raise UserError(in_words(error)) from error


def in_words(error: BaseException) -> str:
    """The message of an exception on one line, without the system's error number.

    >>> in_words(ValueError("first\\nsecond"))
    'first second'
    """
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.filename}: {error.strerror}" if error.filename is not None else error.strerror
    else:
        text = str(error)
    return " ".join(text.split()) or type(error).__name__


__all__ = ["UserError", "as_user_error", "in_words"]
