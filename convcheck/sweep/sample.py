"""A random sample of cases, the same for the same seed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis.errors import HypothesisWarning, Unsatisfiable

from convcheck.case.request import Request
from convcheck.errors import UsageError
from convcheck.testing.space import Space
from convcheck.testing.strategies import PRODUCTS, unchecked, why_not

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
    reasons: list[str] = []

    def fits(request: Request) -> bool:
        reason = why_not(request)
        reasons[:] = [] if reason is None else [reason]
        return reason is None

    @hypothesis.seed(f"{seed}/{stream}")
    @drawing(CHUNK, Phase.generate)
    @given(unchecked(space).filter(fits))
    def draw(request: Request) -> None:
        drawn.append(request)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HypothesisWarning)
        try:
            draw()
        except Unsatisfiable as error:
            why = "".join(f": {reason}" for reason in reasons) or (
                f", of one rank and with at most {PRODUCTS:,} products"
            )
            raise UsageError(f"no random case fits these axes{why}") from error
    return drawn
