"""Runs one check and collects its result, of real numbers or of quantized integers."""

from __future__ import annotations

from collections.abc import Callable

from convcheck.check.integers import check_integers
from convcheck.check.real import check_real
from convcheck.check.summary import summarize
from convcheck.plan import Plan
from convcheck.results import Check
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.limits import Limits

__all__ = ["check", "summarize"]


def check(
    plan: Plan,
    runtimes: Runtimes,
    limits: Limits,
    *,
    maps: bool = False,
    step: Callable[[str], None] = lambda what: None,
) -> Check:
    """Run the case everywhere, judge each output and each pair, find out why they differ.

    ``maps`` keeps the errors of every output, for a picture. ``step`` is told what comes next.
    """
    checked = check_real if plan.quantized is None else check_integers
    return checked(plan, runtimes, limits, maps=maps, step=step)
