"""Reads a .tflite file as data, and checks what its readers trust: offsets, places, sizes."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from convcheck.errors import UsageError
from convcheck.runtimes.graphs.formats.tflite_convolutions import words
from convcheck.runtimes.graphs.functions import check_functions
from convcheck.untrusted.memory import check_memory, within_memory
from convcheck.untrusted.text import clean

KINDS = words(schema.BuiltinOperator)
"""Number of an operator -> its name."""
_MOST_TIMES = 64
"""Bytes that the objects may take in Python for each of the file: sound files take ten."""
_SLACK = 1 << 28
_OWN_CUSTOM = {"AudioSpectrogram", "Mfcc", "NumericVerify", "TFLite_Detection_PostProcess"}
"""Custom operators that LiteRT itself brings."""
_BITS = {
    number: int("".join(filter(str.isdigit, name)) or 8)
    for number, name in words(schema.TensorType).items()
    if name not in ("STRING", "RESOURCE", "VARIANT") and not name.startswith("FLOAT8")
}
"""Type of a tensor -> bits of a number."""


def load(path: str) -> Any:
    """The model in a .tflite file, as the schema's objects.

    Raises UsageError for one that LiteRT alone cannot run, or that lies about itself, and what
    other lies lead to: LookupError, TypeError, ValueError, struct.error.
    """
    with open(path, "rb") as file:
        data = file.read()
    if data[4:8] != b"TFL3":
        raise UsageError("it is no .tflite file")
    _verify(data)
    model = _unpacked(data)
    if not model.subgraphs:
        raise UsageError("it holds no graph")
    _check_operators(model)
    _check_tensors(model)
    return model


def _unpacked(data: bytes) -> Any:
    """The model's objects, their arrays still in ``data``.

    Many tensors may have one name, at one place of the file: here each gets a copy.
    """
    try:
        with within_memory(_MOST_TIMES * len(data) + _SLACK):
            return schema.ModelT.InitFromPackedBuf(data, 0)
    except MemoryError as error:
        raise UsageError("its parts need far more memory than it has bytes") from error


def _verify(data: bytes) -> None:
    """Have LiteRT look at all offsets, which the reader in Python trusts."""
    try:
        Interpreter(
            model_content=data,
            num_threads=1,
            experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
    except (ValueError, RuntimeError) as error:
        raise UsageError(
            f"LiteRT does not take it ({clean(error, 200)}): it is damaged, or needs another "
            "version; convert it again"
        ) from error


def code_of(operator_code: Any) -> int:
    """Number of an operator; files from before the wider field have it in the narrow one."""
    return int(max(operator_code.builtinCode, operator_code.deprecatedBuiltinCode or 0))


def _check_operators(model: Any) -> None:
    for one in model.operatorCodes or ():
        kind = KINDS.get(code_of(one))
        custom = (one.customCode or b"").decode(errors="replace")
        if kind is None or (kind in ("CUSTOM", "DELEGATE") and custom not in _OWN_CUSTOM):
            name = clean(custom, 60) or f"number {code_of(one)}"
            raise UsageError(
                f"its operator {name} is not one of LiteRT's own; convert it with "
                "target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]"
            )
    calls: dict[str, list[str]] = {}
    for place, graph in enumerate(model.subgraphs):
        calls[str(place)] = []
        for one in graph.operators or ():
            if not 0 <= one.opcodeIndex < len(model.operatorCodes):
                raise UsageError("it has an operator of no kind")
            calls[str(place)] += ["", *map(str, _called(one))]
    check_functions(calls, ["0"])


def _called(operator: Any) -> Iterator[int]:
    """Numbers of the graphs that an operator calls."""
    for options in (operator.builtinOptions, operator.builtinOptions2):
        for name, value in vars(options).items() if options is not None else ():
            if "subgraph" in name.lower():
                yield from [value] if isinstance(value, int) else value or ()


def _check_tensors(model: Any) -> None:
    if getattr(model, "externalBuffers", None) or getattr(model, "externalBufferGroups", None):
        raise UsageError("it keeps arrays in other files, which are not read here")
    if any(getattr(one, "size", 0) for one in model.buffers):
        raise UsageError("it keeps arrays behind the model, as files of 2 GiB do; not read here")
    for graph in model.subgraphs:
        tensors = graph.tensors or ()
        for place in _places(graph):
            if not -1 <= place < len(tensors):
                raise UsageError(f"an operator of its reads or gives tensor {place}, which is none")
        check_memory(sum(_checked_bytes(one, model.buffers) for one in tensors), "the model")


def _places(graph: Any) -> Iterator[int]:
    for one in (graph, *(graph.operators or ())):
        for places in (one.inputs, one.outputs):
            yield from () if places is None else places


def _checked_bytes(tensor: Any, buffers: Any) -> int:
    """Bytes of a constant tensor; raises UsageError unless they are in its buffer."""
    name = clean((tensor.name or b"").decode(errors="replace"), 60)
    if not 0 <= tensor.buffer < len(buffers):
        raise UsageError(f"its tensor '{name}' is in no buffer of the file")
    data = buffers[tensor.buffer].data
    if data is None or not len(data):
        return 0
    shape = () if tensor.shape is None else [int(n) for n in tensor.shape]
    bits = _BITS.get(tensor.type)
    if bits and not tensor.sparsity:
        expected = (prod(shape) * bits + 7) // 8
        if min(shape, default=0) < 0 or len(data) != expected:
            raise UsageError(
                f"its tensor '{name}' has {len(data):,} bytes; its shape needs {expected:,}"
            )
    return len(data)
