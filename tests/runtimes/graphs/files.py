"""Small model files of each kind, written without a converter."""

from __future__ import annotations

from pathlib import Path

import flatbuffers
import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as schema
from onnx import TensorProto, helper, numpy_helper

KERNEL = np.random.default_rng(0).normal(size=(3, 3, 2, 4)).astype(np.float32)
BIAS = np.float32([0.5, -0.5, 1, 0])
X = np.random.default_rng(1).normal(size=(1, 6, 5, 2)).astype(np.float32)


def onnx_model(external: str | None = None):
    """Pad, Conv, Add of a bias, Identity, Relu; and a Split whose second output is unused."""
    kernel = numpy_helper.from_array(KERNEL.transpose(3, 2, 0, 1).copy(), "kernel")
    pads = numpy_helper.from_array(np.int64([0, 0, 1, 1, 0, 0, 1, 1]), "pads")
    bias = numpy_helper.from_array(BIAS.reshape(4, 1, 1), "bias")
    if external is not None:
        kernel.ClearField("raw_data")
        kernel.data_location = TensorProto.EXTERNAL
        kernel.external_data.add(key="location", value=external)
    nodes = [
        helper.make_node("Pad", ["x", "pads"], ["padded"]),
        helper.make_node("Conv", ["padded", "kernel"], ["conv"], name="the conv", strides=[1, 2]),
        helper.make_node("Identity", ["conv"], ["same"]),
        helper.make_node("Add", ["same", "bias"], ["biased"]),
        helper.make_node("Relu", ["biased"], ["active"]),
        helper.make_node("Split", ["active"], ["y", "rest"], axis=1, num_outputs=2),
        helper.make_node("Add", ["y", "rest"], ["z"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 2, None, 5])],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)],
        [kernel, pads, bias],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def write_onnx(folder: Path, external: str | None = None) -> str:
    path = folder / "model.onnx"
    path.write_bytes(onnx_model(external).SerializeToString())
    assert onnx.load(path, load_external_data=False)
    return str(path)


def write_tflite(folder: Path) -> str:
    """CONV_2D with a fused RELU6, then ADD of a constant."""
    model, main = schema.ModelT(), schema.SubGraphT()
    model.version, model.subgraphs, model.buffers = 3, [main], [schema.BufferT()]
    main.tensors, main.operators, model.operatorCodes = [], [], []

    def tensor(name, shape, data=None):
        one = schema.TensorT()
        one.name, one.shape, one.type = name, list(shape), schema.TensorType.FLOAT32
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
            model.buffers.append(buffer)
            one.buffer = len(model.buffers) - 1
        main.tensors.append(one)
        return len(main.tensors) - 1

    def operator(code, kind, options, inputs, output):
        word = schema.OperatorCodeT()
        word.builtinCode = word.deprecatedBuiltinCode = code
        word.version = 1
        model.operatorCodes.append(word)
        one = schema.OperatorT()
        one.opcodeIndex = len(model.operatorCodes) - 1
        one.inputs, one.outputs = inputs, [output]
        one.builtinOptionsType, one.builtinOptions = kind, options
        main.operators.append(one)

    x = tensor("x", X.shape)
    kernel = tensor("kernel", (4, 3, 3, 2), KERNEL.transpose(3, 0, 1, 2))
    bias, more = tensor("bias", (4,), BIAS), tensor("more", (4,), BIAS)
    y, z = tensor("y", (1, 6, 3, 4)), tensor("z", (1, 6, 3, 4))
    conv = schema.Conv2DOptionsT()
    conv.padding, conv.strideH, conv.strideW = schema.Padding.SAME, 1, 2
    conv.dilationHFactor = conv.dilationWFactor = 1
    conv.fusedActivationFunction = schema.ActivationFunctionType.RELU6
    kinds, options = schema.BuiltinOperator, schema.BuiltinOptions
    operator(kinds.CONV_2D, options.Conv2DOptions, conv, [x, kernel, bias], y)
    operator(kinds.ADD, options.AddOptions, schema.AddOptionsT(), [y, more], z)
    main.inputs, main.outputs = [x], [z]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    path = folder / "model.tflite"
    path.write_bytes(bytes(builder.Output()))
    return str(path)
