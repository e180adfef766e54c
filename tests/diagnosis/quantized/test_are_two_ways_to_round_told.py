"""Are two ways to round the same sum told: by which formulas, where, and which is nearer?"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.sums import exact_sums
from convcheck.results import Finding, Status, Verdict

from .planting import USED, Numbers, diagnosed, draw, recorded

SUMS = (1, 11, 31, -1, -31)
GIVEN = {
    "XNNPACK": (0, 3, 9, 0, -9),
    "builtin": (1, 4, 10, 0, -9),
    "reference": (1, 4, 10, -1, -10),
}
FORMULA = {"XNNPACK": "F1", "builtin": "DU/Mdbl", "reference": "D/Mdbl"}
"""QUANTIZED.md's smallest demonstration: M = 0.3."""


def pixels(values: Any, p: Parameters, kernel: int = 1, bias: int | None = None) -> QuantizedCase:
    """A kernel of one tap over a row of integers, whose zero point is added."""
    x = (np.array(values) + p.input_zero_point).reshape(1, 1, -1, 1).astype(np.int8)
    w = np.full((1, 1, 1, 1), kernel, np.int8)
    b = None if bias is None else np.array([bias], np.int32)
    return QuantizedCase(Case(ConvSpec.make((1, 1)), x, w, b), p)


def row(values: Any) -> Any:
    return np.array(values, np.int8).reshape(1, 1, -1, 1)


def told(quantized: QuantizedCase, **given: Any) -> Finding:
    outputs = [recorded(row(values), name) for name, values in given.items()]
    judgements, diagnosis = diagnosed(quantized, *outputs)
    assert all(one.status in (Status.EXACT, Status.WITHIN_BOUND) for one in judgements)
    (found,) = diagnosis.findings
    return found


@pytest.mark.parametrize(
    ("a", "b"), [("XNNPACK", "builtin"), ("XNNPACK", "reference"), ("builtin", "reference")]
)
def test_is_the_demonstration_told_with_the_right_formula_on_each_side(a: str, b: str) -> None:
    quantized = pixels(SUMS, Parameters(0.3, 1.0, 1.0))
    found = told(quantized, **{a: GIVEN[a], b: GIVEN[b]})
    assert (found.cause, found.status) == ("requantization-rounding", "proved")
    assert (found.implementation, found.beside) == (a, b)
    assert not found.departs
    first, second = found.summary.removeprefix(f"{a}: ").split(f"; {b}: ")
    assert f"({FORMULA[a]})" in first
    assert f"({FORMULA[b]})" in second
    differs = [i for i in range(5) if GIVEN[a][i] != GIVEN[b][i]]
    chosen = min(differs, key=lambda i: abs(SUMS[i]))
    real = float(Fraction(float(np.float32(0.3))) * SUMS[chosen])
    words = f"At (0, 0, {chosen}, 0) the sum is {SUMS[chosen]}, the real value {real:.9g}: "
    assert words in second
    assert f"{FORMULA[a]} gives {GIVEN[a][chosen]}, " in second
    assert f"{FORMULA[b]} gives {GIVEN[b][chosen]}." in second


def test_is_it_said_which_is_nearer_to_the_real_number() -> None:
    quantized = pixels(SUMS, Parameters(0.3, 1.0, 1.0))
    found = told(quantized, reference=GIVEN["reference"], XNNPACK=GIVEN["XNNPACK"])
    assert "XNNPACK is nearer to the real numbers in all: 0 of its outputs" in found.summary
    assert "5 of reference." in found.summary


def test_is_the_element_of_tensorflow_102943_told() -> None:
    p = Parameters(0.05296124517917633, 0.024093778803944588, 0.11484327912330627, 0, 0, -126)
    quantized = pixels([100], p, kernel=5, bias=85)
    assert exact_sums(quantized).acc.item() == 585
    found = told(quantized, litert=[-120], builtin=[-119])
    assert (found.cause, found.status) == ("requantization-rounding", "proved")
    first, second = found.summary.removeprefix("litert: ").split("; builtin: ")
    assert "(F1)" in first
    assert "(DU/Mdbl)" in second
    scale = [Fraction(float(np.float32(one))) for one in (p.i, p.w[0], p.o)]
    real = scale[0] * scale[1] * 585 / scale[2] - 126
    assert real > Fraction(-239, 2)  # nine digits would show the tie
    assert "the sum is 585, the real value -119.4999995 (zero point -126 included):" in second
    assert abs(real - Fraction("-119.4999995")) < Fraction(1, 10**7)
    assert "F1 gives -120, DU/Mdbl gives -119." in second


def test_is_nothing_proved_where_no_formula_gives_a_side() -> None:
    quantized = pixels(SUMS, Parameters(0.3, 1.0, 1.0))
    own = (0, 4, 9, 0, -9)  # each within the bound of two roundings, and of no formula
    found = told(quantized, mine=own, XNNPACK=GIVEN["XNNPACK"])
    assert found.status == "supported"
    assert "mine: no formula of the catalogue gives every output, 1 differ" in found.summary


def test_are_outputs_of_floats_in_between_counted_wherever_they_differ() -> None:
    """Large sums that cancel lose in float32 what is far more than any formula rounds off."""
    rng = np.random.default_rng(0)
    x = rng.integers(100, 128, (1, 20, 20, 2000)).astype(np.int8)
    w = np.concatenate([np.full(1000, 120), np.full(1000, -120)]) + rng.integers(-7, 8, 2000)
    case = Case(ConvSpec.make((1, 1)), x, w.reshape(1, 1, -1, 1).astype(np.int8), None)
    quantized = QuantizedCase(case, Parameters(0.01, 0.013, 0.5))
    p, sums = quantized.parameters, exact_sums(quantized)
    products = (x.reshape(400, -1) * p.i) * (w * p.w).astype(np.float32)
    real = np.add.accumulate(products, axis=1, dtype=np.float32)[:, -1]  # in order
    out = np.clip(np.rint(real / p.o), -128, 127).astype(np.int8).reshape(1, 20, 20, 1)
    given = {name: formula.output(sums, p) for name, formula in FORMULAS.items()}
    least = min(int(np.count_nonzero(one != out)) for one in given.values())
    right = given["F1"].astype(np.int8)
    floats = recorded(out, "floats", ("FLOAT",))
    judgements, diagnosis = diagnosed(quantized, floats, recorded(right, "F1", ("F1",)))
    assert all(one.status in (Status.EXACT, Status.WITHIN_BOUND) for one in judgements)
    assert least > 0
    (found,) = diagnosis.findings
    assert f"no formula of the catalogue gives every output, {least} differ" in found.summary


def test_is_nothing_said_where_outputs_are_equal() -> None:
    quantized = pixels(SUMS, Parameters(0.3, 1.0, 1.0))
    same = row(GIVEN["builtin"])
    _, diagnosis = diagnosed(quantized, recorded(same, "a"), recorded(same.copy(), "b"))
    assert not diagnosis.findings


def test_is_a_sound_output_alone_no_finding() -> None:
    quantized = pixels(SUMS, Parameters(0.3, 1.0, 1.0))
    (judgement,), diagnosis = diagnosed(quantized, recorded(row(GIVEN["reference"]), "a"))
    assert judgement.status is Status.WITHIN_BOUND
    assert not diagnosis.findings


def test_is_the_declared_formula_told_where_several_give_the_output() -> None:
    quantized = pixels([1, 11, 31, 100], Parameters(0.3, 1.0, 1.0))  # D and DU agree above 0
    outputs = [
        recorded(row([1, 4, 10, 30]), "a", ("DU/Mdbl",)),
        recorded(row([0, 3, 9, 30]), "b", ("F2",)),
    ]
    _, diagnosis = diagnosed(quantized, *outputs)
    (found,) = diagnosis.findings
    assert "(DU/Mdbl)" in found.summary
    assert "(F2)" in found.summary


def test_is_the_right_formula_always_among_those_named() -> None:
    rng = np.random.default_rng(11)
    for _ in range(12):
        quantized = draw(rng, activation=str(rng.choice(["none", "relu", "relu6"])))
        names = [str(name) for name in rng.choice(USED, 3, replace=False)]
        numbers = Numbers.of(quantized)
        products = numbers.products()
        outputs = [recorded(numbers.output(name, products), name) for name in names]
        judgements, diagnosis = diagnosed(quantized, *outputs)
        for name, judgement in zip(names, judgements, strict=True):
            assert judgement.requantization is not None
            assert name in judgement.requantization.reproduced_by
        for found in diagnosis.findings:
            assert (found.cause, found.status) == ("requantization-rounding", "proved")


def test_does_every_pair_that_differs_have_its_finding() -> None:
    rng = np.random.default_rng(5)
    quantized = draw(rng, dtype="int8", filters=9)
    sums = exact_sums(quantized)
    names = ("F1", "D/Mdbl", "DU/Mdbl", "MIX8/Mdbl")
    arrays = {n: FORMULAS[n].output(sums, quantized.parameters).astype("i1") for n in names}
    outputs = [recorded(array, name, (name,)) for name, array in arrays.items()]
    _, diagnosis = diagnosed(quantized, *outputs)
    told_ = {(one.implementation, one.beside) for one in diagnosis.findings}
    unequal = {
        (a, b)
        for i, a in enumerate(names)
        for b in names[i + 1 :]
        if (arrays[a] != arrays[b]).any()
    }
    assert told_ == unequal


def test_is_a_wrong_output_no_matter_of_rounding() -> None:
    quantized = pixels(SUMS, Parameters(0.3, 1.0, 1.0))
    wrong = recorded(row([0, 3, 9, 0, 20]), "wrong")
    judgements, diagnosis = diagnosed(quantized, wrong, recorded(row(GIVEN["XNNPACK"]), "right"))
    assert judgements[0].status is Status.OUTSIDE_BOUND
    assert [one.implementation for one in diagnosis.findings] == ["wrong"]
    assert Verdict.DIFFERENT.value == "different"
    assert diagnosis.findings[0].cause != "requantization-rounding"
