"""What a framework has no call for, and the words that it says so in."""

from __future__ import annotations

from .small_cases import CASES

Refusals = dict[str, str]

_STRIDED_AND_DILATED = {
    "strided and dilated": "`strides > 1` not supported in conjunction with `dilation_rate > 1`",
    "transposed, strided and dilated": "`strides > 1` not supported in conjunction",
}
_TENSORFLOW_TYPES = "not in the list of allowed values: half, bfloat16, float, double, int32"
_GRAPH_TYPES = "not in list of allowed values: float16, bfloat16, float32, float64, int32"
_MIXED = {
    "float64 with a float32 kernel": "has type float32 that does not match type float64",
    "float32 with a float64 kernel": "has type float64 that does not match type float32",
    "int32 with a float32 kernel": "has type float32 that does not match type int32",
}
_TF_GROUPS = {
    "3-D, groups": "input and filter must have the same depth: 4 vs 2",
    "transposed 3-D, groups": "input and filter must have the same depth: 4 vs 2",
}
_NO_DESCRIPTOR = {
    "transposed, same, output padding": "could not create a primitive descriptor",
}
_TF = {
    **_TF_GROUPS,
    **_NO_DESCRIPTOR,
    "int8": f"int8 is {_TENSORFLOW_TYPES}",
    "uint8": f"uint8 is {_TENSORFLOW_TYPES}",
}
_GRAPH = {**_MIXED, "int8": f"int8 {_GRAPH_TYPES}", "uint8": f"uint8 {_GRAPH_TYPES}"}

_KERAS_GEOMETRY = {
    **_STRIDED_AND_DILATED,
    "transposed, same, output padding": "padding='same' cannot append output padding (1, 1)",
    "transposed, groups": "Unrecognized keyword arguments passed to Conv2DTranspose: {'groups': 2}",
    "transposed 3-D, groups": "Unrecognized keyword arguments passed to Conv3DTranspose",
}
_INTEGERS = ("int32", "int8", "uint8", "int32 with a float32 kernel")
_KERAS = {
    **_KERAS_GEOMETRY,
    **dict.fromkeys(_INTEGERS, "Incompatible type conversion requested to type"),
}

_CONVERTER = "op is neither a custom op nor a flex op"
_LITERT = {
    **_GRAPH,
    "NCHW, depthwise": f"'tf.DepthwiseConv2dNative' {_CONVERTER}",
    "NCHW, depthwise, dilated": f"'tf.DepthwiseConv2dNative' {_CONVERTER}",
    "1-D, NCHW": "'tf.Transpose' op x should be of the same rank with y, got x of rank 3",
    "1-D, NCHW, explicit pads": "'tfl.transpose' op expect output type",
    "3-D, NCHW": "'tf.Transpose' op x should be of the same rank with y, got x of rank 5",
    "3-D, groups": f"'tf.Conv3D' {_CONVERTER}",
    "float64": f"'tf.Conv2D' {_CONVERTER}",
    "float16": f"'tf.Conv2D' {_CONVERTER}",
    "int32": f"'tf.Conv2D' {_CONVERTER}",
    "bfloat16": "Unsupported TensorFlow type `<dtype: 'bfloat16'>`",
    "transposed, same, output padding": "computed_input_height != SizeOfDimension(input, 1)",
    "transposed, explicit pads": f"'tf.Conv2DBackpropInput' {_CONVERTER}",
    "transposed, explicit pads, output padding": f"'tf.Conv2DBackpropInput' {_CONVERTER}",
    "transposed, more cropped before": f"'tf.Conv2DBackpropInput' {_CONVERTER}",
    "transposed, more cropped after": f"'tf.Conv2DBackpropInput' {_CONVERTER}",
    "transposed, dilated": f"'tf.Conv2DBackpropInput' {_CONVERTER}",
    "transposed, dilated, valid": f"'tf.Conv2DBackpropInput' {_CONVERTER}",
    "transposed, strided and dilated": f"'tf.Conv2DBackpropInput' {_CONVERTER}",
    "transposed, groups": "SizeOfDimension(output, 3) != SizeOfDimension(weights, 0)",
    "transposed 3-D, groups": "shape_data[4] != filter_output_channels",
}

_ONNX_TYPES = "of input parameter (input) of operator (Conv) in node () is invalid"
_ONNX = {
    "float64": "Could not find an implementation for Conv",
    "bfloat16": "Could not find an implementation for Conv",
    "int32": f"Type 'tensor(int32)' {_ONNX_TYPES}",
    "int8": f"Type 'tensor(int8)' {_ONNX_TYPES}",
    "uint8": f"Type 'tensor(uint8)' {_ONNX_TYPES}",
    "int32 with a float32 kernel": f"Type 'tensor(int32)' {_ONNX_TYPES}",
    "float64 with a float32 kernel": "bound to different types (tensor(double) and tensor(float)",
    "float32 with a float64 kernel": "bound to different types (tensor(float) and tensor(double)",
}

_NO_TRANSPOSED = {
    case: "has no transposed convolution" for case in CASES if case.startswith("transposed")
}
_NO_DILATION = {
    case: "scipy.signal.correlate has no dilation"
    for case in CASES
    if "dilated" in case and not case.startswith("transposed")
}

REFUSALS: dict[str, Refusals] = {
    "tf": _TF,
    "tf?mode=graph": {**_TF_GROUPS, **_NO_DESCRIPTOR, **_GRAPH},
    "xla": {**_GRAPH, "transposed, same, output padding": "Size of out_backprop doesn't match"},
    "keras": _KERAS,
    "keras?mode=predict": _KERAS_GEOMETRY,
    "litert": _LITERT,
    "torch": {
        "float64 with a float32 kernel": "expected scalar type Double but found Float",
        "float32 with a float64 kernel": "should be the same or input should be a MKLDNN tensor",
        "int32 with a float32 kernel": "expected scalar type Int but found Float",
    },
    "jax": {"int32 with a float32 kernel": "requires arguments to have the same dtypes"},
    "jax?x64=1": dict.fromkeys(_MIXED, "requires arguments to have the same dtypes"),
    "onnxruntime": _ONNX,
    "scipy": {
        **_NO_TRANSPOSED,
        **_NO_DILATION,
        "float16": "Unsupported type",
        "bfloat16": "Unsupported type",
    },
    "numpy": _NO_TRANSPOSED,
}
"""Implementation -> case -> a piece of its error's text."""

OLDER_REFUSALS = {
    (text, "depthwise, strided and dilated"): _STRIDED_AND_DILATED["strided and dilated"]
    for text in ("keras", "keras?mode=predict")  # Keras 3.12
}
"""What only older versions refuse that convcheck runs with."""
OLDER_CRASHES = dict.fromkeys(("tf", "tf?mode=graph"), "transposed, same, output padding")
"""What TensorFlow before 2.20 refuses by ending the process."""
