"""What two models exceed of the limits that a user asks for; what is left of accepted causes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from convcheck.model.against.results import (
    OutputDifference,
    PairCheck,
    Place,
    SegmentCheck,
    narrowed,
    narrowed_words,
)
from convcheck.results import Verdict
from convcheck.verdict.limits import Limits

_LISTED = 3


def of_own_calls(limits: Limits) -> Limits:
    """The limits that hold for the models' own calls; the others are about the whole models."""
    return replace(limits, identical=False, max_sum=None)


def exceeded(
    limits: Limits,
    pairs: Sequence[PairCheck],
    segments: Sequence[SegmentCheck],
    outputs: Sequence[OutputDifference],
) -> tuple[str, ...]:
    """Each limit that is exceeded, in words."""
    found: list[str] = []
    if limits.identical:
        found += _not_identical(pairs, segments, outputs)
    if limits.max_sum is not None:
        found += _too_far(limits.max_sum, outputs)
    if limits.strict:
        found += _narrowed(pairs)
        for pair in pairs:
            for failure in (words for check in pair.checks for words in check.failures):
                option, _, words = failure.partition(": ")
                found.append(f"{option}: {pair.a}: {words}")
    return tuple(dict.fromkeys(found))


def accepted(limits: Limits, places: Sequence[Place]) -> tuple[str, ...]:
    """The accepted causes that explain every finding of every place; () where any is left over."""
    used: list[str] = []
    for place in places:
        for finding in place.findings:
            causes = limits.accepted_in(finding)
            if not causes:
                return ()
            used += causes
        if not place.findings:
            return ()
    return tuple(dict.fromkeys(used))


def _not_identical(
    pairs: Sequence[PairCheck],
    segments: Sequence[SegmentCheck],
    outputs: Sequence[OutputDifference],
) -> Iterator[str]:
    same = Verdict.IDENTICAL
    convolutions = [pair.a for pair in pairs if pair.verdict is not same]
    before = [f"what is before {one.before[0]}" for one in segments if one.verdict is not same]
    whole = [f"the output {one.output}" for one in outputs if one.message or one.unequal]
    for names in (convolutions, before, whole):
        if names:
            yield f"--identical: {_some(names)} {'is' if len(names) == 1 else 'are'} not identical"


def _too_far(most: float, outputs: Sequence[OutputDifference]) -> Iterator[str]:
    for one in outputs:
        if one.sum_abs is None:
            yield f"--max-sum {most:g}: the output {one.output} has no sum: {one.message}"
        elif not one.sum_abs <= most:
            yield f"--max-sum {most:g}: the output {one.output} differs by {one.sum_abs:.6g} in all"


def _narrowed(pairs: Sequence[PairCheck]) -> Iterator[str]:
    for relation, names in narrowed(pairs).items():
        yield f"--strict: {narrowed_words(relation)} in {_some(names)}"


def _some(names: Sequence[str]) -> str:
    shown = list(names[:_LISTED])
    left = len(names) - len(shown)
    if left:
        return f"{', '.join(shown)} and {left} more"
    return " and ".join([*([", ".join(shown[:-1])] if len(shown) > 1 else []), shown[-1]])
