"""A TensorFlow function as a graph: what Keras models and SavedModels are frozen to.

Variables become constants, calls of functions are written out, and a session without Grappler runs
it: only so can any tensor be fed and fetched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import config_pb2, meta_graph_pb2, rewriter_config_pb2
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
from tensorflow.python.grappler import tf_optimizer

from convcheck.errors import UsageError
from convcheck.runtimes.graphs.graph import (
    Convolution,
    Graph,
    Operator,
    Tensor,
    without_identities,
)
from convcheck.runtimes.graphs.roles import role_of
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from convcheck.results import Array

_NOT_OPERATORS = {"Const", "Placeholder", "NoOp"}
_CONVOLUTIONS = {
    "Conv2D": "HWIO",
    "Conv3D": "HWIO",
    "DepthwiseConv2dNative": "HWCM",
    "Conv2DBackpropInput": "HWOI",
    "Conv3DBackpropInputV2": "HWOI",
}
"""Kind -> layout of its kernel."""
_ATTRIBUTES = (
    "strides dilations padding explicit_paddings data_format ksize alpha epsilon axis keep_dims "
    "align_corners half_pixel_centers mode transpose_a transpose_b"
).split()


class TensorFlowModel:
    """A function of TensorFlow's that was traced for one signature."""

    def __init__(self, function: Any, format: str) -> None:  # noqa: A002  the field's name
        definition, inputs, outputs = _frozen(function)
        graph = tf.Graph()
        with graph.as_default():
            tf.import_graph_def(definition, name="")
        self._session = tf.compat.v1.Session(graph=graph, config=_unoptimized())
        taken = [graph.get_tensor_by_name(name) for name in inputs]
        operations = [one for one in graph.get_operations() if one.type not in _NOT_OPERATORS]
        operators, gives = without_identities([_operator(one) for one in operations], outputs)
        bare = Graph(
            format,
            "NHWC",
            tuple(
                Tensor(one.name, _shape(one), one.dtype.as_numpy_dtype.__name__) for one in taken
            ),
            gives,
            operators,
        )
        self.graph = replace(bare, convolutions=tuple(_convolutions(bare)))

    def run(self, feeds: Mapping[str, Array], fetches: Sequence[str]) -> dict[str, Array]:
        """See ``graph.Model``."""
        try:
            values = self._session.run(list(fetches), feed_dict=dict(feeds))
        except (tf.errors.OpError, ValueError, TypeError, KeyError) as error:
            raise UsageError(f"the model cannot run so: {clean(error)}") from error
        return {name: np.asarray(value) for name, value in zip(fetches, values, strict=True)}


def _frozen(function: Any) -> tuple[Any, list[str], list[str]]:
    """(graph, names of its inputs, of its outputs)."""
    frozen = convert_variables_to_constants_v2(
        function, lower_control_flow=False, aggressive_inlining=True
    )
    inputs = [tensor.name for tensor in frozen.inputs]
    outputs = [tensor.name for tensor in frozen.outputs]
    definition = frozen.graph.as_graph_def()
    if any("PartitionedCall" in node.op for node in definition.node):
        definition = _written_out(definition, inputs + outputs)
    return definition, inputs, outputs


def _written_out(definition: Any, keep: list[str]) -> Any:
    """The graph with its calls of functions written out.

    On a CPU, Keras puts grouped convolutions into a function that XLA compiles, which freezing
    leaves as a call. Without the marks of XLA, Grappler's pass for functions writes it out.
    """
    for node in definition.node:
        node.attr.pop("_XlaMustCompile", None)
    for called in definition.library.function:
        called.attr.pop("_XlaMustCompile", None)
        called.attr.pop("_noinline", None)
    graph = tf.Graph()
    with graph.as_default():
        tf.import_graph_def(definition, name="")
    whole = tf.compat.v1.train.export_meta_graph(graph_def=definition, graph=graph)
    fetched = meta_graph_pb2.CollectionDef()
    fetched.node_list.value.extend(keep)
    whole.collection_def["train_op"].CopyFrom(fetched)
    config = config_pb2.ConfigProto()
    rewrite = config.graph_options.rewrite_options
    rewrite.min_graph_nodes = -1
    rewrite.meta_optimizer_iterations = rewriter_config_pb2.RewriterConfig.ONE
    rewrite.optimizers.append("function")
    rewrite.function_optimization = rewriter_config_pb2.RewriterConfig.AGGRESSIVE
    return tf_optimizer.OptimizeGraph(config, whole)


def _unoptimized() -> Any:
    config = tf.compat.v1.ConfigProto(
        intra_op_parallelism_threads=1, inter_op_parallelism_threads=1
    )
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    config.graph_options.optimizer_options.opt_level = -1
    return config


def _shape(tensor: Any) -> tuple[int | None, ...] | None:
    return None if tensor.shape.rank is None else tuple(tensor.shape.as_list())


def _operator(operation: Any) -> Operator:
    return Operator(
        operation.name,
        operation.type,
        role_of(operation.type),
        tuple(tensor.name for tensor in operation.inputs),
        tuple(tensor.name for tensor in operation.outputs),
        {
            key: _plain(operation.get_attr(key))
            for key in _ATTRIBUTES
            if key in operation.node_def.attr
        },
    )


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, list):
        return tuple(_plain(one) for one in value)
    return value if isinstance(value, (bool, int, float, str)) else str(value)


def _convolutions(graph: Graph) -> list[Convolution]:
    found = []
    for place, one in enumerate(graph.operators):
        if one.kind in _CONVOLUTIONS:
            found.append(_convolution(place, one))
        elif one.kind in ("MatMul", "BatchMatMulV2") and _is_dense(graph, one):
            layout = "OI" if one.attributes.get("transpose_b") else "IO"
            x, kernel = one.inputs
            found.append(Convolution(place, x, kernel, None, one.outputs[0], "NC", layout))
    return found


def _is_dense(graph: Graph, one: Operator) -> bool:
    x, kernel = one.inputs
    return x in graph.varying and kernel not in graph.varying


def _convolution(place: int, one: Operator) -> Convolution:
    transposed = "Backprop" in one.kind
    data_format = "NHWC" if one.attributes["data_format"].endswith("C") else "NCHW"
    spatial = slice(1, -1) if data_format == "NHWC" else slice(2, None)
    padding = one.attributes["padding"].lower()
    if padding == "explicit":
        sides = one.attributes["explicit_paddings"]
        padding = tuple(zip(sides[::2], sides[1::2], strict=True))[spatial]
    return Convolution(
        operator=place,
        input=one.inputs[2 if transposed else 0],
        kernel=one.inputs[1],
        bias=None,
        output=one.outputs[0],
        data_format=data_format,
        kernel_layout=_CONVOLUTIONS[one.kind],
        strides=one.attributes["strides"][spatial],
        dilations=one.attributes["dilations"][spatial],
        padding=padding,
        transposed=transposed,
    )
