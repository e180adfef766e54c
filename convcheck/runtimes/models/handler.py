"""A saved Keras model in a worker: loaded, run once, its convolutions fetched one at a time.

Requests and their replies:
    model-open   path, unsafe, imports       load the file: which inputs the model takes
    model-run    arrays input_0 ...          run them once: which convolutions were called
    model-call   index                       one of them: its case and the layer's own output
    model-mode   mode                        run again in this mode: how far the outputs are apart
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from convcheck.errors import Mistake
from convcheck.results import Output
from convcheck.runtimes import hardware, messages
from convcheck.runtimes.models.capture import Capture, CapturedCall
from convcheck.runtimes.models.loading import load
from convcheck.runtimes.models.modes import arrays_of, called_in, difference
from convcheck.runtimes.models.spill_store import SpillStore
from convcheck.runtimes.optional_packages import unhide
from convcheck.untrusted.memory import within_memory

if TYPE_CHECKING:
    from convcheck.results import Array
    from convcheck.runtimes.messages import Message

OWN = "layer"
"""Name of the layer's own output among those it is compared with."""


class ModelRequestHandler:
    """Serves the requests about the one model that a worker has open."""

    def __init__(self) -> None:
        self._model: Any = None
        self._calls: list[CapturedCall] = []
        self._inputs: Any = None
        self._outputs: list[Array] = []

    def handle(self, operation: str, head: dict[str, Any], arrays: dict[str, Array]) -> Message:
        """The reply to one request. Raises Mistake for a wrong file or input."""
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
            unhide()  # they may need any package
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
            "versions": _versions(),
        }

    def _run(self, arrays: list[Array]) -> dict[str, Any]:
        self._calls.clear()
        self._inputs = _structured(self._model, arrays)
        store = SpillStore()

        def keep(call: CapturedCall) -> None:
            case = replace(call.case, input=store.kept(call.case.input))
            self._calls.append(replace(call, case=case, output=store.kept(call.output)))

        capture = Capture(self._model, keep)
        with contextlib.closing(store), capture.recording(), within_memory():
            try:
                outputs = self._model(self._inputs, training=False)
            except Exception as error:
                shapes = ", ".join(str(array.shape) for array in arrays)
                raise Mistake(
                    f"the model cannot run an input of shape {shapes}: "
                    f"{type(error).__name__}: {error}; give another with --input"
                ) from error
        self._outputs = arrays_of(outputs)
        return {
            "calls": [{"name": call.name, "kind": call.kind} for call in self._calls],
            "missed": [
                {"name": path, "kind": kind, "reason": reason}
                for path, (kind, reason) in capture.missed().items()
            ],
        }

    def _call(self, index: int) -> Message:
        call = self._calls[index]
        case, arrays = messages.case_to_message(call.case)
        own = Output(OWN, f"keras {call.kind}", call.output, dtypes=call.dtypes)
        output, array = messages.output_to_message(replace(own, versions=_versions()))
        return {"case": case, "output": output}, {**arrays, **array}

    def _mode(self, mode: str) -> dict[str, Any]:
        call = called_in(mode, self._model)
        begin = time.perf_counter()
        outputs = arrays_of(call(self._inputs))
        seconds = time.perf_counter() - begin
        return {"seconds": seconds, **difference(self._outputs, outputs)}


def _versions() -> dict[str, str]:
    packages = {"keras": keras.__version__, "tensorflow": tf.__version__}
    return {**packages, **hardware.recorded()}


def _inputs(model: Any) -> list[tuple[str, list[int | None] | None, str]]:
    """(name, shape, dtype) of each input; a shape is None where the model does not say it."""
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
