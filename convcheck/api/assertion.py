"""Asserts in a test that an array is a convolution up to rounding, without a tolerance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.api.arrays import as_array, make_case
from convcheck.api.failure import check_given, given, message, worst_element
from convcheck.plan import Plan
from convcheck.results import PASSES
from convcheck.verdict.judge import judge

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_WRONG = "this is not the convolution of the given input and kernel"


def assert_equivalent(
    actual: ArrayLike,
    input: ArrayLike,  # noqa: A002 - the field's word
    kernel: ArrayLike,
    *,
    bias: ArrayLike | None = None,
    strides: int | Sequence[int] = 1,
    padding: Any = "same",
    dilations: int | Sequence[int] = 1,
    groups: int = 1,
    transposed: bool = False,
    output_padding: int | Sequence[int] | None = None,
    input_layout: str | None = None,
    kernel_layout: str | None = None,
    compute: str | None = None,
    accumulate: str | None = None,
) -> None:
    """Assert that ``actual`` is this convolution up to rounding: a test without a tolerance.

    ``actual`` has shape (N, *spatial, O); ``input_layout`` (``"NCHW"``) is its layout as well as
    the input's. ``compute`` is the dtype that it was computed in, its own unless given, and
    ``accumulate`` that of its sums: float32 for float16 and bfloat16, else the same. Raises
    AssertionError where an element is further from exact than that arithmetic may be, or where
    nothing can be proved: it says where, how far and, where it is found, the cause, as the report
    does; under pytest it leaves the case in a temporary folder too. Raises UsageError for arrays
    that do not fit.
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
    output = given(in_layout(actual, input_layout), compute, accumulate)
    (judgement,) = judge(case, [output]).judgements
    if judgement.status not in PASSES:
        first = f"{_WRONG}: {worst_element(judgement, case)}"
        raise AssertionError(message(first, case, check_given(Plan(case, (), computed=[output]))))


def in_layout(actual: ArrayLike, layout: str | None) -> Any:
    """An output as NHWC; left as it is where its number of axes is wrong, which judging says."""
    array = as_array(actual)
    if layout is None or array.ndim != len(layout):
        return array
    return np.moveaxis(array, layout.index("C"), -1)
