"""The end of a command: its report, its other files and its exit code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from convcheck.cli import output_files
from convcheck.cli.options import Reporting
from convcheck.cli.reproduce import command_line, settings
from convcheck.errors import UsageError
from convcheck.reports.context import Context
from convcheck.reports.registry import FORMATS

if TYPE_CHECKING:
    from convcheck.case.case import Case
    from convcheck.cases import CasesCheck
    from convcheck.model.results import ModelCheck
    from convcheck.results import Check
    from convcheck.testing.outcome import ConformanceCheck


def finish(case: Case, result: Check, reporting: Reporting, save: str | None = None) -> int:
    """Write the report, the bundle and the picture that are asked for; return the exit code.

    What cannot be written costs nothing but itself. Raises UsageError for it at the end.
    """
    writes: list[Callable[[], None]] = [lambda: write_report(result, reporting)]
    if save is not None:
        writes.append(lambda: output_files.write_bundle(save, case, result))
    if reporting.plot is not None:
        plot = reporting.plot
        writes.append(lambda: output_files.write_plot(plot, case, result))
    failures = []
    for write in writes:
        try:
            write()
        except UsageError as error:
            failures.append(str(error))
    if failures:
        raise UsageError("; ".join(failures))
    return result.exit_code


def finish_many(result: ModelCheck | CasesCheck | ConformanceCheck, reporting: Reporting) -> int:
    """Write the report of a model's layers, or of several cases or specs; return the exit code."""
    write_report(result, reporting)
    return result.exit_code


def write_report(result: object, reporting: Reporting) -> None:
    """Write the report in the format asked for, to the file asked for or to stdout."""
    chosen = FORMATS[reporting.format]
    text, command = "", click.get_current_context()
    if not (reporting.quiet and chosen.hidden_by_quiet):
        text = chosen.render(
            result,
            Context(
                reproduce=command_line(command),
                color=output_files.shows_colors(reporting.output),
                width=output_files.width(reporting.output),
                settings=settings(command),
                verbose=reporting.verbose,
            ),
        )
    output_files.write_report(reporting.output, text)
