"""What no known cause explains: where it is, and how large."""

from __future__ import annotations

from collections.abc import Iterator

from convcheck.causes.fixes import fix_for
from convcheck.diagnosis.observation import Observation
from convcheck.diagnosis.violations import places_in_words
from convcheck.results import Finding, Status

CAUSE = "unexplained"


def detect(observation: Observation) -> Iterator[Finding]:
    """An output that leaves its bound, or has another shape, without a cause."""
    judgement, output = observation.judgement, observation.judgement.output
    if judgement.status is Status.WRONG_SHAPE:
        words = judgement.message or "it has another shape"
    elif judgement.status is Status.OUTSIDE_BOUND:
        words = where_and_how_far(observation)
        shown = observation.others.footprints.get(output.name)
        if shown is not None:  # tiles of no algorithm whose errors are known
            words += f"; {shown}"
    else:
        return
    yield Finding(
        cause=CAUSE,
        implementation=output.name,
        status="unexplained",
        summary=f"no known cause gives what {output.call} gave; {words}",
        fix=fix_for(CAUSE, observation.case, output),
        departs=True,
    )


def where_and_how_far(observation: Observation) -> str:
    """The outputs outside their bound, in words."""
    judgement = observation.judgement
    largest = f"{judgement.error.max_abs:.3g}" if judgement.error else "?"
    words = f"{judgement.message}, by up to {largest}"
    places = places_in_words(observation.case, observation.out, observation.violations)
    return f"{words}: {places}" if places else words
