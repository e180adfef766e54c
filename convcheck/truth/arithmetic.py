"""Arithmetics: in which formats a computation holds operands, sums and outputs.

Which one an operation declares, which ones could explain its output, and a case's operands as
an arithmetic rounds them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcheck.case.case import Case
from convcheck.truth.formats import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    FORMATS,
    TFLOAT32,
    Array,
    Format,
    format_named,
    format_of,
    pair,
)
from convcheck.truth.rounding import Rounding, cast, round_exact, ulp
from convcheck.truth.winograd.tiling import Tiling

__all__ = [
    "BFLOAT16",
    "FLOAT16",
    "FLOAT32",
    "FLOAT64",
    "FORMATS",
    "TFLOAT32",
    "Arithmetic",
    "DetectedArithmetic",
    "Format",
    "Rounding",
    "candidates",
    "cast",
    "declared",
    "format_named",
    "format_of",
    "is_on_grid",
    "narrowest_grid",
    "round_exact",
    "rounded",
    "tightness",
    "ulp",
]

_FEW = 4096
"""Numbers of an operand that are compared before all are."""
ROUNDINGS: tuple[Rounding, ...] = ("nearest-even", "nearest-away", "toward-zero")


@dataclass(frozen=True)
class Arithmetic:
    """Operands are rounded to a format, products summed in another, the sum stored in a third."""

    operands: Format
    accumulator: Format
    output: Format
    operand_rounding: Rounding = "nearest-even"
    kernel_operands: Format | None = None
    """The kernel's format, where it is another than the input's."""
    own_bias: Format | None = None
    """The bias's format, where it is another than the output's."""
    tiling: Tiling | None = None
    """The Winograd algorithm that computes it, where one was shown; else sums of products."""

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Such as ``tfloat32/float32/float32``; a rounding other than nearest-even is added."""
        text = self.short_name
        plain = self.operand_rounding == "nearest-even"
        return text if plain else f"{text} ({self.operand_rounding})"

    @property
    def short_name(self) -> str:
        """``operands/accumulator/output``; the operands as ``input*kernel`` where they differ."""
        operands = str(self.operands)
        if self.kernel_operands is not None:
            operands += f"*{self.kernel_operands}"
        return f"{operands}/{self.accumulator}/{self.output}"

    @property
    def full_name(self) -> str:
        """The name, and the algorithm where one was shown."""
        return self.name if self.tiling is None else f"{self.name} by {self.tiling}"

    @property
    def kernel_format(self) -> Format:
        """The format that the kernel is rounded to."""
        return self.operands if self.kernel_operands is None else self.kernel_operands

    @property
    def bias_format(self) -> Format:
        """The format that the bias is rounded to: an integer one is added before the store."""
        if self.own_bias is not None:
            return self.own_bias
        return self.operands if self.is_integer else self.output

    @property
    def is_integer(self) -> bool:
        """Whether it computes in integers, and so exactly throughout."""
        return self.accumulator.is_integer

    @property
    def block(self) -> int:
        """Unit roundoffs allowed for each operation: 4 with block multipliers that may truncate.

        Tensor cores align the products of a block and truncate; measured and bounded by
        Fasi, Higham, Mikaitis and Pranesh 2021, "Numerical behavior of NVIDIA tensor cores".
        """
        return 4 if self.operands.is_narrow and self.kernel_format.is_narrow else 1


@dataclass(frozen=True)
class DetectedArithmetic:
    """The tightest arithmetic that explains an output, and those that cannot be told from it."""

    arithmetic: Arithmetic
    also: tuple[Arithmetic, ...] = ()

    @property
    def every(self) -> tuple[Arithmetic, ...]:
        """The arithmetic first, then its equals."""
        return self.arithmetic, *self.also

    def __str__(self) -> str:
        names = (one.short_name for one in self.every)
        words = " or ".join(dict.fromkeys(names))
        tiling = self.arithmetic.tiling
        return words if tiling is None else f"{words} by {tiling}"


def declared(compute: str, output: str, accumulate: str | None = None) -> Arithmetic:
    """The arithmetic that an operation with these dtypes declares.

    float64 and float32 operations work in that format throughout; float16 and bfloat16 have
    such operands and accumulate in float32, unless ``accumulate`` is said; integers are exact.
    """
    operands, stored = format_named(compute), format_named(output)
    accumulator = FLOAT32 if operands.is_narrow else operands
    if accumulate is not None:
        accumulator = format_named(accumulate)
    return Arithmetic(operands, accumulator, stored)


def candidates(declared: Arithmetic, grid: Format | None = None) -> tuple[Arithmetic, ...]:
    """The declared arithmetic and the narrower ones that could explain an output.

    Tightest first: by accumulator, then by operands, then by output. Operands: as declared, float32
    below float64, tfloat32 in three roundings, float16, bfloat16, for input and kernel or one of
    them alone. Accumulators: as declared, float32 below float64, and the output's own format where
    that is float16 or bfloat16. Outputs: as declared, and ``grid``, the narrower format that holds
    every output, where there is one.
    """
    if declared.is_integer:
        return (declared,)
    operands = [declared]
    x, kernel = declared.operands, declared.kernel_format
    for fmt in (FLOAT32, TFLOAT32, FLOAT16, BFLOAT16):
        for way in ROUNDINGS if fmt == TFLOAT32 else ROUNDINGS[:1]:
            narrow = replace(declared, operand_rounding=way)
            for one in (_narrower(x, fmt), x):
                for other in (_narrower(kernel, fmt), kernel):
                    if (one, other) != (x, kernel):
                        operands.append(_with_operands(narrow, one, other))
    found = list(operands)
    if declared.accumulator == FLOAT64:
        # Whoever narrows the operands of a float64 operation accumulates in float32 as well.
        found += [replace(one, accumulator=FLOAT32) for one in operands]
    if declared.output.is_narrow:
        found += [
            replace(one, accumulator=declared.output)
            for one in operands
            if one.kernel_operands is None
        ]
    if grid is not None and grid.precision < declared.output.precision:
        # Rounded at the end, the bias included.
        found += [replace(one, output=grid, own_bias=declared.bias_format) for one in found]
    return tuple(sorted(dict.fromkeys(found), key=tightness))


def _narrower(own: Format, fmt: Format) -> Format:
    # Every float16 number is a tfloat32 number.
    changes = fmt.precision <= own.precision and not (own == FLOAT16 and fmt == TFLOAT32)
    return fmt if changes else own


def _with_operands(arithmetic: Arithmetic, x: Format, kernel: Format) -> Arithmetic:
    return replace(arithmetic, operands=x, kernel_operands=None if kernel == x else kernel)


def tightness(arithmetic: Arithmetic) -> tuple[float, float, float]:
    """Sorts the tightest arithmetics first."""
    operands = arithmetic.operands.u + arithmetic.kernel_format.u
    return arithmetic.accumulator.u, operands, arithmetic.output.u


def narrowest_grid(values: Array) -> Format | None:
    """The narrowest of bfloat16, float16 and float32 that holds all of these floating numbers.

    None where their own format is as narrow as any.
    """
    own = format_of(values.dtype)
    for fmt in (BFLOAT16, FLOAT16, FLOAT32):
        if not own.is_integer and fmt.precision < own.precision and is_on_grid(values, fmt).all():
            return fmt
    return None


def is_on_grid(values: Array, fmt: Format) -> NDArray[np.bool_]:
    """Which numbers the format holds as they are."""
    with np.errstate(over="ignore", invalid="ignore"):
        back = cast(values, fmt).astype(values.dtype)
    return np.asarray((back == values) | ((back != back) & (values != values)))


def rounded(case: Case, arithmetic: Arithmetic) -> Case:
    """The case with its operands as the arithmetic rounds them; the same object if none changes.

    The bias is no factor of a product: it is added in the accumulator's or the output's format,
    hence rounded, to nearest, to the narrower of the two that an operation declares for it,
    its output format (unless ``own_bias`` says another). An integer arithmetic cuts fractions off,
    as C and every framework do.
    """
    changes: dict[str, Any] = {}
    for name in ("input", "kernel"):
        given = getattr(case, name)
        new = (as_kernel if name == "kernel" else as_input)(given, arithmetic)
        if not _same(given, new):
            changes[name] = new
    if case.bias is not None:
        new = as_bias(case.bias, arithmetic)
        if not _same(case.bias, new):
            changes["bias"] = new
    return replace(case, **changes) if changes else case


def as_input(values: Array, arithmetic: Arithmetic) -> Array:
    """Numbers of the input as the arithmetic rounds them."""
    return _as_operand(values, arithmetic, arithmetic.operands)


def as_kernel(values: Array, arithmetic: Arithmetic) -> Array:
    """Numbers of the kernel as the arithmetic rounds them."""
    return _as_operand(values, arithmetic, arithmetic.kernel_format)


def as_bias(values: Array, arithmetic: Arithmetic) -> Array:
    """Numbers of the bias as the arithmetic rounds them."""
    if arithmetic.is_integer:
        return _as_integers(values)
    fmt = arithmetic.bias_format
    fmt = arithmetic.accumulator if fmt.is_integer else fmt
    return values if format_of(values.dtype) == fmt else cast(values, fmt)


def _as_operand(values: Array, arithmetic: Arithmetic, fmt: Format) -> Array:
    if arithmetic.is_integer:
        return _as_integers(values)
    if format_of(values.dtype) == fmt:  # none can change: to copy and compare them takes long
        return values
    return cast(values, fmt, arithmetic.operand_rounding)


def _as_integers(values: Array) -> Array:
    """Integers in their own format, which need not be the output's; fractions are cut off.

    So do C and every framework. Products and sums of integers are exact, whatever holds them.
    """
    return values if format_of(values.dtype).is_integer else np.trunc(values)


def _same(given: Array, new: Array) -> bool:
    if given is new:
        return True
    # A few numbers tell nearly always.
    return _all_same(given.flat[:_FEW], new.flat[:_FEW]) and _all_same(given, new)


def _all_same(given: Array, new: Array) -> bool:
    (a, a_rest), (b, b_rest) = pair(given), pair(new)
    rest = (0.0 if a_rest is None else a_rest) == (0.0 if b_rest is None else b_rest)
    return bool((((a == b) & rest) | ((a != a) & (b != b))).all())
