"""Functions that a model file defines: how long the model gets when their calls are written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from convcheck.errors import UsageError

MOST_OPERATORS = 1_000_000


def check_functions(functions: Mapping[str, Sequence[str]], main: Sequence[str]) -> None:
    """Raises UsageError where a function calls itself, or where ``main`` gets too long.

    Each is a list of operators' names, those of functions among them. Ten functions, each of ten
    calls of the next, are ten thousand million operators.
    """
    length: dict[str, int] = {}
    try:
        for name in TopologicalSorter(functions).static_order():
            length[name] = _length(functions[name], length) if name in functions else 1
    except CycleError as error:
        raise UsageError("one of its functions calls itself; that is not read here") from error
    whole = _length(main, length)
    if whole > MOST_OPERATORS:
        raise UsageError(
            f"it has more than {MOST_OPERATORS:,} operators once its functions are written out"
        )


def _length(operators: Sequence[str], known: Mapping[str, int]) -> int:
    # Beyond the most it does not matter how many: numbers of a thousand digits are slow.
    return min(sum(known.get(name, 1) for name in operators), MOST_OPERATORS + 1)
