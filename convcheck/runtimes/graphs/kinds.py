"""The kinds of model files, which framework each needs, and its adapter. No framework here."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from convcheck.errors import UsageError
from convcheck.runtimes.graphs.graph import Model
from convcheck.untrusted.text import clean


@dataclass(frozen=True)
class Kind:
    """One kind of model file."""

    name: str
    """The graph's ``format``; the module in ``formats`` with ``open_model(path)`` has its name."""
    implementation: str
    """A built-in implementation whose process can open it."""
    quantized: bool = False
    """Whether it is the implementation for quantized cases, whose process needs less."""


KERAS = Kind("keras", "tf")
_BY_SUFFIX = {
    ".keras": KERAS,
    ".h5": KERAS,
    ".onnx": Kind("onnx", "onnxruntime"),
    ".tflite": Kind("tflite", "litert", quantized=True),
    ".pt2": Kind("pt2", "torch"),
}
_FOLDER = Kind("saved-model", "tf")
SUFFIXES = tuple(_BY_SUFFIX)


def kind_of(path: str) -> Kind:
    """The kind of a model file, by its suffix; raises UsageError for none of them."""
    if os.path.isdir(path):
        if os.path.isfile(os.path.join(path, "saved_model.pb")):
            return _FOLDER
        raise UsageError(
            f"{clean(path)} is a folder without a saved_model.pb; expected a SavedModel"
        )
    found = _BY_SUFFIX.get(os.path.splitext(path)[1].lower())
    if found is None:
        raise UsageError(
            f"{clean(path)} is no model file; expected {', '.join(SUFFIXES)} or a SavedModel folder"
        )
    if not os.path.isfile(path):
        raise UsageError(f"there is no file {clean(path)}")
    return found


def open_model(path: str, *, unsafe: bool = False) -> Model:
    """Open a model file in this process, which then has its framework loaded.

    ``unsafe`` allows a Keras file to hold code. Raises UsageError for a file that is wrong.
    """
    kind = kind_of(path)
    adapter = import_module(f"convcheck.runtimes.graphs.formats.{kind.name.replace('-', '_')}")
    options = {"unsafe": unsafe} if kind is KERAS else {}
    return cast(Model, adapter.open_model(path, **options))
