"""Rearranges arrays from convcheck's layouts to other frameworks', and back.

convcheck's are NHWC, HWIO and transposed HWOI. Every function gives a view, nothing copied or
cast, for any spatial rank.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcheck.results import Array


def channels_first(array: Array) -> Array:
    """NHWC to NCHW."""
    return array.transpose(0, -1, *range(1, array.ndim - 1))


def channels_last(array: Array) -> Array:
    """NCHW to NHWC."""
    return array.transpose(0, *range(2, array.ndim), 1)


def filters_first(kernel: Array) -> Array:
    """HWIO to OIHW; a transposed HWOI to IOHW, where I is channels and O is filters / groups."""
    return kernel.transpose(-1, -2, *range(kernel.ndim - 2))


def filters_last(kernel: Array) -> Array:
    """The reverse: OIHW to HWIO, a transposed IOHW to HWOI."""
    return kernel.transpose(*range(2, kernel.ndim), 1, 0)


def depthwise(kernel: Array, channels: int) -> Array:
    """HWIO with I = 1 and O = channels * multiplier to (H, W, channels, multiplier).

    Output o is channel o // multiplier's, as groups count their outputs.
    """
    return kernel.reshape(*kernel.shape[:-2], channels, -1)


def to_format(array: Array, data_format: str) -> Array:
    """An NHWC array in the layout that the framework is asked to use."""
    return array if data_format == "NHWC" else channels_first(array)


def from_format(array: Array, data_format: str) -> Array:
    """An array of that layout back in NHWC."""
    return array if data_format == "NHWC" else channels_last(array)
