"""Is the range that an output is quantized over that of the exact outputs, whatever adds them?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convcheck.case import bands
from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.check.quantize import quantized_over_exact
from convcheck.errors import UsageError
from convcheck.quantized.from_float import quantize
from convcheck.truth import approximate
from tests.truth.definition import exactly


def case_of(seed: int, **keys: object) -> Case:
    rng = np.random.default_rng(seed)
    spec = ConvSpec.make((3, 3), **keys)  # type: ignore[arg-type]
    x = rng.standard_normal((2, 5, 5, 4))
    # Outputs that nearly cancel: float64 sums of different orders have different last digits.
    x[..., 2:] = -x[..., :2] * (1 + 1e-13 * rng.standard_normal((2, 5, 5, 2)))
    half = rng.standard_normal((3, 3, 2, 6))
    kernel = np.concatenate([half, half], axis=2)
    if spec.groups == 2:
        kernel = np.concatenate([half[:, :, :1, :4]] * 2, axis=2)
        x = x[..., [0, 2, 1, 3]]
    if spec.transposed:
        kernel = np.moveaxis(kernel, -1, -2)
    return Case(spec, x, kernel)


def given_range(case: Case, monkeypatch: pytest.MonkeyPatch) -> tuple[float, float]:
    """The range that the case is quantized over."""
    asked: list[tuple[float, float]] = []

    def remember(case: Case, scheme: str, output_range: tuple[float, float], *_: str) -> object:
        asked.append(output_range)
        return quantize(case, scheme, output_range)

    monkeypatch.setattr("convcheck.check.quantize.quantize", remember)
    quantized_over_exact(case, "int8")
    return asked[0]


@pytest.mark.parametrize("keys", [{}, {"groups": 2}, {"strides": 2, "transposed": True}])
def test_is_it_from_exact_to_exact_rounded_once(
    keys: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = False
    for seed in range(2):
        case = case_of(seed, **keys)
        y = [exactly(case, flat) for flat in range(int(np.prod(case.output_shape)))]
        monkeypatch.setattr(bands.bands, "__defaults__", (40 if seed else 1 << 21,))
        assert given_range(case, monkeypatch) == (float(min(y)), float(max(y)))
        plain = approximate.approximate(case).value
        told |= (plain.min(), plain.max()) != (float(min(y)), float(max(y)))
    assert told  # float64 sums alone would have given another


def test_is_a_kernel_of_zeros_a_range_of_its_own() -> None:
    case = replace(case_of(0), kernel=np.zeros((3, 3, 4, 5)))
    assert float(quantized_over_exact(case, "int8").parameters.o) == 1


def test_is_what_is_not_finite_refused() -> None:
    case = case_of(0)
    broken = case.input.copy()
    broken[0, 0, 0, 0] = np.nan
    with pytest.raises(UsageError, match="holds NaN or infinity"):
        quantized_over_exact(replace(case, input=broken), "int8")


def test_is_an_output_beyond_every_float_refused() -> None:
    case = case_of(0)
    huge = replace(case, input=np.full(case.input.shape, 1e200), kernel=case.kernel * 1e200)
    with pytest.raises(UsageError, match="not finite"):
        quantized_over_exact(huge, "int8")
