"""Why integer outputs differ: from the real number, and from each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcheck.causes.quantized.hypothesis import centred
from convcheck.diagnosis.quantized import left_over, rounding, wrapped
from convcheck.diagnosis.quantized.blind_spots import hidden
from convcheck.diagnosis.quantized.explain import EXPLAINABLE, explain
from convcheck.diagnosis.quantized.near_ties import alike
from convcheck.diagnosis.quantized.observation import IntegerObservation
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.results import Finding, Judgement, Output, Status
from convcheck.verdict.judge import Judged
from convcheck.verdict.quantized.quotients import Quotients

if TYPE_CHECKING:
    from convcheck.case.case import Case
    from convcheck.quantized.case import QuantizedCase
    from convcheck.quantized.sums import Sums

STATUSES = ("proved", "supported", "unexplained")
"""Best first."""


@dataclass(frozen=True)
class IntegerDiagnosis:
    """What was found about the outputs of a quantized case."""

    findings: tuple[Finding, ...] = ()
    """Best first."""
    blind_spots: tuple[str, ...] = ()
    """Causes that leave every sum unchanged, so that this case cannot reveal them."""
    alike: tuple[tuple[str, ...], ...] = ()
    """Groups of formulas that give the same outputs here."""


def diagnose_integers(quantized: QuantizedCase, sums: Sums, judged: Judged) -> IntegerDiagnosis:
    """Find out why outputs differ from the real number, and from each other."""
    operands = centred(quantized)
    quotients = Quotients(sums, quantized.parameters)
    findings = [
        *_of_outputs(quantized, operands, sums, judged),
        *rounding.detect(quotients, judged.judgements, judged.differences),
    ]
    groups = alike(quotients)
    blind = hidden(_unseen(quantized, operands, sums))
    if any(len(group) == len(FORMULAS) for group in groups):
        blind = (*blind, rounding.CAUSE)
    return IntegerDiagnosis(
        tuple(sorted(findings, key=lambda found: STATUSES.index(found.status))), blind, groups
    )


def _of_outputs(
    quantized: QuantizedCase, operands: Case, sums: Sums, judged: Judged
) -> Iterator[Finding]:
    for judgement in judged.judgements:
        out = judgement.output.array
        if out is None or judgement.status not in EXPLAINABLE:
            continue
        observation = IntegerObservation(quantized, operands, sums, judgement, out)
        found = explain(observation) if out.dtype.kind in "iu" else None
        found = found or wrapped.detect(observation)
        if found is not None:
            yield found
        else:
            yield from left_over.detect(observation)


def _unseen(quantized: QuantizedCase, operands: Case, sums: Sums) -> IntegerObservation:
    """No output: for what depends on the case alone."""
    none = np.zeros(operands.output_shape, quantized.parameters.input_dtype)
    judgement = Judgement(Output("", ""), Status.UNDECIDED)
    return IntegerObservation(quantized, operands, sums, judgement, none)
