"""Do workers of a Dask scheduler give what one process of this machine gives?"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from convcheck.case.request import Request
from convcheck.implementations.name import parse
from convcheck.sweep.ask import Ask
from convcheck.sweep.workers.batches import Died
from convcheck.sweep.workers.spread import spread
from convcheck.verdict.limits import Limits
from convcheck.version import __version__

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
def cluster(
    sweeps: Stoppable, *, at_scheduler: str = "", at_workers: str = ""
) -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    """The address of a scheduler with two workers in the sweep's folder, and these.

    Each may first run other code.
    """
    name, _, value = sweeps.mark.partition("=")
    settings = {
        "cwd": sweeps.folder,
        "env": {**os.environ, name: value},
        "stderr": subprocess.DEVNULL,
        "text": True,
    }

    def start(*words: str, **more: object) -> subprocess.Popen[str]:
        return subprocess.Popen([sys.executable, "-c", *words], **settings, **more)  # type: ignore[call-overload,no-any-return]

    scheduler = start(at_scheduler + SCHEDULER, stdout=subprocess.PIPE)
    assert scheduler.stdout is not None
    address = scheduler.stdout.readline().strip()
    workers = [start(at_workers + WORKER, address) for _ in range(2)]
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
@pytest.mark.filterwarnings("default")  # Dask's own
def test_is_a_cluster_without_workers_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("convcheck.sweep.workers.cluster.PATIENCE", 5.0)
    request = Request(input="random", input_shape=(1, 4, 4, 1), kernel_size=(3,))
    pending = list(enumerate([request] * 2000))
    ask = Ask((parse("numpy"),), Limits())
    with (
        stoppable(tmp_path) as sweeps,
        cluster(sweeps) as (address, workers),
        closing(spread(lambda: iter(pending), ask, dask=address)) as found,
    ):
        assert len(next(found)) == 1
        for one in workers:
            one.kill()
        with pytest.raises(Died, match="has no workers"):
            list(found)


WITHOUT = "import sys; sys.modules['convcheck'] = None\n"
OTHER = "import convcheck.version as v; v.__version__ = '0.0.1'\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("elsewhere", "said"),
    [
        ({"at_scheduler": WITHOUT}, "needs convcheck {version} with the scheduler"),
        ({"at_workers": WITHOUT}, "needs convcheck {version} with the scheduler"),
        ({"at_scheduler": OTHER}, "its scheduler has convcheck 0.0.1, and this is {version}"),
        ({"at_workers": OTHER}, " has convcheck 0.0.1, and this is {version}"),
    ],
)
def test_is_a_cluster_without_this_convcheck_one_line(
    tmp_path: Path, elsewhere: dict[str, str], said: str
) -> None:
    """It would be waited for without end, or judge by other rules."""
    pytest.importorskip("distributed")
    with stoppable(tmp_path) as sweeps, cluster(sweeps, **elsewhere) as (address, _):
        process = sweeps.start(*WORDS, "--dask", address)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert said.format(version=__version__) in err
    assert len(err.splitlines()) == 1


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
