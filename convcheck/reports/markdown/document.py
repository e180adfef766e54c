"""A document that is never too large: what does not fit is left out, and that is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from convcheck.reports.harmless import harmless

LARGEST = 1000 * 1024
"""Bytes in UTF-8. GitHub takes a job summary of 1 MiB from a step, and shows none above that."""
_NOTE = 200
"""Bytes kept for what is said of a part that is not whole."""


@dataclass(frozen=True)
class Part:
    """A part of a document: pieces that are shown whole or not at all, the worst first."""

    pieces: Sequence[str]
    what: str = "parts"
    """What a piece is, in the plural."""
    before: str = ""
    after: str = ""
    kept: bool = False
    """Whether it has its place before all others."""


def fitted(parts: Sequence[Part], largest: int = LARGEST) -> str:
    """The document; of a part that does not fit the last pieces are left out."""
    room = largest - _NOTE * len(parts)
    texts: dict[int, str] = {}
    for i in sorted(range(len(parts)), key=lambda i: not parts[i].kept):
        texts[i] = _part(parts[i], room)
        room -= _bytes(texts[i])
    return "\n".join(texts[i] for i in range(len(parts)) if texts[i]).rstrip("\n")


def _part(part: Part, room: int) -> str:
    """As many of the pieces as fit the room, and a note of the others, which has its own."""
    room -= _bytes(part.before + part.after)
    shown = []
    for piece in map(harmless, part.pieces):
        room -= _bytes(piece)
        if room < 0:
            break
        shown.append(piece)
    whole = "".join([part.before, *shown, part.after]) if shown else ""
    left = len(part.pieces) - len(shown)
    if not left:
        return whole
    of = f" of {len(part.pieces):,}" if shown else ""
    note = f"*{left:,}{of} {part.what} are left out here: a job summary may have 1 MiB.*\n"
    return f"{whole}\n{note}" if whole else note


def _bytes(text: str) -> int:
    return len(text.encode())
