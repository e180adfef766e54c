"""Which causes of the catalogue turn A's convolution into B's.

Geometry, kernel and bias stand in both files, so that nothing is computed: a cause's changed case
is B's convolution, or it is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.catalogue import CATALOGUE
from convcheck.causes.cause import Hypothesis
from convcheck.errors import SpecError
from convcheck.model.against.pairs.geometry import reads_alike
from convcheck.model.convolutions.effective import (
    EffectiveWeights,
    Point,
    bias_at,
    columns,
    gap,
    held_against,
    kernel_at,
)
from convcheck.model.convolutions.layers import Layer
from convcheck.model.convolutions.weights import (
    DIFFERENT,
    FOLDING,
    FOR_A_FACTOR,
    Relation,
    Stored,
    relations,
)

if TYPE_CHECKING:
    from convcheck.results import Array

_TOGETHER = {"kernel-flip", "transpose-kernel-flip", "kernel-transpose", "kernel-io-swap"}
"""Causes that are tried in pairs: what ports do to the axes of a kernel."""

_ORDERS = _TOGETHER | {"channel-order", "group-order", "channel-shuffle", "depthwise-order"}
"""Causes that leave each number as it is, at another place."""

_FEW = 16
"""Numbers of each channel that are looked at first."""
_OF_THE_INPUT = {"input-scale", "input-normalization", "border-mode", "batch-order"}
"""Causes that change nothing but the input, which is the same for both."""


@dataclass(frozen=True, eq=False)
class Both:
    """What two matched layers compute up to two points, as they stand in the files."""

    a: Layer
    b: Layer
    point_a: Point
    point_b: Point
    stored: tuple[Stored, Stored]
    """A's numbers and B's as their files hold them."""
    reach: Array
    """Largest magnitudes that A's channels give on this input."""

    @property
    def same_geometry(self) -> bool:
        """Whether both read the same."""
        return reads_alike(self.a.spec, self.a.input_shape, self.b.spec, self.b.input_shape)

    @cached_property
    def case_a(self) -> Case:
        """A's convolution with all that is affine by channel after it; its input is of no account.

        SAME where the pads are those of SAME, so that its causes are tried.
        """
        return _case(self.a, self.point_a)

    @cached_property
    def case_b(self) -> Case:
        """The same of B."""
        return _case(self.b, self.point_b)

    def weights(self, changed: Case | None = None) -> EffectiveWeights | None:
        """A's weights, or those of its changed case, held against B's; None for other shapes."""
        one = self.case_a if changed is None else changed
        sizes = one.spec.kernel_size, self.b.spec.kernel_size
        one_tap = max(*sizes[0], *sizes[1]) == 1
        if one.spec.groups != self.b.spec.groups or not (one_tap or sizes[0] == sizes[1]):
            return None
        ours, theirs = columns(self.a, one.kernel), columns(self.b, self.b.kernel)
        if ours.shape != theirs.shape:
            return None
        channels = ours.shape[-1]
        plain = Point(self.point_a.tensor, np.ones(channels), np.zeros(channels))
        bias = np.zeros(channels) if one.bias is None else one.bias.astype(np.float64)
        return held_against(
            (ours, plain, bias),
            (theirs, self.point_b, bias_at(self.b, self.point_b)),
            self.reach,
        )

    def relation(
        self, changed: Case | None = None, *, kernel: bool = True, bias: bool = True
    ) -> str:
        """How B's kernel, bias or both are related to A's, or to its changed case's."""
        weights = self.weights(changed)
        if weights is None or (kernel and not self._some_agree(weights)):
            return DIFFERENT
        for one in relations(weights, *self.stored):
            if (not kernel or one.holds_kernel(weights)) and (not bias or one.holds_bias(weights)):
                return one.name
        return DIFFERENT

    def loosest(self, weights: EffectiveWeights) -> Relation:
        """The relation that lets B's weights be furthest from A's."""
        return max(relations(weights, *self.stored), key=lambda one: float(one.kernel.max()))

    def _some_agree(self, weights: EffectiveWeights) -> bool:
        """Whether a few numbers of each channel may be related: most wrong causes fail there."""
        every = -(-len(weights.columns_a) // _FEW)
        few = replace(
            weights,
            columns_a=weights.columns_a[::every],
            columns_b=weights.columns_b[::every],
        )
        # The step of integers is relative to the largest number of a channel, which may not be
        # among these: it is taken from all.
        largest = np.nan_to_num(np.abs(weights.kernel_a), nan=0.0, posinf=0.0).max(axis=0)
        apart = gap(few.kernel_a, few.kernel_b)
        return bool((apart <= self.loosest(few).kernel + FOLDING * largest).all())


@dataclass(frozen=True)
class Explanation:
    """A change of A's convolution that makes it B's."""

    hypothesis: Hypothesis
    relation: str
    """How the weights are related after it."""
    also: tuple[str, ...] = ()
    """Other causes that make it B's as well."""


def of_all(both: Both) -> Explanation | None:
    """What explains geometry, kernel and bias at once."""
    return _first(
        (one, both.relation(changed))
        for one, changed in _changes(both)
        if _reads_as_b(both, changed)
    )


def of_geometry(both: Both) -> Explanation | None:
    """What explains the geometry alone, the weights being left as they are."""
    return _first(
        (one, "equal")
        for one, changed in _changes(both)
        if one.changes == "reads" and _reads_as_b(both, changed)
    )


def of_weights(both: Both) -> Explanation | None:
    """What explains kernel and bias, the geometry being left as it is."""
    return _of_kernel(both, bias=True)


def of_kernel(both: Both) -> Explanation | None:
    """What explains the kernel alone."""
    return _of_kernel(both, bias=False)


def _of_kernel(both: Both, *, bias: bool) -> Explanation | None:
    own = both.case_a.kernel
    changes = [
        (one, case)
        for one, case in _changes(both)
        if one.changes == "kernel" and (bias or case.kernel is not own)
    ]
    return _first((one, both.relation(case, bias=bias)) for one, case in changes) or _first(
        (one, both.relation(case, bias=bias)) for one, case in _in_pairs(both, changes)
    )


def moved_kernels(both: Both) -> Iterator[tuple[Explanation, EffectiveWeights]]:
    """Every change that puts A's numbers in another order, and A's weights then.

    Where each channel has a few numbers alone a factor of its own would fit any order.
    """
    own = both.case_a.kernel
    for one, changed in _changes(both):
        if one.cause in _ORDERS and not np.array_equal(changed.kernel, own):
            weights = both.weights(changed)
            if weights is not None and len(weights.columns_a) >= FOR_A_FACTOR:
                yield Explanation(one, "supported"), weights


def of_bias(both: Both) -> Explanation | None:
    """What explains the bias alone."""
    own = both.case_a.kernel
    return _first(
        (one, both.relation(case, kernel=False))
        for one, case in _changes(both)
        if one.changes == "kernel" and case.kernel is own
    )


def _first(found: Iterator[tuple[Hypothesis, str]]) -> Explanation | None:
    fitting = [(one, relation) for one, relation in found if relation != DIFFERENT]
    if not fitting:
        return None
    nearest = next((pair for pair in fitting if pair[1] == "equal"), fitting[0])
    names = dict.fromkeys(one.cause for one, _ in fitting)
    return Explanation(*nearest, tuple(name for name in names if name != nearest[0].cause))


def _changes(both: Both) -> Iterator[tuple[Hypothesis, Case]]:
    """Every change of A's convolution by a cause that leaves its input and its output alone."""
    yield from _changes_of(both.case_a, both.b.output_shape)
    if both.case_a.spec != both.a.spec:  # its pads as numbers do not follow another window
        numbered = replace(both.case_a, spec=both.a.spec)
        found = _changes_of(numbered, both.b.output_shape)
        yield from (pair for pair in found if pair[0].changes == "reads")


def _changes_of(case: Case, shape: tuple[int, ...]) -> Iterator[tuple[Hypothesis, Case]]:
    for cause in CATALOGUE:
        if cause.name in _OF_THE_INPUT or not cause.applies(case):
            continue
        for one in cause.hypotheses(case, shape):
            if one.by_place or any((one.post_op, one.relayout, one.channel_permutation)):
                continue
            changed = _changed(one, case)
            if changed is not None:
                yield one, changed


def _in_pairs(
    both: Both, singles: Sequence[tuple[Hypothesis, Case]]
) -> Iterator[tuple[Hypothesis, Case]]:
    case = both.case_a
    known = [one for one, _ in singles if one.cause in _TOGETHER]
    for one, other in product(known, repeat=2):
        if one.cause < other.cause:
            together = one.then(other)
            changed = _changed(together, case)
            if changed is not None:
                yield together, changed


def _changed(hypothesis: Hypothesis, case: Case) -> Case | None:
    """The changed case; None where it cannot be, or where it is about the input."""
    try:
        changed = hypothesis.change(case)
    except SpecError:
        return None
    return changed if changed.input.shape == case.input.shape else None


def _reads_as_b(both: Both, changed: Case) -> bool:
    try:
        return reads_alike(changed.spec, changed.input.shape, both.b.spec, both.b.input_shape)
    except SpecError:
        return False


def _case(layer: Layer, point: Point) -> Case:
    bias = bias_at(layer, point)
    x = np.broadcast_to(np.zeros((), np.float32), layer.input_shape)
    same = replace(layer.spec, padding="same", output_padding=None)
    spec = same if same.axes(x.shape) == layer.spec.axes(x.shape) else layer.spec
    return Case(spec, x, kernel_at(layer, point), bias if bias.any() else None)
