"""What a shell offers for the values of options; called by click while a line is being typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

from convcheck.causes.pages import all_pages, pages
from convcheck.implementations.registry import plugins
from convcheck.implementations.rows import QUANTIZED_ROWS, ROWS
from convcheck.quantized.request import SCALES

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def files(*names: str) -> Completer:
    """Files, after the ``names`` that an option takes as well."""

    def complete(
        context: click.Context, parameter: click.Parameter, typed: str
    ) -> list[CompletionItem]:
        return [*_starting(names, typed), CompletionItem(typed, type="file")]

    return complete


def implementations(
    context: click.Context, parameter: click.Parameter, typed: str
) -> list[CompletionItem]:
    """Names of implementations; after ``?`` the options that one takes.

    Those for quantized cases alone where such a one is asked for already, else all.
    """
    base, mark, query = typed.partition("?")
    asked = any(context.params.get(name) is not None for name in ("quantize", *SCALES))
    tables = (QUANTIZED_ROWS,) if asked else (ROWS, QUANTIZED_ROWS)
    if not mark or base not in tables[0]:
        return _starting(QUANTIZED_ROWS if asked else [*ROWS, *plugins()], typed)
    before = typed[: len(typed) - len(query.rpartition("&")[2])]
    known = [
        f"{before}{key}={value}"
        for table in tables
        if base in table
        for key, values in table[base].options.items()
        for value in (values if values is not None else ("",))
    ]
    return _starting(dict.fromkeys(known), typed)


def causes(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Causes that can be accepted."""
    return _starting([page.name for page in pages() if page.name != "unexplained"], typed)


def words(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """All that ``explain`` knows."""
    return _starting(dict.fromkeys(page.name for page in all_pages()), typed)


def _starting(names: Iterable[str], typed: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(typed)]
