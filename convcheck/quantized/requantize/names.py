"""The names of formulas and schemes, for the command line: loads no NumPy."""

from __future__ import annotations

FORMULA_NAMES = (
    *(f"{name}/{variant}" for name in ("D", "DU", "MIX8", "MIX16") for variant in ("Mdbl", "Mf")),
    "I64/Mdbl",
    "F1",
    "F2",
    "FB",
    "Q2",
    "ON",
    "ON'",
    "ON+128",
)
"""In the catalogue's order: those in integers first."""

FLOAT = "FLOAT"
"""Declared in place of a formula by who computes in float32 between the integers: a bound, in
``convcheck.verdict.quantized.float_between``, but nothing that could be reproduced."""

SCHEMES = {"int8": ("int8", "int8"), "uint8": ("uint8", "uint8"), "int16x8": ("int16", "int8")}
"""How a case of real numbers may be quantized -> dtypes of input and kernel."""
