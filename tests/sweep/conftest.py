"""What the tests of sweeps share: planted functions beside the command, files read back."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Command

PLANTED = Path(__file__).with_name("planted.py")
PLAIN = ("--input", "random", "--dtype", "float32", "--pass", "forward")
"""What the functions of ``planted`` take."""
Sweep = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def sweep(convcheck_command: Command, tmp_path: Path) -> Sweep:
    """Run ``convcheck sweep`` in a folder that has ``planted.py``."""
    shutil.copy(PLANTED, tmp_path / "planted.py")

    def run(*words: object, **settings: object) -> subprocess.CompletedProcess[str]:
        return convcheck_command("sweep", *map(str, words), **settings)

    return run


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """What a file of results holds: everything but what it took."""
    with closing(sqlite3.connect(path)) as file:
        return {
            table: sorted(file.execute(f"SELECT * FROM {table}"), key=repr)
            for table in ("meta", "cases", "results", "rows")
        }


def done(path: Path) -> int:
    """Cases with a result, while another process writes; 0 where there is no file yet."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=30)) as file:
            return int(file.execute("SELECT count(*) FROM results").fetchone()[0])
    except sqlite3.Error:
        return 0
