"""Which of a model's convolutions a pattern, and the name of one to save, ask for."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from convcheck.errors import Mistake
from convcheck.spelling import did_you_mean

_LISTED = 6


def chosen_names(
    known: Sequence[str], pattern: str, save_case: str | None, *, option: str
) -> list[str]:
    """The names that match, in the order given.

    Raises Mistake where there are names and none matches, and where the one whose case is to be
    saved is not among them; ``option`` is what the pattern was given by.
    """
    found = [name for name in known if _matches(name, pattern)]
    if known and not found:
        raise Mistake(f"{option} '{pattern}' matches no convolution; {_hint(known)}")
    if save_case is not None and save_case not in found:
        raise Mistake(
            f"--save-case '{save_case}' names no convolution that is checked; "
            + _hint(known, save_case)
        )
    return found


def _matches(name: str, pattern: str) -> bool:
    """Whether the path matches; ``block/*`` takes all below, a layer's pattern all its calls."""
    return fnmatchcase(name, pattern) or fnmatchcase(name.partition("#")[0], pattern)


def _hint(known: Sequence[str], wanted: str = "") -> str:
    if not known:
        return "the model has none"
    if wanted and (hint := did_you_mean(wanted, known)):
        return hint
    shown = ", ".join(known[:_LISTED])
    left = len(known) - _LISTED
    return f"there are {shown}" + (f" and {left} more" if left > 0 else "")
