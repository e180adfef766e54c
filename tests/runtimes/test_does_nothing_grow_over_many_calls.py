"""Do 100 calls in one process leave memory, file descriptors and threads as they were?"""

import json
import os
import subprocess
import sys

import pytest

CALLS = 100
SCRIPT = f"""
import gc, json, os
import numpy as np
import convcheck

def measured():
    gc.collect()
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[1])
    memory = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    threads = len(os.listdir("/proc/self/task"))
    return [memory, len(os.listdir("/proc/self/fd")), threads]

x = np.random.default_rng(0).standard_normal((1, 8, 8, 3), np.float32)
kernel = np.ones((1, 1, 3, 2), np.float32)
names = ["numpy", "python:mine:f"]
samples = []
for call in range({CALLS}):
    check = convcheck.compare(x, kernel, implementations=names)
    assert check.exit_code == 0, check
    if call % 25 == 24:
        samples.append(measured())
print(json.dumps(samples))
"""


@pytest.mark.slow
def test_does_nothing_grow_over_many_calls(tmp_path):
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("needs /proc to measure")
    (tmp_path / "mine.py").write_text("def f(x, kernel, **_):\n    return x @ kernel[0, 0]\n")
    (tmp_path / "tmp").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
        stdout=subprocess.PIPE,
        check=True,
        timeout=1800,
    )
    memory, descriptors, threads = zip(*json.loads(done.stdout), strict=True)
    assert len(memory) == CALLS // 25
    assert len(set(descriptors)) == 1, descriptors
    assert len(set(threads)) == 1, threads
    # MiB from the 50th call to the 100th: 20 KiB a call.
    print(memory)
    assert memory[-1] - memory[1] < 1, memory
    assert list((tmp_path / "tmp").iterdir()) == []
