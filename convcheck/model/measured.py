"""Tensors of cut models, and how far two of them are apart in units of natural rounding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.cuts import CutModels
from convcheck.model.network import Network
from convcheck.model.rounding import has_functions, quantization_error, rounding_limit, within_range
from convcheck.runtimes.graphs.layouts import numbers

if TYPE_CHECKING:
    from convcheck.results import Array

_MOVES = 2
"""How often the fed values are moved at random."""
_FAINT = 2.0**-10
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
    graph, names = network.model.graph, list(dict.fromkeys(wanted))

    def run(given: Mapping[str, Array]) -> dict[str, Array]:
        found = network.model.run(given, names)
        return {n: numbers(graph, n, value).astype(np.float64) for n, value in found.items()}

    before = run(feeds)
    changes = {name: np.zeros_like(value) for name, value in before.items()}
    for _ in range(_MOVES):
        for name, value in run({n: _moved(v, rng) for n, v in feeds.items()}).items():
            changes[name] = np.maximum(changes[name], np.abs(value - before[name]))
    return {name: Measured(name, before[name], changes[name]) for name in names}


def _moved(array: Array, rng: np.random.Generator) -> Array:
    """Each value of a float array one unit in its last place larger or smaller, at random."""
    if array.dtype.kind != "f":
        return array
    step = float(np.finfo(array.dtype).eps)
    moved: Array = array * rng.choice(np.array([1 - step, 1 + step]), array.shape)
    return moved.astype(array.dtype)


def apart(cut: CutModels, ours: Measured, theirs: Measured) -> tuple[float, float]:
    """(units that two tensors of the same shape are apart, units that rounding alone may reach).

    Channels come last; the largest of all channels counts.
    """
    p = within_range(cut.b.model.graph, theirs.tensor, ours.values)
    unit, limit = unit_of(cut, ours, theirs)
    return in_units(p, theirs.values, unit), limit


def unit_of(cut: CutModels, ours: Measured, theirs: Measured) -> tuple[Array, float]:
    """(the unit of each channel, how many of them rounding alone may reach).

    What quantization may change is a part of the unit, so that all of them together hold it once.
    """
    sides = (
        (cut.a.model.graph, ours.tensor, cut.feeds_a),
        (cut.b.model.graph, theirs.tensor, cut.feeds_b),
    )
    limit = sum(rounding_limit(*side) for side in sides)
    faintest = 1.0 if any(has_functions(*side) for side in sides) else _FAINT
    unit = natural_rounding(ours.values, ours.change, theirs.change, faintest)
    return unit + sum(quantization_error(*side) for side in sides) / limit, limit


def in_units(p: Array, q: Array, unit: Array) -> float:
    """Largest difference of two arrays, in the units of their channels."""
    with np.errstate(invalid="ignore"):
        gap = _largest(np.where((p == q) | (np.isnan(p) & np.isnan(q)), 0.0, p - q))
    units = np.divide(gap, unit, out=np.where(gap == 0, 0.0, np.inf), where=unit > 0)
    return float(units.max(initial=0.0))


def natural_rounding(
    values: Array, change_a: Array, change_b: Array, faintest: float = _FAINT
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
