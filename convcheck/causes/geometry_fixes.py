"""How to pad, crop, stride and dilate as a case says: in numbers, and by whole calls."""

from __future__ import annotations

from convcheck.case.case import Case
from convcheck.causes.calls import call, calls


def right_call(words: str, case: Case | None, framework: str) -> str:
    """The framework's call that computes the case; with words where it has none of its own."""
    if case is None:
        return words
    return call(case, framework) or f"{words}. {calls(case, framework)}"


def in_wider(words: str, case: Case | None, framework: str, *, dtype: str = "float64") -> str:
    """The call that computes the case in a wider format: integers below 2^53 are exact there."""
    return words if case is None else f"{words}. {calls(case, framework, dtype)}"


def pads_fix(case: Case | None, framework: str) -> str:
    """How to pad as the case does; to crop, where it is transposed."""
    if case is None or case.spec.transposed:
        return crop_fix(case, framework)
    pairs = ", ".join(f"{before}:{after}" for before, after in case.pads)
    padded = any(map(any, case.pads))
    words = f"pad {pairs} zeros before:after each axis" if padded else "pad nothing"
    return right_call(words, case, framework)


def crop_fix(case: Case | None, framework: str) -> str:
    """How to keep the part of the full output that the case keeps."""
    if case is None:
        return "pad or crop as the spec does"
    kept = ", ".join(f"{axis.before}:{axis.before + axis.out}" for axis in case.axes)
    full = [(a.size - 1) * a.stride + a.dilation * (a.taps - 1) + 1 for a in case.axes]
    grown = any(a.before + a.out > n for a, n in zip(case.axes, full, strict=True))
    words = f"make the full output and keep {kept} of its axes"
    words += ", with outputs appended that no tap reaches" if grown else ""
    return right_call(words, case, framework)


def dilation_fix(case: Case | None, framework: str) -> str:
    """How to give the case's dilations, and its strides apart from them."""
    if case is None:
        return "give dilations as their own argument, strides apart from them"
    spec = case.spec
    return right_call(f"dilations={spec.dilations}, strides={spec.strides}", case, framework)
