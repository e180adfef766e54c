"""What came out, in the exit code's colour."""

from __future__ import annotations

from convcheck.reports.content.blocks import Headline
from convcheck.reports.wording import headline_words
from convcheck.results import Verdict

COLORS = {
    Verdict.IDENTICAL: "green",
    Verdict.ROUNDING: "green",
    Verdict.DIFFERENT: "red",
    Verdict.UNDECIDED: "yellow",
}
_BY_CODE = {0: "green", 1: "red", 3: "yellow"}


def headline(verdict: Verdict, exit_code: int, reading: str) -> Headline:
    """The verdict in capitals, as the exit code has it, and the outcome in a sentence."""
    return Headline(headline_words(verdict, exit_code), _BY_CODE[exit_code], reading)
