"""What no hypothesis explains: damage of a few outputs, or nothing known."""

from __future__ import annotations

from collections.abc import Iterator

from convcheck.causes.fixes import fix_for
from convcheck.diagnosis.detectors import damage, unexplained
from convcheck.diagnosis.observation import Observation, Surroundings
from convcheck.diagnosis.quantized import pattern
from convcheck.diagnosis.quantized.observation import IntegerObservation
from convcheck.results import Finding, Status
from convcheck.truth.arithmetic import declared


def detect(observation: IntegerObservation) -> Iterator[Finding]:
    """Where an output is wrong, and how far."""
    judgement = observation.judgement
    if judgement.status is Status.OUTSIDE_BOUND and judgement.violations is None:
        yield pattern.described(_without_places(observation), observation)  # more than were kept
        return
    seen = Observation(
        observation.operands,
        observation.out,
        declared("int64", "int64"),
        judgement,
        None,
        Surroundings((), (), (), lambda *_: None),
    )
    found = list(damage.detect(seen))
    yield from found or (pattern.described(one, observation) for one in unexplained.detect(seen))


def _without_places(observation: IntegerObservation) -> Finding:
    judgement, output = observation.judgement, observation.output
    far = f", by up to {judgement.error.max_abs:.3g}" if judgement.error else ""
    return Finding(
        cause=unexplained.CAUSE,
        implementation=output.name,
        status="unexplained",
        summary=f"no known cause gives what {output.call} gave; {judgement.message}{far}",
        fix=fix_for(unexplained.CAUSE, None, output),
        departs=True,
    )
