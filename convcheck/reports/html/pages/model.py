"""The page about a model: a table of its layers, what fails first, then a section for each."""

from __future__ import annotations

from convcheck.model.results import ModelCheck
from convcheck.reports.content import content
from convcheck.reports.content.blocks import Table
from convcheck.reports.context import Context
from convcheck.reports.html.case_view import case_view
from convcheck.reports.html.page import Page, SortableTable
from convcheck.reports.html.tables import first_headline, sortable, without_headline


def page(result: ModelCheck, context: Context) -> Page:
    """The blocks of the report; its table of layers is the one that can be sorted."""
    blocks = content(result, context)
    headline = first_headline(blocks)
    layers = next((block for block in blocks if isinstance(block, Table)), None)
    views = [
        case_view(
            layer.check,
            context,
            number=i,
            name=f"{layer.name} ({layer.kind})",
            excerpt=context.excerpts.get(str(i)),
        )
        for i, layer in enumerate(result.layers)
    ]
    return Page(
        f"{headline.words if headline else ''}: {result.model}",
        headline,
        [block for block in without_headline(blocks) if block is not layers],
        table=None if layers is None else _sortable(layers, result),
        cases=views,
        exit_code=result.exit_code,
        cases_are="layers",
    )


def _sortable(table: Table, result: ModelCheck) -> SortableTable:
    checks = [layer.check for layer in result.layers]
    over = [layer.over_bound for layer in result.layers]
    return sortable(table, checks, over, link="layer", measured="of bound")
