"""Names short enough for a table; JSON and a page's sections have them whole."""

from __future__ import annotations

from collections.abc import Sequence

ELLIPSIS = "…"
_BEGINNINGS = (1 / 3, 2 / 3, 1 / 2, 1, 0)
"""Shares of a short name that its beginning has: the end of a path mostly says more."""


def shortened(names: Sequence[str], longest: int) -> list[str]:
    """Each name with something in it left out, so that it has at most so many characters.

    What is left out is where that tells most of the names apart; those that would become the same
    as another stay whole.
    """
    short = cut(names, longest)
    meant: dict[str, set[str]] = {}
    for name, one in zip(names, short, strict=True):
        meant.setdefault(one, set()).add(name)
    return [one if len(meant[one]) == 1 else name for name, one in zip(names, short, strict=True)]


def cut(names: Sequence[str], longest: int) -> list[str]:
    """The same, though some may become equal: none is longer."""
    ways = [[_cut(name, longest, share) for name in names] for share in _BEGINNINGS]
    return max(ways, key=lambda way: len(set(way)))


def _cut(name: str, longest: int, share: float) -> str:
    if len(name) <= longest:
        return name
    begin = round((longest - 1) * share)
    return name[:begin] + ELLIPSIS + name[len(name) - (longest - 1 - begin) :]
