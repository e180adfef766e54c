"""Compares implementations from Python; a session keeps their frameworks warm between checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from convcheck.api.arrays import make_case
from convcheck.api.check import Check
from convcheck.api.functions import call
from convcheck.check import check
from convcheck.errors import UsageError
from convcheck.implementations.registry import parse_all
from convcheck.plan import Plan
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.limits import Limits

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Implementations: TypeAlias = "str | Callable[..., Any] | Sequence[str | Callable[..., Any]]"
"""Names as on the command line, and functions: one, or several."""


class Session:
    """Checks that share the processes of their frameworks, which start once; a context manager.

    ``timeout`` and ``start_timeout`` are seconds for each implementation's run, and for its
    process's start.
    """

    def __init__(self, *, timeout: float = 120.0, start_timeout: float = 300.0) -> None:
        for name, seconds in (("timeout", timeout), ("start_timeout", start_timeout)):
            if not seconds > 0:  # nan never ends
                raise UsageError(f"{name} is {seconds}; expected a number of seconds, more than 0")
        self._runtimes = Runtimes(timeout=timeout, start_timeout=start_timeout)

    def __enter__(self) -> Session:
        self._runtimes.__enter__()
        return self

    def __exit__(self, *raised: object) -> None:
        self._runtimes.__exit__(*raised)

    def compare(
        self,
        input: ArrayLike,  # noqa: A002 - the field's word
        kernel: ArrayLike,
        *,
        implementations: Implementations = (
            "tf",
            "keras",
        ),
        identical: bool = False,
        max_sum: float | None = None,
        strict: bool = False,
        accept: Sequence[str] = (),
        **options: Any,
    ) -> Check:
        """The same as ``convcheck.compare``, without its two timeouts."""
        case = make_case(input, kernel, **options)
        asked = [implementations] if _is_one(implementations) else list(implementations)  # type: ignore[arg-type]
        names = parse_all(one for one in asked if isinstance(one, str))
        functions = [one for one in asked if callable(one)]
        limits = Limits(identical=identical, max_sum=max_sum, strict=strict, accept=tuple(accept))
        plan = Plan(case, names, computed=[call(function, case) for function in functions])
        return Check.of(check(plan, self._runtimes, limits), case)


def session(*, timeout: float = 120.0, start_timeout: float = 300.0) -> Session:
    """A session: ``with convcheck.session() as s: s.compare(x, kernel)``.

    Each ``convcheck.compare`` starts the frameworks anew, which takes seconds; within a session
    they start once, and a small check takes some hundredths of a second.
    """
    return Session(timeout=timeout, start_timeout=start_timeout)


def compare(
    input: ArrayLike,  # noqa: A002 - the field's word
    kernel: ArrayLike,
    *,
    implementations: Implementations = (
        "tf",
        "keras",
    ),
    bias: ArrayLike | None = None,
    strides: int | Sequence[int] = 1,
    padding: Any = "same",
    dilations: int | Sequence[int] = 1,
    groups: int = 1,
    transposed: bool = False,
    output_padding: int | Sequence[int] | None = None,
    data_format: str = "NHWC",
    input_layout: str | None = None,
    kernel_layout: str | None = None,
    identical: bool = False,
    max_sum: float | None = None,
    strict: bool = False,
    accept: Sequence[str] = (),
    timeout: float = 120.0,
    start_timeout: float = 300.0,
) -> Check:
    """Run one convolution through several implementations and judge each of them.

    ``input`` has shape (N, *spatial, C), ``kernel`` (*taps, C / groups, O), transposed
    (*taps, O / groups, C), or other layouts where ``input_layout`` and ``kernel_layout`` say so
    (``"NCHW"``, ``"OIHW"``, ``"HWCM"`` …); NumPy, torch, TensorFlow and JAX arrays are taken.
    ``implementations`` are names as on the command line and functions, which are called in this
    process as ``f(input, kernel, *, bias, strides, pads, dilations, groups, transposed)``. One
    that cannot run is a row with its reason. The limits are those of the command line; they show
    in ``Check.exit_code``. Raises UsageError (SpecError) for arrays that do not fit together.
    """
    with Session(timeout=timeout, start_timeout=start_timeout) as one:
        return one.compare(
            input,
            kernel,
            implementations=implementations,
            bias=bias,
            strides=strides,
            padding=padding,
            dilations=dilations,
            groups=groups,
            transposed=transposed,
            output_padding=output_padding,
            data_format=data_format,
            input_layout=input_layout,
            kernel_layout=kernel_layout,
            identical=identical,
            max_sum=max_sum,
            strict=strict,
            accept=accept,
        )


def _is_one(implementations: object) -> bool:
    return isinstance(implementations, str) or callable(implementations)
