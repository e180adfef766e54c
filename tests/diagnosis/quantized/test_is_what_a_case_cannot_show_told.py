"""Is it told what a quantized case cannot show: causes, and formulas that it cannot tell apart?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from convcheck.causes.quantized.catalogue import OWN
from convcheck.check.summary import summarize_quantized
from convcheck.diagnosis.quantized.blind_spots import integer_hints
from convcheck.diagnosis.quantized.near_ties import alike, near_ties, outputs_at
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.sums import Sums, exact_sums
from tests.quantized.drawing import near_halves, parameters

from .planting import diagnosed, draw


def blind(quantized: QuantizedCase) -> tuple[str, ...]:
    return diagnosed(quantized)[1].blind_spots


def test_does_an_ordinary_case_show_nearly_everything() -> None:
    quantized = draw(np.random.default_rng(0), padding="same", strides=2, size=3, channels=4)
    hidden = blind(quantized)
    assert not {own.cause.name for own in OWN} & set(hidden), hidden
    assert not {"kernel-flip", "channel-order", "missing-bias"} & set(hidden)
    assert not any(name.startswith(("reduced-precision", "input-")) for name in hidden)


def changed(quantized: QuantizedCase, **parameters: Any) -> QuantizedCase:
    return QuantizedCase(quantized.case, replace(quantized.parameters, **parameters))


def test_are_causes_hidden_that_leave_every_number() -> None:
    quantized = draw(np.random.default_rng(1), dtype="int8", padding="valid")
    w = quantized.parameters.w
    assert "zero-point-ignored" in blind(
        changed(quantized, input_zero_point=0, output_zero_point=0)
    )
    alike_ = changed(quantized, kernel_scale=np.full(len(w), w[0]))
    assert {"scale-by-tensor", "scale-order"} <= set(blind(alike_))
    # of one scale none of both makes sense
    one = changed(quantized, kernel_scale=w[:1])
    assert not {"scale-by-tensor", "scale-order"} & set(blind(one))
    zeros = np.zeros_like(quantized.case.bias)
    no_bias = QuantizedCase(replace(quantized.case, bias=zeros), quantized.parameters)
    assert {"bias-scale", "missing-bias", "bias-twice"} <= set(blind(no_bias))
    nothing = replace(no_bias.case, kernel=np.zeros_like(quantized.case.kernel))
    assert "activation-bounds" in blind(QuantizedCase(nothing, quantized.parameters))
    flat = np.ones_like(quantized.case.kernel)
    ones = QuantizedCase(replace(quantized.case, kernel=flat), quantized.parameters)
    assert {"kernel-flip", "kernel-transpose", "saturated-pairs"} <= set(blind(ones))


def test_are_options_hinted_at_for_made_cases_alone() -> None:
    quantized = draw(np.random.default_rng(2))
    summary = summarize_quantized(quantized)
    assert summary.quantization is not None
    assert integer_hints(summary, ["missing-bias"]) == {}
    made = replace(summary, quantization=replace(summary.quantization, made=True))
    assert integer_hints(made, ["missing-bias"]) == {"missing-bias": "--bias random"}
    hint = integer_hints(made, ["requantization-rounding"], recorded=True)
    assert hint == {"requantization-rounding": "outputs recorded with --input separating"}


def by_comparing(sums: Sums, p: Parameters) -> set[tuple[str, ...]]:
    """Groups of formulas with equal outputs, each computed whole."""
    groups: dict[bytes, list[str]] = {}
    for name, formula in FORMULAS.items():
        groups.setdefault(formula.output(sums, p).tobytes(), []).append(name)
    return {tuple(group) for group in groups.values() if len(group) > 1}


def cases(seed: int) -> tuple[Sums, Parameters]:
    rng = np.random.default_rng([3, seed])
    channels = int(rng.choice([1, 5, 11]))
    dtype = str(rng.choice(["int8", "uint8", "int16"]))
    activation = str(rng.choice(["none", "relu", "relu6"]))
    p = parameters(rng, channels, dtype=dtype, activation=activation)
    sums = near_halves(rng, p, int(rng.choice([3, 40, 4000])))
    if seed % 3 == 0:  # far from every tie but a few
        sums = replace(sums, products=rng.integers(-3000, 3000, sums.products.shape))
    if seed % 4 == 0:
        sums = Sums(sums.products)
    if seed % 5 == 0:  # wraps
        sums = replace(sums, products=sums.products + (1 << 31))
    return sums, p


@pytest.mark.parametrize("seed", range(24))
def test_are_formulas_alike_that_give_the_same_everywhere(seed: int) -> None:
    sums, p = cases(seed)
    assert set(alike(sums, p)) == by_comparing(sums, p)


@pytest.mark.parametrize("seed", range(24))
def test_do_formulas_agree_away_from_near_ties(seed: int) -> None:
    sums, p = cases(seed)
    flat = near_ties(sums, p, tuple(FORMULAS))
    elsewhere = np.ones(sums.products.size, bool)
    elsewhere[flat] = False
    whole = {name: formula.output(sums, p).ravel() for name, formula in FORMULAS.items()}
    for name, output in whole.items():
        assert (output == whole["F1"])[elsewhere].all(), name
    for name, output in outputs_at(sums, p, flat, tuple(FORMULAS)).items():
        assert np.array_equal(output, whole[name][flat]), name


def test_are_near_ties_few_of_an_ordinary_case() -> None:
    rng = np.random.default_rng(4)
    p = Parameters(1.0, 2.0**-9, 1.0)
    sums = Sums(rng.integers(-60000, 60000, (1, 200, 200, 1)))
    assert len(near_ties(sums, p, tuple(FORMULAS))) < 0.01 * sums.products.size


def test_is_requantization_rounding_hidden_where_all_formulas_agree() -> None:
    quantized = draw(np.random.default_rng(6), dtype="int8")
    p = replace(quantized.parameters, input_scale=1.0, output_scale=1.0)
    whole = QuantizedCase(quantized.case, replace(p, kernel_scale=np.ones(len(p.w))))
    assert exact_sums(whole).acc.any()
    assert "requantization-rounding" in blind(whole)
