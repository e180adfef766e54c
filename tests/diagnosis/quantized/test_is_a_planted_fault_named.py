"""Is a fault planted in a quantized convolution named, and nothing wrong ever proved?"""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.causes.quantized.catalogue import MOVING_FILTERS, shared
from convcheck.causes.quantized.hypothesis import centred_case
from convcheck.errors import SpecError
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.sums import Sums, exact_sums
from convcheck.results import PASSES, Finding
from convcheck.truth.plain import plain_sums

from .faults import CATALOGUED, Fault, planted
from .foreign import FOREIGN
from .planting import USED, diagnosed, draw, recorded

SEEDS = 2
"""Of each fault in the slow tests; of every third one another is quick."""


def found_of(fault: Fault, seed: int) -> Finding | None:
    """What is found of a planted fault; None where it does not leave the bound."""
    rng = np.random.default_rng([zlib.crc32(fault.name.encode()), seed])
    quantized = draw(rng, **fault.draw)
    name = str(rng.choice(USED))
    out = planted(fault, quantized, name, rng)
    given = recorded(out, formulas=(name,) if seed % 2 else ())
    (judgement,), diagnosis = diagnosed(quantized, given)
    if judgement.status in PASSES:
        assert not diagnosis.findings
        return None
    (found,) = diagnosis.findings
    assert found.departs
    return found


@pytest.mark.parametrize("fault", CATALOGUED[::3], ids=lambda fault: fault.name)
def test_is_a_fault_of_the_catalogue_named(fault: Fault) -> None:
    found = found_of(fault, SEEDS)
    assert found is None or fault.cause in (found.cause, *found.also)


@pytest.mark.parametrize("fault", FOREIGN[::3], ids=lambda fault: fault.name)
def test_is_nothing_proved_of_what_the_catalogue_does_not_have(fault: Fault) -> None:
    found = found_of(fault, SEEDS)
    assert found is None or found.status != "proved"


@pytest.mark.slow
def test_are_98_of_100_named_and_none_proved_wrong() -> None:
    counts: Counter[str] = Counter()
    missed = []
    for fault in CATALOGUED:
        for seed in range(SEEDS):
            found = found_of(fault, seed)
            if found is None:
                continue
            counts["departing"] += 1
            names = (found.cause, *found.also)
            counts["named"] += fault.cause in names
            if fault.cause not in names:
                missed.append((fault.name, seed, found))
            assert found.status != "proved" or fault.cause in names, (fault.name, seed, found)
    assert counts["departing"] > 0.9 * SEEDS * len(CATALOGUED)
    assert counts["named"] >= 0.98 * counts["departing"], missed


@pytest.mark.slow
def test_is_nothing_foreign_proved() -> None:
    for fault in FOREIGN:
        for seed in range(SEEDS):
            found = found_of(fault, seed)
            assert found is None or found.status != "proved", (fault.name, seed, found)


GEOMETRIES: tuple[tuple[ConvSpec, tuple[int, ...], tuple[int, ...]], ...] = (
    (ConvSpec.make((3, 3), strides=2), (2, 17, 18, 4), (3, 3, 4, 6)),
    (ConvSpec.make((3, 3), padding="valid", dilations=2), (2, 17, 18, 3), (3, 3, 3, 3)),
    (ConvSpec.make((3, 3), groups=2), (2, 13, 13, 4), (3, 3, 2, 6)),
    (ConvSpec.make((3, 3), groups=4), (2, 13, 13, 4), (3, 3, 1, 8)),
    (ConvSpec.make((3, 3), strides=2, transposed=True), (2, 9, 9, 4), (3, 3, 6, 4)),
    (ConvSpec.make((5,), strides=2), (4, 90, 4), (5, 4, 4)),
    (ConvSpec.make((2, 2, 2)), (2, 7, 7, 7, 3), (2, 2, 2, 3, 4)),
)


def drawn(number: int, rng: np.random.Generator) -> QuantizedCase:
    spec, shape, kernel_shape = GEOMETRIES[number]
    x = rng.integers(-128, 128, shape).astype(np.int8)
    w = rng.integers(-127, 128, kernel_shape).astype(np.int8)
    filters = kernel_shape[-2] if spec.transposed else kernel_shape[-1]
    bias = rng.integers(-20000, 20000, filters).astype(np.int32)
    scales = np.exp(rng.uniform(-1, 1, filters)).astype(np.float32)
    p = Parameters(2e-3, scales, 1.0, -7, 0, 11)
    case = QuantizedCase(Case(spec, x, w, bias), p)
    spread = float(exact_sums(case).acc.std()) * 2e-3
    return QuantizedCase(case.case, replace(p, output_scale=spread / 30))


def with_hypothesis(quantized: QuantizedCase, hypothesis: Any, *, scales_too: bool) -> Any:
    """The output that a changed convolution gives, its sums by the plain definition."""
    operands = centred_case(quantized)
    p = quantized.parameters
    changed = hypothesis.change(operands)
    if hypothesis.by_place or changed.input.dtype.kind == "f":
        return None
    products = plain_sums(changed, changed.input.astype("f8"), changed.kernel.astype("f8"))
    if hypothesis.post_op is not None:
        return None
    bias = None if changed.bias is None else changed.bias.astype(np.int64)
    sums = Sums(np.rint(products).astype(np.int64), bias)
    if scales_too:
        p = replace(p, kernel_scale=p.w[::-1])
    out = FORMULAS["F1"].output(sums, p).astype(np.int8)
    if hypothesis.channel_permutation is not None:
        out = out[..., np.argsort(hypothesis.channel_permutation)]
    if hypothesis.relayout is not None:
        flat = hypothesis.relayout(np.arange(out.size).reshape(quantized.case.output_shape))
        out = out.ravel()[np.argsort(flat, axis=None)].reshape(quantized.case.output_shape)
    return out


def geometry_faults(number: int, each: int) -> tuple[int, int, list[object]]:
    """Departing outputs, those named, and the others: of every third cause."""
    rng = np.random.default_rng([7, number])
    quantized = drawn(number, rng)
    operands = centred_case(quantized)
    departing, named, missed = 0, 0, []
    for cause in shared(operands)[number % 3 :: 3]:
        every = list(cause.hypotheses(operands, operands.output_shape))
        for choice in rng.permutation(len(every))[:each]:
            hypothesis = every[choice]
            try:
                out = with_hypothesis(quantized, hypothesis, scales_too=False)
            except SpecError:
                continue
            if out is None:
                continue
            (judgement,), diagnosis = diagnosed(quantized, recorded(out, formulas=("F1",)))
            if judgement.status in PASSES:
                assert not diagnosis.findings
                continue
            (found,) = diagnosis.findings
            departing += 1
            if cause.name in (found.cause, *found.also):
                named += 1
            else:
                assert found.status != "proved", (cause.name, hypothesis.detail, found)
                missed.append((cause.name, hypothesis.detail, found))
    return departing, named, missed


@pytest.mark.slow
def test_is_changed_geometry_named_of_any_rank_grouped_and_transposed() -> None:
    every = [geometry_faults(number, 1) for number in range(len(GEOMETRIES))]
    departing, named = (sum(one[i] for one in every) for i in (0, 1))
    assert departing > 30
    assert named >= 0.98 * departing, [missed for *_, missed in every if missed]


def test_are_scales_that_move_with_their_filters_told() -> None:
    quantized = draw(np.random.default_rng(3), filters=4)
    operands = centred_case(quantized)
    reversed_ = next(
        one
        for cause in shared(operands)
        if cause.name in MOVING_FILTERS
        for one in cause.hypotheses(operands, operands.output_shape)
        if one.detail == "the output's channels reversed"
    )
    for scales_too in (False, True):
        out = with_hypothesis(quantized, reversed_, scales_too=scales_too)
        if quantized.parameters.input_dtype == "uint8":
            out = out.astype(np.uint8)
        _, diagnosis = diagnosed(quantized, recorded(out, formulas=("F1",)))
        (found,) = diagnosis.findings
        assert found.cause == "channel-order"
        assert ("their scales with them" in found.summary) == scales_too
