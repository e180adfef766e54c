"""Is a fault that shows in some geometries alone found, and shown by the smallest case?"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from dataclasses import dataclass
from math import prod
from pathlib import Path

import pytest

from .conftest import PLAIN, Sweep

MOST_CASES = 500
MOST_PIXELS = 8
"""Along each axis."""


@dataclass(frozen=True)
class Planted:
    """A fault, and the fewest that show it."""

    name: str
    channels: int = 1
    filters: int = 1
    batch: int = 1
    cases: int = 60
    """Among so many is one that fails."""


FAULTS = (
    Planted("stride_beyond_kernel_same", cases=200),
    Planted("channels_no_multiple_of_8"),
    # Of a single 0 another cause can be told, and then it is no case that fails alike.
    Planted("last_row", filters=2),
    Planted("batch_and_groups", channels=2, filters=2, batch=2),
)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_is_it_found_and_shrunk(sweep: Sweep, tmp_path: Path, fault: Planted) -> None:
    assert fault.cases <= MOST_CASES
    name = f"python:planted:{fault.name}"
    told = sweep("--random", fault.cases, *PLAIN, "-i", name, "--format", "json")
    assert told.returncode == 1, told.stderr
    failures = json.loads(told.stdout)["failures"]
    shrunk = [failure["shrunk"] for failure in failures if failure["shrunk"]]
    sizes = [of(words) for words in shrunk]
    batch, spatial, channels, filters = min(sizes, key=lambda size: prod(size[1]) * prod(size[::2]))
    assert max(spatial) <= MOST_PIXELS
    assert batch <= fault.batch
    assert channels <= fault.channels
    assert filters <= fault.filters
    assert max(max(spatial) for _, spatial, _, _ in sizes) <= MOST_PIXELS, shrunk
    for words in shrunk[:2]:
        alone = run(words, tmp_path)
        assert alone.returncode == 1, (words, alone.stdout, alone.stderr)


def of(words: str) -> tuple[int, tuple[int, ...], int, int]:
    """Batch, pixels, channels and filters of a command."""
    split = shlex.split(words)
    shape = tuple(map(int, split[split.index("--input-shape") + 1].split(",")))
    return shape[0], shape[1:-1], shape[-1], int(split[split.index("--filters") + 1])


def run(words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The command by itself, as it is printed."""
    command, *rest = shlex.split(words)
    assert command == "convcheck"
    return subprocess.run(
        [sys.executable, "-m", "convcheck", *rest],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
