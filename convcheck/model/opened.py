"""A model file that is open as a graph: its convolutions one by one, each with its own output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from convcheck.implementations.name import parse
from convcheck.model.file import is_keras
from convcheck.model.graph_calls import OwnCall, own_call, own_integers
from convcheck.model.inputs.arrays import feeds_of, real_inputs
from convcheck.model.names import layer_names
from convcheck.model.network import Network, network_of
from convcheck.model.quantized.hybrid import is_hybrid
from convcheck.model.quantized.integers import NoCase, integers_around
from convcheck.runtimes.graphs.client import RemoteModel
from convcheck.runtimes.graphs.graph import Tensor
from convcheck.runtimes.graphs.kinds import kind_of
from convcheck.runtimes.host import Runtimes
from convcheck.runtimes.models.client import ConvolutionCall, OpenModel

if TYPE_CHECKING:
    from convcheck.model.convolutions.layers import Layer
    from convcheck.results import Array

OWN = "layer"
"""What a layer's own output is called in reports."""


class Opened(Protocol):
    """A model file that is open in a worker.

    Each method raises UsageError where the file or the input is wrong, and where the worker dies.
    """

    versions: dict[str, str]

    def start(self) -> None:
        """Start the process without waiting for it."""

    def open(self) -> list[Tensor]:
        """Load the file; return the inputs that the model takes, as real numbers."""

    def run(self, arrays: Sequence[Array]) -> tuple[list[ConvolutionCall], list[dict[str, str]]]:
        """Run the model once, on an array for each input.

        Returns its convolutions in the order of their calls, and those that were not seen.
        """

    def call(self, call: ConvolutionCall) -> OwnCall:
        """The convolution as a case, and what the file's runtime gives for it."""

    def mode(self, mode: str, seconds: float) -> dict[str, Any]:
        """The fields of ``results.EndToEnd``: the whole model's output in another mode."""


def opened(
    runtimes: Runtimes, path: str, *, unsafe: bool, imports: Sequence[str]
) -> tuple[Opened, bool]:
    """The file, still to be opened, and whether there are other modes of the whole model."""
    if is_keras(path):
        return OpenKeras(runtimes, path, unsafe=unsafe, imports=imports), True
    return OpenGraph(runtimes, path, unsafe=unsafe), False


class OpenKeras(OpenModel):
    """A Keras file: each call of a convolution layer as it is when the model runs eagerly."""

    def call(self, call: ConvolutionCall) -> OwnCall:
        """See ``Opened``."""
        return OwnCall(*self.case(call))


class OpenGraph:
    """A SavedModel, .onnx, .tflite or other file: each convolution of its graph."""

    def __init__(self, runtimes: Runtimes, path: str, *, unsafe: bool = False) -> None:
        self._runtimes, self._path, self._unsafe = runtimes, path, unsafe
        self.versions: dict[str, str] = {}

    def start(self) -> None:
        """See ``Opened``."""
        kind = kind_of(self._path)
        self._runtimes.start([parse(kind.implementation)], quantized=kind.quantized)

    def open(self) -> list[Tensor]:
        """See ``Opened``."""
        self._model = RemoteModel(self._runtimes, self._path, unsafe=self._unsafe)
        self.versions = self._model.versions
        return real_inputs(self._model.graph)

    def run(self, arrays: Sequence[Array]) -> tuple[list[ConvolutionCall], list[dict[str, str]]]:
        """See ``Opened``. Dense layers are no convolutions here."""
        graph = self._model.graph
        self._network = network_of(self._model, feeds_of(graph, arrays), self._path)
        layers = self._network.layers
        names = layer_names(graph, layers)
        calls = [
            ConvolutionCall(layer.index, name, self._kind(self._network, layer))
            for layer, name in zip(layers, names, strict=True)
            if not layer.convolution.dense
        ]
        return calls, []

    def call(self, call: ConvolutionCall) -> OwnCall:
        """See ``Opened``."""
        network, layer = self._network, self._network.layers[call.index]
        found = self._around(network, layer, call.name)
        if found is None:
            given = network.model.run(network.feeds, [layer.input])[layer.input]
            found = own_call(network, layer, given, call.name, OWN)
        return OwnCall(found.case, replace(found.output, versions=self.versions, device="CPU"))

    def mode(self, mode: str, seconds: float) -> dict[str, Any]:
        """There is none."""
        raise NotImplementedError(mode)

    def _around(self, network: Network, layer: Layer, name: str) -> OwnCall | None:
        """The call with the quantizing around it; None where there is none, or no case of it."""
        try:
            integers = integers_around(network, layer)
            if integers is None:
                return None
            given = network.model.run(network.feeds, [integers.input])[integers.input]
            return own_integers(network, layer, integers, given, name, OWN)
        except NoCase:  # it is a convolution of floats all the same
            return None

    def _kind(self, network: Network, layer: Layer) -> str:
        kind = self._model.graph.operators[layer.convolution.operator].kind
        return f"{kind} hybrid" if is_hybrid(network, layer) else kind
