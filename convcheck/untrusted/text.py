"""Text from elsewhere, made fit for a line of a report or a terminal.

A file's name, an exception's message or a framework's output may hold escape sequences that
rewrite the screen, characters that turn the reading direction, or a megabyte. Whatever
convcheck did not write itself goes through ``clean`` before anyone sees it.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 300
"""Characters of a foreign text that are shown."""

_SEQUENCES = re.compile(
    "\x1b\\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor, screen
    "|\x1b[\\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\)?"  # OSC, DCS and other strings: titles, links
    "|\x1b[ -/]*[0-~]?"  # every other escape
)
_UNSEEN = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
"""Unicode categories that print nothing, or change how other characters print."""


def clean(text: object, longest: int = LONGEST) -> str:
    """The text in one line of at most ``longest`` characters, all of them printable.

    Escape sequences go, other control and format characters become blanks, runs of blanks one.
    What is too long is cut in its middle, where "…" stands: a path's end says more than its middle.
    """
    plain = str(text)
    if len(plain) > 8 * longest:  # cleaning a megabyte that is cut anyway takes seconds
        plain = f"{plain[: 4 * longest]}…{plain[-4 * longest :]}"
    if not (plain.isascii() and plain.isprintable()):  # most texts are, and it is quickly told
        plain = _SEQUENCES.sub(" ", plain)
        plain = "".join(" " if unicodedata.category(c) in _UNSEEN else c for c in plain)
    plain = " ".join(plain.split())
    if len(plain) <= longest:
        return plain
    head = (longest - 1) * 2 // 3
    return f"{plain[:head]}…{plain[-(longest - 1 - head) :]}"
