"""A graph's convolutions in one form, whatever format they came in, decided by the values met.

Converters write one convolution in many ways: its padding as an operator before it, its bias as one
after it, its dilation as SpaceToBatchND and BatchToSpaceND around it, rank 1 as rank 2, a dense
layer as a pointwise convolution. Here all of that belongs to the convolution.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

from convcheck.case.spec import ConvSpec
from convcheck.errors import SpecError, UsageError
from convcheck.model.convolutions.surroundings import Surroundings
from convcheck.model.convolutions.values import PART_BYTES, Values
from convcheck.runtimes.graphs.graph import Convolution, Model
from convcheck.runtimes.graphs.layouts import channels_last, kernel_in_our_layout, numbers, spec_of

if TYPE_CHECKING:
    from convcheck.results import Array


@dataclass(frozen=True, eq=False)
class Layer:
    """One convolution of a graph."""

    index: int
    """Its place among the graph's convolutions, in run order."""
    convolution: Convolution
    """As the graph declares it."""
    spec: ConvSpec
    """Its geometry with padding in numbers, axes of length 1 left out."""
    kernel: Array
    """HWIO, transposed HWOI; of a quantized one what the integers stand for."""
    bias: Array | None
    input: str
    """The tensor that it reads, before any padding."""
    output: str
    """The tensor that it gives, its bias added, before any activation that can be told apart."""
    input_format: str
    output_format: str
    """Layouts of these tensors: ``NHWC``, ``NCHW`` or ``NC``."""
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    """(N, *spatial, C), with the spec's axes."""
    operators: frozenset[int]
    """The graph's operators that are parts of it."""
    before_bias: str | None = None
    """The output tensor without the bias, where an operator of its own adds it last."""
    flattened: tuple[int, ...] | None = None
    """Of a dense layer: the shape, without batch, of what was flattened for it."""

    def input_of(self, array: Array) -> Array:
        """The input tensor's values as (N, *spatial, C)."""
        return channels_last(array, self.input_format).reshape(self.input_shape)

    def output_of(self, array: Array) -> Array:
        """The output tensor's values as (N, *spatial, O)."""
        return channels_last(array, self.output_format).reshape(self.output_shape)


def layers_in(values: Values) -> Iterator[Layer]:
    """A model's convolutions in run order, a few at a time, each run from where the last ended.

    What is around them is kept in ``values``. Raises UsageError where the model cannot run, or
    where a convolution makes no sense.
    """
    graph = values.model.graph
    left = [Surroundings(graph, one) for one in graph.convolutions]
    index, count = 0, 1
    while left:
        taken, left = left[:count], left[count:]
        found = values.kept(name for one in taken for name in one.tensors)
        for one in taken:
            if one.convolution.dense and not _is_layer(one.convolution, found):
                continue
            yield _layer(values.model, index, one, found)
            index += 1
        size = sum(array.nbytes for name, array in found.items() if name in graph.varying)
        count = max(1, min(2 * count, count * PART_BYTES // max(size, 1)))


def _is_layer(dense: Convolution, values: Mapping[str, Array]) -> bool:
    """Whether a product is one by a single matrix, not by a vector or by one matrix for each x."""
    kernel = values[dense.kernel]
    return kernel.ndim >= 2 and prod(kernel.shape[:-2]) == 1 and values[dense.input].ndim >= 2


def _layer(model: Model, index: int, around: Surroundings, values: Mapping[str, Array]) -> Layer:
    graph, declared = model.graph, around.convolution
    try:
        real = {name: numbers(graph, name, values[name]) for name in around.tensors}
        kernel = kernel_in_our_layout(
            real[declared.kernel], declared.kernel_layout, transposed=declared.transposed
        )
        x = channels_last(real[declared.input], declared.data_format)
        y = channels_last(real[declared.output], declared.data_format)
        if not (x.size and kernel.size and y.size):
            raise SpecError(f"it has no numbers: input {x.shape}, kernel {kernel.shape}")
        spec = spec_of(declared, x.shape, kernel.shape, y.shape)
        found = around.absorbed(spec, x, y, real)
        spec, kernel, x_shape, y_shape = _without_short_axes(
            found.spec, kernel, found.input_shape, found.output_shape
        )
    except (SpecError, ValueError, IndexError) as error:
        operator = graph.operators[declared.operator]
        name = operator.name or operator.kind
        raise UsageError(f"the convolution '{name}' makes no sense: {error}") from error
    return Layer(
        index=index,
        convolution=declared,
        spec=spec,
        kernel=kernel,
        bias=found.bias,
        input=found.input,
        output=found.output,
        input_format=found.input_format,
        output_format=found.output_format,
        input_shape=x_shape,
        output_shape=y_shape,
        operators=frozenset(found.operators),
        before_bias=found.before_bias,
        flattened=around.flattened(values, x.shape[-1]) if declared.dense else None,
    )


def _without_short_axes(
    spec: ConvSpec, kernel: Array, x_shape: Sequence[int], y_shape: Sequence[int]
) -> tuple[ConvSpec, Array, tuple[int, ...], tuple[int, ...]]:
    """The same convolution without axes along which one tap meets one position."""
    pads = spec.padding
    assert not isinstance(pads, str)
    kept = [
        axis
        for axis, taps in enumerate(spec.kernel_size)
        if (taps, x_shape[1 + axis], y_shape[1 + axis], pads[axis]) != (1, 1, 1, (0, 0))
    ] or [spec.rank - 1]
    if len(kept) == spec.rank:
        return spec, kernel, tuple(x_shape), tuple(y_shape)

    def pick(values: Sequence[int]) -> tuple[int, ...]:
        return tuple(values[axis] for axis in kept)

    extra = spec.output_padding
    smaller = replace(
        spec,
        kernel_size=pick(spec.kernel_size),
        strides=pick(spec.strides),
        padding=tuple(pads[axis] for axis in kept),
        dilations=pick(spec.dilations),
        output_padding=None if extra is None else pick(extra),
    )
    return (
        smaller,
        kernel.reshape(*smaller.kernel_size, *kernel.shape[-2:]),
        (x_shape[0], *pick(x_shape[1:-1]), x_shape[-1]),
        (y_shape[0], *pick(y_shape[1:-1]), y_shape[-1]),
    )
