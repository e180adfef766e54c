"""Does the memory of a sweep stay flat, in the command and in each framework's process?

CONVCHECK_CASES=200 runs 20,000 cases.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import pytest

from tests.conftest import CASES

from .conftest import done
from .processes import stoppable

COUNT = 100 * CASES
ROOM = 96 << 20
"""Bytes that the last quarter may have more than the second: oneDNN keeps up to 1024 primitives,
which took TensorFlow 88 MiB in all before it stopped growing. Of 20,000 cases it is 10 KB each."""
WORDS = ("--random", COUNT, "--input", "random", "--dtype", "float32", "--rank", "2", "--no-shrink")


def resident(process: int) -> int:
    """Bytes; 0 where it has ended."""
    try:
        pages = Path(f"/proc/{process}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) << 12


@pytest.mark.slow
def test_does_no_process_grow(tmp_path: Path) -> None:
    pytest.importorskip("tensorflow")
    file = tmp_path / "r.sqlite"
    samples: dict[int, list[tuple[int, int]]] = {}
    with stoppable(tmp_path) as sweeps:
        process = sweeps.start(*WORDS, "-i", "tf", "-i", "keras", "--quiet", "--results", file.name)
        while process.poll() is None:
            at = done(file)
            for one in sweeps.left():
                samples.setdefault(one, []).append((at, resident(one)))
            time.sleep(0.2)
        _, err = process.communicate()
        assert process.returncode in (0, 1), err
    assert done(file) == COUNT
    for seen in samples.values():
        # The first quarter warms up: each kind of case comes for the first time.
        halves = [
            [size for at, size in seen if size and low * COUNT < at <= high * COUNT]
            for low, high in ((0.25, 0.5), (0.75, 1.0))
        ]
        if all(halves):
            middle, last = map(statistics.median, halves)
            print(f"{middle / 2**20:.0f} MiB, then {last / 2**20:.0f} MiB")
            assert last - middle < ROOM
