"""Judges a pair: geometry, effective weights, and both models' own calls on A's input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from convcheck.cases import without_arrays
from convcheck.check import check
from convcheck.model.against.pairs.borders import other_border
from convcheck.model.against.pairs.epsilon import variances
from convcheck.model.against.pairs.explained import Both
from convcheck.model.against.pairs.findings import PairFindings
from convcheck.model.against.pairs.fused import lacking_activation
from convcheck.model.against.results import PairCheck
from convcheck.model.convolutions.effective import EffectiveWeights
from convcheck.model.convolutions.layers import Layer
from convcheck.model.convolutions.weights import DIFFERENT, Stored, relation_of
from convcheck.model.cuts import Cut, CutModels
from convcheck.model.graph_calls import is_same, own_call
from convcheck.model.network import input_read
from convcheck.model.segments import ANOTHER, FLATTENED, Segment
from convcheck.results import PASSES, Check, Verdict, worst
from convcheck.runtimes.graphs.layouts import in_layout_of, stored
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.limits import Limits

if TYPE_CHECKING:
    from convcheck.results import Array

_HALF_STEP = 1 / 254
"""Half a step of 8 bits, relative to the largest number that they hold on one side of 0."""


def judge_pair(
    models: CutModels,
    cut: Cut,
    segment: Segment,
    names: tuple[str, str],
    runtimes: Runtimes,
    limits: Limits,
    *,
    differs_after: bool = False,
    biases: Mapping[str, Array] | None = None,
) -> PairCheck:
    """One pair, its own calls computed alone.

    ``differs_after`` says whether what follows it is found to differ, ``biases`` are those of A's
    other layers. Raises UsageError where a model cannot run so.
    """
    both = both_of(models, cut)
    a, b = both.a, both.b
    relation = relation_in(both, cut, segment)
    made_up_for = segment.form == ANOTHER
    checks = _own_calls(models, a, b, names, runtimes, limits)
    found = [one.verdict for one in checks]
    findings = [one for check in checks for one in check.findings if one.departs]
    if not (both.same_geometry and relation != DIFFERENT) and not made_up_for:
        found.append(Verdict.DIFFERENT)
        formats = models.a.model.graph.format, models.b.model.graph.format
        # Where they read another shape something else may stand before them.
        hold = a.input_shape == b.input_shape and all(
            one.status in PASSES for check in checks for one in check.judgements
        )
        near = [*variances(models.a, a), *variances(models.b, b)]
        flattened = DIFFERENT
        if cut.pair.transform == FLATTENED and cut.weights is not None:
            flattened = relation_of(cut.weights, *both.stored)
        found_out = PairFindings(
            both, near, formats, own_calls_hold=hold, flattened=flattened, biases=biases
        )
        border = other_border(models, cut) if relation != DIFFERENT else None
        explained = found_out.found() if border is None else (border,)
        findings = [*explained, *findings]
    elif relation != "equal":
        found.append(Verdict.ROUNDING)
    lacking = lacking_activation(models, cut, differs_after=differs_after)
    if lacking is not None:
        found.append(Verdict.DIFFERENT)
        findings = [*findings, lacking]
    return PairCheck(
        a=names[0],
        b=names[1],
        how=cut.pair.how,
        specs=(a.spec, b.spec),
        input_shapes=(a.input_shape, b.input_shape),
        filters=(a.output_shape[-1], b.output_shape[-1]),
        weights=ANOTHER if made_up_for and relation == DIFFERENT else relation,
        verdict=worst(found),
        findings=tuple(findings),
        checks=tuple(without_arrays(one) for one in checks),
    )


def suspects(models: CutModels, found: Sequence[Segment]) -> list[int]:
    """Places of the segments that differ before a pair that differs: both may be sound together."""
    cuts = {one.pair: one for one in models.cuts}
    places = []
    for i, segment in enumerate(found):
        cut = cuts.get(segment.pair) if segment.pair is not None else None
        if cut is not None and segment.differs:
            both = both_of(models, cut)
            if not both.same_geometry or relation_in(both, cut, segment) == DIFFERENT:
                places.append(i)
    return places


def both_of(models: CutModels, cut: Cut) -> Both:
    """What the two layers of a pair compute up to the cut after them."""
    a, b = models.a.layers[cut.pair.a], models.b.layers[cut.pair.b]
    reach = np.zeros(a.output_shape[-1]) if cut.weights is None else cut.weights.reach
    stored = Stored(a, models.a.model.graph), Stored(b, models.b.model.graph)
    return Both(a, b, cut.point_a, cut.point_b, stored, reach)


def relation_in(both: Both, cut: Cut, segment: Segment) -> str:
    """How the weights are related, in the form in which B's segment asks for them."""
    weights = cut.weights
    if weights is None:
        return DIFFERENT
    if segment.factor != 1:
        weights = weights.after(_factor(both, weights, segment.factor))
    if cut.pair.transform in ("same", segment.form):
        return relation_of(weights, *both.stored)
    return both.relation()


def _factor(both: Both, weights: EffectiveWeights, measured: float) -> float:
    """The factor of B's input that is folded into its kernel, as exactly as it is known.

    Integers say what they hold to half a step: any factor may be meant that is so near to the one
    measured. Of these the nearest is taken with which all weights are A's, rounded to B's steps.
    """
    stored = both.stored[1]
    if both.b.input not in stored.graph.quantization or stored.steps is None:
        return measured
    halves = np.array(stored.steps.scales) / 2 * np.abs(weights.b.scale)
    ours, theirs = weights.kernel_a, weights.kernel_b
    used = ours != 0
    both_ends = [(theirs + sign * halves)[used] / ours[used] for sign in (-1, 1)]
    ends = np.sort(np.stack(both_ends), axis=0)
    low, high = float(ends[0].max(initial=-np.inf)), float(ends[1].min(initial=np.inf))
    nearest = min(max(measured, low), high)
    return nearest if low <= high and abs(nearest / measured - 1) <= _HALF_STEP else measured


def _own_calls(
    models: CutModels,
    a: Layer,
    b: Layer,
    names: tuple[str, str],
    runtimes: Runtimes,
    limits: Limits,
) -> list[Check]:
    """Both models' own calls on A's input, B's on its own where it takes another shape.

    They stand in one check where they compute the same.
    """
    own, x = input_read(models.a, a, models.feeds_a)
    call_a = own_call(models.a, a, own, names[0], "A")
    call_b = own_call(models.b, b, taken_by_b(models, b, x), names[1], "B")
    if is_same(call_a.case, call_b.case):
        return [check(call_a.plan(also=[call_b.output]), runtimes, limits)]
    return [check(one.plan(), runtimes, limits) for one in (call_a, call_b)]


def taken_by_b(models: CutModels, b: Layer, x: Array) -> Array:
    """A's input of a pair, (N, *spatial, C), as B's tensor holds it.

    What B itself has there where it takes another shape.
    """
    graph = models.b.model.graph
    own = models.b.model.run(models.feeds_b, [b.input])[b.input]
    if x.size != np.prod(b.input_shape):
        return own
    fitting = in_layout_of(x.reshape(b.input_shape), b.input_format, own.shape)
    return stored(graph, b.input, fitting, own.dtype)
