"""Blind spots in one line: what the case cannot show, and what would show it."""

from __future__ import annotations

from convcheck.results import CaseSummary

_STRIDED = ("same-padding-side",)
_WINDOWED = ("padding-mode", "border-mode")
_VALUED = ("reduced-precision-", "input-autocast", "integer-overflow")


def blind_line(case: CaseSummary, causes: tuple[str, ...]) -> str:
    """Such as ``This case cannot show a, b (try --kernel random), c (--strides 2).``, or ""."""
    if not causes:
        return ""
    if case.kernel.source == "zeros":
        return "A kernel of zeros shows next to nothing. Try --kernel random."
    hints: dict[str, list[str]] = {}
    for cause in causes:
        hints.setdefault(_hint(case, cause), []).append(cause)
    # What the kernel hides first: it is what people choose.
    order = sorted(hints, key=lambda hint: not hint.startswith("--kernel"))
    if len(order) == 1:
        hint = order[0]
        who = "This kernel" if hint == "--kernel random" else "This case"
        return f"{who} cannot show {', '.join(hints[hint])}. Try {hint}."
    parts = [
        f"{', '.join(hints[hint])} ({'try ' if i == 0 else ''}{hint})"
        for i, hint in enumerate(order)
    ]
    return f"This case cannot show {', '.join(parts)}."


def _hint(case: CaseSummary, cause: str) -> str:
    pointwise = max(case.kernel.shape[:-2]) == 1
    if cause in _STRIDED and not pointwise:
        return "--strides 2"
    if cause in _WINDOWED or (pointwise and cause.startswith(("kernel-flip", "same-", "kernel-t"))):
        return "--kernel-size 3"
    if cause == "kernel-autocast":
        return "--kernel random --kernel-dtype float64"
    if cause == "missing-bias":
        return "--bias random"
    if cause.startswith(_VALUED) or case.kernel.source not in ("ones", "zeros"):
        return "--input random"
    return "--kernel random"
