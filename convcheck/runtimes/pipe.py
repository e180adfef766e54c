"""The near ends of the pipes to a worker, with a deadline that holds for every byte."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from io import RawIOBase

_POLL_SECONDS = 0.2
"""How long to wait for the pipe before asking again whether the worker is alive."""


class DeadlineExceeded(Exception):
    """The worker did not take or give the bytes before the deadline."""


class Pipe:
    """A ``frames.Stream`` to and from a worker.

    Its calls raise DeadlineExceeded at the deadline, and OSError where the worker has ended: also
    while another process that the worker started still holds the pipe open.
    """

    def __init__(self, to: RawIOBase, back: RawIOBase, alive: Callable[[], bool]) -> None:
        self._to, self._back, self._alive = to, back, alive
        self.deadline = 0.0
        """By ``time.monotonic``."""
        os.set_blocking(to.fileno(), False)
        os.set_blocking(back.fileno(), False)

    def write(self, data: memoryview, /) -> int | None:
        self._wait(self._to, select.POLLOUT)
        return self._to.write(data)

    def readinto(self, space: memoryview, /) -> int | None:
        self._wait(self._back, select.POLLIN)
        return self._back.readinto(space)

    def close(self) -> None:
        """Close both ends."""
        self._to.close()
        self._back.close()

    def _wait(self, end: RawIOBase, event: int) -> None:
        """Return when the pipe has bytes to read, or space for some."""
        ready = select.poll()
        ready.register(end, event)
        while True:
            alive = self._alive()  # asked before the pipe, so that its last bytes are still read
            left = self.deadline - time.monotonic()
            if ready.poll(1000 * min(max(left, 0), _POLL_SECONDS if alive else 0)):
                return
            if not alive:
                raise BrokenPipeError("the worker has ended")
            if left <= 0:
                raise DeadlineExceeded
