"""The parameters of a quantized convolution: what number each integer of an operand stands for.

An integer q of an array with scale s and zero point z stands for s·(q - z) (Jacob et al. 2018,
"Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference",
arXiv:1712.05877, equation 1). Scales are float32 numbers, as every runtime stores them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from convcheck.errors import UsageError

if TYPE_CHECKING:
    Array = NDArray[Any]

Float32s = NDArray[np.float32]
Integers = NDArray[np.int64]

INPUTS = ("int8", "uint8", "int16")
KERNELS = ("int8", "uint8")
ACTIVATION_LIMITS: dict[str, tuple[float | None, float | None]] = {
    "none": (None, None),
    "relu": (0.0, None),
    "relu6": (0.0, 6.0),
    "relu_n1_to_1": (-1.0, 1.0),
}
"""Name -> the real numbers that the output is clamped to; None for no limit."""
_SMALLEST, _LARGEST = 2.0**-126, float(np.finfo(np.float32).max)
"""Normal float32 numbers: processors may flush others to zero, and a reciprocal overflows."""


@dataclass(frozen=True, eq=False)
class Parameters:
    """Scales, zero points, dtypes and activation. Raises UsageError for what makes no sense.

    The output has the input's dtype. Scales may be given in any float: they are rounded to float32.
    """

    input_scale: float | np.float32
    kernel_scale: float | Sequence[float] | Array
    """One number, or one for each output channel."""
    output_scale: float | np.float32
    input_zero_point: int = 0
    kernel_zero_point: int | Sequence[int] | Array = 0
    """One number, or one for each output channel."""
    output_zero_point: int = 0
    activation: str = "none"
    input_dtype: str = "int8"
    """``int8``, ``uint8``, or ``int16``, whose zero points are 0."""
    kernel_dtype: str = "int8"

    def __post_init__(self) -> None:
        _check_choice("the input's dtype", self.input_dtype, INPUTS)
        _check_choice("the kernel's dtype", self.kernel_dtype, KERNELS)
        _check_choice("the activation", self.activation, tuple(ACTIVATION_LIMITS))
        for word in ("input", "output"):
            scale, zero = getattr(self, f"{word}_scale"), getattr(self, f"{word}_zero_point")
            (number,) = _scales(f"{word} scale", scale, most=1)
            (point,) = _zero_points(f"{word} zero point", zero, self.input_dtype, most=1)
            object.__setattr__(self, f"{word}_scale", number)
            object.__setattr__(self, f"{word}_zero_point", int(point))
        scales = _scales("kernel scale", self.kernel_scale)
        points = _zero_points("kernel zero point", self.kernel_zero_point, self.kernel_dtype)
        if len(points) > 1 and len(points) != len(scales):
            raise UsageError(
                f"{len(points)} kernel zero points but {len(scales)} kernel scales; "
                "give one zero point, or one for each scale"
            )
        object.__setattr__(self, "kernel_scale", scales)
        object.__setattr__(self, "kernel_zero_point", points)
        self._check_products()

    def _check_products(self) -> None:
        """Raise UsageError where i·w, i·w/o or what is made of them are no normal float32 numbers.

        Formulas in float32 would then compute zero, infinity or NaN, whatever the sum; or, of 2^31
        steps, infinity for a large one.
        """
        i, w, o = float(self.input_scale), self.w.astype(np.float64), float(self.output_scale)
        for text, values in (
            ("input scale * kernel scale", i * w),
            ("input scale * kernel scale / output scale", i * w / o),
            ("1 / output scale", np.array([1 / o])),
            ("1 / (input scale * kernel scale)", 1 / (i * w)),
            ("2^31 * input scale", np.array([2.0**31 * i])),
            ("2^31 * input scale * kernel scale", 2.0**31 * i * w),
        ):
            bad = ~((values >= _SMALLEST) & (values <= _LARGEST))
            if bad.any():
                raise UsageError(
                    f"{text} is {values[bad][0]:.3g}, which float32 does not hold; expected "
                    f"{_SMALLEST:.2g} to {_LARGEST:.2g}: check that the scales belong together"
                )

    @property
    def i(self) -> np.float32:
        """The input's scale."""
        return np.float32(self.input_scale)

    @property
    def o(self) -> np.float32:
        """The output's scale."""
        return np.float32(self.output_scale)

    @property
    def w(self) -> Float32s:
        """The kernel's scales: one, or one for each output channel."""
        return np.asarray(self.kernel_scale, np.float32)

    @property
    def zw(self) -> Integers:
        """The kernel's zero points: one, or one for each of its scales."""
        return np.asarray(self.kernel_zero_point, np.int64)

    @property
    def by_tensor(self) -> bool:
        """Whether the kernel has one scale for all of its channels."""
        return self.w.size == 1

    @cached_property
    def dtype_limits(self) -> tuple[int, int]:
        """The smallest and the largest integer of the output's dtype."""
        info = np.iinfo(self.input_dtype)
        return int(info.min), int(info.max)

    def check_channels(self, filters: int) -> None:
        """Raise UsageError unless there is one kernel scale, or one for each of the filters."""
        for word, values in (
            ("kernel scales", self.w),
            ("kernel zero points", self.zw),
        ):
            if values.size not in (1, filters):
                raise UsageError(
                    f"{values.size} {word} for a kernel of {filters} output channels; "
                    f"give 1, or {filters}"
                )


def _check_choice(word: str, given: str, choices: Sequence[str]) -> None:
    if given not in choices:
        raise UsageError(f"{word} is '{given}'; expected {', '.join(choices)}")


def _scales(word: str, given: Any, most: int | None = None) -> Float32s:
    """One-dimensional float32 scales; raises UsageError unless all are normal numbers above 0."""
    with np.errstate(over="ignore", under="ignore"):
        try:
            scales = np.asarray(given, np.float64).astype(np.float32)
        except (TypeError, ValueError):
            raise UsageError(f"the {word} is no number: {str(given)[:40]!r}") from None
    _check_shape(word, scales, most)
    bad = ~((scales >= _SMALLEST) & (scales <= _LARGEST))
    if bad.any():
        value = np.asarray(given, np.float64).reshape(-1)[bad.reshape(-1)][0]
        where = f" of channel {int(np.flatnonzero(bad)[0])}" if scales.size > 1 else ""
        raise UsageError(
            f"the {word}{where} is {value:g}; expected a number above 0 that float32 holds as a "
            f"normal number ({_SMALLEST:.2g} to {_LARGEST:.2g})"
        )
    return scales.reshape(-1)


def _zero_points(word: str, given: Any, dtype: str, most: int | None = None) -> Integers:
    """One-dimensional zero points; raises UsageError unless each is a number of the dtype."""
    points = np.asarray(given)
    _check_shape(word, points, most)
    if points.dtype.kind not in "iu":
        raise UsageError(f"the {word} is {str(given)[:40]}; expected an integer")
    low, high = (0, 0) if dtype == "int16" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    bad = (points < low) | (points > high)
    if bad.any():
        expected = f"{low} to {high}" if low != high else "0, as int16 activations have it"
        raise UsageError(
            f"the {word} of {dtype} is {points[bad].reshape(-1)[0]}; expected {expected}"
        )
    return points.astype(np.int64).reshape(-1)


def _check_shape(word: str, values: Array, most: int | None) -> None:
    if values.ndim > 1 or values.size == 0 or (most is not None and values.size > most):
        one = "one number" if most == 1 else "one number, or one for each output channel"
        raise UsageError(f"the {word} has shape {values.shape}; expected {one}")
