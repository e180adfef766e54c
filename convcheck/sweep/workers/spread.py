"""Spreads batches of cases over this machine's cores, or over a Dask cluster."""

from __future__ import annotations

from collections.abc import Generator

from convcheck.sweep.ask import Ask
from convcheck.sweep.workers.batches import Pending, batches
from convcheck.sweep.workers.cluster import on_cluster
from convcheck.sweep.workers.cores import on_cores
from convcheck.sweep.workers.work import Results, cool_down, run_batch


def spread(
    pending: Pending, ask: Ask, *, jobs: int = 1, dask: str | None = None
) -> Generator[Results, None, None]:
    """Yield the results of batches as they come, in any order, until no case is pending.

    ``jobs`` processes on this machine, or the workers of the Dask scheduler at the address
    ``dask``. A worker that dies is replaced, and its cases run again: whoever iterates must have
    kept each batch before it asks for the next, and close this where it leaves early.
    """
    if dask is not None:
        yield from on_cluster(pending, ask, dask)
    elif jobs == 1:
        try:
            yield from (run_batch(batch, ask) for batch in batches(pending, 1))
        finally:
            cool_down()
    else:
        yield from on_cores(pending, ask, jobs)
