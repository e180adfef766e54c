"""Computes a case with Keras layers.

A layer gets the case's kernel and bias as its weights; its own dtype policy decides what it
computes in, and ``KERAS_BACKEND`` what computes.

Layouts are Keras's already: channels_last or channels_first as asked, kernels HWIO, and HWOI for
transposed ones. Which layers a case gets:

==========================  ======================================================================
forward                     ``Conv1D``, ``Conv2D``, ``Conv3D``
a group for each channel    ``DepthwiseConv1D``, ``DepthwiseConv2D`` with equal strides, its kernel
                            as (H, W, channels, multiplier); otherwise a grouped ``Conv``
transposed                  ``Conv1DTranspose``, ``Conv2DTranspose``, ``Conv3DTranspose``
explicit padding            ``ZeroPadding`` and a valid layer; transposed, a valid layer and
                            ``Cropping``
==========================  ======================================================================

A valid transposed layer makes (in - 1) * stride + window + output_padding, where None for the last
is not 0 but fills a window up to its stride; so it is always given here. A same one makes
in * stride when output_padding is None, and else (in - 1) * stride + window % 2 + output_padding:
output padding appended to in * stride does not exist there, and is refused.

Gradients are those of the backend: see ``keras_gradients.py``.
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from convcheck.case.dtypes import dtype_named
from convcheck.case.passes import INPUT_GRADIENT, KERNEL_GRADIENT
from convcheck.errors import CannotCompute
from convcheck.implementations.frameworks.keras_gradients import (
    DIFFERENTIATION,
    OBSERVED,
    differentiated,
)
from convcheck.implementations.frameworks.layouts import depthwise, from_format, to_format
from convcheck.implementations.interface import Computed
from convcheck.results import Dtypes
from convcheck.spelling import listed

if TYPE_CHECKING:
    from convcheck.case.case import Array, Case
    from convcheck.case.passes import Gradient
    from convcheck.implementations.name import Name

KEPT = 100
"""Cases of which Keras keeps what it knows of their layers, some 6 MB."""
_CASES = itertools.count()


def versions() -> dict[str, str]:
    """Package -> version, the backend's too."""
    backend = _backend()
    return {"keras": keras.__version__, **(backend.versions() if backend else {})}


def _backend() -> Any:
    """The file in this folder for the backend that Keras runs on; None where there is none."""
    name = keras.backend.backend()
    return importlib.import_module(f"{__package__}.{name}") if name in OBSERVED else None


def compute(case: Case, name: Name) -> Computed:
    """Run the case through a layer, called in the way that ``mode`` says."""
    backend = _backend()
    x = to_format(case.input, case.data_format)
    with contextlib.ExitStack() as stack:
        layers, main = _built(case, name, stack)
        mode = name.option("mode", "call")
        recorder = _DtypeRecorder() if mode == "predict" else None
        run = _caller(layers, mode, recorder)
        observation = stack.enter_context(backend.observed()) if backend else None
        y = run(x)
    array, dtype = _array(y)
    dtypes = observation.dtypes(dtype) if observation else Dtypes(output=dtype)
    return Computed(
        array=from_format(array, case.data_format),
        call=_words(layers),
        dtypes=_with_narrowest_input(dtypes, recorder.dtype_seen if recorder else None),
        device=backend.device_of(y) if backend and y is not array else None,
        fixes=_fixes(main),
    )


def gradient(asked: Gradient, name: Name) -> Computed:
    """Differentiate the layers of ``compute`` by their input, or by the layer's own weights.

    Raises CannotCompute for a way to call them that no gradient goes through.
    """
    backend, mode = keras.backend.backend(), name.option("mode", "call")
    if backend not in OBSERVED or mode == "predict":
        raise CannotCompute(
            "model.predict computes no gradients; leave mode=predict out"
            if backend in OBSERVED
            else f"KERAS_BACKEND={backend} computes no gradients; {listed(OBSERVED)} do"
        )
    case = asked.with_bias(asked.forward.input.dtype)
    with contextlib.ExitStack() as stack:
        layers, main = _built(case, name, stack)
        if mode == "graph":
            _check_graph()
        found, dtypes = differentiated(backend, layers, main, asked, in_graph=mode == "graph")
    array, dtype = _array(found)
    if asked.kind == INPUT_GRADIENT:
        array = from_format(array, case.data_format)
    return Computed(
        # A depthwise layer's kernel has another shape.
        array=array.reshape(asked.shape) if asked.kind == KERNEL_GRADIENT else array,
        call=f"{DIFFERENTIATION[backend]} {_words(layers)}",
        dtypes=dtypes.dtypes(dtype),
        device=_backend().device_of(found),
        fixes=_fixes(main),
    )


def _forget_old_layers() -> None:
    """Clear what Keras keeps of each layer that there ever was: some 60 KB of a case.

    That takes three times as long as a small case, and so is done once for many.
    """
    if next(_CASES) % KEPT == KEPT - 1:
        keras.utils.clear_session(free_memory=False)


def _built(case: Case, name: Name, stack: contextlib.ExitStack) -> tuple[list[Any], Any]:
    """The layers with their weights, and the convolution among them; ``stack`` is left later."""
    if device := name.option("device"):
        stack.enter_context(keras.device(device))
    stack.callback(_forget_old_layers)
    layers, main = _layers(case, name.option("dtype") or None)
    shape = to_format(case.input, case.data_format).shape
    for layer in layers:
        layer.build(shape)
        shape = layer.compute_output_shape(shape)
    return layers, main


def _words(layers: list[Any]) -> str:
    return "keras " + " + ".join(type(layer).__name__ for layer in layers)


def _fixes(main: Any) -> dict[str, str]:
    kind = type(main).__name__
    return {"dtype": f'give the layer {{dtype}}: {kind}(..., dtype="{{dtype}}")'}


def _layers(case: Case, policy: str | None) -> tuple[list[Any], Any]:
    """The layers in order, and the convolution among them."""
    spec = case.spec
    common: dict[str, Any] = {
        "data_format": "channels_last" if case.data_format == "NHWC" else "channels_first",
        "dtype": policy,
    }
    geometry: dict[str, Any] = {
        **common,
        "kernel_size": spec.kernel_size,
        "strides": spec.strides,
        "padding": spec.padding if isinstance(spec.padding, str) else "valid",
        "dilation_rate": spec.dilations,
        "use_bias": case.bias is not None,
        "kernel_initializer": _given(case.kernel),
        "bias_initializer": "zeros" if case.bias is None else _given(case.bias),
    }
    if spec.transposed:
        main = _transposed(case, geometry)
    elif _takes_depthwise_layer(case):
        kind = getattr(keras.layers, f"DepthwiseConv{spec.rank}D")
        del geometry["kernel_initializer"]
        kernel = depthwise(case.kernel, case.input.shape[-1])
        geometry["depthwise_initializer"] = _given(kernel)
        main = kind(depth_multiplier=case.kernel.shape[-1] // spec.groups, **geometry)
    else:
        kind = getattr(keras.layers, f"Conv{spec.rank}D")
        main = kind(filters=case.kernel.shape[-1], groups=spec.groups, **geometry)
    if isinstance(spec.padding, str):
        return [main], main
    pads = spec.padding if spec.rank > 1 else spec.padding[0]  # rank 1: not a pair of pairs
    if not spec.transposed:
        return [getattr(keras.layers, f"ZeroPadding{spec.rank}D")(pads, **common), main], main
    if spec.rank == 1 and case.data_format == "NHWC":
        del common["data_format"]  # Cropping1D knows channels_last alone, and no word for it
    return [main, getattr(keras.layers, f"Cropping{spec.rank}D")(pads, **common)], main


def _takes_depthwise_layer(case: Case) -> bool:
    spec = case.spec
    return case.is_depthwise and spec.rank <= 2 and len(set(spec.strides)) == 1


def _transposed(case: Case, geometry: dict[str, Any]) -> Any:
    spec = case.spec
    kind = getattr(keras.layers, f"Conv{spec.rank}DTranspose")
    extra = spec.output_padding or (0,) * spec.rank
    if spec.padding != "same":
        geometry["output_padding"] = extra
    elif any(extra):
        raise ValueError(
            f"keras {kind.__name__} with padding='same' cannot append output padding {extra} to "
            "in * stride: its output_padding counts from (in - 1) * stride + window % 2"
        )
    if spec.groups > 1:
        geometry["groups"] = spec.groups  # Keras says that it has none
    return kind(filters=case.output_shape[-1], **geometry)


def _given(weight: Array) -> Callable[..., Any]:
    """An initializer that gives this weight: others are not drawn, only to be set again."""

    def initial(shape: tuple[int, ...], dtype: str | None = None) -> Any:
        if weight.shape != tuple(shape):
            raise ValueError(f"the layer wants weights of shape {shape}, not {weight.shape}")
        return keras.ops.convert_to_tensor(weight, dtype)

    return initial


class _DtypeRecorder(keras.layers.Layer):  # type: ignore[misc]
    """Passes its input through and records its dtype: what ``predict`` cast the array to."""

    def __init__(self) -> None:
        super().__init__(autocast=False)
        self.dtype_seen: str | None = None

    def call(self, inputs: Any) -> Any:
        self.dtype_seen = keras.backend.standardize_dtype(inputs.dtype)
        return inputs


def _with_narrowest_input(dtypes: Dtypes, first: str | None) -> Dtypes:
    """``dtypes`` with the narrowest dtype that the input had from the first layer on.

    ``predict`` casts arrays to ``floatx`` before any layer sees them: a float64 layer then widens
    what was already rounded to float32.
    """
    observed = [dtype for dtype in (dtypes.input, first) if dtype is not None]
    return replace(dtypes, input=min(observed, key=_size, default=None))


def _size(dtype: str) -> int:
    return int(dtype_named(dtype).itemsize)


def _caller(layers: list[Any], mode: str, recorder: Any) -> Callable[[Any], Any]:
    """The layers as a function of the input, called in the way that ``mode`` says."""

    def call(x: Any) -> Any:
        for layer in layers:
            x = layer(x)
        return x

    if mode == "graph":
        _check_graph()
        import tensorflow as tf  # not there on Keras's other backends

        return tf.function(call, autograph=False)  # type: ignore[no-any-return]
    if mode == "predict":
        model = keras.Sequential([recorder, *layers])
        return lambda x: model.predict(x, batch_size=len(x), verbose=0)
    return call


def _check_graph() -> None:
    if keras.backend.backend() != "tensorflow":
        raise ValueError("mode=graph is tf.function; it needs KERAS_BACKEND=tensorflow")


def _array(y: Any) -> tuple[Array, str]:
    """(array, dtype): the output as an array of the dtype that it had in its framework."""
    if isinstance(y, np.ndarray):
        return y, y.dtype.name
    dtype = keras.backend.standardize_dtype(y.dtype)
    array: Array = keras.ops.convert_to_numpy(y)
    # NumPy lacks bfloat16, and PyTorch's way out of it is through float32.
    return array.astype(dtype_named(dtype), copy=False), dtype
