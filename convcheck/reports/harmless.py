"""Keeps a report's lines from being commands to the program that shows them as a log.

GitHub's runner obeys ``::error::…`` at a line's start and ``##[error]…`` anywhere in it, Azure's
``##vso[…]``. What users' files are called, or a framework says, must not give such a command.
See https://github.com/actions/runner, ActionCommand.cs.
"""

from __future__ import annotations

import re

_AT_START = re.compile(
    r"^((?:[^\S\n]|\x1b\[[0-9;]*m)*):(?=:[a-z-]+(?:[^\S\n][^\n]*?)?::)",
    re.MULTILINE | re.IGNORECASE,
)
_ANYWHERE = re.compile(r"##(?=\w*\[)")


def harmless(report: str) -> str:
    """The report with a blank inside each such mark, so that it is plain text."""
    return harmless_anywhere(_AT_START.sub(r"\1: ", report))


def harmless_anywhere(report: str) -> str:
    """The same for the commands that may stand anywhere in a line, alone."""
    return _ANYWHERE.sub("## ", report)
