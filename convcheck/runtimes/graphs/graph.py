"""A model as plain data, whatever file it came from. No framework and no NumPy here.

Names of tensors and operators are the file's own: foreign text, to be cleaned before it is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from convcheck.case.spec import Pads

if TYPE_CHECKING:
    from convcheck.results import Array


@dataclass(frozen=True)
class Tensor:
    """An array that a model takes."""

    name: str
    shape: tuple[int | None, ...] | None
    """An axis of any length is None; all of it is None where the model does not say."""
    dtype: str
    label: str = ""
    """What the file calls it for its users, where ``name`` is another."""


@dataclass(frozen=True)
class Operator:
    """One operator of a graph."""

    name: str
    kind: str
    """The format's own word: ``Conv2D``, ``CONV_2D``, ``aten.conv2d`` …"""
    role: str
    """What it does, in one word for all formats (``roles.py``), ``""`` where none is known."""
    inputs: tuple[str, ...]
    """Tensors that it reads, constants too; what it leaves out is ``""``."""
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """Numbers, texts and tuples of them."""


@dataclass(frozen=True)
class Quantization:
    """What the integers of a tensor stand for: scale · (integer − zero point)."""

    scales: tuple[float, ...]
    """One, or one for each position of ``axis``."""
    zero_points: tuple[int, ...]
    axis: int = 0
    dtype: str = "int8"


@dataclass(frozen=True)
class Convolution:
    """An operator that is a convolution, or a dense layer, as its format declares it."""

    operator: int
    """Its place in the graph's ``operators``."""
    input: str
    kernel: str
    bias: str | None
    """A constant; one that a following operator adds is found later, in ``model.convolutions``."""
    output: str
    data_format: str
    """``NHWC`` or ``NCHW`` for any rank; ``NC`` for a dense layer, whose channels come last."""
    kernel_layout: str
    """``HWIO``, ``HWOI``, ``HWCM``, ``1HWO``, ``OIHW``, ``IOHW``, ``OHWI``, ``IO``, ``OI``."""
    strides: tuple[int, ...] = ()
    dilations: tuple[int, ...] = ()
    padding: str | Pads = "valid"
    """``same``, ``same-lower`` (an odd zero goes before), ``valid``, or numbers."""
    groups: int | None = None
    """None where the shapes alone say it."""
    transposed: bool = False
    output_padding: tuple[int, ...] = ()
    activation: str = ""
    """What is applied inside the operator: ``relu``, ``relu6`` …; "" for nothing."""

    @property
    def dense(self) -> bool:
        """Whether it is a dense layer."""
        return self.data_format == "NC"


@dataclass(frozen=True)
class Graph:
    """A model: operators in run order, without those that pass a tensor on as it is."""

    format: str
    """``keras``, ``saved-model``, ``onnx``, ``tflite``, ``pt2``, ``python``."""
    data_format: str
    """Where its inputs have their channels by the format's custom: ``NHWC`` or ``NCHW``."""
    inputs: tuple[Tensor, ...]
    outputs: tuple[str, ...]
    operators: tuple[Operator, ...]
    convolutions: tuple[Convolution, ...] = ()
    quantization: Mapping[str, Quantization] = field(default_factory=dict)
    """Tensor -> what its integers stand for."""
    notes: tuple[str, ...] = ()
    """What one should know who reads what it computes: that it is in training mode …"""

    @cached_property
    def producers(self) -> dict[str, int]:
        """Tensor -> the operator that gives it."""
        return producers(self.operators)

    @cached_property
    def consumers(self) -> dict[str, tuple[int, ...]]:
        """Tensor -> the operators that read it, in run order."""
        found: dict[str, dict[int, None]] = {}
        for i, one in enumerate(self.operators):
            for name in one.inputs:
                found.setdefault(name, {})[i] = None
        return {name: tuple(places) for name, places in found.items()}

    @cached_property
    def varying(self) -> frozenset[str]:
        """Tensors that follow from the model's inputs; all others are constant."""
        known = {one.name for one in self.inputs}
        for one in self.operators:
            if not known.isdisjoint(one.inputs):
                known.update(filter(None, one.outputs))
        return frozenset(known)

    def varying_inputs(self, operator: int) -> tuple[str, ...]:
        """What an operator reads that is not constant."""
        return tuple(name for name in self.operators[operator].inputs if name in self.varying)

    def needed(self, wanted: Collection[str], given: Collection[str] = ()) -> list[int]:
        """Operators that ``wanted`` follow from where ``given`` are known, in run order."""
        return needed(self.operators, wanted, given)

    def read_of(self, given: Collection[str], wanted: Collection[str]) -> tuple[str, ...]:
        """Those of ``given`` that are read where ``wanted`` are computed from them."""
        read = set(wanted)
        for place in self.needed(wanted, given):
            read.update(self.operators[place].inputs)
        return tuple(name for name in given if name in read)


class Model(Protocol):
    """A model that can be cut at any tensor."""

    graph: Graph

    def run(self, feeds: Mapping[str, Array], fetches: Sequence[str]) -> dict[str, Array]:
        """The tensors ``fetches`` where the tensors ``feeds`` have these values.

        Any tensor may be fed, an input or one inside; constants need no feed. Arrays are in the
        graph's own layout and dtype. Raises UsageError where it cannot run so.
        """
        ...


class _Wired(Protocol):
    @property
    def inputs(self) -> tuple[str, ...]: ...

    @property
    def outputs(self) -> tuple[str, ...]: ...


def producers(operators: Sequence[_Wired]) -> dict[str, int]:
    """Tensor -> place of the operator that gives it."""
    return {name: i for i, one in enumerate(operators) for name in one.outputs if name}


def needed(
    operators: Sequence[_Wired], wanted: Collection[str], given: Collection[str] = ()
) -> list[int]:
    """Places of the operators that ``wanted`` follow from where ``given`` are known."""
    giving = producers(operators)
    found: set[int] = set()
    stack = [name for name in wanted if name not in given]
    while stack:
        place = giving.get(stack.pop())
        if place is not None and place not in found:
            found.add(place)
            stack.extend(name for name in operators[place].inputs if name not in given)
    return sorted(found)


def without_identities(
    operators: Sequence[Operator], outputs: Sequence[str]
) -> tuple[tuple[Operator, ...], tuple[str, ...]]:
    """The operators and outputs, reading past those whose role is ``identity``."""
    source: dict[str, str] = {}
    kept = []
    for one in operators:
        inputs = tuple(source.get(name, name) for name in one.inputs)
        if one.role == "identity" and inputs:
            source.update(dict.fromkeys(one.outputs[:1], inputs[0]))
        else:
            kept.append(Operator(one.name, one.kind, one.role, inputs, one.outputs, one.attributes))
    return tuple(kept), tuple(source.get(name, name) for name in outputs)
