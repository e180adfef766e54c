"""Pairs of causes: a two-step search on few outputs, where no single cause holds.

The kernels of all changes of the kernel are multiplied at once by what each other change reads;
functions, scales and offsets are then tried on every value found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.cause import Hypothesis
from convcheck.diagnosis.detectors.single import EXPLAINABLE
from convcheck.diagnosis.findings import explain
from convcheck.diagnosis.fitted import fitted
from convcheck.diagnosis.observation import Observation
from convcheck.diagnosis.probe import Probe, im2col, kernel_matrix, multiply
from convcheck.diagnosis.probe_points import MORE, PAIR
from convcheck.errors import SpecError
from convcheck.results import Finding

if TYPE_CHECKING:
    from convcheck.results import Array

MOST_PAIRS = 12
"""Pairs that are confirmed on the whole output."""


def detect(observation: Observation) -> Iterator[Finding]:
    """An output that two changes at once explain, where no single one does."""
    if observation.status in EXPLAINABLE and observation.computable:
        found = explain(observation, surviving_pairs(observation))
        if found is not None:
            yield found


@dataclass(frozen=True)
class _First:
    """A first change, made."""

    hypothesis: Hypothesis | None
    case: Case


def surviving_pairs(observation: Observation) -> list[Hypothesis]:
    """Pairs of changes that every output probed may be of; commonest first."""
    found: list[Hypothesis] = []
    for pair in _candidates(observation):
        if observation.survives(pair, MORE):
            found.append(pair)
        if len(found) >= MOST_PAIRS:
            break
    return found


def _candidates(observation: Observation) -> Iterator[Hypothesis]:
    every = [one for one in observation.hypotheses() if not one.alone]
    kernels = [h for h in every if h.changes == "kernel" and h.channel_permutation is None]
    values = [h for h in every if h.changes == "values" and h.post_op is not None]
    relayouts = [
        h
        for h in every
        if h.post_op is None and (h.relayout is not None or h.channel_permutation is not None)
    ]
    # Changes that compute new inputs first: what follows them is cheap.
    reads = sorted((h for h in every if h.changes == "reads"), key=lambda h: not h.roundings)
    yield from _kernels_under(observation, _First(None, observation.case), kernels, values)
    for i, first in enumerate(reads):
        made = _make(observation, observation.case, first)
        if made is None:
            continue
        yield from _kernels_under(observation, _First(first, made), kernels, values)
        for second in reads[i + 1 :]:
            if second.cause == first.cause or second.roundings:
                continue
            both = first.then(second)
            twice = _make(observation, made, second)
            if twice is not None and observation.holds(twice, observation.out, both, PAIR):
                yield both
    for view in relayouts:
        try:
            shown = replace(observation, out=view.to_case_layout(observation.out))
        except ValueError:
            continue
        for other in (*kernels, *reads):
            if other.cause != view.cause and shown.survives(other, PAIR):
                yield other.then(view)


def _make(observation: Observation, case: Case, hypothesis: Hypothesis) -> Case | None:
    try:
        made = hypothesis.change(case)
    except (SpecError, ValueError, IndexError):
        return None
    # An integer arithmetic does not have the numbers of a scaled input or kernel.
    scaled = "f" in (made.input.dtype.kind, made.kernel.dtype.kind)
    foreign = observation.arithmetic.is_integer and scaled
    return None if foreign else made


def _kernels_under(
    observation: Observation, first: _First, kernels: list[Hypothesis], values: list[Hypothesis]
) -> Iterator[Hypothesis]:
    """A first change together with each change of the kernel, of two, of values."""
    case, arithmetic = first.case, observation.arithmetic
    if observation.out.shape != case.output_shape:
        return
    points = observation.points(case, PAIR)
    given = points.of(observation.out)
    inputs = im2col(case, points, arithmetic)
    rounding = first.hypothesis is not None and first.hypothesis.roundings
    own = (first.hypothesis, case) if first.hypothesis and rounding else None
    plain = multiply(inputs, kernel_matrix(case, points.filters, arithmetic), arithmetic, own)
    if first.hypothesis is not None:
        yield from _with_values(observation, first.hypothesis, case, plain, given, values)
    made = [(hypothesis, _make(observation, case, hypothesis)) for hypothesis in kernels]
    changed = [(v, c) for v, c in made if c is not None and c.output_shape == case.output_shape]
    for hypothesis, one in changed:
        matrix = kernel_matrix(one, points.filters, arithmetic)
        if len(matrix.values) != inputs.values.shape[1]:
            continue
        result = multiply(inputs, matrix, arithmetic, own)
        if first.hypothesis is not None:
            if first.hypothesis.cause != hypothesis.cause and result.holds(given).all():
                yield first.hypothesis.then(hypothesis)
            continue
        yield from _with_values(observation, hypothesis, one, result, given, values)
        for second in kernels:
            if second.cause == hypothesis.cause:
                continue
            two = _make(observation, one, second)
            if two is None or two.output_shape != one.output_shape:
                continue
            matrix = kernel_matrix(two, points.filters, arithmetic)
            if len(matrix.values) == inputs.values.shape[1] and (
                multiply(inputs, matrix, arithmetic).holds(given).all()
            ):
                yield hypothesis.then(second)


def _with_values(
    observation: Observation,
    first: Hypothesis,
    case: Case,
    plain: Probe,
    given: Array,
    values: list[Hypothesis],
) -> Iterator[Hypothesis]:
    """A first change, then a known function or a fitted scale or offset."""
    for second in values:
        if plain.after(second, observation.arithmetic).holds(given).all():
            yield first.then(second)
    if _linear(plain.value, given):
        points = observation.points(case, MORE)
        for second in fitted(case, observation.out, points, observation.arithmetic):
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
