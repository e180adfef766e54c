"""Blind spots: causes that leave this case's exact result unchanged, so that it cannot show them.

Decided exactly: equal operands and geometry first; then values that differ by more than float64's
certified error somewhere; what is left is compared exactly, everywhere where that is cheap, and
as long as an allowance of products lasts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.catalogue import BY_NAME, CATALOGUE
from convcheck.causes.cause import Cause, Hypothesis
from convcheck.causes.gradients.of_case import applies, hypotheses
from convcheck.diagnosis.effort import Effort
from convcheck.diagnosis.probe import FLOAT64_ONLY, Probe, probe
from convcheck.diagnosis.probe_points import BLIND, ProbePoints, probe_points
from convcheck.errors import SpecError
from convcheck.results import CaseSummary
from convcheck.truth.arithmetic import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    TFLOAT32,
    Format,
    cast,
    format_of,
)
from convcheck.truth.exact import Exact, exact

if TYPE_CHECKING:
    from convcheck.results import Array

FIRST = 4096
"""Numbers of an operand that are rounded, or looked at, before all are."""
HUGE, CORNER = 1 << 24, 256
"""Input numbers from which on only corners are looked at, and positions along their sides."""
CHEAP = 1 << 21
"""Products up to which the exact result is compared everywhere."""
SAMPLED = 1 << 20
"""Products that it is compared at elsewhere: of the longest sums few, but never none."""
ALLOWANCE = 1 << 24
"""Products that are computed exactly in all: a second, or few where exponents spread far."""


@dataclass(frozen=True)
class BlindSpots:
    """What a case cannot show."""

    hidden: tuple[str, ...]
    """Causes that make sense for it and leave its exact result as it is."""
    not_sought: tuple[str, ...]
    """Causes of which that is not known: to compare exact results would have taken too long."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was not looked for, in words."""
        if not self.not_sought:
            return ()
        return (
            f"whether this case can show {', '.join(self.not_sought)} is not known: comparing "
            f"exact results ended after {ALLOWANCE:.1e} products",
        )


def blind_spots(case: Case) -> tuple[str, ...]:
    """Causes that make sense for the case and that it cannot show, in the catalogue's order."""
    return find_blind_spots(case).hidden


def find_blind_spots(case: Case, causes: Sequence[Cause] = CATALOGUE) -> BlindSpots:
    """The causes, of these, that the case cannot show, within an allowance of exact products.

    Changed copies of a huge image would not fit memory: of such a one two opposite corners are
    looked at, each with the image's own padding at its edges.
    """
    effort, unknown = Effort(ALLOWANCE), dict[str, None]()
    first, *others = (_blind(corner, causes, effort, unknown) for corner in _corners(case))
    hidden = tuple(cause for cause in first if all(cause in other for other in others))
    return BlindSpots(hidden, tuple(cause for cause in unknown if cause not in hidden))


def hints_for(
    summary: CaseSummary, causes: Iterable[str], *, recorded: bool = False
) -> dict[str, str]:
    """Blind spot -> the options that would show it, added to the command as it was given.

    ``recorded`` outputs are of this case alone: another one needs outputs of its own.
    """
    word = "outputs recorded with " if recorded else ""
    return {cause: word + BY_NAME[cause].hint(summary) for cause in causes}


def _corners(case: Case) -> list[Case]:
    if case.input.size <= HUGE or case.gradient is not None:  # its sums are over all of it
        return [case]
    reach = [axis.dilation * axis.taps + axis.stride for axis in case.axes]
    # As many positions as leave the padding of SAME as it is: the size modulo the stride counts.
    sizes = [
        min(axis.size, CORNER + far + (axis.size - CORNER - far) % axis.stride)
        for axis, far in zip(case.axes, reach, strict=True)
    ]
    low = (slice(1), *(slice(size) for size in sizes))
    high = (slice(-1, None), *(slice(-size, None) for size in sizes))
    return [replace(case, input=case.input[part]) for part in (low, high)]


def _blind(
    case: Case, causes: Sequence[Cause], effort: Effort, unknown: dict[str, None]
) -> tuple[str, ...]:
    # What two images show, all show; only what they hide is asked of all.
    several = len(case.input) > 2 and case.gradient is None
    some = replace(case, input=case.input[:2]) if several else case
    hidden = [cause for cause in causes if applies(cause, case)]
    for one in (some, case) if some is not case else (case,):
        look = _Look(one, effort)
        hidden = [cause for cause in hidden if not look.shows(cause)]
        unknown.update(look.unknown)
    formats = _hidden_formats(case) if causes is CATALOGUE else ()
    return (*(cause.name for cause in hidden), *formats)


class _Look:
    """A case and its values at some places."""

    def __init__(self, case: Case, effort: Effort) -> None:
        self.case, self.effort = case, effort
        self.unknown: dict[str, None] = {}
        self.points: ProbePoints = probe_points(case, BLIND)
        self.plain: Probe = probe(case, self.points, FLOAT64_ONLY)

    def shows(self, cause: Cause) -> bool:
        """Whether any of its hypotheses gives another exact result."""
        every = hypotheses(cause, self.case, self.case.output_shape)
        return any(self._differs(hypothesis) for hypothesis in every)

    def _differs(self, hypothesis: Hypothesis) -> bool:
        if hypothesis.relayout is not None:
            with np.errstate(over="ignore"):
                return bool(np.ptp(self.plain.value) > 2 * self.plain.radius.max())
        if hypothesis.channel_permutation is not None:
            return self._reordered(hypothesis.channel_permutation)
        try:
            changed = hypothesis.change(self.case)
        except SpecError:
            return False
        if changed.output_shape != self.case.output_shape:
            return True
        # Only a convolution is what its operands make it, function and order of sums apart.
        plain = hypothesis.post_op is None and not hypothesis.by_place
        if plain and same_operands(self.case, changed):
            return False
        theirs = probe(changed, self.points, FLOAT64_ONLY, hypothesis)
        with np.errstate(invalid="ignore", over="ignore"):  # two of either sign near the largest
            far = np.abs(theirs.value - self.plain.value) > theirs.radius + self.plain.radius
        if far.any():
            return True
        return plain and not self._equal(changed, hypothesis.cause)

    def _equal(self, changed: Case, cause: str) -> bool:
        """Whether the exact results are equal, everywhere or at some places.

        False where nothing is left to compare them with: no cause is called hidden unseen.
        """
        if self.effort.is_spent:
            self.unknown[cause] = None
            return False
        where = self._compared
        outputs = prod(self.case.output_shape) if where is None else len(where)
        self.effort.spend(outputs * changed.terms)
        one, two = self._exact, exact(changed, where)
        return all(
            np.array_equal(x, y, equal_nan=True)
            for x, y in ((one.s, two.s), (one.hi, two.hi), (one.lo, two.lo))
        )

    @cached_property
    def _compared(self) -> Array | None:
        """Flat indices of the outputs that are compared exactly; None for all."""
        case, points = self.case, self.points
        if prod(case.output_shape) * case.terms <= CHEAP:
            return None
        axes = [axis[:, np.newaxis] for axis in points.places]
        index = np.broadcast_arrays(*axes, points.filters[np.newaxis])
        flat = np.ravel_multi_index(tuple(index), case.output_shape).ravel()
        return flat[: max(SAMPLED // case.terms, 1)]

    @cached_property
    def _exact(self) -> Exact:
        return exact(self.case, self._compared)

    def _reordered(self, order: tuple[int, ...]) -> bool:
        every = ProbePoints(self.points.places, np.arange(self.case.output_shape[-1]))
        y = probe(self.case, every, FLOAT64_ONLY)
        with np.errstate(invalid="ignore", over="ignore"):
            moved = np.abs(y.value - y.value[:, list(order)]) > y.radius + y.radius[:, list(order)]
        return bool(moved.any())


def same_operands(a: Case, b: Case) -> bool:
    """Whether two cases are the same in geometry and numbers."""
    if not np.array_equal(_zeros_if_none(a), _zeros_if_none(b)):
        return False
    if not (_is_any(a.kernel) or _is_any(b.kernel)):  # sums of zeros, whatever they are of
        return bool(np.isfinite(a.input).all() and np.isfinite(b.input).all())
    same = [
        (one.before, one.stride, one.dilation, one.taps, one.size, one.out)
        == (two.before, two.stride, two.dilation, two.taps, two.size, two.out)
        for one, two in zip(a.axes, b.axes, strict=True)
    ]
    if not all(same) or a.spec.groups != b.spec.groups:
        return False
    return all(
        one is two or _same_numbers(one, two)
        for one, two in ((a.kernel, b.kernel), (a.input, b.input))
    )


def _is_any(array: Array) -> bool:
    """Whether any number is not 0: a few tell nearly always."""
    return bool(array.flat[:FIRST].any() or array.any())


def _same_numbers(one: Array, two: Array) -> bool:
    if one.shape != two.shape:
        return False
    nan = one.dtype.kind == "f"
    # A few numbers tell nearly always.
    few = np.array_equal(one.flat[:FIRST], two.flat[:FIRST], equal_nan=nan)
    return few and np.array_equal(one, two, equal_nan=nan)


def _zeros_if_none(case: Case) -> Array:
    return np.zeros(case.output_shape[-1]) if case.bias is None else case.bias


def _hidden_formats(case: Case) -> Iterator[str]:
    """Narrower formats that hold the operands as they are: integers hide every one."""
    widest = max((format_of(dtype) for dtype in case.dtypes), key=lambda fmt: fmt.precision)
    for fmt, name in (
        (TFLOAT32, "tf32"),
        (BFLOAT16, "bfloat16"),
        (FLOAT16, "float16"),
        (FLOAT32, "float32"),
    ):
        if fmt.precision < widest.precision and not _rounds(case, fmt):
            yield f"reduced-precision-{name}"
    for role, array in (("input", case.input), ("kernel", case.kernel)):
        if format_of(array.dtype) == FLOAT64 and not _rounds(case, FLOAT32, (role,)):
            yield f"{role}-autocast"


def _rounds(case: Case, fmt: Format, roles: tuple[str, ...] = ("input", "kernel")) -> bool:
    """Whether a format changes any operand: a few numbers tell nearly always."""
    for role in roles:
        array = getattr(case, role)
        for part in (array.flat[:FIRST], *array):  # a copy of all may not fit memory
            if not np.array_equal(cast(part, fmt), part, equal_nan=array.dtype.kind == "f"):
                return True
    return False
