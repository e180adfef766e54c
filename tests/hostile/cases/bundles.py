"""Bad bundles: not sealed, sealed by somebody else, and with manifests of any kind."""

import copy
import functools
import hashlib
import io
import json
import os
import struct
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from convcheck.case.build import build
from convcheck.case.bundle import pack
from convcheck.case.case import Case
from convcheck.case.request import Request
from convcheck.case.spec import ConvSpec
from convcheck.results import Output, Quantization

from ..case import Content, Hostile
from .arrays import header, link, npy, sparse

WRONG: list[Any] = [None, True, -1, 10**30, 1.5, 1e308, "x", "\x1b[2J\x07", [], {}, [[]], {"a": 1}]


@functools.cache
def good() -> bytes:
    """A bundle that convcheck wrote."""
    case = build(Request(input="random", input_shape=(1, 5, 5, 2), kernel_size=(3,), bias="random"))
    array = np.ones(case.output_shape, np.float32)
    return pack(case, [Output("numpy", "a call", array, versions={"numpy": "2"})], "1")


@functools.cache
def quantized() -> bytes:
    """A bundle of integers."""
    rng = np.random.default_rng(0)
    case = Case(
        ConvSpec.make((3, 3)),
        rng.integers(-128, 128, (1, 5, 5, 2)).astype(np.int8),
        rng.integers(-127, 128, (3, 3, 2, 3)).astype(np.int8),
        np.arange(3, dtype=np.int32),
    )
    told = Quantization(0.02, 3, (0.1, 0.2, 0.3), (0,), 1.5, -4, "relu", made=False)
    array = np.full(case.output_shape, -4, np.int8)
    return pack(case, [Output("numpy", "a call", array)], "1", told)


@functools.cache
def arrays(of: Callable[[], bytes] = good) -> dict[str, Any]:
    with np.load(io.BytesIO(of())) as file:
        return {name: file[name] for name in file.files}


def sealed(body: bytes) -> bytes:
    """With the seal that convcheck would have given it."""
    if body[-2:] == b"\0\0":
        body = body[:-2] + struct.pack("<H", 64)
    return body + hashlib.sha256(body).hexdigest().encode()


def zipped(members: dict[str, Any], *, deflated: bool = False) -> bytes:
    """Sealed; a member that is bytes goes in as it is."""
    buffer = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, member in members.items():
            raw = io.BytesIO()
            if isinstance(member, bytes):
                raw.write(member)
            else:
                np.save(raw, member, allow_pickle=member.dtype == object)
            archive.writestr(f"{name}.npy", raw.getvalue())
    return sealed(buffer.getvalue())


def with_manifest(text: str | bytes, of: Callable[[], bytes] = good) -> bytes:
    raw = text.encode() if isinstance(text, str) else text
    return zipped({**arrays(of), "manifest": np.frombuffer(raw, np.uint8)})


def paths(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every value in a document."""
    yield path
    if isinstance(part, (dict, list)):
        inner = part.items() if isinstance(part, dict) else enumerate(part)
        for key, value in inner:
            yield from paths(value, (*path, key))


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with another value at a place."""
    if not path:
        return value
    document = copy.deepcopy(document)
    part = document
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return document


def flag(data: bytes) -> bytes:
    """Said to be encrypted."""
    body = bytearray(data[:-66]) + b"\0\0"
    for signature, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        body[body.index(signature) + at] |= 1
    return sealed(bytes(body))


def files() -> dict[str, Content]:
    data, inside = good(), arrays()
    lying = npy(header(shape="(1, 99999, 99999, 2)"), bytes(200))
    huge = np.zeros((1, 7000, 7000, 1), np.uint8)
    return {
        "empty": b"",
        "text": "a bundle\n",
        "a zip's start": b"PK\3\4",
        "a zip's end": b"PK\5\6" + bytes(18),
        "cut by one": data[:-1],
        "cut by the seal": data[:-64],
        "half": data[: len(data) // 2],
        "one byte more": data + b"\n",
        "sealed text": sealed(b"no zip" + b"\0\0"),
        "sealed nothing": sealed(b"\0\0"),
        "a sealed zip's end": sealed(b"PK\5\6" + bytes(18)),
        "65,535 members": sealed(b"PK\5\6" + bytes(4) + b"\xff\xff" * 2 + bytes(10)),
        "a zip of 64 bits that lies": sealed(
            struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 2**62, 2**62, 2**62, 0)
            + struct.pack("<4sLQL", b"PK\6\7", 0, 0, 1)
            + b"PK\5\6" + bytes(4) + b"\xff\xff" * 2 + b"\xff" * 8 + b"\0\0"
        ),
        "no manifest": zipped({"input": inside["input"]}),
        "another array": zipped({**inside, "evil": inside["input"]}),
        "a pickle": zipped({**inside, "manifest": np.array([{}], object)}),
        "a lying input": zipped({**inside, "input": lying}),
        "an input that is none": zipped({**inside, "input": b"evil"}),
        "an input of booleans": zipped({**inside, "input": np.ones((1, 5, 5, 2), bool)}),
        "an input of another dtype": zipped({**inside, "input": np.ones((1, 5, 5, 2))}),
        "an input of another rank": zipped({**inside, "input": np.ones((5, 2), np.float32)}),
        "an empty input": zipped({**inside, "input": np.ones((1, 0, 5, 2), np.float32)}),
        "deflated": zipped(inside, deflated=True),
        "a bomb": zipped({**inside, "input": huge}, deflated=True),
        "a manifest of floats": zipped({**inside, "manifest": np.ones(5)}),
        "a manifest of 5 MB": with_manifest(b" " * 5_000_000),
        "encrypted": flag(data),
        "no JSON": with_manifest("{'a'"),
        "no UTF-8": with_manifest(b"\xff\xfe"),
        "deep JSON": with_manifest("[" * 100_000),
        "deep objects": with_manifest('{"a":' * 50_000),
        "a number of 5,000 digits": with_manifest("9" * 5000),
        "NaN": with_manifest("NaN"),
        "200 GB": sparse(200 * 10**9, b"PK\3\4"),
        "a FIFO": os.mkfifo,
        "a link to /dev/zero": link("/dev/zero"),
        "a folder": lambda path: path.mkdir(),
    }  # fmt: skip


@functools.cache
def cases() -> list[Hostile]:
    """Each file, and a wrong value at every place of a manifest."""
    arguments = ["verify", "g.npz"]
    found = [Hostile(f"a bundle: {n}", arguments, {"g.npz": c}) for n, c in files().items()]
    for of in (good, quantized):
        manifest = json.loads(arrays(of)["manifest"].tobytes())
        places = [*paths(manifest)]
        if of is quantized:  # the rest stands in the other one
            places = [path for path in places if path[:1] == ("quantization",)]
        for i, path in enumerate(places):
            for value in (WRONG[i % len(WRONG)], WRONG[(i + 5) % len(WRONG)]):
                text = json.dumps(changed(manifest, path, value))
                # A text for a text is right, and so may be what the case makes of it.
                found.append(
                    Hostile(
                        f"a manifest: {value!r} at {path}",
                        arguments,
                        {"g.npz": with_manifest(text, of)},
                        codes=(0, 1, 2, 3),
                    )
                )
    manifest = json.loads(arrays()["manifest"].tobytes())
    for pads in (4000, 10_000, 100_000, 10**9):
        text = json.dumps(changed(manifest, ("spec", "padding"), [[pads, pads]] * 2))
        found.append(Hostile(f"a padding of {pads}", arguments, {"g.npz": with_manifest(text)}))
    return found
