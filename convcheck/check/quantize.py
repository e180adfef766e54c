"""Makes the quantized case that is asked for: of real numbers, of recorded integers, or separating.

Messages name the command line's options.
"""

from __future__ import annotations

import re
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from convcheck.case.bands import bands
from convcheck.case.case import Case
from convcheck.case.checks import show
from convcheck.case.inputs import array_header, read_array
from convcheck.errors import UsageError
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.from_float import quantize
from convcheck.quantized.parameters import INPUTS, KERNELS, Parameters
from convcheck.quantized.request import QuantizationRequest
from convcheck.quantized.separating_scales import separating_in
from convcheck.spelling import listed
from convcheck.truth.reference import Reference, reference
from convcheck.untrusted.text import clean

MOST_CHANNELS = 2**20
"""Numbers that a file of scales is read for."""


def quantized_over_exact(case: Case, scheme: str, activation: str = "none") -> QuantizedCase:
    """The case in integers, its output range from the smallest to the largest exact output.

    ``scheme``: ``int8``, ``uint8`` or ``int16x8``. Raises UsageError for what cannot be quantized.
    """
    ends = [_ends(reference(band.case)) for band in bands(case)]
    smallest, largest = min(low for low, _ in ends), max(high for _, high in ends)
    return quantize(case, scheme, (smallest, largest), activation)


def with_files(asked: QuantizationRequest) -> QuantizationRequest:
    """The same with the numbers of the files that were named. Raises UsageError."""
    named = {name: value for name, value in asked.given.items() if isinstance(value, str)}
    read: dict[str, Any] = {name: _numbers(name, file) for name, file in named.items()}
    return replace(asked, **read)


def _numbers(name: str, file: str) -> Any:
    """The numbers in a file. Raises UsageError for more than a kernel has output channels."""
    word, option = name.replace("_", " "), name.replace("_", "-")
    shape = array_header(file, word).shape
    if len(shape) > 1 or prod(shape) > MOST_CHANNELS:
        raise UsageError(
            f"--{option} {clean(file)} has shape {show(shape)}; expected one number, or one for "
            "each output channel"
        )
    return read_array(file, word)


def of_integers(case: Case, asked: QuantizationRequest) -> QuantizedCase:
    """A case of recorded integers, with the parameters that were given for them.

    Raises UsageError for other numbers than a quantized convolution has, and for parameters that
    make no sense or do not fit.
    """
    for word, array, dtypes in (("input", case.input, INPUTS), ("kernel", case.kernel, KERNELS)):
        if array.dtype.name not in dtypes:
            raise UsageError(_no_integers(word, array.dtype.name, dtypes))
    if case.bias is not None and case.sources[2] in ("zeros", "random"):  # made as the kernel is
        wide = np.int64 if case.input.dtype == np.int16 else np.int32
        case = replace(case, bias=case.bias.astype(wide))
    elif case.bias is not None and case.bias.dtype == np.int64 and case.input.dtype != np.int16:
        narrow = case.bias.astype(np.int32)  # as runtimes hold it beside 8 bits, where it fits
        case = replace(case, bias=narrow if (narrow == case.bias).all() else case.bias)
    try:
        parameters = Parameters(
            **asked.given,
            activation=asked.activation or "none",
            input_dtype=case.input.dtype.name,
            kernel_dtype=case.kernel.dtype.name,
        )
    except UsageError as error:
        raise UsageError(_with_options(str(error))) from error
    return QuantizedCase(case, parameters)


def separating_case(
    asked: QuantizationRequest, seed: int, data_format: str = "NHWC"
) -> QuantizedCase:
    """The case of ``--input separating``. Raises UsageError for parameters that make no sense."""
    assert asked.quantize is not None
    try:
        found = separating_in(asked.quantize, asked.given, asked.activation or "none", seed=seed)
    except UsageError as error:
        raise UsageError(_with_options(str(error))) from error
    quantized = found.quantized
    source = "separating"
    case = replace(quantized.case, data_format=data_format, sources=(source, source, source))
    return replace(quantized, case=case)


def _no_integers(word: str, dtype: str, expected: tuple[str, ...]) -> str:
    words = (
        f"--input-scale and the other scales belong to recorded integers, and the {word} is "
        f"{dtype}; expected {listed(expected, 'or')}"
    )
    if "int" in dtype:
        return words
    return f"{words}, or, to have real numbers quantized, --quantize int8 in place of the scales"


def _with_options(words: str) -> str:
    """A message of ``Parameters`` with the option in place of the parameter's name."""
    return re.sub(
        r"^the (input|kernel|output) (scale|zero point)\b",
        lambda found: f"--{found[1]}-{found[2].replace(' ', '-')}",
        words,
    )


def _ends(y: Reference) -> tuple[float, float]:
    """The smallest and the largest exact output, each rounded to float64 once.

    Whatever adds the products here: all outputs that may be one of them are computed exactly.
    """
    with np.errstate(invalid="ignore"):  # what is not finite is refused
        low, high = y.value - y.radius, y.value + y.radius
    y.refine(np.flatnonzero((low <= high.min()) | (high >= low.max())))
    return float(y.value.min()), float(y.value.max())
