"""Whether B gives A's outputs in another order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from convcheck.causes.catalogue import BY_NAME
from convcheck.model.cuts import CutModels
from convcheck.model.differences import alike
from convcheck.model.measured import measured_both
from convcheck.model.segments import Segment
from convcheck.results import Finding
from convcheck.spelling import listed
from convcheck.untrusted.text import clean

_MOST = 64
"""Outputs up to which each is held against each."""


def output_order(
    models: CutModels, found: Sequence[Segment], *, seed: int = 0
) -> Mapping[int, int]:
    """Place of an output of A -> the place at which B gives it, of those at another place.

    Nothing where some output of A is none of B's. Raises UsageError where a model cannot run so.
    """
    wrong = [one.output for one in found if one.output is not None and one.differs]
    outputs_a, outputs_b = models.a.model.graph.outputs, models.b.model.graph.outputs
    count = len(outputs_a)
    if len(wrong) < 2 or count != len(outputs_b) or count > _MOST:
        return {}
    rng = np.random.default_rng(seed)
    ours, theirs = measured_both(models, (outputs_a, outputs_b), rng)
    fitting = [
        [j for j in _own_first(i, count) if alike(models, ours[p], theirs[outputs_b[j]])]
        for i, p in enumerate(outputs_a)
    ]
    taken: dict[int, int] = {}
    for i in range(count):
        if not _placed(i, fitting, taken, set()):
            return {}
    return {i: j for j, i in sorted(taken.items()) if i != j}


def _own_first(i: int, count: int) -> list[int]:
    """All places, an output's own one before all others."""
    return [i, *(j for j in range(count) if j != i)]


def _placed(i: int, fitting: Sequence[Sequence[int]], taken: dict[int, int], met: set[int]) -> bool:
    """Finds a place for one more of A's outputs, where another one may have to move."""
    for j in fitting[i]:
        if j not in met:
            met.add(j)
            if j not in taken or _placed(taken[j], fitting, taken, met):
                taken[j] = i
                return True
    return False


def order_finding(models: CutModels, order: Mapping[int, int]) -> Finding:
    """What is told of outputs that stand at other places."""
    cause = BY_NAME["output-order"]
    names_a, names_b = (one.model.graph.outputs for one in (models.a, models.b))
    places = sorted(order)
    ours = listed([f"{i + 1} ({clean(names_a[i])})" for i in places])
    theirs = listed([f"{order[i] + 1} ({clean(names_b[order[i]])})" for i in places])
    fix = None if cause.fix is None else cause.fix(None, "")
    return Finding(
        cause.name, "B", "supported", f"A's outputs {ours} are B's outputs {theirs}", fix=fix
    )
