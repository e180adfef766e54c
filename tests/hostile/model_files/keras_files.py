"""Bad Keras files, .keras and .h5; those that need Keras come from ``write_tensorflow.py``."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ..cases import models
from .bad_file import ANY_RESULT, BadFile, copied

WORDS = {
    "a Lambda": "holds Python code",
    "a layer of its own": "does not know its",
    "a function of Keras's": "may do more than compute",
    "an archive at its end": "from another file",
    "external data": "from another file",
    "a virtual array": "from another file",
    "a link to another file": "from another file",
    "a bomb": "they are not there",
    "a kernel of 10**12": "they are not there",
    "no config": "weights alone",
    "a config of text": "is no JSON",
}
"""Said of those that Keras writes."""


def with_member(source: bytes, name: str, data: bytes) -> bytes:
    """The archive with another member, or another one in a member's place."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(buffer, "w") as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        new.writestr(name, data)
    return buffer.getvalue()


def files(good: Path) -> Iterator[BadFile]:
    """Those by hand, the ones that ``convcheck model FILE`` is given elsewhere among them."""
    for kind, known in (("keras", models.KERAS), ("h5", models.H5)):
        for name, (content, words) in known.items():
            if name != "a link to itself":  # to a file of another name
                yield BadFile(name, kind, content, words if name != "a folder" else "")
    for kind in ("keras", "h5"):
        whole = (good / f"net.{kind}").read_bytes()
        half = whole[: len(whole) // 2]
        yield BadFile("half a model", kind, half, "cut short or damaged")
        for path in sorted((good / "bad").glob(f"*.{kind}")):
            words = WORDS.get(path.stem, "")
            codes = ANY_RESULT if path.stem == "a config of numbers" else (2,)
            yield BadFile(path.stem, kind, copied(path), words, codes)
    whole = (good / "net.keras").read_bytes()
    yield BadFile("weights of noise", "keras", with_member(whole, "model.weights.h5", b"noise"), "")
    yield BadFile("no weights", "keras", with_member(whole, "model.weights.h5", b""), "")
    for way in ("../../outside/more", "/etc/cron.d/x", "assets/../../../outside/more"):
        archive = with_member(whole, way, b"* * * * * root true\n")
        yield BadFile(f"a member at {way}", "keras", archive, codes=ANY_RESULT)
    yield BadFile(
        "a member of escapes", "keras", with_member(whole, "\x1b[2J", b"1"), codes=ANY_RESULT
    )
