"""What two models of one network do otherwise between their convolutions.

Found by computing what one model's operator would give as the other has it
(``model/against/naming``); there is no case of a single convolution that could show them.
"""

from __future__ import annotations

from convcheck.causes.cause import Cause, say

POOL_PADDING = Cause(
    "pool-padding",
    fix=say(
        "pad as the other model does. torch's padding=1 in keras: MaxPooling2D(3, 2)"
        "(ZeroPadding2D(1)(x)), after a ReLU; keras's padding='same' in torch: F.max_pool2d("
        "F.pad(x, (0, 1, 0, 1), value=-inf), 3, 2); means: count_include_pad=False is "
        "what TensorFlow does"
    ),
)
POOL_MODE = Cause(
    "pool-mode",
    fix=say(
        "take the same pool on both sides: MaxPooling2D is MaxPool2d, AveragePooling2D is "
        "AvgPool2d, GlobalAveragePooling2D is AdaptiveAvgPool2d(1)"
    ),
)
POOL_WINDOW = Cause(
    "pool-window", fix=say("give both pools the same window and stride; torch's stride is its size")
)
UPSAMPLING_MODE = Cause(
    "upsampling-mode",
    fix=say(
        "say the mode on both sides: keras: UpSampling2D(2, interpolation='bilinear'); "
        "torch: F.interpolate(x, scale_factor=2, mode='bilinear', align_corners=False)"
    ),
)
ALIGN_CORNERS = Cause(
    "align-corners",
    fix=say(
        "torch: align_corners=False is what keras does (half-pixel centres), and True is "
        "tf.compat.v1.image.resize_bilinear(x, size, align_corners=True); onnx: "
        "coordinate_transformation_mode"
    ),
)
CONCAT_ORDER = Cause(
    "concat-order", fix=say("give the concatenation its inputs in the other model's order")
)
FLATTEN_ORDER = Cause(
    "flatten-order",
    fix=say(
        "flatten in the other layout, or put the dense kernel's rows in that order. keras as "
        "torch: Flatten()(Permute((3, 1, 2))(x)); torch as keras: x.permute(0, 2, 3, 1).flatten(1)"
    ),
)
LEAKY_SLOPE = Cause(
    "leaky-slope",
    fix=say(
        "say the slope on both sides, for defaults differ: keras: LeakyReLU(0.01), whose own is "
        "0.3; torch: LeakyReLU(0.01), its own; tensorflow: tf.nn.leaky_relu(x, 0.01), whose own "
        "is 0.2"
    ),
)
BATCH_NORM_EPSILON = Cause(
    "batch-norm-epsilon",
    fix=say(
        "say epsilon on both sides, for defaults differ: keras: BatchNormalization(epsilon=1e-5), "
        "whose own is 1e-3; torch: BatchNorm2d(n, eps=1e-3), whose own is 1e-5"
    ),
)
BATCH_NORM_STATISTICS = Cause(
    "batch-norm-statistics",
    fix=say(
        "copy gamma, beta, moving mean and variance of all channels, and run both in inference "
        "mode: torch: model.eval(); keras: model(x, training=False)"
    ),
)
DROPOUT_ACTIVE = Cause(
    "dropout-active",
    fix=say("run in inference mode: torch: model.eval() before the export; keras: training=False"),
)
SOFTMAX_AXIS = Cause(
    "softmax-axis",
    fix=say("take softmax over the channels: the last axis of NHWC, axis 1 of NCHW: torch: dim=1"),
)
SUMMAND_SCALE = Cause(
    "summand-scale", fix=say("look at what scales the inputs of that sum: it is 1 in a plain skip")
)
SPATIAL_TRANSPOSE = Cause(
    "spatial-transpose",
    fix=say("exchange height and width back: keras: Permute((2, 1, 3)); torch: x.transpose(2, 3)"),
)
LAYER_LEFT_OUT = Cause(
    "layer-left-out", fix=say("add the layer where the other model has it, or take it out there")
)
OUTPUT_ORDER = Cause(
    "output-order",
    fix=say("pick the outputs by their names, or give them in one order in both models"),
)

NETWORK = (
    LAYER_LEFT_OUT,
    BATCH_NORM_EPSILON,
    BATCH_NORM_STATISTICS,
    POOL_PADDING,
    POOL_MODE,
    POOL_WINDOW,
    UPSAMPLING_MODE,
    ALIGN_CORNERS,
    FLATTEN_ORDER,
    CONCAT_ORDER,
    LEAKY_SLOPE,
    DROPOUT_ACTIVE,
    SOFTMAX_AXIS,
    SPATIAL_TRANSPOSE,
    SUMMAND_SCALE,
    OUTPUT_ORDER,
)
