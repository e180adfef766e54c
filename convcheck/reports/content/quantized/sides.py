"""Findings about pairs of which each side does something else, told as one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from convcheck.reports.content.blocks import glued
from convcheck.reports.content.quantized.formulas import possible_formulas
from convcheck.results import Check, Finding
from convcheck.spelling import listed

OR_ANOTHER = ", or another formula that gives the same"
_INDEX = re.compile(r"\([\d, ]+\)")


def told_by_sides(check: Check, findings: Sequence[Finding], names: Mapping[str, str]) -> str:
    """Each way to do it once, with all who do it so; then where it makes a difference.

    Of several formulas that a side may use a finding names one. Who is nearer stands in the table
    already.
    """
    several = {j.output.name for j in check.judgements if len(possible_formulas(j)) > 1}
    who: dict[str, dict[str, None]] = {}
    elements: dict[str, None] = {}
    for finding in findings:
        assert finding.sides is not None
        assert finding.beside is not None
        pair = (finding.implementation, finding.beside)
        for name, does in zip(pair, finding.sides.does, strict=True):
            words = does + (OR_ANOTHER if name in several else "")
            who.setdefault(words, {})[glued(names.get(name, name))] = None
        elements[_INDEX.sub(_as_word, finding.sides.element)] = None
    ways = "; ".join(f"{listed(list(labels))}: {words}" for words, labels in who.items())
    return ". ".join([ways, *list(elements)[: len(who) - 1]])


def _as_word(index: re.Match[str]) -> str:
    return glued(index[0])
