"""Are numbers by channel solved from the output, and formats of one side or of the end named?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.results import Dtypes, Finding, Output
from tests.diagnosis.many import MANY

from .planting import departs, diagnosed, wide

Fault = Callable[[Case, np.random.Generator], Any]


def draw(seed: int, rank: int, *, transposed: bool = False) -> Case:
    rng = np.random.default_rng([31, seed, rank])
    channels, filters = 3, int(rng.integers(3, 6))
    ends = (filters, channels) if transposed else (channels, filters)
    side = (400, 20, 9)[rank - 1]
    x = rng.standard_normal((2, *(side,) * rank, channels)).astype("f4")
    kernel = rng.standard_normal((*(3,) * rank, *ends)).astype("f4")
    bias = rng.standard_normal(filters).astype("f4") if seed % 2 else None
    spec = ConvSpec.make((3,) * rank, transposed=transposed, strides=1 + seed % 2)
    return Case(spec, x, kernel, bias)


def low(values: Any) -> Any:
    return values.astype(ml_dtypes.bfloat16).astype("f4")


def batch_norm_epsilon(case: Case, rng: np.random.Generator) -> Any:
    variance = rng.uniform(0.01, 2, case.output_shape[-1])
    return wide(case) * np.sqrt((variance + 1e-5) / (variance + 1e-3))


def batch_norm_left_out(case: Case, rng: np.random.Generator) -> Any:
    scale = rng.uniform(0.5, 2, case.output_shape[-1])
    return wide(case) * scale + rng.standard_normal(case.output_shape[-1])


def bgr_with_another_mean(case: Case, rng: np.random.Generator) -> Any:
    x = case.input[..., ::-1].astype("f8") - np.array([0.41, -0.3, 0.77])
    return wide(replace(case, input=x))


def two_channels_dropped(case: Case, rng: np.random.Generator) -> Any:
    x = case.input.astype("f8").copy()
    x[..., 1:] = 0
    return wide(replace(case, input=x))


def scales_by_channel(case: Case, rng: np.random.Generator) -> Any:
    return wide(replace(case, input=case.input.astype("f8") * [1.0, 2.5, 0.3]))


FAULTS: dict[str, tuple[Fault, set[str]]] = {
    "batch norm's epsilon": (batch_norm_epsilon, {"channel-scale"}),
    "batch norm left out": (batch_norm_left_out, {"channel-scale+output-offset"}),
    "BGR with another mean": (bgr_with_another_mean, {"channel-order+input-normalization"}),
    "two channels dropped": (two_channels_dropped, {"input-channel-dropped"}),
    "scales by channel": (scales_by_channel, {"input-scale", "kernel-scale"}),
    "kernel in bfloat16": (
        lambda case, rng: wide(replace(case, kernel=low(case.kernel))),
        {"reduced-precision-bfloat16"},
    ),
    "input in bfloat16": (
        lambda case, rng: wide(replace(case, input=low(case.input))),
        {"reduced-precision-bfloat16"},
    ),
    "output in bfloat16": (lambda case, rng: low(wide(case)), {"output-precision"}),
    "output in float16": (
        lambda case, rng: wide(case).astype("f2").astype("f4"),
        {"output-precision"},
    ),
    "all in bfloat16": (
        lambda case, rng: low(wide(replace(case, input=low(case.input), kernel=low(case.kernel)))),
        {"reduced-precision-bfloat16+output-precision"},
    ),
}


def first(case: Case, values: Any) -> Finding:
    seen = Dtypes(input="float32", kernel="float32", compute="float32", output="float32")
    output = Output("it", "it", np.asarray(values).astype("f4"), dtypes=seen)
    assert departs(case, output)
    return diagnosed(case, output)[1][0]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("count", [2, pytest.param(MANY, marks=pytest.mark.slow)])
def test_is_it_named_and_proved(fault: str, count: int) -> None:
    change, causes = FAULTS[fault]
    wrong, rivals = [], 0
    for seed in range(count):
        case = draw(seed, 1 + seed % 3, transposed=seed % 5 == 4)
        found = first(case, change(case, np.random.default_rng(seed)))
        if causes <= {found.cause, *found.also} and set(found.also) - causes:
            rivals += found.status != "proved"  # a wide output format may hide another rounding
        elif not causes <= {found.cause, *found.also} or found.status != "proved":
            wrong.append((seed, found.cause, found.also, found.status, found.summary))
    assert not wrong
    assert rivals <= 0.05 * count


def test_is_the_side_of_a_rounding_said() -> None:
    case = draw(0, 2)
    kernel = first(case, wide(replace(case, kernel=low(case.kernel))))
    assert "only the kernel" in kernel.summary
    x = first(case, wide(replace(case, input=low(case.input))))
    assert "only the input" in x.summary


def test_are_mixed_channels_left_to_others() -> None:
    """Grey replicated to RGB is no order, no scale: nothing by channel explains it."""
    case = draw(0, 2)
    grey = np.repeat(case.input.mean(axis=-1, keepdims=True), 3, axis=-1)
    found = first(case, wide(replace(case, input=grey)))
    assert found.status != "proved"
