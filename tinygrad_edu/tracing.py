"""What is noted while a function is traced, so that it can be compiled; and what is refused meanwhile.

A trace is the function's own record plus what a record does not hold: gradients that were written,
steps of optimisers, draws of random numbers, and where a backward pass began and ended.  While one is
being made, whatever looks at the numbers of a Value in Python would freeze a decision in the program,
so it is refused with the remedy.  Making programs out of traces is in `compiler`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, NoReturn

from .births import new_birth

TRACE: ContextVar[Trace | None] = ContextVar("trace", default=None)
"""The trace that is being made in this thread, if any."""


STATIC = "make what it depends on static: te.compile(f, static=…)"
"""A remedy for whatever cannot be done anew."""


class Effect(NamedTuple):
    """Something that happens at a point of the program, and leaves its mark outside."""

    birth: int
    what: Any  # an object with `write(arrays)` and `apply()`; see `optim.flat.Plan`
    inputs: Sequence[Any]  # Values and numbers, or None
    updated: Sequence[Any]  # the Values whose data it changes


class Trace:
    """What happened in a run of a function, beside the record that its results hold."""

    def __init__(self, make_source: Callable[[Any], Any]) -> None:
        self.since = new_birth()
        self.make_source = make_source  # from data to a fresh leaf
        self.effects: list[Effect] = []
        self.gradients: dict[Any, Any] = {}  # a Value -> its `.grad` as the function sees it
        self.entered: dict[Any, Any] = {}  # a Value -> what stood for its `.grad` at the start; None if there was none
        self.quiet: list[tuple[int, int]] = []  # births between which the walks ran, without warnings
        self.origins: list[tuple[int, int]] = []  # (birth, that of the Value whose rule was applied from then on)
        self.kept: list[Any] = []  # results that are computed even if nobody uses them
        self.drawn: dict[int, Any] = {}  # id of a generator -> its state after the last draw that was recorded
        self.clock = make_source(0.0)  # an input for rows that have none, so that they are recorded

    def gradient(self, value: Any) -> Any:
        """The `.grad` of a Value as it is at this point of the function."""
        if value not in self.gradients:
            before = value.present_grad()
            source = None if before is None else self.make_source(before)
            self.gradients[value] = source
            if value.birth < self.since:
                self.entered[value] = source
        return self.gradients[value]

    def add_effect(self, what: Any, inputs: Sequence[Any], updated: Sequence[Any]) -> None:
        """Note that `what` is to be applied to the inputs at this point."""
        self.effects.append(Effect(new_birth(), what, tuple(inputs), tuple(updated)))


@contextmanager
def traced(trace: Trace | None) -> Iterator[Trace | None]:
    """A context in which this trace is being made; with None, one in which none is."""
    token = TRACE.set(trace)
    try:
        yield trace
    finally:
        TRACE.reset(token)


def tracing() -> bool:
    """Whether a function is being traced."""
    return TRACE.get() is not None


def refuse_while_tracing(what: str, remedy: str) -> None:
    """Raise TypeError if a function is being traced: `what` would be frozen in its program."""
    if TRACE.get() is not None:
        frozen(what, remedy)


def frozen(what: str, remedy: str) -> NoReturn:
    """The error for what a program could not do anew."""
    raise TypeError(f"{what} inside a compiled function would be frozen as it is in this call; {remedy}")
