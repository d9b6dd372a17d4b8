"""`grade FILE.py:CLASS`: an engine is tried, operation by operation, and gets points.

Exit code 0 for all points and 1 for fewer, so that it serves as a check in CI.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ..testing.grading.engines import check_engine
from .errors import UserError, as_user_error


def run(arguments: argparse.Namespace) -> int:
    """Carry out `python -m tinygrad_edu grade`."""
    for path in (arguments.junit, arguments.json):
        check_place(path)
    with as_user_error(ValueError, TypeError, OSError, ImportError):
        report = check_engine(
            arguments.engine,
            operations=arguments.operations,
            laws=arguments.laws,
            required=arguments.required,
            timeout=arguments.timeout,
            examples=arguments.examples,
            seed=arguments.seed,
        )
    with as_user_error(OSError):
        for path, text in ((arguments.junit, report.to_junit()), (arguments.json, report.to_json())):
            if path is not None:
                path.write_text(text, encoding="utf-8")
    return 0 if report.passed else 1


def check_place(path: Path | None) -> None:
    """Raise for a report that cannot be written, before anything runs."""
    if path is not None and path.is_dir():
        raise UserError(f"{path} is a folder; give the name of a file")
    if path is not None and not path.parent.is_dir():
        raise UserError(f"there is no folder {path.parent} to write {path.name} in; make it first")


__all__ = ["run"]
