"""What each cause and each verdict is, in words. Standard library alone: ``explain`` reads this."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """The long text about a cause."""

    cause: str
    group: str
    summary: str
    """One line."""
    what: str
    """What is computed instead."""
    comes: str
    """How it comes about, and in which frameworks."""
    see: str
    """How to see it."""
    mend: str
    """What to change, framework by framework."""
    proof: str = (
        "the changed convolution is computed exactly. Proved: every output lies within its "
        "rounding bound, and no other cause gives another result that does; supported: it fits, "
        "but too few outputs or another cause leave it open"
    )
    """What the finding rests on."""
    reports: tuple[str, ...] = ()
    """Public reports that turned out to be this."""


GROUPS = ("precision", "geometry", "kernel", "channels", "values", "damage", "transposed", "other")

VERDICT_LINES = {
    "identical": "the outputs have the same values",
    "rounding": "they differ by no more than their arithmetics may",
    "different": "one of them is not this convolution",
    "undecided": "something could not run or be judged",
}
VERDICTS = {
    "identical": (
        "Every pair of outputs has the same values (NaN equals NaN, -0 equals 0). Exit code 0.\n"
        "It does not say that they are right: two implementations may share a mistake. Each is "
        "held against the exact result as well, and a note tells if both leave their bounds."
    ),
    "rounding": (
        "The outputs differ, and each is as near to the exact result as its own arithmetic "
        "promises. Exit code 0.\n"
        "For each output element a bound is computed, gamma(n) times the sum of |x|·|k|, from the "
        "number of products n and the formats observed. Nothing outside it can be rounding, and "
        "no tolerance is chosen by hand. Use --identical to fail all the same, --strict to fail "
        "on what is found inside the bounds."
    ),
    "different": (
        "At least one output is further from the exact result than rounding can take it: it is "
        "not this convolution. Exit code 1.\n"
        "The report names the side that departs and, where one is proved, the cause and what to "
        "change. --accept CAUSE lets a difference pass that this cause wholly explains."
    ),
    "undecided": (
        "Something could not run, or no bound exists: too many terms for the accumulator (m·u >= "
        "1, bfloat16 from 256 terms on), or it may overflow. Exit code 3.\n"
        "Run the case in a wider dtype (--input-dtype float32), or with a smaller kernel."
    ),
}


def catalogue() -> dict[str, Words]:
    """Every cause by name, in the order of the groups."""
    from convcheck.verdict.explanations import words_data, words_geometry, words_precision

    every = (*words_precision.WORDS, *words_geometry.WORDS, *words_data.WORDS)
    ordered = sorted(every, key=lambda words: GROUPS.index(words.group))
    return {words.cause: words for words in ordered}
