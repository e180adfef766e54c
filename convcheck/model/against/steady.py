"""Whether a model gives the same each time it runs on the same input."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.network import Network
from convcheck.runtimes.graphs.layouts import numbers

if TYPE_CHECKING:
    from convcheck.results import Array


_RANDOM = re.compile(
    "rand|dropout|bernoulli|multinomial|poisson|normal|philox|noise", re.IGNORECASE
)
"""In the words of operators that may give something else each time."""


def watched(network: Network) -> tuple[Network, str]:
    """The network, marked where it is random, and what is to be told of that, "" of any other.

    One with an operator that may be random is run twice. Raises UsageError where it cannot run.
    """
    graph = network.model.graph
    if not any(_RANDOM.search(operator.kind) for operator in graph.operators):
        return network, ""  # a whole run more takes time, and memory for what it computes
    first, second = (network.model.run(network.feeds, graph.outputs) for _ in range(2))
    if all(np.array_equal(first[n], second[n], equal_nan=_is_float(first[n])) for n in first):
        return network, ""
    sizes = [
        _apart(*(numbers(graph, name, found[name]).astype(np.float64) for found in (first, second)))
        for name in graph.outputs
    ]
    words = (
        f"random: run twice on one input, its outputs are up to {max(sizes):.3g} of their largest "
        "apart; what differs may be that alone (dropout, noise: run it in inference mode)"
    )
    return replace(network, steady=False), words


def _is_float(array: Array) -> bool:
    return array.dtype.kind == "f"


def _apart(p: Array, q: Array) -> float:
    """The largest difference relative to the largest number; infinite where one is not finite."""
    if p.shape != q.shape:
        return np.inf
    with np.errstate(invalid="ignore"):
        gap = np.where((p == q) | (np.isnan(p) & np.isnan(q)), 0.0, np.abs(p - q))
    largest = float(np.abs(p[np.isfinite(p)]).max(initial=0.0))
    most = float(np.nan_to_num(gap, nan=np.inf).max(initial=0.0))
    return most / largest if largest else (np.inf if most else 0.0)
