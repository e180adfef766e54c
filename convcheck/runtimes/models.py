"""A saved Keras model in a worker: loaded, run once, its convolutions handed out one at a time.

Requests, of which each gets a reply:
    model-open   path, unsafe, imports       load the file; what inputs it takes
    model-run    arrays input_0 ...          run them once; which convolutions were made
    model-call   index                       one of them: a case and the layer's own output
    model-mode   mode                        the whole model again, in predict, graph or xla mode
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from convcheck.errors import Mistake
from convcheck.runtimes import cases
from convcheck.runtimes.capture import Call, Capture
from convcheck.runtimes.hidden import show
from convcheck.runtimes.loading import load

if TYPE_CHECKING:
    from convcheck.results import Array

Reply = tuple[dict[str, Any], dict[str, "Array | None"]]

IN_MEMORY = 1 << 30
"""Bytes of activations that are kept in memory; what is more goes to a file."""


class Models:
    """The one model that a worker has open."""

    def __init__(self) -> None:
        self._model: Any = None
        self._calls: list[Call] = []
        self._inputs: Any = None
        self._outputs: list[Array] = []

    def answer(self, operation: str, head: dict[str, Any], arrays: dict[str, Array]) -> Reply:
        """Serve a request. Raises Mistake for a file or an input that does not do."""
        if operation == "model-open":
            return self._open(head["path"], head["unsafe"], head["imports"]), {}
        if self._model is None:  # this process replaced the one that had it open
            return {"closed": True}, {}
        if operation == "model-run":
            return self._run(list(arrays.values())), {}
        if operation == "model-call":
            return self._call(head["index"])
        return self._mode(head["mode"]), {}

    def _open(self, path: str, unsafe: bool, imports: list[str]) -> dict[str, Any]:
        if imports:
            show()  # their packages may be any
            sys.path.insert(0, os.getcwd())
        for module in imports:
            try:
                importlib.import_module(module)
            except Exception as error:
                raise Mistake(f"--import {module}: {type(error).__name__}: {error}") from error
        self._model = load(path, unsafe=unsafe)
        return {
            "inputs": [
                {"name": name, "shape": shape, "dtype": dtype}
                for name, shape, dtype in _inputs(self._model)
            ],
            "versions": {"keras": keras.__version__, "tensorflow": tf.__version__},
        }

    def _run(self, arrays: list[Array]) -> dict[str, Any]:
        self._calls.clear()
        room = _Room()
        capture = Capture(self._model, lambda call: self._calls.append(room.kept(call)))
        self._inputs = _structured(self._model, arrays)
        with capture.watching():
            try:
                outputs = self._model(self._inputs, training=False)
            except Exception as error:
                shapes = ", ".join(str(array.shape) for array in arrays)
                raise Mistake(
                    f"the model cannot run an input of shape {shapes}: "
                    f"{type(error).__name__}: {error}; give another with --input"
                ) from error
        self._outputs = _numbers(outputs)
        return {
            "calls": [{"name": call.name, "kind": call.kind} for call in self._calls],
            "missed": [
                {"name": path, "kind": kind, "reason": reason}
                for path, (kind, reason) in capture.missed().items()
            ],
        }

    def _call(self, index: int) -> Reply:
        call = self._calls[index]
        head, arrays = cases.to_frame(call.case)
        return {"case": head, "dtypes": vars(call.dtypes)}, {**arrays, "output": call.output}

    def _mode(self, mode: str) -> dict[str, Any]:
        begin = time.perf_counter()
        outputs = _numbers(_MODES[mode](self._model)(self._inputs))
        seconds = time.perf_counter() - begin
        return {"seconds": seconds, **_difference(self._outputs, outputs)}


class _Room:
    """Where captured activations are kept: memory first, then one file that has no name."""

    def __init__(self) -> None:
        self._bytes = 0
        self._file: Any = None

    def kept(self, call: Call) -> Call:
        x, y = self._place(call.case.input), self._place(call.output)
        return replace(call, case=replace(call.case, input=x), output=y)

    def _place(self, array: Array) -> Array:
        self._bytes += array.nbytes
        if self._bytes <= IN_MEMORY:
            return array
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115  open while the model is
        start = self._file.seek(0, os.SEEK_END)
        self._file.write(np.ascontiguousarray(array).view(np.uint8).data)
        self._file.flush()
        return np.memmap(self._file, array.dtype, "r", start, array.shape)


def _inputs(model: Any) -> list[tuple[str, list[int | None] | None, str]]:
    """(name, shape, dtype) of each input; a shape is None where the model does not tell it."""
    tensors = getattr(model, "inputs", None)
    if tensors:
        return [(t.name, list(t.shape), keras.backend.standardize_dtype(t.dtype)) for t in tensors]
    built = (model.get_build_config() or {}).get("input_shape")
    flat = isinstance(built, (list, tuple)) and all(n is None or isinstance(n, int) for n in built)
    return [("input", list(built) if flat and built else None, keras.backend.floatx())]


def _structured(model: Any, arrays: list[Array]) -> Any:
    """The arrays as the model takes its inputs: one tensor, a list, a dict."""
    tensors = [tf.convert_to_tensor(array) for array in arrays]
    structure = getattr(model, "_inputs_struct", None)
    if structure is None:
        return tensors[0]
    return keras.tree.pack_sequence_as(structure, tensors)


def _predict(model: Any) -> Callable[[Any], Any]:
    return lambda inputs: model.predict(inputs, verbose=0)


def _graph(model: Any) -> Callable[[Any], Any]:
    return tf.function(lambda inputs: model(inputs, training=False), autograph=False)  # type: ignore[no-any-return]


def _xla(model: Any) -> Callable[[Any], Any]:
    return tf.function(  # type: ignore[no-any-return]
        lambda inputs: model(inputs, training=False), autograph=False, jit_compile=True
    )


_MODES = {"predict": _predict, "graph": _graph, "xla": _xla}


def _numbers(outputs: Any) -> list[Array]:
    return [
        output if isinstance(output, np.ndarray) else output.numpy()
        for output in keras.tree.flatten(outputs)
    ]


def _difference(before: list[Array], after: list[Array]) -> dict[str, Any]:
    """Figures over all outputs of a model, numbers as text where they are not finite."""
    a = np.concatenate([output.reshape(-1).astype(np.float64) for output in before])
    b = np.concatenate([output.reshape(-1).astype(np.float64) for output in after])
    if a.shape != b.shape:
        raise ValueError(f"{b.size} outputs, {a.size} when called eagerly")
    with np.errstate(invalid="ignore"):
        gap = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, np.abs(a - b))
    largest = float(np.max(np.abs(a), initial=0.0))
    return {
        "sum_abs": float(gap.sum()),
        "max_abs": float(gap.max(initial=0.0)),
        "relative": float(gap.max(initial=0.0)) / largest if largest else None,
        "unequal": int(np.count_nonzero(gap)),
        "total": gap.size,
    }
