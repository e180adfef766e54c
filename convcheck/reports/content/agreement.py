"""Which outputs have the same values."""

from __future__ import annotations

from collections.abc import Iterable

from convcheck.results import Check, Verdict


def agreeing(check: Check) -> list[list[str]]:
    """The names of the implementations, those whose outputs are identical together, in order."""
    groups = {judgement.output.name: [judgement.output.name] for judgement in check.judgements}
    for pair in check.differences:
        a, b = groups.get(pair.a), groups.get(pair.b)
        if pair.verdict is Verdict.IDENTICAL and a is not None and b is not None and a is not b:
            a += b
            groups |= dict.fromkeys(b, a)
    return list({id(group): group for group in groups.values()}.values())


def several(groups: Iterable[list[str]]) -> list[list[str]]:
    """Of the groups those with more than one member."""
    return [group for group in groups if len(group) > 1]
