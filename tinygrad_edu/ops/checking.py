"""The chapter of checks: a row that passes its input on if the numbers are what they have to be.

What looks at numbers in Python looks once.  In a function that is compiled it would not look at the
numbers of later calls, so while a function is traced such a look is recorded, as a row that a program
does anew: `ensured` for what raises, `settled` for what decides.  Otherwise nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..engine import Value
from ..kinds import general
from ..tracing import TRACE
from .index import first_input_only


def _checked(x: Any, *others: Any, check: Callable[..., None], **settings: Any) -> Any:
    check(x, *others, **settings)
    return x


checked = general(
    _checked,
    first_input_only(lambda g, out, x, *others, **settings: g),
    name="checked",
    complex=True,
    stacks=True,
    doc="x itself, if it passes a check that looks at numbers",
)


def recorded(check: Callable[..., None], x: Any, *others: Any, **settings: Any) -> Any:
    """The check as a row of the trace that is being made, if any; None if there is none, or nothing to record."""
    trace = TRACE.get()
    if trace is None or not any(type(v) is Value for v in (x, *others)):
        return None
    row = checked(x, *others, check=check, **settings)
    trace.kept.append(row)
    return row


def bare(x: Any) -> Any:
    """The data of a Value, or `x` itself."""
    return x._data if type(x) is Value else x


def ensured(check: Callable[..., None], x: Any, *others: Any, **settings: Any) -> Any:
    """`x`, of which `check(x, *others, **settings)` was asked, with bare data: it raises if something is wrong.

    Where a function is traced, what is returned comes after the check; it is to be used in the place of `x`."""
    if (row := recorded(check, x, *others, **settings)) is not None:
        return row
    check(*map(bare, (x, *others)), **settings)
    return x


def settled(called: str, remedy: str, decide: Callable[..., Any], *data: Any, **settings: Any) -> Any:
    """The answer of `decide(*data, **settings)`, with bare data; its docstring says what it answers.

    Where a function is traced, a program raises if the answer is another one for new numbers."""
    answer = decide(*map(bare, data), **settings)
    recorded(as_before, *data, decide=decide, answer=answer, called=called, remedy=remedy, **settings)
    return answer


def as_before(*data: Any, decide: Callable[..., Any], answer: Any, called: str, remedy: str, **settings: Any) -> None:
    """Raise if a decision is not the one that was made when a function was traced."""
    if (found := decide(*data, **settings)) != answer:
        raise ValueError(
            f"{called} depends on {decide.__doc__}: that is {found!r} for these numbers, and was {answer!r} for those "
            f"with which the function was compiled; {remedy}"
        )
