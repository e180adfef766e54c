"""The text reports: short enough to read whole. The verdict, then why, then what to do."""

from __future__ import annotations

import functools

from convcheck.model.results import ModelCheck
from convcheck.reports.context import Context
from convcheck.reports.text import check, implementations, model
from convcheck.results import Check


@functools.singledispatch
def render(result: object, context: Context) -> str:
    """The report as text. Raises TypeError for what has no report."""
    raise TypeError(f"there is no text report of a {type(result).__name__}")


render.register(Check, check.render)
render.register(ModelCheck, model.render)
render.register(list, implementations.render)
