"""A Python process of its own for code that may crash, never end, or end everything.

`Worker` keeps one such process and asks it questions, each with a limit of time.  When the process dies or
takes too long, it is killed, and the next question finds a new one.  This protects a run against mistakes;
it is no sandbox against malice: the code has all rights of the user who runs it.

Questions travel as pickles, answers as JSON only, so that nothing from over there is ever run here.  There
is nothing particular to an operating system: a thread reads the answers into a queue.
"""

from __future__ import annotations

import base64
import json
import os
import pickle
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from threading import Thread
from time import monotonic
from typing import IO, Any

MODULE = f"{__package__}.worker"
START_LIMIT = 120.0  # seconds for Python and this package; a cold disk is slow, and none of it is the user's


class Ended(Exception):  # noqa: N818 - the end of a process, which is not always an error
    """The process died or took too long; `noted` is what it last said that it was doing."""

    def __init__(self, how: str, noted: dict[str, Any]) -> None:
        super().__init__(how)
        self.noted = noted


class Late(Ended):
    """The process took too long."""


class Worker:
    """A process that answers questions, started when the first one is asked.

    `opening` is the question that each new process gets first; it may take `limit` seconds like any other.
    """

    def __init__(self, opening: Any, limit: float) -> None:
        self.opening, self.limit = opening, limit
        self._scratch = TemporaryDirectory()
        self._process: Any = None
        self._reader = Thread()
        self._lines: SimpleQueue[bytes | None] = SimpleQueue()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
        self._scratch.cleanup()

    def ask(self, question: Any, limit: float) -> dict[str, Any]:
        """The answer to a question, from a process that may have to be started first.

        Raises Late after `limit` seconds and Ended if the process dies; either way it is gone then.
        """
        if self._process is None:
            self._start()
            try:
                opened = self._answer(self.opening, self.limit)
            except Ended as error:
                return {"problem": str(error)}
            if "problem" in opened:
                return opened
        return self._answer(question, limit)

    def stop(self) -> int | None:
        """End the process, if there is one; its exit code."""
        if self._process is None:
            return None
        process, self._process = self._process, None
        process.kill()
        code: int = process.wait()
        with suppress(OSError):  # what was still to be written has no reader
            process.stdin.close()
        self._reader.join(1.0)  # it stays if a process that was started over there keeps the pipe open
        return code

    def _start(self) -> None:
        # -P: a file `random.py` where the user is must not be taken for Python's own.
        command = [sys.executable, "-P", "-m", MODULE]
        paths = [str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")]
        there = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "HYPOTHESIS_STORAGE_DIRECTORY": self._scratch.name,  # it would leave a folder where the user is
        }
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=there)
        self._lines = SimpleQueue()
        self._reader = Thread(target=read, args=(self._process.stdout, self._lines), daemon=True)
        self._reader.start()
        try:
            self._wait(START_LIMIT)
        except Ended as error:
            raise RuntimeError(f"no process could be started with {' '.join(command)}: {error}") from error

    def _answer(self, question: Any, limit: float) -> dict[str, Any]:
        try:
            self._process.stdin.write(base64.b64encode(pickle.dumps(question)) + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise self._died({}) from None
        return self._wait(limit)

    def _wait(self, limit: float) -> dict[str, Any]:
        """The next answer; what the process notes down on the way is kept for the error."""
        noted: dict[str, Any] = {}
        until = monotonic() + limit
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, until - monotonic()))
            except Empty:
                self.stop()
                raise Late(f"it had not ended after {limit:g} s", noted) from None
            if line is None:
                raise self._died(noted)
            answer = parsed(line)
            if "noted" not in answer:
                return answer
            noted = answer["noted"] or noted

    def _died(self, noted: dict[str, Any]) -> Ended:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)  # its pipe may close a moment earlier
        return Ended(exit_text(self.stop()), noted)


def read(pipe: IO[bytes], lines: SimpleQueue[bytes | None]) -> None:
    """Put every line of a pipe into a queue, and None at its end."""
    with pipe:
        for line in pipe:
            lines.put(line)
    lines.put(None)


def parsed(line: bytes) -> dict[str, Any]:
    """An answer; whatever else may have got into the pipe is a note of nothing."""
    try:
        answer = json.loads(line)
    except ValueError:
        answer = None
    return answer if isinstance(answer, dict) else {"noted": None}


def exit_text(code: int | None) -> str:
    """How a process ended, in words.

    >>> exit_text(1)
    'it ended the whole Python process, with exit code 1'
    """
    if code is not None and code < 0:
        try:
            return f"it crashed Python itself ({signal.Signals(-code).name})"
        except ValueError:
            return f"it crashed Python itself (signal {-code})"
    return f"it ended the whole Python process, with exit code {code}"


__all__ = ["Ended", "Late", "Worker"]
