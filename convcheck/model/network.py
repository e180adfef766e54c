"""A model with the input it runs on: its convolutions, and which of them follow which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from convcheck.model.convolutions.layers import Layer, layers_of
from convcheck.runtimes.graphs.graph import Graph, Model

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


def network_of(model: Model, feeds: Mapping[str, Array]) -> Network:
    """Run a model once and find its convolutions. Raises UsageError as ``layers_of`` does."""
    layers = layers_of(model, feeds)
    return Network(model, feeds, layers, neighbours(model.graph, layers))


def neighbours(graph: Graph, layers: Sequence[Layer]) -> list[Neighbours]:
    """The neighbours of each of a graph's layers."""
    owners = {operator: layer.index for layer in layers for operator in layer.operators}
    sources = {one.name: frozenset({INPUT}) for one in graph.inputs}
    for place, one in enumerate(graph.operators):
        owner = owners.get(place)
        met = frozenset[int]().union(*(sources.get(name, ()) for name in one.inputs))
        found = met if owner is None else frozenset({owner})
        sources.update(dict.fromkeys(one.outputs, found))
    before = [sources.get(layer.input, frozenset()) for layer in layers]
    after: list[set[int]] = [set() for _ in layers]
    for layer, found in zip(layers, before, strict=True):
        for place in found - {INPUT}:
            after[place].add(layer.index)
    return [Neighbours(b, frozenset(a)) for b, a in zip(before, after, strict=True)]
