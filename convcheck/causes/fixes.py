"""How to fix what a hypothesis describes, in the words of the framework whose output departs.

A fix reads ``words. FRAMEWORK: code. FRAMEWORK: code``: the code is a whole call that computes the
case (``calls``), or a statement that undoes a change of an array (``undo``). Each is run in tests.
"""

from __future__ import annotations

from convcheck.case.case import Case
from convcheck.causes.catalogue import BY_NAME
from convcheck.causes.cause import Hypothesis
from convcheck.results import Output

FRAMEWORKS = ("torch", "keras", "tf", "jax", "onnxruntime", "litert", "xla", "scipy")


def framework(output: Output) -> str:
    """Whose call it is; "" for a recorded file or a user's function."""
    if output.name.startswith(("file:", "python:")):
        return ""
    words = f"{output.call} {output.name}".lower().replace("tensorflow", "tf")
    return next((one for one in FRAMEWORKS if one in words), "")


def fix_for(causes: str, case: Case | None, output: Output) -> str | None:
    """What to change about a cause, or several joined by ``+``; None where nothing is to say."""
    who = framework(output)
    fixes = [BY_NAME[name].fix for name in causes.split("+")]
    return "; ".join(dict.fromkeys(fix(case, who) for fix in fixes if fix)) or None


def fix_of(hypothesis: Hypothesis, case: Case, output: Output) -> str | None:
    """What to change about a hypothesis: of a pair, about each of both."""
    if hypothesis.members:
        each = [fix_of(member, case, output) for member in hypothesis.members]
        return "; ".join(dict.fromkeys(fix for fix in each if fix)) or None
    if hypothesis.fix is not None:
        return hypothesis.fix(case, framework(output))
    return fix_for(hypothesis.cause, case, output)
