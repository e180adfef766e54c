"""Runs each spec through one implementation and judges it by exact and its bounds alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType

from convcheck.case.case import Case
from convcheck.check.rerun import laid_out
from convcheck.implementations.name import Name
from convcheck.implementations.registry import parse_all
from convcheck.results import BROKEN, EXIT_CODES, PASSES, Judgement, Output, Status, Verdict
from convcheck.runtimes.hardware import packages
from convcheck.runtimes.host import Runtimes
from convcheck.testing.expectation import LOW_PRECISION, Expectation
from convcheck.testing.expectations import EXPECTED
from convcheck.testing.families import specs
from convcheck.testing.named_spec import NamedSpec
from convcheck.truth.arithmetic import declared
from convcheck.verdict.judge import judge
from convcheck.verdict.references import ReferenceCache


@dataclass(frozen=True)
class Result:
    """The result of one spec with one implementation."""

    spec: NamedSpec
    status: Status
    call: str
    message: str | None = None
    """Why it is unavailable, or how it left its bound."""
    over_bound: float | None = None
    """Largest error over its bound."""
    expectation: Expectation | None = None
    """The known failure that applies to the spec, whether it failed or not."""
    failure: str | None = None
    """Why the suite does not accept it; None where it does."""


@dataclass(frozen=True)
class Report:
    """The results of all specs with one implementation."""

    name: str
    versions: dict[str, str] = field(default_factory=dict)
    results: tuple[Result, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many specs are ``within`` their bounds, of these ``exact``, how many not.

        ``outside`` is what is neither within nor ``unavailable``: also a wrong shape or a crash.
        """
        by_status = Counter(result.status for result in self.results)
        within = sum(by_status[status] for status in PASSES)
        unavailable = by_status[Status.UNAVAILABLE]
        return {
            "specs": len(self.results),
            "within": within,
            "exact": by_status[Status.EXACT],
            "unavailable": unavailable,
            "outside": len(self.results) - within - unavailable,
        }

    @property
    def runs(self) -> bool:
        """Whether it gave a result for any spec."""
        return any(result.status is not Status.UNAVAILABLE for result in self.results)

    @property
    def failures(self) -> tuple[str, ...]:
        """What the suite does not accept, a line each; none in a conforming implementation."""
        if not self.runs:
            why = next(iter(self.unavailable), "there are none")
            return (f"{self.name} computes none of the specs: {why}",)
        return tuple(result.failure for result in self.results if result.failure)

    @property
    def exit_code(self) -> int:
        """0 conforms, 1 some output is not its convolution, 3 any other failure."""
        if any(result.failure and result.status in BROKEN for result in self.results):
            return EXIT_CODES[Verdict.DIFFERENT]
        return EXIT_CODES[Verdict.UNDECIDED] if self.failures else 0

    @property
    def unavailable(self) -> dict[str, list[NamedSpec]]:
        """The implementation's own reasons and the specs that it refuses with each."""
        reasons: dict[str, list[NamedSpec]] = {}
        for result in self.results:
            if result.status is Status.UNAVAILABLE:
                reasons.setdefault(result.message or "no reason given", []).append(result.spec)
        return reasons

    @property
    def known(self) -> dict[Expectation, list[Result]]:
        """The known failures that were met, and where."""
        met: dict[Expectation, list[Result]] = {}
        for result in self.results:
            failed = result.status not in PASSES and result.status is not Status.UNAVAILABLE
            if result.expectation and failed:
                met.setdefault(result.expectation, []).append(result)
        return met


class Suite:
    """One implementation under test; a context manager that leaves no process behind."""

    def __init__(
        self,
        name: str,
        *,
        expected: Iterable[Expectation] = EXPECTED,
        timeout: float = 60.0,
        runtimes: Runtimes | None = None,
    ) -> None:
        (self.name,) = parse_all([name])
        self._expected = tuple(expected)
        self._runtimes = runtimes or Runtimes(timeout=timeout)
        self._owned = runtimes is None
        self.versions: dict[str, str] = {}

    def __enter__(self) -> Suite:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._owned:
            self._runtimes.__exit__(kind, error, trace)

    def run(self, spec: NamedSpec) -> Result:
        """Compute one spec and judge it. ``Result.failure`` says why it is not accepted."""
        output = computed(spec, self.name, self._runtimes)
        self.versions = output.versions or self.versions
        return judged(spec, output, self.name, self._expected)


def conformance(
    name: str,
    *,
    only: Sequence[NamedSpec] | None = None,
    expected: Iterable[Expectation] = EXPECTED,
    timeout: float = 60.0,
    runtimes: Runtimes | None = None,
) -> Report:
    """Run the suite, or the specs ``only``, on one implementation.

    ``name`` is what ``-i`` takes. ``expected`` are failures that are known; ``timeout`` is in
    seconds for each spec. Raises Mistake for an unknown name.
    """
    with Suite(name, expected=expected, timeout=timeout, runtimes=runtimes) as suite:
        results = tuple(suite.run(spec) for spec in (specs() if only is None else only))
    return Report(name, suite.versions, results)


def computed(spec: NamedSpec, name: Name, runtimes: Runtimes) -> Output:
    """What an implementation gives for a spec, laid out as its case's output."""
    return laid_out(spec.case, runtimes.run(spec.case.gradient or spec.case, name))


def judged(
    spec: NamedSpec, output: Output, name: Name, expected: Iterable[Expectation] = EXPECTED
) -> Result:
    """An output of a spec's case, judged by exact, its bounds and the known failures."""
    (judgement,) = judge(spec.case, [output]).judgements
    known = next((e for e in expected if e.applies(name, spec, output.versions)), None)
    return Result(
        spec=spec,
        status=judgement.status,
        call=output.call,
        message=judgement.message,
        over_bound=judgement.error.max_over_bound if judgement.error else None,
        expectation=known,
        failure=_failure(spec, judgement, known),
    )


def _failure(spec: NamedSpec, judgement: Judgement, known: Expectation | None) -> str | None:
    status, output = judgement.status, judgement.output
    if status is Status.UNAVAILABLE:
        return None if judgement.message else f"{spec}: unavailable without a reason"
    if status in PASSES:
        if known is None or not known.must_fail(output.versions):
            return None
        return (
            f"{spec}: no longer fails as expected ({known.cause}: {known.text}); if that is fixed "
            f"in one of {packages(output.versions)}, give it to the expectation as until"
        )
    what = f"{spec}: {output.call}: {status.value}: {judgement.message}"
    if known is None:
        return f"{what}; again: {spec.command(output.name)}"
    if status not in known.statuses:
        wanted = " or ".join(one.value for one in known.statuses)
        return f"{what}; expected was {wanted} ({known.cause}: {known.text})"
    if known.cause == LOW_PRECISION and not narrow_sums_explain(spec.case, output):
        return (
            f"{what}; {known.cause} does not explain it: sums kept in the output's format would "
            "stay nearer to exact"
        )
    return None


def narrow_sums_explain(case: Case, output: Output) -> bool:
    """Whether partial sums kept in the output's format could give every element."""
    assert output.array is not None
    arithmetic = declared(output.dtypes.compute or "float32", output.array.dtype.name)
    narrow = replace(arithmetic, accumulator=arithmetic.output)
    reference, bound = ReferenceCache(case, exact_everywhere=True).for_arithmetic(narrow)
    return bool((reference.within(output.array, bound) | bound.undecidable).all())
