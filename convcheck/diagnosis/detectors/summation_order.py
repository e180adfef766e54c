"""Sound outputs of the same arithmetic that differ: nothing but the order of their sums."""

from __future__ import annotations

from collections.abc import Iterator

from convcheck.causes.fixes import fix_for
from convcheck.diagnosis.observation import Observation, Surroundings
from convcheck.results import PASSES, Difference, Finding, Judgement, Verdict

CAUSE = "summation-order"


def detect(observation: Observation) -> Iterator[Finding]:
    """The farther output of a pair of which nothing else was found."""
    for far, near in _pairs(observation.others):
        if far.output.name != observation.judgement.output.name:
            continue
        yield Finding(
            cause=CAUSE,
            implementation=far.output.name,
            status="supported",
            summary=f"{far.output.call} and {near.output.call} both compute in {far.declared} and "
            "stay inside its bound: they add the same products in another order",
            fix=fix_for(CAUSE, None, far.output),
            beside=near.output.name,
        )


def _pairs(others: Surroundings) -> Iterator[tuple[Judgement, Judgement]]:
    """(far from exact, near) of each pair that differs by order alone; each output far once."""
    by_name = {judgement.output.name: judgement for judgement in others.judgements}
    explained = {found.implementation for found in others.findings if found.cause != CAUSE}
    for pair in others.differences:
        a, b = by_name.get(pair.a), by_name.get(pair.b)
        if a is None or b is None or not _only_order(pair, a, b) or explained & {pair.a, pair.b}:
            continue
        far, near = sorted((a, b), key=lambda j: j.error.sum_abs if j.error else 0.0, reverse=True)
        explained.add(far.output.name)
        yield far, near


def _only_order(pair: Difference, a: Judgement, b: Judgement) -> bool:
    sound = pair.verdict is Verdict.ROUNDING and a.status in PASSES and b.status in PASSES
    return sound and bool(pair.unequal) and a.declared == b.declared
