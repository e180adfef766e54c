"""Operators of several inputs: concatenations and sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.against.naming.reading import Family, Given, Named, Reading, Seen

if TYPE_CHECKING:
    from convcheck.results import Array


def _join_readings(given: Given, seen: Seen) -> Iterator[Reading]:
    y = seen.values
    if len(given.arrays) < 2 or any(x.shape[:-1] != y.shape[:-1] for x in given.arrays):
        return
    if sum(x.shape[-1] for x in given.arrays) != y.shape[-1]:
        return
    order = _order(given.arrays, seen, ())
    if order is not None:
        yield Reading("join", order, f"joins {', '.join(str(i + 1) for i in order)}")


def _order(arrays: Sequence[Array], seen: Seen, taken: tuple[int, ...]) -> tuple[int, ...] | None:
    """The order in which the arrays are joined; the first that fits in run order."""
    start = sum(arrays[i].shape[-1] for i in taken)
    if len(taken) == len(arrays):
        return taken
    for i, x in enumerate(arrays):
        if i not in taken and seen.part(slice(start, start + x.shape[-1])).is_(x):
            found = _order(arrays, seen, (*taken, i))
            if found is not None:
                return found
    return None


def _join_named(one: Reading, other: Reading, given: Given) -> Named | None:
    return None if one.value == other.value else Named("concat-order")


def _sum_readings(given: Given, seen: Seen) -> Iterator[Reading]:
    y = seen.values
    if len(given.arrays) < 2 or any(x.shape != y.shape for x in given.arrays):
        return
    columns = np.stack([x.reshape(-1) for x in given.arrays], axis=1)
    if len(columns) < 4 * columns.shape[1] or not np.isfinite(columns).all():
        return
    if not np.isfinite(y).all():
        return
    factors, *_ = np.linalg.lstsq(columns, y.reshape(-1), rcond=None)
    rounded = [float(f"{f:.3g}") if abs(f) > 1e-6 else 0.0 for f in factors]
    for tried in (rounded, list(map(float, factors))):
        total = sum(f * x for f, x in zip(tried, given.arrays, strict=True))
        if seen.is_(np.asarray(total)):
            words = " + ".join(
                f"{i + 1}" if f == 1 else f"{f:.6g} · {i + 1}"
                for i, f in enumerate(tried, start=0)
                if f
            )
            plain = sorted(tried) == [0.0] * (len(tried) - 1) + [1.0]
            verb = "takes input" if plain else "sums inputs"
            yield Reading("sum", tuple(tried), f"{verb} {words}", plain=plain)
            return


def _sum_named(one: Reading, other: Reading, given: Given) -> Named | None:
    if one.value == other.value:
        return None
    left_out = [{i for i, f in enumerate(r.value) if f == 0} for r in (one, other)]
    return Named("layer-left-out" if left_out[0] != left_out[1] else "summand-scale")


JOINS = Family(_join_readings, _join_named)
SUMS = Family(_sum_readings, _sum_named)
