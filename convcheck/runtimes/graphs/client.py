"""A client for a graph that is open in a runtime's process; ``handler.py`` serves its requests."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from convcheck.errors import ConvcheckError, UsageError
from convcheck.implementations.name import parse
from convcheck.runtimes.graphs.graph import Graph
from convcheck.runtimes.graphs.kinds import kind_of
from convcheck.runtimes.graphs.messages import graph_from_message
from convcheck.runtimes.host import Runtimes
from convcheck.runtimes.process import NO_ANSWER, WorkerDied
from convcheck.runtimes.replies import check_error
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from convcheck.results import Array


class RemoteModel:
    """A model file that a worker has open; a ``graph.Model``.

    Models of one framework share a process, unless each has ``Runtimes`` of its own.
    Opening, and each run, raises UsageError where the file or the input is wrong, and where the
    worker dies; the file is opened again where its process was replaced.
    """

    def __init__(self, runtimes: Runtimes, path: str, *, unsafe: bool = False) -> None:
        self._runtimes = runtimes
        self._path = path
        kind = kind_of(path)
        implementation, self._quantized = kind.implementation, kind.quantized
        if implementation == "tf" and os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
            implementation = "tf?KERAS_BACKEND=tensorflow"
        self._name = parse(implementation)
        self._open = {"op": "graph-open", "path": os.path.abspath(path), "unsafe": unsafe}
        self.graph = self._opened()

    def run(self, feeds: Mapping[str, Array], fetches: Sequence[str]) -> dict[str, Array]:
        """See ``graph.Model``."""
        head = {
            "op": "graph-run",
            "path": self._open["path"],
            "feeds": list(feeds),
            "fetches": list(fetches),
        }
        arrays: dict[str, Any] = {f"feed_{i}": array for i, array in enumerate(feeds.values())}
        reply, back = self._ask(head, arrays)
        if reply.get("closed"):
            self._opened()
            reply, back = self._ask(head, arrays)
        try:
            return {name: back[f"fetch_{i}"] for i, name in enumerate(fetches)}
        except LookupError as error:
            raise self._no_answer(error) from error

    def _opened(self) -> Graph:
        reply, _ = self._ask(self._open)
        try:
            return graph_from_message(reply["graph"])
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise self._no_answer(error) from error

    def _ask(
        self, head: dict[str, Any], arrays: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        limit = self._runtimes.start_timeout  # each of these may load or run a whole model
        try:
            reply, back = self._runtimes.ask(
                self._name, limit, head, arrays, most_bytes=_memory(), quantized=self._quantized
            )
        except WorkerDied as died:
            raise UsageError(f"the process that had {self._path} open: {died}") from died
        except OSError as error:
            raise UsageError(f"no process could be started for {self._path}: {error}") from error
        if "error" in reply:
            try:
                check_error(reply)
            except ConvcheckError as error:
                raise self._no_answer(error) from error
            raise UsageError(clean(reply["error"].replace(self._open["path"], self._path), 700))
        return reply, back

    def _no_answer(self, error: Exception) -> UsageError:
        """The process runs the model's own code, which may have written to its pipe."""
        return UsageError(f"the process that had {self._path} open {NO_ANSWER} ({clean(error)})")


def _memory() -> int:
    """Bytes of memory of this machine: fetched tensors must fit into it."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
