"""The cases that are given to workers together, and what comes back of them."""

from __future__ import annotations

import contextlib
import itertools
import warnings
from collections.abc import Callable, Generator, Iterator

from convcheck.case.request import Request
from convcheck.errors import UsageError
from convcheck.sweep.workers.work import Batch, Results
from convcheck.untrusted.text import clean

BATCH = 16
"""Cases that a worker is given at a time; what it has of them is lost where it is killed."""
Numbered = tuple[int, Request]
Pending = Callable[[], Iterator[Numbered]]
"""Yields the cases that have no result yet."""


class Died(UsageError):
    """Workers end again and again, or the cluster is gone: what there is of results stays."""


def batches(pending: Pending, jobs: int) -> Iterator[Batch]:
    """Of one case each at first, so that something is seen, then longer."""
    cases = pending()
    for size in itertools.chain([1] * jobs, [4] * jobs, itertools.repeat(BATCH)):
        batch = list(itertools.islice(cases, size))
        if not batch:
            return
        yield batch


@contextlib.contextmanager
def ended_quietly(found: Generator[Results, None, None]) -> Iterator[Iterator[Results]]:
    """Close it on leaving: joblib warns, and says how to do better, where work is cut short."""
    try:
        yield found
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found.close()


def first_line(error: BaseException) -> str:
    """What an error says, for the line of another."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return clean(lines[0])
