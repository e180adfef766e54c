"""Runs one check and collects its result: start the runtimes, judge, diagnose, summarize."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from convcheck.case.case import Case
from convcheck.diagnosis.blind_spots import find_blind_spots, hints_for
from convcheck.diagnosis.diagnose import diagnose
from convcheck.diagnosis.other_dtypes import with_what_helps
from convcheck.implementations.name import Name
from convcheck.implementations.registry import row_of
from convcheck.plan import Plan
from convcheck.results import (
    BROKEN,
    PASSES,
    CaseSummary,
    Check,
    Difference,
    Judgement,
    Operand,
    Output,
    Status,
    Verdict,
    worst,
)
from convcheck.runtimes.host import Runtimes
from convcheck.spelling import listed
from convcheck.verdict.equal import agreeing, equally_wrong
from convcheck.verdict.judge import judge
from convcheck.verdict.limits import Limits
from convcheck.verdict.nan_notes import nan_notes
from convcheck.verdict.references import prepare_references


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
    rerun = _Rerun(runtimes, plan.names)
    diagnosis = diagnose(case, judged, rerun)
    judgements = diagnosis.judgements
    if plan.pairs is None:  # else the case is somebody else's: a bundle's, a model's
        judgements = with_what_helps(case, judgements, rerun)
    accepted = limits.accepted_causes(judgements, diagnosis.findings)
    differences = () if accepted else judged.differences  # what is accepted is no warning
    equal = agreeing(equally_wrong(judged.judgements, differences))
    warnings = [_about_equal(names, plan) for names in equal] + _warnings(case)
    described = summarize(case)
    return Check(
        case=described,
        verdict=_verdict(plan, judged.judgements, judged.differences),
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


@dataclass(frozen=True)
class _Rerun:
    """Computes a changed case with one of a check's implementations, for an experiment."""

    runtimes: Runtimes
    names: Sequence[Name]

    def __call__(
        self, case: Case, name: str, option: tuple[str, str] | None = None, /
    ) -> Output | None:
        """None for a recorded output, and where the implementation takes no such option."""
        implementation = next((one for one in self.names if one.text == name), None)
        if implementation is None:
            return None
        if option is not None:
            if option[0] not in row_of(implementation).options:
                return None
            implementation = implementation.with_option(*option)
        return self.runtimes.run(case, implementation)


def summarize(case: Case) -> CaseSummary:
    """The case without its arrays."""
    source, kernel_source, bias_source = case.sources
    return CaseSummary(
        input=Operand(source, case.input.shape, case.input.dtype.name),
        kernel=Operand(kernel_source, case.kernel.shape, case.kernel.dtype.name),
        bias=None
        if case.bias is None
        else Operand(bias_source, case.bias.shape, case.bias.dtype.name),
        spec=case.spec,
        pads=case.pads,
        data_format=case.data_format,
        output_shape=case.output_shape,
        terms=case.terms,
    )


def _verdict(
    plan: Plan, judgements: Sequence[Judgement], differences: Sequence[Difference]
) -> Verdict:
    """The worst of the pairs, and of what stands alone: that is held against exact."""
    if not differences:
        return worst([_alone(judgement) for judgement in judgements])
    # An output whose partners all gave nothing stands alone too: it may be wrong all the same.
    told = [pair for pair in differences if pair.verdict is not Verdict.UNDECIDED]
    compared = {name for pair in told for name in (pair.a, pair.b)}
    own = [name.text for name in plan.names]
    counted = own if plan.verifies else [judgement.output.name for judgement in judgements]
    left = set(counted) - compared
    verdicts = [_alone(j) for j in judgements if j.output.name in left]
    verdicts += [pair.verdict for pair in differences]
    if not plan.verifies and equally_wrong(judgements, differences):
        verdicts.append(Verdict.DIFFERENT)
    return worst(verdicts)


def _alone(judgement: Judgement) -> Verdict:
    if judgement.status in PASSES:
        return Verdict.IDENTICAL if judgement.status is Status.EXACT else Verdict.ROUNDING
    return Verdict.DIFFERENT if judgement.status in BROKEN else Verdict.UNDECIDED


def _about_equal(names: Sequence[str], plan: Plan) -> str:
    all_of_them, none = ("both", "neither") if len(names) == 2 else ("all", "none")
    words = (
        f"{listed(names)} equal each other, but {all_of_them} leave their bounds: {none} is this "
        "convolution"
    )
    if plan.verifies:
        return words
    return (
        f"{words}; the options (strides, padding, dilations, layouts) probably do not describe "
        "what was computed"
    )


def _warnings(case: Case) -> list[str]:
    if np.any(case.kernel):
        return []
    return [
        "a kernel of zeros shows next to nothing: every right and nearly every wrong "
        "convolution gives 0; try --kernel random"
    ]
