"""Words that every report for people shares."""

from __future__ import annotations

from convcheck.results import Judgement, Verdict

HEADLINES = {
    Verdict.IDENTICAL: "IDENTICAL",
    Verdict.ROUNDING: "EQUAL UP TO ROUNDING",
    Verdict.DIFFERENT: "DIFFERENT",
    Verdict.UNDECIDED: "UNDECIDED",
}


def label(judgement: Judgement) -> str:
    """What an implementation is called: its real call, or its name as typed where it says more."""
    output = judgement.output
    return output.call if output.name.isalnum() else output.name
