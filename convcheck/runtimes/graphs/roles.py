"""What an operator does, in one word for all formats."""

from __future__ import annotations

from math import inf

_WORDS = {
    "add": "Add QLinearAdd AddV2 ADD BiasAdd add add_",
    "average-pool": "AvgPool QLinearAveragePool AvgPool3D AveragePool AVERAGE_POOL_2D "
    "avg_pool1d avg_pool2d avg_pool3d",
    "batch-norm": "FusedBatchNormV3 BatchNormalization batch_norm "
    "_native_batch_norm_legit_no_training _native_batch_norm_legit_functional",
    "batch-to-space": "BatchToSpaceND BATCH_TO_SPACE_ND",
    "clip": "Clip ClipByValue hardtanh hardtanh_ clamp clamp_ clamp_min clamp_max clip "
    "RELU_N1_TO_1 RELU_0_TO_1",
    "concat": "ConcatV2 QLinearConcat Concat CONCATENATION cat",
    "dequantize": "DequantizeLinear DEQUANTIZE dequantize_per_tensor dequantize_per_channel",
    "divide": "RealDiv Div DIV div",
    "dropout": "Dropout dropout dropout_ native_dropout feature_dropout",
    "elu": "Elu ELU elu elu_",
    "expand-dims": "ExpandDims Unsqueeze EXPAND_DIMS unsqueeze",
    "flatten": "Flatten flatten",
    "gather": "Gather GatherV2 GATHER index_select select select_scatter slice_scatter",
    "gelu": "Gelu GELU gelu",
    "hard-sigmoid": "HardSigmoid hardsigmoid hardsigmoid_",
    "hard-swish": "HardSwish HARD_SWISH hardswish hardswish_",
    "identity": "Identity StopGradient PreventGradient Snapshot alias detach detach_ contiguous "
    "clone",
    "leaky-relu": "LeakyRelu QLinearLeakyRelu LEAKY_RELU leaky_relu leaky_relu_",
    "max": "Max ReduceMax GlobalMaxPool REDUCE_MAX amax adaptive_max_pool1d adaptive_max_pool2d "
    "adaptive_max_pool3d",
    "max-pool": "MaxPool MaxPool3D MAX_POOL_2D max_pool1d max_pool2d max_pool3d",
    "maximum": "Maximum MAXIMUM maximum",
    "mean": "Mean QLinearGlobalAveragePool GlobalAveragePool ReduceMean MEAN mean "
    "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d",
    "minimum": "Minimum Min MINIMUM minimum",
    "multiply": "Mul QLinearMul MUL mul mul_",
    "pad": "Pad PadV2 MirrorPad PAD PADV2 MIRROR_PAD pad constant_pad_nd",
    "prelu": "PRelu PRELU prelu",
    "quantize": "QuantizeLinear QUANTIZE quantize_per_tensor",
    "relu": "Relu RELU relu relu_",
    "relu6": "Relu6 RELU6 relu6 relu6_",
    "reshape": "Reshape RESHAPE reshape view _unsafe_view",
    "resize": "ResizeBilinear ResizeNearestNeighbor Resize Upsample RESIZE_BILINEAR "
    "RESIZE_NEAREST_NEIGHBOR upsample_bilinear2d upsample_nearest1d upsample_nearest2d "
    "upsample_nearest3d",
    "selu": "Selu selu selu_",
    "sigmoid": "Sigmoid QLinearSigmoid LOGISTIC sigmoid sigmoid_",
    "silu": "Swish silu silu_",
    "slice": "StridedSlice Slice SLICE STRIDED_SLICE slice",
    "softmax": "Softmax SOFTMAX softmax _softmax",
    "softplus": "Softplus softplus",
    "space-to-batch": "SpaceToBatchND SPACE_TO_BATCH_ND",
    "split": "Split SplitV SPLIT SPLIT_V split split_with_sizes chunk unbind",
    "squeeze": "Squeeze SQUEEZE squeeze",
    "subtract": "Sub SUB sub",
    "tanh": "Tanh TANH tanh",
    "transpose": "Transpose TRANSPOSE permute transpose",
}
_ROLES = {kind: role for role, kinds in _WORDS.items() for kind in kinds.split()}


def role_of(kind: str, low: float | None = None, high: float | None = None) -> str:
    """The role of an operator of this kind in whatever format; "" where none is known.

    A clip whose limits are known, None or infinite for none, may be a ``relu`` or a ``relu6``.
    """
    role = _ROLES.get(kind, "")
    if role == "clip" and low == 0:
        return "relu6" if high == 6 else "relu" if high in (None, inf) else role
    return role
