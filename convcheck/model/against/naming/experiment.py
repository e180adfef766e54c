"""Experiments: a model runs on with other numbers in one of its tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.against.naming.reading import Named
from convcheck.model.differences import Difference, Part, alike
from convcheck.runtimes.graphs.layouts import numbers, stored

if TYPE_CHECKING:
    from convcheck.results import Array


@dataclass(frozen=True, eq=False)
class Fault:
    """One fault of a segment: where the models part, and why."""

    place_a: int | None
    """A's first operator that is unlike, by its place in the graph; None where A has none."""
    place_b: int | None
    named: Named | None
    """None where nothing that is known does it."""
    words: tuple[str, str] = ("", "")
    """What A does, and what B does."""
    left_out: str = ""
    """``A`` or ``B``: the model that has no such operator."""
    whole: bool = False
    """Whether nothing else differs in the segment."""
    border: bool = False
    """Whether only numbers at the border differ."""


@dataclass(frozen=True, eq=False)
class Explained:
    """A fault, and the tensor that takes it away: A's or B's, and what it must hold."""

    fault: Fault
    side: str
    tensor: str
    value: Array | None
    """In the tensor's layout and dtype; None where it does not fit it."""


def in_tensor(part: Part, tensor: str, values: Array) -> Array | None:
    """Numbers as a tensor of the model holds them; None where they do not fit it."""
    own = part.values[tensor]
    if own.values.size != values.size:
        return None
    fitting = np.ascontiguousarray(values.reshape(own.values.shape))
    return stored(part.network.model.graph, tensor, fitting, part.dtypes[tensor])


def ends_alike(difference: Difference, side: str, tensor: str, value: Array) -> bool:
    """Whether the models end alike where a tensor of one of them holds this."""
    part, other = (difference.a, difference.b) if side == "A" else (difference.b, difference.a)
    found = part.network.model.run({**part.feeds, tensor: value}, [part.end])[part.end]
    before, end = part.values[part.end], other.values[other.end]
    after = numbers(part.network.model.graph, part.end, found).astype(np.float64)
    if after.shape != before.values.shape:
        return False
    return alike(difference.models, before.shaped(after, before.change), end, swapped=side == "B")
