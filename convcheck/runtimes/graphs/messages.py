"""A graph as plain JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from convcheck.runtimes.graphs.graph import Convolution, Graph, Operator, Quantization, Tensor


def graph_to_message(graph: Graph) -> dict[str, Any]:
    """The graph as a head of a frame carries it."""
    return asdict(graph)


def graph_from_message(said: Mapping[str, Any]) -> Graph:
    """The graph. Raises LookupError, TypeError or ValueError for what is none."""
    graph = Graph(
        format=str(said["format"]),
        data_format=str(said["data_format"]),
        inputs=tensors_from_message(said["inputs"]),
        outputs=_tuples(said["outputs"]),
        operators=tuple(Operator(**_tuples(one)) for one in said["operators"]),
        convolutions=tuple(Convolution(**_tuples(one)) for one in said["convolutions"]),
        quantization={
            name: Quantization(**_tuples(one)) for name, one in said["quantization"].items()
        },
        notes=_tuples(said["notes"]),
    )
    if not all(0 <= one.operator < len(graph.operators) for one in graph.convolutions):
        raise ValueError("a convolution that is none of the operators")
    return graph


def tensors_from_message(said: Sequence[Mapping[str, Any]]) -> tuple[Tensor, ...]:
    """What a model takes. Raises TypeError for what is no such thing."""
    return tuple(Tensor(**_tuples(one)) for one in said)


def _tuples(value: Any) -> Any:
    """JSON's lists as tuples, however deep."""
    if isinstance(value, list):
        return tuple(_tuples(one) for one in value)
    if isinstance(value, dict):
        return {key: _tuples(one) for key, one in value.items()}
    return value
