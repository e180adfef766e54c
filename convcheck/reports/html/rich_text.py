"""rich's texts in pieces of one style each, as classes of the page's style sheet."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from rich.text import Text

from convcheck.reports.content.blocks import GLUE

_CLASSES = {"bold": "strong", "red": "bad", "yellow": "unsure", "green": "good", "dim": "dim"}


def pieces(text: Text) -> Iterator[tuple[str, str]]:
    """(text, classes) of each piece, in order; classes may be ""."""
    plain = text.plain
    ends = {0, len(plain), *(at for span in text.spans for at in (span.start, span.end))}
    cuts = sorted(at for at in ends if at <= len(plain))
    for start, stop in pairwise(cuts):
        styles = [text.style, *(s.style for s in text.spans if s.start <= start and stop <= s.end)]
        yield plain[start:stop].replace(GLUE, " "), _classes(" ".join(map(str, styles)))


def _classes(style: str) -> str:
    """What the words of a style come to: the last ones count."""
    found: dict[str, str] = {}
    words = iter(style.split())
    for word in words:
        if word == "not":
            found.pop(next(words, ""), None)
        elif word in _CLASSES:
            found[word] = _CLASSES[word]
    return " ".join(found.values())
