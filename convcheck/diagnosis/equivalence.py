"""Whether hypotheses are indistinguishable on a case: whether they give the same exact result."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from math import prod

import numpy as np

from convcheck.causes.cause import Hypothesis
from convcheck.diagnosis.observation import Observation, Once
from convcheck.diagnosis.probe import Probe
from convcheck.truth.exact import Exact, exact

REARRANGED = 256
"""Outputs at which two layouts of an output are compared."""


def grouped(observation: Observation, hypotheses: Iterable[Hypothesis]) -> list[list[Hypothesis]]:
    """Hypotheses that cannot be told apart here stand together, in the order given."""
    groups: list[list[Hypothesis]] = []
    at_few = Once(partial(_at_few, observation))
    for one in hypotheses:
        same = next((g for g in groups if _same(observation, g[0], one, at_few)), None)
        if same is None:
            groups.append([one])
        else:
            same.append(one)
    return groups


def indistinguishable(observation: Observation, a: Hypothesis, b: Hypothesis) -> bool:
    """Whether two hypotheses that fit the output give the same exact result."""
    return _same(observation, a, b, Once(partial(_at_few, observation)))


def _same(observation: Observation, a: Hypothesis, b: Hypothesis, at_few: Once[Exact]) -> bool:
    in_place = a.relayout is None and b.relayout is None
    if in_place and a.channel_permutation == b.channel_permutation:
        same_shape = observation.changed_shape(a) == observation.changed_shape(b)
        return same_shape and _same_result(observation.value(a), observation.value(b))
    if a.post_op or b.post_op:
        return False
    one, two = at_few(a), at_few(b)
    return bool(
        np.array_equal(one.s, two.s)
        and np.array_equal(one.hi, two.hi)
        and np.array_equal(one.lo, two.lo)
    )


def _same_result(one: Probe, other: Probe) -> bool:
    """As far as float64 can tell at some points."""
    return bool((np.abs(one.value - other.value) <= one.radius + other.radius).all())


def _at_few(observation: Observation, hypothesis: Hypothesis) -> Exact:
    """Its exact result at some outputs, looked up where each stands in the changed case's layout.

    The same outputs for every hypothesis.
    """
    shape = observation.out.shape
    flat = np.arange(prod(shape))
    few = np.random.default_rng(0).permutation(flat.size)[:REARRANGED]
    stands = np.empty_like(flat)
    stands[hypothesis.to_case_layout(flat.reshape(shape)).ravel()] = flat
    return exact(hypothesis.change(observation.case), stands[few])
