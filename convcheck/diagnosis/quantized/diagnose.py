"""Why integer outputs differ: from the real number, and from each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from convcheck.causes.quantized.hypothesis import centred_case
from convcheck.diagnosis.quantized import left_over, rounding, wrapped
from convcheck.diagnosis.quantized.blind_spots import hidden
from convcheck.diagnosis.quantized.explain import EXPLAINABLE, explain
from convcheck.diagnosis.quantized.near_ties import alike
from convcheck.diagnosis.quantized.observation import IntegerObservation
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.results import Finding, Judgement, Output, Status
from convcheck.verdict.judge import Judged

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
    operands = centred_case(quantized)
    p = quantized.parameters
    findings = [
        *_of_outputs(quantized, operands, sums, judged),
        *rounding.detect(sums, p, judged.judgements, judged.differences),
    ]
    groups = alike(sums, p)
    blind = hidden(_unseen(quantized, operands, sums))
    if any(len(group) == len(FORMULAS) for group in groups):
        blind = (*blind, rounding.CAUSE)
    return IntegerDiagnosis(
        tuple(sorted(findings, key=lambda found: STATUSES.index(found.status))), blind, groups
    )


def _of_outputs(
    quantized: QuantizedCase, operands: Case, sums: Sums, judged: Judged
) -> Iterator[Finding]:
    known: dict[str, list[Finding]] = {}
    calls = {one.output.name: one.output.call for one in judged.judgements}
    for judgement in judged.judgements:
        name, same = judgement.output.name, judgement.same_values_as
        if same in known:
            found = [_about(name, one, calls) for one in known[same]]
        else:
            found = list(_of_output(quantized, operands, sums, judgement))
        known[name] = found
        yield from found


def _of_output(
    quantized: QuantizedCase, operands: Case, sums: Sums, judgement: Judgement
) -> Iterator[Finding]:
    out = judgement.output.array
    if out is None or judgement.status not in EXPLAINABLE:
        return
    observation = IntegerObservation(quantized, operands, sums, judgement, out)
    found = explain(observation) if out.dtype.kind in "iu" else None
    found = found or wrapped.detect(observation)
    if found is not None:
        yield found
    else:
        yield from left_over.detect(observation)


def _about(name: str, found: Finding, calls: dict[str, str]) -> Finding:
    """What was found of an equal output, said of this one."""
    summary = found.summary.replace(calls[found.implementation], calls[name], 1)
    return replace(found, implementation=name, summary=summary)


def _unseen(quantized: QuantizedCase, operands: Case, sums: Sums) -> IntegerObservation:
    """No output: for what depends on the case alone."""
    none = np.zeros(operands.output_shape, quantized.parameters.input_dtype)
    judgement = Judgement(Output("", ""), Status.UNDECIDED)
    return IntegerObservation(quantized, operands, sums, judgement, none)
