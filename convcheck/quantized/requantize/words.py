"""Formulas in plain words, for reports and summaries: loads no NumPy."""

from __future__ import annotations

from collections.abc import Iterable

from convcheck.quantized.requantize.names import FLOAT, FORMULA_NAMES

_WORDS = {
    "D": "two roundings, the second one away from zero at ties",
    "DU": "two roundings, both up at ties",
    "MIX8": "two roundings, up at ties in each whole group of 8 channels, away from zero after it",
    "MIX16": "two roundings, up at ties in each whole group of 16 outputs, away from zero after it",
    "I64": "64-bit sums and a multiplier of 16 bits, one rounding, up at ties",
    "F1": "one rounding of a float32 product, to even at ties",
    "F2": "one rounding of a float32 product, to even at ties, 1/output scale rounded first",
    "FB": "one rounding in float32, to even at ties, with a bias of real numbers",
    "Q2": "as F2, a bias of real numbers rounded to an integer first",
    "ON": "one rounding in float32, to even at ties, the output's zero point added before it",
    "ON'": "as ON (the zero point added before one rounding), with the input's scale as it is",
    "ON+128": "one rounding in float32, to even at ties, zero point + 128 added before it",
    FLOAT: "a convolution in float32 between the integers, rounded to even at ties",
}
_MULTIPLIERS = {
    "Mdbl": "",
    "Mf": ", input scale times kernel scale in float32",
}


def formula_words(name: str) -> str:
    """What a formula does, in a phrase such as ``two roundings, both up at ties``.

    Raises KeyError for what is no formula's name.
    """
    base, _, multiplier = name.partition("/")
    return _WORDS[base] + (_MULTIPLIERS[multiplier] if multiplier else "")


def short_names(names: Iterable[str]) -> list[str]:
    """The names in the catalogue's order; ``D`` alone where it is both D/Mdbl and D/Mf."""
    given = set(names)
    found: dict[str, None] = {}
    for name in (*FORMULA_NAMES, FLOAT):
        if name in given:
            base = name.partition("/")[0]
            both = {f"{base}/Mdbl", f"{base}/Mf"} <= given
            found[base if both else name] = None
    return list(found)


def real_words(value: float) -> str:
    """A real number that is to be rounded: with nine digits, or as many as tell it from a tie."""
    texts = (f"{value:.{digits}g}" for digits in range(9, 18))
    is_tie = value % 1 == 0.5
    return next(text for text in texts if is_tie or float(text) % 1 != 0.5)
