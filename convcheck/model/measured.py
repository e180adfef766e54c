"""Tensors of cut models, and how far two of them are apart in units of natural rounding."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from convcheck.check.side_by_side import side_by_side
from convcheck.model.convolutions.effective import gap
from convcheck.model.cuts import CutModels
from convcheck.model.network import Network
from convcheck.model.rounding import has_functions, quantization_error, rounding_limit, within_range
from convcheck.runtimes.graphs.layouts import numbers

if TYPE_CHECKING:
    from convcheck.results import Array
    from convcheck.runtimes.graphs.graph import Graph

_MOVES = 2
"""How often the fed values are moved at random."""
Side: TypeAlias = "tuple[Graph, str, Collection[str]]"
"""A graph, a tensor of it, and the tensors that it is computed from."""
FAINT = 2.0**-10
"""A channel that is fainter than this part of the strongest is judged as if it were not."""


@dataclass(frozen=True, eq=False)
class Measured:
    """A tensor of a cut model, and by how much moving what is fed changes it."""

    tensor: str
    values: Array
    change: Array

    def shaped(self, values: Array, change: Array) -> Measured:
        """The same tensor in another layout or shape."""
        return Measured(self.tensor, values, change)


def measured(
    network: Network, feeds: Mapping[str, Array], wanted: Sequence[str], rng: np.random.Generator
) -> dict[str, Measured]:
    """Tensors of a cut model by name, and how moving what is fed changes them."""
    return _measured(_asked(network, feeds, wanted, rng))


def measured_both(
    cut: CutModels, wanted: tuple[Sequence[str], Sequence[str]], rng: np.random.Generator
) -> tuple[dict[str, Measured], dict[str, Measured]]:
    """The same of tensors of A and tensors of B, which run side by side."""
    asked = [
        _asked(network, feeds, names, rng)  # both here: in their turn they draw the same numbers
        for network, feeds, names in zip(
            (cut.a, cut.b), (cut.feeds_a, cut.feeds_b), wanted, strict=True
        )
    ]
    ours, theirs = side_by_side(_measured, asked)
    return ours, theirs


@dataclass(frozen=True, eq=False)
class _Asked:
    """What a cut model is to be run on."""

    network: Network
    names: Sequence[str]
    feeds: Mapping[str, Array]
    moved: Sequence[Mapping[str, Array]]


def _asked(
    network: Network, feeds: Mapping[str, Array], wanted: Sequence[str], rng: np.random.Generator
) -> _Asked:
    names = list(dict.fromkeys(wanted))
    read = network.model.graph.read_of(feeds, names)
    feeds = {name: array for name, array in feeds.items() if name in read or name in network.feeds}
    moved = [{n: _moved(v, rng) for n, v in feeds.items()} for _ in range(_MOVES)]
    return _Asked(network, names, feeds, moved)


def _measured(asked: _Asked) -> dict[str, Measured]:
    network, names, feeds = asked.network, asked.names, asked.feeds
    graph = network.model.graph

    def run(given: Mapping[str, Array]) -> dict[str, Array]:
        found = network.model.run(given, names)
        return {n: numbers(graph, n, value).astype(np.float64) for n, value in found.items()}

    before = run(feeds)
    changes = {name: np.zeros_like(value) for name, value in before.items()}
    for moved in asked.moved:
        for name, value in run(moved).items():
            changes[name] = np.maximum(changes[name], gap(value, before[name]))
    if not network.steady:
        # What changes by itself says nothing of rounding, and would excuse any difference.
        for again in (run(feeds) for _ in range(_MOVES)):
            for name, value in again.items():
                if gap(value, before[name]).any():
                    changes[name] = np.zeros_like(changes[name])
    return {name: Measured(name, before[name], changes[name]) for name in names}


def _moved(array: Array, rng: np.random.Generator) -> Array:
    """Each value of a float array one unit in its last place larger or smaller, at random."""
    if array.dtype.kind != "f":
        return array
    # In the array's own format, which holds both factors: a product is rounded once in it.
    step = np.finfo(array.dtype).eps
    factor: Array = rng.integers(0, 2, array.shape, np.int32).astype(array.dtype)
    factor *= 2 * step
    factor += 1 - step
    factor *= array
    return factor


def apart(cut: CutModels, ours: Measured, theirs: Measured) -> tuple[float, float]:
    """(units that two tensors of the same shape are apart, units that rounding alone may reach).

    Channels come last; the largest of all channels counts.
    """
    p = within_range(cut.b.model.graph, theirs.tensor, ours.values)
    q = within_range(cut.a.model.graph, ours.tensor, theirs.values)
    unit, limit = unit_of(cut, ours, theirs)
    return in_units(p, q, unit), limit


def unit_of(cut: CutModels, ours: Measured, theirs: Measured) -> tuple[Array, float]:
    """(the unit of each channel, how many of them rounding alone may reach)."""
    sides = (
        (cut.a.model.graph, ours.tensor, cut.feeds_a),
        (cut.b.model.graph, theirs.tensor, cut.feeds_b),
    )
    return unit_after(sides, ours.values, ours.change, theirs.change)


def unit_after(
    sides: Sequence[Side], values: Array, change: Array, other_change: Array
) -> tuple[Array, float]:
    """The same of values that were computed by all these ``sides``, or read from them.

    What quantization may change is a part of the unit, so that all of them together hold it once.
    """
    limit = sum(rounding_limit(*side) for side in sides)
    faintest = 1.0 if any(has_functions(*side) for side in sides) else FAINT
    unit = natural_rounding(values, change, other_change, faintest)
    return unit + sum(quantization_error(*side) for side in sides) / limit, limit


def in_units(p: Array, q: Array, unit: Array) -> float:
    """Largest difference of two arrays, in the units of their channels."""
    largest = _largest(gap(p, q))
    with np.errstate(invalid="ignore"):
        units = np.divide(largest, unit, out=np.where(largest == 0, 0.0, np.inf), where=unit > 0)
    return float(np.nan_to_num(units, nan=np.inf).max(initial=0.0))


def natural_rounding(
    values: Array, change_a: Array, change_b: Array, faintest: float = FAINT
) -> Array:
    """The unit of each channel: its last place, or what moving the fed values changes in it.

    None is below the part ``faintest`` of the largest.
    """
    finite = np.where(np.isfinite(values), values, 0.0)
    last_place = float(np.finfo(np.float32).eps) * _largest(finite)
    unit = np.maximum(last_place, np.maximum(_largest(change_a), _largest(change_b)))
    least: Array = np.maximum(unit, faintest * unit.max(initial=0.0))
    return least


def _largest(array: Array) -> Array:
    """Largest magnitude by channel, the last axis; NaN counts as infinite."""
    sizes = np.abs(array.astype(np.float64))
    flat = np.where(np.isnan(sizes), np.inf, sizes).reshape(-1, array.shape[-1])
    largest: Array = flat.max(axis=0, initial=0.0)
    return largest
