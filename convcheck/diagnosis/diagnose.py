"""Why outputs differ: detectors look at each output in turn, in a fixed order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from convcheck.case.case import Case
from convcheck.diagnosis.detectors import (
    casts,
    combined,
    damage,
    error_models,
    estimated,
    nonfinite,
    operand_format,
    other_options,
    outliers,
    single,
    summation_order,
    unexplained,
    within_bound,
)
from convcheck.diagnosis.detectors.arithmetic_detection import detect_arithmetic
from convcheck.diagnosis.observation import Observation, Rerun, Surroundings, observe
from convcheck.results import Finding, Judgement
from convcheck.truth.arithmetic import DetectedArithmetic
from convcheck.verdict.judge import Judged
from convcheck.verdict.sample import sample

Detector = Callable[[Observation], Iterator[Finding]]

EXPLANATIONS: tuple[Detector, ...] = (
    nonfinite.detect,
    single.detect,
    operand_format.detect,
    estimated.detect,
    damage.detect,
    operand_format.detect_usual_narrow_sums,
    combined.detect,
    single.detect_with_narrow_sums,
    operand_format.detect_narrow_sums,
    within_bound.detect,
    outliers.detect,
    error_models.detect,
    other_options.detect,
    unexplained.detect,
)
"""Of an output: the first that finds something ends the search."""
BESIDE: tuple[Detector, ...] = (
    nonfinite.detect_on_one_side,
    casts.detect,
    casts.detect_recorded,
    summation_order.detect,
)
"""Asked whatever was found, each of every output before the next."""
STATUSES = ("proved", "supported", "unexplained")
"""Best first."""


@dataclass(frozen=True)
class Diagnosis:
    """What was found about the outputs of a case."""

    judgements: tuple[Judgement, ...]
    """With the arithmetic that really ran."""
    findings: tuple[Finding, ...]
    """Best first."""
    not_sought: tuple[str, ...] = ()
    """What was not looked for, since it would have taken too long, in words."""


def diagnose(case: Case, judged: Judged, rerun: Rerun) -> Diagnosis:
    """Find out why outputs differ from exact, and from each other."""
    # An output may hold anything: what estimates overflow on, they do not find.
    with np.errstate(over="ignore", invalid="ignore"):
        return _diagnose(case, judged, rerun)


def _diagnose(case: Case, judged: Judged, rerun: Rerun) -> Diagnosis:
    others = Surroundings(judged.judgements, judged.differences, judged.budget, rerun)
    observations = _observations(case, judged, others)
    for observation in observations:
        others.findings.extend(_first(EXPLANATIONS, observation))
    for detect in BESIDE:
        for observation in observations:
            others.findings.extend(detect(observation))
    judgements = {one.judgement.output.name: one.judgement for one in observations}
    return Diagnosis(
        tuple(judgements.get(one.output.name, one) for one in judged.judgements),
        tuple(sorted(others.findings, key=lambda found: STATUSES.index(found.status))),
        tuple(others.not_sought),
    )


def _observations(case: Case, judged: Judged, others: Surroundings) -> list[Observation]:
    """Each output with an array; equal ones share the arithmetic that was detected."""
    independent = sample(case) if any(j.declared for j in judged.judgements) else None
    detected: dict[str, DetectedArithmetic | None] = {}
    found = []
    for judgement in judged.judgements:
        observation = observe(case, judgement, independent, others)
        if observation is None:
            continue
        same = judgement.same_values_as
        ran = detect_arithmetic(observation) if same is None else detected[same]
        detected[judgement.output.name] = ran
        if ran is not None:
            observation = replace(observation, judgement=replace(judgement, arithmetic=ran))
        found.append(observation)
    return found


def _first(detectors: tuple[Detector, ...], observation: Observation) -> list[Finding]:
    return next((found for d in detectors if (found := list(d(observation)))), [])
