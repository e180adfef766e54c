"""Hypotheses about integers that every output allows, and which of them are the same here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from convcheck.diagnosis.quantized.observation import IntegerObservation
from convcheck.diagnosis.quantized.replay import Changed, Replayed
from convcheck.quantized.blocks import blocks
from convcheck.verdict.quantized.bounds import Bound, bound_of
from convcheck.verdict.quantized.meant import wrapping
from convcheck.verdict.quantized.quotients import within
from convcheck.verdict.sums import sum_of, sum_of_sums

if TYPE_CHECKING:
    from convcheck.results import Array


@dataclass(frozen=True)
class Held:
    """A hypothesis that every output allows."""

    changed: Changed
    within: tuple[str, ...]
    """Formulas within whose bound every output is; () where outputs are sums."""
    reproduced: tuple[str, ...]
    """Those that give every output."""
    expected: Array
    """Where outputs should be, in the layout of the output seen."""
    left: float
    """Summed distance of the outputs from there."""


def confirm(observation: IntegerObservation, changed: Changed) -> Held | None:
    """A hypothesis held against every output, block by block; None where one refutes it."""
    whole, out = changed.whole, changed.out
    if observation.holds_sums:
        return _confirm_sums(observation, changed)
    wrapped = wrapping(observation.formulas, whole.sums, whole.p)
    kept = [name for name in observation.formulas if name not in wrapped]
    given = list(kept)
    bounds = {name: bound_of(whole.formula(name), whole.sums, whole.p) for name in kept}
    rows = out.reshape(-1, out.shape[-1])
    expected = np.empty(rows.shape)
    left = []
    for block in blocks(whole.sums):
        part, seen = replace(whole, sums=block.sums), rows[block.places]
        if not part.may_give(seen).all():
            return None
        kept = [name for name in kept if _holds(part, seen, name, bounds[name])]
        if not kept:
            return None
        given = [name for name in given if name in kept and _gives(part, seen, name)]
        expected[block.places] = part.expected
        left.append(sum_of(np.abs(seen - part.expected)))
    placed = _in_place(observation, changed, expected.reshape(out.shape))
    return Held(replace(changed), tuple(kept), tuple(given), placed, sum_of_sums(left))


def _confirm_sums(observation: IntegerObservation, changed: Changed) -> Held | None:
    out = changed.out
    for sums in (changed.whole.sums.acc, changed.whole.sums.products):
        if np.array_equal(out, sums):
            return Held(replace(changed), (), (), _in_place(observation, changed, sums), 0.0)
    return None


def _holds(part: Replayed, out: Array, name: str, bound: Bound) -> bool:
    return bool(within(out, part.quotients, bound, part.formula(name).limits(part.p)).all())


def _gives(part: Replayed, out: Array, name: str) -> bool:
    return bool(np.array_equal(part.formula(name).output(part.sums, part.p), out))


def _in_place(observation: IntegerObservation, changed: Changed, values: Array) -> Array:
    """Values in the layout of the output seen."""
    convolution = changed.hypothesis.convolution
    if convolution is None or (
        convolution.relayout is None and convolution.channel_permutation is None
    ):
        return values
    flat = np.arange(observation.out.size).reshape(observation.out.shape)
    found = np.empty(observation.out.size, values.dtype)
    found[convolution.to_case_layout(flat).ravel()] = values.ravel()
    return found.reshape(observation.out.shape)


def grouped(held: Iterable[Held]) -> list[list[Held]]:
    """Those that cannot be told apart here stand together, and keep one array of outputs."""
    groups: list[list[Held]] = []
    for one in held:
        same = (group for group in groups if is_same(group[0].expected, one.expected))
        group = next(same, None)
        if group is None:
            groups.append([one])
        else:
            group.append(replace(one, expected=group[0].expected))
    return groups


def is_same(a: Array, b: Array) -> bool:
    """Equal but for what float64 rounds of a real bias."""
    return bool(np.allclose(a, b, rtol=1e-12, atol=1e-9))
