"""Runs batches of cases on the workers of a Dask scheduler that the user has."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

from convcheck.errors import UsageError
from convcheck.sweep.ask import Ask
from convcheck.sweep.workers.batches import Died, Pending, batches, ended_quietly, first_line
from convcheck.sweep.workers.work import Results, cool_down, run_batch
from convcheck.untrusted.text import clean
from convcheck.version import __version__

PATIENCE = 60.0
"""Seconds for which there may be no worker: a cluster that scales by itself starts some."""
START_SECONDS = 10
"""Within which there must be a worker at first."""
LOOKS = 1.0
"""Seconds between two looks at how many there are."""


def on_cluster(pending: Pending, ask: Ask, address: str) -> Iterator[Results]:
    """Yield results as they come. Raises Died where the cluster goes, or all of its workers."""
    client = _client(address)
    from distributed.client import FutureCancelledError
    from distributed.comm import CommClosedError
    from joblib import Parallel, delayed, parallel_config

    try:
        _check_everywhere(client)
        todo = batches(pending, max(_workers(client), 1))
        tasks = [delayed(run_batch)(batch, ask) for batch in todo]
        with _closed_without_workers(client), parallel_config(backend="dask", client=client):
            work = Parallel(n_jobs=-1, return_as="generator_unordered", batch_size=1)
            with ended_quietly(work(tasks)) as found:
                yield from found
    except (FutureCancelledError, CommClosedError, OSError, TimeoutError) as error:
        raise Died(
            f"the Dask cluster at {address} is gone, or has no workers; --results keeps what there "
            f"is, and the same command goes on ({first_line(error)})"
        ) from error
    finally:
        with contextlib.suppress(Exception):
            client.run(cool_down)
        client.close()


def _check_everywhere(client: Any) -> None:
    """Raise UsageError where the scheduler or a worker has not this convcheck.

    Work that the scheduler cannot read is waited for without end, and one sweep has one judge.
    """
    client.wait_for_workers(1, timeout=START_SECONDS)
    try:
        found = {"its scheduler": client.run_on_scheduler(_version), **client.run(_version)}
    except OSError:
        raise
    except Exception as error:  # of any kind: it is raised there, and not all travel as they are
        raise UsageError(
            f"--dask needs convcheck {__version__} with the scheduler and with each worker "
            f"({first_line(error)})"
        ) from error
    for where, version in found.items():
        if version != __version__:
            raise UsageError(
                f"--dask: {clean(where)} has convcheck {clean(version)}, and this is {__version__}"
            )


def _version() -> str:
    return __version__


@contextlib.contextmanager
def _closed_without_workers(client: Any) -> Iterator[None]:
    """Close the client where there is no worker for long, for which Dask itself waits for ever.

    Whoever waits for a result is told then that it was cancelled.
    """
    left = threading.Event()

    def watch() -> None:
        since = time.monotonic()
        while not left.wait(LOOKS):
            if client.status != "running":
                return
            if _workers(client):
                since = time.monotonic()
            elif time.monotonic() - since > PATIENCE:
                client.close()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        left.set()
        watcher.join()


def _workers(client: Any) -> int:
    return len(client.scheduler_info()["workers"])


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError("--dask needs Dask; pip install distributed") from error
    # It says on stderr that a worker is gone, whose cases run elsewhere; the rest it raises.
    for name in ("distributed", "distributed.client"):  # each has a level of its own
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        return Client(address, timeout=START_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        words = first_line(error)
        raise UsageError(f"no Dask scheduler answers at {address}: {words}") from error
