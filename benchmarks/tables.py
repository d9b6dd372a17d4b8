"""What a run looks like on paper: results first, then a Markdown table for each workload."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from .harness import COMPARED, TOLERANCE, Figure, Report, Row
from .rivals import versions

RERUN = (
    'To measure again: `python -m pip install -e ".[bench]"`, then `python -m benchmarks --output docs/performance.md` '
    "on a machine that does nothing else; `python -m benchmarks --quick` only checks that all engines agree."
)
CPU_INFO = Path("/proc/cpuinfo")


def machine() -> str:
    """The processor, its cores, the system and the versions of everything that was timed."""
    packages = ", ".join(f"{name} {version}" for name, version in versions().items())
    return (
        f"{processor()}, {os.cpu_count()} cores; {platform.system()} {platform.release()}; "
        f"{platform.python_implementation()} {platform.python_version()}; {packages}"
    )


def processor() -> str:
    """The model name of the processor."""
    if CPU_INFO.exists():
        for line in CPU_INFO.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def results(report: Report) -> str:
    """What every engine computed, and whether they agree."""
    lines = [f"## {report.title}", *(f"  {check}" for check in report.checks)]
    lines += [f"  not installed, left out: {name}" for name in report.missing]
    lines += [f"  DISAGREEMENT {text}" for text in report.disagreements]
    if report.checks and not report.disagreements:
        lines.append(f"  all agree to {TOLERANCE:g}")
    return "\n".join(lines) + "\n"


def document(reports: Sequence[Report], quick: bool) -> str:
    """The tables of all workloads, with the machine they were measured on."""
    parts = [
        f"Measured on {machine()}.",
        "A time is the mean of the calls of one round. A ratio is taken within each round, and its median over the "
        "rounds is shown, with the bar that was set for it.",
        RERUN,
    ]
    if quick:
        parts.append("This was a quick run: it checks results; its times mean little, and no bar is shown.")
    for report in reports:
        parts += [f"## {report.title}", report.about, table(report.rows, quick)]
        if report.missing:
            parts.append(f"Not installed, so left out: {', '.join(report.missing)}.")
        if report.disagreements:
            parts += ["**The engines disagree:**", *report.disagreements]
    return "\n\n".join(parts) + "\n"


def table(rows: Sequence[Row], quick: bool) -> str:
    """The rows as a Markdown table."""
    found = {column: None for row in rows for column in row.figures}
    columns = [column for column in COMPARED.values() if column in found]
    columns += [column for column in found if column not in columns]
    lines = [
        " | ".join(["| ", "", "min", "median", "max", "", *columns]) + " |",
        "|---|---|---:|---:|---:|---|" + "---|" * len(columns),
    ]
    for row in rows:
        spread = (min(row.samples), median(row.samples), max(row.samples))
        figures = [shown(row.figures.get(column), quick) for column in columns]
        lines.append(" | ".join([f"| {row.case}", row.who, *map(number, spread), row.unit, *figures]) + " |")
    return "\n".join(lines)


def shown(figure: Figure | None, quick: bool) -> str:
    """A figure beside its bar, or nothing."""
    if figure is None:
        return ""
    value = number(figure.value)
    if quick or figure.bar is None:
        return value
    return f"{value} ≤ {figure.bar:g} ✓" if figure.met else f"{value}, bar {figure.bar:g} missed ✗"


def number(x: float) -> str:
    """Three significant digits, without an exponent."""
    return f"{x:.0f}" if abs(x) >= 100 else f"{x:.3g}"
