"""`te.compile`: a function that is traced once for each kind of call, and replayed from then on.

A program is used again if the call has the same structure, shapes, dtypes and static values, and if all
that the function reads besides is as it was (see `guards`).  Otherwise the function is traced anew, up
to a limit; from there on it runs as it is, with a warning that says what keeps changing.
"""

from __future__ import annotations

import gc
import random
import warnings
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from enum import Enum
from functools import partial, update_wrapper
from threading import Lock
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

import numpy as np

from ..checks import count
from ..engine import Value
from ..tracing import TRACE, Trace
from ..trees import CONTAINERS, leaves
from .guards import Guards
from .replay import Replay
from .signature import DATA, Call, Signature, described
from .trace import Run

Function = Callable[..., Any]

LIMIT = 16
"""How many programs a compiled function keeps by default."""


class Compiled:
    """A function that is replayed; see `compile`, which makes it.

    `program` is the one that ran last, `programs` are all of them, and `reasons` says why each was made."""

    def __init__(
        self, f: Function, static: Sequence[int | str] | int | str = (), limit: int = LIMIT, threads: int = 1
    ) -> None:
        update_wrapper(self, f, updated=())
        self.f, self.limit, self.threads = f, limit, threads
        self.static = [static] if isinstance(static, int | str) else list(static)
        self.attribute = getattr(f, "__name__", "")  # under which a class has it
        self.signature = Signature(f, static)
        self.cache: dict[Hashable, list[Replay]] = {}
        self.reasons: list[str] = []
        self.program: Replay | None = None
        self.unsettled = ""  # what the function changed in Python when it was traced last
        self.unsteady = False  # it does so each time
        self.warned = False
        self.lock = Lock()

    @property
    def programs(self) -> list[Replay]:
        """All programs, in the order in which they were made."""
        return [replay for replays in self.cache.values() for replay in replays]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the function returns, by a program if there is one for this call."""
        if TRACE.get() is not None:
            return self.f(*args, **kwargs)  # part of another program
        call = self.signature.of(args, kwargs)
        for replay in self.cache.get(call.key, ()):
            if replay.fits():
                self.program = replay
                return replay(call.data)
        if self.unsteady:
            return self.f(*args, **kwargs)
        if len(self.programs) >= self.limit:
            self.warn(f"it has {self.limit} programs already, and needs another: {self.reason(call)}", stacklevel=3)
            return self.f(*args, **kwargs)
        return self.traced(call)

    # ---- methods, and copies -----------------------------------------------------------------------

    def __set_name__(self, owner: type, name: str) -> None:
        self.attribute = name

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """A method, compiled for each object on its own.  The object keeps it, and a copy makes one of its own."""
        if instance is None:
            return self
        held = getattr(instance, "__dict__", None)
        if type(held) is not dict:  # a class, or an object with slots: an argument like any other
            return MethodType(self, instance)
        found = held.get(self.attribute)
        if found is None or (type(found) is Compiled and getattr(found.f, "__self__", instance) is not instance):
            static = [n - 1 if isinstance(n, int) else n for n in self.static if n != 0]
            found = held[self.attribute] = Compiled(MethodType(self.f, instance), static, self.limit, self.threads)
            found.attribute = self.attribute
        return found

    def __set__(self, instance: Any, new: Any) -> None:
        vars(instance)[self.attribute] = new

    def __deepcopy__(self, memo: dict[int, Any]) -> Compiled:
        """Itself, as it is with functions; a method goes with its object.  Programs are made anew."""
        if isinstance(self.f, FunctionType):
            return self
        return Compiled(deepcopy(self.f, memo), self.static, self.limit, self.threads)

    def __reduce__(self) -> Any:
        """By its name, as it is with functions."""
        if isinstance(self.f, FunctionType):
            return self.f.__qualname__
        owner = getattr(self.f, "__self__", None)
        if type(getattr(type(owner), self.attribute, None)) is Compiled:
            return getattr, (owner, self.attribute)
        return Compiled, (self.f, self.static, self.limit, self.threads)

    def __repr__(self) -> str:
        return f"<compiled {self.signature.name}: {len(self.programs)} programs>"

    # ---- making a program --------------------------------------------------------------------------

    def traced(self, call: Call) -> Any:
        """Run the function on this call, and keep what it did as a program."""
        self.signature.check(call)
        reason = self.reason(call)
        guards = Guards(self.f, self.signature.static_parts(call))
        if guards.iterators:
            raise TypeError(
                f"{self.signature.name} reaches {guards.iterators[0][0]}, an iterator, which a program would not "
                "move on; call next() outside and pass what it gave as an argument"
            )
        generators = {id(g): (g, state_of(g)) for g in (*guards.generators, *GLOBAL_GENERATORS)}
        data = [x._data if type(x) is Value else x for x in call.data]

        def run(values: Sequence[Any]) -> Any:
            args, kwargs = self.signature.with_data(call, values)
            return self.f(*args, **kwargs)

        record = Run(self.f, data, run)
        self.refuse_draws(generators, record.trace)
        self.refuse_results(record.out, guards.reached)
        with collector_paused():
            replay = Replay(record, guards, call.data, partial(Compiled, threads=self.threads), self.threads)
        if changes := guards.changes() + guards.assigned():
            self.unsettle("; ".join(changes))
        else:
            self.unsettled = ""
            with self.lock:
                self.cache.setdefault(call.key, []).append(replay)
                self.reasons.append(reason)
            self.program = replay
        return replay.first_results(call.data)

    def unsettle(self, changes: str) -> None:
        """Python state changed while the function ran.  Once may be a cache that is filled; twice is a habit."""
        if self.unsettled:
            self.unsteady = True
            self.warn(f"it changes what it depends on, which a program would not do: {changes}", stacklevel=5)
        self.unsettled = changes

    def warn(self, why: str, stacklevel: int) -> None:
        """Warn, once, that the function runs as it is."""
        if not self.warned:
            self.warned = True
            message = (
                f"{self.signature.name} is not compiled for this call but run as it is, which is right but slow: "
                f"{why}. Pass what changes as an argument (a float or an array), or keep it out of the function"
            )
            warnings.warn(message, RuntimeWarning, stacklevel=stacklevel)

    def reason(self, call: Call) -> str:
        """Why a new program is needed."""
        known = self.cache.get(call.key)
        if known:
            return "; ".join(known[-1].changes()) or "something that the function depends on changed"
        seen = "the first call" if not self.cache else f"a call unlike the {len(self.cache)} before"
        return f"{seen}: ({described(call.key)})"

    def refuse_draws(self, before: dict[int, tuple[Any, Any]], trace: Trace) -> None:
        """Raise if the function drew random numbers in a way that a program would not repeat."""
        for key, (generator, state) in before.items():
            now = state_of(generator)
            if not same_state(now, trace.drawn.get(key, state)):
                raise TypeError(
                    f"{self.signature.name} drew random numbers from {spoken(generator)} by itself, and a program "
                    "would use the same ones each time; draw with te.random, or draw outside and pass the numbers on"
                )

    def refuse_results(self, out: Any, known: set[int]) -> None:
        """Raise if the function made an object that may hold Values: a program would return it again and again."""
        for x in leaves(out):
            fixed = isinstance(x, (*DATA, type, Enum, BuiltinFunctionType)) or getattr(x, "__closure__", x) is None
            if gc.is_tracked(x) and not fixed and id(x) not in known:
                raise TypeError(
                    f"{self.signature.name} returned a {type(x).__name__}, which a program would not make anew; return "
                    f"numbers, arrays and Values, in {CONTAINERS} if need be"
                )


@contextmanager
def collector_paused() -> Iterator[None]:
    """A context without Python's cyclic garbage collector, for making a program: of a long record it makes a million
    objects, none of them garbage, and the collector would look through all of them again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


GLOBAL_GENERATORS = (np.random, random)
"""What `np.random.normal` and `random.random` draw from."""


def state_of(generator: Any) -> Any:
    """Where a generator is in its stream."""
    if isinstance(generator, np.random.Generator):
        return generator.bit_generator.state
    return generator.getstate() if hasattr(generator, "getstate") else generator.get_state(legacy=False)


def same_state(a: Any, b: Any) -> bool:
    """Whether two states are the same."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same_state(a[k], b[k]) for k in a)
    return bool(np.array_equal(a, b)) if isinstance(a, np.ndarray) else bool(a == b)


def spoken(generator: Any) -> str:
    """A generator in words."""
    if generator is random:
        return "Python's random"
    return "np.random" if generator is np.random else f"a {type(generator).__name__}"


def compile(
    f: Function | None = None,
    *,
    static: Sequence[int | str] | int | str = (),
    limit: int = LIMIT,
    threads: int = 1,
) -> Any:
    """`f`, traced once for each kind of call and replayed as a program of NumPy calls from then on.

    The first call runs `f` and keeps the record; a later call with arguments of the same structure, shapes
    and dtypes runs the program and none of the Python of `f`.  `f` may be a plain function, `te.grad(g)` and
    its kin, or a whole training step with `backward()` and an optimiser's `step()`.  The results are those
    of `f`, Values where `f` returns Values, in memory of their own.

    Floats, complex numbers, arrays and Values are data, taken anew in each call.  Integers, strings and other
    hashable things are static, as are arguments named in `static` (by name or position): another one makes
    another program.  Values that `f` reaches (weights) are read in each call, as are the settings of optimisers.
    Other Python state that `f` reads (closures, globals, attributes, arrays, what objects among its arguments
    hold) is checked in each call, and if it changed `f` is traced anew; `reasons` says why.  After `limit`
    programs `f` runs as it is, with a RuntimeWarning.  `threads` shares elementwise work on large arrays among so
    many threads, with the same results.

    >>> import numpy as np
    >>> from tinygrad_edu import grad
    >>> slope = compile(grad(lambda x: np.sum(np.sin(x) ** 2)))
    >>> slope(np.array([0.5, 1.0])).round(6).tolist() == np.sin(2.0 * np.array([0.5, 1.0])).round(6).tolist()
    True
    >>> print(slope.program)  # doctest: +ELLIPSIS
    <lambda>...

    A function that changes Python state besides (`self.t += 1`, `log.append(x)`) runs as it is, with a
    RuntimeWarning.  Arguments are Values in a trace, so `x += 1` makes a new array and leaves the caller's alone.
    Above a method it makes a program for each object, which copies of the object do not share.

    Raises TypeError where `f` looks at the numbers of a Value in Python (`if v > 0`, `float(v)`, `v.data`), or
    draws random numbers itself, asks for the time, moves an iterator on or returns an object that it made, since
    a program would repeat what happened the first time: the message says what to write instead.
    """
    if f is None:
        return partial(compile, static=static, limit=limit, threads=threads)
    if isinstance(f, staticmethod | classmethod):
        name = type(f).__name__
        raise TypeError(f"te.compile takes a function, not a {name}; write @{name} above @te.compile")
    if not callable(f):
        raise TypeError(f"te.compile takes a function, not a {type(f).__name__}")
    return Compiled(f, static, count(limit, "limit", least=1), count(threads, "threads", least=1))
