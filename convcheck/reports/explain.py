"""Pages about causes, verdicts and statuses, laid out for a terminal. Standard library alone."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from convcheck.causes.pages import Page

WIDTH = 96
_KINDS = {"verdicts": " (verdict)", "statuses": " (status)", "words": " (word)"}
_TITLES = 14
"""Columns that a section's title takes."""


def listing(pages: Sequence[Page]) -> str:
    """A line for each page, under its group, in the order given."""
    lines: list[str] = []
    for group in dict.fromkeys(page.group for page in pages):
        lines += [group]
        lines += [f"  {one.name:<28}{one.summary}" for one in pages if one.group == group]
        lines += [""]
    return "\n".join([*lines, "convcheck explain NAME tells more about one of them."])


def render(page: Page) -> str:
    """A whole page. A verdict or a status is called that: a cause may have the same name."""
    kind = {"verdicts": " (verdict)", "statuses": " (status)", "words": " (word)"}.get(
        page.group, ""
    )
    sections = [_section(title.lower(), text) for title, text in page.sections.items()]
    return "\n\n".join([f"{page.name}{kind}: {page.summary}", *sections])


def _section(title: str, text: str) -> str:
    lines = [wrapped for line in text.split("\n") for wrapped in _wrap(line)]
    return "\n".join(f"  {title if i == 0 else '':<12}{line}" for i, line in enumerate(lines))


def _wrap(line: str) -> Iterator[str]:
    """Prose to the width of the page; indented lines are code and stay as they are."""
    if line.startswith(" "):
        yield line
    else:
        yield from textwrap.wrap(line, WIDTH - _TITLES)
