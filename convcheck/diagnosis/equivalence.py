"""Whether hypotheses are indistinguishable on a case: whether they give the same exact result."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from convcheck.causes.cause import Hypothesis
from convcheck.diagnosis.observation import Observation
from convcheck.diagnosis.probe import Probe


def grouped(observation: Observation, hypotheses: Iterable[Hypothesis]) -> list[list[Hypothesis]]:
    """Hypotheses that cannot be told apart here stand together, in the order given."""
    groups: list[list[Hypothesis]] = []
    for one in hypotheses:
        same = next((g for g in groups if indistinguishable(observation, g[0], one)), None)
        if same is None:
            groups.append([one])
        else:
            same.append(one)
    return groups


def indistinguishable(observation: Observation, a: Hypothesis, b: Hypothesis) -> bool:
    """Whether two hypotheses that fit the output give the same exact result."""
    in_place = a.relayout is None and b.relayout is None
    if in_place and a.channel_permutation == b.channel_permutation:
        same_shape = observation.changed_shape(a) == observation.changed_shape(b)
        return same_shape and _same_result(observation.value(a), observation.value(b))
    if a.post_op or b.post_op:
        return False
    one, two = observation.rearranged(a), observation.rearranged(b)
    return bool(
        np.array_equal(one.s, two.s)
        and np.array_equal(one.hi, two.hi)
        and np.array_equal(one.lo, two.lo)
    )


def _same_result(one: Probe, other: Probe) -> bool:
    """As far as float64 can tell at some points."""
    return bool((np.abs(one.value - other.value) <= one.radius + other.radius).all())
