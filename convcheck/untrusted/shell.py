"""Words of a command line, written so that a shell reads them back as they are."""

from __future__ import annotations

import os
import re
import shlex


def quoted(word: str) -> str:
    """The word as a shell takes it, in printable characters alone."""
    if word.isprintable():
        return shlex.quote(word)
    escaped = os.fsencode(word).decode("utf-8", "backslashreplace")  # what is no UTF-8: \\xNN
    escaped = re.sub(r"\\(?!x[0-9a-f]{2})|'", lambda found: "\\" + found[0], escaped)
    return f"$'{''.join(c if c.isprintable() else _escape(c) for c in escaped)}'"


def _escape(character: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in character.encode())
