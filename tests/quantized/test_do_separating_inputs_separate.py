"""Do separating inputs tell every pair of formulas apart that their scales can tell apart?"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from convcheck.errors import UsageError
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.separating import separating, spread_scales
from convcheck.quantized.sums import exact_sums

I, O = 0.0237, 0.0517  # noqa: E741
OF_8_BITS = [name for name in FORMULAS if name not in ("I64/Mdbl", "ON'")]
"""Of these scales 1/(1/i) is i, so that ON and ON' are one."""
OF_16_BITS = ["D/Mdbl", "DU/Mdbl", "MIX8/Mdbl", "MIX16/Mdbl", "I64/Mdbl"]


def of(dtype: str, **changes: Any) -> Parameters:
    zeros = {"int8": (3, -5), "uint8": (0, 130), "int16": (0, 0)}[dtype]
    kernel_scale = spread_scales(I, O, 64)
    given = {"kernel_scale": kernel_scale, "input_dtype": dtype, **changes}
    return Parameters(
        input_scale=I,
        output_scale=O,
        input_zero_point=zeros[0],
        output_zero_point=zeros[1],
        **given,
    )


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16"])
@pytest.mark.parametrize(
    "shape",
    [{}, {"depthwise": True}, {"transposed": True}, {"depthwise": True, "transposed": True}],
)
def test_is_every_pair_told_apart(dtype: str, shape: dict[str, bool]) -> None:
    names = OF_16_BITS if dtype == "int16" else OF_8_BITS
    found = separating(of(dtype), names, **shape)
    assert set(found.blind) <= {("F2", "Q2")}
    assert min(found.apart[pair] for pair in combinations(names, 2) if pair not in found.blind) >= 7
    assert found.quantized.case.output_shape[-1] % 16 == 15
    assert found.quantized.case.is_depthwise == bool(shape.get("depthwise"))
    # What it says of itself is so of the outputs.
    sums, p = exact_sums(found.quantized), found.quantized.parameters
    outputs = {name: FORMULAS[name].output(sums, p) for name in names}
    for (a, b), count in found.apart.items():
        assert np.count_nonzero(outputs[a] != outputs[b]) == count


def test_are_separating_inputs_needed_to_tell_float_chains_apart() -> None:
    p = of("int8")
    rng = np.random.default_rng(0)
    found = separating(p, ["F1", "F2"])
    many = replace(p, kernel_scale=np.resize(p.w, 40_000))
    sums = exact_sums(found.quantized)
    ordinary = replace(
        sums,
        products=rng.integers(-20_000, 20_000, (1, 1, 1, 40_000)),
        bias=None,
        real_bias=None,
    )
    f1, f2 = (FORMULAS[name].output(ordinary, many) for name in ("F1", "F2"))
    assert np.count_nonzero(f1 != f2) < 3
    assert found.apart["F1", "F2"] >= 50


@pytest.mark.parametrize(("dtype", "zero_point"), [("int8", 127), ("int8", 3), ("uint8", 0)])
def test_are_sums_made_up_without_a_bias_too(dtype: str, zero_point: int) -> None:
    p = replace(of(dtype), input_zero_point=zero_point)
    found = separating(p, ["D/Mdbl", "DU/Mdbl", "F1", "F2"], bias=False)
    assert found.blind == ()
    case = found.quantized.case
    assert case.bias is None
    assert 1 < case.input.shape[-1] <= 64


def test_are_elements_next_to_halves_with_more_scales_and_pairs() -> None:
    p = of("int8")
    found = separating(p, ["D/Mdbl", "F1"], per_pair=1000)
    sums, q = exact_sums(found.quantized), found.quantized.parameters
    r = sums.acc * q.w.astype(float) * float(q.i) / float(q.o)
    m = q.w.astype(float) * float(q.i) / float(q.o)
    assert found.quantized.case.output_shape[-1] >= 1000
    assert (np.abs(r - np.floor(r) - 0.5) <= 3 * m + 1e-4).all()


def test_is_one_scale_kept_as_one() -> None:
    p = of("uint8", kernel_scale=[0.0123], kernel_zero_point=7)
    found = separating(p, ["D/Mf", "DU/Mf", "F1"])
    assert found.quantized.parameters.by_tensor
    assert found.blind == ()


@pytest.mark.parametrize("zero_point", [-128, 127, 0])
def test_does_any_kernel_zero_point_do(zero_point: int) -> None:
    p = of("int8", kernel_zero_point=np.resize([zero_point, 0], 64))
    assert separating(p, ["D/Mdbl", "DU/Mdbl"]).blind == ()


def test_is_a_pair_called_blind_that_no_sum_tells_apart() -> None:
    p = of("int8", kernel_scale=[O / I])  # M = 1 to float32's last place
    found = separating(p, ["F1", "F2"])
    assert found.blind == (("F1", "F2"),)
    assert found.quantized.case.output_shape[-1] % 16 == 15


@pytest.mark.parametrize(
    ("changes", "keys", "message"),
    [
        ({"kernel_scale": [1e-20]}, {}, "every output of these scales needs a sum beyond 32 bits"),
        ({}, {"depthwise": True, "bias": False}, "a depthwise sum of one tap needs a bias"),
        ({"kernel_zero_point": 100}, {"bias": False}, "needs kernel zero points in the middle"),
    ],
)
def test_is_what_cannot_be_built_refused(
    changes: dict[str, Any], keys: dict[str, bool], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        separating(of("int8", **changes), ["D/Mdbl", "DU/Mdbl"], **keys)
