"""Checks a quantized case: start the runtimes, judge their integers, diagnose, summarize."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convcheck.check.outcome import KERNEL_OF_ZEROS, about_equal, verdict_of
from convcheck.check.summary import summarize_quantized
from convcheck.diagnosis.quantized.blind_spots import integer_hints
from convcheck.diagnosis.quantized.diagnose import diagnose_integers
from convcheck.plan import Plan
from convcheck.quantized.sums import by_filter, exact_sums
from convcheck.results import Check
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.equal import agreeing, equally_wrong
from convcheck.verdict.limits import Limits
from convcheck.verdict.quantized.assess import judge_quantized
from convcheck.verdict.quantized.budget import real_parts


def check_integers(
    plan: Plan,
    runtimes: Runtimes,
    limits: Limits,
    *,
    maps: bool = False,
    step: Callable[[str], None] = lambda what: None,
) -> Check:
    """Run the quantized case everywhere, judge each output and pair, find out why they differ."""
    quantized = plan.quantized
    assert quantized is not None
    running = runtimes.run_all(quantized, plan.names)
    step("computing the exact sums")
    # While the frameworks start: what is right does not depend on them.
    sums = exact_sums(quantized)
    parts = real_parts(quantized)
    outputs = [*plan.given, *plan.computed, *running(), *plan.absent]
    step("judging the outputs")
    judged = judge_quantized(quantized, sums, outputs, pairs=plan.pairs, maps=maps, parts=parts)
    step("finding out why they differ")
    diagnosis = diagnose_integers(quantized, sums, judged)
    accepted = limits.accepted_causes(judged.judgements, diagnosis.findings)
    differences = () if accepted else judged.differences
    equal = agreeing(equally_wrong(judged.judgements, differences))
    warnings = [about_equal(names, plan) for names in equal]
    zeros = by_filter(quantized.case, quantized.parameters.zw)
    warnings += [] if np.any(quantized.case.kernel != zeros) else [KERNEL_OF_ZEROS]
    described = summarize_quantized(quantized)
    return Check(
        case=described,
        verdict=verdict_of(plan, judged.judgements, judged.differences),
        judgements=judged.judgements,
        differences=judged.differences,
        findings=diagnosis.findings,
        budget=judged.budget,
        blind_spots=diagnosis.blind_spots,
        alike=diagnosis.alike,
        hints=integer_hints(described, diagnosis.blind_spots, recorded=plan.has_recorded),
        warnings=tuple(warnings),
        failures=tuple(limits.exceeded(judged.differences, diagnosis.findings, warnings)),
        accepted=accepted,
    )
