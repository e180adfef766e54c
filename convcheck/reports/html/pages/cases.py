"""The page about several cases: a table of them, what fails first, then a section for each."""

from __future__ import annotations

from dataclasses import replace

from convcheck.cases import CasesCheck
from convcheck.reports.content import content
from convcheck.reports.content.blocks import Table
from convcheck.reports.content.cases import counted
from convcheck.reports.context import Context
from convcheck.reports.html.case_view import case_view
from convcheck.reports.html.page import Page
from convcheck.reports.html.tables import first_headline, sortable, without_headline
from convcheck.results import Check


def page(result: CasesCheck, context: Context) -> Page:
    """The blocks of the report; its table of cases is the one that can be sorted."""
    blocks = content(result, context)
    headline = first_headline(blocks)
    table = next(block for block in blocks if isinstance(block, Table))
    views = []
    for i, case in enumerate(result.cases):
        excerpt = context.excerpts.get(str(i))
        view = case_view(case.check, context, number=i, name=case.name, excerpt=excerpt)
        views.append(replace(view, reproduce=case.reproduce))
    return Page(
        f"{headline.words if headline else ''}: {counted(result)}",
        headline,
        [block for block in without_headline(blocks) if block is not table],
        table=sortable(
            table,
            [case.check for case in result.cases],
            [_summed(case.check) for case in result.cases],
            link="case",
            measured="worst pair",
        ),
        cases=views,
        exit_code=result.exit_code,
    )


def _summed(check: Check) -> float:
    return max((pair.sum_abs or 0.0 for pair in check.differences), default=0.0)
