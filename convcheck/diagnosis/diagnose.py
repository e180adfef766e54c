"""Why outputs differ: detectors look at each output in turn, in a fixed order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from convcheck.case.case import Case
from convcheck.diagnosis.detectors import (
    casts,
    combined,
    damage,
    error_models,
    estimated,
    left_over,
    nonfinite,
    operand_format,
    other_options,
    outliers,
    single,
    summation_order,
    transforms,
    unexplained,
    within_bound,
)
from convcheck.diagnosis.detectors.arithmetic_detection import detect_arithmetic
from convcheck.diagnosis.gradients import narrow_sums
from convcheck.diagnosis.observation import Observation, Rerun, Surroundings, observe
from convcheck.diagnosis.transforms.footprint import Footprint
from convcheck.orders.replay import Replay
from convcheck.results import Finding, Judgement
from convcheck.truth.arithmetic import DetectedArithmetic
from convcheck.truth.winograd.tiling import Tiling
from convcheck.verdict.judge import Judged
from convcheck.verdict.sample import sample

Detector = Callable[[Observation], Iterator[Finding]]

EXPLANATIONS: tuple[Detector, ...] = (
    nonfinite.detect,
    single.detect,
    narrow_sums.detect,
    operand_format.detect,
    estimated.detect,
    transforms.detect_tiles,
    damage.detect,
    operand_format.detect_usual_narrow_sums,
    combined.detect,
    single.detect_with_narrow_sums,
    operand_format.detect_narrow_sums,
    within_bound.detect,
    left_over.detect,
    outliers.detect,
    error_models.detect,
    transforms.detect,
    other_options.detect,
    unexplained.detect,
)
"""Of an output: the first that finds something ends the search."""
SINGLE = tuple(detect for detect in EXPLANATIONS if detect is not combined.detect)
"""Without the search for two causes at once."""
BESIDE: tuple[Detector, ...] = (
    nonfinite.detect_on_one_side,
    casts.detect,
    casts.detect_recorded,
    summation_order.detect,
    transforms.detect_held,
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
    footprints: Mapping[str, Footprint | None] = field(default_factory=dict)
    """By output: what shows that it was computed by a transform, sought where none is."""
    tilings: Mapping[str, Tiling] = field(default_factory=dict)
    """Outputs to be judged again, by the bound of the Winograd algorithm that was shown."""


def diagnose(
    case: Case,
    judged: Judged,
    rerun: Rerun,
    *,
    replays: Mapping[str, Replay] | None = None,
    footprints: Mapping[str, Footprint | None] | None = None,
    seek_pairs: bool = True,
) -> Diagnosis:
    """Find out why outputs differ from exact, and from each other.

    ``replays`` are outputs added up again in the order that was found for them, ``footprints``
    those that are known: they are not sought again. Two causes at once take seconds to seek.
    """
    others = Surroundings(
        judged.judgements,
        judged.differences,
        judged.budget,
        rerun,
        dict(footprints or {}),
        replays=replays or {},
    )
    # An output may hold anything: what estimates overflow on, they do not find.
    with np.errstate(over="ignore", invalid="ignore"):
        return _diagnose(case, judged, others, EXPLANATIONS if seek_pairs else SINGLE)


def _diagnose(
    case: Case, judged: Judged, others: Surroundings, explanations: tuple[Detector, ...]
) -> Diagnosis:
    observations = _observations(case, judged, others)
    for observation in observations:
        others.findings.extend(_first(explanations, observation))
    for detect in BESIDE:
        for observation in observations:
            others.findings.extend(detect(observation))
    judgements = {one.judgement.output.name: one.judgement for one in observations}
    return Diagnosis(
        tuple(judgements.get(one.output.name, one) for one in judged.judgements),
        tuple(sorted(others.findings, key=lambda found: STATUSES.index(found.status))),
        tuple(others.not_sought),
        others.footprints,
        others.tilings,
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
