"""The kinds of models, which framework each needs, and its adapter. No framework here.

A model is a file, or ``python:MODULE:FUNCTION``: what a function of the user's returns.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

from convcheck.errors import UsageError
from convcheck.implementations.name import parse
from convcheck.runtimes.graphs.graph import Model, Tensor
from convcheck.untrusted.text import clean


@dataclass(frozen=True)
class Kind:
    """One kind of model."""

    name: str
    """The graph's ``format``; the module in ``formats`` with ``open_model(path)`` has its name."""
    implementation: str
    """An implementation whose process can open it."""
    quantized: bool = False
    """Whether it is the implementation for quantized cases, whose process needs less."""


_FUNCTION = "python"
KERAS = Kind("keras", "tf")
_BY_SUFFIX = {
    ".keras": KERAS,
    ".h5": KERAS,
    ".hdf5": KERAS,
    ".onnx": Kind("onnx", "onnxruntime"),
    ".tflite": Kind("tflite", "litert", quantized=True),
    ".pt2": Kind("pt2", "torch"),
}
_FOLDER = Kind("saved-model", "tf")
SUFFIXES = tuple(_BY_SUFFIX)


def is_function(path: str) -> bool:
    """Whether it is no file, but ``python:MODULE:FUNCTION``."""
    return path.startswith("python:")


def kind_of(path: str) -> Kind:
    """The kind of a model, by its suffix or prefix; raises UsageError for none of them."""
    if is_function(path):
        module, colon, function = parse(path).target.rpartition(":")
        if not (module and colon and function):
            raise UsageError(
                f"{clean(path)} names no function; expected python:MODULE:FUNCTION, which returns "
                "a torch.nn.Module, (module, example input) or a Keras model"
            )
        return Kind(_FUNCTION, path)
    if os.path.isdir(path):
        if os.path.lexists(os.path.join(path, "saved_model.pb")):
            return _FOLDER
        raise UsageError(
            f"{clean(path)} is a folder without a saved_model.pb; expected a SavedModel"
        )
    found = _BY_SUFFIX.get(os.path.splitext(path)[1].lower())
    if found is None:
        raise UsageError(
            f"{clean(path)} is no model file; expected {', '.join(SUFFIXES)}, a "
            "SavedModel folder or python:MODULE:FUNCTION"
        )
    if not os.path.lexists(path):
        raise UsageError(f"there is no file {clean(path)}")
    return found


def open_model(path: str, *, unsafe: bool = False, like: Sequence[Tensor] = ()) -> Model:
    """Open a model in this process, which then has its framework loaded.

    ``unsafe`` allows a Keras file to hold code; ``like`` is what a function's model takes where it
    does not say so. Raises UsageError for a model that is wrong.
    """
    kind = kind_of(path)
    adapter = import_module(f"convcheck.runtimes.graphs.formats.{kind.name.replace('-', '_')}")
    options: dict[str, Any] = {"unsafe": unsafe} if kind is KERAS else {}
    if kind.name == _FUNCTION:
        options["like"] = like
    return cast(Model, adapter.open_model(path, **options))
