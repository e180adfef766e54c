"""What to say about a name that nobody knows."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from convcheck.untrusted.text import clean


def unknown_cause(name: str, known: Sequence[str]) -> str:
    """That there is no such cause, with the known names that are near to it."""
    near = difflib.get_close_matches(name[:60], known, 3, 0.5)
    near = near or [one for one in known if name in one][:3]
    hint = f"did you mean {' or '.join(near)}?" if near else "run convcheck explain for the list"
    return f"there is no cause '{clean(name, 60)}'; {hint}"
