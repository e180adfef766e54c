"""The page about one case."""

from __future__ import annotations

from dataclasses import replace

from convcheck.reports.context import Context
from convcheck.reports.html.case_view import case_view
from convcheck.reports.html.page import Page
from convcheck.reports.labels import labels
from convcheck.results import Check


def page(check: Check, context: Context) -> Page:
    """The case alone, its verdict over all."""
    view = case_view(check, context, number=0, excerpt=context.excerpts.get(""))
    view = replace(view, reproduce=context.reproduce)
    who = ", ".join(labels(check.judgements).values())
    operands = f"{check.case.input.source} * {check.case.kernel.source}"
    if check.case.output_gradient is not None:
        operands = f"{check.case.pass_} of {operands}"
    title = f"{view.headline.words}: {operands} by {who}"
    return Page(title, view.headline, (), cases=(view,), exit_code=check.exit_code)
