"""How far the outputs are apart where both models run by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.against.results import OutputDifference
from convcheck.model.convolutions.effective import gap
from convcheck.model.network import Network
from convcheck.runtimes.graphs.layouts import numbers

if TYPE_CHECKING:
    from convcheck.results import Array


def output_differences(a: Network, b: Network) -> Iterator[OutputDifference]:
    """B's outputs against A's, in A's order. Raises UsageError where a model cannot run."""
    for (name, p), q in zip(_outputs(a).items(), _outputs(b).values(), strict=False):
        if p.size != q.size:
            yield OutputDifference(name, message=f"shapes {p.shape} and {q.shape}")
            continue
        q = _in_shape_of(p, q)
        apart = gap(p, q)
        largest, most = float(np.abs(p).max(initial=0.0)), float(apart.max(initial=0.0))
        yield OutputDifference(
            name,
            sum_abs=float(apart.sum()),
            max_abs=most,
            relative=most / largest if largest else None,
            unequal=int((apart != 0).sum()),
            total=p.size,
        )


def _outputs(network: Network) -> Mapping[str, Array]:
    graph = network.model.graph
    found = network.model.run(network.feeds, graph.outputs)
    return {n: numbers(graph, n, found[n]).astype(np.float64) for n in graph.outputs}


def _in_shape_of(p: Array, q: Array) -> Array:
    """B's output in A's shape: as it is, or with its channels moved."""
    turned = [q, np.moveaxis(q, 1, -1), np.moveaxis(q, -1, 1)] if q.ndim > 2 else [q]
    fitting = [one for one in turned if one.shape == p.shape] or [q.reshape(p.shape)]
    return min(fitting, key=lambda one: float(np.nansum(gap(one, p))))
