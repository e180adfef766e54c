"""Whether hypotheses are indistinguishable on a case: whether they give the same exact result."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.cause import Hypothesis
from convcheck.diagnosis.observation import Observation
from convcheck.diagnosis.probe import Probe
from convcheck.truth.exact import Exact, exact

REARRANGED = 256
"""Outputs at which two layouts of an output are compared."""


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
    first, second = a.change(observation.case), b.change(observation.case)
    in_place = a.relayout is None and b.relayout is None
    if in_place and a.channel_permutation == b.channel_permutation:
        same_shape = first.output_shape == second.output_shape
        return same_shape and _same_result(observation.value(a), observation.value(b))
    if a.post_op or b.post_op:
        return False
    return _same_rearranged((first, a), (second, b), observation.out.shape)


def _same_result(one: Probe, other: Probe) -> bool:
    """As far as float64 can tell at some points."""
    return bool((np.abs(one.value - other.value) <= one.radius + other.radius).all())


def _same_rearranged(
    a: tuple[Case, Hypothesis], b: tuple[Case, Hypothesis], shape: tuple[int, ...]
) -> bool:
    """Exactly, at some outputs, each looked up where it stands in the changed case's layout."""
    size = prod(shape)
    few = np.random.default_rng(0).permutation(size)[:REARRANGED]
    flat = np.arange(size)

    def at_few(case: Case, hypothesis: Hypothesis) -> Exact:
        stands = np.empty_like(flat)
        stands[hypothesis.to_case_layout(flat.reshape(shape)).ravel()] = flat
        return exact(case, stands[few])

    one, two = at_few(*a), at_few(*b)
    return bool(
        np.array_equal(one.s, two.s)
        and np.array_equal(one.hi, two.hi)
        and np.array_equal(one.lo, two.lo)
    )
