"""The ways to call a whole Keras model, and how far two outputs of it are apart."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from convcheck.results import Array


def called_in(mode: str, model: Any) -> Callable[[Any], Any]:
    """The model as a function of its inputs, in the mode ``predict``, ``graph`` or ``xla``."""
    if mode == "predict":
        return partial(model.predict, verbose=0)
    call = partial(model, training=False)
    compiled: Callable[[Any], Any] = tf.function(
        call, autograph=False, jit_compile=True if mode == "xla" else None
    )
    return compiled


def arrays_of(outputs: Any) -> list[Array]:
    """A model's outputs, whatever their structure, as a list of arrays."""
    return [
        output if isinstance(output, np.ndarray) else output.numpy()
        for output in keras.tree.flatten(outputs)
    ]


def difference(before: list[Array], after: list[Array]) -> dict[str, Any]:
    """The fields of ``model.results.EndToEnd`` that compare all outputs of two calls.

    Raises ValueError where the calls gave different numbers of outputs.
    """
    a = np.concatenate([output.reshape(-1).astype(np.float64) for output in before])
    b = np.concatenate([output.reshape(-1).astype(np.float64) for output in after])
    if a.shape != b.shape:
        raise ValueError(f"{b.size} outputs, {a.size} when called eagerly")
    with np.errstate(invalid="ignore"):
        gap = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, np.abs(a - b))
    largest = float(np.max(np.abs(a), initial=0.0))
    return {
        "sum_abs": float(gap.sum()),
        "max_abs": float(gap.max(initial=0.0)),
        "relative": float(gap.max(initial=0.0)) / largest if largest else None,
        "unequal": int(np.count_nonzero(gap)),
        "total": gap.size,
    }
