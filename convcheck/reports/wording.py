"""Words that every report for people shares."""

from __future__ import annotations

from convcheck.results import EXIT_CODES, Verdict

HEADLINES = {
    Verdict.IDENTICAL: "IDENTICAL",
    Verdict.ROUNDING: "EQUAL UP TO ROUNDING",
    Verdict.DIFFERENT: "DIFFERENT",
    Verdict.UNDECIDED: "UNDECIDED",
}
ACCEPTED = "ACCEPTED"
LIMIT_EXCEEDED = "LIMIT EXCEEDED"


def headline_words(verdict: Verdict, exit_code: int) -> str:
    """What came out, in capitals; it agrees with the exit code.

    A difference whose causes are accepted is ACCEPTED; outputs that are the same, but not within a
    limit that was asked for, are LIMIT EXCEEDED.
    """
    if exit_code == EXIT_CODES[verdict]:
        return HEADLINES[verdict]
    if exit_code == 0:
        return ACCEPTED
    if exit_code == EXIT_CODES[Verdict.UNDECIDED]:  # accepted, but something could not be judged
        return HEADLINES[Verdict.UNDECIDED]
    return LIMIT_EXCEEDED
