"""What lies between the convolutions of two models, each segment alone.

Both models take the same values at the cuts, so that a segment's output differs only by what that
segment does. How much it may differ is measured: each fed value is moved by one unit in its last
place, and the largest change that this makes in a channel is one unit of natural rounding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.convolutions.effective import NO_FORMAT, gap
from convcheck.model.convolutions.kernels import flatten_order
from convcheck.model.convolutions.values import parts
from convcheck.model.cuts import Cut, CutModels
from convcheck.model.match import Pair
from convcheck.model.measured import Measured, apart, measured_both

if TYPE_CHECKING:
    from convcheck.results import Array


FLATTENED, SCALED, ANOTHER = "flatten-order", "scaled", "another form"
"""What B may do otherwise before a convolution, and make up for in its kernel."""


@dataclass(frozen=True)
class Segment:
    """From the cuts before it to one convolution's input, or to one of the model's outputs."""

    pair: Pair | None
    """The convolution whose input it gives; None where it gives an output of the model."""
    output: int | None
    """Which output of the model it gives; None where it gives a convolution's input."""
    units: float
    """Largest difference by channel, in units of natural rounding; inf where shapes differ."""
    limit: float
    """What rounding alone may reach."""
    shapes: tuple[tuple[int, ...], tuple[int, ...]]
    """A's and B's, (N, *spatial, C)."""
    factor: float = 1.0
    """What B folded of it into the convolution after it: its output times this is A's."""
    form: str = ""
    """``flatten-order``, ``scaled`` or ``another form`` where B does something else than A, and
    its convolution makes up for that; "" where it does the same, or what has no such excuse."""

    @property
    def differs(self) -> bool:
        """Whether rounding cannot explain it."""
        return not self.units <= self.limit


def segments(cut: CutModels, *, seed: int = 0) -> tuple[Segment, ...]:
    """Every segment: by A's run order, then those that give the models' outputs.

    Raises UsageError where a model cannot run so.
    """
    return tuple(each_segment(cut, seed=seed))


def count_segments(cut: CutModels) -> int:
    """How many there are."""
    return len(cut.cuts) + min(len(cut.a.model.graph.outputs), len(cut.b.model.graph.outputs))


def each_segment(cut: CutModels, *, seed: int = 0) -> Iterator[Segment]:
    """The same, one after the other; as many are measured together as fit ``PART_BYTES``."""
    rng = np.random.default_rng(seed)
    for part in parts(cut.cuts, lambda one: _bytes_of(cut, one)):
        inputs_a = [cut.a.layers[one.pair.a].input for one in part]
        inputs_b = [cut.b.layers[one.pair.b].input for one in part]
        ours, theirs = measured_both(cut, (inputs_a, inputs_b), rng)
        for one, p, q in zip(part, inputs_a, inputs_b, strict=True):
            yield _at_input(cut, one, ours[p], theirs[q])
    outputs = list(zip(cut.a.model.graph.outputs, cut.b.model.graph.outputs, strict=False))
    ours, theirs = measured_both(cut, ([p for p, _ in outputs], [q for _, q in outputs]), rng)
    for place, (p, q) in enumerate(outputs):
        yield _at_output(cut, place, ours[p], theirs[q])


def _bytes_of(cut: CutModels, one: Cut) -> int:
    """What measuring a segment takes: of each model its values, moved ones, and the change."""
    sizes = (cut.a.layers[one.pair.a].input_shape, cut.b.layers[one.pair.b].input_shape)
    return sum(3 * 8 * prod(shape) for shape in sizes)


def _at_input(cut: CutModels, one: Cut, ours: Measured, theirs: Measured) -> Segment:
    a, b = cut.a.layers[one.pair.a], cut.b.layers[one.pair.b]
    ours = ours.shaped(a.input_of(ours.values), a.input_of(ours.change))
    theirs = theirs.shaped(b.input_of(theirs.values), b.input_of(theirs.change))
    found = _segment(cut, one.pair, None, ours, theirs)
    if one.pair.transform == FLATTENED:
        order = flatten_order(a, b)
        moved = ours.shaped(ours.values[..., order], ours.change[..., order])
        ordered = _segment(cut, one.pair, None, moved, theirs)
        if ordered.units <= found.units:  # as the kernel has it, whatever else differs
            return replace(ordered, form=FLATTENED)
    if found.differs:
        return _scaled(cut, one, ours, theirs) or found
    return found


def _scaled(cut: CutModels, one: Cut, ours: Measured, theirs: Measured) -> Segment | None:
    """The segment where B folded a factor of it into its convolution; None where it did not."""
    p, q = ours.values, theirs.values
    factor = 1.0 if one.weights is None else one.weights.factor
    if factor == 1 or p.shape != q.shape:
        return None
    # The weights tell it as exactly as their format, what is fed as exactly as float32.
    exact = float((p * q).sum() / (q * q).sum()) if q.any() else factor
    if not abs(exact / factor - 1) <= NO_FORMAT:
        return None
    scaled = theirs.shaped(q * exact, theirs.change * abs(exact))
    folded = _segment(cut, one.pair, None, ours, scaled)
    return None if folded.differs else replace(folded, factor=exact, form=SCALED)


def _at_output(cut: CutModels, place: int, ours: Measured, theirs: Measured) -> Segment:
    """The two outputs, B's in the layout that brings it nearest to A's, channels last."""
    turned = [theirs]
    if theirs.values.ndim > 2:
        turned += [
            theirs.shaped(*(np.moveaxis(v, *axes) for v in (theirs.values, theirs.change)))
            for axes in ((1, -1), (-1, 1))
        ]
    fitting = [one for one in turned if one.values.shape == ours.values.shape]
    if fitting:
        theirs = min(fitting, key=lambda one: _sum_of_gaps(one.values, ours.values))
    if ours.values.ndim > 2 and cut.a.model.graph.data_format == "NCHW":
        ours, theirs = (
            one.shaped(*(np.moveaxis(v, 1, -1) for v in (one.values, one.change)))
            for one in (ours, theirs)
        )
    return _segment(cut, None, place, ours, theirs)


def _sum_of_gaps(p: Array, q: Array) -> float:
    return float(np.nansum(gap(p, q)))  # what is NaN in one alone is as far in every layout


def _segment(
    cut: CutModels, pair: Pair | None, output: int | None, ours: Measured, theirs: Measured
) -> Segment:
    shape, other = ours.values.shape, theirs.values.shape
    if ours.values.size != theirs.values.size or shape[-1] != other[-1]:
        return Segment(pair, output, np.inf, 0.0, (shape, other))
    units, limit = apart(cut, ours, theirs.shaped(*_shaped(theirs, shape)))
    return Segment(pair, output, units, limit, (shape, other))


def _shaped(one: Measured, shape: tuple[int, ...]) -> tuple[Array, Array]:
    return one.values.reshape(shape), one.change.reshape(shape)
