"""Which options nobody typed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from rich.text import Text

from convcheck.reports.context import Setting


def settings_section(settings: Sequence[Setting]) -> Iterator[tuple[str, Text]]:
    """Which options nobody typed, and where each came from: a section, or none."""
    by_source: dict[str, list[str]] = {}
    for one in settings:
        flag = one.name if one.value == "true" else f"{one.name} {one.value}"
        by_source.setdefault(one.source, []).append(flag)
    words = [f"{' '.join(flags)} from {_near(source)}" for source, flags in by_source.items()]
    if words:
        yield "settings", Text(", ".join(words))


def _near(source: str) -> str:
    """A file seen from the current folder, where it is in or above it; a variable as it is."""
    return os.path.relpath(source) if os.path.isabs(source) else source
