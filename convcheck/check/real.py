"""Checks a case of real numbers: start the runtimes, judge, diagnose, summarize."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convcheck.check.explain import judge_and_diagnose
from convcheck.check.orders.find import find_orders
from convcheck.check.outcome import verdict_of, warnings_of
from convcheck.check.rerun import Rerun, laid_out
from convcheck.check.summary import summarize
from convcheck.diagnosis.blind_spots import find_blind_spots, hints_for
from convcheck.diagnosis.other_dtypes import with_what_helps
from convcheck.plan import Plan
from convcheck.results import Check
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.limits import Limits
from convcheck.verdict.nan_notes import nan_notes
from convcheck.verdict.references import prepare_references


def check_real(
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
    case = plan.case
    running = runtimes.run_all(case.gradient or case, plan.names)
    step("computing the exact result")
    # While the frameworks start: what is right does not depend on them.
    references = prepare_references(case)
    blind = find_blind_spots(case)
    outputs = [*plan.given, *plan.computed, *running(), *plan.absent]
    outputs = [laid_out(case, output) for output in outputs]
    rerun = Rerun(runtimes, plan.names)
    judged, diagnosis, orders = judge_and_diagnose(
        case,
        outputs,
        rerun,
        lambda judged: find_orders(plan, runtimes, judged, step),
        pairs=plan.pairs,
        references=references,
        maps=maps,
        step=step,
    )
    judgements = orders.told(diagnosis.judgements)
    if plan.pairs is None:  # else the case is somebody else's: a bundle's, a model's
        judgements = with_what_helps(case, judgements, rerun)
    accepted = limits.accepted_causes(judgements, diagnosis.findings)
    differences = () if accepted else judged.differences  # what is accepted is no warning
    zeros = not np.any(case.kernel)
    warnings = warnings_of(plan, judged.judgements, differences, kernel_of_zeros=zeros)
    described = summarize(case)
    return Check(
        case=described,
        verdict=verdict_of(plan, judged.judgements, judged.differences),
        judgements=judgements,
        differences=judged.differences,
        findings=diagnosis.findings,
        budget=judged.budget,
        blind_spots=blind.hidden,
        hints=hints_for(described, blind.hidden, recorded=plan.has_recorded),
        # NaN is said, and what was not looked for: no faults of the case, --strict lets them pass.
        warnings=(*warnings, *nan_notes(case, outputs), *blind.warnings, *diagnosis.not_sought),
        failures=tuple(limits.exceeded(judged.differences, diagnosis.findings, warnings)),
        accepted=accepted,
    )
