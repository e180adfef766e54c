"""Outputs that are NaN or infinite where the exact result is a number."""

from __future__ import annotations

import numpy as np

from convcheck.case.case import Case
from convcheck.results import Finding, Judgement
from convcheck.truth.arithmetic import format_of
from convcheck.verdict.explanations.fixes import fix_for
from convcheck.verdict.explanations.variant import Variant


def not_finite(case: Case, judgement: Judgement) -> Finding:
    """Where they are, and what may have made them."""
    out = judgement.output.array
    assert out is not None
    values = out.astype(np.float64)
    nan, infinite = np.isnan(values), np.isinf(values)
    places = np.argwhere(nan | infinite)
    first = tuple(int(i) for i in places[0])
    given = [case.input, case.kernel] + ([] if case.bias is None else [case.bias])
    spoiled = any(not np.isfinite(array.astype(np.float64)).all() for array in given)
    why = "the case holds NaN or infinity, which it spread further than a window reaches"
    if not spoiled:
        why = (
            f"sums or products beyond {format_of(out.dtype)} on the way, though the results fit it"
            if infinite.any()
            else "NaN made on the way, such as infinity less infinity or memory not written"
        )
    detail = (
        f"{int(nan.sum()):,} NaN and {int(infinite.sum()):,} infinite of {out.size:,} outputs, "
        f"the first at {first}; {why}"
    )
    return Finding(
        cause="non-finite",
        implementation=judgement.output.name,
        status="supported",
        summary=f"{judgement.output.call} gave {detail}",
        fix=fix_for(Variant("non-finite", detail), case, judgement.output),
        departs=True,
    )
