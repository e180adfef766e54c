"""The smallest case that fails as a given one does."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from hypothesis import Phase, find
from hypothesis.errors import NoSuchExample, Unsatisfiable

from convcheck.case.request import Request
from convcheck.implementations.name import Name
from convcheck.results import Verdict
from convcheck.runtimes.host import Runtimes
from convcheck.sweep.ask import Ask
from convcheck.sweep.failing.simpler import is_made, simpler
from convcheck.sweep.one_case import UNEXPLAINED, run_case
from convcheck.sweep.results import Fault, Smallest
from convcheck.sweep.sample import drawing

FIRST_TRIES = 400
"""Cases that are drawn until one of them fails; most are the given one itself."""
Step = Callable[[str], None]


def shrink(
    request: Request,
    fault: Fault,
    causes: Sequence[str],
    ask: Ask,
    runtimes: Runtimes,
    step: Step = lambda what: None,
) -> Smallest | None:
    """A locally minimal case that this implementation fails for one of these causes.

    None where the case has files, which have one size, or fails no more.
    """
    if not is_made(request):
        return None
    asked = replace(ask, names=alone(fault, ask))
    # What is proved is named of few numbers too. Causes that are statistics of many need many: a
    # case that is too small for any to be told may stand for the others.
    alike = {*causes} if fault.status == "proved" else {*causes, UNEXPLAINED}
    seen: dict[Request, bool] = {}

    def fails(smaller: Request) -> bool:
        if smaller not in seen:
            result = run_case(smaller, asked, runtimes)
            mine = [one for one in result.faults if one.implementation == fault.implementation]
            found = {cause for one in mine for cause in (one.cause, *one.also)}
            different = result.verdict == Verdict.DIFFERENT.value
            seen[smaller] = different and not found.isdisjoint(alike)
            step(f"{len(seen)} cases tried for a smaller one")
        return seen[smaller]

    if not fails(request):
        return None
    try:
        smallest = find(
            simpler(request),
            fails,
            settings=drawing(FIRST_TRIES, Phase.generate, Phase.shrink),
            random=random.Random(0),
        )
    except (NoSuchExample, Unsatisfiable):  # by chance never drawn: the case itself then
        smallest = request
    return Smallest(smallest, len(seen))


def alone(fault: Fault, ask: Ask) -> tuple[Name, ...]:
    """The implementation that fails by itself; all where it is a pair that differs."""
    if fault.of_pair:
        return ask.names
    return tuple(name for name in ask.names if name.text == fault.implementation)
