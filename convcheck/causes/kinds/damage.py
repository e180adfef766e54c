"""Outputs that are wrong while the others hold: located, never proved."""

from __future__ import annotations

from convcheck.causes.cause import Cause, say

CORRUPTED_ELEMENTS = Cause(
    "corrupted-elements",
    fix=say("look at how the output was copied or saved: a race, a stale buffer, a truncated file"),
)
CORRUPTED_CHANNEL = Cause(
    "corrupted-channel",
    fix=say("look at that filter's weights and bias as they were loaded"),
)
STALE_BLOCK = Cause(
    "stale-block",
    fix=say(
        "look at what writes these outputs: a loop's tail, a thread's share, a buffer used again; "
        "run on one thread, and with a size that the vector width divides"
    ),
)
UNEXPLAINED = Cause(
    "unexplained",
    fix=say("record the case with --save and look at one wrong output by hand"),
)
