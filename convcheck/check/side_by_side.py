"""Work on several items at once, in threads: NumPy lets go of the interpreter while it computes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from convcheck.diagnosis.effort import one_thread
from convcheck.runtimes.hardware import usable_processors

Item = TypeVar("Item")
Found = TypeVar("Found")

AT_ONCE = 2
"""Most items that are worked on at once: each takes memory for its own arrays."""


def side_by_side(function: Callable[[Item], Found], items: Iterable[Item]) -> Iterator[Found]:
    """What the function gives for each item, in their order; it is called in other threads.

    An item is taken when its turn to be worked on comes. What the function raises, this raises.
    """
    most = min(AT_ONCE, usable_processors())
    if most < 2:
        yield from map(function, items)
        return
    settings = np.geterr()  # the caller's, which NumPy keeps for each thread

    def work(item: Item) -> Found:
        with np.errstate(**settings):
            return function(item)

    pool = ThreadPoolExecutor(most)
    running: deque[Future[Found]] = deque()
    try:
        # Threads of BLAS would be too many, and take up processors while they wait for work.
        with one_thread():
            for item in items:
                running.append(pool.submit(work, item))
                if len(running) >= most:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
    finally:  # an interruption does not wait for what is being computed
        pool.shutdown(wait=False, cancel_futures=True)
