"""What an operator does, in one word for all formats."""

from __future__ import annotations

_WORDS = {
    "add": "Add AddV2 ADD BiasAdd add add_",
    "average-pool": "AvgPool AvgPool3D AveragePool AVERAGE_POOL_2D "
    "avg_pool1d avg_pool2d avg_pool3d",
    "batch-norm": "FusedBatchNormV3 BatchNormalization batch_norm "
    "_native_batch_norm_legit_no_training",
    "batch-to-space": "BatchToSpaceND BATCH_TO_SPACE_ND",
    "clip": "Clip hardtanh hardtanh_ clamp clamp_ clip RELU_N1_TO_1",
    "concat": "ConcatV2 Concat CONCATENATION cat",
    "dequantize": "DequantizeLinear DEQUANTIZE dequantize_per_tensor dequantize_per_channel",
    "divide": "RealDiv Div DIV div",
    "dropout": "Dropout dropout",
    "expand-dims": "ExpandDims Unsqueeze EXPAND_DIMS unsqueeze",
    "flatten": "Flatten flatten",
    "identity": "Identity StopGradient PreventGradient Snapshot alias detach detach_ contiguous",
    "leaky-relu": "LeakyRelu LEAKY_RELU leaky_relu leaky_relu_",
    "max-pool": "MaxPool MaxPool3D MAX_POOL_2D max_pool1d max_pool2d max_pool3d",
    "mean": "Mean GlobalAveragePool ReduceMean MEAN mean adaptive_avg_pool1d adaptive_avg_pool2d "
    "adaptive_avg_pool3d",
    "multiply": "Mul MUL mul mul_",
    "pad": "Pad PadV2 MirrorPad PAD PADV2 MIRROR_PAD pad constant_pad_nd",
    "quantize": "QuantizeLinear QUANTIZE quantize_per_tensor",
    "relu": "Relu RELU relu relu_",
    "relu6": "Relu6 RELU6 relu6 relu6_",
    "reshape": "Reshape RESHAPE reshape view _unsafe_view",
    "resize": "ResizeBilinear ResizeNearestNeighbor Resize Upsample RESIZE_BILINEAR "
    "RESIZE_NEAREST_NEIGHBOR upsample_bilinear2d upsample_nearest1d upsample_nearest2d "
    "upsample_nearest3d",
    "sigmoid": "Sigmoid LOGISTIC sigmoid sigmoid_",
    "slice": "StridedSlice Slice SLICE STRIDED_SLICE slice",
    "softmax": "Softmax SOFTMAX softmax _softmax",
    "space-to-batch": "SpaceToBatchND SPACE_TO_BATCH_ND",
    "squeeze": "Squeeze SQUEEZE squeeze",
    "subtract": "Sub SUB sub",
    "tanh": "Tanh TANH tanh",
    "transpose": "Transpose TRANSPOSE permute transpose",
}
_ROLES = {kind: role for role, kinds in _WORDS.items() for kind in kinds.split()}


def role_of(kind: str) -> str:
    """The role of an operator of this kind in whatever format; "" where none is known."""
    return _ROLES.get(kind, "")
