"""How names and values are written: in sentences, as an option, and what a misspelled one meant."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence

MOST = 3
"""Names that are suggested."""
_LONGEST = 60
"""Characters of a name that are compared."""


def listed(words: Sequence[str], word: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``; or another ``word`` before the last."""
    *most, last = words
    return f"{', '.join(most)} {word} {last}" if most else last


def option_text(value: object) -> str:
    """A value as an option takes it: ``2,1``, and of pairs ``0:1,0:1``."""
    if not isinstance(value, tuple):
        return str(value)
    return ",".join(":".join(map(str, v)) if isinstance(v, tuple) else str(v) for v in value)


def near(name: str, known: Collection[str]) -> list[str]:
    """The known names that are near to this one: that hold it, then that are spelled alike."""
    typed = name.lower()[:_LONGEST]
    holding = [one for one in known if len(typed) > 2 and typed in one.lower()]
    lower = {one.lower(): one for one in reversed(list(known))}
    alike = [lower[one] for one in difflib.get_close_matches(typed, lower, MOST, 0.6)]
    same = [lower[typed]] if typed in lower else []
    return list(dict.fromkeys([*same, *holding, *alike]))[:MOST]


def did_you_mean(name: str, known: Collection[str]) -> str:
    """The names that are near to this one, as a question; "" where none is."""
    found = near(name, known)
    return f"did you mean {' or '.join(found)}?" if found else ""


def did_you_mean_or(name: str, known: Collection[str]) -> str:
    """The names that are near to this one, as a question; where none is, all that are known."""
    return did_you_mean(name, known) or f"known are {', '.join(known)}"
