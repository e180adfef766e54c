"""One thread for many small products."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from math import prod

from threadpoolctl import ThreadpoolController

from convcheck.case.case import Case

MANY = 1 << 28
"""Products of a convolution from which more threads save time: some 0.1 s on one."""


@contextmanager
def one_thread() -> Iterator[None]:
    """BLAS on one thread: those of small products wait for each other longer than they compute.

    On a busy machine by far: a search for pairs took 28 s with two threads, 2 s with one.
    """
    with _controller().limit(limits=1, user_api="blas"):
        yield


def threads_for(case: Case) -> AbstractContextManager[None]:
    """One thread for whole convolutions of few products, all threads for those of many."""
    many = case.terms * prod(case.output_shape) >= MANY
    return nullcontext() if many else one_thread()


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
