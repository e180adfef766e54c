"""Is a fault inside the wide bound of a long sum found, and nothing in honest long sums?"""

from __future__ import annotations

from dataclasses import replace

import ml_dtypes
import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.implementations.name import parse
from convcheck.results import Dtypes, Output, Status
from convcheck.runtimes.host import Runtimes
from tests.diagnosis.many import MANY

from .planting import diagnosed, wide

TAPS = 3 * 3 * 512


def relu_like(seed: int = 0) -> Case:
    """4,608 taps of data as after a ReLU: the bound is 19,000 times an honest error."""
    rng = np.random.default_rng([41, seed])
    x = (1 + np.maximum(rng.standard_normal((2, 14, 14, 512)), 0)).astype("f4")
    kernel = (rng.standard_normal((3, 3, 512, 8)) / np.sqrt(TAPS)).astype("f4")
    return Case(
        ConvSpec.make((3, 3), padding="valid"), x, kernel, rng.standard_normal(8).astype("f4")
    )


def causes(case: Case, values: np.ndarray) -> list[tuple[str, str]]:
    seen = Dtypes(input="float32", kernel="float32", compute="float32", output="float32")
    judgements, findings = diagnosed(case, Output("it", "it", values.astype("f4"), dtypes=seen))
    assert judgements[0].status is Status.WITHIN_BOUND
    assert all(found.status == "supported" for found in findings)
    return [(found.cause, found.summary) for found in findings]


@pytest.mark.parametrize("seed", range(3))
def test_is_a_zeroed_element_found_where_it_is(seed: int) -> None:
    case = relu_like(seed)
    y = wide(case)
    smallest = np.argsort(np.abs(y), axis=None)[seed + 1]
    index = tuple(int(i) for i in np.unravel_index(smallest, y.shape))
    y[index] = 0
    ((cause, summary),) = causes(case, y)
    assert cause == "corrupted-elements"
    assert str(index) in summary


def test_is_a_channel_times_1_001_found() -> None:
    case = relu_like()
    y = wide(case)
    y[..., 5] *= 1.001
    ((cause, summary),) = causes(case, y)
    assert cause == "channel-scale"
    assert "channel 5 times 1.001" in summary


def test_is_a_bfloat16_kernel_found() -> None:
    case = relu_like()
    low = case.kernel.astype(ml_dtypes.bfloat16).astype("f4")
    ((cause, summary),) = causes(case, wide(replace(case, kernel=low)))
    assert cause == "reduced-precision-bfloat16"
    assert "only the kernel" in summary


def test_is_a_bfloat16_bias_found() -> None:
    case = relu_like()
    assert case.bias is not None
    low = case.bias.astype(ml_dtypes.bfloat16).astype("f4")
    ((cause, _),) = causes(case, wide(replace(case, bias=low)))
    assert cause in ("output-offset", "bias-precision")


def test_is_an_honest_rounding_of_it_left_alone() -> None:
    case = relu_like()
    assert causes(case, wide(case) * (1 + 1e-7)) == []


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_is_nothing_found_where_a_bias_added_apart_cancels_the_sum(dtype: str) -> None:
    """The rounding of the sum, stored before the bias is added, is many times the result's own."""
    kind = np.dtype(getattr(ml_dtypes, dtype, dtype))
    seen = Dtypes(input=dtype, kernel=dtype, compute=dtype, output=dtype)
    for seed in range(5):
        rng = np.random.default_rng([44, seed])
        case = Case(
            ConvSpec.make((3, 3), padding="valid"),
            rng.standard_normal((2, 24, 24, 4)).astype(kind),
            (rng.standard_normal((3, 3, 4, 8)) / 6).astype(kind),
            (rng.standard_normal(8) * 2).astype(kind),
        )
        values = wide(replace(case, bias=None)).astype(kind) + case.bias
        judgements, findings = diagnosed(case, Output("it", "it", values, dtypes=seen))
        assert judgements[0].status is Status.WITHIN_BOUND
        assert findings == ()


@pytest.mark.parametrize("count", [2, pytest.param(MANY, marks=pytest.mark.slow)])
def test_is_nothing_found_in_long_honest_sums(count: int, runtimes: Runtimes) -> None:
    """ReLU-like data, ones over a flat image, and numbers of one sign, summed by frameworks."""
    rng = np.random.default_rng(43)
    for seed in range(count):
        case = relu_like(seed)
        flat = replace(case, input=np.full_like(case.input, 0.1), kernel=np.ones_like(case.kernel))
        drift = replace(case, kernel=np.abs(case.kernel) + rng.random(1).astype("f4"))
        for one in (case, flat, drift):
            outputs = [runtimes.run(one, parse(name)) for name in ("tf", "keras")]
            found = diagnosed(one, *outputs)[1]
            assert {f.cause for f in found} <= {"summation-order"}, found
