"""What frameworks are known to get wrong in a gradient, and where: nothing else may be wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from convcheck.case.case import Case
from convcheck.case.passes import BIAS_GRADIENT, KERNEL_GRADIENT, Gradient


class Fault(NamedTuple):
    """A fault of some implementations."""

    words: str
    bases: tuple[str, ...]
    shows: Callable[[Gradient], bool]
    """Whether it may show in this gradient."""


def known_faults(base: str, asked: Gradient) -> list[str]:
    """The words of those that may show in what the implementation gives."""
    return [fault.words for fault in FAULTS if base in fault.bases and fault.shows(asked)]


def _taps_met(case: Case) -> list[list[bool]]:
    """For each axis, of each tap whether any output takes an input by it."""
    return [
        [
            any(
                0 <= near * axis.stride + tap * axis.dilation - axis.before < far
                for near in range(axis.size if case.spec.transposed else axis.out)
            )
            for tap in range(axis.taps)
        ]
        for axis in case.axes
        for far in [axis.out if case.spec.transposed else axis.size]
    ]


def _is_bfloat16(asked: Gradient) -> bool:
    return asked.forward.input.dtype.name == "bfloat16"


def _adds_along_the_width(asked: Gradient) -> bool:
    case = asked.forward
    width, filters = case.output_shape[-2:]
    return asked.kind == BIAS_GRADIENT and case.data_format == "NCHW" and width == filters


def _has_a_tap_that_reads_nothing(asked: Gradient) -> bool:
    by_kernel = _is_bfloat16(asked) and asked.kind == KERNEL_GRADIENT
    return by_kernel and not all(map(all, _taps_met(asked.forward)))


def _has_an_axis_that_reads_nothing(asked: Gradient) -> bool:
    return _is_bfloat16(asked) and not all(map(any, _taps_met(asked.forward)))


def _has_groups_and_a_tap_that_reads_nothing(asked: Gradient) -> bool:
    some_unread = not all(map(all, _taps_met(asked.forward)))
    return _is_bfloat16(asked) and asked.forward.spec.groups > 1 and some_unread


FAULTS = (
    Fault(
        "oneDNN's bfloat16 convolution of groups computes the first alone, forward already, where "
        "a tap reads only padding: torch.nn.functional.conv3d(x, k, padding=(1, 0, 1), groups=2) "
        "of a (1, 6, 1, 3, 9) x and a (2, 3, 3, 2, 4) k gives 0 in the second filter",
        ("torch",),
        _has_groups_and_a_tap_that_reads_nothing,
    ),
    Fault(
        "keras.ops.add takes a (1, C, 1, 1) bias for NHWC where the output is C wide",
        ("keras",),
        _adds_along_the_width,
    ),
    Fault(
        "oneDNN's bfloat16 convolution dies, forward already, where no tap of an axis reads any "
        "input: torch.nn.functional.conv2d(x, k, padding=(2, 3), dilation=3) of a (1, 3, 1, 5) x "
        "and a (1, 3, 2, 3) k",
        ("tf", "keras", "torch"),
        _has_an_axis_that_reads_nothing,
    ),
    Fault(
        "oneDNN's bfloat16 kernel gradient leaves what it finds in memory at taps that only read "
        "padding: tf.nn.conv2d(x, k, 2, 'SAME') of a (1, 16, 1, 14) x and a (3, 3, 14, 7) k, with "
        "MALLOC_PERTURB_=165 in the environment",
        ("tf", "keras", "torch"),
        _has_a_tap_that_reads_nothing,
    ),
)
