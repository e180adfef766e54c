"""What the journeys share: a user with a folder, who runs scripts of his own and the command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.implementations.conftest import needs

from .report import Report, read

__all__ = ["User", "needs", "user"]


class User:
    """Someone in a folder of his own."""

    def __init__(self, folder: Path, command: Callable[..., subprocess.CompletedProcess[str]]):
        self.folder = folder
        self._command = command

    def runs(self, script: str) -> None:
        """Run a Python script there, which must succeed."""
        done = self._python("-c", script)
        assert done.returncode == 0, done.stderr[-2000:]

    def tests(self, file: str) -> subprocess.CompletedProcess[str]:
        """Run pytest on a file there."""
        return self._python("-m", "pytest", "-q", "-p", "no:cacheprovider", file)

    def asks(self, *arguments: str, **environment: str) -> Report:
        """Run convcheck there and read what it prints."""
        return read(self._command(*arguments, env=_environment() | environment))

    def _python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )


def _environment() -> dict[str, str]:
    root = str(Path(__file__).parents[2])  # where the command comes from too
    return {**os.environ, "COLUMNS": "90", "PYTHONPATH": root}


@pytest.fixture
def user(
    tmp_path: Path, convcheck_command: Callable[..., subprocess.CompletedProcess[str]]
) -> User:
    return User(tmp_path, convcheck_command)
