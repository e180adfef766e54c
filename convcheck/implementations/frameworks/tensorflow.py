"""Computes a case with TensorFlow's own convolutions, ``tf.nn``, and differentiates them.

``tensorflow_calls.py`` says which call a case gets. A gradient is what a ``GradientTape`` over the
same call gives; of an operation the tape computes the gradients by input and by kernel alike,
whichever was asked for, unless a graph drops the other.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import tensorflow as tf
from tensorflow.python.framework import op_callbacks

from convcheck.case.passes import BIAS_GRADIENT, INPUT_GRADIENT, KERNEL_GRADIENT
from convcheck.implementations.frameworks.gradients import (
    no_gradient,
    place_of,
)
from convcheck.implementations.frameworks.layouts import from_format, to_format
from convcheck.implementations.frameworks.tensorflow_calls import Call, call_for
from convcheck.implementations.interface import Computed
from convcheck.implementations.observation import ObservedDtypes

if TYPE_CHECKING:
    from convcheck.case.case import Case
    from convcheck.case.passes import Gradient
    from convcheck.implementations.name import Name

Places = Mapping[str, tuple[int, "int | None"]]
"""Operation type -> where its input and its kernel stand among its inputs."""
_CONVOLUTIONS: Places = {
    "Conv2D": (0, 1),
    "Conv3D": (0, 1),
    "DepthwiseConv2dNative": (0, 1),
    "Conv2DBackpropInput": (2, 1),
    "Conv3DBackpropInputV2": (2, 1),
}
# Of gradients: where what stands as input and kernel in ``Gradient.case`` does. The output gradient
# of a transposed convolution stands where others have their input, in both of these.
GRADIENT_PLACES: Mapping[str, Places] = {
    INPUT_GRADIENT: {**_CONVOLUTIONS, "DepthwiseConv2dNativeBackpropInput": (2, 1)},
    KERNEL_GRADIENT: {
        "Conv2DBackpropFilter": (0, 2),
        "Conv3DBackpropFilterV2": (0, 2),
        "DepthwiseConv2dNativeBackpropFilter": (0, 2),
    },
    BIAS_GRADIENT: {"BiasAddGrad": (0, None), "Sum": (0, None)},  # the latter is Keras's
}


def versions() -> dict[str, str]:
    """Package -> version."""
    return {"tensorflow": tf.__version__}


def compute(case: Case, name: Name) -> Computed:
    """Run the case through ``tf.nn``."""
    call = call_for(case)
    run = in_graph(call.run) if name.option("mode") == "graph" else call.run
    return computed(case, call, run, device=name.option("device"))


def gradient(asked: Gradient, name: Name) -> Computed:
    """What a ``GradientTape`` over the call of ``compute`` gives."""
    compiled = in_graph if name.option("mode") == "graph" else None
    return differentiated(asked, compiled, device=name.option("device"))


def in_graph(run: Callable[..., Any]) -> Callable[..., Any]:
    """The same, traced into a graph and run as that."""
    return tf.function(run, autograph=False)  # type: ignore[no-any-return]


def computed(
    case: Case, call: Call, run: Callable[..., Any], *, device: str = "", prefix: str = ""
) -> Computed:
    """Run the call by ``run``, which may have compiled it, while its operations are observed."""
    operands = _operands(case, call)
    with _on(device), observed() as observation:
        y = run(*operands)
    return Computed(
        array=from_format(y.numpy(), case.data_format),
        call=prefix + call.text,
        dtypes=observation.dtypes(y.dtype.name),
        device=device_of(y),
    )


def differentiated(
    asked: Gradient,
    compiled: Callable[[Callable[..., Any]], Callable[..., Any]] | None,
    *,
    device: str = "",
    prefix: str = "",
) -> Computed:
    """The gradient through the case's call; ``compiled`` compiles forward and backward as one.

    Raises CannotCompute where TensorFlow gives none.
    """
    # The output has the input's dtype.
    case = asked.with_bias(asked.forward.input.dtype)
    call, place = call_for(case), place_of(asked.kind)
    observation = ObservedDtypes()

    def run(g: Any, wanted: Any, *others: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(wanted)
            y = call.run(*others[:place], wanted, *others[place:])
        g = tf.cast(g, y.dtype)
        with observed(GRADIENT_PLACES[asked.kind], observation):
            return tape.gradient(y, wanted, output_gradients=g)

    others = _operands(case, call)
    with _on(device):
        # What is watched must be a tensor; the others go as given. A call takes arrays to the
        # input's dtype; a graph, which gets tensors alone, takes none of another.
        dtype = None if compiled else case.input.dtype
        wanted = tf.convert_to_tensor(others.pop(place), dtype)
        g = to_format(asked.output_gradient, case.data_format)
        found = (compiled(run) if compiled else run)(g, wanted, *others)
    if found is None:
        raise no_gradient("tf.GradientTape", asked)
    array = found.numpy()
    if asked.kind == INPUT_GRADIENT:
        array = from_format(array, case.data_format)
    return Computed(
        # A depthwise call's kernel had another shape.
        array=array.reshape(asked.shape) if asked.kind == KERNEL_GRADIENT else array,
        call=f"{prefix}tf.GradientTape over {call.text}",
        dtypes=observation.dtypes(found.dtype.name),
        device=device_of(found),
    )


def _operands(case: Case, call: Call) -> list[Any]:
    operands = [to_format(case.input, case.data_format), call.kernel]
    return operands if case.bias is None else [*operands, case.bias]


def _on(device: str) -> contextlib.AbstractContextManager[Any]:
    return tf.device(device) if device else contextlib.nullcontext()


def device_of(tensor: Any) -> str | None:
    """``CPU:0`` out of TensorFlow's full device name."""
    return str(tensor.device).rpartition("device:")[2] or None


@contextlib.contextmanager
def observed(
    places: Places = _CONVOLUTIONS, observation: ObservedDtypes | None = None
) -> Iterator[ObservedDtypes]:
    """Observe the dtypes that reach the first convolution TensorFlow executes or traces.

    With other ``places`` the first operation of these. TensorFlow's debugger hooks in at the same
    place (``tf.debugging.experimental``): the callback gets each operation after casts, with the
    tensors that it really received.
    """
    seen = ObservedDtypes() if observation is None else observation

    def callback(
        op_type: str | bytes, inputs: Any, attrs: Any, outputs: Any, *_: Any, **__: Any
    ) -> None:
        kind = op_type.decode() if isinstance(op_type, bytes) else op_type
        found = places.get(kind)
        if found and seen.pending:
            x, kernel = found
            seen.input = inputs[x].dtype.name
            seen.kernel = None if kernel is None else inputs[kernel].dtype.name

    op_callbacks.add_op_callback(callback)
    try:
        yield seen
    finally:
        op_callbacks.remove_op_callback(callback)
