"""Outputs that are NaN or infinite where the exact result is a number."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from convcheck.causes.fixes import fix_for
from convcheck.diagnosis.observation import Observation
from convcheck.results import Finding, Status
from convcheck.truth.arithmetic import format_of


def detect(observation: Observation) -> Iterator[Finding]:
    """Where they are, and what may have made them."""
    if observation.status is not Status.NON_FINITE:
        return
    case, out, output = observation.case, observation.out, observation.judgement.output
    values = out.astype(np.float64)
    nan, infinite = np.isnan(values), np.isinf(values)
    places = np.argwhere(nan | infinite)
    first = tuple(int(i) for i in places[0])
    given = [case.input, case.kernel] + ([] if case.bias is None else [case.bias])
    nonfinite_operands = any(not np.isfinite(array.astype(np.float64)).all() for array in given)
    why = "the case holds NaN or infinity, which it spread further than a window reaches"
    if not nonfinite_operands:
        why = (
            f"sums or products beyond {format_of(out.dtype)} on the way, though the results fit it"
            if infinite.any()
            else "NaN made on the way, such as infinity less infinity or memory not written"
        )
    detail = (
        f"{int(nan.sum()):,} NaN and {int(infinite.sum()):,} infinite of {out.size:,} outputs, "
        f"the first at {first}; {why}"
    )
    yield Finding(
        cause="non-finite",
        implementation=output.name,
        status="supported",
        summary=f"{output.call} gave {detail}",
        fix=fix_for("non-finite", case, output),
        departs=True,
    )
