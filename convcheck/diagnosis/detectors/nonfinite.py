"""Outputs that are NaN or infinite: where exact is a number, or where another output is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from convcheck.causes.fixes import fix_for
from convcheck.diagnosis.observation import Observation
from convcheck.results import PASSES, Finding, Status
from convcheck.truth.arithmetic import format_of, round_exact
from convcheck.truth.exact import exact
from convcheck.truth.nonfinite import open_over_padding
from convcheck.verdict.evidence import status_if_shown

if TYPE_CHECKING:
    from convcheck.results import Array

CAUSE = "non-finite"
MOST_CHECKED = 4096
"""Outputs up to which each is shown to be what its format must give."""


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
        cause=CAUSE,
        implementation=output.name,
        status="supported",
        summary=f"{output.call} gave {detail}",
        fix=fix_for(CAUSE, case, output),
        departs=True,
    )


def detect_on_one_side(observation: Observation) -> Iterator[Finding]:
    """An output that is right for its own format, and NaN or infinite where another is a number."""
    judgement, case, out = observation.judgement, observation.case, observation.out
    if judgement.status not in PASSES or format_of(out.dtype).is_integer:
        return
    here = ~np.isfinite(out.astype(np.float64))
    other = _number_there(observation, here) if here.any() else None
    if other is None:
        return
    first = tuple(int(i) for i in np.argwhere(here)[0])
    flat = np.flatnonzero(here.ravel())[:MOST_CHECKED]
    y = exact(case, flat)
    due = ~np.isfinite(y.hi) | np.isinf(round_exact(y.s, y.hi, y.lo, format_of(out.dtype)))
    if open_over_padding(case)[here].any():
        why = (
            "padding meets a kernel value that is not finite there: it multiplies by the zeros of "
            f"the padding, {other} skips them; either is right"
        )
    elif due.all():
        why = (
            f"the exact results are too large for {format_of(out.dtype)}, whose infinity is right "
            f"there; {other} has them as numbers"
        )
    else:
        why = f"sums on the way may overflow {format_of(out.dtype)}; {other} has numbers there"
    output = judgement.output
    yield Finding(
        cause=CAUSE,
        implementation=output.name,
        status=status_if_shown(bool(due.all()) and int(here.sum()) <= MOST_CHECKED),
        summary=f"{output.call} is NaN or infinite at {int(here.sum()):,} of {out.size:,} outputs, "
        f"the first at {first}: {why}",
        fix=fix_for(CAUSE, case, output),
    )


def _number_there(observation: Observation, here: Array) -> str | None:
    """The call of another output that is a number where this one is not."""
    mine = observation.judgement.output.name
    pairs = [{pair.a, pair.b} for pair in observation.others.differences]
    for judgement in observation.others.judgements:
        other = judgement.output
        compared = {mine, other.name} in pairs and other.name != mine
        if compared and other.array is not None and other.array.shape == here.shape:
            with np.errstate(invalid="ignore"):
                if np.isfinite(other.array[here].astype(np.float64)).any():
                    return other.call
    return None
