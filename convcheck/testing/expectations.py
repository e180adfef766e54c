"""The known failures of the built-in implementations; ``expectation.py`` says what one is."""

from __future__ import annotations

from convcheck.results import Status
from convcheck.testing.expectation import LOW_PRECISION, UPSTREAM_BUG, Expectation
from convcheck.testing.named_spec import NamedSpec


def _computed_in(spec: NamedSpec) -> str:
    """The dtype to which TensorFlow casts both operands."""
    x, kernel = spec.dtypes
    return kernel if spec.spec.transposed else x


def _narrow(spec: NamedSpec) -> bool:
    return _computed_in(spec) in ("float16", "bfloat16")


def _adds_bias_along_width(spec: NamedSpec) -> bool:
    crops = spec.spec.transposed and not isinstance(spec.spec.padding, str)
    width = spec.case.output_shape[-2] + (sum(spec.case.pads[-1]) if crops else 0)
    return spec.bias and spec.data_format == "NCHW" and width == spec.filters


def _crops_beyond_the_window(spec: NamedSpec) -> bool:
    for axis in spec.case.axes if spec.spec.transposed else ():
        reach = axis.dilation * (axis.taps - 1)
        low, high = reach - axis.before, reach - axis.after
        if low < 0 < high <= -low:
            return True
    return False


def _skips_positions(spec: NamedSpec) -> bool:
    """SAME with two positions or more that no window reaches: its formula's total is -2 or less."""
    conv = spec.spec
    if conv.transposed or conv.padding != "same":
        return False
    return any(
        (axis.out - 1) * axis.stride + axis.dilation * (axis.taps - 1) + 1 - axis.size <= -2
        for axis in spec.case.axes
    )


def _conv3d_late(spec: NamedSpec) -> bool:
    return spec.spec.rank == 3 and _skips_positions(spec)


_CONV3D_LATE = (
    "conv3d's own CPU kernel (Eigen) starts late where SAME pads nothing because the kernel is "
    "smaller than the stride: it takes half of the negative total for a padding, so that the first "
    "window starts at abs(total) // 2; conv1d and conv2d start at 0, as documented; an input of 3, "
    "a kernel of 1 and a stride of 3 give x[1] in place of x[0]"
)


_CONV3D_LATE_LINES = """\
import numpy as np, tensorflow as tf
x = np.arange(3.0).reshape(1, 1, 1, 3, 1)
pixel = np.ones((1, 1, 1, 1, 1))
y = tf.nn.conv3d(x, pixel, strides=[1, 1, 1, 3, 1], padding="SAME")
print(y.numpy().ravel())  # [1.]; conv2d's, as documented, is [0.]
"""


def _conv3d_of_one_channel(spec: NamedSpec) -> bool:
    return (
        spec.spec.rank == 3
        and not spec.spec.transposed
        and spec.dtypes == ("bfloat16", "bfloat16")
        and spec.channels == 1
        and 1 in (spec.spatial[0], spec.spec.kernel_size[0])
    )


_UNWRITTEN_LINES = {
    "torch": """\
import torch
x = torch.ones(2, 1, 1, 6, 7, dtype=torch.bfloat16)
kernel = torch.ones(4, 1, 3, 3, 3, dtype=torch.bfloat16)
y = torch.nn.functional.conv3d(x, kernel, padding=1)
print(y.float().unique())  # 4, 6 and 9 are right
""",
    "tf": """\
import tensorflow as tf
x = tf.ones((2, 1, 6, 7, 1), tf.bfloat16)
kernel = tf.ones((3, 3, 3, 1, 4), tf.bfloat16)
y = tf.nn.conv3d(x, kernel, strides=[1, 1, 1, 1, 1], padding="SAME")
print(tf.unique(tf.reshape(tf.cast(y, tf.float32), [-1])).y)  # 4, 6 and 9 are right
""",
}

_XLA_NEGATIVE_PADS = (
    "XLA on a CPU reads outside the input where the padding before is negative and the one after "
    "is positive and no larger; what it finds there changes from run to run"
)
_XLA_ISSUE = "https://github.com/openxla/xla/issues/48713"
_OUTSIDE = (Status.OUTSIDE_BOUND,)

EXPECTED: tuple[Expectation, ...] = (
    *(
        Expectation(
            implementation,
            _conv3d_of_one_channel,
            (*_OUTSIDE, Status.NON_FINITE),
            UPSTREAM_BUG,
            "oneDNN's bfloat16 convolution over three axes, with one input channel and a depth of "
            "1, reads memory that nobody wrote, on processors with AVX512_BF16: values change from "
            "run to run, NaN among them",
            seen=seen,
            reproduction=_UNWRITTEN_LINES[implementation],
            always=False,
            instructions="avx512_bf16",
        )
        for implementation, seen in (
            ("torch", {"torch": "2.13.0"}),
            ("tf", {"tensorflow": "2.21.0"}),
        )
    ),
    Expectation(
        "tf",
        lambda spec: _conv3d_late(spec) and _computed_in(spec) == "float64",
        _OUTSIDE,
        UPSTREAM_BUG,
        _CONV3D_LATE,
        seen={"tensorflow": "2.21.0"},
        reproduction=_CONV3D_LATE_LINES,
    ),
    *(
        # oneDNN, where it is on and has the type, starts right.
        Expectation(
            implementation,
            _conv3d_late,
            _OUTSIDE,
            UPSTREAM_BUG,
            _CONV3D_LATE,
            seen=seen,
            reproduction=_CONV3D_LATE_LINES,
            always=False,
        )
        for implementation, seen in (
            ("tf", {"tensorflow": "2.21.0"}),
            ("keras", {"keras": "3.15.1", "tensorflow": "2.21.0"}),
        )
    ),
    Expectation(
        "tf",
        lambda spec: (
            _narrow(spec) and (spec.spec.transposed or spec.depthwise or spec.spec.rank == 3)
        ),
        _OUTSIDE,
        LOW_PRECISION,
        "depthwise, transposed and 3-D convolutions in float16 and bfloat16 keep partial sums in "
        "that format on a CPU, unless the processor has instructions for it that oneDNN uses",
        seen={"tensorflow": "2.21.0"},
        always=False,
    ),
    Expectation(
        "torch",
        lambda spec: _narrow(spec) and spec.spec.transposed,
        _OUTSIDE,
        LOW_PRECISION,
        "conv_transpose in float16 and bfloat16 adds overlapping windows in that format on a CPU, "
        "unless the processor has instructions for it that oneDNN uses",
        seen={"torch": "2.13.0"},
        always=False,
    ),
    Expectation(
        "tf",
        lambda spec: (
            spec.spec.transposed
            and spec.spec.padding == "same"
            and any(spec.spec.output_padding or ())
        ),
        (Status.CRASHED,),
        UPSTREAM_BUG,
        "oneDNN refuses a transposed SAME convolution whose output is longer than in * stride, and "
        "TensorFlow ends the process (SIGILL) where it should raise",
        seen={"tensorflow": "2.18.0"},
        until={"tensorflow": "2.20.0"},
        always=False,
    ),
    Expectation(
        "keras",
        _adds_bias_along_width,
        _OUTSIDE,
        UPSTREAM_BUG,
        "a channels_first bias is added along the width where the layer's output is as wide as it "
        "has filters: add() in keras/src/backend/tensorflow/numpy.py takes a bias of shape "
        "(1, C, 1, 1) to tf.nn.bias_add, and looks for a last axis of C before it asks for the "
        "second one; Conv2D(4, 3, padding='same', data_format='channels_first') with a bias over "
        "an input (1, 1, 4, 4) shows it, on TensorFlow only",
        seen={"keras": "3.15.1", "tensorflow": "2.21.0"},
    ),
    Expectation(
        "litert",
        lambda spec: (
            spec.depthwise
            and spec.spec.rank == 2
            and not isinstance(spec.spec.padding, str)
            and max(spec.spec.dilations) > 1 == max(spec.spec.strides)
            and spec.data_format == "NHWC"
            and spec.dtypes == ("float32", "float32")
        ),
        (Status.WRONG_SHAPE,),
        UPSTREAM_BUG,
        "TensorFlow's converter loses the explicit padding of a dilated depthwise_conv2d: it makes "
        "one dilated operator of space-to-batch, convolution and batch-to-space, and takes the "
        "padding for the blocks' own",
        seen={"tensorflow": "2.21.0"},
    ),
    *(
        Expectation(
            implementation,
            _crops_beyond_the_window,
            (Status.OUTSIDE_BOUND, Status.NON_FINITE),
            UPSTREAM_BUG,
            _XLA_NEGATIVE_PADS,
            seen=seen,
            link=_XLA_ISSUE,
            always=False,
        )
        for implementation, seen in (
            ("jax", {"jax": "0.10.2"}),
            ("xla", {"tensorflow": "2.21.0"}),
            ("keras", {"jax": "0.10.2"}),
        )
    ),
)
"""The known failures of the built-in implementations."""
