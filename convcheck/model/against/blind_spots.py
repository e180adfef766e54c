"""What this input could not show of two models that agree on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from convcheck.check.side_by_side import side_by_side
from convcheck.model.cuts import ACTIVATIONS, CutModels
from convcheck.model.network import INPUT, Network, nearest
from convcheck.runtimes.graphs.graph import Operator
from convcheck.runtimes.graphs.layouts import channels_last, numbers
from convcheck.spelling import listed

_LOWER = ("relu", "relu6", "clip", "leaky-relu")
_UPPER = ("relu6", "clip")
_NAMED = 3


@dataclass
class _Unshown:
    """Where something did not show, by the layers after which it stands, in run order."""

    below: dict[str, None] = field(default_factory=dict)
    """No value was changed by the lower limit of an activation."""
    six: dict[str, None] = field(default_factory=dict)
    """No value was changed by a limit at 6."""
    above: dict[str, None] = field(default_factory=dict)
    """No value was changed by another upper limit."""
    silent: dict[str, None] = field(default_factory=dict)
    """A channel is 0 everywhere that is not so by its weights."""

    def add(self, other: _Unshown) -> None:
        """Take in what another holds."""
        self.below.update(other.below)
        self.six.update(other.six)
        self.above.update(other.above)
        self.silent.update(other.silent)


def blind_spots(models: CutModels, names: tuple[Sequence[str], Sequence[str]]) -> tuple[str, ...]:
    """Sentences, each about one kind of fault that would have changed nothing here.

    ``names`` are those of A's layers and of B's. Raises UsageError where a model cannot run.
    """
    to_a = {cut.pair.b: names[0][cut.pair.a] for cut in models.cuts}
    of_b = [to_a.get(i, name) for i, name in enumerate(names[1])]
    sides = (models.a, names[0]), (models.b, of_b)
    found = _Unshown()
    for side in side_by_side(lambda side: _activations(*side), sides):
        found.add(side)
    _fused(models, names[0], found)
    return (*_of_input(models.a), *_of_sizes(models, names[0]), *_sentences(found))


def _sentences(found: _Unshown) -> Iterator[str]:
    if found.six:
        yield (
            f"No value reached 6 {_after(found.six)}: there ReLU6 and ReLU give the same, so that "
            "one in place of the other would not show."
        )
    if found.above:
        yield (
            f"No value reached the upper limit of the clip {_after(found.above)}: another limit "
            "would not show."
        )
    if found.below:
        yield (
            f"No value was below the lower limit of the activation {_after(found.below)}: an "
            "activation that is left out, or another slope, would not show."
        )
    if found.silent:
        yield (
            f"Some channels are 0 everywhere {_after(found.silent)}: what reads them was "
            "tested with zeros alone."
        )


def _after(where: Iterable[str]) -> str:
    names = list(where)
    shown = names if len(names) <= _NAMED else [*names[: _NAMED - 1], f"{len(names) - 2} more"]
    return f"after {listed(shown)}"


def _activations(network: Network, names: Sequence[str]) -> _Unshown:
    """Which limits of activations changed no value, and which channels were 0 alone."""
    found = _Unshown()
    graph = network.model.graph
    sources = nearest(graph, network.layers)
    for place, one in enumerate(graph.operators):
        if one.role not in _LOWER or not graph.varying_inputs(place):
            continue
        given, result = one.inputs[0], one.outputs[0]
        values = network.values.of([given, result])
        before, after = values[given], values[result]
        if before.shape != after.shape:
            continue
        around = sources[result]
        where = listed(["the input" if i == INPUT else names[i] for i in sorted(around)])
        if not (after > before).any():
            found.below.setdefault(where)
        if one.role in _UPPER and not (after < before).any():
            (found.six if _limit_is_six(one) else found.above).setdefault(where)
        if len(around) == 1 and INPUT not in around:
            (layer,) = (network.layers[i] for i in around)
            by_channel = channels_last(after, layer.output_format)
            if not by_channel.reshape(-1, by_channel.shape[-1]).any(axis=0).all():
                found.silent.setdefault(where)
    return found


def _fused(models: CutModels, names: Sequence[str], found: _Unshown) -> None:
    """The same of activations inside B's convolutions: what would they change of A's values?"""
    for cut in models.cuts:
        a, b = models.a.layers[cut.pair.a], models.b.layers[cut.pair.b]
        low, high = ACTIVATIONS.get(b.convolution.activation, (-np.inf, np.inf))
        if low == -np.inf:
            continue
        held = models.a.values.of([a.output])[a.output]
        values = numbers(models.a.model.graph, a.output, held)
        if not (values < low).any():
            found.below.setdefault(names[cut.pair.a])
        if high < np.inf and not (values > high).any():
            found.six.setdefault(names[cut.pair.a])


def _of_input(network: Network) -> Iterator[str]:
    """What the numbers that go in cannot show by themselves."""
    graph = network.model.graph
    for one in graph.inputs:
        x = numbers(graph, one.name, np.asarray(network.feeds[one.name]))
        if x.ndim < 3 or x.size < 2:
            continue
        last = channels_last(x, graph.data_format)
        if last.shape[-1] > 1 and (last == last[..., :1]).all():
            yield "All channels of the input are equal: their order (RGB or BGR) would not show."
        square = x.ndim == 4 and last.shape[1] == last.shape[2]
        if square and np.array_equal(last, last.swapaxes(1, 2)):
            yield "The input is symmetric: height and width exchanged would not show."


def _of_sizes(models: CutModels, names: Sequence[str]) -> Iterator[str]:
    """Paddings that agree at this size of the input alone."""
    open_axes = any(
        None in (one.shape or (None,))[1:]
        for side in (models.a, models.b)
        for one in side.model.graph.inputs
    )
    if not open_axes:
        return
    found = []
    for cut in models.cuts:
        a, b = models.a.layers[cut.pair.a], models.b.layers[cut.pair.b]
        by_size = [
            isinstance(one.convolution.padding, str) and one.convolution.padding != "valid"
            for one in (a, b)
        ]
        if a.spec == b.spec and by_size[0] != by_size[1] and set(a.spec.strides) != {1}:
            found.append(names[cut.pair.a])
    if found:
        yield (
            f"One model pads by the input's size (SAME), the other by fixed numbers: "
            f"{_after(found).removeprefix('after ')} agree at this size, at another they may not."
        )


def _limit_is_six(one: Operator) -> bool:
    limits = [one.attributes.get(key) for key in ("max", "max_val", "max_value")]
    return one.role == "relu6" or 6 in limits
