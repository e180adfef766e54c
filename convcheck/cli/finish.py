"""The end of a command: its picture, its report and its exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convcheck.cli import output_files
from convcheck.cli.options import Reporting
from convcheck.cli.reproduce import command_line, settings
from convcheck.reports.context import Context
from convcheck.reports.registry import FORMATS

if TYPE_CHECKING:
    from convcheck.case.case import Case
    from convcheck.model.results import ModelCheck
    from convcheck.results import Check


def finish(case: Case, result: Check, reporting: Reporting) -> int:
    """Write the picture, where one is asked for, and the report; return the exit code."""
    if reporting.plot:
        output_files.write_plot(reporting.plot, case, result)
    write_report(result, reporting)
    return result.exit_code


def finish_model(result: ModelCheck, reporting: Reporting) -> int:
    """Write the report of a model; return the exit code."""
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
                settings=settings(command),
            ),
        )
    output_files.write_report(reporting.output, text)
