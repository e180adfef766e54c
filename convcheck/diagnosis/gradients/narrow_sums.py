"""Gradients that are summed in the narrow format of their output.

Frameworks keep the sums of a convolution of float16 or bfloat16 numbers in float32; of a gradient
many do not: a bias gradient is a plain sum, and a kernel gradient may be added up image by image.
A sum of n rounded products in the format itself, in any order, is within n u A of exact (Jeannerod
and Rump 2013). Whoever leaves the bound of float32 sums, and not this one, may have added in the
narrow format: supported, since a small fault may look alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.bands import bands
from convcheck.case.passes import BIAS_GRADIENT
from convcheck.causes.fixes import fix_for
from convcheck.diagnosis.detectors.operand_format import LARGE, LONG, NARROW_SUMS, SMALL
from convcheck.diagnosis.observation import Observation
from convcheck.results import Finding, Status
from convcheck.truth.arithmetic import rounded
from convcheck.truth.bound import bound
from convcheck.truth.reference import reference

if TYPE_CHECKING:
    from convcheck.results import Array


def detect(observation: Observation) -> Iterator[Finding]:
    """An output whose errors are those of sums in its own narrow format."""
    asked, fmt = observation.case.gradient, observation.arithmetic.output
    if asked is None or not fmt.is_narrow or observation.status is not Status.OUTSIDE_BOUND:
        return
    terms = observation.case.terms
    if terms >= LONG and asked.kind != BIAS_GRADIENT:
        return  # known by more than a bound, as those of forward convolutions
    units = _errors(observation)
    if not (units <= terms + 1).all():  # one more for a wider sum that is rounded in the end
        return
    if terms >= LONG and not SMALL <= np.median(units) <= LARGE:
        return  # a bound of so many units holds other faults as well
    output = observation.judgement.output
    yield Finding(
        cause=NARROW_SUMS,
        implementation=output.name,
        status="supported",
        summary=f"{output.call} adds {terms:,} numbers with errors up to {units.max():.2g} u A, "
        f"those of sums in {fmt}: float32 sums, rounded once, make none so large",
        fix=fix_for(NARROW_SUMS, observation.case, output),
        departs=True,
    )


def _errors(observation: Observation) -> Array:
    """Of each output in units of u A, u that of its format; infinite where all it adds is 0."""
    arithmetic, found = observation.arithmetic, []
    for band in bands(observation.case):
        narrowed = rounded(band.case, arithmetic)
        y = reference(narrowed)
        size = bound(narrowed, arithmetic, y).magnitude
        errors = np.abs(y.error(observation.out[band.window]))
        with np.errstate(divide="ignore", invalid="ignore"):
            units = np.where(errors == 0, 0.0, errors / (arithmetic.output.u * size))
        found.append(units.ravel())
    return np.concatenate(found)
