"""Is each row of a check of integers right: status, error over bound, places, equal outputs?"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.quantized.blocks import blocks
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.sums import exact_sums
from convcheck.results import Judgement, Output, Status, Verdict
from convcheck.verdict.quantized import bounds
from convcheck.verdict.quantized.assess import judge_quantized
from tests.quantized import by_definition
from tests.quantized.drawing import element

HALF = Fraction(1, 2)


def case_of(rng: np.random.Generator, p: Parameters, places: int = 90) -> QuantizedCase:
    """A 1x1 convolution of one channel: its sums are the products of two numbers, and a bias."""
    filters = p.w.size
    case = Case(
        ConvSpec.make((1, 1)),
        rng.integers(-128, 128, (2, 3, places // 6, 1)).astype(np.int8),
        rng.integers(-127, 128, (1, 1, 1, filters)).astype(np.int8),
        rng.integers(-500, 500, filters).astype(np.int32),
    )
    return QuantizedCase(case, p)


def parameters(rng: np.random.Generator, **more: Any) -> Parameters:
    return Parameters(
        0.25, rng.choice([0.3, 0.5, 0.0625, 0.7], 5), 30.0, input_zero_point=-3, **more
    )


def judged(quantized: QuantizedCase, *outputs: Output, **keys: Any) -> tuple[Judgement, ...]:
    return judge_quantized(quantized, exact_sums(quantized), outputs, **keys).judgements


def output(name: str, array: np.ndarray, *formulas: str) -> Output:
    return Output(name, name, array.astype(np.int8), formulas=formulas)


@pytest.mark.parametrize("name", ["D/Mdbl", "DU/Mdbl", "F1", "FB"])
@pytest.mark.parametrize("most", [0, 1, 2])
def test_is_over_1_outside_and_nothing_else(name: str, most: int) -> None:
    rng = np.random.default_rng(most)
    met = set()
    for _ in range(3):
        p = parameters(rng, output_zero_point=int(rng.integers(-50, 50)))
        quantized = case_of(rng, p)
        sums = exact_sums(quantized)
        array = FORMULAS[name].output(sums, p)
        changed = rng.integers(0, array.size, most)
        array.flat[changed] = np.clip(array.flat[changed] + 1, -128, 127)
        (found,) = judged(quantized, output("a", array, name))
        bound = bounds.bound_of(FORMULAS[name], sums, p)
        e, allowed, outside = [], [], []
        for index in np.ndindex(array.shape):
            r = by_definition.real(element(sums, p, index))
            rho = min(max(r, Fraction(-128 - p.output_zero_point)), 127 - p.output_zero_point)
            e.append(abs(int(array[index]) - p.output_zero_point - rho))
            channel = index[-1]
            allowed.append(bound.constant[channel] + bound.relative[channel] * abs(r))
            outside.append(e[-1] > allowed[-1])
        assert found.error is not None
        assert found.error.max_over_bound is not None
        assert found.error.max_abs == pytest.approx(float(max(e)))
        assert found.error.sum_abs == pytest.approx(float(sum(e)))
        assert found.error.correctly_rounded == sum(one <= HALF for one in e)
        if max(e) <= HALF:
            status, ratio = Status.EXACT, max(e) * 2
        else:
            status = Status.OUTSIDE_BOUND if any(outside) else Status.WITHIN_BOUND
            ratio = max(one / most for one, most in zip(e, allowed, strict=True))
        assert found.status is status
        assert found.error.max_over_bound == pytest.approx(float(ratio))
        assert (found.error.max_over_bound > 1) == any(outside)
        places = np.flatnonzero(outside)
        if not any(outside):
            assert found.violations is None
        else:
            assert found.violations is not None
            flat = np.ravel_multi_index(found.violations.index, array.shape)
            assert flat.tolist() == places.tolist()
            ratios = [float(e[one] / allowed[one]) for one in places]
            assert found.violations.over_bound == pytest.approx(ratios)
            assert found.message == f"{len(places)} of {array.size} outputs leave their bound"
        met.add(status)
    assert (Status.OUTSIDE_BOUND in met) == (most > 0)
    assert most or met == (
        {Status.EXACT} if name[0] == "F" else {Status.EXACT, Status.WITHIN_BOUND}
    )


def test_is_it_the_same_in_many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    p = parameters(rng)
    quantized = case_of(rng, p, 600)
    sums = exact_sums(quantized)
    wrong = FORMULAS["D/Mdbl"].output(sums, p)
    wrong.flat[7::300] ^= 1
    outputs = [
        output("D", FORMULAS["D/Mdbl"].output(sums, p)),
        output("MIX16", FORMULAS["MIX16/Mdbl"].output(sums, p)),
        output("wrong", wrong, "D/Mdbl"),
        Output("sums", "sums", sums.acc.astype(np.int32)),
    ]
    whole = judge_quantized(quantized, sums, outputs, maps=True)
    monkeypatch.setattr(blocks, "__defaults__", (80,))
    assert len(list(blocks(sums))) > 30
    several = judge_quantized(quantized, sums, outputs, maps=True)
    assert several.differences == whole.differences
    assert len(whole.differences) == 3  # the sums make no pair
    for one, other in zip(whole.judgements, several.judgements, strict=True):
        assert other.status is one.status
        assert other.requantization == one.requantization
        assert one.error is not None
        assert other.error == replace(one.error, sum_abs=pytest.approx(one.error.sum_abs))
        assert one.maps is not None
        assert other.maps is not None
        assert np.array_equal(one.maps.ulps, other.maps.ulps)
        assert np.array_equal(one.maps.over_bound, other.maps.over_bound)
        assert one.maps.ulps.max() == np.float32(one.error.max_abs)
    of_wrong = whole.judgements[2]
    assert of_wrong.violations is not None
    assert of_wrong.maps is not None
    assert int((of_wrong.maps.over_bound > 1).sum()) == len(of_wrong.violations.over_bound) > 3
    assert "MIX16/Mdbl" in (whole.judgements[1].requantization or of_wrong).reproduced_by  # type: ignore[union-attr]


def test_are_equal_outputs_judged_once_where_they_declare_the_same() -> None:
    rng = np.random.default_rng(3)
    quantized = case_of(rng, parameters(rng))
    array = FORMULAS["F1"].output(exact_sums(quantized), quantized.parameters)
    rows = judged(
        quantized,
        output("a", array, "F1"),
        output("b", array, "F1"),
        output("c", array, "D/Mdbl"),
        output("d", array),
    )
    assert [row.same_values_as for row in rows] == [None, "a", None, None]
    assert [row.output.name for row in rows] == ["a", "b", "c", "d"]
    assert rows[0].requantization == rows[1].requantization


def test_is_a_shift_that_wraps_in_every_formula_different_and_said() -> None:
    case = Case(
        ConvSpec.make((1, 1)),
        np.full((1, 1, 1, 1), 1, np.int8),
        np.ones((1, 1, 1, 1), np.int8),
        np.array([2**30 - 1], np.int32),
    )
    quantized = QuantizedCase(case, Parameters(3.0, 1.0, 1.0))
    sums = exact_sums(quantized)
    wrapped = FORMULAS["D/Mdbl"].output(sums, quantized.parameters)
    declared, undeclared, right = judged(
        quantized,
        output("a", wrapped, "D/Mdbl", "DU/Mdbl"),
        output("b", wrapped),
        output("c", np.full(wrapped.shape, 127), "D/Mdbl"),
    )
    assert declared.status is undeclared.status is Status.OUTSIDE_BOUND
    assert declared.message == (
        "1 of 1 outputs leave their bound: a sum shifted left leaves 32 bits (largest "
        "1,073,741,824) and wraps, in D/Mdbl and in DU/Mdbl"
    )
    assert undeclared.message == "1 of 1 outputs leave their bound"
    assert right.status is Status.EXACT  # it saturates all the same
    assert right.requantization is not None
    assert right.requantization.wrapped == ("D/Mdbl",)


def test_may_who_declares_nothing_round_once_with_sums_of_any_width() -> None:
    # Beyond 32 bits most accumulators wrap; 64 bits and a multiplier of 31 are right, though
    # r = 64.5 + 2^-25 is rounded down.
    case = Case(
        ConvSpec.make((1, 1)),
        np.full((1, 1, 1, 1), 1, np.int8),
        np.ones((1, 1, 1, 1), np.int8),
        np.array([129 * 2**24], np.int64),
    )
    quantized = QuantizedCase(case, Parameters(2.0**-25, 1.0, 1.0))
    down, wrong = np.full((1, 1, 1, 1), 64), np.full((1, 1, 1, 1), -64)
    a, b = judged(quantized, output("a", down), output("b", wrong))
    assert (a.status, b.status) == (Status.WITHIN_BOUND, Status.OUTSIDE_BOUND)
    assert a.requantization is not None
    assert "I64/Mdbl" in a.requantization.within
    assert {"D/Mdbl", "DU/Mdbl", "F1", "F2"} <= set(a.requantization.wrapped)


def test_is_an_activation_clamped_as_each_formula_rounds_its_limits() -> None:
    # 6 / o = 2.5 exactly: half away 3, ties to even 2 with a zero point of 0.
    p = Parameters(1.0, 1.0, np.float32(2.4), activation="relu6")
    quotient = np.float32(6) / p.o
    assert quotient == np.float32(2.5)
    case = Case(
        ConvSpec.make((1, 1)),
        np.arange(-9, 12, dtype=np.int8).reshape(1, 1, -1, 1),
        np.ones((1, 1, 1, 1), np.int8),
    )
    quantized = QuantizedCase(case, p)
    sums = exact_sums(quantized)
    builtin, xnnpack = (FORMULAS[name].output(sums, p) for name in ("DU/Mdbl", "F1"))
    assert (builtin.max(), xnnpack.max()) == (3, 2)
    rows = judged(
        quantized,
        output("builtin", builtin, "DU/Mdbl"),
        output("xnnpack", xnnpack, "F1"),
        output("each has the other's", builtin, "F1"),
        output("and here", xnnpack, "DU/Mdbl"),
        output("nobody's", np.clip(builtin + (builtin == 3), 0, 4)),
    )
    good, bad = {Status.EXACT, Status.WITHIN_BOUND}, Status.OUTSIDE_BOUND
    assert rows[0].status in good
    assert rows[1].status in good
    assert rows[4].status is bad
    for row in rows:
        assert row.error is not None
        assert row.error.max_over_bound is not None
        assert (row.error.max_over_bound > 1) == (row.status is bad)


def test_are_rows_of_what_cannot_be_judged_clear() -> None:
    rng = np.random.default_rng(4)
    quantized = case_of(rng, parameters(rng))
    array = FORMULAS["F1"].output(exact_sums(quantized), quantized.parameters)
    shape, dtype, gone, sums, outputs = judge_quantized(
        quantized,
        exact_sums(quantized),
        [
            output("shape", array[:1]),
            Output("dtype", "dtype", array.astype(np.float32)),
            Output("gone", "gone", status=Status.CRASHED, message="SIGSEGV"),
            Output("sums", "sums", array.astype(np.int64)),
            output("outputs", array),
        ],
        pairs=[("shape", "outputs"), ("dtype", "outputs"), ("gone", "outputs")],
    ).judgements
    assert (shape.status, dtype.status) == (Status.WRONG_SHAPE, Status.UNDECIDED)
    assert (gone.status, gone.message) == (Status.CRASHED, "SIGSEGV")
    assert sums.status is Status.OUTSIDE_BOUND
    assert sums.message is not None
    assert "int64 is taken for the sums: give requantized outputs in int8" in sums.message
    assert outputs.status in (Status.EXACT, Status.WITHIN_BOUND)


def test_is_a_pair_different_undecided_or_neither() -> None:
    rng = np.random.default_rng(4)
    quantized = case_of(rng, parameters(rng))
    array = FORMULAS["F1"].output(exact_sums(quantized), quantized.parameters)
    found = judge_quantized(
        quantized,
        exact_sums(quantized),
        [
            output("a", array),
            output("shape", array[:1]),
            output("same", array[:1]),
            Output("gone", "gone", status=Status.TIMED_OUT),
        ],
    ).differences
    verdicts = {(one.a, one.b): one.verdict for one in found}
    assert verdicts["a", "shape"] is Verdict.DIFFERENT
    assert verdicts["a", "gone"] is Verdict.UNDECIDED
    assert verdicts["shape", "same"] is Verdict.IDENTICAL


@pytest.mark.parametrize("bias", [True, False])
def test_are_sums_exact_with_the_bias_or_without_it(bias: bool) -> None:
    rng = np.random.default_rng(5)
    quantized = case_of(rng, parameters(rng))
    sums = exact_sums(quantized)
    given = (sums.acc if bias else sums.products).astype(np.int32)
    wrong = given.copy()
    wrong[1, 2, 3, 4] += 7
    a, b = judged(quantized, Output("a", "a", given), Output("b", "b", wrong), maps=True)
    assert (a.status, a.message, a.violations) == (Status.EXACT, None, None)
    assert (b.status, b.message) == (Status.OUTSIDE_BOUND, f"1 of {given.size} sums are wrong")
    assert b.error is not None
    assert b.error.max_abs == b.error.sum_abs == 7
    assert b.error.worst_index == (1, 2, 3, 4)
    assert b.violations is not None
    assert [int(axis[0]) for axis in b.violations.index] == [1, 2, 3, 4]
    assert b.maps is not None
    assert b.maps.ulps.sum() == 7
