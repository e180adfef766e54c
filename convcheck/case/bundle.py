"""Writes and reads bundles: a case, what each implementation gave for it, and a checksum.

A bundle is a .npz file (NumPy alone reads its arrays) whose zip comment is the SHA-256 of all
bytes before it, so that a single changed byte is found. ``manifest`` is JSON as bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import prod
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from convcheck.case.bundle_manifest import MANIFEST, MOST_BYTES, MOST_OUTPUTS, SCHEMA, cleaned
from convcheck.case.case import Case
from convcheck.case.dtypes import dtype_named
from convcheck.case.passes import Gradient
from convcheck.case.sizes import check_room
from convcheck.case.spec import ConvSpec
from convcheck.errors import UsageError
from convcheck.results import Dtypes, Output, Quantization
from convcheck.untrusted.documents import check_document, parse_json
from convcheck.untrusted.files import Unreadable, open_regular
from convcheck.untrusted.memory import check_memory
from convcheck.untrusted.npz import Arrays, open_npz
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from convcheck.results import Array

_DIGEST = 64  # hexadecimal digits of a SHA-256
_TIMES, _ELEMENTS = 16, 1 << 24
"""An output may have so many times the elements of the largest recorded one, or this many."""
_COMMENT = struct.pack("<H", _DIGEST)  # the length of a zip's comment, its last field


@dataclass(frozen=True)
class Bundle:
    """A case and the outputs that were recorded for it."""

    case: Case
    """Of a gradient the convolution that it is; its outputs are in their own layout."""
    outputs: tuple[Output, ...]
    quantization: Quantization | None = None
    """What the case's integers stand for; None of a case of real numbers."""


def pack(
    case: Case,
    outputs: Sequence[Output],
    convcheck_version: str,
    quantization: Quantization | None = None,
) -> bytes:
    """The bytes of a bundle's file; outputs without an array are left out.

    Of a quantized case its integers are recorded, and what they stand for; of a gradient the
    convolution that it is of, and gradients in their own layout.
    """
    asked, case = case.gradient, case.forward
    given = [output for output in outputs if output.array is not None]
    if len(given) > MOST_OUTPUTS:
        raise UsageError(
            f"a bundle holds {MOST_OUTPUTS} outputs at most, and these are {len(given)}"
        )
    arrays: dict[str, Any] = {"input": case.input, "kernel": case.kernel, "bias": case.bias}
    if asked is not None:
        arrays["output_gradient"] = asked.output_gradient
    for i, output in enumerate(given):
        array = output.array
        assert array is not None
        arrays[f"output_{i}"] = array if asked is None else asked.to_own_layout(array)
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
    if asked is not None:
        manifest["gradient"] = {"pass": asked.kind, "source": asked.source}
    if quantization is not None:
        told = asdict(quantization)
        del told["made"]  # the real numbers that it was made of are not recorded
        manifest["quantization"] = told
    text = np.frombuffer(json.dumps(manifest).encode(), np.uint8)
    buffer = io.BytesIO()
    stored = {"manifest": text, **{name: _storable(a) for name, a in arrays.items()}}
    np.savez(buffer, **stored)  # type: ignore[arg-type]
    return _sealed(buffer.getvalue())


def unpack(path: str) -> Bundle:
    """The bundle in a file, nothing unpickled. Raises UsageError if it is none or was changed."""
    shown = clean(path)
    with contextlib.ExitStack() as opened:
        try:
            file, size = opened.enter_context(open_regular(path))
        except Unreadable as error:
            raise UsageError(f"cannot read the bundle {shown}: {error}") from error
        # All of its arrays, which are not compressed.
        check_memory(size, "the bundle")
        _check_seal(shown, file, size)
        try:
            arrays = opened.enter_context(open_npz(file, size, most=MOST_OUTPUTS + 5))
            bundle = _bundle(_manifest(arrays, shown), arrays)
        except Unreadable as error:  # the checksum fits, but convcheck did not write this file
            raise UsageError(
                f"{shown} is not a bundle that convcheck wrote ({error}); compare --save writes one"
            ) from error
    if not bundle.outputs:
        raise UsageError(f"{shown} holds no output; record one that can run: compare --save")
    return bundle


def _manifest(arrays: Arrays, path: str) -> dict[str, Any]:
    header = arrays.header("manifest")
    if header.dtype != np.uint8 or header.nbytes > MOST_BYTES:
        raise Unreadable(
            f"its manifest is {header.nbytes:,} bytes of {header.dtype.name}; "
            f"expected uint8, {MOST_BYTES:,} at most"
        )
    what = f"the manifest of the bundle {path}"
    manifest = parse_json(arrays.read("manifest").tobytes(), what)
    found = manifest.get("schema") if isinstance(manifest, dict) else None
    if isinstance(found, str) and found != SCHEMA:
        raise UsageError(f"the bundle {path} is a {clean(found, 80)}; this version reads {SCHEMA}")
    check_document(manifest, MANIFEST, what)
    plain: dict[str, Any] = cleaned(manifest)
    return plain


def _row(output: Output) -> dict[str, Any]:
    return {
        "name": output.name,
        "call": output.call,
        "dtypes": asdict(output.dtypes),
        "versions": output.versions,
        "device": output.device,
        "seconds": output.seconds,
    }


def _bundle(manifest: dict[str, Any], arrays: Arrays) -> Bundle:
    geometry, dtypes = manifest["spec"], manifest["dtypes"]
    outputs_named = {f"output_{i}" for i in range(len(manifest["outputs"]))}
    told = manifest.get("gradient")
    named = {"input", "kernel", *outputs_named, *(["output_gradient"] if told else [])}
    if set(dtypes) - {"bias"} != named or arrays.names() != {"manifest", *dtypes}:
        raise Unreadable("its arrays are not those that its manifest names")
    spec = ConvSpec.make(geometry.pop("kernel_size"), **geometry)
    operands = [arrays.header(name) for name in ("input", "kernel")]
    of_input, of_kernel = (operand.dtype.itemsize for operand in operands)
    check_room(spec, operands[0].shape, operands[1].shape, (of_input, of_kernel))
    _check_output(spec.output_shape(operands[0].shape, operands[1].shape), arrays, named)

    def restored(name: str) -> Array:
        return _restored(arrays.read(name), dtypes[name], name)

    case = Case(
        spec=spec,
        input=restored("input"),
        kernel=restored("kernel"),
        bias=restored("bias") if "bias" in dtypes else None,
        data_format=manifest["data_format"],
        sources=tuple(manifest["sources"]),
    )
    if told:
        g = restored("output_gradient")
        case = Gradient(told["pass"], case, g, told["source"]).case
    outputs = []
    for i, row in enumerate(manifest["outputs"]):
        observed = Dtypes(**row.pop("dtypes"))
        outputs.append(Output(**row, dtypes=observed, array=restored(f"output_{i}")))
    return Bundle(case, tuple(outputs), _quantization(manifest.get("quantization")))


def _quantization(told: dict[str, Any] | None) -> Quantization | None:
    if told is None:
        return None
    for key in ("kernel_scales", "kernel_zero_points"):
        told[key] = tuple(told[key])
    return Quantization(**told, made=False)


def _check_output(shape: tuple[int, ...], arrays: Arrays, names: set[str]) -> None:
    """Raise UsageError where the case's output is far larger than any that was recorded.

    So that a small file costs little: by its padding alone a case may need gigabytes.
    """
    recorded = [prod(arrays.header(n).shape) for n in names if n.startswith("output_")]
    if recorded and prod(shape) > max(_TIMES * max(recorded), _ELEMENTS):
        raise UsageError(
            f"the bundle's case has an output of shape {shape}, and none that was recorded is near "
            "its size; record one that is: compare --save"
        )


def _storable(array: Array) -> Array:
    # .npy has no name for bfloat16; its bits and the manifest have.
    return array.view("uint16") if array.dtype.name == "bfloat16" else array


def _restored(array: Array, dtype: str, name: str) -> Array:
    if array.dtype.name == dtype:
        return array
    if (array.dtype.name, dtype) != ("uint16", "bfloat16"):
        raise Unreadable(f"{name} is of {array.dtype.name}, and its manifest says {dtype}")
    return array.view(dtype_named(dtype))


def _sealed(data: bytes) -> bytes:
    # The last two bytes of a zip without a comment are the comment's length.
    assert data[-2:] == b"\0\0"
    body = data[:-2] + _COMMENT
    return body + hashlib.sha256(body).hexdigest().encode()


def _check_seal(path: str, file: BinaryIO, size: int) -> None:
    """Raise UsageError unless the file ends with the digest of all bytes before it."""
    begin = file.read(2)
    file.seek(max(size - _DIGEST - 2, 0))
    end, seal = file.read(2), file.read(_DIGEST)
    # Where there is no seal, the rest of a file of any size needs no reading.
    if begin == b"PK" and end == _COMMENT and seal == _digest(file, size - _DIGEST):
        return
    if begin == b"PK" or end == _COMMENT:
        raise UsageError(
            f"{path} was changed or cut short since it was written, or is not a bundle: it has no "
            "checksum that fits; take a fresh copy of what compare --save wrote"
        )
    raise UsageError(f"{path} is not a bundle; convcheck compare --save writes one")


def _digest(file: BinaryIO, size: int) -> bytes:
    """The SHA-256 of the first ``size`` bytes, as a seal has it."""
    file.seek(0)
    digest = hashlib.sha256()
    while size > 0 and (part := file.read(min(size, 1 << 20))):
        digest.update(part)
        size -= len(part)
    return digest.hexdigest().encode()
