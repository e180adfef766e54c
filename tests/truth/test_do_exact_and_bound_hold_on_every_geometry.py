"""Do exact and the bound hold, by fractions, on every geometry of the conformance suite?

Ranks 1 to 3, strides, dilations, padding, groups, depthwise, transposed, output padding, types.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.testing import NamedSpec, specs
from convcheck.testing.families import conv
from convcheck.truth.arithmetic import declared, rounded
from convcheck.truth.bound import bound
from convcheck.truth.exact import exact
from tests.truth.test_is_exact_exact import at, wrong
from tests.truth.test_is_the_bound_the_formula import outside

FAMILIES = sorted({(s.spec.rank, s.spec.transposed) for s in specs()})


def some(case: Case, count: int = 3) -> np.ndarray:
    """A corner, where padding is, and others."""
    size = int(np.prod(case.output_shape))
    rng = np.random.default_rng(size)
    return np.unique([0, size - 1, *rng.integers(0, size, count)])


def of(family: tuple[int, bool]) -> list[NamedSpec]:
    return [s for s in specs() if (s.spec.rank, s.spec.transposed) == family]


@pytest.mark.parametrize("family", FAMILIES, ids=str)
def test_is_exact_right_on_every_geometry(family: tuple[int, bool]) -> None:
    for spec in of(family):
        flat = some(spec.case)
        assert wrong(spec.case, flat, at(exact(spec.case), flat)) == 0, spec


@pytest.mark.parametrize("family", FAMILIES, ids=str)
def test_is_the_bound_its_formula_on_every_geometry(family: tuple[int, bool]) -> None:
    checked = 0
    for spec in of(family):
        x, kernel = spec.dtypes
        if "int" in x + kernel:
            continue
        for compute, output in ((x, x), ("float32", kernel)):
            arithmetic = declared(compute, output)
            case = rounded(spec.case, arithmetic)
            found = bound(case, arithmetic)
            for flat in some(case, 1):
                assert outside(case, arithmetic, found, int(flat)) == "", spec
                checked += 1
    assert checked > 50


@pytest.mark.parametrize(
    "change",
    [
        {"strides": (1, 2)},
        {"dilations": (2, 1)},
        {"padding": ((0, 2), (1, 1))},
        {"groups": 1},
        {"transposed": True},
    ],
    ids=str,
)
def test_would_another_geometry_be_noticed(change: dict[str, object]) -> None:
    spec = conv(3, 3, strides=1, padding=1, groups=2)
    case = spec.case
    kernel = case.kernel
    if change == {"groups": 1}:  # each filter sees the other group's channels
        kernel = np.concatenate([kernel, kernel], axis=-2)
    right = exact(case)
    other = exact(replace(case, kernel=kernel, spec=replace(case.spec, **change)))  # type: ignore[arg-type]
    flat = np.arange(20)
    assert wrong(case, flat, at(right, flat)) == 0
    assert wrong(case, flat, at(other, flat)) > 0
