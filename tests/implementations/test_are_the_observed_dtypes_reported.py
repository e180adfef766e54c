"""Are the dtypes that an adapter reports those that the operation met?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from convcheck.implementations.name import Name
from convcheck.results import Dtypes
from convcheck.runtimes.host import Runtimes

from .small_cases import CASES

Needs = Callable[[str], Name]

F64, F32, F16, BF16 = "float64", "float32", "float16", "bfloat16"
WIDE_INPUT, WIDE_KERNEL = "float64 with a float32 kernel", "float32 with a float64 kernel"

MET = [
    # TensorFlow takes the kernel to the input's type, whichever that is.
    ("tf", WIDE_INPUT, (F64, F64, F64, F64)),
    ("tf", WIDE_KERNEL, (F32, F32, F32, F32)),
    ("tf", "int32 with a float32 kernel", ("int32", "int32", "int32", "int32")),
    ("tf", "bfloat16", (BF16, BF16, BF16, BF16)),
    ("xla", "float16", (F16, F16, F16, F16)),
    # Keras takes both to its layer's.
    ("keras", WIDE_INPUT, (F32, F32, F32, F32)),
    ("keras", "float64", (F32, F32, F32, F32)),
    ("keras?mode=predict", "float64", (F32, F32, F32, F32)),
    ("keras?mode=predict", "int8", (F32, F32, F32, F32)),
    ("keras?mode=graph", WIDE_INPUT, (F32, F32, F32, F32)),
    ("keras?dtype=float64", WIDE_INPUT, (F64, F64, F64, F64)),
    ("keras?dtype=float64", "depthwise", (F64, F64, F64, F64)),
    ("keras?dtype=float64", "transposed, strided", (F64, F64, F64, F64)),
    ("keras?dtype=mixed_bfloat16", "float64", (BF16, BF16, BF16, BF16)),
    ("keras?dtype=mixed_float16", "float64", (F16, F16, F16, F16)),
    ("keras?dtype=bfloat16", "float64", (BF16, BF16, BF16, BF16)),
    # predict casts to floatx before any layer: the float64 layer gets what float32 left.
    ("keras?dtype=float64&mode=predict", "float64", (F32, F64, F64, F64)),
    ("keras?KERAS_BACKEND=torch", WIDE_INPUT, (F32, F32, F32, F32)),
    ("keras?KERAS_BACKEND=torch&dtype=bfloat16", "float64", (BF16, BF16, BF16, BF16)),
    # JAX has no float64 unless it is let.
    ("keras?KERAS_BACKEND=jax&dtype=float64", "float64", (F32, F32, F32, F32)),
    ("jax", WIDE_INPUT, (F32, F32, F32, F32)),
    ("jax", "float64", (F32, F32, F32, F32)),
    ("jax?x64=1", "float64", (F64, F64, F64, F64)),
    ("jax?JAX_ENABLE_X64=1", "float64", (F64, F64, F64, F64)),
    ("jax", "int8", ("int8", "int8", "int8", "int8")),
    ("torch", "float64", (F64, F64, F64, F64)),
    ("torch", "bfloat16", (BF16, BF16, BF16, BF16)),
    ("litert", "plain", (F32, F32, F32, F32)),
    ("litert", "transposed, strided", (F32, F32, F32, F32)),
    # ONNX Runtime has no float16 convolution on a CPU: it puts casts around a float32 one.
    ("onnxruntime", "float16", (F32, F32, F32, F16)),
    ("onnxruntime", "plain", (F32, F32, F32, F32)),
    ("scipy", WIDE_KERNEL, (F64, F64, F64, F64)),
    ("numpy", WIDE_KERNEL, (F64, F64, F64, F64)),
]


@pytest.mark.parametrize(("text", "label", "met"), MET)
def test_are_the_dtypes_that_reach_the_operation_reported(
    text: str, label: str, met: tuple[str, str, str, str], needs: Needs, runtimes: Runtimes
) -> None:
    output = runtimes.run(CASES[label], needs(text))
    assert output.array is not None, output.message
    assert output.dtypes == Dtypes(*met)
    assert output.array.dtype.name == met[-1]


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("tf", {"plain": "tf.nn.conv2d", "3-D, explicit pads": "tf.pad + tf.nn.conv3d"}),
        ("tf", {"depthwise": "tf.nn.depthwise_conv2d", "bias": "tf.nn.conv2d + tf.nn.bias_add"}),
        ("tf", {"depthwise, unequal strides": "tf.nn.conv2d", "1-D, groups": "tf.nn.conv1d"}),
        ("tf", {"transposed 3-D, explicit pads": "tf.nn.conv3d_transpose + tf.slice"}),
        ("xla", {"plain": "xla tf.nn.conv2d"}),
        ("keras", {"plain": "keras Conv2D", "explicit pads": "keras ZeroPadding2D + Conv2D"}),
        (
            "keras",
            {"1-D, depthwise": "keras DepthwiseConv1D", "depthwise": "keras DepthwiseConv2D"},
        ),
        ("keras", {"transposed, explicit pads": "keras Conv2DTranspose + Cropping2D"}),
        ("torch", {"strided": "torch.nn.functional.pad + conv2d"}),
        ("torch", {"transposed, explicit pads": "torch.nn.functional.conv_transpose2d"}),
        (
            "torch",
            {"transposed, more cropped after": "torch.nn.functional.conv_transpose2d + slicing"},
        ),
        ("jax", {"plain": "jax.lax.conv_general_dilated", "transposed": "jax.lax.conv_transpose"}),
        ("onnxruntime", {"transposed": "onnxruntime ConvTranspose"}),
        (
            "litert",
            {"depthwise": "LiteRT DEPTHWISE_CONV_2D", "transposed": "LiteRT TRANSPOSE_CONV"},
        ),
    ],
)
def test_is_the_real_call_named(
    text: str, call: dict[str, str], needs: Needs, runtimes: Runtimes
) -> None:
    for label, words in call.items():
        output = runtimes.run(CASES[label], needs(text))
        assert output.call == words
        assert output.versions
