"""Loads a saved Keras model, in safe mode unless told otherwise; a failure is one clear line."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from typing import IO, Any

import h5py
import keras

from convcheck.errors import Mistake, UsageError
from convcheck.runtimes.models.safe_versions import UPGRADE, is_safe, version_of
from convcheck.runtimes.models.saved_arrays import check_arrays
from convcheck.runtimes.models.saved_config import MOST_BYTES, check_layers, check_weights
from convcheck.untrusted.documents import parse_json
from convcheck.untrusted.memory import within_memory


def load(path: str, *, unsafe: bool) -> Any:
    """The model in a .keras or .h5 file, not compiled.

    Raises Mistake for a file that cannot be loaded, for one that holds code, and where this
    Keras could not keep code from running.
    """
    if keras.backend.backend() != "tensorflow":
        raise Mistake(f"Keras runs on {keras.backend.backend()} here; set KERAS_BACKEND=tensorflow")
    if not unsafe and not is_safe(keras.__version__):
        raise Mistake(
            f"Keras {keras.__version__} may run code that a model file holds, or read other files, "
            f"safe mode or not; upgrade: {UPGRADE}, or add --unsafe if you trust the file"
        )
    try:
        _check(path, unsafe=unsafe)
        with within_memory():
            return keras.saving.load_model(path, compile=False, safe_mode=not unsafe)
    except UsageError as error:
        raise Mistake(f"cannot load {path}: {error}") from error
    except MemoryError as error:
        raise Mistake(f"cannot load {path}: there is not memory enough for it") from error
    except Exception as error:  # Keras raises what its formats and layers raise
        raise Mistake(f"cannot load {path}: {_reason(error, path)}") from error


def _check(path: str, *, unsafe: bool) -> None:
    """Raise UsageError for a file of which Keras should not build, or read, anything.

    Of a .keras file the config was checked before this process started.
    """
    size = os.path.getsize(path)
    # By its name, as Keras decides: a file may be an archive at its end and HDF5 at its start.
    if path.lower().endswith(".keras"):
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.filename.endswith(".h5"):
                    with _seekable(archive, member) as stream, h5py.File(stream) as file:
                        check_arrays(file, member.file_size)
        return
    with h5py.File(path) as file:
        weights = check_arrays(file, size)
        text = file.attrs.get("model_config", "{}")
        if len(text) > MOST_BYTES:
            raise Mistake(f"its config has {len(text):,} bytes; {MOST_BYTES:,} are the most")
        config = parse_json(text, "its config")
    if not unsafe:
        check_layers(config)
    check_weights(config, weights)


@contextlib.contextmanager
def _seekable(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
    """A member of an archive, to be read in any order.

    One that is not compressed is no larger than the archive: it is copied to a file, since going
    back in an archive means to read it from its beginning. Keras compresses none.
    """
    with archive.open(member) as stream:
        if member.compress_type != zipfile.ZIP_STORED:
            yield stream
            return
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(stream, copy)
            copy.seek(0)
            yield copy


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
    if version_of(saved_by) > version_of(keras.__version__):
        return (
            f"it was saved by Keras {saved_by}, and this is {keras.__version__}, which cannot read "
            "it; upgrade Keras, or save the model again with this one"
        )
    return f"{type(error).__name__}: {text[:300]}"
