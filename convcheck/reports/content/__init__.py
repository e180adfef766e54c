"""What the reports for people say, before any format: blocks, in the order to read them.

``text``, ``markdown`` and ``html`` each show the same blocks in their own way. Texts are rich's:
what stands out has a style, and that is all that a block knows of how it looks.
"""

from __future__ import annotations

from convcheck.reports.by_result import file_for
from convcheck.reports.content.blocks import Block
from convcheck.reports.context import Context


def content(result: object, context: Context) -> list[Block]:
    """The report as blocks. Raises TypeError for what has no report."""
    return list(file_for(__name__, result).content(result, context))
