"""What a hostile input is, as data: files, a command line, what is expected of the answer."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Content = bytes | str | Callable[[Path], object]
"""A file's bytes or text, or a function that makes it at a path."""


@dataclass(frozen=True)
class Hostile:
    """One bad input, and the exit codes and words that answer it."""

    name: str
    arguments: Sequence[str]
    files: Mapping[str, Content] = field(default_factory=dict)
    """Made in the empty folder in which the command runs."""
    words: str = ""
    """Part of the line on stderr."""
    names: str = ""
    """What the line names too, such as the file."""
    codes: Sequence[int] = (2,)
    patience: float = 0.0
    """Seconds that it may take more than others."""
    environment: Mapping[str, str] = field(default_factory=dict)

    def make(self, folder: Path) -> None:
        """Write the files into an empty folder."""
        for name, content in self.files.items():
            path = Path(os.path.join(folder, name))
            path.parent.mkdir(parents=True, exist_ok=True)
            if callable(content):
                content(path)
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
