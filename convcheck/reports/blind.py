"""Blind spots in one line: what the case cannot show, and what would show it."""

from __future__ import annotations

from convcheck.results import Check


def blind_line(check: Check) -> str:
    """Such as ``This case cannot show a, b (try --kernel random), c (--strides 2).``, or ""."""
    if not check.blind_spots:
        return ""
    if check.case.kernel.source == "zeros":
        return "A kernel of zeros shows next to nothing. Try --kernel random."
    causes: dict[str, list[str]] = {}
    for cause in check.blind_spots:
        causes.setdefault(check.hints.get(cause, ""), []).append(cause)
    # What the kernel hides first: it is what people choose. What no option shows, last.
    order = sorted(causes, key=lambda hint: (not hint, not hint.startswith("--kernel")))
    if len(order) == 1 and order[0]:
        hint = order[0]
        who = "This kernel" if hint == "--kernel random" else "This case"
        return f"{who} cannot show {', '.join(causes[hint])}. Try {hint}."
    parts = [_part(causes[hint], hint, first=i == 0) for i, hint in enumerate(order)]
    return f"This case cannot show {', '.join(parts)}."


def _part(causes: list[str], hint: str, *, first: bool) -> str:
    options = f" ({'try ' if first else ''}{hint})" if hint else ""
    return f"{', '.join(causes)}{options}"
