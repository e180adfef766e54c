"""Whether one model applies by itself what the other applies inside a convolution.

Quantized operators clamp their sums, so that no tensor holds what the convolution gave before its
activation. Both models are then fed values after it, and a model that lacks the activation would
pass unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.cuts import ACTIVATIONS, Cut, CutModels
from convcheck.model.network import Network
from convcheck.results import Finding
from convcheck.runtimes.graphs.layouts import numbers, stored

if TYPE_CHECKING:
    from convcheck.results import Array

_FIX = "apply it in both models, or in neither"


def lacking_activation(
    models: CutModels, cut: Cut, *, differs_after: bool = False
) -> Finding | None:
    """A finding where a model lacks what the other applies inside this convolution.

    None where both do the same, and where no value lies at a limit: that is a blind spot.
    ``differs_after`` says whether what follows the convolution is found to differ: then a model
    that applies the same further on lacks nothing, for what stands before it there is told
    already. Raises UsageError where a model cannot run so.
    """
    a, b = models.a.layers[cut.pair.a], models.b.layers[cut.pair.b]
    inside = (a.convolution.activation, b.convolution.activation)
    if inside[0] == inside[1] or not cut.fed:
        return None
    sides = (
        ("B", "A", inside[1], inside[0], models.a, models.feeds_a, cut.tensor_a, cut.pair.a),
        ("A", "B", inside[0], inside[1], models.b, models.feeds_b, cut.tensor_b, cut.pair.b),
    )
    for fused, plain, word, own, network, feeds, tensor, place in sides:
        if word not in ACTIVATIONS or own in ACTIVATIONS:
            continue
        ends = _ends(network, feeds, tensor, place)
        if differs_after and _has(network, feeds, word, ends):
            continue
        if ends and _changes(network, feeds, tensor, ACTIVATIONS[word], ends):
            words = f"{fused} applies {word} inside the convolution, {plain} nowhere after it"
            return Finding("activation", "B", "supported", words, fix=_FIX)
    return None


def _ends(network: Network, feeds: Mapping[str, Array], tensor: str, place: int) -> dict[str, None]:
    """What is computed of a tensor that is fed, up to the next convolutions and outputs."""
    graph = network.model.graph
    wanted = [network.layers[i].input for i in network.neighbours[place].after]
    return {
        name: None for name in (*wanted, *graph.outputs) if tensor in graph.read_of(feeds, [name])
    }


def _has(network: Network, feeds: Mapping[str, Array], word: str, ends: Mapping[str, None]) -> bool:
    """Whether it applies that activation by itself, anywhere before these ends."""
    graph = network.model.graph
    return any(graph.operators[place].role == word for place in graph.needed(ends, feeds))


def _changes(
    network: Network,
    feeds: Mapping[str, Array],
    tensor: str,
    limits: tuple[float, float],
    ends: Mapping[str, None],
) -> bool:
    """Whether values beyond the limits give something else than values at them.

    Those that lie at a limit are taken: there the other model's activation may have clamped.
    """
    graph, held = network.model.graph, feeds[tensor]
    values = numbers(graph, tensor, held).astype(np.float64)
    quantization = graph.quantization.get(tensor)
    half = 0.0 if quantization is None else max(quantization.scales) / 2
    low, high = limits
    at_low, at_high = values <= low + half, values >= high - half
    if not (at_low.any() or at_high.any()):
        return False
    clamped = np.where(at_low, low, np.where(at_high, high, values))
    beyond = np.where(at_low, low - 1, np.where(at_high, high + 1, values))
    found = [
        network.model.run({**feeds, tensor: stored(graph, tensor, one, held.dtype)}, list(ends))
        for one in (clamped, beyond)
    ]
    return any(not np.array_equal(found[0][n], found[1][n], equal_nan=True) for n in ends)
