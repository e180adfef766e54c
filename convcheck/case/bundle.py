"""Writes and reads bundles: a case, what each implementation gave for it, and a checksum.

A bundle is a .npz file (NumPy alone reads its arrays) whose zip comment is the SHA-256 of all
bytes before it, so that a single changed byte is found. ``manifest`` is JSON as bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.case.case import Case
from convcheck.case.dtypes import dtype_named
from convcheck.case.spec import ConvSpec
from convcheck.errors import UsageError
from convcheck.results import Dtypes, Output

if TYPE_CHECKING:
    from convcheck.results import Array

SCHEMA = "convcheck.bundle/1"
_DIGEST = 64  # hexadecimal digits of a SHA-256


@dataclass(frozen=True)
class Bundle:
    """A case and the outputs that were recorded for it."""

    case: Case
    outputs: tuple[Output, ...]


def pack(case: Case, outputs: Sequence[Output], convcheck_version: str) -> bytes:
    """The bytes of a bundle's file; outputs without an array are left out."""
    given = [output for output in outputs if output.array is not None]
    arrays: dict[str, Any] = {"input": case.input, "kernel": case.kernel, "bias": case.bias}
    arrays |= {f"output_{i}": output.array for i, output in enumerate(given)}
    arrays = {name: array for name, array in arrays.items() if array is not None}
    manifest = {
        "schema": SCHEMA,
        "convcheck_version": convcheck_version,
        "spec": asdict(case.spec),
        "data_format": case.data_format,
        "sources": case.sources,
        "dtypes": {name: array.dtype.name for name, array in arrays.items()},
        "outputs": [_row(output) for output in given],
    }
    text = np.frombuffer(json.dumps(manifest).encode(), np.uint8)
    buffer = io.BytesIO()
    stored = {"manifest": text, **{name: _storable(a) for name, a in arrays.items()}}
    np.savez(buffer, **stored)  # type: ignore[arg-type]
    return _sealed(buffer.getvalue())


def unpack(path: str) -> Bundle:
    """The bundle in a file, nothing unpickled. Raises UsageError if it is none or was changed."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read the bundle {path}: {error.strerror}") from error
    _check_seal(path, data)
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            manifest = json.loads(file["manifest"].tobytes())
            if manifest["schema"] != SCHEMA:
                raise UsageError(f"{path} is a {manifest['schema']}; this version reads {SCHEMA}")
            dtypes = manifest["dtypes"]
            arrays = {name: _restored(file[name], dtype) for name, dtype in dtypes.items()}
        bundle = _bundle(manifest, arrays)
    except UsageError:
        raise
    except Exception as error:  # the checksum fits, but convcheck did not write this file
        raise UsageError(
            f"{path} is not a bundle that convcheck wrote ({type(error).__name__}: {error}); "
            "compare --save writes one"
        ) from error
    if not bundle.outputs:
        raise UsageError(f"{path} holds no output; record one that can run: compare --save")
    return bundle


def _row(output: Output) -> dict[str, Any]:
    return {
        "name": output.name,
        "call": output.call,
        "dtypes": asdict(output.dtypes),
        "versions": output.versions,
        "device": output.device,
        "seconds": output.seconds,
    }


def _bundle(manifest: dict[str, Any], arrays: dict[str, Array]) -> Bundle:
    spec = manifest["spec"]
    case = Case(
        spec=ConvSpec.make(spec.pop("kernel_size"), **spec),
        input=arrays["input"],
        kernel=arrays["kernel"],
        bias=arrays.get("bias"),
        data_format=manifest["data_format"],
        sources=tuple(manifest["sources"]),
    )
    outputs = []
    for i, row in enumerate(manifest["outputs"]):
        dtypes = Dtypes(**row.pop("dtypes"))
        outputs.append(Output(**row, dtypes=dtypes, array=arrays[f"output_{i}"]))
    return Bundle(case, tuple(outputs))


def _storable(array: Array) -> Array:
    # .npy has no name for bfloat16; its bits and the manifest have.
    return array.view("uint16") if array.dtype.name == "bfloat16" else array


def _restored(array: Array, dtype: str) -> Array:
    return array.view(dtype_named(dtype)) if array.dtype.name != dtype else array


def _sealed(data: bytes) -> bytes:
    # The last two bytes of a zip without a comment are the comment's length.
    assert data[-2:] == b"\0\0"
    body = data[:-2] + struct.pack("<H", _DIGEST)
    return body + hashlib.sha256(body).hexdigest().encode()


def _check_seal(path: str, data: bytes) -> None:
    body, digest = data[:-_DIGEST], data[-_DIGEST:]
    if hashlib.sha256(body).hexdigest().encode() == digest:
        return
    if data[:2] == b"PK" or body[-2:] == struct.pack("<H", _DIGEST):
        raise UsageError(
            f"{path} was changed or cut short since it was written, or is not a bundle: it has no "
            "checksum that fits; take a fresh copy of what compare --save wrote"
        )
    raise UsageError(f"{path} is not a bundle; convcheck compare --save writes one")
