"""Compares implementations from Python; a session keeps their frameworks warm between checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from convcheck.api.arrays import make_case, with_pass, words_of_python
from convcheck.api.check import Check
from convcheck.api.functions import call
from convcheck.api.quantized import KEYWORDS, any_case
from convcheck.case.case import Case
from convcheck.case.passes import FORWARD
from convcheck.check import check
from convcheck.errors import UsageError
from convcheck.implementations.registry import default_names, parse_all
from convcheck.plan import OrderSearch, Plan
from convcheck.quantized.any_case import operands_of
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.limits import Limits

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Implementations: TypeAlias = "str | Callable[..., Any] | Sequence[str | Callable[..., Any]]"
"""Names as on the command line, and functions: one, or several."""


def seconds_of(name: str, seconds: float) -> float:
    """Seconds that may pass. Raises UsageError for what is no such number."""
    if not seconds > 0:  # nan never ends
        raise UsageError(f"{name} is {seconds}; expected a number of seconds, more than 0")
    return seconds


class Session:
    """Checks that share the processes of their frameworks, which start once; a context manager.

    ``timeout`` and ``start_timeout`` are seconds for each implementation's run, and for its
    process's start.
    """

    def __init__(self, *, timeout: float = 120.0, start_timeout: float = 300.0) -> None:
        self._runtimes = Runtimes(
            timeout=seconds_of("timeout", timeout),
            start_timeout=seconds_of("start_timeout", start_timeout),
        )

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
        implementations: Implementations | None = None,
        identical: bool = False,
        max_sum: float | None = None,
        strict: bool = False,
        accept: Sequence[str] = (),
        orders: bool | None = False,
        orders_timeout: float = 600.0,
        **options: Any,
    ) -> Check:
        """The same as ``convcheck.compare``, without its two timeouts."""
        parameters = {name: options.pop(name) for name in KEYWORDS if name in options}
        weighted = options.pop("pass_", FORWARD), options.pop("output_gradient", None)
        forward = make_case(input, kernel, **options)
        case = with_pass(forward, *weighted, options.get("input_layout"))
        given = any_case(case, **parameters)
        quantized = None if isinstance(given, Case) else given
        is_quantized = quantized is not None
        if implementations is None:
            implementations = default_names(quantized=is_quantized)
        asked = [implementations] if _is_one(implementations) else list(implementations)  # type: ignore[arg-type]
        texts = [one for one in asked if isinstance(one, str)]
        with words_of_python():
            names = parse_all(texts, quantized=is_quantized)
        functions = [one for one in asked if callable(one)]
        limits = Limits(identical=identical, max_sum=max_sum, strict=strict, accept=tuple(accept))
        computed = [call(function, case.gradient or given) for function in functions]
        search = OrderSearch(orders, seconds_of("orders_timeout", orders_timeout))
        plan = Plan(
            *(operands_of(given), names),
            computed=computed,
            quantized=quantized,
            orders=search,
        )
        return Check.of(check(plan, self._runtimes, limits), given)


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
    implementations: Implementations | None = None,
    bias: ArrayLike | None = None,
    strides: int | Sequence[int] = 1,
    padding: Any = "same",
    dilations: int | Sequence[int] = 1,
    groups: int = 1,
    transposed: bool = False,
    output_padding: int | Sequence[int] | None = None,
    data_format: str = "NHWC",
    pass_: str = FORWARD,
    output_gradient: ArrayLike | None = None,
    quantize: str | None = None,
    input_scale: float | None = None,
    input_zero_point: int | None = None,
    kernel_scale: ArrayLike | None = None,
    kernel_zero_point: ArrayLike | None = None,
    output_scale: float | None = None,
    output_zero_point: int | None = None,
    activation: str | None = None,
    input_layout: str | None = None,
    kernel_layout: str | None = None,
    identical: bool = False,
    max_sum: float | None = None,
    strict: bool = False,
    accept: Sequence[str] = (),
    orders: bool | None = False,
    orders_timeout: float = 600.0,
    timeout: float = 120.0,
    start_timeout: float = 300.0,
) -> Check:
    """Run one convolution through several implementations and judge each of them.

    ``input`` has shape (N, *spatial, C), ``kernel`` (*taps, C / groups, O), transposed
    (*taps, O / groups, C), or other layouts where ``input_layout`` and ``kernel_layout`` say so
    (``"NCHW"``, ``"OIHW"``, ``"HWCM"`` …); NumPy, torch, TensorFlow and JAX arrays are taken.
    ``implementations`` are names as on the command line and functions, which are called in this
    process as ``f(input, kernel, *, bias, strides, pads, dilations, groups, transposed)``. One
    that cannot run is a row with its reason. Without any they are ``tf`` and ``keras``.

    ``quantize="int8"`` (``"uint8"``, ``"int16x8"``) compares as integers, which real operands are
    made into; arrays that are quantized integers already come with ``input_scale``,
    ``kernel_scale`` (a number, or one for each output channel), ``output_scale`` and their zero
    points. ``implementations`` are then ``litert`` and ``litert?engine=reference``, and functions
    get the scales and zero points by these names too, and ``activation``.

    ``orders=True`` finds in which order each implementation adds, ``None`` as the command does
    unasked: where it takes next to no time. Of functions it is not found.

    ``pass_="input-gradient"`` (``"kernel-gradient"``, ``"bias-gradient"``) compares a gradient of
    the sum of output * ``output_gradient``, random numbers unless given; functions are then given
    ``pass_`` and ``output_gradient`` as well, and return a gradient in the layout of the input or
    kernel, of a bias (O,).

    The limits are those of the command line; they show in ``Check.exit_code``. Raises UsageError
    (SpecError) for arrays that do not fit together.
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
            pass_=pass_,
            output_gradient=output_gradient,
            quantize=quantize,
            input_scale=input_scale,
            input_zero_point=input_zero_point,
            kernel_scale=kernel_scale,
            kernel_zero_point=kernel_zero_point,
            output_scale=output_scale,
            output_zero_point=output_zero_point,
            activation=activation,
            input_layout=input_layout,
            kernel_layout=kernel_layout,
            identical=identical,
            max_sum=max_sum,
            strict=strict,
            accept=accept,
            orders=orders,
            orders_timeout=orders_timeout,
        )


def _is_one(implementations: object) -> bool:
    return isinstance(implementations, str) or callable(implementations)
