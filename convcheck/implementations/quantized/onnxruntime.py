"""ONNX Runtime on a quantized model: QLinearConv, quantize-dequantize around Conv, or ConvInteger.

Which operators really ran is read from the model that the session optimized.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from convcheck.implementations.interface import Computed
from convcheck.quantized.case import QuantizedCase
from convcheck.results import Dtypes

if TYPE_CHECKING:
    from convcheck.implementations.name import Name

_OPSET = 21
RAN = {
    "qlinear": {"QLinearConv"},
    "qdq": {"QLinearConv"},
    "qdq-unfused": {"DequantizeLinear", "Conv", "QuantizeLinear"},
    "integer": {"ConvInteger"},
}


def versions() -> dict[str, str]:
    """Package -> version."""
    return {"onnxruntime": onnxruntime.__version__, "onnx": onnx.__version__}


def compute(quantized: QuantizedCase, name: Name) -> Computed:
    """The output, of ``integer`` the sums; raises RuntimeError where other operators ran."""
    mode = name.option("mode", "qlinear")
    p = quantized.parameters
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    levels = onnxruntime.GraphOptimizationLevel
    unfused = mode == "qdq-unfused"
    options.graph_optimization_level = levels.ORT_DISABLE_ALL if unfused else levels.ORT_ENABLE_ALL
    if mode == "qdq" and p.input_dtype == "int8":
        options.add_session_config_entry("session.qdqisint8allowed", "1")
    model = _model(quantized, mode)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "optimized.onnx")
        options.optimized_model_filepath = str(place)
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        ran = {node.op_type for node in onnx.load(place).graph.node}
    if not RAN[mode] <= ran:
        raise RuntimeError(f"{mode}: what ran is {sorted(ran)}")
    x = np.ascontiguousarray(np.moveaxis(quantized.case.input, -1, 1))
    (y,) = session.run(None, {"x": x})
    return Computed(
        array=np.ascontiguousarray(np.moveaxis(y, 1, -1)),
        call=f"onnxruntime {mode}",
        dtypes=Dtypes(p.input_dtype, p.kernel_dtype, None, y.dtype.name),
        device="CPU",
    )


def _model(quantized: QuantizedCase, mode: str) -> Any:
    case, p = quantized.case, quantized.parameters
    zeros = np.resize(np.asarray(p.kernel_zero_point), p.w.size).astype(p.kernel_dtype)
    constants = {
        "w": np.ascontiguousarray(np.moveaxis(case.kernel, (-1, -2), (0, 1))),
        "xs": np.asarray(p.i),
        "xz": np.asarray(p.input_zero_point, p.input_dtype),
        "ws": p.w[0] if p.by_tensor else p.w,
        "wz": zeros[0] if p.by_tensor else zeros,
        "ys": np.asarray(p.o),
        "yz": np.asarray(p.output_zero_point, p.input_dtype),
    }
    if case.bias is not None and mode != "integer":
        constants["b"] = case.bias
    bias = ["b"] if "b" in constants else []
    geometry = {
        "kernel_shape": case.spec.kernel_size,
        "strides": case.spec.strides,
        "dilations": case.spec.dilations,
        "group": case.spec.groups,
        "pads": [side for sides in zip(*case.pads, strict=True) for side in sides],
    }
    output = p.input_dtype
    if mode == "qlinear":
        inputs = ["x", "xs", "xz", "w", "ws", "wz", "ys", "yz", *bias]
        nodes = [helper.make_node("QLinearConv", inputs, ["y"], **geometry)]
    elif mode == "integer":
        if (zeros != zeros[0]).any():
            raise ValueError("ConvInteger takes one zero point for the whole kernel")
        constants["wz"] = zeros[0]
        nodes = [helper.make_node("ConvInteger", ["x", "w", "xz", "wz"], ["y"], **geometry)]
        output = "int32"
    else:
        nodes = [
            helper.make_node("DequantizeLinear", ["x", "xs", "xz"], ["xf"]),
            helper.make_node("DequantizeLinear", ["w", "ws", "wz"], ["wf"], axis=0),
            helper.make_node("Conv", ["xf", "wf", *bias], ["yf"], **geometry),
            helper.make_node("QuantizeLinear", ["yf", "ys", "yz"], ["y"]),
        ]
    used = {name for node in nodes for name in node.input}
    channels_first = (case.input.shape[0], case.input.shape[-1], *case.input.shape[1:-1])
    graph = helper.make_graph(
        nodes,
        "case",
        [_value("x", p.input_dtype, channels_first)],
        [_value("y", output, None)],
        [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items() if k in used],
    )
    opsets = [helper.make_opsetid("", _OPSET)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def _value(name: str, dtype: str, shape: Any) -> Any:
    element = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return helper.make_tensor_value_info(name, element, shape)
