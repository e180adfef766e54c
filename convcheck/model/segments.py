"""What lies between the convolutions of two models, each segment alone.

Both models take the same values at the cuts, so that a segment's output differs only by what that
segment does. How much it may differ is measured: each fed value is moved by one unit in its last
place, and the largest change that this makes in a channel is one unit of natural rounding.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.convolutions.effective import NO_FORMAT
from convcheck.model.convolutions.kernels import flatten_order
from convcheck.model.cuts import Cut, CutModels
from convcheck.model.match import Pair
from convcheck.model.measured import Measured, apart, measured

if TYPE_CHECKING:
    from convcheck.results import Array


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

    @property
    def differs(self) -> bool:
        """Whether rounding cannot explain it."""
        return not self.units <= self.limit


def segments(cut: CutModels, *, seed: int = 0) -> tuple[Segment, ...]:
    """Every segment: by A's run order, then those that give the models' outputs.

    Raises UsageError where a model cannot run so.
    """
    rng = np.random.default_rng(seed)
    outputs_a, outputs_b = cut.a.model.graph.outputs, cut.b.model.graph.outputs
    inputs_a = [cut.a.layers[one.pair.a].input for one in cut.cuts]
    inputs_b = [cut.b.layers[one.pair.b].input for one in cut.cuts]
    ours = measured(cut.a, cut.feeds_a, [*inputs_a, *outputs_a], rng)
    theirs = measured(cut.b, cut.feeds_b, [*inputs_b, *outputs_b], rng)
    found = [
        _at_input(cut, one, ours[p], theirs[q])
        for one, p, q in zip(cut.cuts, inputs_a, inputs_b, strict=True)
    ]
    pairs = zip(outputs_a, outputs_b, strict=False)
    found += [_at_output(cut, n, ours[p], theirs[q]) for n, (p, q) in enumerate(pairs)]
    return tuple(found)


def _at_input(cut: CutModels, one: Cut, ours: Measured, theirs: Measured) -> Segment:
    a, b = cut.a.layers[one.pair.a], cut.b.layers[one.pair.b]
    p, q = a.input_of(ours.values), b.input_of(theirs.values)
    change_a, change_b = a.input_of(ours.change), b.input_of(theirs.change)
    if one.pair.transform == "flatten-order":
        order = flatten_order(a, b)
        p, change_a = p[..., order], change_a[..., order]
    ours, theirs = ours.shaped(p, change_a), theirs.shaped(q, change_b)
    found = _segment(cut, one.pair, None, ours, theirs)
    factor = 1.0 if one.weights is None else one.weights.factor
    if not found.differs or factor == 1 or p.shape != q.shape:
        return found
    # The weights tell it as exactly as their format, what is fed as exactly as float32.
    exact = float((p * q).sum() / (q * q).sum()) if q.any() else factor
    if not abs(exact / factor - 1) <= NO_FORMAT:
        return found
    scaled = theirs.shaped(q * exact, change_b * abs(exact))
    folded = _segment(cut, one.pair, None, ours, scaled)
    return found if folded.differs else replace(folded, factor=exact)


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
        theirs = min(fitting, key=lambda one: float(np.abs(one.values - ours.values).sum()))
    if ours.values.ndim > 2 and cut.a.model.graph.data_format == "NCHW":
        ours, theirs = (
            one.shaped(*(np.moveaxis(v, 1, -1) for v in (one.values, one.change)))
            for one in (ours, theirs)
        )
    return _segment(cut, None, place, ours, theirs)


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
