"""Keras layers. The layer gets the case's kernel and bias as its weights, its own dtype policy
decides what it computes in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from convcheck.case.case import Case
from convcheck.implementations.interface import Computed
from convcheck.implementations.name import Name
from convcheck.implementations.tensorflow import device_of, from_format, observed, to_format


def versions() -> dict[str, str]:
    """Package -> version, the backend's too."""
    return {"keras": keras.__version__, "tensorflow": tf.__version__}


def compute(case: Case, name: Name) -> Computed:
    """Run the case through a layer, called in the way that ``mode`` says."""
    x = to_format(case.input, case.data_format)
    layer = _layer(case, name.option("dtype") or None)
    layer.build(x.shape)
    layer.set_weights([case.kernel] if case.bias is None else [case.kernel, case.bias])
    with observed() as seen:
        y = _caller(layer, name.option("mode", "call"))(x)
    array = np.asarray(y)
    return Computed(
        array=from_format(array, case.data_format),
        call="keras Conv2D",
        dtypes=seen.dtypes(array.dtype.name),
        device=device_of(y) if hasattr(y, "device") else None,
        fixes={"dtype": 'give the layer {dtype}: Conv2D(..., dtype="{dtype}")'},
    )


def _layer(case: Case, policy: str | None) -> Any:
    spec = case.spec
    if not isinstance(spec.padding, str):
        raise ValueError("keras Conv2D takes padding same or valid")
    return keras.layers.Conv2D(
        filters=case.output_shape[-1],
        kernel_size=spec.kernel_size,
        strides=spec.strides,
        padding=spec.padding,
        dilation_rate=spec.dilations,
        groups=spec.groups,
        use_bias=case.bias is not None,
        data_format="channels_last" if case.data_format == "NHWC" else "channels_first",
        dtype=policy,
    )


def _caller(layer: Any, mode: str) -> Callable[[Any], Any]:
    if mode == "graph":
        return tf.function(layer)  # type: ignore[no-any-return]
    if mode == "predict":
        model = keras.Sequential([layer])
        return lambda x: model.predict(x, batch_size=len(x), verbose=0)
    return layer  # type: ignore[no-any-return]
