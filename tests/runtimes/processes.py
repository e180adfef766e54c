"""Which processes carry a mark in their environment: a command's own and all that it started."""

import os
import time
from pathlib import Path

import pytest


def marked(mark: str) -> list[int]:
    """Processes, zombies apart, whose environment holds the mark."""
    if not os.path.isdir("/proc/self"):
        pytest.skip("needs /proc to look for processes")
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if mark.encode() in (folder / "environ").read_bytes():
                    found.append(int(folder.name))
            except OSError:  # gone meanwhile, or another user's
                continue
    return found


def wait_until(true, seconds: float = 20.0) -> bool:
    """Whether it becomes true in time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
