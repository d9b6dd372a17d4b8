"""A contestant in a process of its own, which sleeps while the others have their turn.

PyTorch, JAX and NumPy's BLAS each keep threads that wait for work by spinning, and each fills the heap
that Python's garbage collector looks through.  In one process they would slow each other down.  For the
same reason a turn ends when the threads of its process have stopped spinning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection
from time import perf_counter, process_time, sleep
from typing import Any

from .harness import calls_in, in_turns, timed

SPAWN = get_context("spawn")

PATIENCE = 0.5
"""Seconds after which threads that still spin are taken to do so for ever."""


class Apart:
    """What `make` makes, in a fresh process.  `make` is text, `"module:function"`, and `args` its arguments,
    so that only that process imports the module."""

    def __init__(self, make: str, *args: Any) -> None:
        self.here, there = SPAWN.Pipe()
        self.process = SPAWN.Process(target=serve, args=(there, make, args), daemon=True)
        self.process.start()
        there.close()

    def ask(self, question: Callable[[Any], Any]) -> Any:
        """`question(what was made)`, answered over there."""
        self.here.send(question)
        return self.here.recv()

    def close(self) -> None:
        """Let the process end."""
        self.here.close()
        self.process.join()


def serve(connection: Connection, make: str, args: tuple[Any, ...]) -> None:
    """Answer questions until the other side hangs up."""
    module, _, function = make.partition(":")
    made = getattr(import_module(module, __package__), function)(*args)
    while True:
        try:
            question = connection.recv()
        except EOFError:
            return
        connection.send(question(made))


def turn(run: Callable[[], Any], calls: int) -> float:
    """As `harness.timed`; then wait until the process is at rest (OpenBLAS's threads spin for 0.1 s)."""
    taken = timed(run, calls)
    start = perf_counter()
    busy = True
    while busy and perf_counter() - start < PATIENCE:
        before = process_time()
        sleep(0.005)
        busy = process_time() - before > 0.0005
    return taken


@contextmanager
def all_apart(makers: Mapping[str, tuple[Any, ...]]) -> Iterator[dict[str, Apart]]:
    """A process for each contestant, ended at the end of the block."""
    with ExitStack() as stack:
        processes = {}
        for who, maker in makers.items():
            processes[who] = Apart(*maker)
            stack.callback(processes[who].close)
        yield processes


def measured_apart(processes: Mapping[str, Apart], rounds: int, sample: float = 0.01) -> dict[str, list[float]]:
    """As `harness.measured`, each contestant in its own process, one at a time."""
    calls = {who: process.ask(partial(calls_in, sample=sample)) for who, process in processes.items()}
    samples = {who: partial(process.ask, partial(turn, calls=calls[who])) for who, process in processes.items()}
    return in_turns(samples, rounds)
