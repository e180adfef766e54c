"""Checks that a path is a model file that Keras may open, before any process is started."""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path
from typing import BinaryIO

from convcheck.errors import Mistake
from convcheck.runtimes.graphs.kinds import kind_of
from convcheck.runtimes.models import saved_config
from convcheck.untrusted.documents import parse_json
from convcheck.untrusted.files import Unreadable, open_regular
from convcheck.untrusted.memory import check_memory
from convcheck.untrusted.text import clean
from convcheck.untrusted.zips import open_zip

_HDF5 = b"\x89HDF\r\n\x1a\n"
_MOST_MEMBERS = 10_000
_KERAS = (".keras", ".h5", ".hdf5")


def case_folder(layer: str) -> Path:
    """The folder, in the current one, that the files of a layer's case are written into."""
    return Path(re.sub(r"[^\w.-]+", ".", layer) + ".case")


def is_keras(path: str) -> bool:
    """Whether this is a file that Keras saves, by its suffix."""
    return path.lower().endswith(_KERAS) and not os.path.isdir(path)


def check_file(path: str, *, unsafe: bool = False) -> None:
    """Raises Mistake unless there is a .keras or .h5 file of which Keras may build the model.

    Of a .keras file its members and their sizes are checked, and its config: which layers it has,
    ``unsafe`` apart, and whether their weights are there. What an .h5 file holds is for the
    process that has HDF5's library.
    """
    shown = clean(path)
    if not is_keras(path):
        kind_of(path)
        return
    try:
        with open_regular(path) as (file, size):
            try:
                if path.lower().endswith(".keras"):
                    _check_archive(file, size, unsafe=unsafe)
                elif file.read(len(_HDF5)) != _HDF5:
                    raise Unreadable("an .h5 file starts with HDF5's signature, and this does not")
            except Unreadable as wrong:
                raise Mistake(
                    f"{shown} is not a Keras model: {wrong}; save it again with model.save(...)"
                ) from wrong
            except Mistake as wrong:  # whole, but not one to load
                raise Mistake(f"cannot load {shown}: {wrong}") from wrong
    except Unreadable as error:
        if not os.path.lexists(path):
            raise Mistake(f"there is no file {shown}") from error
        raise Mistake(f"cannot read {shown}: {error}") from error


def _check_archive(file: BinaryIO, size: int, *, unsafe: bool) -> None:
    if file.read(2) != b"PK":
        raise Unreadable("a .keras file is a zip archive, and this is something else")
    with open_zip(file, size, members=_MOST_MEMBERS) as archive:
        members = {member.filename: member for member in archive.infolist()}
        if "config.json" not in members:
            raise Unreadable("the archive holds no config.json")
        config = members["config.json"]
        if config.file_size > saved_config.MOST_BYTES:
            raise Unreadable(
                f"its config.json would have {config.file_size:,} bytes; "
                f"{saved_config.MOST_BYTES:,} are the most"
            )
        others = [member for member in members.values() if member is not config]
        for member in others:
            if member.compress_type != zipfile.ZIP_STORED and member.file_size > size:
                raise Unreadable(
                    f"{clean(member.filename, 60)} in the archive is compressed, "
                    "and larger than the archive"
                )
        check_memory(2 * sum(member.file_size for member in others), "the model")
        weights = sum(m.file_size for m in others if m.filename.endswith((".h5", ".npz")))
        document = parse_json(archive.read(config), "its config.json")
    if not unsafe:
        saved_config.check_layers(document)
    saved_config.check_weights(document, weights)
