"""Tensors of cut models as the families read them: channels last, and how exactly each is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from convcheck.model.against.naming.reading import Given, Seen
from convcheck.model.differences import Part
from convcheck.model.measured import unit_after
from convcheck.model.rounding import within_range
from convcheck.runtimes.graphs.graph import Graph
from convcheck.runtimes.graphs.layouts import numbers

if TYPE_CHECKING:
    from convcheck.results import Array

_UPSTREAM = 8
"""Constant operators that are followed back from what an operator is computed with."""

Form: TypeAlias = "Callable[[Array], Array]"
"""From a tensor's own layout to channels last."""


def _as_it_is(array: Array) -> Array:
    return array


def _channels_last(array: Array) -> Array:
    return np.moveaxis(array, 1, -1) if array.ndim > 2 else array


def forms(part: Part) -> Sequence[Form]:
    """Layouts that a model's tensors may have, its format's own first."""
    found = (_as_it_is, _channels_last)
    return found if part.network.model.graph.data_format == "NHWC" else found[::-1]


def back(form: Form, array: Array) -> Array:
    """From channels last to the layout that ``form`` reads."""
    return np.moveaxis(array, -1, 1) if form is _channels_last and array.ndim > 2 else array


def seen(part: Part, tensor: str, form: Form, reads: Sequence[tuple[Part, str]]) -> Seen:
    """A tensor of a model, as exactly as it is known from ``reads``, tensors of either model."""
    one = part.values[tensor]
    sides = [(part, tensor), *(reads or [(part, tensor)])]
    graphs = [(p.network.model.graph, name, p.feeds) for p, name in sides]
    values, change = form(one.values), form(one.change)
    unit, limit = unit_after(graphs, values, change, change)
    return Seen(values, unit, limit, partial(within_range, graphs[0][0], tensor))


def read_by(part: Part, n: int = 0) -> list[str]:
    """The images and vectors that the nth operator which is unlike reads; no shapes."""
    names = part.network.model.graph.varying_inputs(part.unlike[n])
    return [n for n in names if n in part.values and part.values[n].values.ndim > 1]


def given(part: Part, form: Form, n: int = 0) -> Given:
    """What the nth operator that is unlike reads."""
    graph = part.network.model.graph
    names = read_by(part, n)
    inputs = {one.name for one in graph.inputs}
    sources = {_before_quantization(graph, name) for name in names}
    return Given(
        [form(part.values[name].values) for name in names],
        list(_constants(part)),
        first=bool(names) and inputs.issuperset(sources),
        role=graph.operators[part.unlike[n]].role,
    )


def _before_quantization(graph: Graph, name: str) -> str:
    """The tensor that this one holds as integers, or as the numbers that these stand for."""
    place = graph.producers.get(name)
    while place is not None and graph.operators[place].role in ("quantize", "dequantize"):
        name = graph.operators[place].inputs[0]
        place = graph.producers.get(name)
    return name


def _constants(part: Part) -> Iterator[Array]:
    """Vectors and numbers that the operators which are unlike are computed with."""
    graph = part.network.model.graph
    names: dict[str, None] = {}
    for place in part.unlike[:2]:
        stack = [name for name in graph.operators[place].inputs if name]
        for _ in range(_UPSTREAM * 4):
            if not stack:
                break
            name = stack.pop()
            if name in graph.varying or name in names:
                continue
            names[name] = None
            source = graph.producers.get(name)
            if source is not None:
                stack += [n for n in graph.operators[source].inputs if n]
    if not names:
        return
    for name, array in part.network.model.run(part.network.feeds, list(names)).items():
        if array.dtype.kind in "fiu" and array.size:
            yield numbers(graph, name, array)
