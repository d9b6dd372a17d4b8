"""What a run looks like on paper: results first, then a Markdown table for each workload."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from .harness import TOLERANCE, Report, Row
from .rivals import versions

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
        "Times are per round; a ratio is the median over the rounds of ours ÷ theirs.",
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
    lines = ["| | | min | median | max | | ratio | bar |", "|---|---|---:|---:|---:|---|---:|---|"]
    for row in rows:
        figures = " | ".join(number(x) for x in (min(row.samples), median(row.samples), max(row.samples)))
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        bar = "" if quick or row.bar is None else f"≤ {row.bar:g} {'✓' if row.met else '✗ missed'}"
        lines.append(f"| {row.case} | {row.who} | {figures} | {row.unit} | {ratio} | {bar} |")
    return "\n".join(lines)


def number(x: float) -> str:
    """Three significant digits, without an exponent."""
    return f"{x:.0f}" if abs(x) >= 100 else f"{x:.3g}"
