"""A client for a graph that is open in a runtime's process; ``handler.py`` serves its requests."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from convcheck.errors import ConvcheckError, UsageError
from convcheck.implementations.name import Name, parse
from convcheck.runtimes.graphs.graph import Graph, Tensor
from convcheck.runtimes.graphs.kinds import is_function, kind_of
from convcheck.runtimes.graphs.messages import graph_from_message
from convcheck.runtimes.graphs.wiring import check_graph
from convcheck.runtimes.host import Runtimes
from convcheck.runtimes.messages import clean_texts
from convcheck.runtimes.process import NO_ANSWER, WorkerDied
from convcheck.runtimes.replies import check_error
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from convcheck.results import Array


class RemoteModel:
    """A model that a worker has open; a ``graph.Model``.

    Models of one framework share a process, unless each has ``Runtimes`` of its own.
    Opening, and each run, raises UsageError where the file or the input is wrong, and where the
    worker dies; the file is opened again where its process was replaced. ``like`` is what the model
    of a ``python:`` function takes, channels first, where the function does not say so.
    """

    def __init__(
        self,
        runtimes: Runtimes,
        path: str,
        *,
        unsafe: bool = False,
        like: Sequence[Tensor] = (),
    ) -> None:
        self._runtimes = runtimes
        self._path = path
        self._name, self._quantized = _process_for(path)
        self._open = {
            "op": "graph-open",
            "path": path if is_function(path) else os.path.abspath(path),
            "unsafe": unsafe,
            "like": [asdict(one) for one in like],
        }
        self.versions: dict[str, str] = {}
        self.graph = self._opened()

    def run(self, feeds: Mapping[str, Array], fetches: Sequence[str]) -> dict[str, Array]:
        """See ``graph.Model``. Only what the fetches follow from is sent."""
        read = self.graph.read_of(feeds, fetches)
        own = {one.name for one in self.graph.inputs}
        feeds = {name: array for name, array in feeds.items() if name in read or name in own}
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
            self.versions = clean_texts(reply["versions"])
            graph = graph_from_message(reply["graph"])
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise self._no_answer(error) from error
        try:
            check_graph(graph)
        except UsageError as error:
            raise UsageError(f"cannot load {self._path}: {error}") from error
        return graph

    def _ask(
        self, head: dict[str, Any], arrays: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        limit = self._runtimes.start_timeout  # each of these may load or run a whole model
        try:
            reply, back = self._runtimes.ask(
                self._name, limit, head, arrays, most_bytes=_memory(), quantized=self._quantized
            )
        except WorkerDied as died:
            raise UsageError(
                f"{self._path}: the process that opened it {died}{self._hint(died)}"
            ) from died
        except OSError as error:
            raise UsageError(f"no process could be started for {self._path}: {error}") from error
        if "error" in reply:
            try:
                check_error(reply)
            except ConvcheckError as error:
                raise self._no_answer(error) from error
            text = clean(reply["error"].replace(self._open["path"], self._path), 700)
            raise UsageError(text if self._path in text else f"{self._path}: {text}")
        return reply, back

    def _hint(self, died: WorkerDied) -> str:
        if died.timed_out:
            return "; --start-timeout allows it more"
        return "" if is_function(self._path) else "; the file may be damaged"

    def _no_answer(self, error: Exception) -> UsageError:
        """The process runs the model's own code, which may have written to its pipe."""
        return UsageError(f"{self._path}: the process that opened it {NO_ANSWER} ({clean(error)})")


def start_for(runtimes: Runtimes, path: str) -> None:
    """Start the process that a ``RemoteModel`` of this file asks, without waiting for it.

    Raises UsageError for what is no model file.
    """
    name, quantized = _process_for(path)
    runtimes.start([name], quantized=quantized)


def _process_for(path: str) -> tuple[Name, bool]:
    """What the process of a model file is called by, and whether for quantized cases."""
    kind = kind_of(path)
    implementation = kind.implementation
    if implementation == "tf" and os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
        implementation = "tf?KERAS_BACKEND=tensorflow"
    return parse(implementation), kind.quantized


def _memory() -> int:
    """Bytes of memory of this machine: fetched tensors must fit into it."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
