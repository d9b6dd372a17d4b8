"""Run workloads: print what every engine computed, then tables of times and ratios.

Exits with status 1 if two engines disagree about a result.  A missed bar is shown, and is no error.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .tables import document, results
from .workloads import WORKLOADS, run_apart


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"which to run, of {', '.join(WORKLOADS)}")
    parser.add_argument("--quick", action="store_true", help="check that all engines agree, in seconds; no bars")
    parser.add_argument("--output", type=Path, metavar="FILE.md", help="write the tables to this file as well")
    given = parser.parse_args()
    if unknown := set(given.workloads) - set(WORKLOADS):
        parser.error(f"no workload is called {', '.join(sorted(unknown))}; there are {', '.join(WORKLOADS)}")
    reports = []
    for workload in given.workloads or WORKLOADS:
        report = run_apart(workload, given.quick)
        print(results(report), flush=True)
        reports.append(report)
    text = document(reports, quick=given.quick)
    print(text)
    if given.output:
        given.output.write_text(text, encoding="utf-8")
    return 1 if any(report.disagreements for report in reports) else 0


if __name__ == "__main__":
    sys.exit(main())
