"""Do the parts of a quantized output's difference add up to it, and is each what its name says?"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.quantized.from_float import SCHEMES, quantize
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.sums import exact_sums
from convcheck.verdict.quantized.budget import PARTS, quantized_budget
from tests.implementations.convolution_by_definition import convolved
from tests.truth.definition import taps


def real_case(**keys: object) -> Case:
    rng = np.random.default_rng(4)
    spec = ConvSpec.make((3, 2), **keys)  # type: ignore[arg-type]
    last = (6 // spec.groups, 4) if spec.transposed else (4 // spec.groups, 6)
    return Case(
        spec,
        rng.random((1, 4, 5, 4)).astype(np.float32),
        rng.standard_normal((3, 2, *last)).astype(np.float32),
        rng.standard_normal(6).astype(np.float32),
    )


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("keys", [{}, {"groups": 2}, {"transposed": True, "strides": 2}])
def test_is_each_part_its_definition(scheme: str, keys: dict[str, object]) -> None:
    case = real_case(**keys)
    y = convolved(case)
    quantized = quantize(case, scheme, (float(y.min()) * 0.9, float(y.max()) * 0.9))
    p = quantized.parameters
    name = "I64/Mdbl" if scheme == "int16x8" else "D/Mdbl"
    out = FORMULAS[name].output(exact_sums(quantized), p)
    budget = quantized_budget(case, quantized, out)
    assert tuple(budget.parts) == PARTS
    o, zo = Fraction(float(p.o)), p.output_zero_point
    low, high = p.dtype_limits
    zeros = np.asarray(p.kernel_zero_point)
    assert case.bias is not None
    assert quantized.case.bias is not None
    for flat in range(0, y.size, 7):
        filter_ = flat % 6
        i, w = Fraction(float(p.i)), Fraction(float(p.w[0 if p.by_tensor else filter_]))
        parts = dict.fromkeys(PARTS, Fraction(0))
        total = Fraction(0)
        for (x, k), (qx, qk) in zip(
            taps(case, flat)[0], taps(quantized.case, flat)[0], strict=True
        ):
            x, k = Fraction(float(x)), Fraction(float(k))
            dx = i * (int(qx) - p.input_zero_point) - x
            dk = w * (int(qk) - int(zeros[0])) - k
            parts["input"] += dx * k
            parts["weights"] += x * dk
            parts["cross"] += dx * dk
            total += (x + dx) * (k + dk)
        parts["bias"] = i * w * int(quantized.case.bias[filter_]) - Fraction(
            float(case.bias[filter_])
        )
        total += i * w * int(quantized.case.bias[filter_])
        clamped = min(max(total, (low - zo) * o), (high - zo) * o)
        parts["saturation"] = clamped - total
        parts["rounding"] = round(clamped / o) * o - clamped
        parts["excess"] = (int(out.flat[flat]) - zo - round(clamped / o)) * o
        for part, value in parts.items():
            assert float(budget.parts[part].flat[flat]) == pytest.approx(float(value), abs=1e-17)
    true = np.longdouble(p.o) * (out - zo) - y.astype(np.longdouble)
    assert np.abs(budget.total() - true).max() < 1e-13  # y itself is summed in float64
    sums = budget.sums()
    assert sums["saturation"] > 0
    assert sums["input"] > 0
    assert sums["rounding"] > sums["excess"]


def test_is_the_excess_what_the_runtimes_own_rounding_adds() -> None:
    case = real_case()
    y = convolved(case)
    quantized = quantize(case, "int8", (float(y.min()), float(y.max())))
    out = FORMULAS["F1"].output(exact_sums(quantized), quantized.parameters)
    assert quantized_budget(case, quantized, out).sums()["excess"] == 0
    worse = out.copy()
    worse[0, 0, 0, 0] += 1 if worse[0, 0, 0, 0] < 127 else -1
    excess = quantized_budget(case, quantized, worse).sums()["excess"]
    assert excess == pytest.approx(float(quantized.parameters.o))
