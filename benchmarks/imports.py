"""How long `import tinygrad_edu` takes, next to `import numpy`, which it contains.

Every sample is a fresh interpreter, timed from outside; the three programs take turns.  Modules are
byte-compiled beforehand for all, as an installation does.  The bar is for the times without what a
bare interpreter takes (`pass`), in the same round, so it is about the imports alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .harness import OURS, Report, Row, measured

ROOT = Path(__file__).parent.parent
BARS = {OURS: {"numpy": 1.3}}
PROGRAMS = {"bare interpreter": "pass", "numpy": "import numpy", OURS: "import tinygrad_edu"}


def interpreter(program: str, environment: dict[str, str]) -> None:
    """Run `program` in a fresh interpreter, from the root of the repository."""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, env=environment)


def run(quick: bool) -> Report:
    report = Report(
        title="import tinygrad_edu",
        about="Fresh processes, the whole process timed; then less the time of a bare interpreter.",
    )
    with TemporaryDirectory() as cache:  # the first run of each fills it: see `calls_in`
        environment: dict[str, Any] = {**os.environ, "PYTHONPYCACHEPREFIX": cache}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        processes = {who: partial(interpreter, program, environment) for who, program in PROGRAMS.items()}
        times = measured(processes, rounds=2 if quick else 25)
    bare = times.pop("bare interpreter")
    report.rows.append(Row("whole process", "bare interpreter", [t * 1e3 for t in bare], "ms"))
    report.add("whole process", times, "ms", BARS)
    less = {who: [t - b for t, b in zip(times[who], bare, strict=True)] for who in ("numpy", OURS)}
    report.add("less the bare interpreter", less, "ms", BARS)
    return report
