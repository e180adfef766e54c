"""How many processes a command has at once."""

from __future__ import annotations

import threading
from typing import Protocol

MOST_PROCESSES = 8
"""Frameworks take hundreds of megabytes each, and some a thread for each processor."""
_POLL_SECONDS = 0.05


class Resting(Protocol):
    """What may have a process."""

    def rest(self) -> bool:
        """End the process unless it is busy; return whether it was not."""


class Places:
    """Lets at most ``most`` have a process; the next one takes the place of one that rests."""

    def __init__(self, most: int = MOST_PROCESSES) -> None:
        self._most = most
        self._lock = threading.Condition()
        self._taken: dict[Resting, None] = {}  # the least recently used first

    def take_free(self, who: Resting) -> bool:
        """Take a place where one is free or ``who`` has one; return whether it has."""
        with self._lock:
            if who not in self._taken and len(self._taken) >= self._most:
                return False
            self._use(who)
            return True

    def take(self, who: Resting) -> None:
        """Take a place, and wait for one where all are busy."""
        while not self.take_free(who):
            with self._lock:
                resting = next((one for one in self._taken if one.rest()), None)
                if resting is None:
                    self._lock.wait(_POLL_SECONDS)
                else:
                    del self._taken[resting]

    def _use(self, who: Resting) -> None:
        self._taken.pop(who, None)
        self._taken[who] = None
