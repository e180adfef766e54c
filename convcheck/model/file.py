"""Checks that a path is a model file, before any process is started."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from convcheck.errors import Mistake

_HDF5 = b"\x89HDF\r\n\x1a\n"


def case_folder(layer: str) -> Path:
    """The folder, in the current one, that the files of a layer's case are written into."""
    return Path(re.sub(r"[^\w.-]+", ".", layer) + ".case")


def check_file(path: str) -> None:
    """Raises Mistake unless there is a file that begins as a .keras or .h5 file does."""
    file = Path(path)
    if file.is_dir():
        saved = (file / "saved_model.pb").exists()
        what = "a SavedModel, which Keras 3 cannot load" if saved else "a folder"
        raise Mistake(f"{path} is {what}; give a .keras or .h5 file that model.save(...) wrote")
    if not file.exists():
        raise Mistake(f"there is no file {path}")
    suffix = file.suffix.lower()
    if suffix not in (".keras", ".h5", ".hdf5"):
        raise Mistake(f"{path} is no model file: expected .keras or .h5, as model.save(...) writes")
    try:
        wrong = _wrong_archive(file) if suffix == ".keras" else _wrong_hdf5(file)
    except OSError as error:
        raise Mistake(f"cannot read {path}: {error.strerror or error}") from error
    if wrong:
        raise Mistake(f"{path} is not a Keras model: {wrong}; save it again with model.save(...)")


def _wrong_archive(file: Path) -> str | None:
    with file.open("rb") as stream:
        if stream.read(2) != b"PK":
            return "a .keras file is a zip archive, and this is something else"
    try:
        with zipfile.ZipFile(file) as archive:
            if "config.json" in archive.namelist():
                return None
            return "the archive holds no config.json"
    except zipfile.BadZipFile:
        return "the archive is cut short or damaged"


def _wrong_hdf5(file: Path) -> str | None:
    with file.open("rb") as stream:
        if stream.read(len(_HDF5)) == _HDF5:
            return None
    return "an .h5 file starts with HDF5's signature, and this does not"
