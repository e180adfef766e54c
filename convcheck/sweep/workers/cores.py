"""Runs batches of cases on this machine's cores, in processes of joblib's."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

from convcheck.sweep.ask import Ask
from convcheck.sweep.workers.batches import Died, Pending, batches, ended_quietly, first_line
from convcheck.sweep.workers.work import Results, run_batch_of

MOST_DEATHS = 3
"""Workers that may die in a row without a result in between."""


def on_cores(pending: Pending, ask: Ask, jobs: int) -> Iterator[Results]:
    """Yield results as they come. Raises Died where worker after worker does."""
    from joblib import Parallel, delayed, parallel_config
    from joblib.externals.loky import get_reusable_executor
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    deaths = 0
    try:
        while True:
            # All at once: the file that they are read from is written to meanwhile.
            todo = list(batches(pending, jobs))
            if not todo:
                return
            try:
                with parallel_config(backend="loky", inner_max_num_threads=1):
                    n_jobs = min(jobs, len(todo))
                    work = Parallel(n_jobs=n_jobs, return_as="generator_unordered", batch_size=1)
                    tasks = [delayed(run_batch_of)(os.getpid(), batch, ask) for batch in todo]
                    with _deaf_to_interruptions():  # this starts the workers
                        started = work(tasks)
                    with ended_quietly(started) as found:
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
def _deaf_to_interruptions() -> Iterator[None]:
    """Processes started in it never hear SIGINT; this one hears it afterwards.

    A terminal sends Ctrl-C to all: each worker would tell where it was just then. It is for this
    process to end them.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _died(error: BaseException) -> Died:
    return Died(
        f"{MOST_DEATHS + 1} workers ended one after another before they gave a result; is there "
        f"memory enough for --jobs frameworks at once? ({first_line(error)})"
    )
