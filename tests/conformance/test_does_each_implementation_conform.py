"""Is each built-in implementation right wherever it gives a result, and does it refuse the rest?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

import pytest

from convcheck.implementations.name import Name
from convcheck.results import Status
from convcheck.runtimes.host import Runtimes
from convcheck.testing import NamedSpec, Report, conformance, specs
from convcheck.testing.expectation import processor_flags

from .refusals import REFUSALS

Needs = Callable[[str], Name]

OFTEN = ("tf", "keras", "numpy", "scipy")
THIRD = sorted(Random(0).sample(range(len(specs())), len(specs()) // 3))


def report(text: str, runtimes: Runtimes, only: Sequence[NamedSpec] | None = None) -> Report:
    found = conformance(text, only=only, runtimes=runtimes)
    assert found.failures == ()
    assert wrongly_refused(found) == []
    return found


def wrongly_refused(report: Report) -> list[str]:
    """Refusals that are not known, in other words than known, or that are gone."""
    wrong = []
    for result in report.results:
        known = next((r for r in REFUSALS[report.name] if r.covers(result.spec)), None)
        if result.status is Status.UNAVAILABLE:
            if known is None or not known.says(result.message or ""):
                wrong.append(f"{result.spec}: {result.message}, expected {known and known.words}")
        elif known is not None and known.always and result.status is not Status.CRASHED:
            wrong.append(f"{result.spec}: refused no longer, with {known.words}")
    return wrong


@pytest.mark.parametrize("text", OFTEN)
def test_does_each_implementation_conform_on_a_third_of_the_specs(
    text: str, needs: Needs, runtimes: Runtimes
) -> None:
    needs(text)
    report(text, runtimes, [specs()[i] for i in THIRD])


@pytest.mark.slow
@pytest.mark.parametrize("text", REFUSALS)
def test_does_each_implementation_conform_on_all_specs(
    text: str, needs: Needs, runtimes: Runtimes
) -> None:
    needs(text)
    found = report(text, runtimes)
    counts = found.counts
    assert counts["specs"] == counts["within"] + counts["unavailable"] + counts["outside"]
    assert counts["within"] > counts["specs"] // 3
    assert counts["outside"] == sum(map(len, found.known.values()))


@pytest.mark.slow
@pytest.mark.parametrize("text", ["tf", "torch"])
def test_are_sums_in_half_precision_still_met(text: str, needs: Needs, runtimes: Runtimes) -> None:
    """Where the processor has no float16 arithmetic: x86 before AVX512-FP16."""
    needs(text)
    flags = processor_flags()
    if not flags or flags & {"avx512_fp16", "amx_fp16"}:
        pytest.skip("this processor may add float16 numbers in another way")
    only = [spec for spec in specs() if spec.spec.transposed and spec.dtypes == ("float16",) * 2]
    assert conformance(text, only=only, runtimes=runtimes).known
