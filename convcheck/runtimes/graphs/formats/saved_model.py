"""A SavedModel folder as a graph."""

from __future__ import annotations

import tensorflow as tf

from convcheck.errors import UsageError
from convcheck.runtimes.graphs.formats.saved_model_file import check_saved_model
from convcheck.runtimes.graphs.formats.tensorflow import TensorFlowModel
from convcheck.untrusted.text import clean

_SIGNATURE = "serving_default"


def open_model(folder: str, signature: str = _SIGNATURE) -> TensorFlowModel:
    """The model in a folder, as its signature computes it.

    Raises UsageError for one that is damaged, or whose graph does more than compute.
    """
    try:
        check_saved_model(folder)
        loaded = tf.saved_model.load(folder)
        known = getattr(loaded, "signatures", {})
        if signature not in known:
            names = ", ".join(sorted(known)) or "none"
            raise UsageError(f"it has no signature '{signature}'; those it has: {clean(names)}")
        return TensorFlowModel(known[signature], "saved-model")
    except UsageError as error:
        raise UsageError(f"cannot load {folder}: {error}") from error
    except Exception as error:  # TensorFlow raises what its loader meets
        text = clean(f"{type(error).__name__}: {error}")
        raise UsageError(f"cannot load {folder}: it is cut short or damaged ({text})") from error
