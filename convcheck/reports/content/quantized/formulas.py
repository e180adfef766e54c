"""Which formulas an output of integers can be of."""

from __future__ import annotations

from convcheck.quantized.requantize.words import short_names
from convcheck.results import Judgement


def possible_formulas(judgement: Judgement) -> list[str]:
    """The short names of those that reproduce an output, of which it may use one."""
    used = {_base(name) for name in judgement.output.formulas}
    every = _reproducing(judgement)
    return [name for name in every if _base(name) in used] or every


def named_first(judgement: Judgement) -> list[str]:
    """The short names of all that reproduce an output, those first that it may use."""
    used = [_base(name) for name in judgement.output.formulas]

    def place(name: str) -> int:
        return used.index(_base(name)) if _base(name) in used else len(used)

    return sorted(_reproducing(judgement), key=place)


def _reproducing(judgement: Judgement) -> list[str]:
    found = judgement.requantization
    return short_names(found.reproduced_by) if found else []


def _base(name: str) -> str:
    return name.partition("/")[0]
