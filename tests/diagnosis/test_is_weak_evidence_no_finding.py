"""Is no cause named for what shows nothing, and none that its own scaling does not fit?"""

from __future__ import annotations

from collections.abc import Callable

import ml_dtypes
import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.implementations.name import parse
from convcheck.results import PASSES, Dtypes, Output, Status
from convcheck.runtimes.host import Runtimes
from convcheck.truth.arithmetic import declared
from convcheck.truth.bound import bound
from convcheck.verdict.evidence import of_distinct_facts

from .planting import diagnosed, wide


def ordinary(seed: int = 0) -> Case:
    rng = np.random.default_rng([72, seed])
    return Case(
        ConvSpec.make((3, 3)),
        rng.standard_normal((2, 16, 16, 4)).astype("f4"),
        rng.standard_normal((3, 3, 4, 8)).astype("f4"),
    )


def float32(values: np.ndarray) -> Output:
    return Output("it", "it", values.astype("f4"), dtypes=Dtypes(compute="float32"))


def test_do_equal_channels_count_once(runtimes: Runtimes) -> None:
    rng = np.random.default_rng(73)
    x = np.repeat((1 + rng.random((1, 20, 20, 1)) * 1e-2).astype("f4"), 64, -1)
    kernel = np.repeat((1 + rng.random((5, 5, 1, 1)) * 1e-2).astype("f4"), 64, -1)
    case = Case(ConvSpec.make((5, 5), groups=64), x, kernel)
    outputs = [runtimes.run(case, parse(name)) for name in ("tf", "keras", "numpy")]
    judgements, findings = diagnosed(case, *outputs)
    assert all(j.status in PASSES for j in judgements)
    assert {found.cause for found in findings} <= {"summation-order"}


def test_is_nothing_named_for_numbers_that_are_right() -> None:
    """Operands that float16 holds too: every output is correctly rounded, whatever computed it."""
    case = ordinary()
    x, kernel = (a.astype("f2").astype("f4") for a in (case.input, case.kernel))
    case = Case(case.spec, x, kernel)
    judgements, findings = diagnosed(case, float32(wide(case)))
    assert judgements[0].status is Status.EXACT
    assert findings == ()


def test_is_nothing_named_for_flushed_subnormals() -> None:
    case = ordinary()
    case = Case(case.spec, case.input * np.float32(1e-20), case.kernel * np.float32(1e-20))
    values = wide(case).astype("f4")
    values[np.abs(values) < np.finfo("f4").smallest_normal] = 0
    judgements, findings = diagnosed(case, float32(values))
    assert judgements[0].status in PASSES
    assert findings == ()


def test_are_six_outputs_that_round_alike_no_offset() -> None:
    """Six float16 outputs, each the upper neighbour of exact."""
    x = np.linspace(1, 2, 6).astype("f2").reshape(6, 1, 1, 1)
    case = Case(ConvSpec.make((1, 1)), x, np.full((1, 1, 1, 1), 1.7, "f2"))
    y = wide(case)
    near = y.astype("f2")
    up = np.where(near.astype("f8") >= y, near, np.nextafter(near, np.float16(np.inf)))
    output = Output("it", "it", up.astype("f2"), dtypes=Dtypes(compute="float16"))
    _, findings = diagnosed(case, output)
    assert [found.cause for found in findings] == ["unexplained"]  # one leaves its bound


def moved(case: Case, y: np.ndarray) -> np.ndarray:
    limits = bound(case, declared("float32", "float32")).limit
    y = y.copy()
    y[0, 5, 5, 3] += 1.5 * limits[0, 5, 5, 3]
    return y


def flipped_bit(_: Case, y: np.ndarray) -> np.ndarray:
    bits = y.astype("f4").view(np.uint32).copy()
    bits[1, 7, 7, 2] ^= 1 << 12
    return bits.view("f4")


def times_1_0001(_: Case, y: np.ndarray) -> np.ndarray:
    return y * 1.0001


def one_channel_times_1_00001(_: Case, y: np.ndarray) -> np.ndarray:
    y = y.copy()
    y[..., 2] *= 1.00001
    return y


def rounded_to_integers(_: Case, y: np.ndarray) -> np.ndarray:
    return np.rint(y)


def bfloat16_throughout(case: Case, _: np.ndarray) -> np.ndarray:
    x, kernel = (a.astype(ml_dtypes.bfloat16).astype("f4") for a in (case.input, case.kernel))
    y = wide(Case(case.spec, x, kernel))
    return np.asarray(y.astype(ml_dtypes.bfloat16).astype("f4"))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("fault", "allowed"),
    [
        (moved, {"corrupted-elements", "unexplained"}),
        (flipped_bit, {"corrupted-elements", "unexplained"}),
        (times_1_0001, {"output-scale", "input-scale", "kernel-scale"}),
        (one_channel_times_1_00001, {"channel-scale", "corrupted-channel", "unexplained"}),
        (rounded_to_integers, {"unexplained", "quantization"}),
        (bfloat16_throughout, {"reduced-precision-bfloat16"}),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_does_no_catch_all_take_what_is_not_its_own(
    fault: Callable[[Case, np.ndarray], np.ndarray], allowed: set[str], seed: int
) -> None:
    case = ordinary(seed)
    (judgement,), (first, *_) = diagnosed(case, float32(fault(case, wide(case))))
    assert judgement.status is Status.OUTSIDE_BOUND
    assert first.cause in allowed, first.summary


@pytest.mark.parametrize("value", [0.0, 3.5])
@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (1, 5, 5, 1)])
def test_is_one_number_everywhere_no_proof(value: float, shape: tuple[int, ...]) -> None:
    """Zeros of a kernel that wrote nothing are those of an input less its own mean, too."""
    rng = np.random.default_rng(74)
    x = rng.standard_normal(shape).astype("f4")
    case = Case(ConvSpec.make((1, 1)), x, rng.standard_normal((1, 1, 1, 1)).astype("f4"))
    judgements, findings = diagnosed(case, float32(np.full(shape, value)))
    assert judgements[0].status is Status.OUTSIDE_BOUND
    assert all(found.status != "proved" for found in findings)


def test_are_other_ways_to_the_same_numbers_told() -> None:
    """Of one pixel every mode of numpy.pad gives the same."""
    rng = np.random.default_rng(75)
    x, kernel = (rng.standard_normal(shape).astype("f4") for shape in [(1, 1, 1), (2, 1, 8)])
    case = Case(ConvSpec.make((2,)), x, kernel)
    _, findings = diagnosed(case, float32(x * kernel.astype("f8").sum(axis=0)))
    (found,) = (one for one in findings if one.departs)
    assert found.cause == "border-mode"
    assert "or, the same here, " in found.summary
    assert "edge" in found.summary


@pytest.mark.parametrize("positions", [1, 40])
def test_is_a_number_read_off_each_output_no_proof_of_it(positions: int) -> None:
    """A channel of one output is always its right value times some number."""
    rng = np.random.default_rng(76)
    x, kernel = (rng.standard_normal(shape).astype("f4") for shape in [(1, 40, 8), (1, 8, 24)])
    case = Case(ConvSpec.make((1,)), np.ascontiguousarray(x[:, :positions]), kernel)
    right = wide(case)
    scales = rng.uniform(0.5, 2.0, 24)
    _, findings = diagnosed(case, float32(right * scales))
    (found,) = (one for one in findings if one.departs)
    assert found.status == ("supported" if positions == 1 else "proved")
    assert "channel-scale" in (found.cause, *found.also)
    if positions == 1:
        _, findings = diagnosed(case, float32(np.repeat(right[..., :1], 24, axis=-1)))
        assert all(one.status != "proved" for one in findings)


def test_are_outputs_of_equal_windows_one_fact() -> None:
    """One pixel and three of padding: two numbers a channel, which a scale and an offset fit."""
    rng = np.random.default_rng(77)
    x, kernel = (rng.standard_normal(shape).astype("f4") for shape in [(1, 1, 17), (1, 17, 17)])
    case = Case(
        ConvSpec.make((1,), padding=[(0, 3)]), x, kernel, rng.standard_normal(17).astype("f4")
    )
    right = wide(case)
    copied = np.concatenate([right[..., :4], np.repeat(right[..., :1], 13, axis=-1)], axis=-1)
    _, findings = diagnosed(case, float32(copied))
    assert all(found.status != "proved" for found in findings)


@pytest.mark.parametrize("filled", ["zeros", "the first channel"])
def test_is_a_channel_filled_with_one_number_one_fact(filled: str) -> None:
    """A window beyond the input gives the bias alone; another number there may be anyone's."""
    rng = np.random.default_rng(78)
    x, kernel = (rng.standard_normal(shape).astype("f4") for shape in [(2, 1, 4), (1, 4, 16)])
    case = Case(
        ConvSpec.make((1,), strides=(4,), padding=[(2, 9)]),
        *(x, kernel, rng.standard_normal(16).astype("f4")),
    )
    out = wide(case)
    out[..., 4:] = 0 if filled == "zeros" else out[..., :1]
    _, findings = diagnosed(case, float32(out))
    assert all(found.status != "proved" for found in findings)


def test_is_each_of_distinct_facts_counted() -> None:
    weights = np.array([[20.0, 5.0, 9.0], [20.0, 6.0, 9.0], [3.0, 7.0, -np.inf]])
    given = np.array([[1.0, 1.0, 4.0], [1.0, 2.0, 4.0], [1.0, 3.0, 4.0]])
    should_be = np.array([[1.0, 0.0, 4.0], [1.0, 0.0, 4.0], [0.0, 0.0, 4.0]])
    told = of_distinct_facts(weights, [given, should_be], 24)
    bits = 24 * np.log(2.0)
    assert told.tolist() == [[bits, 5.0, 9.0], [0.0, 6.0, 0.0], [0.0, 7.0, -np.inf]]
    twice = of_distinct_facts(weights[:, [0, 0]], [given[:, [0, 0]]], 24)
    assert twice.tolist() == [[bits, 0.0], [0.0, 0.0], [0.0, 0.0]]
