"""A .tflite model as a graph that LiteRT runs, its reference of no delegate, a part a request.

A float operator's fused activation becomes an operator of its own, so that what comes before it can
be fetched and fed. In quantized operators it stays.
"""

from __future__ import annotations

import contextlib
import copy
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from convcheck.errors import UsageError
from convcheck.runtimes.graphs.formats.parts import Node, Part, PartModel
from convcheck.runtimes.graphs.formats.tflite_convolutions import ACTIVATIONS, convolutions, words
from convcheck.runtimes.graphs.formats.tflite_file import KINDS, code_of, load
from convcheck.runtimes.graphs.graph import (
    Graph,
    Operator,
    Quantization,
    Tensor,
    without_identities,
)
from convcheck.runtimes.graphs.roles import role_of
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from convcheck.results import Array

_UNFUSED = ("RELU", "RELU6", "RELU_N1_TO_1", "TANH")
_DTYPES = {
    value: np.dtype(name.lower())
    for value, name in words(schema.TensorType).items()
    if name.lower() in np.sctypeDict and name not in ("STRING", "RESOURCE", "VARIANT")
}


def open_model(path: str) -> TfliteModel:
    """The model in a .tflite file; raises UsageError for one that is damaged."""
    try:
        return TfliteModel(load(path))
    except UsageError as error:
        raise UsageError(f"cannot load {path}: {error}") from error
    except Exception as error:  # LiteRT's verifier, and what a file that lies leads to
        text = clean(f"{type(error).__name__}: {error}")
        raise UsageError(f"cannot load {path}: it is cut short or damaged ({text})") from error


class TfliteModel(PartModel):
    """The first subgraph of a model; its tensors are named by their numbers."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._main = model.subgraphs[0]
        self._tensors = self._main.tensors
        self._main.operators = list(self._unfused())
        self._nodes = [
            Node(one, _names(one.inputs), _names(one.outputs)) for one in self._main.operators
        ]
        operators, outputs = without_identities(
            [self._operator(node) for node in self._nodes], _names(self._outputs())
        )
        inputs = tuple(self._input(place) for place in self._main.inputs)
        bare = Graph("tflite", "NHWC", inputs, outputs, operators)
        options = {node.outputs: node.proto.builtinOptions for node in self._nodes}
        self.graph = replace(
            bare,
            convolutions=tuple(convolutions(bare, options)),
            quantization=dict(self._quantization()),
        )

    def _part(self, given: Mapping[str, Array], wanted: Sequence[str]) -> Part:
        model, read = self._part_of_file(given, wanted)
        with _told():
            interpreter = _interpreter(model, [given[name].shape for name in read])

        def run(given: Mapping[str, Array]) -> list[Array]:
            with _told():
                return _invoke(interpreter, [given[name] for name in read])

        return run

    def _part_of_file(
        self, given: Mapping[str, Array], wanted: Sequence[str]
    ) -> tuple[bytes, list[str]]:
        """(a file that computes ``wanted`` alone, which of ``given`` it takes)."""
        places, used = self._cut(given, wanted)
        read = [name for name in given if name in used]
        main = copy.copy(self._main)
        main.tensors = list(self._tensors)
        main.inputs, main.outputs = [_place(n) for n in read], [_place(n) for n in wanted]
        main.operators = [self._apart(place, given, main.tensors) for place in places]
        part = copy.copy(self._model)
        part.subgraphs = [main, *self._model.subgraphs[1:]]
        part.buffers = self._buffers(used, part.subgraphs[1:])
        part.signatureDefs = None
        builder = flatbuffers.Builder(1 << 16)
        builder.Finish(part.Pack(builder), b"TFL3")
        return bytes(builder.Output()), read

    def _buffers(self, used: Collection[str], others: Sequence[Any]) -> list[Any]:
        """The file's, those empty that neither these tensors nor other subgraphs need."""
        places = {self._tensors[_place(name)].buffer for name in used if name}
        places.update(tensor.buffer for one in others for tensor in one.tensors)
        empty = schema.BufferT()
        return [one if i in places else empty for i, one in enumerate(self._model.buffers)]

    def _apart(self, place: int, given: Mapping[str, Array], tensors: list[Any]) -> Any:
        """An operator of a part; an output of it that is fed goes where nobody reads it."""
        node = self._nodes[place]
        if not any(name in given for name in node.outputs):
            return node.proto
        moved = copy.copy(node.proto)
        moved.outputs = list(node.proto.outputs)
        for i, name in enumerate(node.outputs):
            if name in given:
                tensors.append(tensors[_place(name)])
                moved.outputs[i] = len(tensors) - 1
        return moved

    def _unfused(self) -> Iterator[Any]:
        """The operators, a float one's activation as one of its own after it."""
        for one in self._main.operators:
            yield one
            options = one.builtinOptions
            word = ACTIVATIONS.get(getattr(options, "fusedActivationFunction", 0), "")
            if word not in _UNFUSED:
                continue
            result = self._tensors[one.outputs[0]]
            if result.type != schema.TensorType.FLOAT32:
                continue
            before = copy.copy(result)
            before.buffer, before.name = 0, _text(result.name) + "/before_activation"
            self._tensors.append(before)
            after = schema.OperatorT()
            after.opcodeIndex = self._opcode(getattr(schema.BuiltinOperator, word))
            after.inputs, after.outputs = [len(self._tensors) - 1], [one.outputs[0]]
            one.outputs = [len(self._tensors) - 1, *one.outputs[1:]]
            options.fusedActivationFunction = 0
            yield after

    def _outputs(self) -> Sequence[int]:
        """The places of the outputs, in the order of their names in the signature.

        The converter lists the tensors in an order of its own.
        """
        own = [int(place) for place in self._main.outputs]
        for signature in self._model.signatureDefs or ():
            if signature.subgraphIndex == 0:
                said = {int(one.tensorIndex): _text(one.name) for one in signature.outputs or ()}
                if set(said) == set(own) and len(set(own)) == len(own):
                    return sorted(own, key=lambda place: _natural(said[place]))
        return own

    def _opcode(self, code: int) -> int:
        for place, one in enumerate(self._model.operatorCodes):
            if code_of(one) == code:
                return place
        new = schema.OperatorCodeT()
        new.builtinCode, new.deprecatedBuiltinCode, new.version = code, min(code, 127), 1
        self._model.operatorCodes.append(new)
        return len(self._model.operatorCodes) - 1

    def _kind(self, proto: Any) -> str:
        return KINDS.get(code_of(self._model.operatorCodes[proto.opcodeIndex]), "?")

    def _operator(self, node: Node) -> Operator:
        kind = self._kind(node.proto)
        name = _text(self._tensors[_place(node.outputs[0])].name) if node.outputs else kind
        options = vars(node.proto.builtinOptions) if node.proto.builtinOptions else {}
        plain = {k: v for k, v in options.items() if isinstance(v, (bool, int, float, str))}
        return Operator(name, kind, role_of(kind), node.inputs, node.outputs, plain)

    def _input(self, place: int) -> Tensor:
        tensor = self._tensors[place]
        signature = tensor.shapeSignature
        known = signature if signature is not None and len(signature) else tensor.shape
        shape = tuple(None if n < 0 else int(n) for n in known) if known is not None else None
        dtype = _DTYPES.get(tensor.type)
        known_name = "texts" if dtype is None else dtype.name
        return Tensor(f"t{place}", shape, known_name, self._label(place))

    def _label(self, place: int) -> str:
        """An input's name in the signature; of a model without one the tensor's."""
        for signature in self._model.signatureDefs or ():
            for one in signature.inputs or ():
                if one.tensorIndex == place and one.name:
                    return _text(one.name)
        return _text(self._tensors[place].name).removeprefix("serving_default_")

    def _quantization(self) -> Iterator[tuple[str, Quantization]]:
        for place, tensor in enumerate(self._tensors):
            said = tensor.quantization
            if said is not None and said.scale is not None and len(said.scale):
                zeros = said.zeroPoint if said.zeroPoint is not None else ()
                yield (
                    f"t{place}",
                    Quantization(
                        tuple(float(scale) for scale in said.scale),
                        tuple(int(zero) for zero in zeros) or (0,),
                        int(said.quantizedDimension),
                        _DTYPES[tensor.type].name,
                    ),
                )

    def _constant(self, name: str) -> Array | None:
        tensor = self._tensors[_place(name)]
        data = self._model.buffers[tensor.buffer].data
        if data is None or not len(data) or tensor.type not in _DTYPES:
            return None
        raw = np.asarray(data, np.uint8).tobytes()
        return np.frombuffer(raw, _DTYPES[tensor.type]).reshape(tensor.shape)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What LiteRT raises where it cannot run a file, as a UsageError."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        raise UsageError(f"the model cannot run so: {clean(error)}") from error


def _interpreter(model: bytes, shapes: Sequence[tuple[int, ...]]) -> Any:
    """A file without delegates that takes arrays of these shapes."""
    interpreter = Interpreter(
        model_content=model,
        num_threads=1,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    details = interpreter.get_input_details()
    for detail, shape in zip(details, shapes, strict=True):
        if tuple(detail["shape"]) != shape:
            interpreter.resize_tensor_input(detail["index"], shape)
    interpreter.allocate_tensors()
    return interpreter


def _invoke(interpreter: Any, arrays: Sequence[Array]) -> list[Array]:
    interpreter.reset_all_variables()
    for detail, array in zip(interpreter.get_input_details(), arrays, strict=True):
        interpreter.set_tensor(detail["index"], np.ascontiguousarray(array))
    interpreter.invoke()
    return [interpreter.get_tensor(one["index"]) for one in interpreter.get_output_details()]


def _names(places: Any) -> tuple[str, ...]:
    return tuple("" if place < 0 else f"t{place}" for place in (() if places is None else places))


def _place(name: str) -> int:
    return int(name[1:])


def _natural(name: str) -> list[tuple[str, int]]:
    """A key that sorts ``output_2`` before ``output_10``."""
    return [(text, int(number or 0)) for text, number in re.findall(r"(\D*)(\d*)", name)]


def _text(name: Any) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else str(name or "")
