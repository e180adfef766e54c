"""Pairs of causes: a two-step search on few outputs, where no single cause holds.

The kernels of all changes of the kernel are multiplied at once by what each other change reads;
steps, scales and offsets are then tried on every value found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.errors import SpecError
from convcheck.verdict.explanations.variant import Variant
from convcheck.verdict.families import fitted
from convcheck.verdict.glimpse import Seen, columns, read, seen
from convcheck.verdict.search import MORE, Suspect, variants

if TYPE_CHECKING:
    from convcheck.results import Array

LOOK = (16, 3)
"""Places and filters of the first look at a pair."""
KEPT = 12
"""Pairs that are looked at again."""


@dataclass(frozen=True)
class _First:
    """A first change, made."""

    variant: Variant | None
    case: Case


def pairs(suspect: Suspect) -> list[Variant]:
    """Pairs of changes that every sampled output may be of; commonest first."""
    found: list[Variant] = []
    for pair in _looked_at(suspect):
        if suspect.survives(pair, MORE):
            found.append(pair)
        if len(found) >= KEPT:
            break
    return found


def _looked_at(suspect: Suspect) -> Iterator[Variant]:
    every = list(variants(suspect.case, suspect.out.shape))
    kernels = [v for v in every if v.part == "kernel" and v.order is None]
    values = [v for v in every if v.part == "value" and v.step is not None]
    views = [v for v in every if v.step is None and (v.view is not None or v.order is not None)]
    # Changes that compute new inputs first: what follows them is cheap.
    places = sorted((v for v in every if v.part == "place"), key=lambda v: not v.roundings)
    yield from _kernels_under(suspect, _First(None, suspect.case), kernels, values)
    for i, first in enumerate(places):
        made = _make(suspect, suspect.case, first)
        if made is None:
            continue
        yield from _kernels_under(suspect, _First(first, made), kernels, values)
        for second in places[i + 1 :]:
            if second.cause == first.cause or second.roundings:
                continue
            both = first.then(second)
            twice = _make(suspect, made, second)
            if twice is not None and suspect.holds(twice, suspect.out, both, LOOK):
                yield both
    for view in views:
        try:
            shown = Suspect(suspect.case, view.seen(suspect.out), suspect.arithmetic)
        except ValueError:
            continue
        for other in (*kernels, *places):
            if other.cause != view.cause and shown.survives(other, LOOK):
                yield other.then(view)


def _make(suspect: Suspect, case: Case, variant: Variant) -> Case | None:
    try:
        made = variant.change(case)
    except (SpecError, ValueError, IndexError):
        return None
    # An integer arithmetic does not have the numbers of a scaled input.
    foreign = suspect.arithmetic.is_integer and made.input.dtype.kind == "f"
    return None if foreign else made


def _kernels_under(
    suspect: Suspect, first: _First, kernels: list[Variant], values: list[Variant]
) -> Iterator[Variant]:
    """A first change together with each change of the kernel, of two, of values."""
    case, arithmetic = first.case, suspect.arithmetic
    if suspect.out.shape != case.output_shape:
        return
    where = suspect.spots(case, LOOK)
    given = where.of(suspect.out)
    inputs = read(case, where, arithmetic)
    roundings = first.variant if first.variant and first.variant.roundings else None
    plain = seen(inputs, *columns(case, where.filters, arithmetic), arithmetic, roundings, case)
    if first.variant is not None:
        yield from _with_values(suspect, first.variant, case, plain, given, values)
    made = [(variant, _make(suspect, case, variant)) for variant in kernels]
    changed = [(v, c) for v, c in made if c is not None and c.output_shape == case.output_shape]
    for variant, one in changed:
        table, bias = columns(one, where.filters, arithmetic)
        if len(table) != inputs.shape[1]:
            continue
        result = seen(inputs, table, bias, arithmetic, roundings, case)
        if first.variant is not None:
            if first.variant.cause != variant.cause and result.holds(given).all():
                yield first.variant.then(variant)
            continue
        yield from _with_values(suspect, variant, one, result, given, values)
        for second in kernels:
            if second.cause == variant.cause:
                continue
            two = _make(suspect, one, second)
            if two is None or two.output_shape != one.output_shape:
                continue
            table, bias = columns(two, where.filters, arithmetic)
            if len(table) == inputs.shape[1] and (
                seen(inputs, table, bias, arithmetic).holds(given).all()
            ):
                yield variant.then(second)


def _with_values(
    suspect: Suspect, first: Variant, case: Case, plain: Seen, given: Array, values: list[Variant]
) -> Iterator[Variant]:
    """A first change, then a known step or a fitted scale or offset."""
    for second in values:
        if plain.after(second, suspect.arithmetic).holds(given).all():
            yield first.then(second)
    if _linear(plain.value, given):
        where = suspect.spots(case, MORE)
        for second in fitted(case, suspect.out, where, suspect.arithmetic):
            if second.cause != first.cause:
                yield first.then(second)


def _linear(value: Array, given: Array) -> bool:
    """Whether the outputs may be a line over the values: what a scale and an offset leave."""
    x, y = value.ravel(), given.ravel()
    if len(x) < 3 or not (np.isfinite(x).all() and np.isfinite(y).all()):
        return True
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.linalg.norm(x) * np.linalg.norm(y))
    return scale > 0 and abs(float(x @ y)) >= (1 - 1e-4) * scale
