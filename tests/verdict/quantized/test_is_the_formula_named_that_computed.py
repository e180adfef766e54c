"""Is the formula named that computed an output, and the verdict what the text says?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convcheck.diagnosis.quantized.near_ties import alike
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.separating import separating, spread_scales
from convcheck.quantized.sums import Sums, exact_sums, saturated_pair_sums
from convcheck.verdict.quantized.judge import judge_integers, reproduced_by
from tests.quantized.drawing import near_halves, parameters

OF_8_BITS = [name for name in FORMULAS if not name.startswith("I64")]
OF_16_BITS = ["D/Mdbl", "DU/Mdbl", "MIX8/Mdbl", "MIX16/Mdbl", "I64/Mdbl"]
SAME_WITH_INTEGERS = {frozenset({"F2", "Q2"})}
"""An integer bias below 2^24, made real, is rounded back to itself."""


def scales_that_tell(rng: np.random.Generator, dtype: str) -> Parameters:
    """Parameters of which every pair of formulas can be told apart.

    oneDNN's two chains differ in the reciprocal of the input scale's reciprocal, which most scales
    survive; F1 and F2 are one where 1/o is exact.
    """
    one = np.float32(1)
    while True:
        p = parameters(rng, 1, dtype=dtype)
        if one / (one / p.i) != p.i and np.frexp(p.o)[0] != 0.5:
            scales = spread_scales(float(p.i), float(p.o), 64, seed=int(rng.integers(2**31)))
            return replace(p, kernel_scale=scales)


@pytest.mark.slow
def test_is_the_planted_one_named_alone_in_a_thousand_triples() -> None:
    rng = np.random.default_rng(0)
    shapes = [{}, {"depthwise": True}, {"transposed": True}]
    named = blind = 0
    while named < 1000:
        dtype = str(rng.choice(["int8", "uint8", "int16"]))
        names = OF_16_BITS if dtype == "int16" else OF_8_BITS
        p = scales_that_tell(rng, dtype)
        shape = shapes[named % 3]
        found = separating(p, names, per_pair=20, seed=named, **shape)
        if not {frozenset(pair) for pair in found.blind} <= SAME_WITH_INTEGERS:
            blind += 1  # F1 and F2 where 1/o is nearly a float32 number, and others as rare
            continue
        sums, q = exact_sums(found.quantized), found.quantized.parameters
        for planted in rng.choice(names, 5, replace=False):
            out = FORMULAS[planted].output(sums, q)
            alike = {planted} | {name for pair in found.blind if planted in pair for name in pair}
            assert set(reproduced_by(out, sums, q, names)) == alike
            named += 1
    assert blind < 10


@pytest.mark.parametrize("name", FORMULAS)
def test_is_the_right_one_always_among_those_named(name: str) -> None:
    rng = np.random.default_rng(8)
    for _ in range(5):
        p = parameters(rng, 5, dtype="int16" if name.startswith("I64") else "uint8")
        sums = near_halves(rng, p, 9)
        judged = judge_integers(FORMULAS[name].output(sums, p), sums, p)
        assert name in judged.reproduced_by
        assert name in judged.within
        assert judged.status in ("exact", "within-bound")


def demonstration() -> tuple[Sums, Parameters]:
    p = Parameters(0.3, 1, 1)
    return Sums(np.array([1, 11, 31, -1, -31]).reshape(-1, 1)), p


def test_does_the_demonstration_name_each_arithmetic() -> None:
    sums, p = demonstration()
    xnnpack, builtin, reference = (
        judge_integers(np.array(v).reshape(-1, 1), sums, p)
        for v in ([0, 3, 9, 0, -9], [1, 4, 10, 0, -9], [1, 4, 10, -1, -10])
    )
    assert xnnpack.status == "exact"
    assert "F1" in xnnpack.reproduced_by
    assert builtin.status == reference.status == "within-bound"
    assert builtin.reproduced_by[:2] == ("DU/Mdbl", "DU/Mf")
    assert reference.reproduced_by[:2] == ("D/Mdbl", "D/Mf")
    assert not set(builtin.reproduced_by) & set(reference.reproduced_by + xnnpack.reproduced_by)
    assert reference.largest_error == pytest.approx(0.7)


def test_are_both_sides_of_tensorflow_102943_named() -> None:
    p = Parameters(
        0.05296124517917633, 0.024093778803944588, 0.11484327912330627, output_zero_point=-126
    )
    sums = Sums(np.array([[585]]))
    xnnpack = judge_integers(np.array([[-120]]), sums, p)
    builtin = judge_integers(np.array([[-119]]), sums, p)
    assert {"F1", "F2"} <= set(xnnpack.reproduced_by)
    assert {"D/Mdbl", "DU/Mdbl"} <= set(builtin.reproduced_by)
    assert not set(xnnpack.reproduced_by) & set(builtin.reproduced_by)
    assert builtin.status == "exact"
    assert xnnpack.status == "within-bound"
    assert "F1" in xnnpack.within


def test_is_an_output_of_8_bits_judged_as_the_same_integers() -> None:
    rng = np.random.default_rng(2)
    p = replace(parameters(rng, 3, dtype="uint8"), output_zero_point=130)
    sums = near_halves(rng, p, 40)
    out = FORMULAS["F1"].output(sums, p)
    judged = judge_integers(out.astype(np.uint8), sums, p)
    assert judged == judge_integers(out, sums, p)
    assert judged.status != "outside-bound"
    assert judged.largest_error < 0.51


def test_is_an_output_different_that_no_formula_may_give() -> None:
    sums, p = demonstration()
    judged = judge_integers(np.array([1, 4, 10, 0, -11]).reshape(-1, 1), sums, p)
    assert judged.status == "outside-bound"
    assert judged.reproduced_by == judged.within == ()


def test_is_an_output_held_against_what_its_runtime_declares() -> None:
    sums, p = demonstration()
    out = np.array([1, 4, 10, 0, -9]).reshape(-1, 1)  # 2 errors of 0.7: two roundings alone may
    assert judge_integers(out, sums, p, ["F1", "FB"]).status == "outside-bound"
    assert judge_integers(out, sums, p, ["F1", "DU/Mdbl"]).within == ("DU/Mdbl",)


def test_is_a_wrapped_shift_outside_though_it_is_reproduced() -> None:
    p = Parameters(3.0, 1.0, 1.0)
    sums = Sums(np.array([[2**30]]))
    out = FORMULAS["D/Mdbl"].output(sums, p)
    assert out.tolist() == [[-128]] or out.tolist() == [[0]]  # the real one is beyond 127
    judged = judge_integers(out, sums, p)
    assert judged.status == "outside-bound"
    assert "D/Mdbl" in judged.reproduced_by
    assert "D/Mdbl" in judged.wrapped
    assert "F1" not in judged.wrapped


def test_is_no_formula_said_to_hold_whose_shift_wraps_though_its_output_is_right() -> None:
    p = Parameters(3.0, 1.0, 1.0)
    sums = Sums(np.array([[2**30 + 2**29 - 1]]))  # shifted by two places: 2^31 - 4 is left
    out = FORMULAS["D/Mdbl"].output(sums, p)
    judged = judge_integers(out, sums, p)
    assert out.tolist() == [[127]]
    assert judged.status == "exact"
    assert "D/Mdbl" in judged.reproduced_by
    assert "D/Mdbl" not in judged.within
    assert "F1" in judged.within


def test_does_a_case_say_which_formulas_it_cannot_tell_apart() -> None:
    sums, p = demonstration()
    (group,) = (one for one in alike(sums, p) if "D/Mdbl" in one)
    assert "D/Mf" in group
    assert "DU/Mdbl" not in group
    found = separating(replace(p, kernel_scale=spread_scales(0.3, 1, 40)), ["D/Mdbl", "D/Mf"])
    assert found.blind == ()
    assert found.apart["D/Mdbl", "D/Mf"] >= 10


def test_are_saturated_pairs_reproduced_by_their_own_sums_alone() -> None:
    rng = np.random.default_rng(1)
    p = Parameters(0.01, 0.02, 0.5, 3, 0, 10, input_dtype="uint8")
    found = separating(replace(p, kernel_scale=np.full(1, 0.02)), ["F1", "ON"], bias=False)
    case = replace(
        found.quantized.case,
        input=rng.integers(200, 256, (1, 4, 4, 8)).astype(np.uint8),
        kernel=rng.choice([-127, 127], (1, 1, 8, 6)).astype(np.int8),
    )
    quantized = replace(found.quantized, case=case)
    saturated = Sums(saturated_pair_sums(quantized))
    out = FORMULAS["ON"].output(saturated, p)
    assert "ON" in reproduced_by(out, saturated, p)
    assert judge_integers(out, exact_sums(quantized), p).status == "outside-bound"
