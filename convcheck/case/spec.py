"""The geometry of a convolution: all padding and shape arithmetic. Imports no NumPy.

Sources of the formulas:

- SAME and VALID: TensorFlow, "Neural network API, notes on padding"
  (https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2).
- Transposed convolution as the gradient of a convolution, and output padding:
  Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning"
  (arXiv:1603.07285), relationships 12 and 14.
- One spec for all of them: ``jax.lax.conv_general_dilated``, where a transposed convolution
  is input dilation and a depthwise one is ``feature_group_count``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd, prod

from convcheck.case.checks import check_axes, check_pads, show, wrong_rank
from convcheck.errors import SpecError

Pads = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Axis:
    """One spatial axis, resolved against an input: all that a loop over taps needs.

    Forward: output ``o`` reads input ``o * stride + k * dilation - before`` for each tap ``k``.
    Transposed: input ``i`` and tap ``k`` add to output ``i * stride + k * dilation - before``.
    Positions outside the input (or outside the output) contribute nothing.
    """

    size: int
    """Input positions along this axis."""
    taps: int
    """Kernel positions along this axis."""
    stride: int
    dilation: int
    before: int
    """Zeros padded before the input; for a transposed convolution, outputs cropped there."""
    after: int
    """As ``before``, at the other end. Negative for a transposed SAME whose kernel is smaller
    than its stride: zeros are appended there instead of outputs cropped."""
    out: int
    """Output positions along this axis."""


@dataclass(frozen=True)
class ConvSpec:
    """The geometry of one convolution, of spatial rank 1 to 3. Raises SpecError for nonsense.

    Kernels are HWIO with I = channels / groups; a transposed kernel is HWOI with
    O = output channels / groups and I = input channels (torch's ``weight`` permuted).
    """

    kernel_size: tuple[int, ...]
    """Taps along each spatial axis; its length is the rank."""
    strides: tuple[int, ...]
    padding: str | Pads
    """``"same"``, ``"valid"``, or (before, after) for each axis. For a transposed convolution
    the pads crop the full output."""
    dilations: tuple[int, ...]
    """Distance between taps, counted from 1."""
    groups: int = 1
    transposed: bool = False
    output_padding: tuple[int, ...] | None = None
    """Outputs appended after each axis of a transposed convolution; below the stride."""

    def __post_init__(self) -> None:
        rank = len(self.kernel_size)
        if not 1 <= rank <= 3:
            raise SpecError(f"a spatial rank of {rank}; convcheck knows rank 1 to 3")
        for word, values in (
            ("kernel size", self.kernel_size),
            ("strides", self.strides),
            ("dilations", self.dilations),
        ):
            check_axes(word, values, rank, at_least=1)
        if self.groups < 1:
            raise SpecError(f"groups={self.groups}; there must be at least 1")
        if isinstance(self.padding, str):
            if self.padding not in ("same", "valid"):
                raise SpecError(f"padding '{self.padding}' is not same, valid or numbers")
        else:
            check_pads(self.padding, self._padding_text(), rank)
        if self.output_padding is not None:
            if not self.transposed:
                raise SpecError(
                    "output padding belongs to transposed convolutions; add --transposed"
                )
            check_axes("output padding", self.output_padding, rank, at_least=0)
            for extra, stride in zip(self.output_padding, self.strides, strict=True):
                if extra >= stride:
                    raise SpecError(
                        f"output padding {extra} must be below the stride {stride}; "
                        f"use {stride - 1} at most"
                    )

    @classmethod
    def make(
        cls,
        kernel_size: Sequence[int],
        *,
        strides: int | Sequence[int] = 1,
        padding: str | int | Sequence[int] | Sequence[Sequence[int]] = "same",
        dilations: int | Sequence[int] = 1,
        groups: int = 1,
        transposed: bool = False,
        output_padding: int | Sequence[int] | None = None,
    ) -> ConvSpec:
        """A spec from short forms, in which one number stands for every axis.

        Raises SpecError for a geometry that makes no sense.
        """
        rank = len(kernel_size)
        return cls(
            kernel_size=tuple(int(k) for k in kernel_size),
            strides=_each_axis(strides, rank),
            padding=_pads(padding, rank),
            dilations=_each_axis(dilations, rank),
            groups=int(groups),
            transposed=bool(transposed),
            output_padding=None if output_padding is None else _each_axis(output_padding, rank),
        )

    @property
    def rank(self) -> int:
        """Number of spatial axes."""
        return len(self.kernel_size)

    def is_depthwise(self, channels: int) -> bool:
        """Whether each of several input channels is a group of its own."""
        return self.groups == channels > 1

    def axes(self, input_shape: Sequence[int]) -> tuple[Axis, ...]:
        """Each spatial axis resolved against an input of shape (N, *spatial, C).

        Raises SpecError where no output position exists.
        """
        resolved = []
        for i, size in enumerate(input_shape[1:-1]):
            window = self.dilations[i] * (self.kernel_size[i] - 1) + 1
            make = self._transposed_axis if self.transposed else self._forward_axis
            before, after, out = make(i, size, window)
            if out < 1:
                raise SpecError(self._no_output(i, size, window, before + after))
            resolved.append(
                Axis(
                    size,
                    self.kernel_size[i],
                    self.strides[i],
                    self.dilations[i],
                    before,
                    after,
                    out,
                )
            )
        return tuple(resolved)

    def _forward_axis(self, i: int, size: int, window: int) -> tuple[int, int, int]:
        stride = self.strides[i]
        if self.padding == "same":
            out = -(-size // stride)
            total = max((out - 1) * stride + window - size, 0)
            return total // 2, total - total // 2, out
        before, after = self._explicit(i)
        padded = size + before + after
        return before, after, (padded - window) // stride + 1 if padded >= window else 0

    def _transposed_axis(self, i: int, size: int, window: int) -> tuple[int, int, int]:
        stride = self.strides[i]
        full = (size - 1) * stride + window
        extra = self.output_padding[i] if self.output_padding else 0
        if self.padding == "same":
            # The gradient of a SAME convolution that reads size * stride and gives size.
            before = max(window - stride, 0) // 2
            out = size * stride + extra
            return before, full - before - out, out
        before, after = self._explicit(i)
        return before, after - extra, full - before - after + extra

    def _explicit(self, i: int) -> tuple[int, int]:
        return (0, 0) if isinstance(self.padding, str) else self.padding[i]

    def channels(self, kernel_shape: Sequence[int]) -> tuple[int, int]:
        """(input channels, output channels) that a kernel of this shape connects."""
        if self.transposed:
            return kernel_shape[-1], kernel_shape[-2] * self.groups
        return kernel_shape[-2] * self.groups, kernel_shape[-1]

    def terms(self, kernel_shape: Sequence[int]) -> int:
        """Taps of a full window: the products that one inner output adds up."""
        channels, _ = self.channels(kernel_shape)
        return prod(self.kernel_size) * channels // self.groups

    def output_shape(
        self, input_shape: Sequence[int], kernel_shape: Sequence[int]
    ) -> tuple[int, ...]:
        """Shape (N, *spatial, O) of the output.

        Raises SpecError where the arrays do not fit this spec or each other.
        """
        rank = self.rank
        if len(input_shape) != rank + 2:
            raise SpecError(wrong_rank(input_shape, rank))
        if len(kernel_shape) != rank + 2 or tuple(kernel_shape[:rank]) != self.kernel_size:
            raise SpecError(
                f"kernel of shape {show(kernel_shape)} does not fit a kernel size of "
                f"{show(self.kernel_size)}; expected {'HWOI' if self.transposed else 'HWIO'}"
            )
        if 0 in input_shape or 0 in kernel_shape:
            raise SpecError(
                f"an empty array: input {show(input_shape)}, kernel {show(kernel_shape)}; "
                "every axis needs at least 1"
            )
        self._check_channels(input_shape[-1], kernel_shape)
        spatial = tuple(axis.out for axis in self.axes(input_shape))
        return (input_shape[0], *spatial, self.channels(kernel_shape)[1])

    def _check_channels(self, channels: int, kernel_shape: Sequence[int]) -> None:
        if channels % self.groups:
            raise SpecError(
                f"groups={self.groups} must divide the {channels} input channels; "
                f"try --groups {gcd(self.groups, channels)}"
            )
        takes, gives = self.channels(kernel_shape)
        if takes != channels:
            layout = "HWOI" if self.transposed else "HWIO, where I is channels / groups"
            raise SpecError(
                f"kernel of shape {show(kernel_shape)} takes {takes} input channels with "
                f"groups={self.groups}, but the input has {channels}; kernels are {layout}"
            )
        if gives % self.groups:
            raise SpecError(
                f"groups={self.groups} must divide the {gives} filters; "
                f"try --filters {-(-gives // self.groups) * self.groups}"
            )

    def _no_output(self, i: int, size: int, window: int, padding: int) -> str:
        if self.transposed:
            return (
                f"padding crops all of the transposed output on axis {i}; "
                "use less padding or a larger input"
            )
        dilated = f" ({window} with its dilation)" if self.dilations[i] > 1 else ""
        padded = f" padded by {padding}" if padding else ""
        return (
            f"a kernel of {self.kernel_size[i]}{dilated} does not fit into the {size} "
            f"positions{padded} of axis {i}; use a smaller kernel or --padding same"
        )

    def command_line_options(self) -> list[str]:
        """The geometry as the words of ``convcheck compare``'s options, as in a shell.

        Such as ``["--padding", "1:0,1:0", "--strides", "2,2"]``. The kernel size is left out, since
        the kernel's own shape gives it, and so is what has no effect: strides and dilations of 1,
        one group. The padding is always given, since libraries differ in its default.
        """
        words = ["--padding", self._padding_text()]
        if set(self.strides) != {1}:
            words += ["--strides", _comma_separated(self.strides)]
        if set(self.dilations) != {1}:
            words += ["--dilations", _comma_separated(self.dilations)]
        if self.groups > 1:
            words += ["--groups", str(self.groups)]
        if self.transposed:
            words.append("--transposed")
        if self.output_padding is not None:
            words += ["--output-padding", _comma_separated(self.output_padding)]
        return words

    def _padding_text(self) -> str:
        if isinstance(self.padding, str):
            return self.padding
        return ",".join(f"{before}:{after}" for before, after in self.padding)


def _comma_separated(values: Sequence[int]) -> str:
    return ",".join(map(str, values))


def _each_axis(value: int | Sequence[int], rank: int) -> tuple[int, ...]:
    if isinstance(value, int):
        return (value,) * rank
    values = tuple(int(v) for v in value)
    return values * rank if len(values) == 1 else values


def _pads(padding: str | int | Sequence[int] | Sequence[Sequence[int]], rank: int) -> str | Pads:
    if isinstance(padding, str):
        return padding.lower()
    if isinstance(padding, int):
        padding = (padding,)
    sides = tuple(
        (side, side) if isinstance(side, int) else (int(side[0]), int(side[1])) for side in padding
    )
    return sides * rank if len(sides) == 1 else sides
