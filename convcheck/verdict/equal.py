"""Outputs that equal each other, and those that are wrong all the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from convcheck.results import BROKEN, Difference, Judgement, Verdict


def agreeing(differences: Iterable[Difference]) -> list[list[str]]:
    """The names of the outputs, each with those that it is identical to, in order."""
    groups: dict[str, list[str]] = {}
    for pair in differences:
        a, b = (groups.setdefault(name, [name]) for name in (pair.a, pair.b))
        if pair.verdict is Verdict.IDENTICAL and a is not b:
            a += b
            groups |= dict.fromkeys(b, a)
    return list({id(group): group for group in groups.values()}.values())


def equally_wrong(
    judgements: Sequence[Judgement], differences: Sequence[Difference]
) -> list[Difference]:
    """The pairs of equal outputs neither of which is this convolution."""
    broken = {j.output.name for j in judgements if j.status in BROKEN}
    return [
        pair
        for pair in differences
        if pair.verdict is Verdict.IDENTICAL and {pair.a, pair.b} <= broken
    ]
