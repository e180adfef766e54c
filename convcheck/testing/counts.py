"""Formats the suite's reports as a table of counts, with the reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from convcheck.runtimes.hardware import packages
from convcheck.testing.suite import Report

COLUMNS = ("specs", "within", "exact", "unavailable", "outside")


def table(reports: Sequence[Report], *, reasons: bool = False) -> str:
    """A row for each report, then the known failures that were met.

    ``reasons`` adds every reason for which a spec is unavailable.
    """
    rows: list[tuple[str, ...]] = [("implementation", "versions", *COLUMNS)]
    for report in (report for report in reports if report.runs):
        versions = ", ".join(f"{package} {v}" for package, v in packages(report.versions).items())
        counts = report.counts
        rows.append((report.name, versions, *(str(counts[column]) for column in COLUMNS)))
    lines = [*_aligned(rows), ""] if len(rows) > 1 else []
    for report in reports:
        lines += _known(report)
        lines += _reasons(report) if reasons and report.runs else []
        lines += [f"{report.name}: {failure}" for failure in report.failures if report.runs]
        lines += [] if report.runs else report.failures
    return "\n".join(lines).strip() + "\n"


def _aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        text = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
        text += [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        yield "  ".join(text)


def _known(report: Report) -> list[str]:
    lines = []
    for known, results in report.known.items():
        link = f" {known.link}" if known.link else ""
        expected = sum(result.failure is None for result in results)
        lines.append(
            f"{report.name}: {expected} outside as expected, {known.cause}: {known.text}{link}"
        )
    return lines


def _reasons(report: Report) -> list[str]:
    return [
        f"{report.name}: {len(specs)} unavailable, such as {specs[0]}: {reason}"
        for reason, specs in report.unavailable.items()
    ]
