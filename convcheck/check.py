"""The hall: a case and its implementations in, the whole story of them out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from convcheck.case.case import Case
from convcheck.implementations.name import Name
from convcheck.implementations.registry import row_of
from convcheck.results import (
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
from convcheck.verdict.limits import Limits


def check(
    case: Case,
    names: Sequence[Name],
    runtimes: Runtimes,
    limits: Limits,
    *,
    maps: bool = False,
) -> Check:
    """Run the case everywhere, judge each output and each pair, find out why.

    ``maps`` keeps the errors of every element, for a picture.
    """
    waiting = runtimes.run_all(case, names)
    return _tell_apart(case, names, (), waiting, runtimes, limits, maps=maps)


def verify(
    case: Case,
    recorded: Sequence[Output],
    names: Sequence[Name],
    absent: Sequence[Output],
    runtimes: Runtimes,
    limits: Limits,
    *,
    maps: bool = False,
) -> Check:
    """Run a recorded case here; judge all, and compare each output with its recorded one.

    ``recorded`` are the outputs as they were, in the order of ``names``, then of ``absent``: what
    can be no name here. Those that are left have nobody to run them again, and are only judged.
    """
    running = runtimes.run_all(case, names)
    here = [*(name.text for name in names), *(output.name for output in absent)]
    pairs = [(then.name, now) for then, now in zip(recorded, here, strict=False)]

    def waiting() -> list[Output]:
        return [*running(), *absent]

    return _tell_apart(case, names, recorded, waiting, runtimes, limits, pairs=pairs, maps=maps)


def check_given(
    case: Case, given: Output, names: Sequence[Name], runtimes: Runtimes, limits: Limits
) -> Check:
    """Judge an output that is there already, and compare what each implementation gives with it."""
    waiting = runtimes.run_all(case, names)
    pairs = [(given.name, name.text) for name in names]
    return _tell_apart(case, names, [given], waiting, runtimes, limits, pairs=pairs)


def _tell_apart(
    case: Case,
    names: Sequence[Name],
    recorded: Sequence[Output],
    waiting: Callable[[], list[Output]],
    runtimes: Runtimes,
    limits: Limits,
    *,
    pairs: Sequence[tuple[str, str]] | None = None,
    maps: bool = False,
) -> Check:
    # While the frameworks start: what is right does not depend on them.
    from convcheck.verdict.accepted import accepted, strict_failures
    from convcheck.verdict.blind import blind_spots
    from convcheck.verdict.diagnose import diagnose
    from convcheck.verdict.judge import judge
    from convcheck.verdict.truths import prepare

    prepared = prepare(case)
    blind = blind_spots(case)
    outputs = waiting()
    judged = judge(case, [*recorded, *outputs], prepared=prepared, pairs=pairs, maps=maps)

    def run(changed: Case, name: str, option: tuple[str, str] | None = None, /) -> Output | None:
        """Compute a changed case; None where the implementation takes no such option."""
        implementation = next((n for n in names if n.text == name), None)
        if implementation is None:  # a recorded output cannot be computed again
            return None
        if option is not None:
            if option[0] not in row_of(implementation).options:
                return None
            implementation = implementation.with_option(*option)
        return runtimes.run(changed, implementation)

    findings = diagnose(case, judged, run)
    excused = accepted(judged, findings, limits.accept)
    differences = () if excused else judged.differences  # what is accepted is no warning
    warnings = _warnings(case, judged.judgements, differences)
    return Check(
        case=summary(case),
        verdict=_verdict(judged.judgements, judged.differences),
        judgements=judged.judgements,
        differences=judged.differences,
        findings=findings,
        budget=judged.budget,
        blind_spots=blind,
        warnings=tuple(warnings),
        failures=(
            *_failures(judged.differences, limits),
            *(strict_failures(findings, warnings, limits.accept) if limits.strict else ()),
        ),
        accepted=excused,
    )


def summary(case: Case) -> CaseSummary:
    """The case without its arrays."""
    spec = case.spec
    source, kernel_source, bias_source = case.sources
    return CaseSummary(
        input=Operand(source, case.input.shape, case.input.dtype.name),
        kernel=Operand(kernel_source, case.kernel.shape, case.kernel.dtype.name),
        bias=None
        if case.bias is None
        else Operand(bias_source, case.bias.shape, case.bias.dtype.name),
        strides=spec.strides,
        padding=spec.padding,
        pads=case.pads,
        dilations=spec.dilations,
        groups=spec.groups,
        transposed=spec.transposed,
        output_padding=spec.output_padding,
        data_format=case.data_format,
        output_shape=case.output_shape,
        terms=case.terms,
    )


def _verdict(judgements: Sequence[Judgement], differences: Sequence[Difference]) -> Verdict:
    if not differences:  # one implementation alone is held against exact
        return worst([_alone(judgement) for judgement in judgements])
    return worst([difference.verdict for difference in differences])


def _alone(judgement: Judgement) -> Verdict:
    if judgement.status in PASSES:
        return Verdict.IDENTICAL if judgement.status is Status.EXACT else Verdict.ROUNDING
    broken = (Status.OUTSIDE_BOUND, Status.NON_FINITE, Status.WRONG_SHAPE)
    return Verdict.DIFFERENT if judgement.status in broken else Verdict.UNDECIDED


def _warnings(
    case: Case, judgements: Sequence[Judgement], differences: Sequence[Difference]
) -> list[str]:
    warnings = []
    if not np.any(case.kernel):
        warnings.append(
            "a kernel of zeros shows next to nothing: every right and nearly every wrong "
            "convolution gives 0; try --kernel random"
        )
    failing = {j.output.name for j in judgements if j.status is Status.OUTSIDE_BOUND}
    for pair in differences:
        if pair.verdict is Verdict.IDENTICAL and {pair.a, pair.b} <= failing:
            warnings.append(f"{pair.a} and {pair.b} equal each other, but both leave their bounds")
    return warnings


def _failures(differences: Sequence[Difference], limits: Limits) -> list[str]:
    failures = []
    for pair in differences:
        who = f"{pair.a} and {pair.b}"
        if limits.identical and pair.verdict is not Verdict.IDENTICAL:
            failures.append(f"--identical: {who} are not identical")
        if limits.max_sum is not None and not (pair.sum_abs or 0.0) <= limits.max_sum:
            failures.append(
                f"--max-sum {limits.max_sum:g}: {who} differ by {pair.sum_abs:.6g} in all"
            )
    return failures
