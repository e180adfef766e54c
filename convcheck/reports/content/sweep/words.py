"""Words that several parts of the report of a sweep share."""

from __future__ import annotations

from convcheck.reports.content.blocks import glued
from convcheck.reports.figures import count


def counted(number: int, thing: str) -> str:
    """``1 case``, ``2,000 cases``: never at the end of a line apart."""
    return glued(f"{count(number)} {thing}{'' if number == 1 else 's'}")


def cases(number: int) -> str:
    """So many cases."""
    return counted(number, "case")
