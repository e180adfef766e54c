"""Starts a sweep that is to be stopped, and looks for what it leaves."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.runtimes.processes import marked

from .conftest import PLANTED


class Stoppable:
    """Sweeps in one folder; every process that one starts carries a mark in its environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mark = f"CONVCHECK_TESTS_MARK={uuid.uuid4().hex}"
        shutil.copy(PLANTED, folder / "planted.py")

    def start(self, *words: object, **settings: Any) -> subprocess.Popen[str]:
        """Start one; it is not waited for."""
        name, _, value = self.mark.partition("=")
        return subprocess.Popen(
            [sys.executable, "-m", "convcheck", "sweep", *map(str, words)],
            cwd=self.folder,
            env={**os.environ, name: value},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **settings,
        )

    def left(self) -> list[int]:
        """Processes of it that still run."""
        return marked(self.mark)


@contextmanager
def stoppable(folder: Path) -> Iterator[Stoppable]:
    """Kills at the end what a failing test leaves."""
    running = Stoppable(folder)
    try:
        yield running
    finally:
        for process in running.left():
            os.kill(process, signal.SIGKILL)


def wait_for(process: subprocess.Popen[str], ready: object, seconds: float = 120.0) -> None:
    """Until ``ready()`` holds, or the process has ended."""
    assert callable(ready)
    end = time.monotonic() + seconds
    while process.poll() is None and not ready():
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.02)
