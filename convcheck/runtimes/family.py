"""All processes that a worker started, also those that left its session.

Linux alone can tell: by parents, since a worker adopts what its children leave behind, and by the
worker's own TMPDIR, which a process inherits and which stays readable after the worker's end.
Elsewhere a process that left the worker's session is not found.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time

_ROUNDS = 20
"""How often to look again: a process may start another one while it is being ended."""


def adopt_orphans() -> None:
    """Have this process become the parent of what its children leave behind."""
    if sys.platform == "linux":
        pr_set_child_subreaper = 36
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(pr_set_child_subreaper, 1)


def descendants(pid: int) -> set[int]:
    """The processes below this one, as far as they can be seen."""
    children: dict[int, list[int]] = {}
    for other in _own_processes():
        with contextlib.suppress(OSError, ValueError, IndexError):
            with open(f"/proc/{other}/stat", "rb") as file:
                # The second field is a name, which may hold blanks and parentheses.
                parent = int(file.read().rpartition(b")")[2].split()[1])
            children.setdefault(parent, []).append(other)
    found: set[int] = set()
    new = children.get(pid, [])
    while new:
        found.update(new)
        new = [child for one in new for child in children.get(one, []) if child not in found]
    return found


def end_marked(scratch: str) -> None:
    """End the processes whose TMPDIR is this folder or lies in it."""
    for _ in range(_ROUNDS):
        found = _marked(scratch)
        if not found:
            return
        for pid in found:
            kill(pid)
        time.sleep(0.01)


def kill(pid: int) -> None:
    """Send SIGKILL; harmless where there is no such process any more."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def _marked(scratch: str) -> list[int]:
    mark = f"TMPDIR={scratch}".encode()
    found = []
    for pid in _own_processes():
        with contextlib.suppress(OSError), open(f"/proc/{pid}/environ", "rb") as file:
            variables = file.read().split(b"\0")  # none of a process that has ended already
            if any(v == mark or v.startswith(mark + b"/") for v in variables):
                found.append(pid)
    return found


def _own_processes() -> list[int]:
    """The processes of this user, this one apart; none where the system has no /proc."""
    found = []
    with contextlib.suppress(OSError), os.scandir("/proc") as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and entry.stat().st_uid == os.geteuid():
                    found.append(int(entry.name))
    return [pid for pid in found if pid != os.getpid()]
