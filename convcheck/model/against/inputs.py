"""One input for two models: A's, and the same numbers as B takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.dtypes import dtype_named
from convcheck.errors import UsageError
from convcheck.model.against.request import AgainstRequest
from convcheck.model.inputs.arrays import (
    feeds_of,
    fits,
    input_name,
    make_inputs,
    real_inputs,
    words_of,
)
from convcheck.model.inputs.sources import Sources, sources_of
from convcheck.runtimes.graphs.graph import Graph, Tensor
from convcheck.runtimes.graphs.layouts import numbers, stored
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from convcheck.results import Array


@dataclass(frozen=True, eq=False)
class Feeds:
    """What a model is fed, by the names of its inputs."""

    arrays: dict[str, Array]
    words: str
    """Where they come from, their shapes and dtypes."""


def feeds_of_both(request: AgainstRequest, a: Graph, b: Graph) -> tuple[Feeds, Feeds]:
    """What goes into A and into B: the same numbers, as coarse as the coarser one holds them.

    Raises UsageError where the source does not fit, or where the models do not take the same.
    """
    if len(a.inputs) != len(b.inputs):
        raise UsageError(
            f"A takes {_count(a)} and B takes {_count(b)}: they are no models of one network"
        )
    of_a = sources_of(request.input)
    ours = make_inputs(of_a, real_inputs(a), request.seed)
    partners = _partners(a, b)
    if request.input_b:
        of_b = sources_of(request.input_b, "--input-b")
        theirs = make_inputs(of_b, real_inputs(b), request.seed)
        return _feeds(of_a, feeds_of(a, ours)), _feeds(of_b, feeds_of(b, theirs))
    for_a, for_b = {}, {}
    for (name, array), one, other in zip(
        feeds_of(a, ours).items(), a.inputs, partners, strict=True
    ):
        axes = _axes(array.shape, a, one, b, other, request.layout_b)
        values = numbers(a, name, array)
        held = stored(b, other.name, np.transpose(values, axes), dtype_named(other.dtype))
        back = np.transpose(numbers(b, other.name, held), np.argsort(axes))
        for_a[name] = np.ascontiguousarray(stored(a, name, back, array.dtype))
        for_b[other.name] = np.ascontiguousarray(held)
    return _feeds(of_a, for_a), _feeds(of_a, for_b)


def _feeds(sources: Sources, arrays: dict[str, Array]) -> Feeds:
    return Feeds(arrays, words_of(sources, [*arrays.values()]))


def _partners(a: Graph, b: Graph) -> list[Tensor]:
    """B's inputs in the order of A's: by their names where these are the same, else as they are."""
    by_name = {input_name(one): one for one in b.inputs}
    wanted = [input_name(one) for one in a.inputs]
    if set(wanted) == set(by_name):
        return [by_name[name] for name in wanted]
    return list(b.inputs)


def _axes(
    shape: tuple[int, ...], a: Graph, one: Tensor, b: Graph, other: Tensor, layout_b: str | None
) -> tuple[int, ...]:
    """The axes of A's array in the order in which B takes them."""
    rank = len(shape)
    same = tuple(range(rank))
    if rank < 3:
        return same
    to_last, to_first = (0, *range(2, rank), 1), (0, rank - 1, *range(1, rank - 1))
    moved = to_last if a.data_format == "NCHW" else to_first
    if layout_b is not None:
        return same if layout_b == a.data_format else moved
    fitting = [axes for axes in (same, moved) if fits([shape[i] for i in axes], other.shape)]
    if not fitting:
        raise UsageError(
            f"A's input {clean(input_name(one))} has shape {shape}, but B's input "
            f"{clean(input_name(other))} takes {other.shape}, in neither layout the same; give B "
            "its own with --input-b"
        )
    if len(fitting) == 1:
        return fitting[0]
    return same if a.data_format == b.data_format else moved


def _count(graph: Graph) -> str:
    return f"{len(graph.inputs)} input" + ("" if len(graph.inputs) == 1 else "s")
