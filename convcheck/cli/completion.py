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
    """Names of implementations; after ``?`` the options that one takes."""
    base, mark, query = typed.partition("?")
    of_integers = any(context.params.get(name) is not None for name in ("quantize", *SCALES))
    row = (QUANTIZED_ROWS if of_integers else ROWS).get(base)
    if not mark or row is None:
        return _starting(QUANTIZED_ROWS if of_integers else [*ROWS, *plugins()], typed)
    before = typed[: len(typed) - len(query.rpartition("&")[2])]
    known = [
        f"{before}{key}={value}"
        for key, values in row.options.items()
        for value in (values if values is not None else ("",))
    ]
    return _starting(known, typed)


def causes(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Causes that can be accepted."""
    return _starting([page.name for page in pages() if page.name != "unexplained"], typed)


def words(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """All that ``explain`` knows."""
    return _starting(dict.fromkeys(page.name for page in all_pages()), typed)


def _starting(names: Iterable[str], typed: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(typed)]
