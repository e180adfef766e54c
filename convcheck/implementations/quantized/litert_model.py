"""A quantized case as a LiteRT model of one operator, built as a flatbuffer.

No converter chooses scales. Operator inputs are [x, w, b], of TRANSPOSE_CONV [shape, w, x, b];
kernels are OHWI, depthwise ones 1HWO.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import flatbuffers
import numpy as np

from convcheck.case.spec import Axis, ConvSpec
from convcheck.errors import CannotCompute
from convcheck.quantized.requantize.names import SCHEMES

try:
    from ai_edge_litert import schema_py_generated as schema
except ImportError as error:
    raise CannotCompute(
        "this ai-edge-litert has no schema of its model files, by which quantized models are made "
        "here; a newer one has: pip install -U ai-edge-litert"
    ) from error

if TYPE_CHECKING:
    from convcheck.case.case import Array, Case
    from convcheck.quantized.case import QuantizedCase

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
_PADDINGS = {"same": schema.Padding.SAME, "valid": schema.Padding.VALID}
_VERSION = 3
"""Of the operators: the first with int8."""


@dataclass(frozen=True)
class Model:
    """The flatbuffer, the input that it takes, and what was done to make the case fit."""

    content: bytes
    input: Array
    operator: str
    notes: tuple[str, ...]


def model_of(quantized: QuantizedCase) -> Model:
    """The case as a model. Raises CannotCompute for what no quantized operator of LiteRT does."""
    _check(quantized)
    case, p, notes = quantized.case, quantized.parameters, []
    if case.spec.rank == 1:
        case = _of_rank_2(case)
        notes.append("height 1")
    output_shape = case.output_shape
    case = _padded(case, p.input_zero_point, notes)
    bias = _bias(quantized, notes)
    build = _Builder()
    operator, options, kernel, axis = _operator(case)
    x = build.tensor("x", case.input.shape, p.input_dtype, (p.i, p.input_zero_point, 0))
    zeros = np.resize(p.zw, p.w.size)
    w = build.tensor("w", kernel.shape, p.kernel_dtype, (p.w, zeros, axis), kernel)
    inputs = [x, w]
    if case.spec.transposed:
        shape = np.array(output_shape, np.int32)
        inputs = [build.tensor("shape", shape.shape, "int32", None, shape), w, x]
    if bias is not None:
        dtype = bias.dtype.name
        scales = (p.i * p.w, np.zeros(p.w.size, int), 0)
        inputs.append(build.tensor("b", bias.shape, dtype, scales, bias))
        if hasattr(options, "quantizedBiasType"):
            options.quantizedBiasType = _TYPES[dtype]
    options.fusedActivationFunction = _ACTIVATIONS[p.activation]
    y = build.tensor("y", output_shape, p.input_dtype, (p.o, p.output_zero_point, 0))
    content = build.model(getattr(schema.BuiltinOperator, operator), options, inputs, x, y)
    return Model(content, case.input, operator, tuple(notes))


def _check(quantized: QuantizedCase) -> None:
    """Raise CannotCompute for what LiteRT has no quantized operator for."""
    spec, p = quantized.case.spec, quantized.parameters
    if spec.rank == 3:
        raise CannotCompute("LiteRT has no quantized 3D convolution")
    if spec.transposed and (spec.groups > 1 or max(spec.dilations) > 1):
        raise CannotCompute("LiteRT's TRANSPOSE_CONV has neither groups nor dilations")
    dtypes = (p.input_dtype, p.kernel_dtype)
    if dtypes not in SCHEMES.values():
        raise CannotCompute(
            f"LiteRT has no convolution of {dtypes[0]} inputs and {dtypes[1]} kernels; it has "
            "int8 and int8, uint8 and uint8, int16 and int8"
        )


def _of_rank_2(case: Case) -> Case:
    """A case of rank 1 with a height of 1."""
    spec = case.spec
    # No pads beside the unit axis: SAME of one tap and stride 1 has none, nor has VALID.
    padding = spec.padding if isinstance(spec.padding, str) else ((0, 0), *spec.padding)
    extra = None if spec.output_padding is None else (0, *spec.output_padding)
    flat = ConvSpec(
        (1, *spec.kernel_size),
        (1, *spec.strides),
        padding,
        (1, *spec.dilations),
        spec.groups,
        spec.transposed,
        extra,
    )
    return replace(
        case, spec=flat, input=np.expand_dims(case.input, 1), kernel=case.kernel[np.newaxis]
    )


def _padded(case: Case, zero_point: int, notes: list[str]) -> Case:
    """The same convolution with the pads of SAME or VALID, of a padded input where it has others.

    A transposed one may have another output shape, which LiteRT is told beside.
    """
    padding = _padding_word(case)
    if padding is None and case.spec.transposed:
        raise CannotCompute(
            f"LiteRT's TRANSPOSE_CONV takes the pads of SAME or VALID, not {case.pads}; "
            "give --padding same or valid, without output padding"
        )
    if padding is None:
        pads = [(0, 0), *case.pads, (0, 0)]
        case = replace(case, input=np.pad(case.input, pads, constant_values=zero_point))
        padding = "valid"
        notes.append("of the padded input")
    return replace(case, spec=replace(case.spec, padding=padding, output_padding=None))


def _bias(quantized: QuantizedCase, notes: list[str]) -> Array | None:
    """The bias, as integers also where real numbers were given."""
    bias, integers = quantized.case.bias, quantized.integer_bias
    if bias is None or integers is None or bias.dtype != np.float32:
        return bias
    notes.append("bias rounded to integers")
    return integers.astype("int64" if quantized.parameters.input_dtype == "int16" else "int32")


def _padding_word(case: Case) -> str | None:
    """``same`` or ``valid``, whichever LiteRT computes these pads from; None for neither."""
    if case.spec.transposed:
        fits = [_transposed_words(axis) for axis in case.axes]
        return next((word for word in _PADDINGS if all(word in one for one in fits)), None)
    for word in _PADDINGS:
        if replace(case.spec, padding=word).axes(case.input.shape) == case.axes:
            return word
    return None


def _transposed_words(axis: Axis) -> set[str]:
    """The paddings with which TRANSPOSE_CONV gives an output of this axis, cropped as here.

    It is told the size of its output, and reads the pads from that: half of what the full output
    is larger, rounded down, is cropped before (``ComputePaddingHeightWidth``, tensorflow/lite/
    kernels/padding.h). The padding decides only which sizes it takes.
    """
    total = max((axis.size - 1) * axis.stride + axis.taps - axis.out, 0)
    if axis.before != total // 2:
        return set()
    strides = {"same": axis.out, "valid": axis.out - axis.taps + 1}
    return {word for word, reach in strides.items() if -(-reach // axis.stride) == axis.size}


def _operator(case: Case) -> tuple[str, Any, Array, int]:
    """(operator, its options, kernel as it is stored, its axis of output channels)."""
    spec, options = case.spec, None
    if spec.transposed:
        operator, axis, source = "TRANSPOSE_CONV", 0, 2  # HWOI to OHWI
        options = schema.TransposeConvOptionsT()
    elif case.is_depthwise:
        operator, axis, source = "DEPTHWISE_CONV_2D", 3, 2  # HW1O to 1HWO
        options = schema.DepthwiseConv2DOptionsT()
        options.depthMultiplier = case.output_shape[-1] // case.input.shape[-1]
    else:
        operator, axis, source = "CONV_2D", 0, 3  # HWIO to OHWI
        options = schema.Conv2DOptionsT()
        if case.bias is None:
            raise CannotCompute(
                "LiteRT's CONV_2D of integers needs a bias; --bias zeros gives it one that changes "
                "no output"
            )
    if not spec.transposed:
        options.dilationHFactor, options.dilationWFactor = spec.dilations
    options.strideH, options.strideW = spec.strides
    options.padding = _PADDINGS[str(spec.padding)]
    return operator, options, np.ascontiguousarray(np.moveaxis(case.kernel, source, 0)), axis


class _Builder:
    """A model of one subgraph with one operator."""

    def __init__(self) -> None:
        self._buffers = [schema.BufferT()]
        self._tensors: list[Any] = []

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
        self._buffers.append(buffer)
        tensor.buffer = len(self._buffers) - 1
        self._tensors.append(tensor)
        return len(self._tensors) - 1

    def model(self, code: int, options: Any, inputs: list[int], x: int, y: int) -> bytes:
        """The flatbuffer."""
        model, graph = schema.ModelT(), schema.SubGraphT()
        operator, operator_code = schema.OperatorT(), schema.OperatorCodeT()
        operator_code.builtinCode, operator_code.deprecatedBuiltinCode = code, min(code, 127)
        operator_code.version = _VERSION
        operator.opcodeIndex, operator.inputs, operator.outputs = 0, inputs, [y]
        operator.builtinOptions = options
        kind = type(options).__name__.removesuffix("T")
        operator.builtinOptionsType = getattr(schema.BuiltinOptions, kind)
        graph.tensors, graph.operators = self._tensors, [operator]
        graph.inputs, graph.outputs = [x], [y]
        model.version, model.operatorCodes, model.buffers = 3, [operator_code], self._buffers
        model.subgraphs = [graph]
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())
