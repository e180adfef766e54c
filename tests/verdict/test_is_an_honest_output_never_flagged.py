"""Is an honest output never flagged, and a wrong one always?"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from convcheck.case.bands import bands
from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.implementations.name import parse
from convcheck.results import PASSES, Dtypes, Output, Status, Verdict
from convcheck.truth.arithmetic import declared, rounded
from convcheck.truth.bound import bound
from convcheck.truth.exact import exact
from convcheck.verdict.judge import judge
from tests.diagnosis.planting import diagnosed
from tests.verdict.cases import random_case

PLANTED = 3.0  # times the bound


def moved(case: Case, output: Output, seed: int) -> tuple[Output, tuple[int, ...]] | None:
    """The output with one element put 3 bounds from exact; None where none has such a bound."""
    array = output.array.copy()
    arithmetic = declared(output.dtypes.compute, array.dtype.name)
    changed = rounded(case, arithmetic)
    limits, right = bound(changed, arithmetic), exact(changed)
    assert not right.s.any()
    candidates = np.flatnonzero(np.isfinite(limits.limit) & (limits.limit > 0))
    if not len(candidates):
        return None
    flat = int(np.random.default_rng(seed).choice(candidates))
    goal = right.hi.flat[flat] + PLANTED * limits.limit.flat[flat]
    array.flat[flat] = goal
    index = np.unravel_index(flat, array.shape)
    return replace(output, array=array), tuple(int(i) for i in index)


@pytest.fixture(scope="module")
def honest(runtimes):
    """Random cases with the outputs of tf and keras, each computed once."""
    done = {}

    def outputs(seed: int) -> tuple[Case, list[Output]]:
        if seed not in done:
            case = random_case(seed)
            layer = "keras" if case.input.dtype == np.float32 else "keras?dtype=float64"
            done[seed] = case, [runtimes.run(case, parse(name)) for name in ("tf", layer)]
        return done[seed]

    return outputs


HOW_MANY = [50, pytest.param(500, marks=pytest.mark.slow)]


@pytest.mark.parametrize("cases", HOW_MANY)
def test_is_no_honest_output_flagged(honest, cases):
    flagged = []
    for seed in range(cases):
        case, outputs = honest(seed)
        assert all(output.array is not None for output in outputs), outputs
        for judgement in diagnosed(case, *outputs)[0]:
            plain = str(judgement.declared)
            if judgement.status not in PASSES or str(judgement.arithmetic) != plain:
                flagged.append((seed, judgement.status, judgement.arithmetic, judgement.message))
    assert not flagged


@pytest.mark.parametrize("cases", HOW_MANY)
def test_is_every_planted_fault_flagged_where_it_is(honest, cases):
    missed, planted = [], 0
    for seed in range(cases):
        case, outputs = honest(seed)
        found = moved(case, outputs[seed % 2], seed)
        if found is None:
            continue
        planted += 1
        wrong, index = found
        (judgement,) = judge(case, [wrong]).judgements
        if judgement.status is not Status.OUTSIDE_BOUND or judgement.error.worst_index != index:
            missed.append((seed, judgement.status, judgement.error.worst_index, index))
    assert not missed
    assert planted == cases


def alternating() -> Case:
    x = np.ones((1, 16, 16, 8), np.float32)
    k = np.where(np.arange(3 * 3 * 8).reshape(3, 3, 8, 1) % 2, -1.1, 1.1).astype(np.float32)
    return Case(ConvSpec.make((3, 3)), x * 3.3, k)


def huge_element() -> Case:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, 16, 16, 8)).astype(np.float32)
    x[0, 7, 7, 3] = 1e30
    return Case(ConvSpec.make((3, 3)), x, rng.standard_normal((3, 3, 8, 4)).astype(np.float32))


def subnormals() -> Case:
    rng = np.random.default_rng(0)
    x = (rng.standard_normal((1, 12, 12, 4)) * 1e-40).astype(np.float32)
    k = (rng.standard_normal((3, 3, 4, 2)) * 1e30).astype(np.float32)
    return Case(ConvSpec.make((3, 3)), x, k)


def long_constant() -> Case:
    x = np.full((1, 3, 3, 12_000), 0.1, np.float32)  # 108,000 terms
    return Case(ConvSpec.make((3, 3), padding="valid"), x, np.full((3, 3, 12_000, 1), 0.1, "f4"))


def small_outputs() -> Case:
    rng = np.random.default_rng(0)
    x = (rng.standard_normal((1, 12, 12, 4)) * 1e-3).astype(np.float32)
    k = (rng.standard_normal((3, 3, 4, 2)) * 1e-3).astype(np.float32)
    return Case(ConvSpec.make((3, 3)), x, k)


def cancelling_bias() -> Case:
    rng = np.random.default_rng(0)
    x = np.full((1, 12, 12, 4), 1.7, np.float32)
    k = rng.uniform(0.5, 1.5, (3, 3, 4, 2)).astype(np.float32)
    return Case(ConvSpec.make((3, 3)), x, k, -(k.sum((0, 1, 2)) * np.float32(1.7)))


def around_overflow(largest: float) -> Case:
    """Outputs from 0.9 to 1.1 times the largest number of the output's format."""
    scale = np.linspace(0.9, 1.1, 14 * 14).reshape(1, 14, 14, 1) * largest
    return Case(
        ConvSpec.make((1, 1)), (scale / 4).astype(np.float32), np.full((1, 1, 1, 1), 4, "f4")
    )


@pytest.mark.parametrize(
    ("case", "names"),
    [
        pytest.param(alternating(), ["tf", "keras", "keras?mode=predict"], id="alternating-signs"),
        pytest.param(huge_element(), ["tf", "keras"], id="one-huge-element"),
        pytest.param(subnormals(), ["tf", "keras"], id="subnormals-times-1e30"),
        pytest.param(long_constant(), ["tf", "keras"], id="108000-constants"),
        pytest.param(
            small_outputs(),
            ["keras?dtype=mixed_float16", "keras?dtype=mixed_bfloat16"],
            id="float16-outputs-below-6e-5",
        ),
        pytest.param(
            cancelling_bias(),
            ["keras?dtype=mixed_float16", "keras?dtype=mixed_bfloat16", "keras"],
            id="bias-near-minus-the-convolution",
        ),
        pytest.param(
            around_overflow(65504.0), ["keras?dtype=mixed_float16"], id="around-float16-overflow"
        ),
        pytest.param(
            around_overflow(3.3895e38),
            ["keras?dtype=mixed_bfloat16"],
            id="around-bfloat16-overflow",
        ),
        pytest.param(around_overflow(3.4028e38), ["tf", "keras"], id="around-float32-overflow"),
    ],
)
def test_is_no_honest_output_flagged_for_adversarial_input(runtimes, case, names):
    for name in names:
        output = runtimes.run(case, parse(name))
        assert output.array is not None, output.message
        (judgement,) = judge(case, [output]).judgements
        # Where the accumulator itself may overflow nothing can be proved: that is no accusation.
        allowed = PASSES | {Status.UNDECIDED}
        assert judgement.status in allowed, (name, judgement.status, judgement.message)
        if "overflow" not in (judgement.message or ""):
            assert judgement.status in PASSES


def output(array: np.ndarray, name: str = "a", compute: str | None = None) -> Output:
    return Output(name, name, array, dtypes=Dtypes(compute=compute))


def small_case() -> tuple[Case, np.ndarray]:
    """Integers: every sum is exact, so the right output is known without rounding."""
    x = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)
    case = Case(ConvSpec.make((2, 2), padding="valid"), x, np.ones((2, 2, 1, 1), np.float32))
    right = x[:, :-1, :-1] + x[:, 1:, :-1] + x[:, :-1, 1:] + x[:, 1:, 1:]
    return case, right


def test_is_a_right_output_exact_and_equal_ones_identical():
    case, right = small_case()
    judged = judge(case, [output(right, "a"), output(right.astype(np.float64), "b")])
    assert {j.status for j in judged.judgements} == {Status.EXACT}
    assert judged.differences[0].verdict is Verdict.IDENTICAL


@pytest.mark.parametrize(
    ("change", "status", "verdict"),
    [
        (lambda a: a + 1, Status.OUTSIDE_BOUND, Verdict.DIFFERENT),
        (lambda a: a[:, :-1], Status.WRONG_SHAPE, Verdict.DIFFERENT),
        (lambda a: np.where(a == a.max(), np.nan, a), Status.NON_FINITE, Verdict.DIFFERENT),
        (lambda a: np.where(a == a.max(), np.inf, a), Status.NON_FINITE, Verdict.DIFFERENT),
        (lambda a: np.nextafter(a, np.float32(99)), Status.WITHIN_BOUND, Verdict.ROUNDING),
        (lambda a: a * 1, Status.EXACT, Verdict.IDENTICAL),
    ],
)
def test_does_each_change_get_its_status(change, status, verdict):
    case, right = small_case()
    judged = judge(case, [output(right, "a"), output(change(right).astype(np.float32), "b")])
    assert judged.judgements[1].status is status
    assert judged.differences[0].verdict is verdict


def test_is_an_output_without_a_bound_undecided_and_told_why():
    x = np.ones((1, 1, 1, 300), np.float32)
    case = Case(ConvSpec.make((1, 1)), x, np.ones((1, 1, 300, 1), np.float32))
    # Of both signs: whether one of them overflows depends on the order.
    sign = np.where(np.arange(300) % 3, 1, -1).reshape(1, 1, 1, 300).astype(np.float32)
    big = replace(case, input=x * np.float32(1e38) * sign, kernel=case.kernel * np.float32(1e38))
    (judgement,) = judge(big, [output(np.full((1, 1, 1, 1), np.inf, np.float32))]).judgements
    assert judgement.status is Status.UNDECIDED
    assert "no bound exists" in judgement.message


def test_are_bands_judged_as_the_whole(monkeypatch):
    from convcheck.verdict import judge as module

    case = random_case(3, "float32")
    rng = np.random.default_rng(0)
    out = (exact(case).hi * (1 + 1e-7 * rng.standard_normal(case.output_shape))).astype("f4")
    whole = judge(case, [output(out, "a"), output(out[::-1].copy(), "b")])
    monkeypatch.setattr(module, "bands", partial(bands, elements=20))
    banded = judge(case, [output(out, "a"), output(out[::-1].copy(), "b")])
    for one, other in zip(whole.judgements, banded.judgements, strict=True):
        assert one.status is other.status
        assert one.error.worst_index == other.error.worst_index
        # Adaptive references are float64 sums in another order: n · 2^-53 beside errors of 2^-24.
        assert one.error.sum_abs == pytest.approx(other.error.sum_abs, rel=case.terms * 2**-29)
        assert one.error.correctly_rounded == other.error.correctly_rounded
        assert one.error.max_over_bound == pytest.approx(
            other.error.max_over_bound, rel=case.terms * 2**-29
        )
    assert whole.differences[0].worst_index == banded.differences[0].worst_index
