"""What two files state otherwise without any mistake that would explain it."""

from __future__ import annotations

from functools import partial

from convcheck.causes.cause import Cause, say
from convcheck.causes.geometry_fixes import right_call

OTHER_GEOMETRY = Cause(
    "other-geometry",
    fix=partial(right_call, "give both the same strides, dilations, groups and kernel size"),
)
OTHER_WEIGHTS = Cause(
    "other-weights",
    fix=say("load both from the same checkpoint, and export again what is older"),
)
