"""Models that compute a part of themselves: from the tensors that are fed to those wanted.

A part that is run again with other numbers is made once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.runtimes.graphs.graph import needed

if TYPE_CHECKING:
    from convcheck.results import Array


Part = Callable[[Mapping[str, "Array"]], Sequence["Array"]]


@dataclass(frozen=True)
class Node:
    """An operator of the file, and the names of all that it reads and gives."""

    proto: Any
    """As the file has it."""
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


class PartModel(ABC):
    """A ``graph.Model`` of a file's operators and constants."""

    _nodes: Sequence[Node]
    """In run order."""
    _last: tuple[object, Part] | None = None
    """The part that ran last, after what it was made for."""

    def run(self, feeds: Mapping[str, Array], fetches: Sequence[str]) -> dict[str, Array]:
        """See ``graph.Model``."""
        given = {name: np.asarray(array) for name, array in feeds.items()}
        known = {name: given[name] for name in fetches if name in given}
        for name in fetches:
            constant = None if name in known else self._constant(name)
            if constant is not None:
                known[name] = constant
        wanted = [name for name in dict.fromkeys(fetches) if name not in known]
        if not wanted:
            return known
        part = self._part_for(given, wanted)
        return known | dict(zip(wanted, part(given), strict=True))

    def _part_for(self, given: Mapping[str, Array], wanted: Sequence[str]) -> Part:
        key = {name: (array.shape, array.dtype) for name, array in given.items()}, wanted
        if self._last is None or self._last[0] != key:
            self._last = None  # before the next one is made, its memory is given back
            self._last = key, self._part(given, wanted)
        return self._last[1]

    def _cut(self, given: Iterable[str], wanted: Sequence[str]) -> tuple[list[int], set[str]]:
        """(the operators that ``wanted`` needs, in run order; the tensors that they read)."""
        places = needed(self._nodes, wanted, set(given))
        return places, {name for place in places for name in self._nodes[place].inputs}

    @abstractmethod
    def _constant(self, name: str) -> Array | None:
        """The numbers of a constant; None for any other tensor. Raises UsageError."""

    @abstractmethod
    def _part(self, given: Mapping[str, Array], wanted: Sequence[str]) -> Part:
        """What computes each of ``wanted``, of the operators that it needs alone.

        It takes other numbers of the same shapes and dtypes. Raises UsageError, as it does.
        """
