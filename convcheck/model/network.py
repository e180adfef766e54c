"""A model with the input it runs on: its convolutions, and which of them follow which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from convcheck.errors import UsageError
from convcheck.model.convolutions.layers import Layer, layers_in
from convcheck.model.convolutions.values import Values
from convcheck.runtimes.graphs.graph import Graph, Model
from convcheck.runtimes.graphs.layouts import numbers

if TYPE_CHECKING:
    from convcheck.results import Array

INPUT = -1
"""Stands among the neighbours before a convolution for the model's input."""


@dataclass(frozen=True)
class Neighbours:
    """The nearest convolutions around one, by their places."""

    before: frozenset[int]
    after: frozenset[int]


@dataclass(frozen=True, eq=False)
class Network:
    """A model that runs on one input."""

    model: Model
    feeds: Mapping[str, Array]
    """Its inputs, in the model's own layouts and dtypes."""
    layers: Sequence[Layer]
    """Its convolutions in run order."""
    neighbours: Sequence[Neighbours]
    values: Values
    """What its tensors hold when it runs uncut."""
    steady: bool = True
    """Whether it gives the same each time it runs on the same."""


def input_read(network: Network, layer: Layer, feeds: Mapping[str, Array]) -> tuple[Array, Array]:
    """What a layer's input tensor holds where these are fed: as it is, and (N, *spatial, C).

    The second is of real numbers. Raises UsageError where the model cannot run so.
    """
    held = network.model.run(feeds, [layer.input])[layer.input]
    return held, layer.input_of(numbers(network.model.graph, layer.input, held))


def network_of(model: Model, feeds: Mapping[str, Array], path: str = "") -> Network:
    """Run a model once and find its convolutions.

    Raises UsageError as ``layers_in`` does; the message names the model's ``path``.
    """
    values = Values(model, feeds)
    try:
        layers = list(layers_in(values))
    except UsageError as error:
        if path in str(error):
            raise
        raise UsageError(f"{path}: {error}") from error
    return Network(model, feeds, layers, neighbours(model.graph, layers), values)


def neighbours(graph: Graph, layers: Sequence[Layer]) -> list[Neighbours]:
    """The neighbours of each of a graph's layers."""
    found = nearest(graph, layers)
    before = [found.get(layer.input, frozenset()) for layer in layers]
    after: list[set[int]] = [set() for _ in layers]
    for layer, places in zip(layers, before, strict=True):
        for place in places - {INPUT}:
            after[place].add(layer.index)
    return [Neighbours(b, frozenset(a)) for b, a in zip(before, after, strict=True)]


def nearest(graph: Graph, layers: Sequence[Layer]) -> dict[str, frozenset[int]]:
    """Tensor -> the convolutions whose outputs reach it with no other in between, by their places.

    A tensor that depends on no input, such as a constant, is not among them.
    """
    owners = {operator: layer.index for layer in layers for operator in layer.operators}
    found = {one.name: frozenset({INPUT}) for one in graph.inputs}
    for place, one in enumerate(graph.operators):
        owner = owners.get(place)
        met = frozenset[int]().union(*(found.get(name, ()) for name in one.inputs))
        here = met if owner is None else frozenset({owner})
        found.update(dict.fromkeys(one.outputs, here))
    return found
