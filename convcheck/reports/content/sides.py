"""Findings about pairs of which each side does something else, told as one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from convcheck.reports.content.blocks import glued
from convcheck.reports.content.formulas import possible_formulas
from convcheck.results import Check, Finding
from convcheck.spelling import listed

OR_ANOTHER = ", or another formula that gives the same"
_INDEX = re.compile(r"\([\d, ]+\)")


@dataclass(frozen=True)
class Sides:
    """What ``a: …; b: …. At …`` says, with the names apart."""

    does: Mapping[str, str]
    """Implementation -> what it does."""
    element: str
    """Where that makes a difference: a sentence without its full stop."""


def sides_of(finding: Finding) -> Sides | None:
    """The sides of a finding about a pair; None where its summary is another one."""
    a, b = finding.implementation, finding.beside
    if b is None or not finding.summary.startswith(f"{a}: "):
        return None
    first, found, rest = finding.summary.removeprefix(f"{a}: ").partition(f"; {b}: ")
    if not found:
        return None
    second, _, more = rest.partition(". ")
    return Sides({a: first, b: second.rstrip(".")}, more.partition(". ")[0].rstrip("."))


def told_by_sides(check: Check, findings: Sequence[Finding], names: Mapping[str, str]) -> str:
    """Each way to do it once, with all who do it so; then where it makes a difference.

    Of several formulas that a side may use a finding names one. Who is nearer stands in the table
    already.
    """
    several = {j.output.name for j in check.judgements if len(possible_formulas(j)) > 1}
    sides = [found for found in map(sides_of, findings) if found is not None]
    who: dict[str, dict[str, None]] = {}
    for one in sides:
        for name, words in one.does.items():
            words += OR_ANOTHER if name in several else ""
            who.setdefault(words, {})[glued(names.get(name, name))] = None
    ways = "; ".join(f"{listed(list(labels))}: {words}" for words, labels in who.items())
    elements = list(dict.fromkeys(_INDEX.sub(_as_word, one.element) for one in sides))
    return ". ".join([ways, *filter(None, elements[: len(who) - 1])])


def _as_word(index: re.Match[str]) -> str:
    return glued(index[0])
