"""Checks that a path is a model file of some kind, before any process is started.

Only what needs no framework is looked at: what the path is, whether the file is whole, whether it
fits into memory. What is in it is for the process that opens it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import BinaryIO

from convcheck.errors import UsageError
from convcheck.model.file import check_file
from convcheck.runtimes.graphs.kinds import kind_of
from convcheck.untrusted.files import Unreadable, open_regular
from convcheck.untrusted.folders import check_folder
from convcheck.untrusted.memory import check_memory
from convcheck.untrusted.protobuf import check_message
from convcheck.untrusted.text import clean
from convcheck.untrusted.zips import open_zip

_LONGEST_MESSAGE = 2**31 - 1
"""Bytes of the largest file that protobuf reads."""
_MOST_MEMBERS = 100_000
_GRAPH, _META_GRAPHS = 7, 2
"""Numbers of the fields that hold an ONNX file's graph, and a SavedModel's."""


def check_model_file(path: str, *, unsafe: bool = False) -> None:
    """Raises UsageError unless the path is a model file whose process may look into it.

    ``unsafe`` allows a Keras file to hold code; files of other kinds never may.
    """
    kind = kind_of(path).name
    shown = clean(path)
    if kind == "keras":
        check_file(path, unsafe=unsafe)
    elif kind == "saved-model":
        try:
            check_memory(2 * check_folder(path), f"the model {shown}")
            with open_regular(os.path.join(path, "saved_model.pb")) as (file, size):
                check_message(file, size, _META_GRAPHS)
        except Unreadable as error:
            raise UsageError(
                f"{shown} is no whole SavedModel: {error}; save it again with "
                "tf.saved_model.save(...) or model.export(...)"
            ) from error
    elif kind in _FILES:
        what, do, check = _FILES[kind]
        try:
            with open_regular(path) as (file, size):
                check_memory(2 * size, f"the model {shown}")
                try:
                    check(file, size)
                except Unreadable as wrong:
                    raise UsageError(f"{shown} is no whole {what}: {wrong}; {do}") from wrong
        except Unreadable as error:
            raise UsageError(f"cannot read {shown}: {error}") from error


def _check_onnx(file: BinaryIO, size: int) -> None:
    if size > _LONGEST_MESSAGE:
        raise Unreadable("it is larger than 2 GiB; save its arrays as external data")
    check_message(file, size, _GRAPH)


def _check_tflite(file: BinaryIO, size: int) -> None:
    head = file.read(8)
    if head[4:] != b"TFL3":
        raise Unreadable("a .tflite file has TFL3 after its first four bytes, and this does not")
    if not 8 <= int.from_bytes(head[:4], "little") <= size - 4:
        raise Unreadable("it is cut short or damaged")


def _check_pt2(file: BinaryIO, size: int) -> None:
    if file.read(2) != b"PK":
        raise Unreadable("a .pt2 file is a zip archive, and this is something else")
    with open_zip(file, size, members=_MOST_MEMBERS, stored=True) as archive:
        if not any(name.endswith("/models/model.json") for name in archive.namelist()):
            raise Unreadable("it holds no models/model.json, as PyTorch 2.8 and later write")


_FILES: dict[str, tuple[str, str, Callable[[BinaryIO, int], None]]] = {
    "onnx": ("ONNX model", "export it again", _check_onnx),
    "tflite": (".tflite model", "convert it again", _check_tflite),
    "pt2": (
        "exported program",
        "save it again with torch.export.save(torch.export.export(...), path)",
        _check_pt2,
    ),
}
"""Kind -> what such a file is, what to do where it is not, and the check of an open one."""
