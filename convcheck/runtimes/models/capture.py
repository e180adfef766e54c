"""Captures each call of a convolution layer while a Keras model runs, as a case with its output.

While one input runs through the model, the ``call`` of Keras's own convolution classes is replaced
by one that records: nested models, shared layers, subclasses and layers inside a user's own all
pass there. What is recorded is before the activation:

====================================  ==============================================================
a convolution layer                   its input, the kernel and bias that it reads, its output
                                      without the activation
a subclass with a ``convolution_op``  the operands that reach Keras's own, and its result: what the
or a ``call`` of its own              subclass does around it is no convolution
a separable layer                     two convolutions; the first one's output is computed with
                                      Keras's own call for it, the second one's is the layer's
====================================  ==============================================================

Layers that are called inside a compiled function, where no numbers can be seen, and layers that
compute a convolution by themselves are missed, and named with the reason.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from convcheck.case.case import Case
from convcheck.implementations.frameworks.tensorflow import observed
from convcheck.results import Dtypes
from convcheck.runtimes.models import geometry
from convcheck.runtimes.models.geometry import arrays_of, numbers

if TYPE_CHECKING:
    from convcheck.results import Array

_FORWARD = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)
_SEPARABLE = (keras.layers.SeparableConv1D, keras.layers.SeparableConv2D)
_RECURRENT = tuple(getattr(keras.layers, f"ConvLSTM{rank}D") for rank in (1, 2, 3))
KINDS = (*_FORWARD, *geometry.DEPTHWISE, *_SEPARABLE, *geometry.TRANSPOSED)


@dataclass(frozen=True, eq=False)
class CapturedCall:
    """One call of a convolution layer."""

    name: str
    """The layer's path in the model; its second call ends in ``#2``."""
    kind: str
    """``Conv2D``, ``SeparableConv2D depthwise`` …"""
    case: Case
    output: Array
    """The layer's output before its activation, shape (N, *spatial, O)."""
    dtypes: Dtypes
    """As observed at the operation."""


class Capture:
    """Records a model's convolutions while it runs; ``keep`` is called with each, in order."""

    def __init__(self, model: Any, keep: Callable[[CapturedCall], None]) -> None:
        self._keep = keep
        self._layers = _paths(model)
        self._names = {id(layer): path for path, layer in self._layers.items()}
        self._counts: dict[str, int] = {}
        self._reasons: dict[str, str] = {}
        self._inside: list[Any] = []

    @contextlib.contextmanager
    def recording(self) -> Iterator[None]:
        """Replace Keras's methods while the body runs."""
        with contextlib.ExitStack() as stack:
            for owner in dict.fromkeys(_owner(kind, "call") for kind in KINDS):
                stack.enter_context(_replaced(owner, "call", self._call))
            base = _owner(keras.layers.Conv2D, "convolution_op")
            stack.enter_context(_replaced(base, "convolution_op", self._operation))
            yield

    def missed(self) -> dict[str, tuple[str, str]]:
        """Path of each convolution layer of which no call was recorded -> its kind, and why."""
        return {
            path: (type(layer).__name__, self._reason(path, layer))
            for path, layer in self._layers.items()
            if isinstance(layer, (*KINDS, *_RECURRENT)) and path not in self._counts
        }

    def _reason(self, path: str, layer: Any) -> str:
        if isinstance(layer, _RECURRENT):
            return "its convolutions run inside a recurrent cell"
        uncalled = "the input does not come past it, or it is called inside a compiled function"
        return self._reasons.get(path, uncalled)

    def _call(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """The ``call`` of a convolution class, recording."""

        @functools.wraps(original)
        def call(layer: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
            own = isinstance(layer, _FORWARD) and not _inherits(layer, "convolution_op")
            if own or not _is_concrete(inputs):
                kind = type(layer).__name__
                self._reasons[self._path(layer)] = (
                    f"{kind} computes it in a convolution_op of its own"
                    if own
                    else "it is called inside a compiled function"
                )
                return original(layer, inputs, *args, **kwargs)
            self._inside.append(layer)
            try:
                with _without_activation(layer) as activation, observed() as observation:
                    outputs = original(layer, inputs, *args, **kwargs)
            finally:
                self._inside.pop()
            self._record(layer, observation.dtypes(outputs.dtype.name), inputs, outputs)
            return outputs if activation is None else activation(outputs)

        return call

    def _operation(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """``convolution_op``, which a subclass may call in its own way, recording."""

        @functools.wraps(original)
        def convolution_op(layer: Any, inputs: Any, kernel: Any) -> Any:
            if any(one is layer for one in self._inside) or not _is_concrete(inputs):
                return original(layer, inputs, kernel)
            with observed() as observation:
                outputs = original(layer, inputs, kernel)
            x, y = arrays_of(layer, inputs, outputs)
            case = geometry.of_layer(layer, x, y, numbers(kernel), None)
            dtypes = observation.dtypes(outputs.dtype.name)
            self._keep(CapturedCall(self._name(layer), _kind(layer), case, y, dtypes))
            return outputs

        return convolution_op

    def _record(self, layer: Any, dtypes: Dtypes, inputs: Any, outputs: Any) -> None:
        name, kind = self._name(layer), _kind(layer)
        x, y = arrays_of(layer, inputs, outputs)
        bias = None if layer.bias is None else numbers(layer.bias)
        if not isinstance(layer, _SEPARABLE):
            case = geometry.of_layer(layer, x, y, numbers(layer.kernel), bias)
            self._keep(CapturedCall(name, kind, case, y, dtypes))
            return
        (between,) = arrays_of(layer, _first_half(layer, inputs))
        first = geometry.depthwise(layer, x, numbers(layer.depthwise_kernel), None)
        second = geometry.pointwise(between, numbers(layer.pointwise_kernel), bias)
        self._keep(CapturedCall(f"{name}/depthwise", f"{kind} depthwise", first, between, dtypes))
        self._keep(CapturedCall(f"{name}/pointwise", f"{kind} pointwise", second, y, dtypes))

    def _path(self, layer: Any) -> str:
        return self._names.get(id(layer), str(layer.name))

    def _name(self, layer: Any) -> str:
        """The name of the layer's call that is being recorded."""
        path = self._path(layer)
        count = self._counts[path] = self._counts.get(path, 0) + 1
        return path if count == 1 else f"{path}#{count}"


def _paths(model: Any) -> dict[str, Any]:
    """Path -> layer, each layer once, under the first path that leads to it."""
    found: dict[str, Any] = {}
    seen_ids: set[int] = set()

    def walk(parent: Any, prefix: str) -> None:
        for layer in parent._flatten_layers(include_self=False, recursive=False):
            if id(layer) in seen_ids:
                continue
            seen_ids.add(id(layer))
            path, count = prefix + layer.name, 1
            while path in found:
                count += 1
                path = f"{prefix}{layer.name}~{count}"
            found[path] = layer
            walk(layer, path + "/")

    walk(model, "")
    return found


def _kind(layer: Any) -> str:
    return str(next(kind.__name__ for kind in KINDS if isinstance(layer, kind)))


def _first_half(layer: Any, inputs: Any) -> Any:
    return keras.ops.depthwise_conv(
        inputs,
        layer.depthwise_kernel,
        strides=layer.strides,
        padding=layer.padding,
        dilation_rate=layer.dilation_rate,
        data_format=layer.data_format,
    )


def _is_concrete(inputs: Any) -> bool:
    return tf.is_tensor(inputs) and not tf.is_symbolic_tensor(inputs)


def _owner(kind: type, method: str) -> Any:
    """The class that a method of this class comes from."""
    return next(parent for parent in kind.__mro__ if method in vars(parent))


def _inherits(layer: Any, method: str) -> bool:
    """Whether the method is Keras's own, not one of a subclass."""
    own = next(kind for kind in _FORWARD if isinstance(layer, kind))
    return _owner(type(layer), method) is _owner(own, method)


@contextlib.contextmanager
def _replaced(owner: Any, method: str, recording: Callable[..., Any]) -> Iterator[None]:
    original = vars(owner)[method]
    setattr(owner, method, recording(original))
    try:
        yield
    finally:
        setattr(owner, method, original)


@contextlib.contextmanager
def _without_activation(layer: Any) -> Iterator[Any]:
    """Take the layer's activation away while the body runs; gives the activation."""
    # Past Layer.__setattr__, which would track an activation that is a layer.
    attributes = vars(layer)
    activation = attributes["activation"]
    attributes["activation"] = None
    try:
        yield activation
    finally:
        attributes["activation"] = activation
