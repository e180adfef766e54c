"""Holds two models against each other: run, match, cut, then each pair and each segment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from convcheck.check.side_by_side import side_by_side
from convcheck.model.against.blind_spots import blind_spots
from convcheck.model.against.exceeded import accepted, exceeded, of_own_calls
from convcheck.model.against.inputs import Feeds, feeds_of_both
from convcheck.model.against.opening import open_both
from convcheck.model.against.output_order import output_order
from convcheck.model.against.pairs.biases import follows, with_biases
from convcheck.model.against.pairs.compensated import with_compensations
from convcheck.model.against.pairs.judge import judge_pair, suspects
from convcheck.model.against.pairs.saving import save_pair
from convcheck.model.against.places import judge_segment, merged_names, places
from convcheck.model.against.request import AgainstRequest
from convcheck.model.against.results import AgainstCheck, LayerPlace, ModelSide, PairCheck
from convcheck.model.against.steady import watched
from convcheck.model.against.uncut import output_differences
from convcheck.model.check import Progress
from convcheck.model.chosen import chosen_names
from convcheck.model.cuts import Cut, cut_models
from convcheck.model.match import match
from convcheck.model.names import layer_names
from convcheck.model.network import Network, nearest, network_of
from convcheck.model.segments import Segment, count_segments, each_segment
from convcheck.results import Verdict
from convcheck.runtimes.graphs.client import RemoteModel
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.limits import Limits


@dataclass
class Steps:
    """Counts the steps of long work."""

    progress: Progress
    total: int
    done: int = 0

    def next(self, words: str) -> None:
        """One more begins; ``words`` say what it is about."""
        self.progress(self.done, self.total, words)
        self.done += 1


def check_against(
    request: AgainstRequest,
    runtimes: tuple[Runtimes, Runtimes],
    limits: Limits,
    *,
    progress: Progress,
) -> AgainstCheck:
    """Match the convolutions of two models, then judge each pair and each segment alone.

    Each model has processes of its own. Raises UsageError for a wrong file or input.
    """
    opened = open_both(request, runtimes, lambda path: progress(0, 0, f"loading {path}"))
    feeds = feeds_of_both(request, *(model.graph for model in opened))
    progress(0, 0, f"running {request.a} and {request.b}")
    sides = zip((request.a, request.b), opened, feeds, strict=True)
    (a, note_a), (b, note_b) = side_by_side(
        lambda side: watched(network_of(side[1], side[2].arrays, side[0])), sides
    )
    progress(0, 0, "matching their convolutions")
    matching = match(a, b)
    names = layer_names(a.model.graph, a.layers), layer_names(b.model.graph, b.layers)
    matched = [names[0][pair.a] for pair in matching.pairs]
    wanted = chosen_names(matched, request.only, request.save_case, option="--only")
    models = cut_models(a, b, matching)
    count = count_segments(models)
    steps = Steps(progress, total=count + len(wanted) + count)

    found: list[Segment] = []
    for one in each_segment(models, seed=request.seed):
        steps.next("what lies between them")
        found.append(one)
    models, measured = with_biases(models, found, matching, seed=request.seed)
    measured = with_compensations(models, measured, suspects(models, measured), seed=request.seed)

    of_pair = {one.pair: one for one in measured if one.pair is not None}
    chosen = {cut.pair: cut for cut in models.cuts if names[0][cut.pair.a] in wanted}
    biases = {
        names[0][cut.pair.a]: cut.weights.bias_a
        for cut in models.cuts
        if cut.weights is not None and cut.weights.bias_a.any()
    }

    def judge(cut: Cut) -> PairCheck:
        both = names[0][cut.pair.a], names[1][cut.pair.b]
        return judge_pair(
            models,
            cut,
            of_pair[cut.pair],
            both,
            runtimes[0],
            of_own_calls(limits),
            differs_after=any(one.differs and follows(models, one, cut) for one in measured),
            biases={name: bias for name, bias in biases.items() if name != both[0]},
        )

    def in_turn() -> Iterator[Cut]:
        for pair, cut in chosen.items():
            steps.next(names[0][pair.a])
            yield cut

    pairs, saved = list(side_by_side(judge, in_turn())), None
    for pair, judged in zip(chosen, pairs, strict=True):
        if judged.a == request.save_case:
            differs = judged.verdict is Verdict.DIFFERENT
            saved = save_pair(models, chosen[pair], judged.a, differs=differs)
    parts = []
    order = output_order(models, measured, seed=request.seed)
    for one in measured:
        steps.next("what lies between them")
        if one.pair is None or one.pair in chosen:
            parts.append(judge_segment(models, one, names, order))

    found_places, segments = places(pairs, parts), tuple(one.check for one in parts)
    outputs = tuple(output_differences(a, b))
    return AgainstCheck(
        a=_side(request.a, a, feeds[0], opened[0], names[0], note_a),
        b=_side(request.b, b, feeds[1], opened[1], names[1], note_b),
        pairs=tuple(pairs),
        segments=segments,
        places=found_places,
        unmatched_a=tuple(names[0][i] for i in matching.unmatched_a),
        unmatched_b=tuple(names[1][i] for i in matching.unmatched_b),
        merged_a=merged_names(matching.merged_a, names[0]),
        merged_b=merged_names(matching.merged_b, names[1]),
        blind_spots=blind_spots(models, names),
        end_to_end=outputs,
        left_out=len(models.cuts) - len(chosen),
        failures=exceeded(limits, pairs, segments, outputs),
        accepted=accepted(limits, found_places),
        saved=saved,
        allow_empty=request.allow_empty,
    )


def _side(
    path: str, network: Network, feeds: Feeds, model: RemoteModel, names: Sequence[str], note: str
) -> ModelSide:
    graph = network.model.graph
    before = nearest(graph, network.layers)
    return ModelSide(
        path,
        graph.format,
        len(network.layers),
        feeds.words,
        model.versions,
        notes=(*graph.notes, *filter(None, [note])),
        layers=tuple(
            LayerPlace(name, tuple(sorted(around.before)))
            for name, around in zip(names, network.neighbours, strict=True)
        ),
        outputs=tuple(tuple(sorted(before.get(name, ()))) for name in graph.outputs),
    )
