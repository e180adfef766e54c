"""The text report of what can run here."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from convcheck.reports.context import Context
from convcheck.reports.text.terminal import (
    as_text,
    new_console,
    print_sections,
    settings_section,
)
from convcheck.results import ImplementationInfo
from convcheck.runtimes.hardware import packages


def render(listed: Sequence[ImplementationInfo], context: Context) -> str:
    """What runs here first, then what to install for the rest."""
    console = new_console(color=context.color)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("-i", "call", "version", "device", "options"):
        table.add_column(column, no_wrap=column == "-i", overflow="fold")
    for row in (row for row in listed if row.available):
        shown = packages(row.versions).items()
        versions = ", ".join(f"{name} {version}" for name, version in shown)
        table.add_row(row.name, row.call, versions, row.device or "", " ".join(row.options))
    console.print(table)
    missing = [row for row in listed if not row.available]
    if missing:
        console.print(Text("\nnot here", style="dim"))
        for row in missing:
            hint = row.install if "ModuleNotFoundError" in (row.message or "") else row.message
            console.print(Text(f"{row.name:<12} {hint}"), soft_wrap=True)
    console.print(
        Text(
            "\nalso: file:PATH.npy, a recorded output; python:MODULE:FUNCTION, your own; "
            "NAME@PYTHON, in another environment's interpreter",
            style="dim",
        ),
        soft_wrap=True,
    )
    print_sections(console, settings_section(context.settings))
    return as_text(console)
