"""``requantization-rounding``: two outputs that round the same sums by different formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcheck.causes.fixes import fix_for
from convcheck.diagnosis.quantized.near_ties import near_ties, outputs_by_piece
from convcheck.quantized.blocks import blocks
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.requantize.words import formula_words, real_words
from convcheck.quantized.sums import Sums
from convcheck.results import PASSES, Difference, Finding, Judgement, Sides
from convcheck.verdict.evidence import status_if_shown
from convcheck.verdict.quantized.quotients import Quotients
from convcheck.verdict.quantized.truth import BlockTruth

if TYPE_CHECKING:
    from convcheck.results import Array, Index

CAUSE = "requantization-rounding"
_USUAL_8 = ("F1", "DU/Mdbl", "D/Mdbl", "MIX8/Mdbl", "ON", "F2", "FB")
_USUAL_16 = ("I64/Mdbl", "DU/Mdbl", "D/Mdbl", "MIX8/Mdbl")
"""Formulas of most runtimes: named first where several give an output and none is declared."""


@dataclass(frozen=True)
class _Side:
    """An output of a pair, and the formula that it is told by."""

    judgement: Judgement
    array: Array
    formula: str
    """One that gives every output, or the one that misses the fewest."""
    reproduced: bool
    missed: int = 0
    """Outputs that the formula gives otherwise."""

    @property
    def name(self) -> str:
        return self.judgement.output.name

    def does(self) -> str:
        """What it computes by, as far as that is known."""
        if self.reproduced:
            return f"{formula_words(self.formula)} ({self.formula})"
        return (
            f"no formula of the catalogue gives every output, {self.missed:,} differ from the "
            f"nearest ({self.formula})"
        )


def detect(
    sums: Sums, p: Parameters, judgements: Sequence[Judgement], pairs: Sequence[Difference]
) -> Iterator[Finding]:
    """Pairs of right outputs that no one formula gives both."""
    by_name = {one.output.name: one for one in judgements if _is_requantized(one)}
    nearest: dict[str, tuple[str, int]] = {}
    for pair in pairs:
        if pair.a in by_name and pair.b in by_name and pair.unequal:
            yield _finding(sums, p, by_name, pair, nearest)


def _is_requantized(judgement: Judgement) -> bool:
    found = judgement.requantization
    return judgement.status in PASSES and found is not None and not found.holds_sums


def _finding(
    sums: Sums,
    p: Parameters,
    by_name: Mapping[str, Judgement],
    pair: Difference,
    nearest: dict[str, tuple[str, int]],
) -> Finding:
    a, b = (_side(sums, p, by_name[name], nearest) for name in (pair.a, pair.b))
    element = _element(sums, p, a, b)
    words = f"{a.name}: {a.does()}; {b.name}: {b.does()}. {element}. {_nearer(a, b)}"
    return Finding(
        cause=CAUSE,
        implementation=a.name,
        # No formula gives both: else the two would be equal.
        status=status_if_shown(a.reproduced and b.reproduced),
        summary=words.strip(),
        fix=fix_for(CAUSE, None, a.judgement.output),
        beside=b.name,
        sides=Sides((a.does(), b.does()), element),
    )


def _side(
    sums: Sums, p: Parameters, judgement: Judgement, nearest: dict[str, tuple[str, int]]
) -> _Side:
    output, found = judgement.output, judgement.requantization
    assert found is not None
    assert output.array is not None
    declared = [name for name in output.formulas if name in FORMULAS]
    given = [name for name in declared if name in found.reproduced_by] or sorted(
        found.reproduced_by, key=_how_usual(p)
    )
    if given:
        return _Side(judgement, output.array, given[0], reproduced=True)
    if output.name not in nearest:
        names = declared or sorted(FORMULAS, key=_how_usual(p))
        nearest[output.name] = _nearest_formula(sums, p, output.array, names)
    formula, missed = nearest[output.name]
    return _Side(judgement, output.array, formula, reproduced=False, missed=missed)


def _how_usual(p: Parameters) -> Callable[[str], int]:
    """Place of a formula among those that runtimes use for such an input."""
    usual = _USUAL_16 if p.input_dtype == "int16" else _USUAL_8
    order = [*usual, *(name for name in FORMULAS if name not in usual)]
    return order.index


def _nearest_formula(
    sums: Sums, p: Parameters, out: Array, names: Sequence[str]
) -> tuple[str, int]:
    """The formula that gives the most outputs, and how many it does not.

    An output of floats in between may part from all of them elsewhere than near ties, but not where
    it is the nearest integer too.
    """
    flat = np.union1d(near_ties(sums, p, tuple(FORMULAS)), _not_nearest(sums, p, out))
    missed = dict.fromkeys(names, 0)
    for piece, given in outputs_by_piece(sums, p, flat, names):
        there = out.ravel()[piece]
        for name, one in given.items():
            missed[name] += int(np.count_nonzero(one != there))
    best = min(missed, key=missed.__getitem__)
    return best, missed[best]


def _not_nearest(sums: Sums, p: Parameters, out: Array) -> Array:
    """Flat indices of the outputs that are not the real number's nearest integer."""
    filters = out.shape[-1]
    rows, found = out.reshape(-1, filters), []
    for block in blocks(sums):
        truth = BlockTruth(block, p)
        given = rows[block.places].astype(np.int64)  # 8 bits would wrap
        off = np.flatnonzero(given - p.output_zero_point != np.rint(truth.clamped))
        found.append(off + block.places.start * filters)
    return np.concatenate(found)


def _element(sums: Sums, p: Parameters, a: _Side, b: _Side) -> str:
    """One element where they differ: of those the one with the smallest sum."""
    different = np.flatnonzero(a.array.ravel() != b.array.ravel())
    acc = sums.acc.ravel()[different]
    flat = int(different[int(np.argmin(np.abs(acc)))])
    index: Index = tuple(int(i) for i in np.unravel_index(flat, a.array.shape))
    zero = p.output_zero_point
    integer = sums.products if sums.bias_is_real else sums.acc
    real = float(Quotients(sums, p).fraction(index[-1], int(integer[index])) + zero)
    given = ", ".join(f"{_formula_or_name(side)} gives {int(side.array[index])}" for side in (a, b))
    with_zero = f" (zero point {zero} included)" if zero else ""
    sum_ = int(sums.acc[index])
    return f"At {index} the sum is {sum_}, the real value {real_words(real)}{with_zero}: {given}"


def _formula_or_name(side: _Side) -> str:
    return side.formula if side.reproduced else side.name


def _nearer(a: _Side, b: _Side) -> str:
    """Which is nearer to the real numbers, in all."""
    one, two = a.judgement.error, b.judgement.error
    if one is None or two is None:
        return ""
    if one.sum_abs == two.sum_abs:
        return "Both are equally near to the real numbers in all."
    near, far = (a, b) if one.sum_abs < two.sum_abs else (b, a)
    counts = (near.judgement.error, far.judgement.error)
    rounded = [one.total - one.correctly_rounded for one in counts if one is not None]
    return (
        f"{near.name} is nearer to the real numbers in all: {rounded[0]:,} of its outputs are not "
        f"the nearest integer, {rounded[1]:,} of {far.name}."
    )
