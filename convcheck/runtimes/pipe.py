"""Our ends of the pipes to a worker, with a deadline that holds for every byte."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from typing import BinaryIO

_TICK = 0.2  # seconds between looks at whether the worker still lives


class Late(Exception):
    """The deadline passed."""


class Pipe:
    """A ``frames.Stream``. Raises Late at the deadline, OSError where the worker has gone.

    A worker's end is seen even while something that it left behind holds the pipe open.
    """

    def __init__(self, to: BinaryIO, back: BinaryIO, alive: Callable[[], bool]) -> None:
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
        return self._back.readinto(space)  # type: ignore[attr-defined, no-any-return]

    def close(self) -> None:
        """Close both ends."""
        self._to.close()
        self._back.close()

    def _wait(self, end: BinaryIO, event: int) -> None:
        """Until the pipe has bytes, or room for some."""
        ready = select.poll()
        ready.register(end, event)
        while True:
            alive = self._alive()  # before looking: what it wrote last is still read
            left = self.deadline - time.monotonic()
            if ready.poll(1000 * min(max(left, 0), _TICK if alive else 0)):
                return
            if not alive:
                raise BrokenPipeError("the worker has gone")
            if left <= 0:
                raise Late
