"""Bad .tflite files."""

from __future__ import annotations

import copy
import os
import struct
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tests.runtimes.graphs.files import write_tflite

from ..case import Content
from .bad_file import ANY_RESULT, BadFile

Change = Callable[[Any], object]
INTS = np.int32


def whole() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return Path(write_tflite(Path(folder))).read_bytes()


class Sharing(flatbuffers.Builder):  # type: ignore[misc]
    """Writes each text once, however many parts have it."""

    def CreateString(self, text: Any, *more: Any) -> Any:  # noqa: N802  flatbuffers' name
        known = self.__dict__.setdefault("known", {})
        if text not in known:
            known[text] = super().CreateString(text, *more)
        return known[text]


def changed(change: Change, builder: Any = None) -> bytes:
    model = schema.ModelT.InitFromPackedBuf(whole(), 0)
    change(model)
    builder = builder or flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def overwritten(place: int, value: int) -> bytes:
    """The file with four of its bytes overwritten."""
    data = bytearray(whole())
    struct.pack_into("<I", data, place, value)
    return bytes(data)


def main(model: Any) -> Any:
    return model.subgraphs[0]


def operator(place: int, **fields: Any) -> Change:
    def change(model: Any) -> None:
        for name, value in fields.items():
            setattr(main(model).operators[place], name, value)

    return change


def option(place: int, **fields: Any) -> Change:
    def change(model: Any) -> None:
        for name, value in fields.items():
            setattr(main(model).operators[place].builtinOptions, name, value)

    return change


def tensor(place: int, **fields: Any) -> Change:
    def change(model: Any) -> None:
        for name, value in fields.items():
            setattr(main(model).tensors[place], name, value)

    return change


def graph(**fields: Any) -> Change:
    def change(model: Any) -> None:
        for name, value in fields.items():
            setattr(main(model), name, value)

    return change


def custom(name: str, code: int = schema.BuiltinOperator.CUSTOM) -> Change:
    def change(model: Any) -> None:
        word = model.operatorCodes[1]
        word.builtinCode, word.deprecatedBuiltinCode = code, min(code, 127)
        word.customCode = name
        main(model).operators[1].builtinOptions = None
        main(model).operators[1].builtinOptionsType = 0

    return change


def calls(kind: str, target: int, **places: int) -> Change:
    """Its ADD becomes an operator that calls a graph."""

    def change(model: Any) -> None:
        word = model.operatorCodes[1]
        code = getattr(schema.BuiltinOperator, kind.upper())
        word.builtinCode, word.deprecatedBuiltinCode = code, min(code, 127)
        one = main(model).operators[1]
        name = "".join(part.title() for part in kind.split("_")) + "Options"
        one.builtinOptions = getattr(schema, name + "T")()
        one.builtinOptionsType = getattr(schema.BuiltinOptions, name)
        for field in places or {"condSubgraphIndex": 0, "bodySubgraphIndex": 0}:
            setattr(one.builtinOptions, field, target)

    return change


def other_files(model: Any) -> None:
    group, buffer = schema.ExternalBufferGroupT(), schema.ExternalBufferT()
    group.name, buffer.id, buffer.length = "../outside/secret", 1, 288
    model.externalBufferGroups, model.externalBuffers = [group], [buffer]
    main(model).tensors[1].externalBuffer, main(model).tensors[1].buffer = 1, 0


def behind(model: Any) -> None:
    model.buffers[1].data, model.buffers[1].offset, model.buffers[1].size = None, 64, 288


def one_name(model: Any) -> None:
    """20,000 tensors, all of a name of 1 MB."""
    one = copy.copy(main(model).tensors[4])
    one.name = "n" * 10**6
    main(model).tensors.extend([one] * 20_000)


def quantized(**fields: Any) -> Change:
    def change(model: Any) -> None:
        said = schema.QuantizationParametersT()
        said.scale, said.zeroPoint = np.float32([0.5]), np.int64([0])
        for name, value in fields.items():
            setattr(said, name, value)
        for one in main(model).tensors:
            one.quantization = copy.copy(said)

    return change


FILES: dict[str, tuple[Content, str]] = {
    "empty": (b"", "no whole .tflite model"),
    "text": (b"a model\n", "TFL3 after its first four bytes"),
    "a mark alone": (b"\x1c\0\0\0TFL3", "cut short or damaged"),
    "half": (whole()[: len(whole()) // 2], "LiteRT does not take it"),
    "one byte less": (whole()[:-1], "LiteRT does not take it"),
    "zeros behind the mark": (b"\x1c\0\0\0TFL3" + bytes(1000), "LiteRT does not take it"),
    "ones behind the mark": (b"\x1c\0\0\0TFL3" + b"\xff" * 1000, "LiteRT does not take it"),
    "a root beyond the file": (overwritten(0, 2**31), "cut short or damaged"),
    "a root in the mark": (overwritten(0, 4), "cut short or damaged"),
    "a FIFO": (os.mkfifo, "it is a FIFO"),
    "a link to /dev/zero": (lambda path: path.symlink_to("/dev/zero"), "it is a device"),
    "a folder": (Path.mkdir, "without a saved_model.pb"),
    "a name of 20 GB": (changed(one_name, Sharing(1024)), "more memory than it has bytes"),
}
CHANGES: dict[str, tuple[Change, str]] = {
    "no graph": (lambda model: setattr(model, "subgraphs", None), ""),
    "no operators' kinds": (lambda model: setattr(model, "operatorCodes", None), ""),
    "no buffers": (lambda model: setattr(model, "buffers", None), ""),
    "version 9": (lambda model: setattr(model, "version", 9), ""),
    "a custom operator": (custom("\x1b[2JMine"), "not one of LiteRT's own"),
    "TensorFlow's operator": (custom("FlexWriteFile"), "FlexWriteFile is not one of LiteRT's own"),
    "a custom one without a name": (custom(""), "not one of LiteRT's own"),
    "a delegate": (custom("x", schema.BuiltinOperator.DELEGATE), "LiteRT does not take it"),
    "an operator of the future": (custom("", 9999), "LiteRT does not take it"),
    "arrays in other files": (other_files, "keeps arrays in other files"),
    "arrays behind the model": (behind, "behind the model"),
    "an operator of kind 99": (operator(0, opcodeIndex=99), ""),
    "an input that is none": (operator(0, inputs=INTS([0, 99, 2])), "tensor 99, which is none"),
    "an input below 0": (operator(0, inputs=INTS([-7, 1, 2])), "tensor -7, which is none"),
    "an input left out": (operator(0, inputs=INTS([-1, 1, 2])), ""),
    "no inputs": (operator(0, inputs=None), ""),
    "one input": (operator(0, inputs=INTS([0])), ""),
    "an output that is none": (operator(0, outputs=INTS([2**31 - 1])), "which is none"),
    "no outputs of an operator": (operator(0, outputs=None), ""),
    "operators in a circle": (operator(0, inputs=INTS([5, 1, 2])), "follows from itself"),
    "an operator of itself": (operator(0, inputs=INTS([4, 1, 2])), "follows from itself"),
    "a tensor given twice": (operator(1, outputs=INTS([4])), "given by 2"),
    "an input that is given": (operator(0, outputs=INTS([0])), "given by 2"),
    "a constant that is given": (operator(0, outputs=INTS([1])), ""),
    "an unknown output": (graph(outputs=INTS([77])), "tensor 77, which is none"),
    "an unknown input": (graph(inputs=INTS([77])), "tensor 77, which is none"),
    "an output that nothing gives": (graph(tensors=None), ""),
    "a kernel of another size": (tensor(1, shape=INTS([9, 9, 9, 9])), "does not take it"),
    "a smaller kernel": (tensor(1, shape=INTS([4, 1, 1, 2])), "its shape needs"),
    "a kernel of 2**62": (tensor(1, shape=INTS([2**31 - 1] * 2)), "does not take it"),
    "a kernel below 0": (tensor(1, shape=INTS([-4, -3, 3, 2])), ""),
    "a kernel of another rank": (tensor(1, shape=INTS([72])), ""),
    "a kernel of int8": (tensor(1, type=schema.TensorType.INT8), "its shape needs"),
    "a kernel of text": (tensor(1, type=schema.TensorType.STRING), ""),
    "a tensor of no type": (tensor(1, type=99), ""),
    "a kernel in no buffer": (tensor(1, buffer=99), ""),
    "a kernel in an empty buffer": (tensor(1, buffer=0), ""),
    "an input of text": (tensor(0, type=schema.TensorType.STRING), ""),
    "an input of 10**12": (tensor(0, shape=INTS([1, 10**6, 10**6, 2])), ""),
    "an input of a shape below 0": (tensor(0, shape=INTS([1, -6, -5, 2])), ""),
    "an input of another rank": (tensor(0, shape=INTS([6, 5])), ""),
    "strides of 0": (option(0, strideH=0, strideW=0), ""),
    "strides below 0": (option(0, strideH=-1), ""),
    "dilations of 0": (option(0, dilationHFactor=0), ""),
    "2**31 dilations": (option(0, dilationHFactor=2**31 - 1), ""),
    "a padding that is none": (option(0, padding=7), ""),
    "no options": (operator(0, builtinOptions=None, builtinOptionsType=0), ""),
    "options of another": (
        operator(0, builtinOptions=schema.AddOptionsT(), builtinOptionsType=11),
        "",
    ),
    "a graph that calls itself": (calls("while", 0), "calls itself"),
    "a graph that is not there": (calls("while", 5), ""),
    "a graph below 0": (calls("while", -3), ""),
    "a call once of itself": (calls("call_once", 0, initSubgraphIndex=0), "calls itself"),
}
"""Some are nonsense that LiteRT computes all the same."""
BY_CHANCE: dict[str, Change] = {
    "an input of rank 0": tensor(0, shape=None),
    "an activation that is none": option(0, fusedActivationFunction=99),
    "2**31 strides": option(0, strideH=2**31 - 1),
    "scales of 0": quantized(scale=np.float32([0])),
    "no number for a scale": quantized(scale=np.float32([np.nan])),
    "10,000 scales": quantized(scale=np.ones(10_000, np.float32)),
    "an axis beyond": quantized(quantizedDimension=99),
    "an axis below 0": quantized(quantizedDimension=-99),
    "names of escapes": tensor(5, name="\x1b]0;title\x07\x1b[2J" * 40),
    "a name of 100,000": tensor(4, name="n" * 100_000),
    "a signature below 0": tensor(0, shapeSignature=INTS([-1, -1, -1, -1])),
}


def files(_: Path) -> Iterator[BadFile]:
    """Those by hand."""
    for name, (content, words) in FILES.items():
        yield BadFile(name, "tflite", content, words)
    for name, (change, words) in CHANGES.items():
        yield BadFile(name, "tflite", changed(change), words)
    for name, change in BY_CHANCE.items():
        yield BadFile(name, "tflite", changed(change), codes=ANY_RESULT)
