"""Spreads batches of cases over this machine's cores, or over a Dask cluster."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

from convcheck.case.request import Request
from convcheck.errors import UsageError
from convcheck.sweep.ask import Ask
from convcheck.sweep.work import Batch, Results, cool_down, run_batch, run_batch_of
from convcheck.untrusted.text import clean

BATCH = 16
"""Cases that a worker is given at a time; what it has of them is lost where it is killed."""
MOST_DEATHS = 3
"""Workers that may die in a row without a result in between."""
Numbered = tuple[int, Request]
Pending = Callable[[], Iterator[Numbered]]
"""Yields the cases that have no result yet."""


class Died(UsageError):
    """Workers end again and again, or the cluster is gone: what there is of results stays."""


def spread(
    pending: Pending, ask: Ask, *, jobs: int = 1, dask: str | None = None
) -> Generator[Results, None, None]:
    """Yield the results of batches as they come, in any order, until no case is pending.

    ``jobs`` processes on this machine, or the workers of the Dask scheduler at the address
    ``dask``. A worker that dies is replaced, and its cases run again: whoever iterates must have
    kept each batch before it asks for the next, and close this where it leaves early.
    """
    if dask is not None:
        yield from _on_dask(pending, ask, dask)
    elif jobs == 1:
        try:
            yield from (run_batch(batch, ask) for batch in _batches(pending, 1))
        finally:
            cool_down()
    else:
        yield from _on_cores(pending, ask, jobs)


def _batches(pending: Pending, jobs: int) -> Iterator[Batch]:
    """Of one case each at first, so that something is seen, then longer."""
    cases = pending()
    for size in itertools.chain([1] * jobs, [4] * jobs, itertools.repeat(BATCH)):
        batch = list(itertools.islice(cases, size))
        if not batch:
            return
        yield batch


def _on_cores(pending: Pending, ask: Ask, jobs: int) -> Iterator[Results]:
    from joblib import Parallel, delayed, parallel_config
    from joblib.externals.loky import get_reusable_executor
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    deaths = 0
    try:
        while True:
            # All at once: the file that they are read from is written to meanwhile.
            batches = list(_batches(pending, jobs))
            if not batches:
                return
            try:
                with parallel_config(backend="loky", inner_max_num_threads=1):
                    work = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)
                    tasks = [delayed(run_batch_of)(os.getpid(), batch, ask) for batch in batches]
                    with _ended_quietly(work(tasks)) as found:
                        for results in found:
                            deaths = 0
                            yield results
            except TerminatedWorkerError as error:
                deaths += 1
                if deaths > MOST_DEATHS:
                    raise _died(error) from error
            else:
                return
    finally:
        with contextlib.suppress(Exception):
            get_reusable_executor().shutdown(wait=True, kill_workers=False)


@contextlib.contextmanager
def _ended_quietly(found: Generator[Results, None, None]) -> Iterator[Iterator[Results]]:
    """Close it on leaving: joblib warns, and says how to do better, where work is cut short."""
    try:
        yield found
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found.close()


def _died(error: BaseException) -> Died:
    return Died(
        f"{MOST_DEATHS + 1} workers ended one after another before they gave a result; is there "
        f"memory enough for --jobs frameworks at once? ({_first_line(error)})"
    )


def _on_dask(pending: Pending, ask: Ask, address: str) -> Iterator[Results]:
    client = _client(address)
    from distributed.client import FutureCancelledError
    from distributed.comm import CommClosedError

    try:
        batches = list(_batches(pending, max(len(client.scheduler_info()["workers"]), 1)))
        yield from _by_joblib(client, batches, ask)
    except (FutureCancelledError, CommClosedError, OSError, TimeoutError) as error:
        raise Died(
            f"the Dask cluster at {address} is gone, or has no workers; --results keeps what there "
            f"is, and the same command goes on ({_first_line(error)})"
        ) from error
    finally:
        with contextlib.suppress(Exception):
            client.run(cool_down)
        client.close()


def _by_joblib(client: Any, batches: Sequence[Batch], ask: Ask) -> Iterator[Results]:
    from joblib import Parallel, delayed, parallel_config

    with parallel_config(backend="dask", client=client):
        work = Parallel(n_jobs=-1, return_as="generator_unordered", batch_size=1)
        with _ended_quietly(work([delayed(run_batch)(batch, ask) for batch in batches])) as found:
            yield from found


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError("--dask needs Dask; pip install distributed") from error
    # It says on stderr that a worker is gone, whose cases run elsewhere; the rest it raises.
    for name in ("distributed", "distributed.client"):  # each has a level of its own
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        return Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        words = _first_line(error)
        raise UsageError(f"no Dask scheduler answers at {address}: {words}") from error


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return clean(lines[0])
