"""Words of a command line, written so that a shell reads them back as they are."""

from __future__ import annotations

import os
import shlex


def quoted(word: str) -> str:
    """The word as a shell takes it, in printable characters alone."""
    return shlex.quote(word) if word.isprintable() else f"$'{''.join(map(_escaped, word))}'"


def _escaped(character: str) -> str:
    if character in "\\'":
        return "\\" + character
    if character.isprintable():
        return character
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(character))
