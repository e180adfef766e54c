"""Models that compute a part of themselves: from the tensors that are fed to those wanted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.runtimes.graphs.graph import needed

if TYPE_CHECKING:
    from convcheck.results import Array


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
        return known | dict(zip(wanted, self._computed(given, wanted), strict=True))

    def _cut(self, given: Iterable[str], wanted: Sequence[str]) -> tuple[list[int], set[str]]:
        """(the operators that ``wanted`` needs, in run order; the tensors that they read)."""
        places = needed(self._nodes, wanted, set(given))
        return places, {name for place in places for name in self._nodes[place].inputs}

    @abstractmethod
    def _constant(self, name: str) -> Array | None:
        """The numbers of a constant; None for any other tensor. Raises UsageError."""

    @abstractmethod
    def _computed(self, given: Mapping[str, Array], wanted: Sequence[str]) -> Sequence[Array]:
        """Each of ``wanted``, of the operators that it needs alone. Raises UsageError."""
