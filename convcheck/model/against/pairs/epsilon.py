"""Whether factors by channel come from another epsilon of a batch norm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.against.pairs.factors import Factors
from convcheck.model.against.pairs.other_weights import Other
from convcheck.model.convolutions.effective import affine_after
from convcheck.model.convolutions.layers import Layer
from convcheck.model.network import Network
from convcheck.spelling import listed

if TYPE_CHECKING:
    from convcheck.results import Array

USUAL = (1e-3, 1e-5, 1e-4, 1e-6, 1e-2, 1e-7, 1e-8, 0.0)
"""Epsilons that frameworks have by default, Keras's and PyTorch's first; 0 for one that is a part
of the variance already."""
CHANNELS = 3
"""So few at least: an epsilon is solved for, and has to hold in channels that it was not solved by.
"""


def variances(network: Network, layer: Layer) -> list[Array]:
    """Constants after a layer that may be the variance of its batch norm: one for each channel."""
    graph, names = network.model.graph, dict[str, None]()
    for one in affine_after(network, layer):
        constants = [n for n in one.inputs if n and n not in graph.varying]
        names.update(dict.fromkeys(constants))
        for before in graph.needed(constants):
            names.update(dict.fromkeys(filter(None, graph.operators[before].inputs)))
    found = network.model.run(network.feeds, list(names)) if names else {}
    flat = (np.asarray(array, np.float64).reshape(-1) for array in found.values())
    count = layer.output_shape[-1]
    return [v for v in flat if v.size == count and np.isfinite(v).all() and (v >= 0).all()]


def epsilons(factors: Factors, known: Sequence[Array]) -> Other | None:
    """The epsilon of A's batch norm and that of B's, if they alone make the kernels differ.

    A batch norm's scale is gamma / sqrt(variance + epsilon): where a variance is known, the
    factor between both kernels gives B's epsilon for each that A's may be. Two that frameworks
    have come first; others that B's numbers do not tell from them are told as well.
    """
    if len(factors.best) < CHANNELS or not factors.exist:
        return None
    for allowed in filter(None, (factors.as_stored, factors)):
        fitting = [
            (one, other)
            for variance in known
            for one, other in _candidates(variance, allowed.best)
            if allowed.hold(np.sqrt((variance + one) / (variance + other)))
        ]
        if fitting:
            words = _words(*fitting[0], [o for one, o in fitting[1:] if one == fitting[0][0]])
            return Other("batch-norm-epsilon", words, ("channel-scale",), bias_follows=True)
    return None


def _candidates(variance: Array, factors: Array) -> Iterator[tuple[float, float]]:
    """(A's epsilon, B's): all usual ones, then B's as solved for each that A's may be."""
    for one, other in product(filter(None, USUAL), repeat=2):
        if one != other:
            yield one, other
    for one in USUAL:
        solved = _solve(variance, factors, one)
        if solved is not None and (variance + solved > 0).all():
            yield one, solved


def _solve(variance: Array, factors: Array, one: float) -> float | None:
    """B's epsilon where A's is this; channels of a small variance tell it best."""
    wanted = (variance + one) / factors**2 - variance
    weight = 1 / np.maximum(variance + one, np.finfo(np.float64).tiny) ** 2
    usable = np.isfinite(wanted)
    if not usable.any():
        return None
    return float((wanted * weight)[usable].sum() / weight[usable].sum())


def _words(one: float, other: float, rivals: Sequence[float]) -> str:
    if one == 0 or other <= 0:
        return f"B's batch norm has an epsilon that is {other - one:+.3g} of A's"
    found = f"B's batch norm has epsilon {other:.3g} where A's has {one:.3g}"
    usual = list(dict.fromkeys(f"{e:.3g}" for e in rivals if e in USUAL and e != other))
    return found + (
        f"; B's numbers are too coarse to tell it from {listed(usual)}" if usual else ""
    )
