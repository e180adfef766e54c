"""Sound model files with some of their bytes or numbers changed at random: any may stay right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .bad_file import ANY_RESULT, BadFile
from .pt2_files import members, written
from .saved_model_files import DATA, GRAPH, INDEX, replaced

ODD = (-1, 0, 1, 2**31, 2**63, -(2**63), 10**30, 1e308, "", "\x1b[2J", None, True, [], {}, [[]])


def files(good: Path, kind: str) -> Iterator[BadFile]:
    """One after the other without end; the same in every run."""
    rng = np.random.default_rng(0)
    net = {path.suffix: path for path in good.glob("net.*")}
    number = 0
    while True:
        number += 1
        name = f"damaged {number}"
        if kind == "saved-model":
            place = (GRAPH, GRAPH, INDEX, DATA)[number % 4]
            data = damaged((net[".saved"] / place).read_bytes(), rng)
            content: Any = replaced(net[".saved"], place, data)
        elif kind == "pt2" and number % 2:
            content = odd_program(net[".pt2"], rng)
        else:
            content = damaged(net[f".{kind}"].read_bytes(), rng)
        yield BadFile(name, kind, content, codes=ANY_RESULT)


def damaged(data: bytes, rng: Any) -> bytes:
    """These bytes with some of them changed, left out, repeated or put in."""
    body = bytearray(data)
    for _ in range(rng.integers(1, 5)):
        place, length = int(rng.integers(len(body) + 1)), int(rng.integers(1, 17))
        how = rng.choice(["flip", "flip", "set", "drop", "repeat", "swap"])
        if how == "flip" and place < len(body):
            body[place] ^= int(rng.integers(1, 256))
        elif how == "set":
            body[place : place + 4] = rng.choice([b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\xff" * 4])
        elif how == "drop":
            del body[place : place + length]
        elif how == "repeat":
            body[place:place] = body[place : place + length] * int(rng.integers(1, 50))
        elif how == "swap":
            other = int(rng.integers(len(body) + 1))
            first, second = body[place : place + length], body[other : other + length]
            body[place : place + length], body[other : other + length] = second, first
    return bytes(body)


def odd_program(source: Path, rng: Any) -> bytes:
    """The archive with one value in one of its JSON documents replaced by an odd one."""
    found = dict(members(source))
    names = sorted(n for n in found if n.endswith(("model.json", "weights_config.json")))
    name = names[rng.integers(len(names))]
    document = json.loads(found[name])
    part, key = _place(document, rng)
    part[key] = ODD[rng.integers(len(ODD))]
    return written({**found, name: json.dumps(document).encode()})


def _place(document: Any, rng: Any) -> tuple[Any, Any]:
    """(a list or an object in the document, a key of it)."""
    part = document
    while True:
        keys = list(part) if isinstance(part, dict) else range(len(part))
        key = keys[rng.integers(len(keys))]
        inner = part[key]
        if not isinstance(inner, (dict, list)) or not inner or rng.integers(20) == 0:
            return part, key
        part = inner
