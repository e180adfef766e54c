"""Which outputs are probed: places that share no input, corners, borders and the worst ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from convcheck.case.case import Case
from convcheck.verdict.sample import distinct_filters, places_apart

if TYPE_CHECKING:
    from convcheck.results import Array, Index


class ProbeSize(NamedTuple):
    """How many outputs are probed."""

    places: int
    filters: int
    operands: int = 1 << 21
    """Most numbers that the windows hold, and most that the filters hold; of long windows that
    leaves few outputs, but never fewer than four places and one filter."""


PAIR = ProbeSize(16, 3, 1 << 17)
"""The first look at a pair of causes, of which there are thousands."""
FEW = ProbeSize(20, 4, 1 << 17)
"""The first look at a single cause, of which there are some hundred."""
BLIND = ProbeSize(40, 8, 1 << 19)
"""Whether a change shows at all: what differs nowhere here is compared exactly."""
MORE = ProbeSize(384, 16)
"""The second look, at what survived the first."""
MODELS = ProbeSize(512, 16)
"""The sizes of errors, against what each model of them expects."""
WEIGHED = ProbeSize(1024, 32)
"""Evidence: of these, outputs that share no input count."""
LOCATED = ProbeSize(2048, 64)
"""Where outputs leave their bound."""


@dataclass(frozen=True)
class ProbePoints:
    """Outputs to look at: every place with every filter."""

    places: tuple[Array, ...]
    """Image, then each spatial axis; arrays of one length."""
    filters: Array

    @property
    def index(self) -> tuple[Array, ...]:
        """Index of the outputs, an array an axis, which broadcast to (places, filters)."""
        return (*(axis[:, np.newaxis] for axis in self.places), self.filters[np.newaxis, :])

    def of(self, out: Array) -> Array:
        """The output there, (places, filters) in float64."""
        found: Array = out[self.index].astype(np.float64)
        return found

    def with_places_of(self, indices: Sequence[Index]) -> ProbePoints:
        """The places of some output elements added."""
        places = np.concatenate([np.stack(self.places, 1), [index[:-1] for index in indices]])
        return ProbePoints(tuple(_unique(places).T), self.filters)


def probe_points(case: Case, size: ProbeSize, worst: Sequence[Index | None] = ()) -> ProbePoints:
    """Places that share no input, corners and borders, and the worst ones."""
    shape = case.output_shape
    per_window = prod(case.spec.kernel_size) * case.input.shape[-1]
    places = max(4, min(size.places, size.operands // per_window))
    filters = max(1, min(size.filters, size.operands // per_window))
    known = [index for index in worst if index is not None and len(index) == len(shape)]
    if prod(shape[:-1]) <= places:
        every = np.unravel_index(np.arange(prod(shape[:-1])), shape[:-1])
    else:
        border = _border(shape, max(places // 2, 2))
        apart = places_apart(case, places - len(border))
        extra = [index[:-1] for index in known]
        together = np.concatenate(
            [np.array(extra, int).reshape(-1, len(shape) - 1), border, np.stack(apart, 1)]
        )
        every = tuple(_unique(together).T)
    chosen = [index[-1] for index in known] + [0, shape[-1] - 1]
    chosen += distinct_filters(case).tolist()
    few = np.array(list(dict.fromkeys(chosen))[:filters])
    return ProbePoints(tuple(every), few)


def _border(shape: Sequence[int], most: int) -> Array:
    """Corners, edges and what is next to them, in the first and the last image."""
    axes = [np.unique([0, shape[0] - 1])]
    for size in shape[1:-1]:
        near = [0, size - 1, 1, size - 2, size // 2]
        axes.append(np.array(list(dict.fromkeys(i for i in near if 0 <= i < size))))
    found = np.array(list(product(*axes)))
    if len(found) <= most:
        return found
    return found[np.random.default_rng(0).permutation(len(found))[:most]]


def _unique(places: Array) -> Array:
    _, first = np.unique(places, axis=0, return_index=True)
    return places[np.sort(first)]
