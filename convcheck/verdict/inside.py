"""What hides inside a bound: an offset or a scale that all outputs share.

With r = (out - y) / U over M outputs that share nothing, and d what one parameter does to them:
named iff t = |r| / |r - c d| >= 2, (M - 2) · ln t >= 32, and what is left is an honest rounding's
size, 2 in the mean square; the drift of a long sum leaves more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from convcheck.case.case import Case
from convcheck.results import Finding, Judgement
from convcheck.truth.arithmetic import Arithmetic, rounded
from convcheck.truth.bound import bound
from convcheck.truth.reference import reference
from convcheck.verdict.arithmetics import LEAST_EVIDENCE, LEAST_GAIN
from convcheck.verdict.explanations.fixes import fix_for
from convcheck.verdict.explanations.variant import Variant
from convcheck.verdict.sample import Sample

LEFT = 2.0
"""Root mean square, in units of a rounding, that an honest sum leaves (0.2 to 0.5 measured)."""


def hidden(
    case: Case, small: Sample, judgement: Judgement, arithmetic: Arithmetic
) -> Iterator[Finding]:
    """An offset or a scale inside the bound, by a sample of the case."""
    out = judgement.output.array
    over = judgement.error.rms_over_unit if judgement.error else None
    # With t >= 2 and 0.2 at least left by roundings, less cannot be found.
    if out is None or arithmetic.is_integer or not over or over < 0.2:
        return
    narrowed = rounded(small.case, arithmetic)
    y = reference(narrowed)
    limits = bound(narrowed, arithmetic, y)
    unit = limits.unit
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        r = y.error(small.of(out)) / unit
        directions = {"output-offset": 1.0 / unit, "output-scale": y.value / unit}
    live = limits.live & np.isfinite(r) & np.isfinite(directions["output-scale"])
    freedom = int(live.sum()) - 2
    for cause, along in directions.items():
        d = along[live]
        length, square = float(np.linalg.norm(r[live])), float(d @ d)
        if freedom < 1 or not length or not square:
            continue
        c = float(r[live] @ d) / square
        left = float(np.linalg.norm(r[live] - c * d))
        t = length / left if left else math.inf
        if t < LEAST_GAIN or freedom * math.log(t) < LEAST_EVIDENCE:
            continue
        if left > LEFT * math.sqrt(freedom + 2):
            continue
        told = (
            f"{c:.6g} added to every output"
            if cause == "output-offset"
            else (f"every output times {1 + c:.10g}")
        )
        yield Finding(
            cause=cause,
            implementation=judgement.output.name,
            status="supported",
            summary=f"{judgement.output.call} stays inside its bound, yet has {told}",
            fix=fix_for(Variant(cause, told), case, judgement.output),
        )
        return
