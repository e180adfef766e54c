"""The pages that ``convcheck explain`` prints: a Markdown file for each word of a report.

Causes, verdicts, statuses and other words. A page is front matter with its group and, after
``also:``, other words for the same, then ``# NAME: summary``, then sections under ``## Title``:
prose, lists, and code indented by four spaces. Standard library alone: ``explain`` loads no NumPy.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

GROUPS = (
    *("precision", "geometry", "kernel", "channels", "values", "damage", "transposed"),
    *("gradients", "network", "other"),
)
"""The groups of causes, in the order in which they are listed."""

DEFAULT_PROOF = (
    "The changed convolution is computed exactly. Proved: every output lies within its rounding "
    "bound, and no other cause gives another result that does; supported: it fits, but too few "
    "outputs or another cause leave it open."
)
"""The section Proof of a cause whose page has none: most causes are proved alike."""

_PAGE = re.compile(
    r"---\ngroup: (?P<group>\S+)\n(?:also:(?P<also>.*)\n)?---\n\n"
    r"# (?P<name>\S+): (?P<summary>.+)\n\n"
    r"(?P<sections>## [\s\S]+)"
)
_PACKAGE = Path(__file__).parents[1]
_CAUSES = _PACKAGE / "causes" / "docs"
_VERDICTS = _PACKAGE / "verdict" / "docs" / "verdicts"
_STATUSES = _PACKAGE / "verdict" / "docs" / "statuses"
_WORDS = _PACKAGE / "verdict" / "docs" / "words"


@dataclass(frozen=True)
class Page:
    """The text about one cause, verdict, status or other word."""

    name: str
    group: str
    """One of ``GROUPS``, or ``verdicts``, ``statuses`` or ``words``."""
    summary: str
    """One line."""
    sections: Mapping[str, str]
    """Title -> text without markup: a line for each paragraph, item or line of code (indented)."""
    also: tuple[str, ...] = ()
    """Other words for it, blanks as hyphens."""


def page(name: str) -> Page:
    """The page of a cause. Raises KeyError for a name that no cause has."""
    return {one.name: one for one in pages()}[name]


@functools.cache
def pages() -> tuple[Page, ...]:
    """The pages of all causes, by group, then by name."""
    every = (_with_proof(one) for one in _read_folder(_CAUSES))
    return tuple(sorted(every, key=lambda one: (GROUPS.index(one.group), one.name)))


@functools.cache
def all_pages() -> tuple[Page, ...]:
    """The pages of verdicts, statuses, a report's words, and causes.

    A status may share its name with another page.
    """
    folders = (_VERDICTS, _STATUSES, _WORDS)
    return (*(one for folder in folders for one in _read_folder(folder)), *pages())


def parse(text: str) -> Page:
    """A page from its Markdown.

    Raises ValueError where the front matter, the title or a section's text is missing.
    """
    found = _PAGE.fullmatch(text)
    if found is None:
        raise ValueError("expected front matter with 'group: …', '# NAME: summary', then sections")
    sections = {}
    for part in found["sections"].removeprefix("## ").split("\n## "):
        title, _, markdown = part.partition("\n")
        sections[title] = "\n".join(_lines(markdown))
        if not sections[title]:
            raise ValueError(f"section '{title}' of '{found['name']}' is empty")
    also = tuple((found["also"] or "").split())
    return Page(found["name"], found["group"], found["summary"], sections, also)


def _read_folder(folder: Path) -> list[Page]:
    return [parse(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.md"))]


def _with_proof(one: Page) -> Page:
    """The page with the section Proof, before the public reports."""
    if "Proof" in one.sections:
        return one
    reported = {title: text for title, text in one.sections.items() if title == "Reported"}
    before = {title: text for title, text in one.sections.items() if title not in reported}
    return replace(one, sections={**before, "Proof": DEFAULT_PROOF, **reported})


def _lines(markdown: str) -> Iterator[str]:
    """Wrapped paragraphs and items joined into a line each, code as it is, no backticks."""
    paragraph: list[str] = []
    for line in (*markdown.split("\n"), ""):
        code = line.startswith("    ")
        if paragraph and (code or not line or line.startswith("- ")):
            yield " ".join(paragraph).replace("`", "")
            paragraph = []
        if code:
            yield line
        elif line:
            paragraph.append(line.strip())
