"""Hypotheses about integers that every output allows, and which of them are the same here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcheck.diagnosis.quantized.observation import IntegerObservation
from convcheck.diagnosis.quantized.replay import Changed, Replayed
from convcheck.verdict.quantized.meant import wrapping

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
    """A hypothesis held against every output; None where one refutes it."""
    whole, out = changed.whole, changed.out
    if not observation.held(whole, out).all():
        return None
    if observation.holds_sums:
        acc, products = whole.sums.acc, whole.sums.products
        sums = acc if np.array_equal(out, acc) else products
        if not np.array_equal(out, sums):
            return None
        return Held(changed, (), (), _in_place(observation, changed, sums), 0.0)
    wrapped = wrapping(observation.formulas, whole.sums, whole.p)
    within = tuple(
        name
        for name in observation.formulas
        if name not in wrapped and whole.within(out, name).all()
    )
    if not within:
        return None
    given = tuple(name for name in within if _gives(whole, out, name))
    left = float(np.abs(out - whole.expected).sum())
    return Held(changed, within, given, _in_place(observation, changed, whole.expected), left)


def _gives(whole: Replayed, out: Array, name: str) -> bool:
    return bool(np.array_equal(whole.formula(name).output(whole.sums, whole.p), out))


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


def grouped(held: Sequence[Held]) -> list[list[Held]]:
    """Those that cannot be told apart here stand together."""
    groups: list[list[Held]] = []
    for one in held:
        same = (group for group in groups if _is_same(group[0].expected, one.expected))
        group = next(same, None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    return groups


def _is_same(a: Array, b: Array) -> bool:
    """Equal but for what float64 rounds of a real bias."""
    return bool(np.allclose(a, b, rtol=1e-12, atol=1e-9))
