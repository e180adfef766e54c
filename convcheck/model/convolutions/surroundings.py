"""The operators around a convolution that may be parts of it; their values decide whether."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING

from convcheck.case.spec import ConvSpec
from convcheck.model.convolutions.same_numbers import (
    bias_of,
    layout_of_same,
    window_in,
    with_rank,
    zeros_around,
)
from convcheck.runtimes.graphs.graph import Convolution, Graph
from convcheck.runtimes.graphs.layouts import channels_last

if TYPE_CHECKING:
    from convcheck.results import Array

_MOVES = {"squeeze", "expand-dims", "reshape", "flatten", "transpose", "dequantize", "quantize"}
"""Operators that may give the same numbers in another form."""
_BEFORE = _MOVES | {"pad", "space-to-batch"}
_AFTER = _MOVES | {"add", "slice", "batch-to-space"}
_STEPS = 6


@dataclass(frozen=True)
class _Step:
    """One operator beside a convolution, and the tensor on its far side."""

    operator: int
    role: str
    tensor: str
    constants: tuple[str, ...]


@dataclass(frozen=True)
class Absorbed:
    """A convolution with what belongs to it; shapes are (N, *spatial, C)."""

    spec: ConvSpec
    bias: Array | None
    input: str
    output: str
    input_format: str
    output_format: str
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    operators: tuple[int, ...]
    before_bias: str | None = None
    """The tensor that an operator of its own adds the bias to."""


class Surroundings:
    """One convolution of a graph, and the chains of operators that lead to it and from it."""

    def __init__(self, graph: Graph, convolution: Convolution) -> None:
        self.convolution = convolution
        self._graph = graph
        self._before = list(itertools.islice(self._backwards(), _STEPS))
        self._after = list(itertools.islice(self._forwards(), _STEPS))
        steps = self._before + self._after
        own = (convolution.input, convolution.kernel, convolution.bias, convolution.output)
        self.tensors = tuple(
            dict.fromkeys(
                [name for name in own if name]
                + [step.tensor for step in steps]
                + [name for step in steps for name in step.constants]
            )
        )
        """All tensors whose values are needed to decide."""

    def _backwards(self) -> Iterator[_Step]:
        graph, name = self._graph, self.convolution.input
        while (place := graph.producers.get(name)) is not None:
            one = graph.operators[place]
            sources = graph.varying_inputs(place)
            known = self.convolution.dense or one.role in _BEFORE  # any may follow a flattening
            if not known or len(sources) != 1 or len(one.outputs) != 1:
                return
            name = sources[0]
            constants = one.inputs[1:] if one.role == "space-to-batch" else ()
            yield _Step(place, one.role, name, constants)

    def _forwards(self) -> Iterator[_Step]:
        graph, name = self._graph, self.convolution.output
        while len(graph.consumers.get(name, ())) == 1:
            place = graph.consumers[name][0]
            one = graph.operators[place]
            if one.role not in _AFTER or graph.varying_inputs(place) != (name,):
                return
            constants = tuple(n for n in one.inputs if n and n != name)
            name = one.outputs[0]
            useful = one.role in ("add", "batch-to-space")
            yield _Step(place, one.role, name, constants if useful else ())

    def absorbed(self, spec: ConvSpec, x: Array, y: Array, real: Mapping[str, Array]) -> Absorbed:
        """The convolution with all that by its values belongs to it.

        ``real`` has ``tensors`` as the numbers that they stand for, ``x`` and ``y`` those that the
        operator itself reads and gives, (N, *spatial, C).
        """
        own = self.convolution
        found = Absorbed(
            spec,
            None if own.bias is None else real[own.bias].reshape(-1),
            own.input,
            own.output,
            own.data_format,
            own.data_format,
            x.shape,
            y.shape,
            (own.operator,),
        )
        if own.dense:
            return self._bias(found, y, real)
        batched = self._undilated(found, real)
        if batched is not None:
            found = batched
            x = with_rank(real[found.input], found.input_format, len(found.input_shape))
            y = with_rank(real[found.output], found.output_format, len(found.output_shape))
        if not spec.transposed:
            found = self._padding(found, x, real)
        return self._bias(found, y, real)

    def _padding(self, found: Absorbed, x: Array, real: Mapping[str, Array]) -> Absorbed:
        """With the zeros that operators before it put around its input."""
        passed: list[int] = []
        form = found.input_format
        for step in self._before:
            if step.operator in found.operators:
                continue
            passed.append(step.operator)
            same = layout_of_same(real[step.tensor], x, form)
            if same is not None:
                form = same
                continue
            padded = zeros_around(real[step.tensor], x, form)
            if padded is None:
                break
            form, inner, pads = padded
            assert not isinstance(found.spec.padding, str)
            sums = tuple(
                (a + c, b + d) for (a, b), (c, d) in zip(found.spec.padding, pads, strict=True)
            )
            x = inner
            found = replace(
                found,
                spec=replace(found.spec, padding=sums),
                input=step.tensor,
                input_format=form,
                input_shape=x.shape,
                operators=(*found.operators, *passed),
            )
            passed = []
        return found

    def _bias(self, found: Absorbed, y: Array, real: Mapping[str, Array]) -> Absorbed:
        """With what operators after it crop of a transposed output, and the bias that they add."""
        passed: list[int] = []
        form, name = found.output_format, found.output
        later = [step for step in self._after if step.operator not in found.operators]
        for step in later:
            passed.append(step.operator)
            array = real[step.tensor]
            spec, bias, before_bias = found.spec, found.bias, None
            if step.role == "add" and bias is None and len(step.constants) == 1:
                bias = bias_of(real[step.constants[0]], real[name].ndim, form, y.shape[-1])
                if bias is None:
                    break
                y = channels_last(array, form).reshape(y.shape)
                before_bias = name
            elif step.role == "slice" and spec.transposed:
                cropped = window_in(channels_last(array, form), y)
                if cropped is None:
                    break
                assert not isinstance(spec.padding, str)
                sums = tuple(
                    (a + c, b + d) for (a, b), (c, d) in zip(spec.padding, cropped, strict=True)
                )
                spec, y = replace(spec, padding=sums), channels_last(array, form)
            else:
                same = layout_of_same(array, y, form)
                if same is None:
                    break
                form, name = same, step.tensor
                continue
            name = step.tensor
            found = replace(
                found,
                spec=spec,
                bias=bias,
                output=name,
                output_format=form,
                output_shape=y.shape,
                operators=(*found.operators, *passed),
                before_bias=before_bias,
            )
            passed = []
        return found

    def _undilated(self, found: Absorbed, real: Mapping[str, Array]) -> Absorbed | None:
        """With its dilation, where SpaceToBatchND and BatchToSpaceND around it stand for one."""
        first = [n for n, step in enumerate(self._before) if step.role == "space-to-batch"]
        last = [n for n, step in enumerate(self._after) if step.role == "batch-to-space"]
        if not first or not last or found.spec.transposed:
            return None
        before, after = self._before[first[0]], self._after[last[0]]
        block = [int(n) for n in real[before.constants[0]].reshape(-1)]
        pads = real[before.constants[1]].reshape(-1, 2)
        spec, form = found.spec, found.input_format
        x = with_rank(real[before.tensor], form, spec.rank + 2)
        y = with_rank(real[after.tensor], form, spec.rank + 2)
        axes = [axis for axis, taps in enumerate(spec.kernel_size) if taps > 1]
        axes = (axes if len(axes) == len(block) else list(range(spec.rank)))[-len(block) :]
        assert not isinstance(spec.padding, str)
        padding, dilations = list(spec.padding), list(spec.dilations)
        for axis, rate, (start, _) in zip(axes, block, pads, strict=True):
            dilations[axis] = rate
            window = rate * (spec.kernel_size[axis] - 1) + 1
            total = window + y.shape[1 + axis] - 1 - x.shape[1 + axis]
            padding[axis] = (int(start), max(total - int(start), 0))
        steps = self._before[: first[0] + 1] + self._after[: last[0] + 1]
        inside = [step.operator for step in steps]
        added = [step.constants[0] for step in self._after[: last[0]] if step.role == "add"]
        return replace(
            found,
            bias=real[added[0]].reshape(-1) if added else found.bias,
            spec=replace(spec, padding=tuple(padding), dilations=tuple(dilations)),
            input=before.tensor,
            output=after.tensor,
            input_shape=x.shape,
            output_shape=y.shape,
            operators=(*found.operators, *inside),
        )

    def flattened(self, values: Mapping[str, Array], features: int) -> tuple[int, ...] | None:
        """Shape, without batch, of what was flattened into a dense layer's ``features``."""
        for step in self._before:
            shape = values[step.tensor].shape
            if len(shape) > 2 and prod(shape[1:]) == features:
                return tuple(shape[1:])
        return None
