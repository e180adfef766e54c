"""What to say about a name that nobody knows."""

from __future__ import annotations

from collections.abc import Sequence

from convcheck.spelling import did_you_mean
from convcheck.untrusted.text import clean


def unknown_cause(name: str, known: Sequence[str]) -> str:
    """That there is no such cause, with the known names that are near to it."""
    hint = did_you_mean(name, known) or "run convcheck explain for the list"
    return f"there is no cause '{clean(name, 60)}'; {hint}"


def unknown_word(name: str, known: Sequence[str]) -> str:
    """That nothing explains this word, with the known ones that are near to it."""
    hint = did_you_mean(name, known) or "run convcheck explain for the list"
    return f"there is nothing about '{clean(name, 60)}'; {hint}"
