"""A saved Keras model as a graph."""

from __future__ import annotations

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
        tf.TensorSpec(tensor.shape, keras.backend.standardize_dtype(tensor.dtype))
        for tensor in model.inputs
    ]

    def call(*tensors: Any) -> Any:
        packed = tensors[0]
        if structure is not None:
            packed = keras.tree.pack_sequence_as(structure, list(tensors))
        return keras.tree.flatten(model(packed, training=False))

    try:
        function = tf.function(call, autograph=False).get_concrete_function(*signature)
        return TensorFlowModel(function, format)
    except Exception as error:  # a layer's own code runs, and raises what it likes
        raise UsageError(
            f"cannot trace the model: {type(error).__name__}: {clean(error)}"
        ) from error
