"""The process that an engine under test runs in: `python -m tinygrad_edu.testing.grading.worker`; see `isolation`.

It reads questions from its standard input and answers on its standard output.  Both are put out of reach
first: what the engine prints is thrown away, and what it tries to read is empty.
"""

from __future__ import annotations

import base64
import json
import os
import pickle
import traceback
from contextlib import ExitStack
from typing import IO, Any

from .carried import Carried, arrived
from .raised import told
from .trial import Examiner, case_of


def main() -> None:
    """Answer questions until there are no more."""
    questions, answers = private()

    def say(answer: dict[str, Any]) -> None:
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()

    say({"started": True})
    with ExitStack() as stack:
        opening = next(questions, None)
        if opening is None:
            return
        try:
            examiner = opened(stack, read(opening), lambda noted: say({"noted": noted}))
        except (Exception, SystemExit) as error:
            say({"problem": told(error)})
            return
        say({"opened": True})
        for line in questions:
            say(answered(examiner, read(line)))


def opened(stack: ExitStack, sent: Carried, note: Any) -> Examiner:
    """The examiner of an engine that was sent."""
    found, names = stack.enter_context(arrived(sent))
    return Examiner(case_of(found, sent, names), note)


def answered(examiner: Examiner, question: tuple[Any, ...]) -> dict[str, Any]:
    """What the examiner answers.  It catches what the engine raises; anything else is a fault of ours."""
    method, *args = question
    try:
        found: dict[str, Any] = getattr(examiner, method)(*args)
    except Exception:
        return {"fault": traceback.format_exc()}
    return found


def private() -> tuple[IO[bytes], IO[bytes]]:
    """Standard input and output under numbers that nobody else knows; in their places, nothing."""
    questions, answers = (os.fdopen(os.dup(number), mode) for number, mode in ((0, "rb"), (1, "wb")))
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.close(nothing)
    return questions, answers


def read(line: bytes) -> Any:
    """A question."""
    return pickle.loads(base64.b64decode(line))


if __name__ == "__main__":
    main()
