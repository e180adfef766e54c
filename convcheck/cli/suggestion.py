"""What to say about a name that nobody knows."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from convcheck.untrusted.text import clean

MOST = 3
"""Names that are suggested."""


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """The known names that are near to this one, as a question; "" where none is.

    Names that hold it come first, then those that are spelled alike.
    """
    typed = name.lower()[:60]
    holding = [one for one in known if len(typed) > 2 and typed in one.lower()]
    lower = {one.lower(): one for one in reversed(known)}
    alike = [lower[one] for one in difflib.get_close_matches(typed, lower, MOST, 0.6)]
    near = list(dict.fromkeys([*holding, *alike]))
    return f"did you mean {' or '.join(near[:MOST])}?" if near else ""


def unknown_cause(name: str, known: Sequence[str]) -> str:
    """That there is no such cause, with the known names that are near to it."""
    hint = did_you_mean(name, known) or "run convcheck explain for the list"
    return f"there is no cause '{clean(name, 60)}'; {hint}"


def unknown_word(name: str, known: Sequence[str]) -> str:
    """That nothing explains this word, with the known ones that are near to it."""
    hint = did_you_mean(name, known) or "run convcheck explain for the list"
    return f"there is nothing about '{clean(name, 60)}'; {hint}"
