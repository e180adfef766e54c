"""A Keras layer's call as a case: its configuration as a spec, its arrays in convcheck's layouts.

Arrays become NHWC and HWIO (transposed HWOI), whatever the layer's ``data_format``; a depthwise
kernel (*taps, channels, multiplier) becomes HWIO with a group for each channel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec, Pads
from convcheck.implementations.frameworks.layouts import channels_last

if TYPE_CHECKING:
    from convcheck.results import Array

DEPTHWISE = (keras.layers.DepthwiseConv1D, keras.layers.DepthwiseConv2D)
TRANSPOSED = tuple(getattr(keras.layers, f"Conv{rank}DTranspose") for rank in (1, 2, 3))


def arrays_of(layer: Any, *tensors: Any) -> list[Array]:
    """Activations as NHWC arrays of the dtype that they have in the framework."""
    arrays = [numbers(tensor) for tensor in tensors]
    if layer.data_format == "channels_first":
        return [channels_last(array) for array in arrays]
    return arrays


def numbers(tensor: Any) -> Array:
    """A tensor or a layer's variable as the array that an operation gets, bfloat16 kept."""
    array: Array = keras.ops.convert_to_tensor(tensor).numpy()
    return array


def of_layer(layer: Any, x: Array, y: Array, kernel: Array, bias: Array | None) -> Case:
    """A call of a convolution layer that took ``x`` and gave ``y``, both NHWC.

    Raises SpecError where the arrays do not fit the layer's configuration.
    """
    if isinstance(layer, DEPTHWISE):
        return depthwise(layer, x, kernel, bias)
    channels = x.shape[-1]
    if isinstance(layer, TRANSPOSED):
        padding, extra = _crop(layer, x, y)
        spec = ConvSpec.make(
            layer.kernel_size,
            strides=layer.strides,
            padding=padding,
            dilations=layer.dilation_rate,
            groups=channels // kernel.shape[-1],
            transposed=True,
            output_padding=extra,
        )
    else:
        spec = ConvSpec.make(
            layer.kernel_size,
            strides=layer.strides,
            padding=_causal(layer) if layer.padding == "causal" else layer.padding,
            dilations=layer.dilation_rate,
            groups=channels // kernel.shape[-2],
        )
    return Case(spec, x, kernel, bias)


def depthwise(layer: Any, x: Array, kernel: Array, bias: Array | None) -> Case:
    """A depthwise layer's call, or the first part of a separable one's."""
    *taps, channels, multiplier = kernel.shape
    spec = ConvSpec.make(
        layer.kernel_size,
        strides=layer.strides,
        padding=layer.padding,
        dilations=layer.dilation_rate,
        groups=channels,
    )
    return Case(spec, x, kernel.reshape(*taps, 1, channels * multiplier), bias)


def pointwise(x: Array, kernel: Array, bias: Array | None) -> Case:
    """The second part of a separable layer's call."""
    return Case(ConvSpec.make((1,) * (x.ndim - 2), padding="valid"), x, kernel, bias)


def _causal(layer: Any) -> Pads:
    (taps,), (dilation,) = layer.kernel_size, layer.dilation_rate
    return ((dilation * (taps - 1), 0),)


def _crop(layer: Any, x: Array, y: Array) -> tuple[str | Pads, tuple[int, ...] | None]:
    """(padding, output padding): what a transposed layer crops of its full output, and appends.

    A layer's ``output_padding`` fixes how long its output is; TensorFlow then places it as the
    gradient of a SAME or VALID convolution of that length would.
    """
    if layer.padding == "same" and layer.output_padding is None:
        return "same", None
    pads, extra = [], []
    for axis, (taps, stride, dilation) in enumerate(
        zip(layer.kernel_size, layer.strides, layer.dilation_rate, strict=True), start=1
    ):
        full = (x.shape[axis] - 1) * stride + dilation * (taps - 1) + 1
        surplus = full - y.shape[axis]
        before = max(surplus, 0) // 2 if layer.padding == "same" else 0
        pads.append((before, max(surplus - before, 0)))
        extra.append(max(before - surplus, 0))
    return tuple(pads), tuple(extra) if any(extra) else None
