"""How much a search may do, in numbers read so that each run finds the same; its threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from math import prod

from threadpoolctl import ThreadpoolController

from convcheck.case.case import Case
from convcheck.diagnosis.probe_points import ProbePoints

LOOK = 1 << 17
"""What a look takes whatever its size, in numbers: some hundred calls of NumPy, 0.3 ms."""
PASSES = 6
"""Times that a look reads each operand: gathered, rounded, its magnitudes, its zeros counted."""
MANY = 1 << 28
"""Products of a convolution from which more threads save time: some 0.1 s on one."""


class Effort:
    """An allowance of numbers that may be read."""

    def __init__(self, numbers: int) -> None:
        self.left = numbers

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left."""
        return self.left <= 0

    def spend(self, numbers: int) -> None:
        """Take so many off; the last thing begun may take more than is left."""
        self.left -= numbers


def of_look(case: Case, points: ProbePoints) -> int:
    """Numbers that a look at these outputs reads: a changed input, windows and filters."""
    window = int(prod(case.spec.kernel_size)) * int(case.input.shape[-1])
    places, filters = len(points.places[0]), len(points.filters)
    multiplied = places * window * filters // 8  # BLAS takes that much less for a number
    return LOOK + case.input.size + PASSES * window * (places + filters) + multiplied


def of_kernel(case: Case, filters: int) -> int:
    """Numbers that making a changed kernel reads, and laying out some of its filters."""
    window = int(prod(case.spec.kernel_size)) * int(case.input.shape[-1])
    return LOOK // 2 + case.kernel.size + PASSES * window * filters


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
