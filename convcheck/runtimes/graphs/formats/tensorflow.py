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
from tensorflow.python.framework import convert_to_constants
from tensorflow.python.grappler import tf_optimizer

from convcheck.errors import UsageError
from convcheck.runtimes.graphs.graph import (
    Convolution,
    Graph,
    Operator,
    Tensor,
    needed,
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
_PARTS = 32
"""Parts of a graph that a session has run before it is begun anew."""
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
        del definition  # it holds all weights
        self._tensorflow_graph = graph
        self._session = tf.compat.v1.Session(graph=graph, config=_unoptimized())
        self._ran: set[tuple[tuple[str, ...], tuple[str, ...]]] = set()
        taken = [graph.get_tensor_by_name(name) for name in inputs]
        self._constants = {
            one.outputs[0].name: one for one in graph.get_operations() if one.type == "Const"
        }
        operations = [one for one in graph.get_operations() if one.type not in _NOT_OPERATORS]
        operators, gives = without_identities([_operator(one) for one in operations], outputs)
        operators = tuple(operators[place] for place in needed(operators, gives))
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
        # Each run of a session that gives a constant would keep a copy of it.
        known = {name for name in fetches if name in self._constants and name not in feeds}
        wanted = [name for name in fetches if name not in known]
        self._renew((tuple(feeds), tuple(wanted)))
        try:
            found = self._session.run(wanted, feed_dict=dict(feeds)) if wanted else []
        except (tf.errors.OpError, ValueError, TypeError, KeyError) as error:
            raise UsageError(f"the model cannot run so: {clean(error)}") from error
        values = {name: np.asarray(value) for name, value in zip(wanted, found, strict=True)}
        return values | {name: self._constant(name) for name in known}

    def _renew(self, part: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
        """Begin a new session after many parts: a session keeps each with its weights."""
        if part not in self._ran and len(self._ran) >= _PARTS:
            self._session.close()
            self._session = tf.compat.v1.Session(
                graph=self._tensorflow_graph, config=_unoptimized()
            )
            self._ran.clear()
        self._ran.add(part)

    def _constant(self, name: str) -> Array:
        array: Array = tf.make_ndarray(self._constants[name].get_attr("value"))
        return array


def _frozen(function: Any) -> tuple[Any, list[str], list[str]]:
    """(graph, names of its inputs, of its outputs)."""
    # convert_variables_to_constants_v2 makes a function of the graph again: three more copies of
    # all weights.
    definition, places = convert_to_constants._replace_variables_by_constants(
        convert_to_constants._FunctionConverterDataInEager(
            func=function, lower_control_flow=False, aggressive_inlining=True
        )
    )
    captured = {function.graph.internal_captures[place].name for place in places}
    inputs = [tensor.name for tensor in function.inputs if tensor.name not in captured]
    outputs = [tensor.name for tensor in function.outputs]
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
