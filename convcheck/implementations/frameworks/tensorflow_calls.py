"""Which of TensorFlow's convolutions, ``tf.nn``, a case gets.

Layouts are TensorFlow's already: NHWC, HWIO, and HWOI for transposed kernels. Which call a case
gets, and what is done where a call takes less than the spec says:

=====================  =========================  ==================================================
case                   call                       explicit padding
=====================  =========================  ==================================================
forward                conv1d, conv2d, conv3d     conv2d takes it; the others ``tf.pad`` and VALID
depthwise, rank 2      depthwise_conv2d           takes it
transposed             conv{1,2,3}d_transpose     conv2d_transpose takes it; the others VALID, then
                                                  a slice
=====================  =========================  ==================================================

A depthwise case is one of a group for each channel, with the strides and dilations that
``depthwise_conv2d`` documents: one stride for both axes, and 1 where there is a dilation. Its
kernel HWIO with I = 1 and O = channels * multiplier becomes (H, W, channels, multiplier). What
falls outside is a grouped ``conv2d``. Grouped calls take no argument: TensorFlow reads the groups
from the kernel's shape. Output padding is part of the ``output_shape`` that transposed calls take.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from convcheck.implementations.frameworks.layouts import depthwise

if TYPE_CHECKING:
    from convcheck.case.case import Array, Case

_FORMATS = {"NHWC": ("NWC", "NHWC", "NDHWC"), "NCHW": ("NCW", "NCHW", "NCDHW")}


@dataclass(frozen=True)
class Call:
    """A call of TensorFlow's that computes a case."""

    text: str
    kernel: Array
    """In the shape that the call takes."""
    run: Callable[..., Any]
    """Takes input, kernel and, where there is one, bias."""


def call_for(case: Case) -> Call:
    """The call that TensorFlow offers for this case."""
    kernel = case.kernel
    if case.spec.transposed:
        text, convolve = _transposed(case)
    elif _takes_depthwise_call(case):
        kernel = depthwise(kernel, case.input.shape[-1])
        text, convolve = _depthwise(case)
    else:
        text, convolve = _forward(case)
    if case.bias is None:
        return Call(text, kernel, convolve)

    def with_bias(x: Any, k: Any, bias: Any) -> Any:
        # bias_add says NHWC or NCHW whatever the rank.
        return tf.nn.bias_add(convolve(x, k), bias, data_format=case.data_format)

    return Call(f"{text} + tf.nn.bias_add", kernel, with_bias)


def _forward(case: Case) -> tuple[str, Callable[[Any, Any], Any]]:
    spec = case.spec
    call = (tf.nn.conv1d, tf.nn.conv2d, tf.nn.conv3d)[spec.rank - 1]
    text = f"tf.nn.conv{spec.rank}d"
    common = _common(case)
    if spec.rank == 1:
        common["stride"] = common.pop("strides")
    if isinstance(spec.padding, str):
        return text, lambda x, k: call(x, k, padding=str(spec.padding).upper(), **common)
    pads = _with_outer(case, spec.padding, (0, 0))
    if spec.rank == 2:
        return text, lambda x, k: call(x, k, padding=pads, **common)
    return f"tf.pad + {text}", lambda x, k: call(tf.pad(x, pads), k, padding="VALID", **common)


def _takes_depthwise_call(case: Case) -> bool:
    spec = case.spec
    documented = len(set(spec.strides)) == 1 and 1 in (max(spec.strides), max(spec.dilations))
    return spec.rank == 2 and case.is_depthwise and documented


def _depthwise(case: Case) -> tuple[str, Callable[[Any, Any], Any]]:
    spec = case.spec
    padding = (
        spec.padding.upper()
        if isinstance(spec.padding, str)
        else _with_outer(case, spec.padding, (0, 0))
    )
    return "tf.nn.depthwise_conv2d", lambda x, k: tf.nn.depthwise_conv2d(
        x,
        k,
        strides=_with_outer(case, spec.strides, 1),
        padding=padding,
        data_format=_tf_format(case),
        dilations=spec.dilations,
    )


def _transposed(case: Case) -> tuple[str, Callable[[Any, Any], Any]]:
    spec = case.spec
    call = (tf.nn.conv1d_transpose, tf.nn.conv2d_transpose, tf.nn.conv3d_transpose)[spec.rank - 1]
    text = f"tf.nn.conv{spec.rank}d_transpose"
    common = _common(case)
    spatial = case.output_shape[1:-1]
    if isinstance(spec.padding, str) or spec.rank == 2:
        common["output_shape"] = _shape(case, spatial)
        common["padding"] = (
            spec.padding.upper()
            if isinstance(spec.padding, str)
            else _with_outer(case, spec.padding, (0, 0))
        )
        return text, lambda x, k: call(x, k, **common)
    pads = zip(spatial, spec.padding, strict=True)
    whole = [out + before + after for out, (before, after) in pads]
    common["output_shape"] = _shape(case, whole)
    common["padding"] = "VALID"
    starts = _with_outer(case, [before for before, _ in spec.padding], 0)
    size = _shape(case, spatial)
    return f"{text} + tf.slice", lambda x, k: tf.slice(call(x, k, **common), starts, size)


def _common(case: Case) -> dict[str, Any]:
    spec = case.spec
    return {
        "strides": _with_outer(case, spec.strides, 1),
        "dilations": _with_outer(case, spec.dilations, 1),
        "data_format": _tf_format(case),
    }


def _shape(case: Case, spatial: Sequence[int]) -> list[int]:
    batch, *_, filters = case.output_shape
    if case.data_format == "NHWC":
        return [batch, *spatial, filters]
    return [batch, filters, *spatial]


def _with_outer(case: Case, spatial: Sequence[Any], other: Any) -> list[Any]:
    """Values of the spatial axes with ``other`` for batch and channels, in the format's order."""
    if case.data_format == "NHWC":
        return [other, *spatial, other]
    return [other, other, *spatial]


def _tf_format(case: Case) -> str:
    """The data format by TensorFlow's name for this rank."""
    return _FORMATS[case.data_format][case.spec.rank - 1]
