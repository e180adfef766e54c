"""What an implementation is doing, told to whoever shows it."""

from __future__ import annotations

from collections.abc import Callable

Tell = Callable[[str, str], None]
"""Takes an implementation and ``STARTING``, ``RUNNING`` or ``DONE``; called from any thread."""
STARTING, RUNNING, DONE = "starting", "running", ""


def nobody(name: str, what: str) -> None:
    """Tells nobody."""
