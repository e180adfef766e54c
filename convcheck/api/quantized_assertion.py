"""Asserts in a test that integers are a quantized convolution: within its bounds, or to the bit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.api.arrays import in_layout, make_case
from convcheck.api.quantized import any_case
from convcheck.errors import UsageError
from convcheck.quantized.any_case import SUM_DTYPES
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.sums import Sums, exact_sums
from convcheck.results import Status
from convcheck.spelling import did_you_mean_or
from convcheck.verdict.quantized.judge import judge_integers, reproduced_by
from convcheck.verdict.quantized.meant import wrapping

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from convcheck.case.case import Array


def assert_equivalent_quantized(
    actual: ArrayLike,
    input: ArrayLike,  # noqa: A002 - the field's word
    kernel: ArrayLike,
    *,
    input_scale: float,
    input_zero_point: int,
    kernel_scale: ArrayLike,
    output_scale: float,
    output_zero_point: int,
    kernel_zero_point: ArrayLike = 0,
    bias: ArrayLike | None = None,
    activation: str = "none",
    rounding: str | None = None,
    strides: int | Sequence[int] = 1,
    padding: Any = "same",
    dilations: int | Sequence[int] = 1,
    groups: int = 1,
    transposed: bool = False,
    output_padding: int | Sequence[int] | None = None,
    input_layout: str | None = None,
    kernel_layout: str | None = None,
) -> None:
    """Assert that ``actual`` is this convolution of quantized integers: a test without a tolerance.

    ``input`` and ``actual`` are int8, uint8 or int16, the kernel int8 or uint8, ``bias`` int32 or
    int64 in units of input scale * kernel scale, or float32. Without ``rounding`` every element has
    to be within the bound of one formula by which runtimes requantize; with it (``"F1"``,
    ``"DU/Mdbl"`` …, see ``convcheck explain requantization``) to equal what that one gives. An
    ``actual`` of int32 or int64 is the sums themselves, with or without the bias: they have to be
    exact. Raises AssertionError, which says where, what each formula gives there and, where it is
    found, the cause, as the report does; under pytest it leaves the case in a temporary folder
    too. Raises UsageError for arrays and parameters that do not fit.
    """
    __tracebackhide__ = True  # pytest shows the test, not this
    case = make_case(
        input,
        kernel,
        bias=bias,
        strides=strides,
        padding=padding,
        dilations=dilations,
        groups=groups,
        transposed=transposed,
        output_padding=output_padding,
        input_layout=input_layout,
        kernel_layout=kernel_layout,
    )
    quantized = any_case(
        case,
        input_scale=input_scale,
        input_zero_point=input_zero_point,
        kernel_scale=kernel_scale,
        kernel_zero_point=kernel_zero_point,
        output_scale=output_scale,
        output_zero_point=output_zero_point,
        activation=activation,
    )
    assert isinstance(quantized, QuantizedCase)
    array = in_layout(actual, input_layout)
    _check_rounding(rounding, array)
    sums = exact_sums(quantized)
    if not _holds(array, quantized, sums, rounding):
        # Here: a test that passes needs none of it.
        from convcheck.api.quantized_failure import why

        raise AssertionError(why(array, quantized, sums, rounding))


def _check_rounding(rounding: str | None, array: Array) -> None:
    if rounding is None:
        return
    if rounding not in FORMULAS:
        raise UsageError(
            f"rounding is '{rounding}', which names no formula; "
            f"{did_you_mean_or(str(rounding), tuple(FORMULAS))}"
        )
    if array.dtype.name in SUM_DTYPES:
        raise UsageError(
            f"actual is {array.dtype}, the sums themselves, and rounding says how they become 8 "
            "bits; leave rounding out"
        )


def _holds(array: Array, quantized: QuantizedCase, sums: Sums, rounding: str | None) -> bool:
    p = quantized.parameters
    if array.shape != quantized.case.output_shape:
        return False
    if array.dtype.name in SUM_DTYPES:
        return any(np.array_equal(array, one) for one in (sums.acc, sums.products))
    if array.dtype != p.input_dtype:
        return False
    # What a formula gives, of sums that its registers hold, is within its bound: that takes longer.
    given = reproduced_by(array, sums, p, tuple(FORMULAS) if rounding is None else (rounding,))
    if set(given) - set(wrapping(given, sums, p)):
        return True
    return rounding is None and judge_integers(array, sums, p).status != Status.OUTSIDE_BOUND
