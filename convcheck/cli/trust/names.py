"""Which names of implementations run when a file brings them, not the user.

A name may start another interpreter (``@PYTHON``), call any function (``python:``), load a
package's code (a plugin) or change how a process starts (``LD_PRELOAD=``). A file may only name
what convcheck itself offers, with its options.
"""

from __future__ import annotations

from convcheck.implementations.rows import ROWS
from convcheck.untrusted.text import clean


def why_not_plain(text: str) -> str | None:
    """Why this name is not one that a file may run; None for a plain one.

    The text alone decides: nothing is looked up, neither a file nor an installed package.
    """
    shown = f"'{clean(text, 100)}'"
    base, _, query = text.partition("?")
    if text.startswith("python:"):
        return f"{shown} calls a function of yours by its name"
    if text.startswith("file:"):
        return f"{shown} reads a file"
    if "@" in base:
        return f"{shown} starts another interpreter"
    if base not in ROWS:
        return f"{shown} is not built into convcheck"
    keys = [part.partition("=")[0] for part in query.split("&")] if query else []
    if not all(key.isascii() and key.islower() for key in keys):
        return f"{shown} sets an environment variable"
    return None
