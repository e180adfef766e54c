"""Computes a quantized case exactly, and requantizes it by the formula that ``rounding=`` names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convcheck.implementations.interface import Computed
from convcheck.quantized.requantize.catalogue import formula_named
from convcheck.quantized.sums import exact_sums
from convcheck.results import Dtypes

if TYPE_CHECKING:
    from convcheck.implementations.name import Name
    from convcheck.quantized.case import QuantizedCase

DEFAULT = "F1"
"""The formula of most runtimes today."""


def versions() -> dict[str, str]:
    """Package -> version."""
    return {"numpy": np.__version__}


def compute(quantized: QuantizedCase, name: Name) -> Computed:
    """Exact sums, and one formula."""
    p = quantized.parameters
    formula = formula_named(name.option("rounding", DEFAULT))
    array = formula.output(exact_sums(quantized), p).astype(p.input_dtype)
    return Computed(
        array=array,
        call=f"numpy, exact sums, {formula.name}",
        dtypes=Dtypes(p.input_dtype, p.kernel_dtype, "int64", array.dtype.name),
        device="CPU",
        formulas=(formula.name,),
    )
