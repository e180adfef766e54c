"""The folder for the temporary files of one command's processes, and of commands that are gone.

A command that is killed cannot remove its folder. It holds a lock on it, though, which the system
lets go of with the process: a folder of this user without a lock is nobody's.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile

from convcheck.runtimes.family import end_marked

_PREFIX = ".convcheck-scratch-"
_TRIES = 20


class ScratchFolder:
    """A new folder that is locked until ``remove``. Making one removes those that are nobody's."""

    def __init__(self) -> None:
        _remove_abandoned()
        for _ in range(_TRIES):  # another command may find it before it is locked, and remove it
            self.path = tempfile.mkdtemp(prefix=_PREFIX)
            self._lock = _locked(self.path)
            if self._lock is not None:
                return
        # No locks on this file system: nobody else can take one on it either.

    def remove(self) -> None:
        """Remove it with all that it holds."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _remove_abandoned() -> None:
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if not entry.name.startswith(_PREFIX):
                continue
            lock = _locked(entry.path)
            if lock is not None:
                end_marked(entry.path)
                shutil.rmtree(entry.path, ignore_errors=True)
                os.close(lock)


def _locked(path: str) -> int | None:
    """A lock on this folder; None where it is another's, no folder, or gone meanwhile."""
    try:
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(lock).st_uid == os.geteuid() and os.path.samestat(
            os.fstat(lock), os.lstat(path)
        ):
            return lock
    except OSError:  # it is locked, or gone
        pass
    os.close(lock)
    return None
