"""What a SavedModel holds, looked at before it is loaded: its graph may read and write files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import chain
from math import prod
from typing import Any

from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import saved_model_pb2

from convcheck.errors import UsageError
from convcheck.runtimes.graphs.functions import check_functions
from convcheck.untrusted.files import read_regular
from convcheck.untrusted.folders import check_folder
from convcheck.untrusted.memory import check_memory
from convcheck.untrusted.text import clean

_MOST_BYTES = 2**31 - 1
"""Of a message that protobuf reads."""
_OPERATORS = frozenset(
    """
    Abs Add AddN AddV2 All Any ArgMax ArgMin AssignVariableOp AvgPool AvgPool3D BatchMatMul
    BatchMatMulV2 BatchMatMulV3 BatchToSpaceND BiasAdd Bitcast BroadcastArgs BroadcastTo Cast Ceil
    ClipByValue Concat ConcatV2 Const Conv2D Conv2DBackpropInput Conv3D Conv3DBackpropInputV2
    Conv Cos Cumsum DepthToSpace DepthwiseConv2dNative DisableCopyOnRead Div DivNoNan Einsum Elu
    Equal Erf Erfc Exp ExpandDims Expm1 Fill Floor FloorDiv FloorMod FusedBatchNorm
    FusedBatchNormV2 FusedBatchNormV3 FakeQuantWithMinMaxArgs FakeQuantWithMinMaxVars
    FakeQuantWithMinMaxVarsPerChannel Gather GatherNd GatherV2 Greater GreaterEqual Identity
    IdentityN If IsFinite IsInf IsNan L2Loss LRN LeakyRelu Less LessEqual LinSpace Log Log1p
    LogSoftmax LogicalAnd LogicalNot LogicalOr MatMul MatrixBandPart Max MaxPool MaxPool3D MaxPoolV2
    Maximum Mean Min Minimum MirrorPad Mod Mul MulNoNan Neg NoOp NotEqual OneHot OnesLike Pack Pad
    PadV2 PartitionedCall Placeholder PlaceholderWithDefault Pow PreventGradient Prod Range Rank
    ReadVariableOp RealDiv Reciprocal Relu Relu6 Reshape ResizeArea ResizeBicubic ResizeBilinear
    ResizeNearestNeighbor ReverseV2 Rint Roll Round Rsqrt ScatterNd Select SelectV2 Selu Shape
    ShapeN Sigmoid Sign Sin Size Slice Softmax Softplus Softsign SpaceToBatchND SpaceToDepth Split
    SplitV Sqrt Square SquaredDifference Squeeze StatefulPartitionedCall StatelessIf StatelessWhile
    StopGradient StridedSlice Sub Sum Tan Tanh TensorScatterUpdate Tile TopKV2 Transpose Unpack
    VarHandleOp VarIsInitializedOp VariableShape Where While ZerosLike
    """.split()
)
"""Operators of TensorFlow's that only compute, or hold the model's variables."""
_SAVING = _OPERATORS | frozenset(
    "MergeV2Checkpoints RestoreV2 SaveV2 ShardedFilename StaticRegexFullMatch StringJoin".split()
)
"""Those of the functions that save and restore a model, which nobody calls here."""
_KINDS = {
    *("user_object", "function", "variable", "bare_concrete_function", "constant"),
    "captured_tensor",  # what the gradient of a function of its own, as swish's, reads
}
"""What the object graph may hold: no asset, and no resource with an initializer of its own."""


def check_saved_model(folder: str) -> None:
    """Raises UsageError unless loading and calling the model only computes."""
    check_memory(2 * check_folder(folder), "the model")
    model = saved_model_pb2.SavedModel()
    try:
        model.ParseFromString(read_regular(os.path.join(folder, "saved_model.pb"), _MOST_BYTES))
    except DecodeError as error:
        raise UsageError(f"its saved_model.pb is cut short or damaged ({clean(error)})") from error
    if not model.meta_graphs or not all(one.object_graph_def.nodes for one in model.meta_graphs):
        raise UsageError(
            "it is of TensorFlow 1 or holds no model; save it again with tf.saved_model.save"
        )
    for graph in model.meta_graphs:
        _check_objects(graph.object_graph_def)
        _check_operators(graph)
        _check_calls(graph)
    check_memory(sum(map(_constant_bytes, model.meta_graphs)), "what its constants hold")


def _check_objects(objects: Any) -> None:
    for node in objects.nodes:
        kind = node.WhichOneof("kind")
        if kind not in _KINDS:
            raise UsageError(
                f"it holds an object of kind '{clean(kind, 40)}', which is not loaded here"
            )
        for saved in node.saveable_objects.values():
            if saved.save_function or saved.restore_function:
                raise UsageError("it restores objects by functions of its own; that is refused")


def _check_operators(graph: Any) -> None:
    """Only operators that compute, in what can be called; saving ones where nothing leads."""
    library = {one.signature.name: one for one in graph.graph_def.library.function}
    saving = {
        name
        for name, function in library.items()
        if any(node.op in _SAVING - _OPERATORS for node in function.node_def)
    }
    for name, function in library.items():
        allowed = _SAVING if name in saving else _OPERATORS
        for node in function.node_def:
            _check_operator(node.op, allowed)
            if not saving.isdisjoint(_called(node)):
                raise UsageError("a function of its calls one that reads and writes files")
    for node in graph.graph_def.node:
        _check_operator(node.op, _OPERATORS)
    for saved in graph.object_graph_def.concrete_functions:
        if saved in saving:
            raise UsageError(f"its function '{clean(saved, 60)}' reads and writes files")


def _check_operator(kind: str, allowed: frozenset[str]) -> None:
    if kind not in allowed:
        raise UsageError(
            f"its operator {clean(kind, 60)} is not one of those that only compute, which are all "
            "that is loaded here"
        )


def _check_calls(graph: Any) -> None:
    """Raise UsageError for functions that call themselves, or without end."""
    functions = {
        one.signature.name: [name for node in one.node_def for name in (node.op, *_called(node))]
        for one in graph.graph_def.library.function
    }
    check_functions(functions, [*functions])


def _constant_bytes(graph: Any) -> int:
    """Bytes of the constants, each as large as its shape: of equal numbers a file holds one."""
    library = graph.graph_def.library.function
    nodes = chain(graph.graph_def.node, *(one.node_def for one in library))
    total = 0
    for node in nodes:
        for value in node.attr.values():
            given = [value.tensor] if value.HasField("tensor") else value.list.tensor
            for tensor in given:
                total += 4 * prod(max(axis.size, 0) for axis in tensor.tensor_shape.dim)
    return total


def _called(node: Any) -> Iterator[str]:
    """The functions that a node may call."""
    for value in node.attr.values():
        if value.HasField("func"):
            yield value.func.name
        yield from (one.name for one in value.list.func)
