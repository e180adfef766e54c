"""Folders that come from elsewhere: nothing in them leads out of them, and all of it is a file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from convcheck.untrusted.files import Unreadable, kind_of_file, reason
from convcheck.untrusted.text import clean

_MOST_ENTRIES = 100_000


def check_folder(folder: str | os.PathLike[str]) -> int:
    """Bytes of all files in a folder and those below it.

    Raises Unreadable where something in it is neither a folder nor a regular file, or is a link
    that leads out of the folder or nowhere.
    """
    root, total, entries = os.path.realpath(folder), 0, 0
    for inside, folders, files in os.walk(root, onerror=_refuse):
        entries += len(folders) + len(files)
        if entries > _MOST_ENTRIES:
            raise Unreadable(f"it has more than {_MOST_ENTRIES:,} files")
        for name in folders + files:
            total += _size_of(os.path.join(inside, name), root)
    return total


def _size_of(path: str, root: str) -> int:
    shown = clean(os.path.relpath(path, root), 80)
    real = Path(os.path.realpath(path))
    if not real.is_relative_to(root):
        raise Unreadable(f"its '{shown}' is a link that leads out of the folder")
    try:
        status = os.stat(path)
    except OSError as error:
        raise Unreadable(f"its '{shown}' cannot be read: {reason(error)}") from error
    if stat.S_ISDIR(status.st_mode):
        return 0
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable(f"its '{shown}' cannot be read: {kind_of_file(status.st_mode)}")
    return status.st_size


def _refuse(error: OSError) -> None:
    raise Unreadable(reason(error)) from error
