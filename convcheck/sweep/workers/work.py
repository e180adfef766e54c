"""What a worker does: cases one after another, in runtimes that stay warm between batches."""

from __future__ import annotations

import atexit
import contextlib
import functools
import multiprocessing.util
import os
import threading
import time
from collections.abc import Iterator, Sequence

from convcheck.case.request import Request
from convcheck.runtimes.host import Runtimes
from convcheck.sweep.ask import Ask
from convcheck.sweep.one_case import run_case
from convcheck.sweep.results import CaseResult

Batch = Sequence[tuple[int, Request]]
Results = list[tuple[int, CaseResult]]
WATCH_SECONDS = 0.5
MOST_GROWTH = 512 << 20
"""Bytes by which a framework's process may grow before another takes its place, in some seconds:
of Keras once in thousands of cases. What oneDNN keeps for good is less."""
_lock = threading.Lock()
_resting: list[tuple[Ask, Runtimes]] = []
"""Runtimes of this process that no batch uses. A worker of Dask may run several at once."""


def run_batch(batch: Batch, ask: Ask) -> Results:
    """The result of each case, with its number."""
    with warm(ask) as runtimes:
        results = [(number, run_case(request, ask, runtimes)) for number, request in batch]
        runtimes.renew_grown(MOST_GROWTH)
        return results


def run_batch_of(parent: int, batch: Batch, ask: Ask) -> Results:
    """``run_batch`` in a process that ends when its ``parent`` does.

    A worker of joblib's would wait for minutes where its parent was killed.
    """
    _end_with(parent)
    return run_batch(batch, ask)


@functools.cache
def _end_with(parent: int) -> None:
    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH_SECONDS)
        with contextlib.suppress(Exception):
            cool_down()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextlib.contextmanager
def warm(ask: Ask) -> Iterator[Runtimes]:
    """Runtimes that earlier batches have started, or new ones; ended with this process."""
    with _lock:
        runtimes = next((one for of, one in _resting if of == ask), None)
        others = [one for of, one in _resting if of != ask]
        _resting[:] = [(of, one) for of, one in _resting if of == ask and one is not runtimes]
    for one in others:  # an earlier sweep's
        one.__exit__()
    if runtimes is None:
        runtimes = Runtimes(timeout=ask.timeout, start_timeout=ask.start_timeout)
    try:
        yield runtimes
    except BaseException:
        runtimes.__exit__()
        raise
    with _lock:
        _resting.append((ask, runtimes))


def cool_down() -> None:
    """End the runtimes that rest in this process."""
    with _lock:
        ended, _resting[:] = [one for _, one in _resting], []
    for one in ended:
        one.__exit__()


atexit.register(cool_down)
multiprocessing.util.Finalize(None, cool_down, exitpriority=10)
"""A worker of joblib's ends by this one alone."""
