"""Bad model files, refused before a framework starts."""

import functools
import io
import json
import os
import zipfile
from pathlib import Path

from ..case import Content, Hostile
from .arrays import link, sparse

LAYER = {"module": "keras.layers", "class_name": "Conv2D", "config": {"filters": 2}}
HDF5 = b"\x89HDF\r\n\x1a\n"


def model(config: object, *, deflated: bool = False, **members: bytes) -> bytes:
    """A .keras file with this config and members."""
    buffer = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", method) as archive:
        text = config if isinstance(config, (str, bytes)) else json.dumps(config)
        archive.writestr("config.json", text)
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return buffer.getvalue()


def sequential(*layers: object) -> object:
    return {"class_name": "Sequential", "config": {"layers": [LAYER, *layers]}}


def layer(name: str, **config: object) -> object:
    return {**LAYER, "class_name": name, "config": config}


KERAS: dict[str, tuple[Content, str]] = {
    "empty": (b"", "a .keras file is a zip archive"),
    "text": ("a model", "a .keras file is a zip archive"),
    "a zip's start": (b"PK\3\4", "cut short or damaged"),
    "half": (model(sequential())[:100], "cut short or damaged"),
    "no config": (model({})[:0] + b"PK\5\6" + bytes(18), "no config.json"),
    "no JSON": (model("{"), "is no JSON"),
    "deep JSON": (model("[" * 10**6), "is no JSON"),
    "5,000 digits": (model("9" * 5000), "is no JSON"),
    "no UTF-8": (model(b"\xff\xfe\xfd"), "is no JSON"),
    "a config of 100 MB": (model(" " * 10**8, deflated=True), "are the most"),
    "weights of 100 MB": (
        model(sequential(), deflated=True, model__weights__h5=bytes(10**8)),
        "is compressed, and larger than the archive",
    ),
    "2e9 units": (model(sequential(layer("Dense", units=2 * 10**9))), "declare"),
    "1e30 units": (model(sequential(layer("Dense", units=10**30))), "declare"),
    "2e9 filters": (model(sequential(layer("Conv1D", filters=2 * 10**9))), "declare"),
    "1e6 taps": (
        model(sequential(layer("Conv2D", filters=99, kernel_size=[9999, 9999]))),
        "declare",
    ),
    "1e10 rows": (
        model(sequential(layer("Embedding", input_dim=10**5, output_dim=10**5))),
        "declare",
    ),
    "a vocabulary": (model(sequential(layer("StringLookup"))), "StringLookup reads a vocabulary"),
    "a deep vocabulary": (
        model(sequential(layer("TimeDistributed", layer=layer("TextVectorization")))),
        "TextVectorization reads a vocabulary",
    ),
    "a SavedModel": (model(sequential(layer("TFSMLayer", filepath="/"))), "TFSMLayer runs"),
    "an escape": (b"\x1b[2J", "a .keras file is a zip archive"),
    "200 GB": (sparse(200 * 10**9, b"PK\3\4"), ""),
    "a FIFO": (os.mkfifo, "it is a FIFO"),
    "a link to /dev/zero": (link("/dev/zero"), "it is a device"),
    "a folder": (Path.mkdir, "is a folder"),
}
H5: dict[str, tuple[Content, str]] = {
    "empty": (b"", "HDF5's signature"),
    "text": ("a model", "HDF5's signature"),
    "half a signature": (HDF5[:5], "HDF5's signature"),
    "a FIFO": (os.mkfifo, "it is a FIFO"),
    "a link to /dev/zero": (link("/dev/zero"), "it is a device"),
    "a link to itself": (link("m.h5"), "Too many levels"),
}


@functools.cache
def cases() -> list[Hostile]:
    """Each file by its suffix, and names."""
    found = [
        Hostile(f"a model: {name}", ["model", "m.keras"], {"m.keras": content}, words)
        for name, (content, words) in KERAS.items()
    ]
    found += [
        Hostile(f"a model: {name} .h5", ["model", "m.h5"], {"m.h5": content}, words)
        for name, (content, words) in H5.items()
    ]
    names = ["n" * 300 + ".h5", "\x1b[2J.keras", "m.pt", "m.onnx", "", "\u202e.h5", "a/" * 3000]
    return found + [Hostile(f"a model: {n[:24]!r} of {len(n)}", ["model", n]) for n in names]
