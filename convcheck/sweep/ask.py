"""What a sweep asks of each case. Loads no NumPy."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from convcheck.implementations.name import Name
from convcheck.sweep.one_thread import with_threads
from convcheck.verdict.limits import Limits


@dataclass(frozen=True)
class Ask:
    """The implementations of a sweep, and what is asked of each case."""

    names: tuple[Name, ...]
    limits: Limits = field(default_factory=Limits)
    relations: bool = False
    """Whether relations that hold bit for bit are tried."""
    properties: bool = False
    """Whether properties are tried that are no faults."""
    timeout: float = 120.0
    start_timeout: float = 300.0
    """Both in seconds, as of ``Runtimes``."""
    threads: int | None = 1
    """Of each implementation; None: as many as it takes."""

    @cached_property
    def held(self) -> tuple[Name, ...]:
        """The names, each held to so many threads."""
        if self.threads is None:
            return self.names
        return tuple(with_threads(name, self.threads) for name in self.names)
