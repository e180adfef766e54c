"""Does the memory of a sweep stay flat, in the command and in each framework's process?

CONVCHECK_CASES=200 runs 20,000 cases.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.conftest import CASES

from .conftest import done
from .processes import stoppable

COUNT = 100 * CASES
ROOM = 96 << 20
"""Bytes that the second half may have more than the first: oneDNN keeps up to 1024 primitives,
which took TensorFlow 88 MiB in all before it stopped growing. Of 20,000 cases it is 10 KB each; a
process that grows for good is replaced several times in each half."""
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
    command: list[tuple[int, int]] = []
    runtimes: list[tuple[int, int]] = []
    with stoppable(tmp_path) as sweeps:
        process = sweeps.start(*WORDS, "-i", "tf", "-i", "keras", "--quiet", "--results", file.name)
        while process.poll() is None:
            at = done(file)
            for one in sweeps.left():
                samples = command if one == process.pid else runtimes
                samples.append((at, resident(one)))
            time.sleep(0.2)
        _, err = process.communicate()
        assert process.returncode in (0, 1), err
    assert done(file) == COUNT
    for samples in (command, runtimes):
        first = max(size for at, size in samples if at <= COUNT / 2)
        second = max(size for at, size in samples if at > COUNT / 2)
        print(f"at most {first / 2**20:.0f} MiB, then {second / 2**20:.0f} MiB")
        assert second - first < ROOM
