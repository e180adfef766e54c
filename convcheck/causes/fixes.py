"""How to fix what a hypothesis describes, in the words of the framework whose output departs.

A fix reads ``words. FRAMEWORK: code. FRAMEWORK: code``: the code is a whole call that computes the
case (``calls``), or a statement that undoes a change of an array (``undo``). Each is run in tests.

Nobody but the user knows which side of a port is to change: ``for_other_side`` is the call by which
the other framework gives what the output has.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.calls import LABELS, call
from convcheck.causes.catalogue import BY_NAME
from convcheck.causes.cause import Hypothesis
from convcheck.errors import SpecError
from convcheck.results import Output

if TYPE_CHECKING:
    from convcheck.case.case import Array

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
    case = None if case is None else case.forward  # of which fixes speak
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


def for_other_side(
    hypothesis: Hypothesis, case: Case, output: Output, others: Iterable[Output]
) -> str | None:
    """The call of another framework that gives what this output has: pads, strides, no bias.

    None where none of the others is a framework's, or where the change is no matter of its call.
    """
    changed = _with_other_call(hypothesis, case)
    if changed is None:
        return None
    own = LABELS.get(framework(output))
    for other in others:
        who = framework(other)
        if LABELS.get(who) not in (None, own) and (code := call(changed, who)):
            return f"or as {output.call} has it: {code}"
    return None


def _with_other_call(hypothesis: Hypothesis, case: Case) -> Case | None:
    """The changed case, if another call on the same arrays computes it."""
    after = (hypothesis.post_op, hypothesis.relayout, hypothesis.channel_permutation)
    if hypothesis.by_place or any(step is not None for step in after):
        return None
    try:
        changed = hypothesis.change(case)
    except SpecError:
        return None
    same = _equal(changed.input, case.input) and _equal(changed.kernel, case.kernel)
    if changed.bias is not None and case.bias is not None:
        same = same and _equal(changed.bias, case.bias)
    else:
        same = same and changed.bias is None
    return changed if same else None


def _equal(a: Array, b: Array) -> bool:
    return a is b or (a.shape == b.shape and np.array_equal(a, b, equal_nan=True))
