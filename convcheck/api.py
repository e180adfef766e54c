"""The same for Python users: compare implementations, or check an array in a test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.case.case import Case
from convcheck.case.checks import check_unmasked
from convcheck.case.dtypes import dtype_named
from convcheck.case.spec import ConvSpec
from convcheck.check import check
from convcheck.errors import UsageError
from convcheck.implementations.registry import parse_all
from convcheck.plan import Plan
from convcheck.results import PASSES, Check, Dtypes, Judgement, Output
from convcheck.runtimes.host import Runtimes
from convcheck.truth.exact import exact
from convcheck.verdict.judge import judge
from convcheck.verdict.limits import Limits

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def compare(
    input: ArrayLike,  # noqa: A002 - the field's word
    kernel: ArrayLike,
    *,
    implementations: Sequence[str] = ("tf", "keras"),
    bias: ArrayLike | None = None,
    strides: int | Sequence[int] = 1,
    padding: Any = "same",
    dilations: int | Sequence[int] = 1,
    groups: int = 1,
    transposed: bool = False,
    output_padding: int | Sequence[int] | None = None,
    data_format: str = "NHWC",
    identical: bool = False,
    max_sum: float | None = None,
    strict: bool = False,
    accept: Sequence[str] = (),
    timeout: float = 120.0,
    start_timeout: float = 300.0,
) -> Check:
    """Run one convolution through several implementations and judge each of them.

    ``input`` has shape (N, *spatial, C), ``kernel`` (*taps, C / groups, O), transposed
    (*taps, O / groups, C). ``implementations`` are names as on the command line; an implementation
    that cannot run is a row with its reason. The limits are those of the command line; they show
    in ``Check.exit_code``. Raises Mistake (SpecError) for arrays that do not
    fit together.
    """
    case = _case(
        input,
        kernel,
        bias=bias,
        strides=strides,
        padding=padding,
        dilations=dilations,
        groups=groups,
        transposed=transposed,
        output_padding=output_padding,
        data_format=data_format,
    )
    names = parse_all(implementations)
    limits = Limits(identical=identical, max_sum=max_sum, strict=strict, accept=tuple(accept))
    for name, seconds in (("timeout", timeout), ("start_timeout", start_timeout)):
        if not seconds > 0:  # nan never ends
            raise UsageError(f"{name} is {seconds}; expected a number of seconds, more than 0")
    with Runtimes(timeout=timeout, start_timeout=start_timeout) as runtimes:
        return check(Plan(case, names), runtimes, limits)


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
    compute: str | None = None,
) -> None:
    """Assert that ``actual`` is this convolution up to rounding: a test without a tolerance.

    ``actual`` has shape (N, *spatial, O). ``compute`` is the dtype that it was computed in, its
    own unless given. Raises AssertionError where an element is further from exact than that
    arithmetic may be, or where nothing can be proved; Mistake for arrays that do not fit.
    """
    case = _case(
        input,
        kernel,
        bias=bias,
        strides=strides,
        padding=padding,
        dilations=dilations,
        groups=groups,
        transposed=transposed,
        output_padding=output_padding,
    )
    array = as_array(actual)
    output = Output("actual", "actual", array, dtypes=Dtypes(compute=compute))
    (judgement,) = judge(case, [output]).judgements
    if judgement.status not in PASSES:
        raise AssertionError(_failure(judgement, case))


def as_array(values: Any) -> Any:
    """The numbers of a NumPy, torch, TensorFlow or JAX array as a NumPy array, every bit of them.

    A tensor that requires a gradient is detached, one on a device copied.
    """
    if isinstance(values, np.ndarray):
        check_unmasked("array", values)
        return np.asarray(values)  # a subclass may compute otherwise
    if hasattr(values, "detach"):  # torch, which is not imported for it
        values = values.detach().cpu()
        if str(values.dtype) == "torch.bfloat16":  # NumPy does not know it; float32 holds it
            return values.float().numpy().astype(dtype_named("bfloat16"))
        return values.numpy()
    return np.asarray(values.numpy() if hasattr(values, "numpy") else values)


def _case(input: ArrayLike, kernel: ArrayLike, *, bias: ArrayLike | None, **spec: Any) -> Case:  # noqa: A002
    weights = as_array(kernel)
    data_format = spec.pop("data_format", "NHWC")
    return Case(
        spec=ConvSpec.make(weights.shape[:-2], **spec),
        input=as_array(input),
        kernel=weights,
        bias=None if bias is None else as_array(bias),
        data_format=data_format,
    )


def _failure(judgement: Judgement, case: Case) -> str:
    """What is, where, how much beyond the bound."""
    lines = [f"this is not the convolution of the given input and kernel: {judgement.message}"]
    error, array = judgement.error, judgement.output.array
    if error is not None and error.worst_index is not None and array is not None:
        flat = np.ravel_multi_index(error.worst_index, array.shape)
        right = exact(case, np.array([flat]))
        lines.append(
            f"worst at {error.worst_index}: it is {array[error.worst_index]!s}, exact is "
            f"{float(np.ldexp(right.hi[0], int(np.ravel(right.s)[0])))!r}"
        )
        if error.max_over_bound is not None:
            lines.append(
                f"that error is {error.max_over_bound:.4g} times the most that rounding in "
                f"{judgement.declared} can cause there"
            )
    return "\n".join(lines)
