"""Outputs that their own order of summation does not give, where it gives nearly all others.

A sum in a tree of height h is within gamma(h + 1) of exact, of the sum of |x|·|k|, where a wider
bound holds for any order (Higham 2002, "Accuracy and Stability of Numerical Algorithms", ch. 4). An
output that its order does not give, outside of that, was not added up in it. Supported: that it is
left over shows that something else happened there, not what.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from convcheck.causes.fixes import fix_for
from convcheck.diagnosis.observation import Observation
from convcheck.results import Finding, Status
from convcheck.spelling import listed
from convcheck.truth.exact import exact
from convcheck.truth.formats import format_named

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convcheck.case.case import Case
    from convcheck.orders.replay import Replay

CAUSE = "corrupted-elements"
NEARLY_ALL = 0.99
"""The part of the outputs that are replayed, for those left over to be exceptions."""
MOST = 1 << 14
"""Outputs left over that are held against exact."""
PLACES = 5


def detect(observation: Observation) -> Iterator[Finding]:
    """Outputs that are further from exact than the additions of their order may be."""
    judgement = observation.judgement
    output = judgement.output
    done = observation.others.replays.get(output.name)
    if done is None or judgement.status is not Status.WITHIN_BOUND or done.is_whole:
        return
    if done.equal.mean() < NEARLY_ALL:
        return
    left = np.flatnonzero((done.found.of >= 0) & ~done.equal)[:MOST]
    far = left[_beyond(done, left, observation.out.reshape(-1)[left].astype(np.float64))]
    if not far.size:
        return
    places = np.stack(np.unravel_index(far[:PLACES], observation.out.shape), axis=1).tolist()
    told = listed([str(tuple(place)) for place in places])
    more = f" and {far.size - PLACES} more" if far.size > PLACES else ""
    yield Finding(
        cause=CAUSE,
        implementation=output.name,
        status="supported",
        summary=f"{output.call} stays inside its bound, yet {far.size} of its outputs do not come "
        f"out of the order that gives {int(done.equal.sum()):,} of {done.equal.size:,}, and are "
        f"further from exact than its additions may be: {told}{more}",
        fix=fix_for(CAUSE, observation.case, output),
    )


def _beyond(
    done: Replay, outputs: NDArray[np.int64], given: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which of these outputs no additions of their order give."""
    case, found = done.products.case, done.found
    accumulator, stored = format_named(done.sums.accumulator), format_named(done.sums.output)
    y, magnitude = _at(case, outputs), _at(_absolute(case), outputs)
    roundings = np.array([1 + found.orders[n].tree.height for n in found.of[outputs].tolist()])
    unit = roundings * accumulator.u
    lost = (2 * done.products.leaves + 1) * accumulator.smallest_normal
    bound = unit / (1 - unit) * magnitude + lost
    if stored != accumulator:
        bound = (1 + stored.u) * bound + stored.u * np.abs(y) + stored.smallest_subnormal / 2
    # float64's own roundings in the comparison are far below one of the sums'.
    far: NDArray[np.bool_] = np.abs(given - y) > bound * (1 + 2.0**-40) + np.abs(y) * 2.0**-50
    return far


def _at(case: Case, outputs: NDArray[np.int64]) -> NDArray[np.float64]:
    """The exact result there, rounded to float64 once."""
    right = exact(case, outputs)
    return np.asarray(np.ldexp(right.hi, right.s), np.float64)


def _absolute(case: Case) -> Case:
    bias = None if case.bias is None else np.abs(case.bias)
    return replace(case, input=np.abs(case.input), kernel=np.abs(case.kernel), bias=bias)
