"""A saved Keras model as a graph."""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import keras
import tensorflow as tf

from convcheck.errors import UsageError
from convcheck.runtimes.graphs.formats.tensorflow import TensorFlowModel
from convcheck.runtimes.models.loading import load
from convcheck.untrusted.text import clean


def open_model(path: str, *, unsafe: bool = False) -> TensorFlowModel:
    """The model in a .keras or .h5 file. Raises UsageError as ``loading.load`` does."""
    return of_keras(load(path, unsafe=unsafe), "keras")


def of_keras(model: Any, format: str) -> TensorFlowModel:  # noqa: A002  the field's name
    """A model of Keras on TensorFlow, as it computes when it is not trained."""
    if not getattr(model, "inputs", None):
        raise UsageError(
            "the model does not say which inputs it takes; build it before it is saved"
        )
    structure = getattr(model, "_inputs_struct", None)
    signature = [
        tf.TensorSpec(
            tensor.shape, keras.backend.standardize_dtype(tensor.dtype), _for_graph(tensor.name)
        )
        for tensor in model.inputs
    ]

    def call(*tensors: Any) -> Any:
        packed = tensors[0]
        if structure is not None:
            packed = keras.tree.pack_sequence_as(structure, list(tensors))
        return keras.tree.flatten(model(packed, training=False))

    try:
        with _scopes(model) as layers:
            function = tf.function(call, autograph=False).get_concrete_function(*signature)
        traced = TensorFlowModel(function, format)
    except Exception as error:  # a layer's own code runs, and raises what it likes
        raise UsageError(
            f"cannot trace the model: {type(error).__name__}: {clean(error)}"
        ) from error
    operators = [replace(one, name=_named(one.name, layers)) for one in traced.graph.operators]
    traced.graph = replace(traced.graph, operators=tuple(operators))
    return traced


@contextlib.contextmanager
def _scopes(model: Any) -> Iterator[dict[str, str]]:
    """While the body traces: TensorFlow's scope of each call of a layer -> the layers' own names.

    TensorFlow makes each scope of a graph unique, ``conv2d_1`` of the layer ``conv2d``, which may
    be another layer's name. Keras opens them all with one class.
    """
    found: dict[str, str] = {}
    if not hasattr(model, "_open_name_scope"):  # a private part: names stay TensorFlow's
        yield found
        return
    opened = type(model._open_name_scope())
    original = opened.__enter__

    @functools.wraps(original)
    def enter(scope: Any) -> Any:
        entered = original(scope)
        path = tf.compat.v1.get_default_graph().get_name_scope()
        above = path.rpartition("/")[0]
        found.setdefault(path, "/".join(filter(None, (found.get(above, above), scope.name))))
        return entered

    opened.__enter__ = enter
    try:
        yield found
    finally:
        opened.__enter__ = original


def _named(operator: str, layers: dict[str, str]) -> str:
    """An operator's name below the names of the layers that it is in."""
    scope, rest = operator, ""
    while scope and scope not in layers:
        scope, _, part = scope.rpartition("/")
        rest = f"{part}/{rest}" if rest else part
    return f"{layers[scope]}/{rest}" if scope else operator


def _for_graph(name: str) -> str:
    """A name as graphs may have it."""
    return re.sub(r"[^A-Za-z0-9_.]", "_", name).lstrip("_") or "input"
