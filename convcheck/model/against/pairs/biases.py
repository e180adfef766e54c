"""Whether a bias that only one model adds to a convolution is added later by the other.

Models are cut before such biases, and what follows tells: where it agrees the bias is there, if
elsewhere. Where it differs, and agrees after a cut behind the biases, the pair's biases differ.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeAlias

from convcheck.model.cuts import Cut, CutModels, cut_models
from convcheck.model.differences import ends_of
from convcheck.model.match import Matching, Pair
from convcheck.model.segments import Segment, segments

_End: TypeAlias = "tuple[Pair | None, int | None]"


def with_biases(
    models: CutModels, found: Sequence[Segment], matching: Matching, *, seed: int = 0
) -> tuple[CutModels, tuple[Segment, ...]]:
    """The models cut behind the biases that are found to differ, and the segments then.

    Raises UsageError where a model cannot run so.
    """
    suspects = {one.pair for one in models.cuts if _is_before_bias(models, one)}
    wrong = [one for one in found if one.differs]
    doubtful = {
        cut.pair
        for cut in models.cuts
        if cut.pair in suspects and any(follows(models, one, cut) for one in wrong)
    }
    if not doubtful:
        return models, tuple(found)
    later, theirs = _cut_again(models, matching, doubtful, seed)
    still = {_end(one) for one in theirs if one.differs}
    proved = {
        cut.pair
        for cut in models.cuts
        if cut.pair in doubtful and _better(models, cut, {_end(one) for one in wrong}, still, found)
    }
    if not proved:
        return models, tuple(found)
    return (later, theirs) if proved == doubtful else _cut_again(models, matching, proved, seed)


def _better(
    models: CutModels,
    cut: Cut,
    wrong: Collection[_End],
    still: Collection[_End],
    found: Sequence[Segment],
) -> bool:
    """Whether some of what follows agrees only where it is cut behind the biases, none only before.

    What differs either way may have a fault of its own.
    """
    after = {_end(one) for one in found if follows(models, one, cut)}
    return any(end in wrong and end not in still for end in after) and not any(
        end in still and end not in wrong for end in after
    )


def _cut_again(
    models: CutModels, matching: Matching, biased: Collection[Pair], seed: int
) -> tuple[CutModels, tuple[Segment, ...]]:
    cut = cut_models(models.a, models.b, matching, biased=biased)
    return cut, segments(cut, seed=seed)


def _is_before_bias(models: CutModels, cut: Cut) -> bool:
    """Whether a bias of a layer's own comes after the cut."""
    return any(
        point.more is not None or point.tensor == layer.before_bias
        for layer, point in (
            (models.a.layers[cut.pair.a], cut.point_a),
            (models.b.layers[cut.pair.b], cut.point_b),
        )
    )


def follows(models: CutModels, segment: Segment, cut: Cut) -> bool:
    """Whether a segment begins at a cut, among others."""
    end, _ = ends_of(models, segment)
    return cut.tensor_a in models.a.model.graph.read_of(models.feeds_a, [end])


def _end(segment: Segment) -> _End:
    return segment.pair, segment.output
