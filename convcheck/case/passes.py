"""The passes of a convolution, and each gradient as a convolution of its own.

A gradient is of the sum of output * output gradient. It is a convolution again, a ``Case`` with no
geometry that other cases do not have, so that what is exact of it, how far an arithmetic may be
from it and how much of its error each step makes are found as of any other case. By axis, resolved
to ``before`` p and ``after`` q, with size L, taps K, stride s, dilation d and ``out`` outputs:

===================  =========================================  ===================================
gradient             is the convolution of                      with the spec
===================  =========================================  ===================================
input, forward       g with the kernel                          transposed, s, d; rest r = L + p +
                                                                q - ((out-1) s + d (K-1) + 1), crops
                                                                (p, max(q-r, 0)), output padding
                                                                max(r-q, 0), always below s
input, transposed    g without what no input reaches            s, d, pads (p, max(q, 0))
kernel, forward      R(x) with S(g)                             taps out, strides d, dilations s,
                                                                pads (p, q'), q' = (out-1) s +
                                                                d (K-1) + 1 - L - p; x cropped
                                                                where q' < 0
kernel, transposed   R(g) with S(x)                             the same with q' = q and taps L
bias                 g as (F, *out, N) with ones                valid
===================  =========================================  ===================================

R(a) takes (N, *L, G c) to (c, *L, G N), its channel group * N + image; S(a) takes (N, *L, F) to
(*L, N, F): images are what is summed over. The kernel's gradient then comes out as (c, *K, F).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

from convcheck.case.case import Case
from convcheck.case.checks import check_unmasked
from convcheck.case.spec import Axis, ConvSpec
from convcheck.errors import SpecError

if TYPE_CHECKING:
    from convcheck.case.case import Array

FORWARD = "forward"
INPUT_GRADIENT, KERNEL_GRADIENT, BIAS_GRADIENT = GRADIENTS = (
    "input-gradient",
    "kernel-gradient",
    "bias-gradient",
)
PASSES = (FORWARD, *GRADIENTS)
OUTPUT_GRADIENT = "output gradient"


@dataclass(frozen=True, eq=False)
class Gradient:
    """A gradient to compute: of a forward case, for a gradient of its output.

    Raises SpecError where the output gradient has another shape than the output.
    """

    kind: str
    """One of ``GRADIENTS``: by what the sum of output * output gradient is differentiated."""
    forward: Case
    output_gradient: Array
    """Shape (N, *spatial, O), that of the forward output."""
    source: str = "array"
    """Where the output gradient came from, as typed."""

    def __post_init__(self) -> None:
        check_unmasked("output gradient", self.output_gradient)
        check_gradient(self.output_gradient, self.forward.output_shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the gradient: that of what it is by, of a bias (O,)."""
        if self.kind == INPUT_GRADIENT:
            return self.forward.input.shape
        if self.kind == KERNEL_GRADIENT:
            return self.forward.kernel.shape
        return self.forward.output_shape[-1:]

    @cached_property
    def case(self) -> Case:
        """The convolution that the gradient is; its output is laid out as ``to_case_layout`` says.

        Operands whose numbers are summed in another order are copied.
        """
        make = {INPUT_GRADIENT: _by_input, KERNEL_GRADIENT: _by_kernel, BIAS_GRADIENT: _by_bias}
        return replace(make[self.kind](self), gradient=self)

    def with_bias(self, dtype: Any) -> Case:
        """The forward case; for a gradient by the bias with one, of zeros where it has none.

        Whatever the bias is, the gradient by it is the same.
        """
        if self.kind != BIAS_GRADIENT or self.forward.bias is not None:
            return self.forward
        import numpy as np

        return replace(self.forward, bias=np.zeros(self.shape, dtype))

    def to_case_layout(self, gradient: Array) -> Array:
        """A gradient as the output of ``case``; one with another number of axes as it is."""
        if self.kind == KERNEL_GRADIENT and gradient.ndim == self.forward.kernel.ndim:
            return gradient.transpose(-2, *range(gradient.ndim - 2), -1)
        if self.kind == BIAS_GRADIENT and gradient.ndim == 1:
            return gradient.reshape(-1, *(1,) * (self.forward.spec.rank + 1))
        return gradient

    def to_own_layout(self, output: Array) -> Array:
        """An output of ``case`` as the gradient: the reverse."""
        if self.kind == KERNEL_GRADIENT and output.ndim == self.forward.kernel.ndim:
            return output.transpose(*range(1, output.ndim - 1), 0, -1)
        if self.kind == BIAS_GRADIENT and prod(output.shape[1:]) == 1:
            return output.reshape(-1)
        return output


def check_gradient(output_gradient: Array, output_shape: tuple[int, ...]) -> None:
    """Raises SpecError where an output gradient does not have the shape of the output."""
    if output_gradient.shape != output_shape:
        raise SpecError(
            f"output gradient of shape {output_gradient.shape}, but the output has shape "
            f"{output_shape}; it needs a number for each output"
        )


def with_forward(case: Case, change: Callable[[Case], Case]) -> Case:
    """The case with a change, of a gradient with that of the convolution it is differentiated of.

    Raises SpecError where the changed convolution has an output of another shape.
    """
    asked = case.gradient
    return change(case) if asked is None else replace(asked, forward=change(asked.forward)).case


def operand_words(kind: str, *, transposed: bool) -> tuple[str, str]:
    """What stands as input and as kernel of the convolution that a pass is."""
    if kind == FORWARD:
        return "input", "kernel"
    if kind == INPUT_GRADIENT:
        return OUTPUT_GRADIENT, "kernel"
    if kind == BIAS_GRADIENT:
        return OUTPUT_GRADIENT, "ones"
    return (OUTPUT_GRADIENT, "input") if transposed else ("input", OUTPUT_GRADIENT)


def own_index(kind: str, index: Sequence[int]) -> tuple[int, ...]:
    """An element's index in the gradient, from its index in the output of ``Gradient.case``.

    And the gradient's shape from that output's. Of a forward pass they are the same.
    """
    if kind == KERNEL_GRADIENT:
        channel, *taps, filter_ = index
        return (*taps, channel, filter_)
    return tuple(index[:1]) if kind == BIAS_GRADIENT else tuple(index)


def _by_input(asked: Gradient) -> Case:
    case, spec = asked.forward, asked.forward.spec
    g = asked.output_gradient
    sources = (asked.source, case.sources[1], "none")
    if spec.transposed:
        pads = []
        for position, axis in enumerate(case.axes):
            g, before, after = _with_pads(
                g, position, axis.before, axis.after, _span(axis.size, axis)
            )
            pads.append((before, after))
        forward = ConvSpec(spec.kernel_size, spec.strides, tuple(pads), spec.dilations, spec.groups)
        return Case(forward, g, case.kernel, None, case.data_format, sources)
    crops, appended = [], []
    for axis in case.axes:
        rest = axis.size + axis.before + axis.after - _span(axis.out, axis)
        crops.append((axis.before, max(axis.after - rest, 0)))
        appended.append(max(rest - axis.after, 0))
    transposed = ConvSpec(
        *(spec.kernel_size, spec.strides, tuple(crops), spec.dilations, spec.groups),
        *(True, tuple(appended)),
    )
    return Case(transposed, g, case.kernel, None, case.data_format, sources)


def _by_kernel(asked: Gradient) -> Case:
    case, spec = asked.forward, asked.forward.spec
    sources = (case.sources[0], asked.source, "none")
    wide, small = case.input, asked.output_gradient
    if spec.transposed:
        wide, small = small, wide
        sources = (sources[1], sources[0], "none")
    pads = []
    for position, axis in enumerate(case.axes):
        span = _span(axis.size if spec.transposed else axis.out, axis)
        after = axis.after if spec.transposed else span - axis.size - axis.before
        wide, before, after = _with_pads(wide, position, axis.before, after, span)
        pads.append((before, after))
    kernel = _images_as_channels(small)
    summed = ConvSpec(kernel.shape[:-2], spec.dilations, tuple(pads), spec.strides, spec.groups)
    of_groups = _images_by_group(wide, spec.groups)
    return Case(summed, of_groups, kernel, None, case.data_format, sources)


def _by_bias(asked: Gradient) -> Case:
    import numpy as np  # a worker imports this module before it knows whether there is one

    g = asked.output_gradient
    moved = np.ascontiguousarray(g.transpose(-1, *range(1, g.ndim - 1), 0))
    _, *spatial, images = moved.shape
    rank = len(spatial)
    spec = ConvSpec(tuple(spatial), (1,) * rank, ((0, 0),) * rank, (1,) * rank)
    ones = np.ones((*spatial, images, 1), g.dtype)
    sources = (asked.source, "ones", "none")
    return Case(spec, moved, ones, None, asked.forward.data_format, sources)


def _span(windows: int, axis: Axis) -> int:
    """Positions from the first window's first tap to the last one's last."""
    return (windows - 1) * axis.stride + axis.dilation * (axis.taps - 1) + 1


def _with_pads(
    array: Array, position: int, before: int, after: int, span: int
) -> tuple[Array, int, int]:
    """The array, and (before, after) along a spatial axis; cropped where ``after`` is below 0.

    Where nothing is left all sums are 0: one position of zeros, in a padding of the same span.
    """
    if after >= 0:
        return array, before, after
    import numpy as np

    kept = array.shape[1 + position] + after
    if kept >= 1:
        return np.take(array, range(kept), axis=1 + position), before, 0
    shape = list(array.shape)
    shape[1 + position] = 1
    return np.zeros(shape, array.dtype), span - 1, 0


def _images_by_group(array: Array, groups: int) -> Array:
    """(N, *L, G c) to (c, *L, G N)."""
    import numpy as np

    images, *spatial, channels = array.shape
    split = array.reshape(images, *spatial, groups, channels // groups)
    moved = split.transpose(-1, *range(1, split.ndim - 1), 0)
    return np.ascontiguousarray(moved).reshape(-1, *spatial, groups * images)


def _images_as_channels(array: Array) -> Array:
    """(N, *L, F) to (*L, N, F)."""
    import numpy as np

    return np.ascontiguousarray(array.transpose(*range(1, array.ndim - 1), 0, -1))
