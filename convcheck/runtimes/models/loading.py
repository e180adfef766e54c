"""Loads a saved Keras model, in safe mode unless told otherwise; a failure is one clear line."""

from __future__ import annotations

import json
import re
import zipfile
from typing import Any

import h5py
import keras

from convcheck.errors import Mistake

SAFE_FROM = (3, 11, 3)
"""The first Keras whose safe mode covers .h5 files (CVE-2025-9905) and cannot be switched off by
the file itself (CVE-2025-9906, CVE-2025-49655)."""


def load(path: str, *, unsafe: bool) -> Any:
    """The model in a .keras or .h5 file, not compiled.

    Raises Mistake for a file that cannot be loaded, for one that holds code, and where this
    Keras could not keep code from running.
    """
    if keras.backend.backend() != "tensorflow":
        raise Mistake(f"Keras runs on {keras.backend.backend()} here; set KERAS_BACKEND=tensorflow")
    if not unsafe and _version() < SAFE_FROM:
        raise Mistake(
            f"Keras {keras.__version__} may run code that a model file holds, safe mode or not; "
            f"upgrade: pip install 'keras>={'.'.join(map(str, SAFE_FROM))}', "
            "or add --unsafe if you trust the file"
        )
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=not unsafe)
    except Exception as error:  # Keras raises what its formats and layers raise
        raise Mistake(f"cannot load {path}: {_reason(error, path)}") from error


def _version(text: str = keras.__version__) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def _saved_by(path: str) -> str:
    """The Keras version that a file says it was saved by; "" where it does not."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return str(json.loads(archive.read("metadata.json"))["keras_version"])
        with h5py.File(path) as file:
            return str(file.attrs["keras_version"])
    except (OSError, KeyError, ValueError):
        return ""


def _reason(error: Exception, path: str) -> str:
    text = " ".join(str(error).split())
    if "enable_unsafe_deserialization" in text or "safe_mode=False" in text:
        return (
            "it holds Python code (a Lambda layer) that would run here; "
            "add --unsafe if you trust the file"
        )
    if missing := re.search(r"Could not locate (\w+) '([^']*)'|Unknown (\w+): '([^']*)'", text):
        kind, name = (missing[1], missing[2]) if missing[2] else (missing[3], missing[4])
        return (
            f"Keras does not know its {kind} '{name}'; decorate it with "
            "@keras.saving.register_keras_serializable() and name its module with --import MODULE"
        )
    if "No model config found" in text:
        return "it holds weights alone; save the whole model with model.save(...)"
    if isinstance(error, (OSError, zipfile.BadZipFile, EOFError)):
        return f"it is cut short or damaged ({text})"
    saved_by = _saved_by(path)
    if _version(saved_by) > _version():
        return (
            f"it was saved by Keras {saved_by}, and this is {keras.__version__}, which cannot read "
            "it; upgrade Keras, or save the model again with this one"
        )
    return f"{type(error).__name__}: {text[:300]}"
