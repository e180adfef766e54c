"""What a check comes to: its verdict, and what may be wrong with the case itself."""

from __future__ import annotations

from collections.abc import Sequence

from convcheck.plan import Plan
from convcheck.results import BROKEN, PASSES, Difference, Judgement, Status, Verdict, worst
from convcheck.spelling import listed
from convcheck.verdict.equal import agreeing, equally_wrong

_KERNEL_OF_ZEROS = (
    "a kernel of zeros shows next to nothing: every right and nearly every wrong "
    "convolution gives 0; try --kernel random"
)


def verdict_of(
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


def warnings_of(
    plan: Plan,
    judgements: Sequence[Judgement],
    differences: Sequence[Difference],
    *,
    kernel_of_zeros: bool,
) -> list[str]:
    """What may be wrong with the case itself; ``differences`` are those that nobody accepted."""
    equal = agreeing(equally_wrong(judgements, differences))
    warnings = [_about_equal(names, plan) for names in equal]
    return [*warnings, _KERNEL_OF_ZEROS] if kernel_of_zeros else warnings


def _about_equal(names: Sequence[str], plan: Plan) -> str:
    """What equal outputs mean that all leave their bounds."""
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
