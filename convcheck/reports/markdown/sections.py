"""Sections in Markdown: why and what to do are shown, all else is folded."""

from __future__ import annotations

from collections.abc import Iterator

from convcheck.reports.content.blocks import Sections
from convcheck.reports.markdown.document import Part
from convcheck.reports.markdown.escape import code, inline
from convcheck.reports.markdown.tables import folded

_FOLDED = {
    "again": "commands",
    "blind": "blind spots",
    "budget": "budget",
    "formulas": "formulas",
    "known": "known failures",
    "model": "the whole model",
    "names": "whole names",
    "reason": "reasons",
    "settings": "settings",
    "uncut": "the uncut models",
    "units": "units",
    "versions": "versions",
    "whole": "whole messages",
}
"""Label -> what it is called where it is folded."""
_COMMANDS = {"again", "run"}
"""Labels of command lines, which are to be copied."""


def open_sections(block: Sections) -> Iterator[Part]:
    """What a reader needs first."""
    shown = [
        _item(label, texts, as_code=label in _COMMANDS)
        for label, texts in _grouped(block)
        if label not in _FOLDED
    ]
    if shown:
        yield Part(shown, "reasons, fixes and notes")


def folded_sections(block: Sections) -> list[Part]:
    """What a reader may look up."""
    rest = [(label, texts) for label, texts in _grouped(block) if label in _FOLDED]
    if not rest:
        return []
    title = ", ".join(dict.fromkeys(_FOLDED[label] for label, _ in rest))
    items = [_item(_FOLDED[label], texts, as_code=label in _COMMANDS) for label, texts in rest]
    return [folded(title[0].upper() + title[1:], Part(items, "details"))]


def _grouped(block: Sections) -> list[tuple[str, list[str]]]:
    """Each label with its texts: what has none goes on with the one before."""
    found: list[tuple[str, list[str]]] = []
    for label, text in block.rows:
        if label or not found:
            found.append((label, []))
        found[-1][1].append(text.plain)
    return found


def _item(label: str, texts: list[str], *, as_code: bool = False) -> str:
    first, *more = (code(text) if as_code else inline(text) for text in texts)
    return f"- **{label}**: {first}\n" + "".join(f"  - {text}\n" for text in more)
