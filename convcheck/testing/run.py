"""Runs the suite for the command ``convcheck conformance``: some specs, causes, an early end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

from convcheck.case.passes import FORWARD
from convcheck.cases import worst_exit_code
from convcheck.errors import UsageError
from convcheck.implementations.name import Name
from convcheck.results import PASSES
from convcheck.runtimes.host import Runtimes
from convcheck.spelling import did_you_mean
from convcheck.testing.alike import Failures
from convcheck.testing.expectations import EXPECTED
from convcheck.testing.families import specs
from convcheck.testing.named_spec import NamedSpec
from convcheck.testing.outcome import ConformanceCheck, Known, Refused, SpecResult, SuiteResult
from convcheck.testing.suite import Report, Result, computed, judged
from convcheck.untrusted.text import clean

Step = Callable[[int, int, str], None]
"""Takes specs done, of how many, and what comes next."""


def chosen_specs(patterns: Sequence[str], pass_: str = FORWARD) -> list[NamedSpec]:
    """The specs of a pass whose names match any of the patterns; all without one.

    Raises UsageError for a pattern that matches none.
    """
    every = list(specs(pass_))
    for pattern in patterns:
        if not any(fnmatchcase(spec.id, pattern) for spec in every):
            hint = did_you_mean(pattern, [spec.id for spec in every])
            example = f"such as '*{every[0].id.split('-')[0]}*'"
            raise UsageError(
                f"--filter {clean(pattern, 60)} matches none of the {len(every)} specs; "
                f"{hint or f'* stands for any characters, {example}'}"
            )
    if not patterns:
        return every
    return [spec for spec in every if any(fnmatchcase(spec.id, one) for one in patterns)]


def run(
    names: Sequence[Name],
    chosen: Sequence[NamedSpec],
    runtimes: Runtimes,
    *,
    exit_first: bool = False,
    progress: Step,
) -> tuple[list[SuiteResult], bool]:
    """The results of each implementation, and whether a first failure ended it before the end."""
    tested: list[SuiteResult] = []
    total = len(names) * len(chosen)
    for i, name in enumerate(names):
        results: list[Result] = []
        failures = Failures(name.text)
        versions: dict[str, str] = {}
        stop = False
        for spec in chosen:
            done = i * len(chosen) + len(results)
            progress(done, total, f"{name.text}: {spec}")
            output = computed(spec, name, runtimes)
            versions = output.versions or versions
            result = judged(spec, output, name, EXPECTED)
            results.append(result)
            if result.failure:
                failures.add(result, output)
                stop = exit_first
            if stop:
                break
        report = Report(name.text, versions, tuple(results))
        tested.append(_tested(report, failures))
        if stop:
            return tested, done + 1 < total
    return tested, False


def outcome(
    tested: Sequence[SuiteResult],
    *,
    named: bool,
    patterns: Sequence[str] = (),
    stopped: bool = False,
    reasons: bool = False,
) -> ConformanceCheck:
    """The whole result; what is not installed fails only where it was ``named``."""
    codes = {one.exit_code for one in tested if named or one.none_ran is None}
    code = worst_exit_code(codes)
    return ConformanceCheck(tuple(tested), code, tuple(patterns), stopped, reasons)


def _tested(report: Report, failures: Failures) -> SuiteResult:
    return SuiteResult(
        name=report.name,
        versions=report.versions,
        counts=report.counts,
        exit_code=report.exit_code,
        failures=failures.alike() if report.runs else (),
        none_ran=None if report.runs else report.failures[0],
        known=tuple(
            Known(one.cause, one.text, one.link, tuple(r.spec.id for r in met if not r.failure))
            for one, met in report.known.items()
            if not all(r.failure for r in met)
        ),
        refused=tuple(
            Refused(reason, tuple(spec.id for spec in refused))
            for reason, refused in report.unavailable.items()
        ),
        results=tuple(
            SpecResult(
                r.spec.id,
                r.status.value,
                None if r.status in PASSES else r.message,
                r.over_bound,
                r.failure and r.failure.partition("; again: ")[0],
            )
            for r in report.results
        ),
    )
