"""Do the parts of a quantized output's difference add up to it, and is each what its name says?"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from convcheck.case import bands
from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.from_float import quantize
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.requantize.names import SCHEMES
from convcheck.quantized.sums import exact_sums
from convcheck.results import Output
from convcheck.verdict.quantized.assess import judge_quantized
from convcheck.verdict.quantized.budget import PARTS, operand_parts
from tests.implementations.convolution_by_definition import convolved
from tests.truth.definition import taps

HALF = Fraction(1, 2)


def real_case(**keys: object) -> Case:
    rng = np.random.default_rng(4)
    spec = ConvSpec.make((3, 2), **keys)  # type: ignore[arg-type]
    last = (6 // spec.groups, 4) if spec.transposed else (4 // spec.groups, 6)
    return Case(
        spec,
        rng.random((2, 4, 5, 4)).astype(np.float32),
        rng.standard_normal((3, 2, *last)).astype(np.float32),
        rng.standard_normal(6).astype(np.float32),
    )


def quantized_case(case: Case, scheme: str) -> QuantizedCase:
    """Over nine tenths of the range, so that some outputs saturate."""
    y = convolved(case)
    return quantize(case, scheme, (float(y.min()) * 0.9, float(y.max()) * 0.9))


def parts_by_definition(
    case: Case, quantized: QuantizedCase, out: np.ndarray, flat: int
) -> tuple[dict[str, Fraction], Fraction]:
    """The parts of one output, and what they must add up to."""
    p = quantized.parameters
    filter_ = flat % 6
    o, zo = Fraction(float(p.o)), p.output_zero_point
    i, w = Fraction(float(p.i)), Fraction(float(p.w[0 if p.by_tensor else filter_]))
    zw = int(np.asarray(p.kernel_zero_point)[0])
    assert case.bias is not None
    assert quantized.case.bias is not None
    beta = Fraction(float(case.bias[filter_]))
    parts = dict.fromkeys(PARTS, Fraction(0))
    r = y = Fraction(0)
    for (x, k), (qx, qk) in zip(taps(case, flat)[0], taps(quantized.case, flat)[0], strict=True):
        x, k = Fraction(float(x)), Fraction(float(k))
        dx = i * (int(qx) - p.input_zero_point) - x
        dk = w * (int(qk) - zw) - k
        parts["input"] += dx * k
        parts["weights"] += x * dk
        parts["cross"] += dx * dk
        r += (x + dx) * (k + dk)
        y += x * k
    integer = Fraction(quantized.case.bias[filter_].item())
    stands_for = integer if quantized.case.bias.dtype == np.float32 else i * w * integer
    parts["bias"] = stands_for - beta
    r, y = (r + stands_for) / o, y + beta
    low, high = p.dtype_limits
    rho = min(max(r, Fraction(low - zo)), Fraction(high - zo))
    v = int(out.flat[flat]) - zo
    # The nearest integer, at a tie the one nearer to the output.
    n = round(rho) if abs(rho - round(rho)) != HALF else rho + (HALF if v > rho else -HALF)
    parts["saturation"], parts["rounding"] = (rho - r) * o, (n - rho) * o
    parts["excess"] = (v - n) * o
    return parts, o * v - y


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    "keys", [{}, {"groups": 2}, {"transposed": True, "strides": 2, "groups": 2}]
)
def test_is_each_part_its_definition_and_their_sum_the_difference(
    scheme: str, keys: dict[str, object]
) -> None:
    case = real_case(**keys)
    quantized = quantized_case(case, scheme)
    p = quantized.parameters
    sums = exact_sums(quantized)
    name = "I64/Mdbl" if scheme == "int16x8" else "D/Mdbl"
    out = FORMULAS[name].output(sums, p)
    out.flat[::5] += np.where(out.flat[::5] < p.dtype_limits[1], 1, -2)  # with an excess
    judged = judge_quantized(quantized, sums, [Output("a", "a", out.astype(p.input_dtype))])
    told = {part.part: part.sum_abs for part in judged.budget}
    assert tuple(told) == PARTS
    (band,) = operand_parts(case, quantized)
    expected = dict.fromkeys(PARTS, Fraction(0))
    for flat in range(out.size):
        parts, whole = parts_by_definition(case, quantized, out, flat)
        assert sum(parts.values()) == whole
        for part, value in parts.items():
            expected[part] += abs(value)
            if part in band:
                size = 14 * 2.0**-53 * 24  # gamma(12 + 2) times sums of magnitudes below 24
                assert abs(Fraction(float(band[part].flat[flat])) - value) <= size
    for part, value in expected.items():
        assert told[part] == pytest.approx(float(value), rel=1e-11), part
    assert min(expected.values()) > 0


def test_is_the_budget_the_same_in_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    case = real_case(padding=((3, 0), (1, 1)))
    quantized = quantized_case(case, "int8")
    (whole,) = operand_parts(case, quantized)
    monkeypatch.setattr(bands.bands, "__defaults__", (30,))
    several = list(operand_parts(case, quantized))
    assert len(several) > 4
    for name, part in whole.items():
        assert np.concatenate([one[name].ravel() for one in several]) == pytest.approx(
            part.ravel(), abs=1e-14
        )


def test_is_the_excess_what_the_runtimes_own_rounding_adds() -> None:
    quantized = quantized_case(real_case(), "int8")
    p, sums = quantized.parameters, exact_sums(quantized)
    right = FORMULAS["F1"].output(sums, p).astype(np.int8)
    worse = right.copy()
    worse[0, 0, 0, 0] += 3 if worse[0, 0, 0, 0] < 100 else -3
    judged = judge_quantized(quantized, sums, [Output("a", "a", right), Output("b", "b", worse)])
    excess = [part.sum_abs for part in judged.budget if part.part == "excess"]
    assert excess == [0, pytest.approx(3 * float(p.o))]


@pytest.mark.parametrize(("v", "steps"), [(1, 0), (2, 0), (0, 1), (3, 1), (4, 2)])
def test_has_a_tie_no_excess_whichever_neighbour_is_taken(v: int, steps: int) -> None:
    one = Case(
        ConvSpec.make((1, 1)), np.full((1, 1, 1, 1), 3, np.int8), np.ones((1, 1, 1, 1), np.int8)
    )
    quantized = QuantizedCase(one, Parameters(0.5, 1.0, 1.0))  # r = 1.5
    output = Output("a", "a", np.full((1, 1, 1, 1), v, np.int8))
    judged = judge_quantized(quantized, exact_sums(quantized), [output])
    told = {part.part: part.sum_abs for part in judged.budget}
    assert told == {"saturation": 0, "rounding": 0.5, "excess": steps}  # no real operands


def test_has_an_output_of_sums_no_budget() -> None:
    quantized = quantized_case(real_case(), "int8")
    sums = exact_sums(quantized)
    output = Output("a", "a", sums.acc.astype(np.int32))
    assert judge_quantized(quantized, sums, [output]).budget == ()


def test_is_a_bias_of_real_numbers_that_rounds_to_float32_a_part() -> None:
    case = real_case()
    assert case.bias is not None
    beta = case.bias.astype(np.float64) + 2.0**-40
    quantized = quantized_case(case, "int8")
    given = replace(quantized.case, bias=beta.astype(np.float32))
    quantized = replace(quantized, case=given, real=replace(case, bias=beta))
    sums = exact_sums(quantized)
    out = FORMULAS["FB"].output(sums, quantized.parameters).astype(np.int8)
    told = {
        part.part: part.sum_abs
        for part in judge_quantized(quantized, sums, [Output("a", "a", out)]).budget
    }
    assert given.bias is not None
    each = sum(
        abs(Fraction(float(a)) - Fraction(float(b))) for a, b in zip(given.bias, beta, strict=True)
    )
    assert told["bias"] == pytest.approx(float(each * out.size / 6))
