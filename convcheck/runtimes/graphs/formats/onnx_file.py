"""Loads an ONNX file without running or reading anything that is not in its own folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from math import prod
from typing import Any

import onnx
import onnx.inliner
from onnx.external_data_helper import load_external_data_for_model

from convcheck.errors import UsageError
from convcheck.runtimes.graphs.functions import check_functions
from convcheck.untrusted.memory import check_memory
from convcheck.untrusted.text import clean

_BITS = {
    number: 2 if "INT2" in word else 4 if "INT4" in word or "FLOAT4" in word else 8 * dtype.itemsize
    for word, number in onnx.TensorProto.DataType.items()
    if word not in ("UNDEFINED", "STRING")
    for dtype in [onnx.helper.tensor_dtype_to_np_dtype(number)]
}
"""Data type -> bits of a number."""
_DOMAINS = {"", "ai.onnx", "ai.onnx.ml", "com.microsoft"}


def load(path: str) -> Any:
    """The model in an .onnx file, external data read and functions written out.

    Raises UsageError for a file that is damaged, that reads another outside its folder, or that
    needs operators which are not ONNX's or ONNX Runtime's own.
    """
    try:
        model = onnx.load(path, load_external_data=False)
        folder = os.path.realpath(os.path.dirname(os.path.abspath(path)))
        _check(model, folder)
        load_external_data_for_model(model, folder)
        if model.functions:
            _check_functions(model)
            model = onnx.inliner.inline_local_functions(model)
        if any(one.data_location == onnx.TensorProto.EXTERNAL for one in _tensors(model)):
            raise UsageError("it has external data in a place where none is read")
        return model
    except UsageError as error:
        raise UsageError(f"cannot load {path}: {error}") from error
    except Exception as error:  # protobuf, onnx and a graph that lies raise what they like
        text = clean(f"{type(error).__name__}: {error}")
        raise UsageError(f"cannot load {path}: it is cut short or damaged ({text})") from error


def _check(model: Any, folder: str) -> None:
    """Raise UsageError where the model reads a file outside its folder, or runs custom code."""
    domains = _DOMAINS | {function.domain for function in model.functions}
    for node in _nodes(model):
        if node.domain not in domains:
            raise UsageError(
                f"its operator {clean(node.domain, 60)}.{clean(node.op_type, 60)} is a "
                "custom one, which is not run"
            )
    total = sum(
        _external_bytes(tensor, folder)
        for tensor in _tensors(model)
        if tensor.data_location == onnx.TensorProto.EXTERNAL
    )
    check_memory(total, "the model's external data")


def _external_bytes(tensor: Any, folder: str) -> int:
    """Bytes that a tensor reads from a file; raises UsageError unless they are in this folder."""
    name = clean(tensor.name, 60)
    entries = {entry.key: entry.value for entry in tensor.external_data}
    location = entries.get("location", "")
    real = os.path.realpath(os.path.join(folder, location))
    if os.path.commonpath([real, folder]) != folder or not os.path.isfile(real):
        raise UsageError(
            f"its tensor '{name}' is in '{clean(location, 80)}', which is no file in the model's "
            "folder"
        )
    start = int(entries.get("offset", 0))
    there = os.path.getsize(real) - start
    held = min(there, int(entries.get("length", there)))
    bits = _BITS.get(tensor.data_type, 8)
    if start < 0 or held < (bits * prod(tensor.dims) + 7) // 8:
        raise UsageError(f"its tensor '{name}' is longer than the file that it is in")
    return held


def _check_functions(model: Any) -> None:
    """Raise UsageError for functions that call themselves, or without end."""
    functions = {
        _key(one.domain, one.name, one.overload): [
            _key(node.domain, node.op_type, node.overload) for node in _nodes_of_function(one)
        ]
        for one in model.functions
    }
    main = [
        _key(node.domain, node.op_type, node.overload)
        for graph in _graphs(model.graph)
        for node in graph.node
    ]
    check_functions(functions, main)


def _key(*names: str) -> str:
    return "\0".join(names)


def _graphs(graph: Any) -> Iterator[Any]:
    """A graph and those inside its operators."""
    yield graph
    for node in graph.node:
        yield from bodies(node)


def bodies(node: Any) -> Iterator[Any]:
    """The graphs inside a node, such as the branches of an If, and those inside them."""
    for attribute in node.attribute:
        for body in [attribute.g, *attribute.graphs] if attribute.type in (5, 10) else ():
            yield from _graphs(body)


def _nodes_of_function(function: Any) -> Iterator[Any]:
    """The nodes of a function and of the graphs inside them."""
    for node in function.node:
        yield node
        for body in bodies(node):
            yield from body.node


def _nodes(model: Any) -> Iterator[Any]:
    for graph in _graphs(model.graph):
        yield from graph.node
    for function in model.functions:
        yield from _nodes_of_function(function)


def _tensors(model: Any) -> Iterator[Any]:
    inside = (body for one in model.functions for node in one.node for body in bodies(node))
    for graph in [*_graphs(model.graph), *inside]:
        yield from graph.initializer
        for sparse in graph.sparse_initializer:
            yield from (sparse.values, sparse.indices)
    for node in _nodes(model):
        for attribute in node.attribute:
            yield from [attribute.t, *attribute.tensors]
            for sparse in [attribute.sparse_tensor, *attribute.sparse_tensors]:
                yield from (sparse.values, sparse.indices)
