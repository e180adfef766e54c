"""Every formula of the catalogue has a phrase of its own, which reports print."""

from __future__ import annotations

from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.requantize.words import formula_words, short_names


def test_has_every_formula_a_phrase_of_its_own() -> None:
    phrases = [formula_words(name) for name in FORMULAS]
    assert len(set(phrases)) == len(FORMULAS)
    assert max(map(len, phrases)) < 140
    assert not any(phrase.endswith(".") for phrase in phrases)


def test_is_a_name_short_only_where_both_multipliers_are_meant() -> None:
    assert short_names(["D/Mf", "D/Mdbl", "DU/Mdbl", "F1"]) == ["D", "DU/Mdbl", "F1"]
    assert short_names(FORMULAS) == [
        "D", "DU", "MIX8", "MIX16", "I64/Mdbl", "F1", "F2", "FB", "Q2", "ON", "ON'",
        "ON+128",
    ]  # fmt: skip
    assert formula_words("D") == formula_words("D/Mdbl")
