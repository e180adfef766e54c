"""What a model's tensors hold when it runs uncut: computed a part at a time, kept in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from convcheck.runtimes.graphs.graph import Model
from convcheck.runtimes.models.spill_store import SpillStore

if TYPE_CHECKING:
    from convcheck.results import Array

IN_MEMORY = 1 << 27
"""Bytes of one model's activations that are kept in memory; the rest is written to a file."""
PART_BYTES = 1 << 25
"""Bytes of activations that are fetched together; a tensor that is larger comes alone."""

Item = TypeVar("Item")


class Values:
    """What a model's tensors hold when it runs on ``feeds``, each part computed from the last."""

    def __init__(self, model: Model, feeds: Mapping[str, Array]) -> None:
        self.model = model
        self.feeds = feeds
        self._known = dict(feeds)
        self._store = SpillStore(IN_MEMORY)

    def of(self, names: Iterable[str]) -> dict[str, Array]:
        """Tensors by name, those that are not kept computed from those that are.

        Raises UsageError where the model cannot run.
        """
        wanted = list(dict.fromkeys(names))
        unknown = [name for name in wanted if name not in self._known]
        found = self.model.run(self._known, unknown) if unknown else {}
        return {name: found[name] if name in found else self._known[name] for name in wanted}

    def kept(self, names: Iterable[str]) -> dict[str, Array]:
        """The same; those that are not constant are kept, so that what follows starts there."""
        found = self.of(names)
        varying = self.model.graph.varying
        for name, array in found.items():
            if name in varying and name not in self._known:
                self._known[name] = found[name] = self._store.kept(array)
        return found


def parts(items: Sequence[Item], bytes_of: Callable[[Item], int]) -> Iterator[list[Item]]:
    """The items in order, as many together as have ``PART_BYTES``, at least one."""
    part: list[Item] = []
    total = 0
    for item in items:
        size = bytes_of(item)
        if part and total + size > PART_BYTES:
            yield part
            part, total = [], 0
        part.append(item)
        total += size
    if part:
        yield part
