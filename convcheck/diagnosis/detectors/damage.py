"""Outputs that are wrong while all others are right: elements, channels, blocks of one array.

Damage is judged against the others: with r = |out - y| / U, the outputs outside their bound have a
median above 20 times the root mean square of r over all that hold theirs (of 0.2 at least: what
roundings leave). An algorithm that rounds more, or a wrong operand, shows in the others as well. No
changed convolution is computed here: supported, never proved. It is asked before pairs of causes,
which move outputs everywhere or all around the borders, and whose search is long.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcheck.causes.fixes import fix_for
from convcheck.diagnosis.gradients.axes import as_given
from convcheck.diagnosis.location import Box, box_of
from convcheck.diagnosis.observation import Observation
from convcheck.diagnosis.violations import inner, on_borders
from convcheck.results import BoundViolations, Finding, Status
from convcheck.verdict.evidence import LEAST_RMS

if TYPE_CHECKING:
    from convcheck.results import Array

OTHERS = 20.0
"""Times the others' root mean square: of normal residuals one in 1e88 is as large."""
ELEMENTS = 0.01
"""Share of outputs up to which scattered ones are damaged elements."""
BLOCK = 0.5
"""Share up to which a block is: of more, the rest would be the exception."""
LISTED = 4
"""Elements that a report lists."""


def detect(observation: Observation) -> Iterator[Finding]:
    """An output of which a few elements, a channel or a block departs alone."""
    found = observation.judgement.violations
    if observation.status is not Status.OUTSIDE_BOUND or found is None:
        return
    if not np.median(found.over_unit) > OTHERS * max(found.rms_of_others, LEAST_RMS):
        return
    named = _named(observation, found)
    if named is None:
        return
    cause, where = named
    output = observation.judgement.output
    yield Finding(
        cause=cause,
        implementation=output.name,
        status="supported",
        summary=f"{output.call}: {len(found.over_unit):,} of {observation.out.size:,} outputs are "
        f"damaged, {where}; the others hold, {found.rms_of_others:.2g} roundings from exact in the "
        "mean square",
        fix=fix_for(cause, observation.case, output),
        departs=True,
    )


def _named(observation: Observation, found: BoundViolations) -> tuple[str, str] | None:
    """The cause, and where and what the damage is."""
    case, given = observation.case, as_given(observation.case, observation.out, found.index)
    out, index = given.out, given.index
    share = len(found.over_unit) / out.size
    box = box_of(index, out.shape, given.names)
    if box is None:
        if share > ELEMENTS or (len(index[0]) >= LISTED and on_borders(case, found.index)):
            return None
        first = [tuple(int(axis[i]) for axis in index) for i in range(len(index[0]))[:LISTED]]
        more = " ..." if len(index[0]) > LISTED else ""
        return "corrupted-elements", f"at {', '.join(map(str, first))}{more}"
    content = _content(out, box)
    if share > BLOCK:
        return None
    # What it holds tells nothing: then the others must outnumber it, and geometry be ruled out.
    if not content and (share == BLOCK or _is_padded_zone(observation, found, box)):
        return None
    channels = box.partial == (out.ndim - 1,)
    return "corrupted-channel" if channels else "stale-block", f"{box}{content}"


def _content(out: Array, box: Box) -> str:
    """What stands in the block, where that tells something; else ""."""
    values = out[box.window]
    if not values.any():
        return ", 0 throughout"
    if values.size > 1 and (values == values.flat[0]).all():
        return f", {values.flat[0]} throughout"
    before = box.before()
    if before is not None and np.array_equal(values, out[before]):
        return ", the same as what stands before"
    return ""


def _is_padded_zone(observation: Observation, found: BoundViolations, box: Box) -> bool:
    """Whether these are just the outputs that read padding: a fault of geometry does that."""
    case = observation.case
    inside = inner(case)
    if inside is None or not on_borders(case, found.index):
        return False
    images, *spatial, filters = case.output_shape
    padded = (prod(spatial) - prod(map(len, inside))) * images * filters
    return box.size >= padded
