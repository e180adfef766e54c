"""The end of a command: its report, picture and exit code."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from convcheck.cli import targets
from convcheck.cli.reproduce import command_line

if TYPE_CHECKING:
    from convcheck.case.case import Case
    from convcheck.results import Check


REPORTS = {"text": "convcheck.reports.text", "json": "convcheck.reports.json"}
"""Format -> the module that renders a check in it."""


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
    report(ctx, result, REPORTS, format_=format_, output=output, quiet=quiet)
    return result.exit_code


def report(
    ctx: click.Context,
    result: Any,
    modules: Mapping[str, str],
    *,
    format_: str,
    output: str | None,
    quiet: bool,
) -> None:
    """Write a report; ``modules`` names what renders each format, loaded when asked for."""
    text = ""
    if format_ == "json":
        text = import_module(modules["json"]).render(result, command_line(ctx))
    elif not quiet:
        text = import_module(modules["text"]).render(result, color=targets.colors(output))
    targets.write_report(output, text)
