"""Outputs that equal each other and are wrong all the same."""

from __future__ import annotations

from collections.abc import Sequence

from convcheck.results import BROKEN, Difference, Judgement, Verdict


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
