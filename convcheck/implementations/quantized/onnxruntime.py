"""Computes a quantized case with ONNX Runtime, on a model that says it in one of several ways.

``qlinear`` is one QLinearConv; ``qdq`` a Conv between DequantizeLinear and QuantizeLinear, as
quantization tools write it, which the session fuses to a QLinearConv; ``qdq-unfused`` the same with
optimization off, so that a float Conv runs; ``integer`` a ConvInteger, whose output is the sums
without the bias. What really ran is read from the model that the session optimized.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from convcheck.errors import CannotCompute
from convcheck.implementations.frameworks.layouts import (
    channels_first,
    channels_last,
    filters_first,
)
from convcheck.implementations.interface import Computed
from convcheck.quantized.parameters import ACTIVATION_LIMITS
from convcheck.quantized.requantize.names import FLOAT
from convcheck.results import Dtypes

if TYPE_CHECKING:
    from convcheck.case.case import Case
    from convcheck.implementations.name import Name
    from convcheck.quantized.case import QuantizedCase

_OPSET = 21  # the first whose DequantizeLinear lists int16
_IR_VERSION = 10
_PROVIDER = "CPUExecutionProvider"
_RUNS = {
    "qlinear": "QLinearConv",
    "qdq": "QLinearConv",
    "qdq-unfused": "Conv",
    "integer": "ConvInteger",
}
"""Mode -> the operator that must have run."""
_FORMULAS = {"qlinear": ("F1",), "qdq": ("F1",), "qdq-unfused": (FLOAT,)}


def versions() -> dict[str, str]:
    """Package -> version."""
    return {"onnxruntime": onnxruntime.__version__, "onnx": onnx.__version__}


def compute(quantized: QuantizedCase, name: Name) -> Computed:
    """Run the case through an inference session.

    Raises CannotCompute for what the mode cannot say, and where the session fused it otherwise.
    """
    mode = name.option("mode", "qlinear")
    p = quantized.parameters
    _check(quantized, mode)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # fatal: errors come as exceptions too
    if mode == "qdq-unfused":
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    if mode == "qdq" and p.input_dtype == "int8":
        options.add_session_config_entry("session.qdqisint8allowed", "1")
    model = _model(quantized, mode)
    with tempfile.TemporaryDirectory() as folder:
        optimized = Path(folder, "optimized.onnx")
        options.optimized_model_filepath = str(optimized)
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=[_PROVIDER]
        )
        ran = list(dict.fromkeys(node.op_type for node in onnx.load(optimized).graph.node))
    if _RUNS[mode] not in ran:
        raise CannotCompute(
            f"ONNX Runtime does not fuse this graph to a {_RUNS[mode]}: it runs {' + '.join(ran)}; "
            "that is onnxruntime?mode=qdq-unfused"
        )
    (y,) = session.run(None, {"x": np.ascontiguousarray(channels_first(quantized.case.input))})
    call = "onnxruntime " + " + ".join(one for one in ran if one != "Transpose")
    if mode == "qdq-unfused" and not _fits(quantized):
        call += ", bias as real numbers"
    bias = quantized.case.bias
    if mode == "qlinear" and bias is not None and bias.dtype == np.float32:
        call += ", bias rounded to integers"
    return Computed(
        array=channels_last(y),
        call=call,
        dtypes=Dtypes(
            p.input_dtype,
            p.kernel_dtype,
            "float32" if mode == "qdq-unfused" else None,
            y.dtype.name,
        ),
        device="CPU",
        formulas=_FORMULAS.get(mode, ()),
    )


def _check(quantized: QuantizedCase, mode: str) -> None:
    """Raise CannotCompute for what the model of this mode cannot say."""
    p = quantized.parameters
    if quantized.case.spec.transposed:
        raise CannotCompute("ONNX has no transposed convolution of integers")
    if mode == "qlinear" and p.activation != "none":
        raise CannotCompute(
            f"a QLinearConv has no activation, and this case has {p.activation}; "
            "onnxruntime?mode=qdq has, or --activation none"
        )
    if mode != "qdq-unfused" and p.input_dtype == "int16":
        raise CannotCompute(
            f"ONNX has no {_RUNS[mode]} of int16; onnxruntime?mode=qdq-unfused takes it"
        )
    if mode in ("qlinear", "qdq") and not _fits(quantized):
        raise CannotCompute(
            f"ONNX has a bias of int32 for {_RUNS[mode]}, and this one is beyond it; "
            "onnxruntime?mode=qdq-unfused takes it as real numbers"
        )
    if mode == "integer" and np.unique(p.zw).size > 1:
        raise CannotCompute("ONNX Runtime's ConvInteger takes one zero point for the whole kernel")


def _model(quantized: QuantizedCase, mode: str) -> Any:
    case, p = quantized.case, quantized.parameters
    constants = _constants(quantized)
    bias = ["b"] if "b" in constants else []
    attributes = _attributes(case)
    output = p.input_dtype
    if mode == "qlinear":
        inputs = ["x", "xs", "xz", "w", "ws", "wz", "ys", "yz", *bias]
        nodes = [helper.make_node("QLinearConv", inputs, ["y"], **attributes)]
    elif mode == "integer":
        constants["wz"] = constants["wz"].reshape(-1)[0]
        nodes = [helper.make_node("ConvInteger", ["x", "w", "xz", "wz"], ["y"], **attributes)]
        output = "int32"
    else:
        nodes, more = _between_quantizations(quantized, attributes)
        constants |= more
    used = {name for node in nodes for name in node.input}
    graph = helper.make_graph(
        nodes,
        "case",
        [_value("x", p.input_dtype, channels_first(case.input).shape)],
        [_value("y", output, None)],
        [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items() if k in used],
    )
    opsets = [helper.make_opsetid("", _OPSET)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)


def _constants(quantized: QuantizedCase) -> dict[str, Any]:
    case, p = quantized.case, quantized.parameters
    zeros = np.resize(p.zw, p.w.size).astype(p.kernel_dtype)
    constants = {
        "w": np.ascontiguousarray(filters_first(case.kernel)),
        "xs": np.asarray(p.i),
        "xz": np.asarray(p.input_zero_point, p.input_dtype),
        "ws": p.w[0] if p.by_tensor else p.w,
        "wz": zeros[0] if p.by_tensor else zeros,
        "ys": np.asarray(p.o),
        "yz": np.asarray(p.output_zero_point, p.input_dtype),
    }
    integers = quantized.integer_bias
    if integers is not None:
        constants["b"] = integers.astype(np.int32)  # not used where they do not fit
    return constants


def _fits(quantized: QuantizedCase) -> bool:
    """Whether ONNX's int32 holds the bias: one of 16-bit activations may be wider."""
    integers = quantized.integer_bias
    return integers is None or bool((integers == integers.astype(np.int32)).all())


def _between_quantizations(
    quantized: QuantizedCase, attributes: dict[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """DequantizeLinear, Conv, the activation and QuantizeLinear, and more constants for them.

    A bias in integers is dequantized too, as quantization tools write it; a real one is given as
    it is, and so is one that int32 does not hold.
    """
    case, p = quantized.case, quantized.parameters
    constants: dict[str, Any] = {}
    nodes = [
        helper.make_node("DequantizeLinear", ["x", "xs", "xz"], ["xf"]),
        helper.make_node("DequantizeLinear", ["w", "ws", "wz"], ["wf"], axis=0),
    ]
    operands = ["xf", "wf"]
    if case.bias is not None:
        operands.append("bf")
        if case.bias.dtype == np.float32 or not _fits(quantized):
            constants["bf"] = quantized.real_bias
        else:
            scales = p.i * p.w
            by_tensor = p.by_tensor
            constants["bs"] = scales[0] if by_tensor else scales
            constants["bz"] = np.zeros(() if by_tensor else scales.shape, np.int32)
            nodes.append(helper.make_node("DequantizeLinear", ["b", "bs", "bz"], ["bf"], axis=0))
    nodes.append(helper.make_node("Conv", operands, ["cf"], **attributes))
    low, high = ACTIVATION_LIMITS[p.activation]
    real = "cf"
    if (low, high) == (0.0, None):
        nodes.append(helper.make_node("Relu", ["cf"], ["af"]))
        real = "af"
    elif low is not None and high is not None:
        constants |= {"low": np.float32(low), "high": np.float32(high)}
        nodes.append(helper.make_node("Clip", ["cf", "low", "high"], ["af"]))
        real = "af"
    nodes.append(helper.make_node("QuantizeLinear", [real, "ys", "yz"], ["y"]))
    return nodes, constants


def _attributes(case: Case) -> dict[str, Any]:
    spec = case.spec
    return {
        "kernel_shape": spec.kernel_size,
        "strides": spec.strides,
        "dilations": spec.dilations,
        "group": spec.groups,
        "pads": [side for sides in zip(*case.pads, strict=True) for side in sides],
    }


def _value(name: str, dtype: str, shape: tuple[int, ...] | None) -> Any:
    element = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return helper.make_tensor_value_info(name, element, shape)
