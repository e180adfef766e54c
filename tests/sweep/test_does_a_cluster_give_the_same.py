"""Do workers of a Dask scheduler give what one process of this machine gives?"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .conftest import PLAIN, Sweep, contents, done
from .processes import Stoppable, stoppable, wait_for

COUNT = 60
WORDS = (
    *("--random", COUNT, *PLAIN, "-i", "python:planted:batch_and_groups", "-i", "numpy"),
    *("--no-shrink", "--quiet"),
)
# A worker of Dask's, of one process and thread, as ``dask worker`` starts it.
WORKER = (
    "import asyncio, sys; from distributed import Worker\n"
    "async def run():\n"
    "    async with Worker(sys.argv[1], nthreads=1, dashboard=False) as worker:\n"
    "        await worker.finished()\n"
    "asyncio.run(run())"
)
SCHEDULER = (
    "import asyncio; from distributed import Scheduler\n"
    "async def run():\n"
    "    async with Scheduler(host='127.0.0.1', port=0, dashboard=False) as scheduler:\n"
    "        print(scheduler.address, flush=True); await scheduler.finished()\n"
    "asyncio.run(run())"
)


@contextmanager
def cluster(sweeps: Stoppable, count: int = 2) -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    """The address of a scheduler with two workers in the sweep's folder, and these."""
    name, _, value = sweeps.mark.partition("=")
    settings = {
        "cwd": sweeps.folder,
        "env": {**os.environ, name: value},
        "stderr": subprocess.DEVNULL,
        "text": True,
    }

    def start(*words: str, **more: object) -> subprocess.Popen[str]:
        return subprocess.Popen([sys.executable, "-c", *words], **settings, **more)  # type: ignore[call-overload,no-any-return]

    scheduler = start(SCHEDULER, stdout=subprocess.PIPE)
    assert scheduler.stdout is not None
    address = scheduler.stdout.readline().strip()
    workers = [start(WORKER, address) for _ in range(count)]
    try:
        yield address, workers
    finally:
        for one in (*workers, scheduler):
            one.kill()
            one.communicate()


@pytest.mark.slow
def test_are_they_the_same_though_a_worker_is_killed(sweep: Sweep, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    here, there = tmp_path / "here.sqlite", tmp_path / "there.sqlite"
    alone = sweep(*WORDS, "--results", here.name)
    with stoppable(tmp_path) as sweeps, cluster(sweeps) as (address, workers):
        process = sweeps.start(*WORDS, "--dask", address, "--results", there.name)
        wait_for(process, lambda: done(there) >= COUNT // 3)
        workers[0].kill()
        out, err = process.communicate(timeout=200)
        assert (process.returncode, err) == (1, ""), out
    assert alone.returncode == 1
    assert contents(there) == contents(here)


@pytest.mark.slow
def test_is_a_cluster_that_is_gone_one_line(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    file = tmp_path / "r.sqlite"
    with stoppable(tmp_path) as sweeps, cluster(sweeps) as (address, _):
        words = ("--random", 20 * COUNT, *WORDS[2:], "--dask", address, "--results", file.name)
        process = sweeps.start(*words)
        wait_for(process, lambda: done(file) > 0)
        for one in sweeps.left():
            if b"Scheduler" in Path(f"/proc/{one}/cmdline").read_bytes():
                os.kill(one, signal.SIGKILL)
        out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (2, "")
    assert "the same command goes on" in err
    assert len(err.splitlines()) == 1
    assert done(file) > 0


@pytest.mark.slow
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{port}", "nonsense://x", "tcp://:::", ""])
def test_is_a_wrong_address_one_line(sweep: Sweep, tmp_path: Path, address: str) -> None:
    pytest.importorskip("distributed")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    begin = time.monotonic()
    told = sweep(*WORDS, "--dask", address.format(port=port), timeout=100)
    assert told.returncode == 2
    assert told.stdout == ""
    assert len(told.stderr.splitlines()) == 1
    assert "no Dask scheduler answers at" in told.stderr
    assert time.monotonic() - begin < 40
