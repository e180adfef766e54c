"""Asserts in a test that an array is a convolution up to rounding, without a tolerance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from convcheck.api.arrays import as_array, in_layout, make_case, with_pass
from convcheck.api.failure import check_given, given, message, worst_element
from convcheck.case.case import Case
from convcheck.case.layouts import to_canonical_kernel
from convcheck.case.passes import FORWARD, INPUT_GRADIENT, KERNEL_GRADIENT
from convcheck.check.rerun import laid_out
from convcheck.errors import UsageError
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
    pass_: str = FORWARD,
    output_gradient: ArrayLike | None = None,
) -> None:
    """Assert that ``actual`` is this convolution up to rounding: a test without a tolerance.

    ``actual`` has shape (N, *spatial, O); ``input_layout`` (``"NCHW"``) is its layout as well as
    the input's. ``compute`` is the dtype that it was computed in, its own unless given, and
    ``accumulate`` that of its sums: float32 for float16 and bfloat16, else the same. Raises
    AssertionError where an element is further from exact than that arithmetic may be, or where
    nothing can be proved: it says where, how far and, where it is found, the cause, as the report
    does; under pytest it leaves the case in a temporary folder too. Raises UsageError for arrays
    that do not fit.

    With ``pass_="input-gradient"`` (``"kernel-gradient"``, ``"bias-gradient"``) ``actual`` is that
    gradient of the sum of output * ``output_gradient``, in the layout of the input or of the
    kernel, of a bias (O,).
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
    if pass_ != FORWARD and output_gradient is None:
        raise UsageError(f"{pass_} needs output_gradient: what each output is weighted by")
    case = with_pass(case, pass_, output_gradient, input_layout)
    output = given(_laid_out(actual, case, input_layout, kernel_layout), compute, accumulate)
    (judgement,) = judge(case, [laid_out(case, output)]).judgements
    if judgement.status not in PASSES:
        first = f"{_WRONG}: {worst_element(judgement, case)}"
        raise AssertionError(message(first, case, check_given(Plan(case, (), computed=[output]))))


def _laid_out(
    actual: ArrayLike, case: Case, input_layout: str | None, kernel_layout: str | None
) -> Any:
    """An output, or a gradient, in convcheck's own layouts; judging says what is wrong with it."""
    asked = case.gradient
    if asked is None or asked.kind == INPUT_GRADIENT:
        return in_layout(actual, input_layout)
    array = as_array(actual)
    if asked.kind == KERNEL_GRADIENT and kernel_layout is not None:
        spec = asked.forward.spec
        array, _ = to_canonical_kernel(
            array, kernel_layout, groups=spec.groups, transposed=spec.transposed
        )
    return array
