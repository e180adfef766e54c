"""A folder that nobody may look into: Linux tells when one of its files, or itself, is opened."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from pathlib import Path

_IN_OPEN = 0x20
_NONBLOCK = 0o4000


class Outside:
    """The folder, with a file ``secret`` in it of as many bytes as the weights of a small model."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "secret").write_bytes(bytes(4096))
        self._events = -1
        if sys.platform == "linux":
            libc = ctypes.CDLL(None, use_errno=True)
            self._events = libc.inotify_init1(_NONBLOCK)
            if libc.inotify_add_watch(self._events, os.fsencode(folder), _IN_OPEN) < 0:
                raise OSError(ctypes.get_errno(), "inotify")

    def was_opened(self) -> bool:
        """Whether anything was, since the last call; never where the system does not tell."""
        with contextlib.suppress(BlockingIOError):
            return self._events >= 0 and bool(os.read(self._events, 1 << 16))
        return False

    def close(self) -> None:
        """Watch no longer."""
        if self._events >= 0:
            os.close(self._events)
