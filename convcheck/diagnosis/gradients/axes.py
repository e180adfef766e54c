"""What the axes of an output are called, and where its elements are, as whoever gave it has it.

A gradient is judged as the output of a convolution, whose axes are not those of the gradient: of a
kernel's gradient they are (I, *taps, O). Words must say where a reader finds a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from convcheck.case.case import Case
from convcheck.case.passes import BIAS_GRADIENT, KERNEL_GRADIENT

if TYPE_CHECKING:
    from convcheck.results import Array

_SPATIAL = {1: ("columns",), 2: ("rows", "columns"), 3: ("planes", "rows", "columns")}


@dataclass(frozen=True, eq=False)
class Given:
    """An output as it was given, with elements of it."""

    out: Array
    index: tuple[Array, ...]
    """Of each element, an array for each axis."""
    names: Mapping[int, str]
    """What an axis that is no position counts, one of it: ``image``."""
    positions: Mapping[int, str]
    """What each other axis counts, several of it: ``rows``."""


def as_given(case: Case, out: Array, index: Sequence[Array]) -> Given:
    """An output of the case, and elements of it, in the layout of a gradient where it is one."""
    asked, spatial = case.gradient, _SPATIAL[case.spec.rank]
    last = out.ndim - 1
    if asked is None or asked.kind not in (KERNEL_GRADIENT, BIAS_GRADIENT):
        names = {0: "image", last: "channel"}
        return Given(out, tuple(index), names, dict(enumerate(spatial, 1)))
    own = asked.to_own_layout(out)
    if asked.kind == BIAS_GRADIENT:
        return Given(own, tuple(index[:1]), {0: "filter"}, {})
    channels, *taps, filters = index
    read, made = ("filter", "channel") if asked.forward.spec.transposed else ("channel", "filter")
    names = {last - 1: read, last: made}
    return Given(own, (*taps, channels, filters), names, dict(enumerate(spatial)))
