"""Words that every report for people shares."""

from __future__ import annotations

import re

from convcheck.results import EXIT_CODES, Finding, Judgement, Status, Verdict
from convcheck.untrusted.text import clean

NO_OUTPUT = frozenset({Status.CRASHED, Status.TIMED_OUT, Status.UNAVAILABLE})
"""An output of such a status is not there."""
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


_END = re.compile(r"(?<=[.!?;])\s+(?=[A-Z\[{(<])|\s+;\s+")
_SAYS_NOTHING = re.compile(
    r"(?P<error>\w+: )(?:Exception encountered when calling \S+\."
    r"|\[ONNXRuntimeError\] .* This is an invalid model\.)\s+(?P<rest>\S.*)"
)
"""The sentences with which Keras and onnxruntime begin, whatever is wrong."""


def first_sentence(message: str) -> str:
    """What a framework's message says first: dumps of arrays and of its own graph come after it."""
    begun = _SAYS_NOTHING.fullmatch(message)
    if begun:
        message = begun["error"] + begun["rest"]
    return clean(_END.split(message, maxsplit=1)[0])


def told(judgement: Judgement) -> str:
    """Why there is no output, in a few words: of a refusal its first sentence."""
    message = judgement.message or ""
    return first_sentence(message) if judgement.status is Status.UNAVAILABLE else clean(message)


def status_words(finding: Finding) -> str:
    """What stands behind a cause, such as `` (proved)``; "" for one that is its own status."""
    return "" if finding.status == finding.cause else f" ({finding.status})"
