"""Bad SavedModel folders; those that TensorFlow must write come from ``write_tensorflow.py``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from ..case import Content
from .bad_file import ANY_RESULT, BadFile, copied

COMPUTE = "not one of those that only compute"
WORDS = {
    "a writer in the outer graph": COMPUTE,
    "a constant of 10**12": "of memory",
    "a function of itself": "calls itself",
    "10**11 operators": "more than 1,000,000 operators",
    "no graphs": "no whole SavedModel",
    "no objects": "TensorFlow 1 or holds no model",
    "a restoring function": "restores objects by functions of its own",
    "no signature": "no signature 'serving_default'",
    "an asset": "holds an object of kind 'asset'",
    "operator RestoreV2": "reads and writes files",
    "endless": "within 20 s",
}
"""Said of those that TensorFlow writes."""
BY_CHANCE = {"a node twice", "a variable of no dtype", "an object below 0"}
GRAPH = "saved_model.pb"
DATA = "variables/variables.data-00000-of-00001"
INDEX = "variables/variables.index"


def replaced(net: Path, name: str, by: Callable[[Path], object] | bytes | None) -> Content:
    """The sound folder with one thing in it replaced, or left out."""

    def write(path: Path) -> None:
        shutil.copytree(net, path)
        inside = path / name
        if inside.is_dir():
            shutil.rmtree(inside)
        elif inside.exists():
            inside.unlink()
        if isinstance(by, bytes):
            inside.write_bytes(by)
        elif by is not None:
            by(inside)

    return write


def linked(up: str) -> Callable[[Path], object]:
    """A link out of the folder, ``up`` from where it stands."""
    return lambda path: path.symlink_to(f"{up}/outside/secret")


def sparse(path: Path) -> None:
    with open(path, "wb") as file:
        file.truncate(200 * 10**9)


def flipped(data: bytes, every: int) -> bytes:
    return bytes(byte ^ 0xFF if i % every == 0 else byte for i, byte in enumerate(data))


def files(good: Path) -> Iterator[BadFile]:
    """Those by hand."""
    net = good / "net.saved"
    graph, index, data = ((net / name).read_bytes() for name in (GRAPH, INDEX, DATA))
    out = "a link that leads out of the folder"
    broken: dict[str, tuple[str, Callable[[Path], object] | bytes | None, str]] = {
        "no graph in the folder": (GRAPH, None, "a folder without a saved_model.pb"),
        "an empty graph": (GRAPH, b"", "no whole SavedModel"),
        "text": (GRAPH, b"a model\n", "no whole SavedModel"),
        "half a graph": (GRAPH, graph[: len(graph) // 2], "cut short or damaged"),
        "one byte less": (GRAPH, graph[:-1], "cut short or damaged"),
        "noise": (GRAPH, b"\x12\x08" + b"\xff" * 8, "cut short or damaged"),
        "a graph in a FIFO": (GRAPH, os.mkfifo, "it is a FIFO"),
        "a graph in a folder": (GRAPH, Path.mkdir, "it is a directory"),
        "a graph elsewhere": (GRAPH, linked("../.."), out),
        "a graph in a device": (GRAPH, lambda path: path.symlink_to("/dev/zero"), out),
        "a link to nothing": (GRAPH, lambda path: path.symlink_to("lost"), "no such file"),
        "a link to itself": (GRAPH, lambda path: path.symlink_to(GRAPH), "Too many levels"),
        "variables in a FIFO": (DATA, os.mkfifo, "it is a FIFO"),
        "variables elsewhere": (DATA, linked("../../.."), out),
        "a folder elsewhere": ("assets", lambda path: path.symlink_to("../../outside"), out),
        "200 GB of variables": (DATA, sparse, "of memory"),
        "no variables": ("variables", None, ""),
        "no index": (INDEX, None, ""),
        "half an index": (INDEX, index[: len(index) // 2], ""),
        "an empty index": (INDEX, b"", ""),
        "zeros for an index": (INDEX, bytes(len(index)), ""),
        "no data": (DATA, None, ""),
        "half the data": (DATA, data[: len(data) // 2], ""),
        "an empty file of data": (DATA, b"", ""),
    }
    for name, (place, by, words) in broken.items():
        yield BadFile(name, "saved-model", replaced(net, place, by), words)
    by_chance = {
        "an index of other bytes": replaced(net, INDEX, flipped(index, 7)),
        "data of other bytes": replaced(net, DATA, flipped(data, 7)),
        "a fingerprint of noise": replaced(net, "fingerprint.pb", b"\xff" * 99),
        "a debug folder of noise": replaced(net, "assets", b"x"),
    }
    for name, content in by_chance.items():
        yield BadFile(name, "saved-model", content, codes=ANY_RESULT)
    for folder in sorted((good / "bad").glob("*.saved")):
        name = folder.stem
        words = WORDS.get(name, COMPUTE if name.startswith("operator ") else "")
        codes = ANY_RESULT if name in BY_CHANCE else (2,)
        yield BadFile(
            name,
            "saved-model",
            copied(folder),
            words,
            codes,
            endless=20 if name == "endless" else 0,
        )
