"""LiteRT on a quantized model of one operator, built as a flatbuffer: no converter chooses scales.

Inputs are [x, w, b], of TRANSPOSE_CONV [shape, w, x, b]. Kernels are OHWI, depthwise ones 1HWO.
"""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING, Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from convcheck.implementations.interface import Computed
from convcheck.quantized.case import QuantizedCase
from convcheck.results import Dtypes

if TYPE_CHECKING:
    from convcheck.implementations.name import Name

RESOLVERS = {
    "xnnpack": OpResolverType.AUTO,
    "builtin": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    "reference": OpResolverType.BUILTIN_REF,
}
_TYPES = {
    "int8": schema.TensorType.INT8,
    "uint8": schema.TensorType.UINT8,
    "int16": schema.TensorType.INT16,
    "int32": schema.TensorType.INT32,
    "int64": schema.TensorType.INT64,
}
_ACTIVATIONS = {
    "none": schema.ActivationFunctionType.NONE,
    "relu": schema.ActivationFunctionType.RELU,
    "relu6": schema.ActivationFunctionType.RELU6,
    "relu_n1_to_1": schema.ActivationFunctionType.RELU_N1_TO_1,
}


def versions() -> dict[str, str]:
    """Package -> version."""
    return {"ai-edge-litert": metadata.version("ai-edge-litert")}


def compute(quantized: QuantizedCase, name: Name) -> Computed:
    """The output; raises RuntimeError where XNNPACK was asked for and leaves the operator alone."""
    engine = name.option("engine", "xnnpack")
    interpreter = Interpreter(
        model_content=model_of(quantized),
        experimental_op_resolver_type=RESOLVERS[engine],
        num_threads=1,
    )
    interpreter.allocate_tensors()
    # The delegate's own node stands at the end of the list, with the operators that it took before.
    delegated = any(o["op_name"] == "DELEGATE" for o in interpreter._get_ops_details())
    if delegated != (engine == "xnnpack"):
        raise RuntimeError(f"{engine}: the operator is {'' if delegated else 'not '}delegated")
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], quantized.case.input)
    interpreter.invoke()
    array = np.array(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
    p = quantized.parameters
    return Computed(
        array=array,
        call=f"LiteRT {engine}",
        dtypes=Dtypes(p.input_dtype, p.kernel_dtype, None, array.dtype.name),
        device="CPU",
    )


def model_of(quantized: QuantizedCase) -> bytes:
    """The case as a model."""
    case, p = quantized.case, quantized.parameters
    build = _Builder()
    zeros = np.resize(np.asarray(p.kernel_zero_point), p.w.size)
    kernel, code, options, axis = _operator(quantized)
    x = build.tensor("x", case.input.shape, p.input_dtype, (p.i, p.input_zero_point, 0))
    w = build.tensor("w", kernel.shape, p.kernel_dtype, (p.w, zeros, axis), kernel)
    inputs = [x, w]
    if case.spec.transposed:
        shape = np.array(case.output_shape, np.int32)
        inputs = [build.tensor("shape", shape.shape, "int32", None, shape), w, x]
    if case.bias is not None:
        scales = (p.i * p.w, np.zeros(p.w.size, int), 0)
        dtype = case.bias.dtype.name
        inputs.append(build.tensor("b", case.bias.shape, dtype, scales, case.bias))
    y = build.tensor("y", case.output_shape, p.input_dtype, (p.o, p.output_zero_point, 0))
    return build.model(code, options, inputs, x, y)


def _operator(quantized: QuantizedCase) -> tuple[np.ndarray, int, Any, int]:
    """(kernel as it is stored, operator, its options, the kernel's axis of output channels)."""
    case, p = quantized.case, quantized.parameters
    operators, kernel = schema.BuiltinOperator, case.kernel
    if case.spec.transposed:
        code, options, axis = operators.TRANSPOSE_CONV, schema.TransposeConvOptionsT(), 0
        kernel = np.moveaxis(kernel, 2, 0)  # HWOI to OHWI
    elif case.is_depthwise:
        code, options, axis = operators.DEPTHWISE_CONV_2D, schema.DepthwiseConv2DOptionsT(), 3
        options.depthMultiplier = case.output_shape[-1] // case.input.shape[-1]
        kernel = np.moveaxis(kernel, 2, 0)  # HW1O to 1HWO
    else:
        code, options, axis = operators.CONV_2D, schema.Conv2DOptionsT(), 0
        kernel = np.moveaxis(kernel, 3, 0)  # HWIO to OHWI
    if not case.spec.transposed:
        options.dilationHFactor, options.dilationWFactor = case.spec.dilations
    elif case.bias is not None:
        options.quantizedBiasType = _TYPES[case.bias.dtype.name]
    if code == operators.CONV_2D and case.bias is not None:
        options.quantizedBiasType = _TYPES[case.bias.dtype.name]
    options.strideH, options.strideW = case.spec.strides
    options.padding = {"same": schema.Padding.SAME, "valid": schema.Padding.VALID}[
        str(case.spec.padding)
    ]
    options.fusedActivationFunction = _ACTIVATIONS[p.activation]
    return np.ascontiguousarray(kernel), code, options, axis


class _Builder:
    """A model of one subgraph with one operator."""

    def __init__(self) -> None:
        self.buffers = [schema.BufferT()]
        self.tensors: list[Any] = []

    def tensor(self, name: str, shape: Any, dtype: str, quantization: Any, data: Any = None) -> int:
        """The index of a new tensor; quantization: (scale, zero point, axis)."""
        tensor, buffer = schema.TensorT(), schema.BufferT()
        tensor.name, tensor.shape, tensor.type = name.encode(), [*map(int, shape)], _TYPES[dtype]
        if data is not None:
            buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
        if quantization is not None:
            scale, zero, axis = quantization
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = np.atleast_1d(np.asarray(scale, np.float32))
            tensor.quantization.zeroPoint = np.atleast_1d(np.asarray(zero, np.int64))
            tensor.quantization.quantizedDimension = axis
        self.buffers.append(buffer)
        tensor.buffer = len(self.buffers) - 1
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def model(self, code: int, options: Any, inputs: list[int], x: int, y: int) -> bytes:
        """The flatbuffer."""
        model, graph = schema.ModelT(), schema.SubGraphT()
        operator, operator_code = schema.OperatorT(), schema.OperatorCodeT()
        operator_code.builtinCode, operator_code.deprecatedBuiltinCode = code, min(code, 127)
        operator_code.version = 3
        operator.opcodeIndex, operator.inputs, operator.outputs = 0, inputs, [y]
        operator.builtinOptions = options
        kind = type(options).__name__.removesuffix("T")
        operator.builtinOptionsType = getattr(schema.BuiltinOptions, kind)
        graph.tensors, graph.operators = self.tensors, [operator]
        graph.inputs, graph.outputs = [x], [y]
        model.version, model.operatorCodes, model.buffers = 3, [operator_code], self.buffers
        model.subgraphs = [graph]
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())
