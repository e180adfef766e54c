"""Differentiates Keras layers by what their backend offers: a tape, ``autograd`` or ``vjp``.

The layers are called as ``keras.py`` calls them. What is watched is the input as given, before the
layer casts it, and the layer's own weights, in the dtype that its policy keeps them in: gradients
come out in those dtypes, whatever they were computed in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from convcheck.case.dtypes import dtype_named
from convcheck.case.passes import INPUT_GRADIENT, KERNEL_GRADIENT
from convcheck.implementations.frameworks.gradients import no_gradient
from convcheck.implementations.frameworks.layouts import to_format
from convcheck.implementations.observation import ObservedDtypes

if TYPE_CHECKING:
    from convcheck.case.passes import Gradient

DIFFERENTIATION = {
    "tensorflow": "tf.GradientTape over",
    "torch": "torch.autograd over",
    "jax": "jax.vjp of",
}
"""Backend -> what differentiates there, as the first words of a call."""
OBSERVED = tuple(DIFFERENTIATION)
"""Backends whose own files here can observe convolutions."""


def differentiated(
    backend: str, layers: list[Any], main: Any, asked: Gradient, *, in_graph: bool
) -> tuple[Any, ObservedDtypes]:
    """The gradient as a tensor in the layers' layout, and what was observed.

    ``main`` is the convolution among the layers; ``in_graph`` compiles by ``tf.function``.
    """
    if backend == "tensorflow":
        return _by_tape(layers, main, asked, in_graph=in_graph)
    return {"torch": _by_autograd, "jax": _by_vjp}[backend](layers, main, asked)


def _by_tape(
    layers: list[Any], main: Any, asked: Gradient, *, in_graph: bool
) -> tuple[Any, ObservedDtypes]:
    # Not there on Keras's other backends, as these are not on this one.
    import tensorflow as tf

    from convcheck.implementations.frameworks import tensorflow as own

    observation = ObservedDtypes()

    def run(g: Any, x: Any) -> Any:
        wanted = x if asked.kind == INPUT_GRADIENT else _weight(main, asked).value
        with tf.GradientTape() as tape:
            tape.watch(wanted)
            y = _called(layers, x)
        g = tf.cast(g, y.dtype)
        with own.observed(own.GRADIENT_PLACES[asked.kind], observation):
            return tape.gradient(y, wanted, output_gradients=g)

    x, g = (tf.convert_to_tensor(one) for one in _images(asked))
    found = (own.in_graph(run) if in_graph else run)(g, x)
    if found is None:
        raise no_gradient("tf.GradientTape", asked)
    return found, observation


def _by_autograd(layers: list[Any], main: Any, asked: Gradient) -> tuple[Any, ObservedDtypes]:
    import torch

    from convcheck.implementations.frameworks import torch as own

    x, g = (keras.ops.convert_to_tensor(one) for one in _images(asked))
    by_input = asked.kind == INPUT_GRADIENT
    wanted = x.requires_grad_() if by_input else _weight(main, asked).value
    y = _called(layers, x)
    with own.observed(own.gradient_places(asked)) as observation:
        (found,) = torch.autograd.grad(y, wanted, g.to(y.dtype))
    return found, observation


def _by_vjp(layers: list[Any], main: Any, asked: Gradient) -> tuple[Any, ObservedDtypes]:
    import jax

    from convcheck.implementations.frameworks import jax as own

    x, g = (jax.numpy.asarray(one) for one in _images(asked))
    by_input = asked.kind == INPUT_GRADIENT
    weight = None if by_input else _weight(main, asked)

    def forward(wanted: Any) -> Any:
        values = [wanted if v is weight else v.value for v in main.trainable_variables]
        y = wanted if by_input else x
        for layer in layers:
            y = layer.stateless_call(values, [], y)[0] if layer is main else layer(y)
        return y

    y, pull = jax.vjp(forward, x if weight is None else weight.value)
    if y.dtype.kind in "iu" or (by_input and x.dtype.kind in "iu"):
        raise no_gradient("jax.vjp", asked)
    with own.observed(*own.gradient_places(asked)) as observation:
        (found,) = pull(g.astype(dtype_named(y.dtype.name)))
    return found, observation


def _called(layers: list[Any], x: Any) -> Any:
    for layer in layers:
        x = layer(x)
    return x


def _weight(main: Any, asked: Gradient) -> Any:
    return main.kernel if asked.kind == KERNEL_GRADIENT else main.bias


def _images(asked: Gradient) -> tuple[Any, Any]:
    """Input and output gradient, in the layers' layout."""
    case = asked.forward
    return (
        to_format(case.input, case.data_format),
        to_format(asked.output_gradient, case.data_format),
    )
