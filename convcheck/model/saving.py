"""Writes a layer's case to files, with the command line that compares them."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np

from convcheck.case.case import Case
from convcheck.errors import Mistake
from convcheck.implementations.name import Name
from convcheck.model.file import case_folder
from convcheck.model.results import SavedCase
from convcheck.untrusted.shell import quoted
from convcheck.writing import write_whole


def save(layer: str, case: Case, names: Sequence[Name]) -> SavedCase:
    """Write input.npy, kernel.npy and bias.npy into a folder named after the layer.

    Returns where they are and the command. Raises Mistake where they cannot be written.
    """
    folder = case_folder(layer)
    arrays = {"input": case.input, "kernel": case.kernel, "bias": case.bias}
    words = ["convcheck", "compare"]
    try:
        folder.mkdir(exist_ok=True)
        for role, array in arrays.items():
            file = folder / f"{role}.npy"
            if array is None:
                file.unlink(missing_ok=True)  # another case's
                continue
            stored = io.BytesIO()
            np.save(stored, array)
            write_whole(file, stored.getvalue())
            words += [f"--{role}", str(file)]
    except OSError as error:
        raise Mistake(f"--save-case: cannot write {folder}: {error.strerror or error}") from error
    words += case.spec.command_line_options()
    dtype = case.kernel.dtype.name
    keras = "keras" if dtype == "float32" else f"keras?dtype={dtype}"
    for name in dict.fromkeys((keras, *(name.text for name in names))):
        words += ["-i", name]
    return SavedCase(layer, str(folder), " ".join(map(quoted, words)))
