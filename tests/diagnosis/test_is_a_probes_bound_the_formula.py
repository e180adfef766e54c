"""Is the bound of a probe the formula's, as the whole output's is: never below, nor far above?"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from convcheck.diagnosis.probe import Probe, probe
from convcheck.diagnosis.probe_points import FEW, probe_points
from convcheck.truth.arithmetic import Arithmetic
from tests.truth.definition import exactly
from tests.truth.test_is_the_bound_the_formula import ALL, cases, formula


def wrong(found: Probe, at: tuple[int, int], limit: Fraction, y: Fraction) -> str:
    """What is wrong with a probe of one output, "" where nothing is."""
    value, radius = Fraction(float(found.value[at])), Fraction(float(found.radius[at]))
    got = float(found.limit[at])
    if abs(value - y) > radius:
        return f"the value is {float(value)}, should be {float(y)} within {float(radius)}"
    if not limit <= Fraction(got) - radius:
        return f"B is {got}, should be at least {float(limit + radius)}"
    # The probe knows y within a radius alone, and float64 sums have as wide a bound themselves.
    if Fraction(got) > limit * Fraction(101, 100) + 2 * radius:
        return f"B is {got}, should be {float(limit)}"
    return ""


@pytest.mark.parametrize("arithmetic", ALL, ids=lambda one: one.name)
def test_is_it_at_borders_and_inside(arithmetic: Arithmetic) -> None:
    looked_at = 0
    for case in cases(arithmetic, 8):
        points = probe_points(case, FEW)
        with np.errstate(all="ignore"):
            found = probe(case, points, arithmetic)
        places = np.stack(points.places, 1)
        for place, filter_ in np.ndindex(min(len(places), 6), min(len(points.filters), 2)):
            index = (*places[place], points.filters[filter_])
            flat = int(np.ravel_multi_index(index, case.output_shape))
            limit, _ = formula(case, arithmetic, flat)
            at = place, filter_
            if limit is None:
                assert found.limit[at] == np.inf
            elif np.isfinite(found.limit[at]):
                looked_at += 1
                assert wrong(found, at, limit, exactly(case, flat)) == ""
    assert looked_at > 20


@pytest.mark.parametrize("factor", [1.1, 0.98])
def test_does_an_inflated_or_a_shrunk_bound_fail_this(factor: float) -> None:
    arithmetic = next(one for one in ALL if one.name == "float32/float32/float32")
    case = cases(arithmetic, 3)[0]
    points = probe_points(case, FEW)
    found = probe(case, points, arithmetic)
    flat = int(
        np.ravel_multi_index(
            (*(axis[0] for axis in points.places), points.filters[0]), case.output_shape
        )
    )
    limit, _ = formula(case, arithmetic, flat)
    assert limit is not None
    y = exactly(case, flat)
    assert wrong(found, (0, 0), limit, y) == ""
    assert wrong(replace(found, limit=found.limit * factor), (0, 0), limit, y) != ""
