"""The end of a command: its report, picture and exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convcheck.cli import targets
from convcheck.cli.reproduce import command_line

if TYPE_CHECKING:
    from convcheck.case.case import Case
    from convcheck.results import Check


def check_targets(*, output: str | None, plot: str | None = None, save: str | None = None) -> None:
    """Raises Mistake unless everything asked for can be written, before any work is done."""
    targets.check_report(output)
    targets.check_plot(plot)
    if save is not None:
        targets.check_save(save)


def tell(
    ctx: click.Context,
    case: Case,
    result: Check,
    *,
    format_: str,
    output: str | None,
    plot: str | None,
    quiet: bool,
) -> int:
    """Write the picture and the report; the exit code."""
    if plot:
        targets.write_plot(plot, case, result)
    if format_ == "json":
        from convcheck.reports import json as json_report

        text = json_report.render(result, command_line(ctx))
    elif quiet:
        text = ""
    else:
        from convcheck.reports import text as text_report

        text = text_report.render(result, color=targets.colors(output))
    targets.write_report(output, text)
    return result.exit_code
