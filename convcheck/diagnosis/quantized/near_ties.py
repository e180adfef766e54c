"""Where formulas may differ at all: near ties, at limits that differ, and where a sum wraps.

A formula's v is an integer within B of r. Where r is farther than B - 1/2 from every half-integer
only one integer is, so that all formulas of such a bound give the same output. That leaves few of
millions of outputs to look at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from convcheck.quantized.blocks import blocks
from convcheck.quantized.parameters import Integers, Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.sums import Sums
from convcheck.verdict.quantized.bounds import bound_of
from convcheck.verdict.quantized.meant import wrapping
from convcheck.verdict.quantized.quotients import Quotients

if TYPE_CHECKING:
    from convcheck.results import Array

Flat = NDArray[np.intp]
_SLACK = 1e-12
"""Above what the constants of a bound are off in float64."""
FIRST = 1 << 16
"""Places at which all formulas are compared before the rest; and of the rest at once."""


def near_ties(sums: Sums, p: Parameters, names: Sequence[str]) -> Flat:
    """Flat indices of the outputs where these formulas may differ; all others are alike."""
    bounds = [bound_of(FORMULAS[name], sums, p) for name in names]
    constant = np.max([[float(c) for c in one.constant] for one in bounds], axis=0)
    relative = np.max([[float(k) for k in one.relative] for one in bounds], axis=0)
    wrapped = wrapping(names, sums, p)
    found = []
    for block in blocks(sums):
        quotients = Quotients(block.sums, p)
        r = quotients.value
        room = constant - 0.5 + relative * np.abs(r) + 2 * quotients.margin + _SLACK
        near = np.abs(r - np.floor(r) - 0.5) <= room
        near |= _at_limits(r + p.output_zero_point, room, p, names)
        for name in wrapped:
            near |= FORMULAS[name].wraps(block.sums, p)
        found.append(np.flatnonzero(near) + block.places.start * r.shape[-1])
    return np.concatenate(found)


def _at_limits(value: Array, room: Array, p: Parameters, names: Sequence[str]) -> Array:
    """Outputs at an end to which not all formulas clamp alike."""
    lows, highs = np.array([FORMULAS[name].limits(p) for name in names]).T
    near = np.zeros(value.shape, bool)
    if (lows != lows[0]).any():
        near |= value <= lows.max() + 1 + room
    if (highs != highs[0]).any():
        near |= value >= highs.min() - 1 - room
    return near


def outputs_at(sums: Sums, p: Parameters, flat: Flat, names: Sequence[str]) -> dict[str, Integers]:
    """What each formula gives at these outputs."""
    filters = sums.products.shape[-1]
    channels = flat % filters
    few = Sums(
        sums.products.ravel()[flat],
        _of(sums.bias, channels),
        _of(sums.real_bias, channels),
        sums.bias_is_real,
    )
    apart = p
    if not p.by_tensor:
        # As if each were a channel; one more, so that a single one is none by tensor.
        apart = replace(p, kernel_scale=np.append(p.w[channels], p.w[:1]), kernel_zero_point=0)
        few = Sums(
            np.append(few.products, 0),
            None if few.bias is None else np.append(few.bias, 0),
            None if few.real_bias is None else np.append(few.real_bias, np.float32(0)),
            few.bias_is_real,
        )
    known: dict[str, Integers] = {}

    def given(name: str) -> Integers:
        if name not in known:
            known[name] = FORMULAS[name].output(few, apart)[: len(flat)]
        return known[name]

    in_vectors = {
        "MIX8": channels < filters // 8 * 8,
        "MIX16": flat < sums.products.size // 16 * 16,
    }
    found = {}
    for name in names:
        base, _, multiplier = name.partition("/")
        if base in in_vectors:
            up, away = given(f"DU/{multiplier}"), given(f"D/{multiplier}")
            found[name] = np.where(in_vectors[base], up, away)
        else:
            found[name] = given(name)
    return found


def outputs_by_piece(
    sums: Sums, p: Parameters, flat: Flat, names: Sequence[str]
) -> Iterator[tuple[Flat, dict[str, Integers]]]:
    """The same, a few places at a time: of multipliers above 1/4 half of all are near ties."""
    for first in range(0, len(flat), FIRST):
        piece = flat[first : first + FIRST]
        yield piece, outputs_at(sums, p, piece, names)


def _of(by_channel: Array | None, channels: Flat) -> Array | None:
    return None if by_channel is None else by_channel[channels]


def alike(
    sums: Sums, p: Parameters, names: Sequence[str] = tuple(FORMULAS)
) -> tuple[tuple[str, ...], ...]:
    """Groups of formulas that give the same outputs everywhere: what a case cannot tell apart."""
    flat = near_ties(sums, p, names)
    some = flat[:: max(1, len(flat) // FIRST)]
    groups = _equal(sums, p, some, names)
    if len(some) < len(flat):
        # What the first look leaves together is nearly always of one kind, with fewer near ties.
        groups = [
            part
            for group in groups
            if len(group) > 1
            for part in _equal(sums, p, near_ties(sums, p, group), group)
        ]
    return tuple(group for group in groups if len(group) > 1)


def _equal(sums: Sums, p: Parameters, flat: Flat, names: Sequence[str]) -> list[tuple[str, ...]]:
    seen = {name: blake2b() for name in names}
    for _, outputs in outputs_by_piece(sums, p, flat, names):
        for name, output in outputs.items():
            seen[name].update(output.tobytes())
    groups: dict[bytes, list[str]] = {}
    for name, digest in seen.items():
        groups.setdefault(digest.digest(), []).append(name)
    return [tuple(group) for group in groups.values()]
