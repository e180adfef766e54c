"""Causes that leave every sum and every parameter of a quantized case as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

import numpy as np

from convcheck.causes.catalogue import CATALOGUE
from convcheck.causes.quantized.catalogue import OWN, shared
from convcheck.causes.quantized.hypothesis import QuantizedCause, QuantizedHypothesis
from convcheck.diagnosis.blind_spots import find_blind_spots, hints_for
from convcheck.diagnosis.probe_points import BLIND
from convcheck.diagnosis.quantized.observation import ITSELF, IntegerObservation
from convcheck.diagnosis.quantized.replay import Replayed
from convcheck.errors import UsageError
from convcheck.quantized.blocks import blocks
from convcheck.results import CaseSummary

CHEAP = 1 << 24
"""Products up to which all sums are compared; of more no cause is called hidden unseen."""


def hidden(observation: IntegerObservation) -> tuple[str, ...]:
    """Causes that this case cannot show, in the catalogue's order.

    ``observation`` is of any output: what it holds does not matter.
    """
    operands = observation.operands
    found = set(find_blind_spots(operands, shared(operands)).hidden)
    found |= {own.cause.name for own in OWN if _is_hidden(own, observation)}
    return tuple(cause.name for cause in CATALOGUE if cause.name in found)


def integer_hints(
    summary: CaseSummary, causes: Sequence[str], *, recorded: bool = False
) -> dict[str, str]:
    """Blind spot -> options that would show it, where convcheck quantizes real operands.

    Of integers that were given they would be options for numbers that are not there.
    """
    if summary.quantization is None or not summary.quantization.made:
        return {}
    operands = (summary.input, summary.kernel)
    x, kernel = (replace(one, dtype="float32") for one in operands)
    return hints_for(replace(summary, input=x, kernel=kernel), causes, recorded=recorded)


def _is_hidden(own: QuantizedCause, observation: IntegerObservation) -> bool:
    quantized = observation.quantized
    if not own.applies(quantized):
        return False
    every = own.hypotheses(quantized, observation.operands)
    return not any(_shows(one, observation) for one in every)


def _shows(hypothesis: QuantizedHypothesis, observation: IntegerObservation) -> bool:
    """Whether it moves where any output should be."""
    changed, itself = observation.changed(hypothesis), observation.changed(ITSELF)
    if changed is None or itself is None:
        return False
    points = observation.points(changed.case, BLIND)
    theirs, ours = changed.at(points), itself.at(points)
    if not np.array_equal(theirs.expected, ours.expected):
        return True
    if hypothesis.changes_sums and prod(changed.case.output_shape) * changed.case.terms > CHEAP:
        return True
    try:
        return _differ(changed.whole, itself.whole)
    except UsageError:
        return True


def _differ(a: Replayed, b: Replayed) -> bool:
    """Whether any output should be elsewhere, block by block: memory for the sums alone."""
    if a.sums.products.shape != b.sums.products.shape:
        return True
    return any(
        not np.array_equal(replace(a, sums=one.sums).expected, replace(b, sums=two.sums).expected)
        for one, two in zip(blocks(a.sums), blocks(b.sums), strict=True)
    )
