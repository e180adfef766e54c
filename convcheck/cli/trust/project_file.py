"""Finds a project's pyproject.toml and reads ``[tool.convcheck]`` from it.

Whoever may write such a file decides what a plain ``convcheck compare`` does. So it is looked for
no further than the project reaches, and never where somebody else could have put it.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

from convcheck.cli.trust import toml_file
from convcheck.errors import UsageError
from convcheck.untrusted.text import clean

NAME = "pyproject.toml"


def find(folder: Path) -> Path | None:
    """The pyproject.toml in this folder or above it; None where there is none to read.

    The search ends with the repository's root or the home folder, and before a folder of another
    user, one that everybody may write to, and one on another file system.
    """
    home = Path(os.path.expanduser("~"))
    device = folder.stat().st_dev
    for parent in (folder, *folder.parents):
        status = parent.stat()
        foreign = status.st_uid != os.geteuid() or status.st_mode & stat.S_IWOTH
        if foreign or status.st_dev != device:
            return None
        if (parent / NAME).is_file():
            return parent / NAME
        if parent == home or (parent / ".git").exists():
            return None
    return None


def read(file: Path, *, named: bool = False) -> dict[str, Any]:
    """``[tool.convcheck]`` of a settings file, empty where it has none.

    ``named`` for a file that the user asked for: it must have that table. Raises UsageError for
    what is no regular file, too large, or no TOML.
    """
    data = toml_file.read(file, "settings")
    if b"convcheck" not in data and not named:
        return {}  # most projects: no need to load a TOML parser
    table: Any = toml_file.parse(file, data)
    for key in ("tool", "convcheck"):
        if key not in table and named:
            raise UsageError(f"{clean(file)} has no table [tool.convcheck]; add one")
        table = table.get(key, {})
        if not isinstance(table, dict):
            raise UsageError(f"{clean(file)}: '{key}' is no table; write [tool.convcheck]")
    return dict(table)
