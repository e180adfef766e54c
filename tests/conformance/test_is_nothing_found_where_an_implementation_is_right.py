"""Is nothing found in what the frameworks compute rightly, so that ``--strict`` passes on it?

Every spec of the suite, in all dtypes, through every implementation: more than a thousand outputs.
The order of a sum and observed casts may be found; specs that the suite knows as failing are left
out.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from convcheck.implementations.name import Name
from convcheck.results import PASSES
from convcheck.runtimes.host import Runtimes
from convcheck.testing import EXPECTED, NamedSpec, specs
from tests.diagnosis.planting import diagnosed

from .refusals import REFUSALS

Needs = Callable[[str], Name]
ALLOWED = {"summation-order", "input-autocast", "kernel-autocast"}


def found_in(
    text: str, needs: Needs, runtimes: Runtimes, only: tuple[NamedSpec, ...]
) -> tuple[int, list[str]]:
    """How many right outputs there are, and what was found in them."""
    name = needs(text)
    right, wrong = 0, []
    for spec in only:
        output = runtimes.run(spec.case, name)
        known = any(e.applies(name, spec, output.versions) for e in EXPECTED)
        if output.array is None or known:
            continue
        (judgement,), findings = diagnosed(spec.case, output)
        assert judgement.status in PASSES, (str(spec), judgement.status)
        right += 1
        wrong += [f"{spec}: {one.summary}" for one in findings if one.cause not in ALLOWED]
    return right, wrong


@pytest.mark.parametrize("text", ["tf", "numpy"])
def test_is_nothing_found_in_a_tenth_of_the_specs(
    text: str, needs: Needs, runtimes: Runtimes
) -> None:
    right, wrong = found_in(text, needs, runtimes, specs()[::10])
    assert right > 20
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("text", REFUSALS)
def test_is_nothing_found_in_any_spec(text: str, needs: Needs, runtimes: Runtimes) -> None:
    right, wrong = found_in(text, needs, runtimes, specs())
    print(f"{text}: {right} right outputs")
    assert right > len(specs()) // 4
    assert wrong == []
