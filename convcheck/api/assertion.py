"""Asserts in a test that an array is a convolution up to rounding, without a tolerance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.api.arrays import as_array, make_case
from convcheck.case.case import Case
from convcheck.diagnosis.diagnose import diagnose
from convcheck.reports.content.findings import finding_lines
from convcheck.results import PASSES, Dtypes, Judgement, Output
from convcheck.truth.exact import exact
from convcheck.verdict.judge import Judged, judge

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


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
    nothing can be proved: it says where, how far and, where it is found, the cause. Raises
    UsageError for arrays that do not fit.
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
    array = in_layout(actual, input_layout)
    output = Output(
        "actual", "actual", array, dtypes=Dtypes(compute=compute), accumulate=accumulate
    )
    judged = judge(case, [output])
    if judged.judgements[0].status not in PASSES:
        raise AssertionError("\n".join(_failure(judged, case)))


def in_layout(actual: ArrayLike, layout: str | None) -> Any:
    """An output as NHWC; left as it is where its number of axes is wrong, which judging says."""
    array = as_array(actual)
    if layout is None or array.ndim != len(layout):
        return array
    return np.moveaxis(array, layout.index("C"), -1)


def _failure(judged: Judged, case: Case) -> Iterator[str]:
    """The worst element and how far it is, what else is wrong, and the cause."""
    (judgement,) = judged.judgements
    worst = _worst(judgement, case)
    yield "this is not the convolution of the given input and kernel: " + (
        worst or str(judgement.message)
    )
    if worst and judgement.message:
        yield str(judgement.message)
    for finding in diagnose(case, judged, lambda *_: None).findings:
        yield from finding_lines(finding)


def _worst(judgement: Judgement, case: Case) -> str:
    error, array = judgement.error, judgement.output.array
    if error is None or error.worst_index is None or array is None:
        return ""
    flat = np.ravel_multi_index(error.worst_index, array.shape)
    right = exact(case, np.array([flat]))
    value = float(np.ldexp(right.hi[0], int(np.ravel(right.s)[0])))
    words = f"worst at {error.worst_index}: it is {array[error.worst_index]!s}, exact is {value!r}"
    times = error.max_over_bound
    if times is None:
        return words
    if not np.isfinite(times):
        return f"{words}, which no rounding can cause"
    return (
        f"{words}, {times:.4g} times the most that rounding in {judgement.declared} can cause there"
    )
