"""A random sample of cases, the same for the same seed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis.errors import HypothesisWarning

from convcheck.case.request import Request
from convcheck.testing.space import Space
from convcheck.testing.strategies import requests

CHUNK = 200
"""Cases that are drawn from one random stream."""
EMPTY = 5
"""So many streams without a new case: there are no more."""


def sample(space: Space, count: int, seed: int) -> Iterator[Request]:
    """Yield ``count`` different requests, fewer where there are no more.

    They follow from the seed and the version of hypothesis; a larger count goes on after them.
    """
    seen: set[Request] = set()
    stream = empty = 0
    while len(seen) < count and empty < EMPTY:
        before = len(seen)
        for request in _drawn(space, seed, stream):
            if request not in seen and len(seen) < count:
                seen.add(request)
                yield request
        stream += 1
        empty = empty + 1 if len(seen) == before else 0


def drawing(most: int, *phases: Phase) -> settings:
    """Draw so many examples at most, by the seed alone: nothing of earlier runs, and no words."""
    return settings(
        max_examples=most,
        phases=phases,
        database=None,
        deadline=None,
        derandomize=False,  # a CI's own profile would have hypothesis choose the seed
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )


def _drawn(space: Space, seed: int, stream: int) -> list[Request]:
    drawn: list[Request] = []

    @hypothesis.seed(f"{seed}/{stream}")
    @drawing(CHUNK, Phase.generate)
    @given(requests(space))
    def draw(request: Request) -> None:
        drawn.append(request)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HypothesisWarning)
        draw()
    return drawn
