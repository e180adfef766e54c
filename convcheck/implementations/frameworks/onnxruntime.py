"""Computes a case with ONNX Runtime, on a model of one ``Conv`` or ``ConvTranspose``.

ONNX is channels first, whatever was asked: NCHW, kernels OIHW, transposed ones IOHW. Pads are
always numbers, all starts and then all ends; where a transposed output grows at its end instead of
being cropped there, output padding says so. The kernel and bias are initializers, as in models.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from convcheck.implementations.frameworks.layouts import (
    channels_first,
    channels_last,
    filters_first,
)
from convcheck.implementations.interface import Computed
from convcheck.results import Dtypes

if TYPE_CHECKING:
    from convcheck.case.case import Array, Case
    from convcheck.implementations.name import Name

_OPSET = 22  # the first whose Conv lists bfloat16
_IR_VERSION = 10
_PROVIDER = "CPUExecutionProvider"


def versions() -> dict[str, str]:
    """Package -> version."""
    return {"onnxruntime": onnxruntime.__version__, "onnx": onnx.__version__}


def compute(case: Case, name: Name) -> Computed:
    """Run the case through an inference session."""
    model = _model(case)
    with tempfile.TemporaryDirectory() as folder:
        optimized = Path(folder, "optimized.onnx")
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4  # fatal: errors come as exceptions too
        options.intra_op_num_threads = _threads()
        options.optimized_model_filepath = str(optimized)
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=[_PROVIDER]
        )
        observed = _dtypes(onnx.load(optimized))
    (y,) = session.run(None, {"input": np.ascontiguousarray(channels_first(case.input))})
    return Computed(
        array=channels_last(y),
        call=f"onnxruntime {model.graph.node[0].op_type}",
        dtypes=Dtypes(*observed, y.dtype.name),
        device="CPU",
    )


def _threads() -> int:
    """As OMP_NUM_THREADS says, which ONNX Runtime itself looks for no more; 0, all, without it."""
    text = os.environ.get("OMP_NUM_THREADS", "")
    return int(text) if text.isascii() and text.isdigit() else 0


def _model(case: Case) -> Any:
    spec = case.spec
    attributes: dict[str, Any] = {
        "kernel_shape": spec.kernel_size,
        "strides": spec.strides,
        "dilations": spec.dilations,
        "group": spec.groups,
        "pads": [before for before, _ in case.pads] + [max(after, 0) for _, after in case.pads],
    }
    if spec.transposed:
        attributes["output_padding"] = [max(-after, 0) for _, after in case.pads]
    weights = {"kernel": np.ascontiguousarray(filters_first(case.kernel))}
    if case.bias is not None:
        weights["bias"] = case.bias
    operator = "ConvTranspose" if spec.transposed else "Conv"
    node = helper.make_node(operator, ["input", *weights], ["output"], **attributes)
    graph = helper.make_graph(
        [node],
        "case",
        [_described("input", case.input, channels_first(case.input).shape)],
        [_described("output", case.input, None)],
        [numpy_helper.from_array(weight, label) for label, weight in weights.items()],
    )
    opsets = [helper.make_opsetid("", min(_OPSET, onnx.defs.onnx_opset_version()))]
    return helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)


def _described(label: str, like: Array, shape: tuple[int, ...] | None) -> Any:
    return helper.make_tensor_value_info(label, helper.np_dtype_to_tensor_dtype(like.dtype), shape)


def _dtypes(model: Any) -> tuple[str | None, str | None, str | None]:
    """dtypes of input, kernel and computation in the graph as the session optimized it.

    ONNX Runtime puts casts around a node that has no kernel of its type on the CPU.
    """
    graph = model.graph
    types = {value.name: value.type.tensor_type.elem_type for value in graph.input}
    types |= {weight.name: weight.data_type for weight in graph.initializer}
    for node in graph.node:
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.name == "to":
                types[node.output[0]] = attribute.i
    for node in graph.node:
        if "Conv" in node.op_type:
            x, kernel = (_name(types.get(label)) for label in node.input[:2])
            return x or kernel, kernel, kernel
    return None, None, None


def _name(element_type: int | None) -> str | None:
    return None if element_type is None else helper.tensor_dtype_to_np_dtype(element_type).name
