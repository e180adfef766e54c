"""Writes a layer's case to files, with the command line that compares them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.case.passes import Gradient
from convcheck.errors import Mistake
from convcheck.implementations.name import Name
from convcheck.model.file import case_folder
from convcheck.model.results import SavedCase
from convcheck.quantized.any_case import Asked, operands_of
from convcheck.quantized.parameters import Parameters
from convcheck.untrusted.shell import quoted
from convcheck.writing import write_whole

if TYPE_CHECKING:
    from convcheck.results import Array


def save(layer: str, given: Asked, names: Sequence[Name]) -> SavedCase:
    """Write input.npy, kernel.npy and bias.npy into a folder named after the layer.

    Of a quantized case also what its kernel's integers stand for, where channels differ.

    Returns where they are and the command. Raises Mistake where they cannot be written.
    """
    asked = given if isinstance(given, Gradient) else None
    folder = case_folder(layer)
    case = operands_of(given) if asked is None else asked.forward
    arrays = {"input": case.input, "kernel": case.kernel, "bias": case.bias}
    arrays["output-gradient"] = None if asked is None else asked.output_gradient
    numbers: dict[str, str] = {}
    if not isinstance(given, (Case, Gradient)):
        by_channel, numbers = _parameters(given.parameters)
        arrays |= by_channel
    words = ["convcheck", "compare"]
    try:
        folder.mkdir(exist_ok=True)
        for role, array in arrays.items():
            file = folder / f"{role.replace('-', '_')}.npy"
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
    words += [] if asked is None else ["--pass", asked.kind]
    words += [word for option, text in numbers.items() for word in (f"--{option}", text)]
    for name in dict.fromkeys((*usual_names(given), *(name.text for name in names))):
        words += ["-i", name]
    return SavedCase(layer, str(folder), " ".join(map(quoted, words)))


def usual_names(given: Asked) -> tuple[str, ...]:
    """What computes the case beside what was asked for."""
    case = given.forward if isinstance(given, Gradient) else given
    if not isinstance(case, Case):
        return ("litert",)
    dtype = case.kernel.dtype.name
    return ("keras" if dtype == "float32" else f"keras?dtype={dtype}",)


def _parameters(p: Parameters) -> tuple[dict[str, Array | None], dict[str, str]]:
    """(options of compare that are numbers for each channel, those that are one number)."""
    numbers = {
        "input-scale": repr(float(p.i)),
        "input-zero-point": str(p.input_zero_point),
        "output-scale": repr(float(p.o)),
        "output-zero-point": str(p.output_zero_point),
        "activation": p.activation,
    }
    arrays: dict[str, Array | None] = {}
    for option, values in (("kernel-scale", p.w), ("kernel-zero-point", p.zw)):
        if values.size == 1:
            numbers[option] = repr(values.tolist()[0])
        arrays[option] = None if values.size == 1 else values
    return arrays, numbers
