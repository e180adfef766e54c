"""The text report of what can run here."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from convcheck.reports.context import Context
from convcheck.reports.text.layout import INDENT, Rows, glued, wrap
from convcheck.reports.text.terminal import Page, settings_section
from convcheck.results import ImplementationInfo
from convcheck.runtimes.hardware import packages


def render(listed: Sequence[ImplementationInfo], context: Context) -> str:
    """What runs here first, then what to install for the rest."""
    page = Page(width=context.width, color=context.color)
    table = Rows(["-i", "call", "version", "device", "options"])
    for row in (row for row in listed if row.available):
        shown = packages(row.versions).items()
        versions = ", ".join(glued(f"{name} {version}") for name, version in shown)
        options = " ".join(row.options)
        table.add(row.name, glued(row.call), Text(versions), row.device or "", options)
    page.add_table(table, indent=0)
    missing = [row for row in listed if not row.available]
    if missing:
        page.add(Text(), Text("not here", style="dim"))
    for row in missing:
        hint = row.install if "ModuleNotFoundError" in (row.message or "") else row.message
        first, *rest = wrap(Text(f"{row.name:<12} {hint}"), page.width - INDENT)
        page.add(first)
        page.add(*rest, indent=INDENT)
    also = Text(
        "also: file:PATH, a recorded output; python:MODULE:FUNCTION or python:FILE.py:FUNCTION, "
        "your own; NAME@PYTHON, in another environment's interpreter",
        style="dim",
    )
    page.add(Text(), *wrap(also, page.width))
    page.add_sections(settings_section(context.settings))
    return page.text()
