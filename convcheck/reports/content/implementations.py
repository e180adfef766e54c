"""What the reports say of what can run here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from convcheck.reports.content.blocks import Block, Gap, Line, Sections, Table, glued
from convcheck.reports.content.settings import settings_section
from convcheck.reports.context import Context
from convcheck.results import ImplementationInfo
from convcheck.runtimes.hardware import packages


def content(listed: Sequence[ImplementationInfo], context: Context) -> Iterator[Block]:
    """What runs here first, then what to install for the rest."""
    table = Table(["-i", "call", "version", "device", "options"], indent=0)
    for row in (row for row in listed if row.available):
        shown = packages(row.versions).items()
        versions = ", ".join(glued(f"{name} {version}") for name, version in shown)
        options = " ".join(row.options)
        table.add(row.name, glued(row.call), Text(versions), row.device or "", options)
    yield table
    missing = [row for row in listed if not row.available]
    if missing:
        yield Gap()
        yield Line([Text("not here", style="dim")])
    for row in missing:
        yield Line([Text(f"{row.name:<12} {what_is_missing(row)}")])
    also = Text(
        "also: file:PATH, a recorded output; python:MODULE:FUNCTION or python:FILE.py:FUNCTION, "
        "your own; NAME@PYTHON, in another environment's interpreter",
        style="dim",
    )
    yield Gap()
    yield Line([also])
    quantized = ", ".join(_quantized(row) for row in listed if row.quantized_options is not None)
    if quantized:
        yield Line([Text(f"with --quantize: {quantized}", style="dim")])
    yield Sections([*settings_section(context.settings)])


def _quantized(row: ImplementationInfo) -> str:
    """The name with its options of quantized cases: ``numpy?rounding=F1|F2|…``."""
    options = row.quantized_options or {}
    words = [f"{key}={'|'.join(values)}" for key, values in options.items()]
    return row.name + ("?" + "&".join(words) if words else "")


def what_is_missing(row: ImplementationInfo) -> str:
    """What to install for an implementation that cannot run here; else why it cannot."""
    message = row.message or ""
    return row.install if "ModuleNotFoundError" in message else message
