"""Checks a case of real numbers: start the runtimes, judge, diagnose, summarize."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convcheck.check.outcome import KERNEL_OF_ZEROS, about_equal, verdict_of
from convcheck.check.rerun import Rerun
from convcheck.check.summary import summarize
from convcheck.diagnosis.blind_spots import find_blind_spots, hints_for
from convcheck.diagnosis.diagnose import diagnose
from convcheck.diagnosis.other_dtypes import with_what_helps
from convcheck.plan import Plan
from convcheck.results import Check
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.equal import agreeing, equally_wrong
from convcheck.verdict.judge import judge
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
    running = runtimes.run_all(case, plan.names)
    step("computing the exact result")
    # While the frameworks start: what is right does not depend on them.
    references = prepare_references(case)
    blind = find_blind_spots(case)
    outputs = [*plan.given, *plan.computed, *running(), *plan.absent]
    step("judging the outputs")
    judged = judge(case, outputs, pairs=plan.pairs, references=references, maps=maps)
    step("finding out why they differ")
    rerun = Rerun(runtimes, plan.names)
    diagnosis = diagnose(case, judged, rerun)
    judgements = diagnosis.judgements
    if plan.pairs is None:  # else the case is somebody else's: a bundle's, a model's
        judgements = with_what_helps(case, judgements, rerun)
    accepted = limits.accepted_causes(judgements, diagnosis.findings)
    differences = () if accepted else judged.differences  # what is accepted is no warning
    equal = agreeing(equally_wrong(judged.judgements, differences))
    warnings = [about_equal(names, plan) for names in equal]
    warnings += [] if np.any(case.kernel) else [KERNEL_OF_ZEROS]
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
