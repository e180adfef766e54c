"""The numbers of a region: exact, each output with its error and bound, and what they are made of.

The same code that judged the outputs computes them again, of the region alone; errors over bounds
and ULPs are those that were kept when the outputs were judged.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.excerpt.cut import block, cut, group_sizes, whole_tiles
from convcheck.excerpt.data import Numbers, OutputNumbers
from convcheck.excerpt.encode import encode, encode_figures
from convcheck.excerpt.integers import IntegerResults
from convcheck.excerpt.region import Cost, choose
from convcheck.results import Check, Judgement
from convcheck.truth.arithmetic import Arithmetic
from convcheck.truth.formats import Floats, Format, format_of
from convcheck.truth.windows import forward_kernel
from convcheck.verdict.assessment import reference_and_bound
from convcheck.verdict.references import ReferenceCache

if TYPE_CHECKING:
    from convcheck.excerpt.data import Region
    from convcheck.results import Array, Index

    Make = Callable[[Judgement, Array], OutputNumbers]

_MOST_WORST = 100
_TRIES = 7
_ENOUGH, _CAREFULLY = 0.8, 0.97
"""A region is taken that fills so much of the room; the next one is chosen a little smaller."""
_BASE64 = 3 / 4
_MAPS, _EXACT = 4 * 3.0, 8.0
"""Bytes of an output's four figures, whose lowest bytes are nearly all zero, and of exact."""


def take_numbers(
    case: Case,
    check: Check,
    center: Index,
    most_bytes: int,
    integers: IntegerResults | None = None,
) -> Numbers | None:
    """As many numbers around this element as fit; None where none do.

    How far they can be deflated is known only afterwards: the first region is for numbers that
    cannot, and each after it for what was seen in those before.
    """
    cost = Cost(
        element=_EXACT + sum(_MAPS + a.itemsize for a in _arrays(case, check) if a is not None),
        input=_itemsize(case.input),
        kernel=_itemsize(case.kernel),
    )
    found, fits, exceeds = None, 0.0, math.inf
    seen: list[Region] = []
    aim = most_bytes * _BASE64
    for _ in range(_TRIES):
        region = choose(case, center, cost, aim)
        if region is None or region in seen:
            break
        seen.append(region)
        tried = numbers_of(case, check, region, integers)
        spent = cost.of(case, [stop - start for start, stop in region])
        if tried.size <= most_bytes:
            found, fits = tried, max(fits, spent)
            if tried.size > _ENOUGH * most_bytes or _is_whole(region, case):
                break
        else:
            exceeds = min(exceeds, spent)
        aim = spent * most_bytes / tried.size * _CAREFULLY
        if not fits < aim < exceeds:  # what lies around deflates less well than what lies inside
            aim = math.sqrt(fits * exceeds)
    return found


def numbers_of(
    case: Case, check: Check, region: Region, integers: IntegerResults | None = None
) -> Numbers:
    """All numbers of a region; ``integers``: of a quantized case, over all of its outputs."""
    of_output, exact = (
        _real_numbers(case, region) if integers is None else _of_integers(integers, region)
    )
    window = _window(region)
    outputs, over = [], None
    for judgement, array in zip(check.judgements, _arrays(case, check), strict=True):
        if array is None:
            outputs.append(OutputNumbers(_dtype(judgement)))
            continue
        numbers = of_output(judgement, array[window])
        if judgement.maps is not None:
            ratio, ulps = judgement.maps.over_bound[window], judgement.maps.ulps[window]
            numbers = replace(numbers, over=encode_figures(ratio), ulps=encode_figures(ulps))
            over = ratio if over is None else np.fmax(over, ratio)
        outputs.append(numbers)
    read = block(case, region)
    filters = slice(*region[-1])
    found = Numbers(
        region=region,
        input=encode(case.input[read.window]),
        input_start=read.start,
        kernel=encode(forward_kernel(case, case.kernel)[..., filters]),
        bias=None if case.bias is None else encode(case.bias[filters]),
        group=group_sizes(case),
        reads=read.reads,
        exact=encode(exact),
        outputs=tuple(outputs),
        worst=_worst(over, region),
    )
    if integers is None:
        return found
    formulas = integers.formulas(window)
    return replace(
        found,
        sums=encode(integers.acc[window]),
        formulas=tuple((name, encode(values)) for name, values in formulas),
    )


def _real_numbers(case: Case, region: Region) -> tuple[Make, Array]:
    """What makes the numbers of an output over a region, and the exact result there."""
    part = cut(case, region)
    references = ReferenceCache(part.case, exact_everywhere=True)

    def of_output(judgement: Judgement, here: Array) -> OutputNumbers:
        whole = np.zeros(part.case.output_shape, here.dtype)
        whole[part.window] = here
        error = np.abs(references.given.error(whole))[part.window]
        numbers = OutputNumbers(_dtype(judgement), encode(here), encode_figures(error))
        if judgement.declared is None:
            return numbers
        stored = format_of(here.dtype)
        if judgement.declared.tiling is not None:
            limits = _limits_by_tiles(case, region, judgement.declared, stored)
            return replace(numbers, bound=encode_figures(limits))
        _, bound = reference_and_bound(references, judgement.declared, stored)
        return replace(numbers, bound=encode_figures(bound.limit[part.window]))

    return of_output, references.given.value[part.window]


def _limits_by_tiles(case: Case, region: Region, arithmetic: Arithmetic, stored: Format) -> Floats:
    """The bound of each output of a region, by an algorithm whose tiles are not cut apart."""
    assert arithmetic.tiling is not None
    wide = whole_tiles(case, region, arithmetic.tiling)
    part = cut(case, wide)
    references = ReferenceCache(part.case, exact_everywhere=True)
    _, bound = reference_and_bound(references, arithmetic, stored)
    inside = tuple(
        slice(start - first, stop - first)
        for (start, stop), (first, _) in zip(region, wide, strict=True)
    )
    limits: Floats = bound.limit[part.window][inside]
    return limits


def _of_integers(integers: IntegerResults, region: Region) -> tuple[Make, Array]:
    """The same of a quantized case, whose exact result are real numbers in steps."""
    window = _window(region)

    def of_output(judgement: Judgement, here: Array) -> OutputNumbers:
        error = np.abs(here.astype(np.float64) - integers.real[window])
        return OutputNumbers(_dtype(judgement), encode(here), encode_figures(error))

    return of_output, integers.real[window]


def _window(region: Region) -> tuple[slice, ...]:
    return tuple(slice(*axis) for axis in region)


def _arrays(case: Case, check: Check) -> list[Array | None]:
    """The output of each judgement, where it has the case's shape and kind of numbers."""
    shape = case.output_shape
    arrays = (j.output.array if check.is_comparable(j) else None for j in check.judgements)
    return [array if array is not None and array.shape == shape else None for array in arrays]


def _dtype(judgement: Judgement) -> str:
    array = judgement.output.array
    return "" if array is None else array.dtype.name


def _itemsize(array: Array) -> int:
    """In a page, where the narrow formats are float32."""
    return max(array.itemsize, 4) if array.dtype.kind not in "iub" else array.itemsize


def _is_whole(region: Region, case: Case) -> bool:
    return region == tuple((0, size) for size in case.output_shape)


def _worst(over: Array | None, region: Region) -> tuple[Index, ...]:
    """Indices in the whole output of the largest ratios; without any, none."""
    if over is None:
        return ()
    flat = np.nan_to_num(over, nan=-1.0, posinf=np.inf).ravel()
    count = min(_MOST_WORST, flat.size)
    some = np.argpartition(-flat, count - 1)[:count]
    order = some[np.lexsort((some, -flat[some]))]
    starts = [start for start, _ in region]
    found = np.stack(np.unravel_index(order[flat[order] > 0], over.shape), axis=-1) + starts
    return tuple(map(tuple, found.tolist()))
